"""Measuring a translator against the truth that only rendered twins have."""

import time
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from ganlib.core.device import autocast, find_precision
from ganlib.twins import People, render_twins
from ganlib.data.tones import ToneTransport
from ganlib.core.reconstruction import l1
from ganlib.data.datasets import held_out_people


@torch.inference_mode()
def translate(model: nn.Module, photos: Tensor, batch: int = 32, precision: str = "fp32") -> Tensor:
    """Translate (N, 3, S, S) in [-1, 1] in batches, on the model's device; float32 comes back."""
    where = next(model.parameters()).device
    dtype = find_precision(precision, where)
    outputs = []
    for part in photos.split(batch):
        with autocast(dtype, where):
            outputs.append(model(part.to(where)).float().to(photos.device))
    return torch.cat(outputs)


@dataclass(frozen=True)
class Drawn:
    """Held-out people, their photographs and true drawings, and what a model made of them.

    Pictures are (n, 3, S, S) in [-1, 1]; `seconds` is what the translations took, on `device`.
    """

    people: People
    photo: Tensor
    anime: Tensor
    output: Tensor
    seconds: float
    device: str


def draw(
    model: nn.Module, size: int, n: int = 512, precision: str = "fp32", back: bool = False
) -> Drawn:
    """Let a translator draw n held-out people of `size` pixels; with `back`, one that makes
    photographs of drawings: "photo" and "anime" of the answer have then changed places."""
    people = held_out_people(n)
    photo, anime = render_twins(people, size)
    if back:
        photo, anime = anime, photo
    start = time.perf_counter()
    output = translate(model, photo, precision=precision)
    seconds = time.perf_counter() - start
    return Drawn(people, photo, anime, output, seconds, str(next(model.parameters()).device))


def evaluate(
    model: nn.Module, size: int, n: int = 512, precision: str = "fp32", back: bool = False
) -> dict[str, Any]:
    """Score a translator on n held-out twins: `pixel_errors` of `draw`."""
    return pixel_errors(draw(model, size, n, precision, back))


def pixel_errors(drawn: Drawn) -> dict[str, Any]:
    """The distances to the true drawings, pixel by pixel.

    Returns a flat record: `l1` is the mean absolute error to the true drawing in [-1, 1], `l1_copy`
    that of handing the photograph back, `ratio` the one over the other; `l1_tones` that of the
    photograph whose tones were carried over place by place (`reconstruction.ToneTransport`, fitted on these
    very twins: an upper bound of what is to be had without drawing anything); the same with `_64`
    after both pictures are averaged down to 64 pixels; `seconds` for the translations; `device`.
    """
    photo, anime, output = drawn.photo, drawn.anime, drawn.output
    n, size = len(photo), photo.shape[-1]
    record: dict[str, Any] = {"twins": n, "size": size, "l1": l1(output, anime).item()}
    record["l1_copy"] = l1(photo, anime).item()
    record["ratio"] = record["l1"] / record["l1_copy"]
    record["l1_tones"] = l1(ToneTransport(photo, anime)(photo).clamp(-1, 1), anime).item()
    if size > 64 and size % 64 == 0:
        small = [avg_pool2d(images, size // 64) for images in (output, photo, anime)]
        record["l1_64"] = l1(small[0], small[2]).item()
        record["l1_copy_64"] = l1(small[1], small[2]).item()
        record["ratio_64"] = record["l1_64"] / record["l1_copy_64"]
    record |= {"seconds": drawn.seconds, "images_per_second": n / drawn.seconds}
    return record | {"device": drawn.device}
