"""`ganlib train PROBLEM --help`: that problem's options, explained; and what is said to others."""

import re
import shlex
from dataclasses import fields, is_dataclass

import pytest
from runs import NOISE, PORTRAIT, TRANSLATOR, tiny

from ganlib.cli import train
from ganlib.cli.main import ON
from ganlib.cli.train import Run
from ganlib.core.config import Schedule
from ganlib.data.datasets import HELD_OUT_SEED
from ganlib.pipelines.problems import PROBLEMS
from ganlib.weights import PROBE


def options(out):
    """{option: what the help says of it}."""
    lines = [line.strip(" │|") for line in out.splitlines()]
    found, last = {}, None
    for line in lines:
        if match := re.match(r"(--[a-z][\w-]+)(.*)", line):
            last, text = match.groups()
            found[last] = text
        elif re.fullmatch("[-─╭╮╰╯+ ]*|.* options [-─╮+]*", line):
            last = None
        elif last:
            found[last] += " " + line
    return found


def names(config):
    """The options of a config's fields, whatever makes the command line of them."""
    found = set()
    for about in fields(config):
        value = getattr(config, about.name)
        if is_dataclass(value) and not isinstance(value, Schedule):
            found |= names(value)
        else:
            found.add("--" + ("no-" * (value is True) + about.name).replace("_", "-"))
    return found


@pytest.mark.parametrize("name", PROBLEMS)
def test_help_shows_that_problems_options_alone(name, ganlib):
    done = ganlib("train", name, "--help")
    assert (done.status, done.err) == (0, "")
    shown, config = options(done.out), PROBLEMS[name]
    run = {f"--{about.name}" for about in fields(Run)}
    assert set(shown) - {"--help"} == names(config) | run
    assert len(shown) == len(re.findall(r"^\W*--[a-z]", done.out, re.M))
    for option, text in shown.items():
        # After its kind of value come words, and what it is if it is not given.
        said = re.fullmatch(r"(?: [A-Z]+| \{[\w,]+\}| \[PATH \[PATH ...\]\])*\s*(.*)", text)[1]
        words, default = re.fullmatch(
            r"(.*?)(\((?:default: .*|default:|required)\))?", said
        ).groups()
        assert len(words.strip()) > 5, (option, text)
        assert default, (option, text)
    for group in (
        about.name for about in fields(config) if is_dataclass(getattr(config, about.name))
    ):
        assert f" {group} options " in done.out
    assert " common options " in done.out
    assert " ".join(type(config).__doc__.split())[:40] in done.out


def test_options_of_other_problems_are_not_shown(ganlib):
    shown = {name: set(options(ganlib("train", name, "--help").out)) for name in PROBLEMS}
    assert not shown["noise"] & {"--photos", "--jitter", "--factor", "--init", "--paired-weight"}
    assert {"--latent", "--upsampling"} <= shown["noise"]
    assert {"--cycle-weight", "--identity-weight", "--pool"} <= shown["cyclegan"]
    assert not shown["unpaired"] & {"--cycle-weight", "--identity-weight", "--pool"}
    assert {"--factor", "--relight", "--photos"} <= shown["unpaired"]
    assert {"--reader", "--perceptual-weight"} <= shown["paired"]
    assert {"--pairs", "--real", "--d-width", "--feature-weight"} <= shown["portrait"]
    assert not shown["portrait"] & {"--twins", "--photos", "--reader", "--factor"}
    assert "--model" in shown["backward"] and "--backward" in shown["back-translation"]
    assert all("--out" in found and "--resume" in found for found in shown.values())


def test_defaults_are_those_of_the_problem(ganlib):
    def default(name, option):
        text = options(ganlib("train", name, "--help").out)[option]
        return re.search(r"default: ([^)]*)\)", text)[1]

    assert default("unpaired", "--lr-g") == "0.00015"
    assert default("unpaired-quick", "--lr-g") == "0.0006"
    assert default("cyclegan", "--loss") == "least_squares"
    assert default("cyclegan", "--batch") == "1"
    assert default("cyclegan", "--betas") == "0.5 0.999"
    assert default("noise", "--r1-gamma") == "0.05"
    assert default("backward", "--paired-weight") == "50"
    assert default("unpaired-quick", "--exposure") == "0.1"
    assert default("portrait", "--batch") == "12"
    assert default("portrait", "--adversarial-weight") == "60000:0,64000:0.5"


def test_train_help_lists_every_problem(ganlib):
    done = ganlib("train", "--help")
    assert (done.status, done.err) == (0, "")
    for name in PROBLEMS:
        line = next(line for line in done.out.splitlines() if line.startswith(f"  {name} "))
        assert len(line) > 40


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_example_in_the_help_is_understood(name, ganlib, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "PHOTOS").mkdir()
    found = ganlib("train", name, "--help").out
    example = re.search(r"Example: ganlib train (.*)", found)[1]
    config, run = train.read(shlex.split(example))
    assert example.split()[0] == name and type(config) is type(PROBLEMS[name])
    assert run.out.parts[0] == "runs"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("", "which problem?"),
        ("nose", "there is no problem 'nose'; did you mean noise?"),
        ("unpaired_quick --out o", "did you mean unpaired-quick?"),
        ("paired", "Missing from ganlib train paired: --out PATH"),
        ("noise --out o --photos x", "Unrecognized options: --photos"),
        ("noise --out o --jitter 1", "Unrecognized options: --jitter"),
        ("faces --out o --pool 4", "Unrecognized options: --pool"),
        ("faces --out o --init portrait", "Unrecognized options: --init"),
        ("noise --out o --paired-weight 1", "Unrecognized options: --paired-weight"),
        ("paired --out o --relight 1", "Unrecognized options: --relight"),
        ("paired --out o --factor 4", "Unrecognized options: --factor"),
        ("unpaired --out o --reader x", "Unrecognized options: --reader"),
        ("cyclegan --out o --exposure 0.1", "Unrecognized options: --exposure"),
        ("portrait --out o --twins 9", "Unrecognized options: --twins"),
        ("portrait --out o --patch 3", "'3' for argument '--patch'"),
        ("backward --out o --jitter 1", "Unrecognized options: --jitter"),
        ("backward --out o --perceptual-weight 1", "Unrecognized options: --perceptual-weight"),
        ("portrait --out o --relight 1", "Unrecognized options: --relight"),
        ("back-translation --out o --loss relativistic", "'relativistic' for argument '--loss'"),
        ("back-translation --out o --gradient-penalty 1", "Unrecognized options: --gradient"),
        ("paired --out o --imagse 9", "Perhaps you meant: --images"),
        ("paired --out o --image 9", "Perhaps you meant: --images"),
        ("paired --out o --images many", "Error parsing --images"),
        ("paired --out o --loss chess", "'chess' for argument '--loss'"),
        ("paired --out o --patch 3", "'3' for argument '--patch'"),
        ("paired --out o --betas 0.5", "--betas"),
        ("paired --out o --paired-weight 0:much", "'0:much' is neither a number nor a schedule"),
        ("paired --out o --paired-weight 5:1,0:2", "--paired-weight: a schedule needs"),
        ("paired --out o extra", "extra"),
    ],
)
def test_bad_usage_is_explained_with_status_2(words, says, ganlib, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = ganlib("train", *words.split())
    assert (done.status, done.out) == (2, "")
    assert says in done.said
    assert not list(tmp_path.iterdir())


PAIRED, UNPAIRED = " ".join(["paired", *TRANSLATOR]), " ".join(["unpaired", *TRANSLATOR])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (f"{PAIRED} --images 0", "--images must be a whole number, 1 or more, not 0."),
        (f"{PAIRED} --size 18", "--size must be a multiple of 4, not 18."),
        (f"{PAIRED} --width 0", "--width must be a whole number from 8 to 512, not 0."),
        (f"{PAIRED} --blocks 0", "--blocks must be a whole number from 1 to 32, not 0."),
        (f"{PAIRED} --levels 9", "--levels must be a whole number from 1 to 5, not 9."),
        (f"{PAIRED} --seed {HELD_OUT_SEED}", f"--seed {HELD_OUT_SEED} is that of the held-out"),
        (f"{PAIRED} --seed {'9' * 20}", "--seed must be a whole number"),
        (f"{PAIRED} --threads -1", "--threads must be 0 or more, not -1."),
        (f"{PAIRED} --jitter nan", "--jitter must be from 0 to 2, not nan."),
        (f"{PAIRED} --lr-g 1", "--lr-g must be from 0 to 0.1, not 1.0."),
        (f"{PAIRED} --betas 0.5 1", "--betas must be two numbers in [0, 1), not (0.5, 1.0)."),
        (f"{PAIRED} --augment sparkle", "--augment knows no 'sparkle'"),
        (f"{PAIRED} --r1-gamma -1", "--r1-gamma must be 0 or more, and finite, not -1.0."),
        (f"{PAIRED} --perceptual-weight 1", "--reader and --perceptual-weight belong together"),
        (f"{PAIRED} --perceptual-weight 1 --reader {PROBE}", "--size must be 64 or more"),
        (
            f"{PAIRED} --perceptual-weight 1 --reader {PROBE} --size 64",
            "is the probe that `ganlib evaluate` measures with",
        ),
        (f"{PAIRED} --init faces", "holds a face generator, but a translator"),
        (f"{PAIRED} --init none.safetensors", "there is no checkpoint at none.safetensors"),
        (f"{UNPAIRED} --size 24", "--factor must be a divisor of the size, 24, not 16."),
        (f"{UNPAIRED} --relight 3", "--relight must be from 0 to 2, not 3.0."),
        (f"{UNPAIRED} --drawn -4", "--drawn must be 0 or more, not -4."),
        (f"{UNPAIRED} --exposure 0.1 --no-match-tones", "--exposure is taken out of matched"),
        (f"{UNPAIRED} --photos none", "--photos names none, but there is no such file or folder"),
        ("noise --out o --size 20", "--size must be a power of two, not 20."),
        ("noise --out o --adversarial-weight 0", "--adversarial-weight is 0 as all other"),
        (
            f"noise --out o --seed {HELD_OUT_SEED}",
            f"--seed {HELD_OUT_SEED} is that of the held-out",
        ),
        ("faces --out o --size 32", "--size must be 64 or 128, not 32."),
        (
            f"faces --out o --seed {HELD_OUT_SEED}",
            f"--seed {HELD_OUT_SEED} is that of the held-out",
        ),
        ("faces --out o --held-out 1", "--held-out must be 2 or more, not 1."),
        ("portrait --out o", "--pairs must name a folder that data/draw_portraits.py made."),
        ("portrait --out o --pairs none", "there is no none/pairs.json; data/draw_portraits.py"),
        ("portrait --out o --real 2", "--real must be from 0 to 1, not 2.0."),
        ("portrait --out o --size 24", "--size must be a multiple of 16, not 24."),
        ("backward --out o", "--model must name the translator whose drawings are turned back."),
        ("backward --out o --model faces", "holds a face generator, but a translator"),
        ("backward --out o --model nosuch", "there is no shipped model called 'nosuch'"),
        ("back-translation --out o", "--backward must name a model of `ganlib train backward`."),
        ("back-translation --out o --backward unpaired", "unpaired is of `train unpaired`"),
        ("back-translation --out o --backward n.safetensors", "there is no checkpoint at n.safe"),
        ("back-translation --out o --batch 3", "--batch must be a multiple of 2: half"),
        ("cyclegan --out o --size 16", "--size must be"),
        (f"{UNPAIRED} --device abacus", "no device 'abacus'"),
    ],
)
def test_bad_values_get_a_sentence_with_status_1(words, says, ganlib, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = ganlib("train", *words.split(), *[] if "--out" in words else ["--out", "o"])
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("ganlib: error: ") and says in done.err
    assert done.err.count("\n") == 1
    said = done.err.replace(str(PROBE.parent), "")  # a checkout may lie in any folder
    words = re.sub(r"data/(train_probe|draw_portraits)\.py", "", said)
    assert not re.search(r"Config|Options|Data\b|Loss\b|Shape|[a-z]_[a-z]", words), done.err


def test_a_switch_that_is_on_is_called_by_its_option():
    on = {name for name in set().union(*map(names, PROBLEMS.values())) if name.startswith("--no-")}
    assert on == {f"--no-{field.replace('_', '-')}" for field in ON}


def test_tiny_options_are_options_of_their_problems(ganlib):
    """What other tests call with."""
    assert type(train.read(["noise", *NOISE, "--out", "o"])[0]) is type(PROBLEMS["noise"])
    assert type(train.read(["paired", *TRANSLATOR, "--out", "o"])[0]) is type(PROBLEMS["paired"])
    read = train.read(["portrait", *PORTRAIT, "--out", "o"])[0]
    assert type(read) is type(PROBLEMS["portrait"]) and read.network == tiny("portrait").network
