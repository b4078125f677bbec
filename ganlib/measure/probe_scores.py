"""How well the probe reads, attribute by attribute, on people whom it never saw."""

from typing import Any

import torch
from torch import Tensor

from ganlib.measure import attributes
from ganlib.measure.attributes import ATTRIBUTES, Attribute
from ganlib.twins import People, render_twins, sample_people
from ganlib.measure.probe import SIZE, Probe
from ganlib.data.datasets import HELD_OUT_SEED

TOLERANCE_SHARE = 0.9
"""A number or colour counts as kept within the error that this share of true drawings stays in."""

Record = dict[str, dict[str, Any]]


def errors(about: Attribute, answer: Tensor, truth: Tensor) -> Tensor:
    """How wrong each answer is, (n,): 0 or 1 for binary and choice, |difference| for a number,
    root mean square over the channels for a colour."""
    if about.kind == "binary":
        return ((answer > 0.5) != truth).float()
    if about.kind == "choice":
        return (answer != truth).float()
    if about.kind == "number":
        return (answer - truth).abs()
    return (answer - truth).square().mean(1).sqrt()


def balanced(right: Tensor, truth: Tensor) -> float:
    """Mean over the answers among `truth` (n,) of the share that is `right` (n,); nan of none.

    Answers weigh alike, rare or not: who never draws a scarf gets a half, though most wear none.
    """
    shares = [right[truth == answer].float().mean() for answer in truth.unique()]
    return torch.stack(shares).mean().item() if shares else float("nan")


def kept(about: Attribute, answer: Tensor, truth: Tensor, tolerance: float = 0.0) -> float:
    """Share of the answers that are as the truth says; nan of none.

    "binary" and "choice" must be equal, and the share is `balanced`; a "number" or "colour" must
    be within `tolerance`, and the share is that of all.
    """
    right = errors(about, answer, truth) <= tolerance
    if about.kind in ("number", "colour"):
        return right.float().mean().item()
    return balanced(right, truth)


def r2(answer: Tensor, truth: Tensor) -> float:
    """Share of the variance that is told, 1 = all; for colours the mean of the channels."""
    rest = (answer - truth).square().mean(0)
    return (1 - rest / truth.var(0, correction=0).clamp_min(1e-12)).mean().item()


def score(probe: Probe, people: People, images: Tensor, drawn: bool) -> Record:
    """{attribute: figures} for people and pictures of them, over those in whose picture it shows;
    attributes that show in none are left out.

    "binary" and "choice": `accuracy`, `majority` (that of the commonest answer for all) and
    `balanced` (the mean over the answers that occur). "number" and "colour": `r2`, and `error_90`,
    the error that 90 % stay within. Always `n`, how many were asked.
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
    """{world: `score`} on n held-out people: "photograph", "drawing" in all styles, and each."""
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


def failures(record: dict[str, Record], binary: float = 0.95, told: float = 0.9) -> list[str]:
    """What misses the bars of the card, as "world: attribute figure": accuracy of each binary
    attribute, R² of each colour and of the pose, on photographs and on drawings."""
    missed = []
    for world in ("photograph", "drawing"):
        for name, figures in record[world].items():
            if figures["kind"] == "binary" and figures["accuracy"] < binary:
                missed.append(f"{world}: {name} accuracy {figures['accuracy']:.3f} < {binary}")
            pose = name in ("yaw", "pitch", "roll")
            if (figures["kind"] == "colour" or pose) and figures["r2"] < told:
                missed.append(f"{world}: {name} R² {figures['r2']:.3f} < {told}")
    return missed
