"""The house styles: every number in which they differ."""

from dataclasses import dataclass
from typing import Any

Multiplier = tuple[float, float, float]
"""Factors of red, green and blue."""


@dataclass(frozen=True)
class Style:
    """How one house style draws. Lengths are in percent of the face's width."""

    name: str
    eye_width: float
    """The drawn eye over the photographed one."""
    eye_height: float
    iris: float
    """Width of the iris over that of the eye."""
    narrowing: float
    """How far the jaw narrows: 0 keeps the photographed outline."""
    depth: float
    """From the pupils to the chin, over the photographed distance."""
    outer: float
    """Width of the lines around the figure."""
    inner: float
    lash: float
    line: Multiplier
    """Colour of a line over that of the surface beside it."""
    skin_shadow: Multiplier
    shadow_blur: float
    hair_shadow: float
    hair_light: float
    """Share of white in the highlight of the hair."""
    lights: int
    """Highlights in each eye."""
    blush: float
    backdrop: str
    """ "discs", "wash" or "paper"."""
    ink: bool
    """Black lines and flat greys in place of colour."""


_VALUES: dict[str, tuple[Any, ...]] = {
    "name": ("shoujo", "cel", "ink"),
    "eye_width": (1.38, 1.32, 1.26),
    "eye_height": (16.8, 15.0, 13.8),
    "iris": (0.64, 0.60, 0.57),
    "narrowing": (0.85, 0.6, 0.5),
    "depth": (0.91, 0.93, 0.95),
    "outer": (1.0, 1.5, 1.7),
    "inner": (0.75, 1.05, 0.9),
    "lash": (4.2, 4.6, 4.0),
    "line": ((0.50, 0.40, 0.42), (0.25, 0.20, 0.22), (0.10, 0.09, 0.11)),
    "skin_shadow": ((0.94, 0.83, 0.79), (0.87, 0.75, 0.70), (0.80, 0.80, 0.80)),
    "shadow_blur": (1.6, 0.4, 0.4),
    "hair_shadow": (0.82, 0.70, 0.6),
    "hair_light": (0.55, 0.45, 0.9),
    "lights": (3, 2, 1),
    "blush": (0.30, 0.14, 0.0),
    "backdrop": ("discs", "wash", "paper"),
    "ink": (False, False, True),
}

STYLES = {
    values[0]: Style(**dict(zip(_VALUES, values, strict=True)))
    for values in zip(*_VALUES.values(), strict=True)
}
