"""Palettes, and what a colour becomes when it is drawn. Colours are RGB in [0, 1]."""

import torch
from torch import Tensor

Palette = tuple[tuple[float, float, float], ...]

SKIN = (
    (0.97, 0.84, 0.77),
    (0.90, 0.71, 0.58),
    (0.76, 0.56, 0.42),
    (0.52, 0.34, 0.24),
    (0.27, 0.17, 0.13),
)
"""Five anchors from very light to very dark; `skin` interpolates between them."""
HAIR = (
    *((0.07, 0.06, 0.07), (0.19, 0.12, 0.09), (0.35, 0.22, 0.14), (0.42, 0.20, 0.12)),
    *((0.62, 0.27, 0.12), (0.80, 0.64, 0.40), (0.55, 0.54, 0.54), (0.86, 0.85, 0.84)),
    *((0.25, 0.40, 0.70), (0.88, 0.52, 0.64)),
)
IRIS = (
    *((0.17, 0.10, 0.07), (0.36, 0.20, 0.10), (0.47, 0.36, 0.17)),
    *((0.30, 0.46, 0.28), (0.28, 0.47, 0.68), (0.50, 0.56, 0.60)),
)


def colour(rgb: tuple[float, float, float], like: Tensor) -> Tensor:
    """One fixed colour as a (1, 3, 1, 1) tensor on the device of `like`."""
    return torch.tensor(rgb, device=like.device).reshape(1, 3, 1, 1)


def ramp(anchors: Palette, t: Tensor) -> Tensor:
    """Interpolate through the anchors; t (n, 1, 1) in [0, 1] → (n, 3, 1, 1)."""
    table = torch.tensor(anchors, device=t.device)
    place = t.reshape(-1) * (len(anchors) - 1)
    low = place.floor().long().clamp(0, len(anchors) - 2)
    mixed = torch.lerp(table[low], table[low + 1], (place - low)[:, None])
    return mixed[:, :, None, None]


def pick(anchors: Palette, index: Tensor) -> Tensor:
    """Look choices up; index (n, 1, 1) → (n, 3, 1, 1)."""
    return torch.tensor(anchors, device=index.device)[index.reshape(-1).long()][:, :, None, None]


def hsv(hue: Tensor, saturation: Tensor, value: Tensor) -> Tensor:
    """(n, 1, 1) each → RGB (n, 3, 1, 1)."""
    shift = torch.tensor([0.0, 2 / 3, 1 / 3], device=hue.device).reshape(1, 3, 1, 1)
    ramped = ((hue.unsqueeze(1) + shift).remainder(1) * 6 - 3).abs().sub(1).clamp(0, 1)
    return value.unsqueeze(1) * (1 - saturation.unsqueeze(1) * (1 - ramped))


def luminance(rgb: Tensor) -> Tensor:
    weights = torch.tensor([0.299, 0.587, 0.114], device=rgb.device).reshape(1, 3, 1, 1)
    return (rgb * weights).sum(1, keepdim=True)


def saturate(rgb: Tensor, factor: float) -> Tensor:
    """Away from grey (factor > 1) or towards it."""
    grey = luminance(rgb)
    return (grey + (rgb - grey) * factor).clamp(0, 1)


def cel_shadow(rgb: Tensor) -> Tensor:
    """The second tone of a cel: darker and a little towards violet, as animation paint boxes do."""
    return (rgb * 0.76 + colour((0.035, 0.0, 0.05), rgb)).clamp(0, 1)
