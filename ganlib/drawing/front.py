"""What meets at the opening of clothes: seams, collars, ties, lapels and what is worn beneath."""

import numpy as np
from scipy import ndimage

from ganlib.drawing.canvas import Array, Curve, curve, mix
from ganlib.drawing.neckline import Opening
from ganlib.drawing.palette import Colour, times, to_lab
from ganlib.drawing.portrait import CLOTH
from ganlib.drawing.scene import FACE, Scene

SHADE = np.array([0.80, 0.77, 0.83])
"""The shadow of cloth over its colour."""


class Front:
    """Clean shapes along one opening; `other` is where the cloth has another colour."""

    def __init__(self, scene: Scene, opening: Opening, alpha: Array, base: Colour) -> None:
        self.scene, self.opening, self.alpha, self.base = scene, opening, alpha, base
        self.unit, self.foot = scene.unit, opening.foot
        self.line = np.clip(times(base, scene.style.line), 12, 110)

    def paint(self, other: np.ndarray) -> None:
        """From back to front: what is worn beneath, tie, collar, lapels or a seam."""
        kind, male = self.scene.traits.neckline, self.scene.traits.male
        if kind not in ("collar", "jacket"):
            self._paint_seam(3.6 if kind == "round" else 2.4)
            return
        shirt, hems = self.base, dict[int, Curve]()
        if kind == "jacket":
            beneath = self._beneath(other)
            if beneath is None:
                self._paint_seam(6.0)
                return
            shirt, hems = beneath
            self._fill(np.vstack([hems[-1], hems[1][::-1]]), shirt)
        if kind == "collar" or male:
            tie = self._tie(shirt) if male else None
            if tie is not None:
                self._paint_tie(tie)
            elif self.foot[1] < self.scene.size - 8 * self.unit:
                self._stroke([self.foot, [self.foot[0], self.scene.size]])
            for side in (-1, 1):
                self._paint_leaf(side, np.clip(shirt * 1.06 + 8, 0, 255))
        for side in (-1, 1) if hems else ():
            if male:
                self._paint_lapel(side, hems[side])
            else:
                self._stroke(hems[side] + np.array([side * 5 * self.unit, 0]))

    def _beneath(self, other: np.ndarray) -> tuple[Colour, dict[int, Curve]] | None:
        """The colour of what a jacket is worn over, and the jacket's edges over it."""
        unit, size, canvas = self.unit, self.scene.size, self.scene.canvas
        away = ndimage.distance_transform_edt(canvas.shape(self.opening.border()) < 0.5) / unit
        aside = np.abs(canvas.x - self.foot[0]) / unit
        worn = other & (away < 22) & (aside < 34) & (canvas.y > self.opening.left[1])
        worn[worn] = ~self._like_skin(self.scene.framed.photo[worn])
        if worn.sum() < 40 * unit**2:
            return None
        seen = self.scene.framed.photo[worn]
        seen = seen[np.argsort(seen.mean(-1))]  # The shirt is lighter than a tie
        band = float(np.clip(np.percentile(away[worn], 80), 6, 14)) * unit
        reach = float(np.clip(np.percentile(aside[worn], 85), 9, 26)) * unit
        edges = {}
        for side, top in ((-1, self.opening.left), (1, self.opening.right)):
            half = self.opening.side(side)
            low = half[half[:, 1] < size][-1]
            wide = abs(low[0] - self.foot[0]) + band if self.foot[1] > size else reach
            end = np.array([self.foot[0] + side * wide, size])
            bend = mix(top, end, 0.5) + [side * 2 * unit, 0]
            edges[side] = curve([top + np.array([side * 2, -1]) * unit, bend, end])
        return np.median(seen[-len(seen) // 3 :], 0), edges

    def _like_skin(self, colours: Array) -> np.ndarray:
        """Which colours may be skin or its shadow that the regions took for cloth."""
        skin = np.median(self.scene.framed.photo[self.scene.is_(FACE)], 0)
        (a, b), across = to_lab(colours)[..., 1:].T, to_lab(skin)[1:]
        turn = np.angle((a + 1j * b) / complex(*across))
        return (np.hypot(a, b) > 16) & (np.abs(turn) < 0.4)

    def _tie(self, shirt: Colour) -> Colour | None:
        """A tie's colour, where the photograph shows one below the opening."""
        canvas, photo = self.scene.canvas, self.scene.framed.photo
        near = (np.abs(canvas.x - self.foot[0]) < 3.5 * self.unit) & self.scene.is_(CLOTH)
        near &= canvas.y > self.foot[1] + 3 * self.unit
        if near.sum() < 30 * self.unit**2:
            return None
        far = np.abs(to_lab(photo[near]) - to_lab(shirt)).max(-1) > 24
        return np.median(photo[near][far], 0) if far.mean() > 0.5 else None

    def _stroke(self, points: object) -> None:
        width = self.scene.style.inner * self.unit
        path = np.asarray(points, np.float64)
        self.scene.canvas.stroke(path, self.line, width, 0.6, 0.9, within=self.alpha)

    def _fill(self, points: Curve, colour: Colour, cast: float = 0.0) -> None:
        """A piece with its outline, and its shadow on what lies below."""
        canvas = self.scene.canvas
        shadow = canvas.shape(points + np.array([0, 3.0 * cast]) * self.unit) * self.alpha
        canvas.over(shadow, canvas.pixels * SHADE)
        canvas.over(canvas.shape(points) * self.alpha, colour)
        self._stroke(np.vstack([points, points[:1]]))

    def _paint_seam(self, out: float) -> None:
        """A line along the opening."""
        self._stroke(self.opening.border(out * self.unit))

    def _paint_tie(self, colour: Colour) -> None:
        shape = ((-4.5, -1), (4.5, -1), (3, 8), (8, 60), (-8, 60), (-3, 8))
        points = self.foot + np.array(shape) * self.unit
        self._fill(points[[2, 3, 4, 5]], colour, 0.5)
        self._fill(points[[0, 1, 2, 5]], np.clip(colour * 1.1 + 6, 0, 255))

    def _paint_leaf(self, side: int, colour: Colour) -> None:
        """One half of a collar: from beside the neck along the opening, to a point."""
        half, way = self.opening.side(side), np.array([side, 1]) * self.unit
        along = np.append(0, np.cumsum(np.hypot(*np.diff(half, axis=0).T))) / self.unit
        # A closed collar meets at the foot; an open one ends on its way.
        last = len(half) if along[-1] < 34 else int(np.searchsorted(along, 24)) + 1
        inner = half[:last] + way * [-0.5, 0]
        end, top = inner[-1], inner[0]
        # It goes on behind jaw and shoulder: only its lower part is seen.
        rim = [end + way * [8, 10], mix(end, top, 0.5) + way * [12, 3], top + way * [11, -14]]
        self._fill(np.vstack([top + way * [1, -14], inner, curve(rim)]), colour, 0.5)

    def _paint_lapel(self, side: int, edge: Curve) -> None:
        way, top, foot = np.array([side, 1]) * self.unit, edge[0], edge[-1]
        notch = [mix(top, foot, 0.34) + way * step for step in ([9, 3], [16, 0])]
        behind = top + way * [[9, -14], [1, -14]]
        outline = np.vstack([edge, foot + way * [7, 0], notch[::-1], behind])
        self._fill(outline, np.clip(self.base * 1.1 + 10, 0, 250), 0.5)
