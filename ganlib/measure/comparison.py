"""One table for a model: what it draws beside methods that learnt nothing, and beside the truth.

A column is a method, a dict {row: figure}; which rows there are depends on what is known. With
twins everything is; of photographs of real people there is no true drawing; noise has no person.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ganlib.measure import attributes
from ganlib.measure.attributes import ATTRIBUTES, DOMAINS
from ganlib.measure.baselines import COPY, FILTER, MEAN, TRUTH, baselines, posterise
from ganlib.core.errors import GanlibError
from ganlib.measure.translation import Drawn, translate
from ganlib.measure.metrics import (
    Estimate,
    diversity,
    frechet_estimate,
    kernel_estimate,
    nearest_of,
    ssim,
)
from ganlib.measure.probe import Probe, load_probe, probe_card
from ganlib.measure.probe_scores import errors, kept
from ganlib.core.reconstruction import l1
from ganlib.data.datasets import HOUSE_STYLE

Column = dict[str, Any]
Columns = dict[str, Column]
MODEL = "model"
PREFIX = "kept "
"""Before the name of an attribute, in the rows that say how often it was kept."""
WASHED = "background"
"""Lies under a light wash in every drawing: between two worlds it need not agree."""


FAR_ENOUGH = 0.92
"""Zoom below which enough of the clothes shows, at shoulders of middling height: theirs is not read
(`attributes` knows it of rendered people)."""


@dataclass(frozen=True)
class Evaluator:
    """What measures: a probe, the errors it is granted, and drawings that training saw.

    `seen` is (M, 3, S, S) in [-1, 1]. Sets are compared with its first rows, as many as they have
    themselves (of a larger set, its first M rows are compared); nearest neighbours are looked for
    in all of it.
    """

    probe: Probe
    tolerance: dict[str, float]
    seen: Tensor
    features: Tensor
    """Of `seen`, (M, F)."""

    @classmethod
    def of(cls, seen: Tensor, probe: Probe | None = None, card: Column | None = None) -> "Evaluator":
        """With the probe that ships, or another with its card: the tolerances are there."""
        if (probe is None) != (card is None):
            raise GanlibError("Evaluator.of wants a probe and that probe's own card, or neither.")
        probe, card = probe or load_probe(), card or probe_card()
        return cls(probe, card["tolerance"], seen, probe.embed(seen))


def agreement(
    answers: dict[str, Tensor],
    truth: dict[str, Tensor],
    asked: dict[str, Tensor],
    tolerance: dict[str, float],
) -> Column:
    """{"kept NAME": share of the people, among those asked, whose attribute is as the truth says}.

    Binary and choice must be equal, and every answer weighs alike however rare (`balanced`: who
    never draws a scarf keeps a half); numbers and colours must be within `tolerance`. "kept
    average" is the mean of the rows, "kept plain average" what it would be if people weighed alike
    and rare answers did not. An attribute that nobody was asked for has no row.
    """
    rows: Column = {}
    plain = []
    for about in ATTRIBUTES:
        if about.name not in truth or not asked[about.name].any():
            continue
        which = asked[about.name]
        ours, true = answers[about.name][which], truth[about.name][which]
        granted = tolerance.get(about.name, 0.0)
        rows[PREFIX + about.name] = kept(about, ours, true, granted)
        plain.append((errors(about, ours, true) <= granted).float().mean().item())
    averages = {"average": rows.values(), "plain average": plain}
    return rows | {PREFIX + name: sum(each) / len(plain) for name, each in averages.items()}


def _shown(column: Column, estimate: Estimate, name: str) -> None:
    column[name] = estimate.value
    column[name + "_interval"] = [estimate.low, estimate.high]


def of_a_set(images: Tensor, ruler: Evaluator) -> Column:
    """What can be said of any set of drawings: how far from true ones as a set (of equally many,
    `set_size`), how far each from the nearest that was trained on (the median, and the distance
    that one in twenty stays within), how many look like the house style, how different all are."""
    ours = ruler.probe.embed(images)
    n = min(len(ours), len(ruler.features))
    column: Column = {"set_size": n}
    _shown(column, frechet_estimate(ours[:n], ruler.features[:n]), "probe_fid")
    _shown(column, kernel_estimate(ours[:n], ruler.features[:n]), "probe_kid")
    nearest = nearest_of(ours, ruler.features)
    column["nearest_training"] = nearest.median().item()
    column["nearest_training_05"] = nearest.quantile(0.05).item()
    house = ruler.probe.read(images)["world"] == DOMAINS.index(HOUSE_STYLE)
    column[f"reads_as_{HOUSE_STYLE}"] = house.float().mean().item()
    among = diversity(images, ruler.probe)
    return column | {"diversity_probe": among.probe, "diversity_pixels": among.pixels}


def of_twins(images: Tensor, drawn: Drawn, ruler: Evaluator) -> Column:
    """What can be said besides where the true drawing of each picture is known."""
    ours, true = ruler.probe.embed(images), ruler.probe.embed(drawn.anime)
    column: Column = {"l1": l1(images, drawn.anime).item(), "ssim": ssim(images, drawn.anime)}
    column["probe_distance"] = (ours - true).norm(dim=1).mean().item()
    column |= of_a_set(images, ruler)
    truth = attributes.truths(drawn.people, drawn.anime)
    asked = attributes.visible(drawn.people, drawn=True)
    return column | agreement(ruler.probe.read(images), truth, asked, ruler.tolerance)


def compare_twins(drawn: Drawn, ruler: Evaluator) -> Columns:
    """{"model", then the names of `baselines`: figures} for held-out twins."""
    columns = {MODEL: of_twins(drawn.output, drawn, ruler)}
    columns[MODEL]["images_per_second"] = len(drawn.photo) / drawn.seconds
    for name, images in baselines(drawn.photo, drawn.anime, ruler.seen).items():
        columns[name] = of_twins(images, drawn, ruler)
    return columns


def asked_of(answers: dict[str, Tensor]) -> dict[str, Tensor]:
    """{attribute: bool (n,)} for pictures of unknown people: what the probe itself finds hidden."""
    everybody = torch.ones_like(answers["world"], dtype=torch.bool)
    bare = answers["cover"] <= 0.5
    haired = bare & (answers["hair_style"] != 0)  # 0: bald or shaved
    eyes = (answers["sunglasses"] <= 0.5) & (answers["eyes_closed"] <= 0.5)
    near = answers["zoom"] >= attributes.NEAR
    hidden = {"hair": haired, "hair_shade": haired, "hair_style": bare, "eye_colour": eyes}
    hidden["clothes"] = (answers["zoom"] < FAR_ENOUGH) & (answers["scarf"] <= 0.5)
    asked = {}
    for about in ATTRIBUTES:
        shows = hidden.get(about.name, everybody)
        asked[about.name] = shows & near if about.fine else shows
    return asked


def compare_photos(model: nn.Module, photos: Tensor, ruler: Evaluator, precision: str) -> Columns:
    """{method: figures} for photographs of real people, (N, 3, S, S) in [-1, 1].

    There is no truth: "kept" says how often the probe reads in the drawing what it reads in the
    photograph. Whatever it misreads in photographs counts against nobody in particular.
    """
    if len(photos) < 2:
        raise GanlibError("two photographs or more, with faces, are needed to compare sets.")
    read = ruler.probe.read(photos)
    asked = asked_of(read)
    chances = {about.name for about in ATTRIBUTES if about.kind == "binary"}
    truth = {name: a > 0.5 if name in chances else a for name, a in read.items() if name != WASHED}
    methods = {
        MODEL: translate(model, photos, precision=precision),
        COPY: photos,
        FILTER: posterise(photos),
        MEAN: ruler.seen.mean(0, keepdim=True).expand_as(photos),
    }
    return {
        name: of_a_set(images, ruler)
        | agreement(ruler.probe.read(images), truth, asked, ruler.tolerance)
        for name, images in methods.items()
    }


def compare_noise(sample: Callable[[int], Tensor], truth: Tensor, ruler: Evaluator) -> Columns:
    """{method: figures} for a generator that draws nobody: as many samples as true drawings.

    `sample(n)` gives (n, 3, S, S); `truth`, of the same shape, is of held-out people.
    """
    methods = {
        MODEL: sample(len(truth)),
        MEAN: ruler.seen.mean(0, keepdim=True).expand_as(truth),
        TRUTH: truth,
    }
    return {name: of_a_set(images, ruler) for name, images in methods.items()}
