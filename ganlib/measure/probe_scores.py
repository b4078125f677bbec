"""How well the probe reads each attribute, on held-out people."""

from typing import Any

import torch
from torch import Tensor

from ganlib.data.datasets import HELD_OUT_SEED
from ganlib.measure import attributes
from ganlib.measure.attributes import ATTRIBUTES, Attribute
from ganlib.measure.probe import SIZE, Probe
from ganlib.twins import People, render_twins, sample_people

TOLERANCE_SHARE = 0.9
"""A number or colour is granted the error that this share of true drawings stays within."""

Record = dict[str, dict[str, Any]]


def errors(about: Attribute, answer: Tensor, truth: Tensor) -> Tensor:
    """The error of each answer, (n,): 0 or 1 for binary and choice, |difference| for a number, root
    mean square over the channels for a colour."""
    if about.kind == "binary":
        return ((answer > 0.5) != truth).float()
    if about.kind == "choice":
        return (answer != truth).float()
    if about.kind == "number":
        return (answer - truth).abs()
    return (answer - truth).square().mean(1).sqrt()


def balanced(right: Tensor, truth: Tensor) -> float:
    """Balanced accuracy: the share that is `right` (n,) for each value of `truth` (n,), averaged
    over the values; nan for n = 0. Always to say "no scarf" gets a half, though few wear one."""
    shares = [right[truth == answer].float().mean() for answer in truth.unique()]
    return torch.stack(shares).mean().item() if shares else float("nan")


def kept(about: Attribute, answer: Tensor, truth: Tensor, tolerance: float = 0.0) -> float:
    """Share of the answers that agree with the truth; nan for none.

    For "binary" and "choice" the share of equal ones, `balanced`; for "number" and "colour" that of
    errors within `tolerance`.
    """
    right = errors(about, answer, truth) <= tolerance
    if about.kind in ("number", "colour"):
        return right.float().mean().item()
    return balanced(right, truth)


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
