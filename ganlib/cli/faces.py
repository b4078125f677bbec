"""What `ganlib train faces` does unlike `noise`: conditions, and figures of what they control."""

import argparse
import csv
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import torch

from ganlib.cli import noise
from ganlib.core.networks.conditional import (
    ConditionalGenerator,
    ConditionalGeneratorConfig,
    ProjectionDiscriminator,
    ProjectionDiscriminatorConfig,
    draw,
)
from ganlib.data.conditions import encode, width
from ganlib.measure.control import FaceEvaluator
from ganlib.core.errors import GanlibError
from ganlib.core.networks.base import Network
from ganlib.core.objectives import ConditionalNoiseToImage
from ganlib.core.config import NoiseConfig
from ganlib.twins import People, Person
from ganlib.measure.probe import SIZE, load_probe
from ganlib.core.log import RunLog
from ganlib.data.samplers import ConditionedSampler
from ganlib.data.datasets import ImageDataset
from ganlib.data.datasets import drawing_dataset, face_people, refuse_held_out

WISHES = (
    Person(style="soft", hair_colour="brown", hair_style="long"),
    Person(style="bold", hair_colour="brown", hair_style="long"),
    Person(style="flat", hair_colour="brown", hair_style="long"),
    Person(style="ink", hair_colour="brown", hair_style="long"),
    Person(style="soft", hair_colour="blond", hair_style="bob", skin=0.1, glasses="round"),
    Person(style="flat", hair_colour="black", hair_style="afro", skin=0.9),
    Person(style="bold", hair_colour="red", hair_style="short", skin=0.2, beard="full"),
    Person(style="soft", hair_style="bald", skin=0.6, cover="scarf"),
)
"""Who is asked for, row by row, in the sheets of a run."""

SCORES = "scores.csv"
NEIGHBOURS = 20_000
"""Training drawings among which nearest neighbours are looked for, at most."""


def build(
    args: argparse.Namespace, device: torch.device
) -> tuple[ConditionalNoiseToImage, ConditionedSampler, dict[str, Any]]:
    """(objective, feed of drawings with their conditions, facts for the card)."""
    if args.init:
        raise GanlibError("training of faces starts from nothing; leave out --init.")
    refuse_held_out(args.seed)
    if args.size % SIZE:
        raise GanlibError(f"faces are measured by the probe: --size must be {SIZE} or 128.")
    load_probe()  # if it is missing, better now than after the training
    names = [field.name for field in fields(NoiseConfig)]
    chosen = {name: getattr(args, name, None) for name in names}
    settings = NoiseConfig(**{name: value for name, value in chosen.items() if value is not None})
    torch.manual_seed(args.seed)
    shape = {"condition": width(), "size": args.size, "width": args.width}
    objective = ConditionalNoiseToImage(
        ConditionalGenerator(ConditionalGeneratorConfig(**shape)),
        ProjectionDiscriminator(
            ProjectionDiscriminatorConfig(**shape, spectral=args.spectral_norm)
        ),
        settings,
        encode(People.of(*WISHES)),
    )
    people = face_people(args.twins, args.seed)
    store = drawing_dataset(people, args.size, device)
    feed = ConditionedSampler(store, encode(people).to(device))
    return objective, feed, {"objective": asdict(settings), "twins": args.twins}


class Progress:
    """Called with (G, images): a sheet of samples, and a row of `FaceEvaluator.figures` in scores.csv.

    After a resume, rows that come again are dropped.
    """

    def __init__(self, objective: ConditionalNoiseToImage, out: Path, ruler: FaceEvaluator) -> None:
        self.sheet = noise.Samples(objective, out / "samples")
        self.log, self.ruler = RunLog(out / SCORES), ruler
        self.fresh = True

    def __call__(self, generator: Network, images: int) -> None:
        self.sheet(generator, images)
        if self.fresh:
            self.log.rewind(images - 1)
            self.fresh = False
        self.log({"step": images, **self.ruler.figures(_own(generator))})


def figures(generator: Network, store: ImageDataset, ruler: FaceEvaluator) -> dict[str, Any]:
    """For the card: figures of the model, those of the true drawings of the same people ("true:
    ..."), and how far the nearest training drawing is from either."""
    images = draw(_own(generator), ruler.conditions)
    seen = store.at(torch.arange(min(len(store), NEIGHBOURS), device=store.images.device)).cpu()
    record: dict[str, Any] = {"people": len(ruler.people), **ruler.of(images)}
    record |= {f"true: {name}": value for name, value in ruler.of(ruler.true).items()}
    return record | ruler.nearest(images, seen)


def over_time(out: Path) -> list[dict[str, float]]:
    """The rows of a run's scores.csv; none if it kept none."""
    if not (out / SCORES).exists():
        return []
    with (out / SCORES).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [
        {"images": int(row["step"]), **{k: float(v) for k, v in row.items() if k != "step"}}
        for row in rows
    ]


def _own(generator: Network) -> ConditionalGenerator:
    assert isinstance(generator, ConditionalGenerator)
    return generator
