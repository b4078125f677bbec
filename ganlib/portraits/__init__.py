"""Twin Portraits: one parameter vector, the same person as a photograph and as an anime drawing.

    people = sample_people(8, seed=0)
    photo, anime = render_twins(people, size=128)      # two (8, 3, 128, 128) tensors in [-1, 1]

Everything is batched tensor code on any device, at any resolution; nothing is downloaded. The same
people give the same pixels, whatever batch they come in.
"""

import torch
from torch import Tensor

from ganlib.portraits.anime import drawing
from ganlib.portraits.head import Head
from ganlib.portraits.people import FIELDS, GROUPS, Field, People, Person, interpolate
from ganlib.portraits.photo import photograph
from ganlib.portraits.sampling import sample_people

__all__ = [
    "FIELDS",
    "GROUPS",
    "Field",
    "People",
    "Person",
    "interpolate",
    "render_twins",
    "sample_people",
]


@torch.no_grad()
def render_twins(
    people: People, size: int = 64, device: torch.device | str = "cpu", chunk: int | None = None
) -> tuple[Tensor, Tensor]:
    """Draw everybody twice.

    Args:
        people: n of them.
        size: side of the square pictures in pixels.
        device: where to render, and where the pictures stay.
        chunk: people at a time; memory grows with chunk × size², the pictures do not change.
            Default: what fits a processor's cache, or 256 on a GPU at 64 pixels.

    Returns:
        photo, anime: (n, 3, size, size) float32 in [-1, 1].
    """
    if chunk is None:
        # Fields of 2^16 values stay in a core's cache; a GPU wants more to do at a time.
        pixels = 2**16 if torch.device(device).type == "cpu" else 2**20
        chunk = max(1, pixels // size**2)
    photos, drawings = [], []
    for start in range(0, len(people), chunk):
        head = Head(people[start : start + chunk].to(device), size)
        photos.append(photograph(head) * 2 - 1)
        drawings.append(drawing(head) * 2 - 1)
    return torch.cat(photos), torch.cat(drawings)
