"""One drawing in the making: smooth regions with their masks, colours, light, and the canvas."""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from ganlib.drawing import mesh
from ganlib.drawing.canvas import Array, Canvas, Curve, blurred, curve, filled
from ganlib.drawing.contour import Contour
from ganlib.drawing.frame import Framed
from ganlib.drawing.neckline import cut_opening, find_opening, hide_hands, lay_straps
from ganlib.drawing.palette import palette
from ganlib.drawing.portrait import BACKGROUND, CLOTH, COVER, HAIR, SKIN, Traits
from ganlib.drawing.styles import Style

FACE, EAR = 5, 6
"""Parts of the skin that get outlines of their own; SKIN is then neck, chest and arms."""


class Scene:
    """What every painter works on. Lengths are in `unit`s: percent of the face's width."""

    def __init__(self, framed: Framed, traits: Traits, style: Style) -> None:
        self.framed, self.traits, self.style = framed, traits, style
        self.size, self.unit = framed.size, framed.unit
        self.canvas = Canvas(framed.size)
        self.colours = palette(framed, traits, style)
        self.regions = self._smooth_regions()
        self._masks: dict[tuple[int, ...], Array] = {}
        self.random = np.random.default_rng(7)
        # Where eyes, brows and beard are; lines of age; lips; beard alone.
        self.features, self.creases, self.lips, self.beard = (
            np.zeros((framed.size, framed.size), np.float32) for _ in range(4)
        )

    # Places.
    def at(self, *index: int) -> NDArray[np.float64]:
        """The mean of face points."""
        return self.framed.at(*index)

    def points(self, index: ArrayLike) -> Curve:
        return self.framed.points[np.asarray(index)]

    def blur(self, mask: NDArray[Any], units: float) -> Array:
        return blurred(mask, units * self.unit)

    @cached_property
    def brow_level(self) -> float:
        return float(min(self.at(105)[1], self.at(334)[1]))

    @cached_property
    def eye_level(self) -> float:
        return float(self.at(mesh.LEFT_EYE.iris, mesh.RIGHT_EYE.iris)[1])

    @cached_property
    def middle(self) -> float:
        """The face's middle line."""
        return float(self.at(mesh.LEFT_SIDE, mesh.RIGHT_SIDE)[0] + self.at(mesh.CHIN)[0]) / 2

    @cached_property
    def light(self) -> int:
        """−1: the light comes from the picture's left; +1: from its right."""
        side = self.traits.light_side
        if abs(side) > 0.15:
            return 1 if side > 0 else -1
        grey, r = self.framed.photo.mean(-1), int(4 * self.unit)
        cheeks = (self.at(index).astype(int) for index in (mesh.LEFT_CHEEK, mesh.RIGHT_CHEEK))
        left, right = (grey[y - r : y + r, x - r : x + r].mean() for x, y in cheeks)
        return 1 if right > left else -1

    def shade(self, mask: Array) -> None:
        """Lay the skin's shadow."""
        self.canvas.over(mask, self.colours.skin_shadow)

    # Masks.
    def is_(self, *kinds: int) -> NDArray[np.bool_]:
        return np.isin(self.regions, kinds)

    def on_side(self, where: NDArray[np.bool_], side: int) -> NDArray[np.bool_]:
        """What of it is on the face's left (−1) or right (+1) in the picture."""
        return where & ((self.canvas.x - self.middle) * side > 0)

    def mask(self, *kinds: int) -> Array:
        """The regions' mask with an edge a pixel wide; the regions no longer change by then."""
        if kinds not in self._masks:
            self._masks[kinds] = blurred(self.is_(*kinds), 0.6 * self.size / 768)
        return self._masks[kinds]

    @cached_property
    def oval(self) -> Array:
        return self.canvas.shape(curve(self.points(mesh.OVAL), closed=True, steps=6))

    def _smooth_regions(self) -> NDArray[np.uint8]:
        """Region borders as a pen would draw them: smooth, without islands."""
        unit = self.unit
        face = self.oval > 0.5
        contour = Contour(self.framed, face, self.canvas.x, self.canvas.y)
        raw = _without_islands(self.framed.regions, unit)
        raw = contour.trimmed(raw, self.traits.male)
        if self.traits.bare:
            raw = contour.rounded(raw)
        sigmas = {BACKGROUND: 1.3, CLOTH: 2.2, SKIN: 2.0, HAIR: 1.7, COVER: 1.6}
        shares = np.stack([blurred(raw == k, s * unit) for k, s in sigmas.items()])
        regions = self._smooth_body(raw, shares.argmax(0).astype(np.uint8), face)
        regions[face & np.isin(regions, (BACKGROUND, CLOTH))] = SKIN
        regions = _without_islands(regions, unit)
        hair = regions == HAIR
        # Wisps of hair beside the ears are drawn only where there is more of it.
        if self.traits.cover in ("cap", "turban") and hair.sum() < (18 * unit) ** 2:
            regions[hair] = SKIN
        regions[(regions == SKIN) & (face | (self.canvas.y < self.eye_level))] = FACE
        regions[(regions == SKIN) & contour.far_cheek & (contour.beyond < 30)] = FACE
        for outline, free in contour.ears(self.framed.regions):
            whole = (self.canvas.shape(outline) > 0.5) & ~face
            ear = whole & (free | ~np.isin(regions, (HAIR, COVER)))
            if ear.sum() > 0.55 * whole.sum():
                regions[ear] = EAR
        return self._dressed(regions)

    def _dressed(self, regions: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Clothes with one clean opening and their straps; no hands in the hair."""
        chin, kind = self.at(mesh.CHIN), self.traits.neckline
        self.opening, inside = find_opening(
            regions, self.framed.regions, chin, self.unit, self.framed.bottom, kind
        )
        if self.opening:
            cut_opening(regions, self.opening, inside, self.canvas, self.unit)
        else:
            lay_straps(regions, self.framed.regions, self.canvas, chin[1], self.unit)
        low = self.canvas.y > chin[1] + 14 * self.unit
        return hide_hands(regions, self.opening, inside, low, self.unit)

    def _smooth_body(self, raw: np.ndarray, regions: np.ndarray, face: np.ndarray) -> np.ndarray:
        """From the chin down, shoulders and necklines in one sweep each; hair stays."""

        def most(inside: tuple[int, ...], around: tuple[int, ...], units: float) -> Any:
            part, whole = (self.blur(np.isin(raw, k) & ~face, units) for k in (inside, around))
            return part > 0.5 * whole

        low = (self.canvas.y > self.at(mesh.CHIN)[1] - 8 * self.unit) & ~face
        low &= np.isin(regions, (BACKGROUND, CLOTH, SKIN))
        dressed = np.where(most((SKIN,), (CLOTH, SKIN), 5.0), SKIN, CLOTH)
        body = most((CLOTH, SKIN), (BACKGROUND, CLOTH, SKIN), 6.0)
        return np.where(low, np.where(body, dressed, BACKGROUND), regions).astype(np.uint8)


def _without_islands(regions: NDArray[np.uint8], unit: float) -> NDArray[np.uint8]:
    """Pieces smaller than 2 % of a face's width squared take the region that surrounds them."""
    smallest = 0.02 * (100 * unit) ** 2
    holes = np.zeros(regions.shape, bool)
    for kind in (BACKGROUND, CLOTH, SKIN, HAIR, COVER):
        labels, count = ndimage.label(regions == kind)
        if count < 2:
            continue
        sizes = ndimage.sum_labels(np.ones_like(labels), labels, np.arange(1, count + 1))
        sizes[np.argmax(sizes)] = smallest
        holes |= np.isin(labels, np.nonzero(sizes < smallest)[0] + 1)
    return filled(regions, holes) if holes.any() else regions
