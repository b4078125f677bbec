"""Twin Portraits: one parameter vector, the same person as a photograph and as an anime drawing.

    people = sample_people(8, seed=0)
    photo, anime = render_twins(people, size=128)      # two (8, 3, 128, 128) tensors in [-1, 1]

Batched tensor code, on any device and at any resolution. The same people give the same pixels,
whatever batch they come in.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from ganlib.core.errors import GanlibError
from ganlib.twins.anime import drawing
from ganlib.twins.head import Head
from ganlib.twins.people import People
from ganlib.twins.person import FIELDS, GROUPS, Field, Person
from ganlib.twins.photo import photograph
from ganlib.twins.sampling import sample_people

__all__ = [
    "FIELDS",
    "GROUPS",
    "Field",
    "People",
    "Person",
    "render_drawings",
    "render_photographs",
    "render_twins",
    "sample_people",
]


def render_twins(
    people: People, size: int = 64, device: torch.device | str = "cpu", chunk: int | None = None
) -> tuple[Tensor, Tensor]:
    """(photographs, drawings) of n people, each (n, 3, size, size), float32 in [-1, 1].

    Args:
        people: at least one.
        size: side of the square pictures in pixels, at least 1.
        device: where to render, and where the pictures stay.
        chunk: people at a time; memory grows with chunk × size², the pictures do not change.
            Default: what fits a processor's cache, or 256 on a GPU at 64 pixels.

    GanlibError for nobody, and for a size or chunk below 1.
    """
    photo, anime = _render(people, size, device, chunk, photograph, drawing)
    return photo, anime


def render_photographs(
    people: People, size: int = 64, device: torch.device | str = "cpu", chunk: int | None = None
) -> Tensor:
    """The photographs alone, equal to those of `render_twins`."""
    (photo,) = _render(people, size, device, chunk, photograph)
    return photo


def render_drawings(
    people: People, size: int = 64, device: torch.device | str = "cpu", chunk: int | None = None
) -> Tensor:
    """The drawings alone, equal to those of `render_twins`, in a part of the time."""
    (anime,) = _render(people, size, device, chunk, drawing)
    return anime


@torch.no_grad()
def _render(
    people: People,
    size: int,
    device: torch.device | str,
    chunk: int | None,
    *domains: Callable[[Head], Tensor],
) -> list[Tensor]:
    if len(people) < 1 or size < 1 or (chunk is not None and chunk < 1):
        raise GanlibError(
            "rendering wants at least one person, and a size and a chunk of 1 or more; got "
            f"{len(people)} people, size={size}, chunk={chunk}."
        )
    if chunk is None:
        # Enough people that each kind of hair or place has a few; a GPU wants more at a time.
        pixels = 2**18 if torch.device(device).type == "cpu" else 2**20
        chunk = max(1, pixels // size**2)
    parts = []
    for start in range(0, len(people), chunk):
        head = Head(people[start : start + chunk].to(device), size)
        # The renderers paint with light in [0, 1].
        parts.append([domain(head) * 2 - 1 for domain in domains])
    return [torch.cat(domain) for domain in zip(*parts, strict=True)]
