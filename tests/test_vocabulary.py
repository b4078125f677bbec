"""The field's words, and no private ones: a student must be able to search the literature."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BANNED = {
    r"slopes?": "gradient, or derivative",
    r"step sizes?": "learning rate",
    r"judges?|judged|judging": "discriminator, critic; score, evaluate",
    r"worlds?": "domain, dataset",
    r"piles?": "dataset",
    r"feeds?": "sampler",
    r"stores?": "dataset, keep",
    r"descends?|descended|descending": "minimise",
    r"persuade[sd]?": "adversarial term",
    r"rulers?": "evaluator",
    r"wish|wishes": "condition, what is asked for",
    r"way back|ways back": "backward model, inverse",
    r"by heart": "memorise",
    r"verdicts?": "score, prediction",
    r"unrest": "say what is measured",
    r"least (?:value|loss|discriminator)\w*": "minimum",
    r"Adam's memories": "moments",
    r"scenery": "frozen",
    r"questions to the host": "synchronisation",
    r"no longer training helps": "training longer does not help",
    r"stand still": "are fixed",
    r"tame": "stable, bounded",
}
"""What is not written -> what is."""
WORD = re.compile(
    r"(?<![\w-])(?:" + "|".join(f"(?:{word})" for word in BANNED) + r")(?![\w-])", re.I
)
# Identifiers too: my_slopes, judge_rows. These names are PyTorch's own.
THEIRS = {"negative_slope", "get_world_size", "world_size"}
PART = re.compile(r"(?i)(?:^|_)(slopes?|judges?|worlds?|piles?|feeds?|wish|ruler)(?:_|$)")
FILES = [
    *sorted((ROOT / "ganlib").rglob("*.py")),
    # Names of the tree before stand in the comparison with it.
    *(p for p in sorted((ROOT / "benchmarks").rglob("*.py")) if p.stem != "before_after"),
    *sorted((ROOT / "notebooks").glob("*.ipynb")),
    *(ROOT / name for name in ("README.md", "data/README.md", "benchmarks/README.md")),
]


REQUIRED = {
    "01": ("equilibrium", "Nash", "with respect to", "minimis"),
    "02": ("equilibrium", "minimis", "derivative", "Jensen"),
    "03": ("derivative", "with respect to", "Wasserstein", "saturat"),
    "04": ("equilibrium", "Nash", "eigenvalue", "with respect to", "learning rate"),
    "05": ("mode collapse", "learning rate", "gradient penalty"),
    "06": ("transposed convolution", "mode collapse", "energy distance", "truncation", "FID"),
    "10": (
        *("feature matching", "interpolation", "fine-tuning", "alignment"),
        *("discriminator", "ONNX"),
    ),
    "11": (
        *("profiler", "synchronisation", "channels last", "bf16", "CUDA graph"),
        *("moving average", "checkpoint", "Amdahl", "with respect to"),
    ),
    "12": ("equilibrium", "cross-entropy", "Lipschitz", "precision", "recall"),
}
"""Words that a lesson must have: readers search the literature for them."""


def lines(path):
    """Everything in a file that a person wrote."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text.splitlines()
    found = []
    for cell in json.loads(text)["cells"]:
        found += "".join(cell["source"]).splitlines()
        for output in cell.get("outputs", []):
            found += "".join(output.get("text", [])).splitlines()
    # Pictures are bytes, whatever letters they spell.
    return [re.sub(r"base64,[A-Za-z0-9+/=]+", "", line) for line in found]


def offences(text):
    text = text.replace("descending=", "")  # PyTorch's own keyword
    names = re.findall(r"[A-Za-z_]\w*", text)
    parts = [n for n in names if PART.search(n) and n.lower() not in THEIRS]
    return WORD.findall(text) + parts


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_private_words(path):
    found = [
        f"{path.name}:{number}: {offence} in {line.strip()[:100]}"
        for number, line in enumerate(lines(path), 1)
        for offence in offences(line)
    ]
    assert not found, "\n".join(["see BANNED for what to write instead", *found[:40]])


@pytest.mark.parametrize("lesson", REQUIRED)
def test_a_lesson_has_the_words_of_its_subject(lesson):
    (path,) = (ROOT / "notebooks").glob(f"{lesson}_*.ipynb")
    text = "\n".join(lines(path)).lower()
    assert [word for word in REQUIRED[lesson] if word.lower() not in text] == []


def test_the_test_finds_what_it_should():
    assert offences("the slope of D") and offences("my_slopes(a)") and offences("a better judge")
    assert offences("step sizes") and offences("the way back") and offences("two piles")
    assert not offences("negative_slope=0.2, the dataset stored; feedback; worldwide; storage")
