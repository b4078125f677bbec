"""What the runs of lesson 09 are scored by: pictures by themselves, and what D says of them."""

from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import interpolate

from ganlib.core.reconstruction import l1, low_frequencies
from ganlib.data.images import grid, png
from ganlib.lessons.discriminators import memorised
from ganlib.measure.probe import load_probe

LOGITS = 60
"""Logits that a row keeps, of held-out drawings and of fakes."""


def colours(images: Tensor) -> Tensor:
    """Of squares of 8 pixels, what the channels differ from their mean."""
    coarse = low_frequencies(images, 8)
    return coarse - coarse.mean(1, keepdim=True)


def figures(made: Tensor, source: Tensor, truth: Tensor, domain: int = 1) -> dict[str, float]:
    """Of what became of (N, 3, S, S) pictures `source` that should be `truth`.

    `error`: L1 to the truth, 1 for handing the source back. `drawn`: share that the probe reads as
    of that domain, 1 the drawings in the house style. `recognised`: share whose own truth is the
    nearest of all in low frequencies. `colour`: L1 of the colours, 1 for everybody's mean."""
    small = interpolate(made, (64, 64), mode="nearest") if made.shape[-1] < 64 else made
    ours, all_true = (low_frequencies(x, 8).flatten(1) for x in (made, truth))
    nearest = torch.cdist(ours, all_true).argmin(1)
    average = colours(truth).mean(0, keepdim=True).expand_as(colours(truth))
    found = {
        "error": l1(made, truth) / l1(source, truth),
        "drawn": (load_probe().read(small)["domain"] == domain).float().mean(),
        "recognised": (nearest == torch.arange(len(truth))).float().mean(),
        "colour": l1(colours(made), colours(truth)) / l1(average, colours(truth)),
    }
    return {name: round(value.item(), 4) for name, value in found.items()}


@torch.no_grad()
def of_discriminator(d: nn.Module, drawn: Tensor, truth: Tensor, seen: Tensor) -> dict[str, Any]:
    """`memory`, and some "real" and "fake" logits, of drawings that D has not seen and of fakes,
    as words. `copied`: distance to the nearest drawing of the training, over the median one."""
    logits = [torch.cat([d(part) for part in x.split(32)]) for x in (seen, truth, drawn)]
    kept = [x.flatten()[:: max(1, x.numel() // LOGITS)][:LOGITS] for x in logits[1:]]
    far = torch.cdist(drawn.flatten(1), seen.flatten(1), p=1)
    return {
        "memory": round(memorised(*logits).item(), 4),
        "copied": round((far.amin(1) / far.median(1).values).mean().item(), 4),
        "real": words(kept[0].tolist()),
        "fake": words(kept[1].tolist()),
    }


def words(numbers: list[float]) -> str:
    """Numbers in one line, where JSON would give each its own."""
    return " ".join(f"{number:.2f}" for number in numbers)


def sheet(drawn: Tensor) -> bytes:
    """Pictures in a row as a small PNG of 128 colours, which at 64 pixels nobody misses."""
    few = grid(drawn, len(drawn), gap=0).quantize(128, dither=Image.Dither.NONE)
    return png(few, optimize=True)
