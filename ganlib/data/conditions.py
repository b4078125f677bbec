"""Conditions: some of a person's fields as one vector, for conditional networks.

encode(People.of(Person(style="ink", hair_colour="red", glasses="round")))    # (1, C)
"""

import torch
from torch import Tensor

from ganlib.data.datasets import face_people
from ganlib.twins import FIELDS, People

CONDITIONED = ("style", "hair_colour", "hair_style", "skin", "glasses", "cover", "beard")
"""The fields that a condition holds; the noise decides the others."""
_ABOUT = {about.name: about for about in FIELDS}


def parts() -> dict[str, slice]:
    """{field: its columns}: one for each choice, one for a number."""
    found, start = {}, 0
    for name in CONDITIONED:
        width = len(_ABOUT[name].choices) or 1
        found[name] = slice(start, start + width)
        start += width
    return found


def width() -> int:
    """C, the length of a condition."""
    return max(columns.stop for columns in parts().values())


def encode(people: People) -> Tensor:
    """People as conditions (n, C), float32: choices one-hot, numbers from their range to [-1, 1].

    Hair that a head covering hides is in the condition too.
    """
    columns = []
    for name in CONDITIONED:
        about, values = _ABOUT[name], people.field(name).flatten()
        if about.choices:
            choices = torch.arange(len(about.choices), device=values.device)
            columns.append((values[:, None] == choices).float())
        else:
            columns.append(2 * (values[:, None] - about.low) / (about.high - about.low) - 1)
    return torch.cat(columns, 1)


def alike_as_asked(people: People, k: int, seed: int) -> People:
    """k people for each of n, who differ in all that a condition leaves open: n k, side by side."""
    asked = {name: people.field(name).flatten().repeat_interleave(k) for name in CONDITIONED}
    return face_people(k * len(people), seed).replace(**asked)
