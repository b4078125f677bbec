"""Ears and neck as they are drawn: an ear of one shape, a neck that comes from beneath the jaw."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ganlib.drawing import mesh
from ganlib.drawing.canvas import Array, Curve, blurred, curve, filled
from ganlib.drawing.frame import Framed
from ganlib.drawing.portrait import BACKGROUND, CLOTH, COVER, HAIR, SKIN

NECK = {True: 33.0, False: 27.0}
"""Half the width of a man's and of a woman's neck at most, in percent of the face's width."""
TURNED = 0.6
"""Heads turned further than this are drawn nearly in profile."""
_EAR_SIDES = {-1: (127, 132), 1: (356, 361)}
"""Where ears are fixed to the face's outline, above and below."""
_EAR = (
    *((-0.5, 0.02), (0.45, -0.08), (0.9, -0.02), (1.08, 0.2), (0.92, 0.48)),
    *((0.66, 0.74), (0.5, 0.95), (0.2, 1.02), (-0.5, 0.98)),
)
"""An ear's outline, outwards and downwards, in its widths and heights."""


class Contour:
    """Trims the skin beside a face, and says where its ears are to be drawn."""

    def __init__(self, framed: Framed, face: NDArray[np.bool_], x: Array, y: Array) -> None:
        self.framed, self.face, self.x, self.y = framed, face, x, y
        self.unit = framed.unit
        self.middle = float(framed.at(mesh.LEFT_SIDE, mesh.RIGHT_SIDE)[0])
        self.beyond = ndimage.distance_transform_edt(~face) / self.unit
        # The outline of a head turned far is its cheek, which face points miss.
        chin, way = framed.at(mesh.CHIN), int(np.sign(framed.turn))
        columns = np.where(face, x * way, -np.inf).max(1, keepdims=True)
        edge = np.where(np.isfinite(columns), columns, self.middle * way)
        far = (x * way > edge) & (abs(framed.turn) > TURNED)
        ahead = np.maximum((x - chin[0]) * way, 0) / self.unit
        # Its jaw curves up from the chin to where the skin reaches furthest, at eyes and nose.
        eyes = framed.at(mesh.LEFT_EYE.iris, mesh.RIGHT_EYE.iris)[1]
        seen = (framed.regions == SKIN) & (y > eyes) & (y < framed.at(13)[1])
        reach = np.maximum(float(ahead[seen].max(initial=0)), 31)
        rise = (chin[1] - eyes) * (ahead / reach) ** 3
        self.far_cheek: NDArray[np.bool_] = far & (y < chin[1] - rise)
        self.beneath_cheek: NDArray[np.bool_] = (
            far & (ahead > 0) & (y < chin[1] + 2 * self.unit) & ~self.far_cheek
        )

    def trimmed(self, regions: NDArray[np.uint8], male: bool) -> NDArray[np.uint8]:
        """Skin beside face and neck goes to what surrounds it."""
        skin, unit, at = (regions == SKIN) & ~self.face, self.unit, self.framed.at
        eyes = at(mesh.LEFT_EYE.iris, mesh.RIGHT_EYE.iris)[1]
        lobes = at(132, 361)[1] + 4 * unit
        # The skull runs into the face's outline between brows and eyes.
        excess = self.beyond > np.maximum(0.35 * (eyes - self.y) / unit, 0)
        beside = (self.y > eyes - 20 * unit) & (self.y <= lobes) & excess
        below = (self.y > lobes) & ~self._neck(regions, male)
        outside = skin & (beside | below | self.beneath_cheek) & ~self.far_cheek
        # Straps stay as thin as they are.
        strap = (regions == CLOTH) & (blurred(regions == CLOTH, 4 * unit) < 0.4)
        sources = (regions != SKIN) & ~outside & ~strap
        if not outside.any() or not sources.any():
            return regions
        closed = np.where(outside, filled(regions, ~sources), regions)
        kinds = (BACKGROUND, CLOTH, HAIR, COVER)
        shares = [blurred(closed == k, 2.5 * unit) for k in kinds]
        return np.where(outside, np.array(kinds, np.uint8)[np.argmax(shares, 0)], closed)

    def rounded(self, regions: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A skull without hair is half an ellipse above the brows, without peaks and corners."""
        unit = self.unit
        brows = int(self.framed.at(105, 334)[1] - 2 * unit)
        head = np.isin(regions, (SKIN, HAIR)) & (np.abs(self.x - self.middle) < 75 * unit)
        rows = np.nonzero(head[:brows].sum(1) > 6 * unit)[0]
        if not len(rows) or brows - rows[0] < 15 * unit:
            return regions
        height = float(brows - rows[0])
        base, high = head[brows], head[rows[0] + int(0.2 * height)]
        if not base.any() or not high.any():
            return regions
        centre, top = np.nonzero(base)[0].mean(), np.nonzero(high)[0].mean()
        up = (brows - self.y) / height
        across = np.abs(self.x - centre - (top - centre) * up) / (base.sum() / 2)
        inside = across**2.2 + np.clip(up, 0, None) ** 2.2 <= 1
        above = up > 0
        regions = np.where(above & ~inside & head, BACKGROUND, regions)
        return np.where(above & inside & (regions == BACKGROUND), SKIN, regions).astype(np.uint8)

    def _neck(self, regions: NDArray[np.uint8], male: bool) -> NDArray[np.bool_]:
        """Where the neck may be: as wide as under the chin, and flaring towards the shoulders."""
        unit, chin = self.unit, self.framed.at(mesh.CHIN)
        if abs(self.framed.turn) > TURNED:
            return np.ones(regions.shape, bool)
        level = min(chin[1] + 7 * unit, len(regions) - 1)
        is_neck = (regions[int(level)] == SKIN) & (np.abs(self.x[0] - chin[0]) < 60 * unit)
        labels, count = ndimage.label(is_neck)
        if not count:
            return np.ones(regions.shape, bool)
        columns = np.nonzero(is_neck)[0]
        nearest = columns[np.argmin(np.abs(columns - chin[0]))]
        run = np.nonzero(labels == labels[nearest])[0]
        half = min((run[-1] - run[0]) / 2, NECK[male] * unit)
        beside = np.abs(self.x - (run[0] + run[-1]) / 2)
        body = np.isin(regions, (SKIN, CLOTH)) & (beside < 100 * unit) & (self.y > level)
        wide = np.nonzero(body.sum(1) > 120 * unit)[0]
        shoulders = max((wide[0] - level) / unit, 5.0) if len(wide) else 25.0
        drop = np.maximum(self.y - level, 0) / unit
        flare = max(0.09, 45 / shoulders**2) * drop**2 * unit
        return beside <= half + flare

    def ears(self, regions: NDArray[np.uint8]) -> list[tuple[Curve, NDArray[np.bool_]]]:
        """The outline of each ear that shows, and where hair may not cover it."""
        shown = []
        unit, turn = self.unit, self.framed.turn
        down = self.framed.at(mesh.CHIN) - self.framed.at(mesh.BRIDGE)
        down /= np.hypot(*down)
        for side, (top, bottom) in _EAR_SIDES.items():
            first, last = self.framed.at(top), self.framed.at(bottom)
            height = float((last - first) @ down)
            on_side = (self.x - self.middle) * side > 0
            zone = on_side & ~self.face & (self.y > first[1]) & (self.y < last[1])
            skin = zone & (regions == SKIN) & (self.beyond < 18)
            width = skin.sum() / (0.8 * height) / unit
            strip = regions[zone & (self.beyond > 1) & (self.beyond < 4)]
            bare = np.isin(strip, (BACKGROUND, SKIN)).mean() if strip.size else 0.0
            away = turn * side
            around = regions[zone & (self.beyond < 12)]
            if around.size and width < 5.0 and (around == COVER).mean() > 0.4:
                continue
            if away > TURNED or width < 3.0 and (bare < 0.6 or away > 0.3):
                continue
            least = 8.0 - 8.0 * float(np.clip(away, 0, 0.5))
            out = np.array([-down[1], down[0]]) * -side
            shape = np.array(_EAR) * [float(np.clip(width, least, 12)) * unit, 1]
            along = np.clip(shape[:, 1:], 0, 1)
            spots = first + (last - first) * along + out * shape[:, :1]
            spots = spots + (shape[:, 1:] - along) * height * down
            free = ndimage.binary_dilation(skin, iterations=max(int(2 * unit), 1))
            shown.append((curve(spots, closed=True), free | ~np.isin(regions, (HAIR, COVER))))
        return shown
