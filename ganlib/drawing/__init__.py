"""Anime drawings of photographs: face points and a map of regions in, a drawing out.

    portrait = Portrait(photo, points, regions, Traits(hair_style="bob", age=0.3))
    picture = draw(portrait, STYLES["cel"], size=512)      # PIL image; the same on every machine

Nothing in them is learnt: every rule is written down, with the proportions of published anime faces
(see the data card). Drawings made so are what the portrait model learns from; `illustrator` is its
network.
"""

from ganlib.drawing.draw import draw, photograph
from ganlib.drawing.parts import PARTS, parts
from ganlib.drawing.portrait import REGIONS, Portrait, Traits
from ganlib.drawing.styles import STYLES, Style

__all__ = [
    "PARTS",
    "REGIONS",
    "STYLES",
    "Portrait",
    "Style",
    "Traits",
    "draw",
    "parts",
    "photograph",
]
