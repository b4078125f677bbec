"""The four house styles: a `Style` has the numbers, `Paints` the colours that it paints with."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ganlib.twins.colours import cel_shadow, colour, luminance, saturate
from ganlib.twins.head import Head


@dataclass(frozen=True)
class Style:
    """One house style. Lengths are head units: 1 = pupils to chin, about 48 pixels at 128 px."""

    name: str
    line: float
    """Width of an outline at line_weight 1; 0 draws none."""
    swell: float
    """By how much outlines thicken on the shadow side and under the chin, 0 = not at all."""
    locks: float
    """How deep the edge of hair is cut into locks, 0 = smooth."""
    spikes: float
    """How far the tips of locks leave the outline of the hair."""
    gleam: str
    """Light on the hair: "ring" (soft teeth both ways), "zigzag", "arc" or "streaks"."""
    strands: float
    """How strongly single strands are drawn, 0 to 1."""
    eye_width: float
    """Half the width of an eye."""
    eye_top: float
    """From the pupil's height up to the lid of a wide open eye."""
    eye_bottom: float
    """From the pupil's height down to the lower lid."""
    iris: tuple[float, float]
    """Half-axes of the iris."""
    iris_blend: float
    """Length over which the iris goes from its dark to its light: small = two tones."""
    lash: float
    """Thickness of the upper lash line."""
    brow: float
    """Half the thickness of a brow of weight 1."""
    cel: float
    """Length over which a cel shadow fades: 0 = a hard edge."""
    fringe_shadow: float
    """How far the fringe throws its shadow."""
    blush: float
    """Strength of the red on the cheeks, 0 to 1."""
    paper: float
    """How much of the place behind is washed away to paper, 0 to 1."""


_TABLE: dict[str, tuple[Any, ...]] = {
    "name": ("soft", "bold", "flat", "ink"),
    "line": (0.023, 0.046, 0.0, 0.036),
    "swell": (0.45, 0.8, 0.0, 0.7),
    "locks": (0.1, 0.16, 0.0, 0.13),
    "spikes": (0.0, 0.05, 0.0, 0.025),
    "gleam": ("ring", "zigzag", "arc", "streaks"),
    "strands": (0.65, 0.8, 0.0, 0.9),
    "eye_width": (0.188, 0.18, 0.075, 0.18),
    "eye_top": (0.172, 0.125, 0.1, 0.15),
    "eye_bottom": (0.16, 0.095, 0.1, 0.12),
    "iris": ((0.128, 0.172), (0.092, 0.125), (0.076, 0.112), (0.102, 0.135)),
    "iris_blend": (0.12, 0.012, 0.05, 0.06),
    "lash": (0.04, 0.052, 0.03, 0.046),
    "brow": (0.014, 0.027, 0.02, 0.018),
    "cel": (0.035, 0.0, 0.0, 0.0),
    "fringe_shadow": (0.05, 0.1, 0.06, 0.06),
    "blush": (0.42, 0.0, 0.55, 0.0),
    "paper": (0.4, 0.2, 0.3, 0.55),
}
_COLUMNS = zip(*_TABLE.values(), strict=True)
STYLES = {column[0]: Style(**dict(zip(_TABLE, column, strict=True))) for column in _COLUMNS}

_WASH = 0.74
"""Strength of watercolour: 1 − it is the darkest tone that a fill can have on white paper."""
_DOTS = 0.05
"""Distance of rows of screentone dots, frame units: 3 pixels at 128 px, 6 at 256."""


class Paints:
    """What a style lays on paper for a true colour, on one batch of heads.

    Colours are RGB (n, 3, 1, 1) in [0, 1], as are the results; in ink they are pictures
    (n, 3, h, w), because a grey there is a pattern of dots.
    """

    def __init__(self, style: Style, head: Head):
        self.style = style
        if style.name == "ink":
            turn = torch.pi / _DOTS * 2**0.5
            p, q = (head.x + head.y) * turn, (head.x - head.y) * turn
            self._dots = (0.5 + 0.25 * (p.cos() + q.cos())).unsqueeze(1)
            # Dots of one pixel are noise: small pages are printed in washes.
            self._mix = min(max(head.size / 64 - 1, 0.0), 1.0)
            self._edge = 0.8 * turn / head.size

    def fill(self, rgb: Tensor) -> Tensor:
        """The lit tone."""
        if self.style.name == "soft":
            # Watercolour on white paper. One curve for everything that is filled: what is darker
            # in the photograph stays darker in the drawing.
            return 1 - _WASH * (1 - saturate(rgb, 1.4))
        if self.style.name == "bold":
            return saturate(rgb, 1.35) * 0.96 + 0.03
        if self.style.name == "flat":
            return saturate(rgb, 1.15) * 0.92 + 0.06
        return self._screen(_grey(rgb))

    def shade(self, rgb: Tensor) -> Tensor:
        """The tone of what lies in the cel shadow."""
        if self.style.name == "soft":
            return self.fill(rgb) * 0.86 + colour((0.02, 0.0, 0.035), rgb)
        if self.style.name == "bold":
            return self.fill(rgb) * colour((0.62, 0.58, 0.68), rgb)
        if self.style.name == "flat":
            return self.fill(rgb) * colour((0.86, 0.83, 0.87), rgb)
        return self._screen(_grey(rgb) * 0.74)

    def line(self, rgb: Tensor) -> Tensor:
        """The outline of a fill: a darker tone of it."""
        if self.style.name == "soft":
            return saturate(rgb, 1.35) * 0.42 + 0.04
        if self.style.name == "bold":
            return saturate(rgb, 1.2) * 0.13 + 0.015
        if self.style.name == "flat":
            return cel_shadow(saturate(rgb, 1.2)) * 0.55
        return torch.full_like(rgb[:, :, :1, :1], 0.05)

    def gleam(self, rgb: Tensor) -> Tensor:
        """Light on hair of this colour."""
        if self.style.name == "ink":
            return torch.ones_like(rgb[:, :, :1, :1])
        if self.style.name == "flat":
            return self.fill(rgb) * 0.84 + 0.16
        return (self.fill(rgb) * 0.6 + 0.4).clamp(0, 1)

    def _screen(self, grey: Tensor) -> Tensor:
        """Grey as a wash at 64 px, as black dots on white from 128 px on."""
        dotted = ((grey - self._dots) / self._edge + 0.5).clamp(0, 1)
        # Dots between black and white only: solid black, clean paper.
        toned = (1 - ((grey - 0.5).abs() * 2) ** 6) * self._mix * 0.38
        return torch.lerp(grey.expand_as(dotted), dotted, toned).expand(-1, 3, -1, -1)


def _grey(rgb: Tensor) -> Tensor:
    """Tone on the page: light skin is paper, the blackest hair solid ink."""
    light = luminance(rgb)
    solid = ((light - 0.08) / 0.08).clamp(0, 1)
    return (1.14 * light**0.6).clamp(max=1) * (0.12 + 0.88 * solid)
