"""What `ganlib train faces` does unlike `noise`: conditions, and figures of what they control."""

import argparse
from dataclasses import asdict, fields
from typing import Any

import torch

from ganlib.conditional import (
    ConditionalGenerator,
    ConditionalGeneratorSettings,
    ProjectionDiscriminator,
    ProjectionDiscriminatorSettings,
)
from ganlib.conditions import encode, width
from ganlib.errors import GanlibError
from ganlib.objectives import ConditionalNoiseToImage, NoiseSettings
from ganlib.portraits import People, Person
from ganlib.stores import ConditionedFeed
from ganlib.worlds import drawing_store, face_people, refuse_held_out

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


def build(
    args: argparse.Namespace, device: torch.device
) -> tuple[ConditionalNoiseToImage, ConditionedFeed, dict[str, Any]]:
    """(objective, feed of drawings with their conditions, facts for the card)."""
    if args.init:
        raise GanlibError("training of faces starts from nothing; leave out --init.")
    refuse_held_out(args.seed)
    names = [field.name for field in fields(NoiseSettings)]
    chosen = {name: getattr(args, name, None) for name in names}
    settings = NoiseSettings(**{name: value for name, value in chosen.items() if value is not None})
    torch.manual_seed(args.seed)
    shape = {"condition": width(), "size": args.size, "width": args.width}
    objective = ConditionalNoiseToImage(
        ConditionalGenerator(ConditionalGeneratorSettings(**shape)),
        ProjectionDiscriminator(
            ProjectionDiscriminatorSettings(**shape, spectral=args.spectral_norm)
        ),
        settings,
        encode(People.of(*WISHES)),
    )
    people = face_people(args.twins, args.seed)
    store = drawing_store(people, args.size, device)
    feed = ConditionedFeed(store, encode(people).to(device))
    return objective, feed, {"objective": asdict(settings), "twins": args.twins}
