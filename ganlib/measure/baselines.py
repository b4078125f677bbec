"""Baselines: methods that draw nothing, and the truth.

Each takes photographs and returns pictures, all (N, 3, S, S) in [-1, 1].
"""

import torch
from torch import Tensor

from ganlib.data.tones import ToneTransport

COPY, FILTER, MEAN, TONES, TRUTH = "copy", "filter", "mean_face", "tones", "truth"


def posterise(photos: Tensor, levels: int = 6, rounds: int = 3) -> Tensor:
    """What a phone's "cartoon" filter does: smooth areas, few tones; no line, no larger eye.

    A median of 3 x 3 pixels, `rounds` times, flattens skin and cloth and keeps edges; then every
    channel is rounded to one of `levels` tones.
    """
    smooth = photos
    for _ in range(rounds):
        padded = torch.nn.functional.pad(smooth, (1, 1, 1, 1), mode="replicate")
        squares = padded.unfold(2, 3, 1).unfold(3, 3, 1).flatten(4)
        smooth = squares.median(-1).values
    steps = (levels - 1) / 2
    return ((smooth + 1) * steps).round() / steps - 1


def baselines(photo: Tensor, anime: Tensor, seen: Tensor) -> dict[str, Tensor]:
    """{name: pictures} for photographs, their true drawings, and drawings `seen` in training.

    "copy": the photograph. "filter": `posterise`. "mean_face": the mean of `seen`, for everybody.
    "tones": the photograph with the drawings' tones (`ToneTransport`), fitted on these very people,
    so an upper bound of what tones alone can do. "truth": the true drawing, the ceiling.
    """
    return {
        COPY: photo,
        FILTER: posterise(photo),
        MEAN: seen.mean(0, keepdim=True).expand_as(photo),
        TONES: ToneTransport(photo, anime)(photo).clamp(-1, 1),
        TRUTH: anime,
    }
