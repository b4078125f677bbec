"""The house styles: every number in which they differ."""

from dataclasses import dataclass

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
    ink: bool = False
    """Black lines and hatching in place of colour."""


STYLES = {
    style.name: style
    for style in (
        Style(
            "shoujo",
            eye_width=1.48,
            eye_height=20.0,
            iris=0.64,
            narrowing=0.85,
            depth=0.91,
            outer=1.0,
            inner=0.75,
            lash=4.2,
            line=(0.50, 0.40, 0.42),
            skin_shadow=(0.94, 0.83, 0.79),
            shadow_blur=1.6,
            hair_shadow=0.82,
            hair_light=0.55,
            lights=3,
            blush=0.30,
            backdrop="discs",
        ),
        Style(
            "cel",
            eye_width=1.38,
            eye_height=17.0,
            iris=0.60,
            narrowing=0.6,
            depth=0.93,
            outer=1.5,
            inner=1.05,
            lash=4.6,
            line=(0.25, 0.20, 0.22),
            skin_shadow=(0.87, 0.75, 0.70),
            shadow_blur=0.4,
            hair_shadow=0.70,
            hair_light=0.45,
            lights=2,
            blush=0.14,
            backdrop="wash",
        ),
        Style(
            "ink",
            eye_width=1.32,
            eye_height=15.5,
            iris=0.57,
            narrowing=0.5,
            depth=0.95,
            outer=1.7,
            inner=0.9,
            lash=4.0,
            line=(0.10, 0.09, 0.11),
            skin_shadow=(0.80, 0.80, 0.80),
            shadow_blur=0.4,
            hair_shadow=0.6,
            hair_light=0.9,
            lights=1,
            blush=0.0,
            backdrop="paper",
            ink=True,
        ),
    )
}
