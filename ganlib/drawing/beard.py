"""Beards and stubble: flat shapes with clean edges, each as dense as it is photographed."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganlib.drawing import mesh
from ganlib.drawing.canvas import Array, Curve, curve, filled, mix, moved, ribbon
from ganlib.drawing.mouth import drawn_lips
from ganlib.drawing.palette import Colour, luma, times
from ganlib.drawing.scene import FACE, Scene

FAINT = 0.6
"""Hair that hides less than this of the skin is a tone without an edge."""


def paint_beard(scene: Scene) -> None:
    """What the label names: nothing, stubble, or the outlined shapes of beard and moustache."""
    if scene.traits.beard != "none":
        Growth(scene).paint()


class Growth:
    """The hair on one face: how dense it is at each place, and in which colour."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.canvas, self.unit = scene, scene.canvas, scene.unit
        self.upper, self.lower = drawn_lips(scene)
        lips = self.canvas.shape(np.vstack([self.upper, self.lower[::-1]]))
        self.skin: Array = scene.is_(FACE) * (1 - lips)
        self.alpha, self.shade = np.zeros_like(self.canvas.x), np.zeros_like(self.canvas.x)
        self.colours = np.zeros_like(self.canvas.pixels)
        points = [mesh.LEFT_CHEEK, mesh.RIGHT_CHEEK, 205, 425]
        discs = [self.canvas.disc(scene.at(point), 2 * self.unit) > 0.5 for point in points]
        self.cheek = np.mean([np.median(scene.framed.photo[disc], 0) for disc in discs], 0)

    def paint(self) -> None:
        outlines = [] if self.scene.traits.beard == "stubble" else self.scene.framed.beard
        smooth = [curve(outline, closed=True, steps=6) for outline in outlines]
        # Beards first: a moustache joins one that is there.
        for outline in sorted(smooth, key=lambda outline: -float(outline[:, 1].max())):
            inside = self.canvas.shape(outline) * self.skin > 0.9
            if inside.sum() < 4 * self.unit**2:
                continue
            if _is_moustache(self.scene, outline):
                self._add_moustache(inside, *self._size(outline))
            else:
                self._add_beard(outline, inside)
        if smooth:
            self._join()
        if self.scene.traits.beard in ("stubble", "full"):
            # It lies around a beard, too, that is grown on the chin only.
            self._add_stubble()
        self.alpha *= self.skin
        self.canvas.over(self.alpha, self.colours)
        self.canvas.over(self.shade * self.alpha, self.colours * np.array([0.76, 0.73, 0.78]))
        if smooth:
            self._paint_hairs()
        np.maximum(self.scene.features, np.clip(self.alpha * 1.4, 0, 1), out=self.scene.features)
        self.scene.beard = self.alpha

    def _join(self) -> None:
        """A moustache and the beard beside the mouth are one."""
        bare = self.alpha < 0.1
        if bare.all():
            return
        self.colours, nearest = filled(self.colours, bare), filled(self.alpha, bare)
        joined = self._edged(self.scene.blur(~bare, 2.2))
        np.maximum(self.alpha, joined * nearest, out=self.alpha)
        for corner, side in ((self.upper[0], -1), (self.upper[-1], 1)):
            # From the corner of the mouth down to the beard, where there is one.
            x, y = (corner + [4 * side * self.unit, 0]).astype(int)
            below = np.flatnonzero(~bare[y : y + int(18 * self.unit), x])
            if self.scene.traits.beard == "full" and len(below):
                foot = np.array([x, y + below[0] + 3 * self.unit])
                path = curve([corner - [0, 2 * self.unit], mix(corner, foot, 0.5), foot])
                strip = self.canvas.line(path, np.linspace(3, 9, len(path)) * self.unit)
                tone = tuple(foot[::-1].astype(int))
                self._add(strip, self.colours[tone], strip * nearest[tone])

    def _paint_hairs(self) -> None:
        """Tapered strokes along the growth, some darker and some lighter; the lowest are tips."""
        unit, random, size = self.unit, np.random.default_rng(9), self.scene.size - 1
        strands: list[list[Curve]] = [[], [], []]
        nose = self.scene.at(mesh.NOSE_BASE)
        for spot in np.mgrid[-8:70:2.6, -60:60:2.6].reshape(2, -1).T[:, ::-1]:
            x, y, long, bow, kind = random.uniform(
                (-1.3, -1.3, 3.5, -0.6, 0), (1.3, 1.3, 6.5, 0.6, 1)
            )
            place = nose + (spot + [x, y]) * unit
            x, y = np.clip(place, 0, size).astype(int)
            root = self.alpha[y, x]
            if root < 0.4:
                continue
            way = place - nose + [0, 6 * unit]
            way /= np.hypot(*way)
            end = place + way * long * (0.6 + 0.4 * way[1]) * unit
            x, y = np.clip(end, 0, size).astype(int)
            tip = self.alpha[y, x] < 0.1 and way[1] > 0.85
            if tip and root < 0.7:
                continue
            end = mix(place, end, 0.7 if tip else 1.0)
            bend = mix(place, end, 0.5) + np.array([-way[1], way[0]]) * bow * unit
            path = curve([place, bend, end], steps=4)
            wide = np.linspace(1.6 if tip else 1.1, 0.2, len(path)) * unit
            strands[2 if tip else int(kind < 0.4)].append(ribbon(path, wide))
        dark, light, tips = (self.canvas.outlines(kind) for kind in strands)
        lips = self.scene.is_(FACE) & (self.skin < 0.5)
        self.canvas.over(tips * ~lips * float(self.alpha.max()), self.colours)
        self.canvas.over(dark * self.alpha * 0.55, self.colours * 0.68)
        self.canvas.over(light * self.alpha * 0.4, self.colours * 0.6 + 102)

    def _add_stubble(self) -> None:
        """A pale even tint of jaw and upper lip."""
        at, canvas = self.scene.at, self.canvas
        right = [(401, 435), (434, 432), (432, 287), (273, 422), (335, 273)]
        left = [(106, 43), (43, 202), (212, 57), (214, 212), (177, 215)]
        below = at(17) + [0, 2.2 * self.unit]
        inner = [*(at(*pair) for pair in right), below, *(at(*pair) for pair in left)]
        jaw = curve(self.scene.points(mesh.JAW[1:-1]), steps=6)
        shape = canvas.shape(np.vstack([jaw, curve(inner, steps=6)])) * self.skin
        sides = [self.scene.on_side(shape > 0.7, side) for side in (-1, 1)]
        if not all(side.any() for side in sides):
            return
        colour = self._colour(shape > 0.7)
        # Stubble is a shade, even where the hair is fair or grey.
        colour *= min(1.0, 0.55 * luma(self.scene.colours.skin) / max(luma(colour), 1.0))
        amount = 0.6 * float(np.mean([self._density(side, colour, 0.08) for side in sides]))
        if amount < 0.07:
            return
        # One flat tone that ends softly: dots look like a rash, and an edge like a bib.
        wings = canvas.shape(self._wings(0.8, 4.5 * self.unit)) * self.skin
        tint = self._soft(np.maximum(shape, wings), 2.5)
        self._add(tint, colour, np.full_like(tint, np.clip(amount, 0.1, 0.2)))

    def _add_beard(self, outline: Curve, inside: NDArray[np.bool_]) -> None:
        """Denser at the chin than on the cheeks where the photograph is."""
        colour, level = self._colour(inside), self.scene.at(17)[1]
        # Under the chin lies shadow: a patch there is thinner than it seems.
        low = bool(outline[:, 1].min() > level + self.unit)
        shadow, least = (0.2, 0.12) if low else (0.05, 0.25)
        whole = self._density(inside, colour, shadow)
        amount = float(np.clip(whole, 0.65 if self.scene.traits.grizzled else least, 1))
        if inside.sum() < 90 * self.unit**2 or low:
            # A tuft under the lip is mostly the lip's shadow, one under the chin the chin's.
            amount *= 0.6
        shape = self.canvas.shape(outline) * self.skin
        shape = self._soft(shape, 2) if amount < FAINT else self._rounded(shape, 1.2)
        self._add(shape, colour, np.full_like(shape, amount))
        lit = moved(shape, self.scene.light * 2.2 * self.unit, -3 * self.unit)
        np.maximum(self.shade, np.clip(shape - lit, 0, 1) * shape, out=self.shade)

    def _add_moustache(self, inside: NDArray[np.bool_], reach: float, thick: float) -> None:
        """Two wings under the nose."""
        colour = self._colour(inside)
        amount = self._density(inside, colour, 0.06)
        wings = self.canvas.shape(self._wings(reach, thick)) * self.skin
        amount = max(amount, 0.22, 0.8 * float(self.alpha.max()))
        shape = self._soft(wings, 1.2) if amount < FAINT else self._rounded(wings, 0.5)
        self._add(shape, colour, np.full_like(wings, amount))

    def _add(self, shape: Array, colour: Colour, amount: Array) -> None:
        strong = shape * amount
        self.colours[strong > self.alpha] = colour
        np.maximum(self.alpha, strong, out=self.alpha)

    def _rounded(self, shape: Array, units: float) -> Array:
        """The shape without its corners; jaw and lips cut it."""
        around = np.maximum(self.scene.blur(self.skin, units), 0.05)
        return self._edged(self.scene.blur(shape, units) / around) * self.skin

    def _soft(self, shape: Array, units: float) -> Array:
        """The shape, its edge as wide as hair is thin there; jaw and lips cut it."""
        around = np.maximum(self.scene.blur(self.skin, units), 0.05)
        share = 1.5 * self.scene.blur(shape, units) / around - 0.25
        return np.clip(share, 0, 1).astype(np.float32) * self.skin

    def _edged(self, share: NDArray[Any]) -> Array:
        """Where the share is above a half, with an edge as narrow as a pen's."""
        return np.clip((share - 0.5) * 9 + 0.5, 0, 1).astype(np.float32)

    def _size(self, outline: Curve) -> tuple[float, float]:
        """An outlined moustache's half width, as a share of the mouth's, and its thickness."""
        left, right = self.scene.points(mesh.MOUTH_CORNERS)
        width = float(np.hypot(*(right - left)))
        reach = (outline - mix(left, right, 0.5)) @ (right - left) / width
        x, y = outline.T
        area = abs(float(x @ np.roll(y, 1) - y @ np.roll(x, 1))) / 2
        thick = area / max(float(np.ptp(reach)), 1.0)
        share = float(np.clip(np.ptp(reach) / width, 0.75, 1.15))
        return share, float(np.clip(1.25 * thick, 1.8 * self.unit, 6.8 * self.unit))

    def _wings(self, reach: float, thick: float) -> Curve:
        """A moustache over the drawn mouth, alike on both sides; its ends do not frown."""
        left, right = self.upper[[0, -1]]
        middle, half = mix(left, right, 0.5), np.hypot(*(right - left)) / 2
        across = (right - left) / (2 * half)
        up = np.array([across[1], -across[0]])
        rise = (self.upper - middle) @ up
        t = np.linspace(-1, 1, 41)
        along = (self.upper - middle) @ across / half
        lip = np.interp(t, along, rise)
        lip = (lip + lip[::-1]) / 2
        # Skin between hair and mouth, though the lip be thin.
        line = float((self.scene.at(13) - middle) @ up)
        lift = max(0.6 * self.unit, line + 2.2 * self.unit - float(lip.max()))
        below = lip + lift + 0.3 * float(np.ptp(lip)) * t**2
        profile = np.interp(
            np.abs(t), [0, 0.06, 0.16, 0.4, 0.75, 1], [0.4, 0.4, 0.85, 1.1, 0.7, 0.1]
        )
        bottom = middle + np.outer(t * half * reach, across) + np.outer(below, up)
        return np.vstack([bottom, (bottom + np.outer(thick * profile, up))[::-1]])

    def _colour(self, inside: NDArray[np.bool_]) -> Colour:
        """The brows' colour, or grey where the photograph's beard is."""
        seen, skin = self.scene.framed.photo[inside], self.scene.colours.skin
        if self.scene.traits.grizzled:
            # Grey hair is bright between its gaps.
            seen = np.percentile(seen, 72, axis=0)
            grey = float(np.clip(luma(seen) * 1.1, 70, 218))
            if self.scene.colours.deep and luma(seen) > 0.85 * luma(self.cheek):
                grey = max(grey, luma(skin) + 42)
            return np.array([grey, grey, grey + 3.0])
        seen = np.median(seen, 0)
        seen = seen * min(1.0, 0.62 * luma(skin) / max(luma(seen), 1.0))
        return times(mix(self.scene.colours.brow, seen, 0.45), (1.05, 0.97, 0.91))

    def _density(self, inside: NDArray[np.bool_], colour: Colour, shadow: float) -> float:
        """How much of the skin hair hides, from 0 to 1; `shadow` is the place's own darkness.

        Dark hair darkens skin, grey hair takes its colour away.
        """
        seen = np.percentile(self.scene.framed.photo[inside], 35, axis=0)
        if self.scene.traits.grizzled:
            return float(np.clip(1.15 * (1 - np.ptp(seen) / max(np.ptp(self.cheek), 1)), 0, 0.88))
        darker = 1 - luma(seen) / max(luma(self.cheek), 1.0) - shadow
        contrast = 1 - luma(colour) / max(luma(self.scene.colours.skin), 1.0)
        # A dense beard still has the light on it.
        return float(np.interp(darker / max(contrast, 0.3), [0, 0.5, 0.85], [0, 0.56, 0.84]))


def _is_moustache(scene: Scene, outline: Curve) -> bool:
    """It ends above the chin and lies, on the whole, above the mouth."""
    lowest = mix(scene.at(17), scene.at(mesh.CHIN), 0.3)[1]
    return float(outline[:, 1].max()) < lowest and float(outline[:, 1].mean()) < scene.at(14)[1]
