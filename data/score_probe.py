"""How well the probe, the measuring instrument of `ganlib evaluate`, reads each attribute, on
people that it never saw:

    python data/score_probe.py --held-out 500
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganlib.cli.main import in_words
from ganlib.cli.options import Common, parse
from ganlib.cli.output import Output
from ganlib.core.config import require
from ganlib.core.errors import GanlibError
from ganlib.data.datasets import HELD_OUT_SEED
from ganlib.measure import attributes
from ganlib.measure.attributes import ATTRIBUTES, Attribute
from ganlib.measure.probe import SIZE, Probe, load_probe
from ganlib.measure.probe_scores import balanced, errors
from ganlib.twins import People, render_twins, sample_people
from ganlib.weights import PROBE

TOLERANCE_SHARE = 0.9
"""A number or colour is granted the error that this share of true drawings stays within."""

Record = dict[str, dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Options(Common):
    """What is scored, and on whom."""

    file: Path = PROBE  # the probe to score: one of data/train_probe.py, .safetensors
    held_out: int = 2000  # people it is scored on
    threads: int = 0  # processor threads; 0: torch's choice

    def __post_init__(self) -> None:
        require(self, "held_out", self.held_out >= 2, "2 or more")
        require(self, "threads", self.threads >= 0, "0 or more")


def main(words: list[str]) -> None:
    """Score it on held-out people, and print how well it reads."""
    about, command = "Score the network that measures portraits.", "python data/score_probe.py"
    options = parse(Options, words, command, about, f"{command} --held-out 500")
    if options.threads:
        torch.set_num_threads(options.threads)
    say(Output(options.json), held_out(load_probe(options.file), options.held_out))


def say(output: Output, record: dict[str, Record]) -> None:
    """Show and write the scores, and what is below its bar."""
    output.say(scores(record))
    missed = failures(record)
    output.say("\n".join(f"below its bar: {line}" for line in missed) or "every bar is reached")
    output.write(record)


def scores(record: dict[str, Record]) -> str:
    """A line for each attribute, a column for each domain: accuracy or R²."""
    domains = list(record)
    lines = ["".join([f"{'':<13}{'':<10}", *(f"{domain:>12}" for domain in domains)])]
    for name, first in record[domains[0]].items():
        key = "r2" if "r2" in first else "accuracy"
        found = [record[domain].get(name, {}).get(key) for domain in domains]
        shown = "".join(f"{'–':>12}" if value is None else f"{value:12.3f}" for value in found)
        lines.append(f"{name:<13}{'R²' if key == 'r2' else key:<10}{shown}")
    return "\n".join(lines)


def r2(answer: Tensor, truth: Tensor) -> float:
    """Share of the variance that is explained, at most 1; for colours the mean of the channels."""
    rest = (answer - truth).square().mean(0)
    return (1 - rest / truth.var(0, correction=0).clamp_min(1e-12)).mean().item()


def score(probe: Probe, people: People, images: Tensor, drawn: bool) -> Record:
    """{attribute: figures} for people and pictures of them, over the n in whose picture it shows;
    attributes that show in none are left out.

    "binary" and "choice": `accuracy`, `majority` (that of always giving the most frequent answer)
    and `balanced`. "number" and "colour": `r2`, and `error_90`, the error that 90 % stay within.
    """
    seen, true = probe.read(images), attributes.truths(people, images)
    shows = attributes.visible(people, drawn)
    return {
        about.name: _figures(
            about, seen[about.name][shows[about.name]], true[about.name][shows[about.name]]
        )
        for about in ATTRIBUTES
        if shows[about.name].any()
    }


def _figures(about: Attribute, answer: Tensor, truth: Tensor) -> dict[str, Any]:
    wrong = errors(about, answer, truth)
    if about.kind in ("number", "colour"):
        most = torch.quantile(wrong, TOLERANCE_SHARE).item()
        return {"kind": about.kind, "n": len(truth), "r2": r2(answer, truth), "error_90": most}
    return {
        "kind": about.kind,
        "n": len(truth),
        "accuracy": 1 - wrong.mean().item(),
        "balanced": balanced(wrong == 0, truth),
        "majority": truth.unique(return_counts=True)[1].max().item() / len(truth),
    }


def held_out(probe: Probe, n: int = 2000) -> dict[str, Record]:
    """{domain: `score`} on n held-out people: "photograph", "drawing" (all styles), each style."""
    people = sample_people(n, HELD_OUT_SEED)
    photo, anime = render_twins(people, SIZE)
    record = {
        "photograph": score(probe, people, photo, drawn=False),
        "drawing": score(probe, people, anime, drawn=True),
    }
    style = people.field("style")[:, 0, 0]
    for index, name in enumerate(attributes.DOMAINS[1:]):
        rows = (style == index).nonzero()[:, 0]
        record[name] = score(probe, people[rows], anime[rows], drawn=True)
    return record


def tolerances(record: dict[str, Record]) -> dict[str, float]:
    """{number or colour: its `error_90` on true drawings, of all styles}: what "kept" allows."""
    return {
        name: figures["error_90"]
        for name, figures in record["drawing"].items()
        if "error_90" in figures
    }


def failures(record: dict[str, Record], accuracy: float = 0.95, r2: float = 0.9) -> list[str]:
    """What is below its bar, as "domain: attribute figure": the accuracy of binary attributes, the
    R² of colours and of the pose, on photographs and on drawings."""
    missed = []
    for domain in ("photograph", "drawing"):
        for name, figures in record[domain].items():
            if figures["kind"] == "binary" and figures["accuracy"] < accuracy:
                missed.append(f"{domain}: {name} accuracy {figures['accuracy']:.3f} < {accuracy}")
            barred = figures["kind"] == "colour" or name in ("yaw", "pitch", "roll")
            if barred and figures["r2"] < r2:
                missed.append(f"{domain}: {name} R² {figures['r2']:.3f} < {r2}")
    return missed


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except GanlibError as error:
        sys.exit(f"error: {in_words(error)}")
