"""Measuring a translator on held-out twins, whose true drawings are known."""

import time
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from ganlib.core.device import autocast, find_precision
from ganlib.core.reconstruction import l1
from ganlib.data.datasets import held_out_people
from ganlib.data.tones import ToneTransport
from ganlib.twins import People, render_twins


@torch.inference_mode()
def translate(
    model: nn.Module,
    photos: Tensor,
    batch: int = 32,
    precision: str = "fp32",
    style: Tensor | None = None,
) -> Tensor:
    """Translate (N, 3, S, S) in [-1, 1] in batches; float32, on the device of the photographs.
    `style`: (styles,), for a model that draws in several."""
    where = next(model.parameters()).device
    dtype = find_precision(precision, where)
    outputs = []
    for part in photos.split(batch):
        with autocast(dtype, where):
            asked = () if style is None else (style.to(where).expand(len(part), -1),)
            outputs.append(model(part.to(where), *asked).float().to(photos.device))
    return torch.cat(outputs)


@dataclass(frozen=True)
class Drawn:
    """Held-out people, their photographs and true drawings, and a model's drawings of them.

    Pictures are (n, 3, S, S) in [-1, 1]; `seconds` is what the translations took, on `device`.
    `people` are the rendered ones, None for pairs of one's own.
    """

    people: People | None
    photo: Tensor
    anime: Tensor
    output: Tensor
    seconds: float
    device: str


def draw(
    model: nn.Module, size: int, n: int = 512, precision: str = "fp32", backward: bool = False
) -> Drawn:
    """Let a translator draw n held-out people of `size` pixels.

    `backward`: the model makes photographs of drawings, and `photo` and `anime` change places.
    """
    people = held_out_people(n)
    photo, anime = render_twins(people, size)
    if backward:
        photo, anime = anime, photo
    return draw_pairs(model, photo, anime, precision, people)


def draw_pairs(
    model: nn.Module, photo: Tensor, anime: Tensor, precision: str, people: People | None = None
) -> Drawn:
    """Let a translator draw photographs whose true drawings are `anime`."""
    start = time.perf_counter()
    output = translate(model, photo, precision=precision)
    seconds = time.perf_counter() - start
    return Drawn(people, photo, anime, output, seconds, str(next(model.parameters()).device))


def evaluate(
    model: nn.Module, size: int, n: int = 512, precision: str = "fp32", backward: bool = False
) -> dict[str, Any]:
    """Score a translator on n held-out twins: `pixel_errors` of `draw`."""
    return pixel_errors(draw(model, size, n, precision, backward))


def pixel_errors(drawn: Drawn) -> dict[str, Any]:
    """The distances to the true drawings, pixel by pixel, as a flat record.

    `l1`: mean absolute error to the true drawing, in [-1, 1]. `l1_copy`: that of returning the
    photograph. `ratio`: `l1 / l1_copy`. `l1_tones`: that of the photograph with the drawings' tones
    (`ToneTransport`, fitted on these very twins: an upper bound of what tones alone can do).
    `_64`: the same of pictures averaged down to 64 pixels. `seconds`: of the translations.
    """
    photo, anime, output = drawn.photo, drawn.anime, drawn.output
    n, size = len(photo), photo.shape[-1]
    kind = "pairs" if drawn.people is None else "twins"
    record: dict[str, Any] = {kind: n, "size": size, **_errors(output, photo, anime)}
    if n > 1:  # the tones of one picture are no distribution
        record["l1_tones"] = l1(ToneTransport(photo, anime)(photo).clamp(-1, 1), anime).item()
    if size > 64 and size % 64 == 0:
        small = (avg_pool2d(images, size // 64) for images in (output, photo, anime))
        record |= {f"{name}_64": value for name, value in _errors(*small).items()}
    record |= {"seconds": drawn.seconds, "images_per_second": n / drawn.seconds}
    return record | {"device": drawn.device}


def _errors(output: Tensor, photo: Tensor, anime: Tensor) -> dict[str, float]:
    ours, copy = l1(output, anime).item(), l1(photo, anime).item()
    return {"l1": ours, "l1_copy": copy, "ratio": ours / copy}
