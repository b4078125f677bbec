"""One table for a model: its figures beside those of baselines, and of the truth.

A column is a method, a dict {row: figure}. Which rows there are depends on what is known: with
twins everything is, real photographs have no true drawing, and noise has no person."""

from dataclasses import dataclass
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn

from ganlib.core.errors import GanlibError
from ganlib.core.reconstruction import l1
from ganlib.data.datasets import HOUSE_STYLE
from ganlib.measure import attributes
from ganlib.measure.attributes import ATTRIBUTES, DOMAINS
from ganlib.measure.baselines import MEAN, TRUTH, baselines
from ganlib.measure.metrics import diversity, frechet_estimate, kernel_estimate, nearest_of, ssim
from ganlib.measure.probe import Probe, load_probe, probe_card
from ganlib.measure.probe_scores import errors, kept
from ganlib.measure.translation import Drawn, translate

Column = dict[str, Any]
Columns = dict[str, Column]
MODEL = "model"
PREFIX = "kept "
"""Before the name of an attribute, in the rows that say how often it was kept."""
WASHED = "background"
"""Not compared with photographs: drawings show it under a light wash."""
FAR_ENOUGH = 0.92
"""Zoom below which enough of the clothes shows, at shoulders of average height."""


@dataclass(frozen=True)
class Evaluator:
    """A probe, the errors it is granted (`tolerance`), and drawings that training saw.

    `seen` is (M, 3, S, S) in [-1, 1], `features` the probe's of it, (M, F). A set of n pictures is
    compared at equal size: its first min(n, M) with as many of `seen`. Nearest neighbours are
    looked for in all of `seen`."""

    probe: Probe
    tolerance: dict[str, float]
    seen: Tensor
    features: Tensor

    @classmethod
    def of(cls, seen: Tensor) -> "Evaluator":
        """With the probe that ships, and the tolerances of its card."""
        probe = load_probe()
        return cls(probe, probe_card()["tolerance"], seen, probe.embed(seen))


def agreement(
    answers: dict[str, Tensor],
    truth: dict[str, Tensor],
    shown: dict[str, Tensor],
    tolerance: dict[str, float],
) -> Column:
    """{"kept NAME": share of the people whose attribute is read as the truth has it}.

    Only people in whose picture it is `shown` count; an attribute shown in none has no row. The
    shares are those of `probe_scores.kept`: balanced over the answers for binary and choice, within
    `tolerance` for numbers and colours. "kept average" is the mean of the rows, "kept plain
    average" the same of shares that are not balanced."""
    rows: Column = {}
    plain = []
    for about in ATTRIBUTES:
        if about.name not in truth or not shown[about.name].any():
            continue
        which = shown[about.name]
        ours, true = answers[about.name][which], truth[about.name][which]
        granted = tolerance.get(about.name, 0.0)
        rows[PREFIX + about.name] = kept(about, ours, true, granted)
        plain.append((errors(about, ours, true) <= granted).float().mean().item())
    averages = {"average": rows.values(), "plain average": plain}
    return rows | {PREFIX + name: sum(each) / len(plain) for name, each in averages.items()}


def of_a_set(images: Tensor, evaluator: Evaluator, features: Tensor | None = None) -> Column:
    """Figures of any set of drawings; `features`: the probe's of them, if they are known.

    probe_fid and probe_kid: distance to true drawings, of sets of `set_size`, with intervals.
    nearest_training: median distance of a picture to the nearest that was trained on; `_05`: its
    5 % quantile. reads_as_STYLE: share that the probe takes for the house style. diversity_probe
    and diversity_pixels: as `metrics.Diversity`."""
    ours = evaluator.probe.embed(images) if features is None else features
    true = evaluator.features
    n = min(len(ours), len(true))
    column: Column = {"set_size": n}
    estimates = {"probe_fid": frechet_estimate, "probe_kid": kernel_estimate}
    for name, estimate in estimates.items():
        column[name], low, high = estimate(ours[:n], true[:n])
        column[name + "_interval"] = [low, high]
    nearest = nearest_of(ours, true)
    column["nearest_training"] = nearest.median().item()
    column["nearest_training_05"] = nearest.quantile(0.05).item()
    house = evaluator.probe.read_features(ours)["domain"] == DOMAINS.index(HOUSE_STYLE)
    column[f"reads_as_{HOUSE_STYLE}"] = house.float().mean().item()
    among = diversity(images, evaluator.probe)
    return column | {"diversity_probe": among.probe, "diversity_pixels": among.pixels}


def of_twins(images: Tensor, drawn: Drawn, evaluator: Evaluator) -> Column:
    """`of_a_set`, and what the true drawing of each picture adds."""
    ours, true = evaluator.probe.embed(images), evaluator.probe.embed(drawn.anime)
    column: Column = {"l1": l1(images, drawn.anime).item(), "ssim": ssim(images, drawn.anime)}
    column["probe_distance"] = (ours - true).norm(dim=1).mean().item()
    column |= of_a_set(images, evaluator, ours)
    assert drawn.people is not None  # their attributes are known only of rendered people
    truth = attributes.truths(drawn.people, drawn.anime)
    shown = attributes.visible(drawn.people, drawn=True)
    read = evaluator.probe.read_features(ours)
    return column | agreement(read, truth, shown, evaluator.tolerance)


def compare_twins(drawn: Drawn, evaluator: Evaluator) -> Columns:
    """{"model", then the names of `baselines`, then "truth": figures} for held-out twins."""
    columns = {MODEL: of_twins(drawn.output, drawn, evaluator)}
    columns[MODEL]["images_per_second"] = len(drawn.photo) / drawn.seconds
    methods = chain(baselines(drawn.photo, drawn.anime, evaluator.seen), [(TRUTH, drawn.anime)])
    return columns | {name: of_twins(each, drawn, evaluator) for name, each in methods}


def shown_in(answers: dict[str, Tensor]) -> dict[str, Tensor]:
    """{attribute: bool (n,)}: what shows in pictures of unknown people, by the probe's answers."""
    everybody = torch.ones_like(answers["domain"], dtype=torch.bool)
    bare = answers["cover"] <= 0.5
    haired = bare & (answers["hair_style"] != 0)  # 0: bald or shaved
    eyes = (answers["sunglasses"] <= 0.5) & (answers["eyes_closed"] <= 0.5)
    near = answers["zoom"] >= attributes.NEAR
    partly = {"hair": haired, "hair_shade": haired, "hair_style": bare, "eye_colour": eyes}
    partly["clothes"] = (answers["zoom"] < FAR_ENOUGH) & (answers["scarf"] <= 0.5)
    return {
        about.name: partly.get(about.name, everybody) & (near | (not about.fine))
        for about in ATTRIBUTES
    }


def compare_photos(
    model: nn.Module, photos: Tensor, evaluator: Evaluator, precision: str
) -> Columns:
    """{method: figures} for photographs of real people, (N, 3, S, S) in [-1, 1].

    There is no truth: "kept" says how often the probe reads in the drawing what it reads in the
    photograph. Its errors on photographs lower the figures of all methods."""
    if len(photos) < 2:
        raise GanlibError("two photographs or more, with faces, are needed to compare sets.")
    read = evaluator.probe.read(photos)
    shown = shown_in(read)
    binary = {about.name for about in ATTRIBUTES if about.kind == "binary"}
    truth = {name: a > 0.5 if name in binary else a for name, a in read.items() if name != WASHED}

    def column(images: Tensor) -> Column:
        ours = evaluator.probe.embed(images)
        found = evaluator.probe.read_features(ours)
        rows = agreement(found, truth, shown, evaluator.tolerance)
        return of_a_set(images, evaluator, ours) | rows

    columns = {MODEL: column(translate(model, photos, precision=precision))}
    methods = baselines(photos, seen=evaluator.seen)  # one at a time: of thousands each is large
    return columns | {name: column(images) for name, images in methods}


def compare_noise(images: Tensor, truth: Tensor, evaluator: Evaluator) -> Columns:
    """{method: figures} for the images (n, 3, S, S) of a generator from noise, beside `truth`, as
    many drawings of held-out people."""
    methods = {
        MODEL: images,
        MEAN: evaluator.seen.mean(0, keepdim=True).expand_as(truth),
        TRUTH: truth,
    }
    return {name: of_a_set(images, evaluator) for name, images in methods.items()}
