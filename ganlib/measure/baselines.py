"""Baselines: methods that draw nothing, and the truth.

Each takes photographs and returns pictures, all (N, 3, S, S) in [-1, 1]."""

from collections.abc import Iterator

import torch
from torch import Tensor

from ganlib.data.tones import ToneTransport

COPY, FILTER, MEAN, TONES, TRUTH = "copy", "filter", "mean_face", "tones", "truth"
SHARPENED, COMBED, NOISE = "sharpened", "combed", "noise"


def posterise(photos: Tensor, levels: int = 6, rounds: int = 3) -> Tensor:
    """What a phone's "cartoon" filter does: smooth areas, few tones; no line, no larger eye.

    A median of 3 x 3 pixels, `rounds` times, flattens skin and cloth and keeps edges; then every
    channel is rounded to one of `levels` tones."""
    smooth = photos
    for _ in range(rounds):
        padded = torch.nn.functional.pad(smooth, (1, 1, 1, 1), mode="replicate")
        squares = padded.unfold(2, 3, 1).unfold(3, 3, 1).flatten(4)
        smooth = squares.median(-1).values
    steps = (levels - 1) / 2
    return ((smooth + 1) * steps).round() / steps - 1


def baselines(
    photo: Tensor, anime: Tensor | None = None, seen: Tensor | None = None
) -> Iterator[tuple[str, Tensor]]:
    """(name, pictures) for photographs, their true drawings, and drawings `seen` in training; what
    needs drawings that are not given is left out. Each is made when its turn comes.

    "copy": the photograph. "filter": `posterise`. "mean_face": the mean of `seen`, for everybody.
    "tones": the photograph with the drawings' tones (`ToneTransport`), fitted on these very people,
    so an upper bound of what tones alone can do."""
    yield COPY, photo
    yield FILTER, torch.cat([posterise(part) for part in photo.split(16)])  # it takes ten times
    if seen is not None:
        yield MEAN, seen.mean(0, keepdim=True).expand_as(photo)
    if anime is not None:
        yield TONES, ToneTransport(photo, anime)(photo).clamp(-1, 1)


def _mean(images: Tensor, window: int) -> Tensor:
    """Of `window` x `window` pixels about each, the outermost repeated beyond the edge."""
    padded = torch.nn.functional.pad(images, (window // 2,) * 4, mode="replicate")
    return torch.nn.functional.avg_pool2d(padded, window, 1)


def sharpen(photos: Tensor, amount: float = 1.5) -> Tensor:
    """Unsharp masking: the difference to a mean of 5 x 5 pixels is added, `amount` times."""
    return (photos + amount * (photos - _mean(photos, 5))).clamp(-1, 1)


def combed(truth: Tensor, window: int = 11, period: int = 6) -> Tensor:
    """The truth without its details, squares of a chequered pattern in their place, as strong as
    they were: a mean of `window` pixels twice, the pattern `period` pixels wide. Nets that do not
    know where a line lies draw so; whoever counts gradients takes it for lines."""
    smooth = _mean(_mean(truth, window), window)
    strength = _mean((truth - smooth).square(), window).mean(1, keepdim=True).sqrt()
    row, column = (torch.arange(n) // (period // 2) for n in truth.shape[-2:])
    return (smooth + strength * (1 - 2 * ((row[:, None] + column) % 2))).clamp(-1, 1)


def noise_like(output: Tensor, truth: Tensor, window: int = 17, seed: int = 0) -> Tensor:
    """The truth with noise as large as a model's error: normal, its mean absolute value that of the
    error within `window` pixels. L1 is alike; nobody would call it a drawing."""
    error = (output - truth).abs().mean(1, keepdim=True)
    error = torch.nn.functional.avg_pool2d(error, window, 1, window // 2, count_include_pad=False)
    noise = torch.randn(truth.shape, generator=torch.Generator().manual_seed(seed))
    return (truth + noise * error * (torch.pi / 2) ** 0.5).clamp(-1, 1)
