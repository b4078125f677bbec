"""Clothes and head coverings: flat tones, prints, folds and collars."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ganlib.drawing import mesh
from ganlib.drawing.canvas import Array, Curve, curve, filled, mix, moved, ribbon
from ganlib.drawing.palette import Colour, from_hex, luma, times, to_lab
from ganlib.drawing.portrait import BACKGROUND, CLOTH, COVER, SKIN
from ganlib.drawing.scene import EAR, FACE, Scene

_SHADE = np.array([0.80, 0.77, 0.83])
# A fold of a head covering, by angle around the face (0 above it, ±1 below): where it begins and
# ends, its way from the face (0) to the outer edge (1) there, and its width in units.
_SCARF_FOLDS = (
    (-0.95, -0.25, 0.62, 0.30, 2.6),
    (-0.75, 0.05, 0.30, 0.62, 1.8),
    (0.95, 0.25, 0.62, 0.34, 2.6),
    (0.80, 0.10, 0.26, 0.56, 1.8),
    (-0.30, 0.35, 0.86, 0.74, 2.2),
)
_TURBAN_FOLDS = (
    (-0.62, 0.12, 0.05, 0.98, 2.6),
    (-0.55, 0.42, 0.02, 0.80, 2.2),
    (-0.48, 0.60, 0.00, 0.46, 2.0),
    (0.62, 0.02, 0.10, 0.62, 2.2),
    (0.55, -0.34, 0.30, 0.95, 1.8),
)

# Folds of clothes, right of the middle: from, to (units from the chin), width.
_CLOTH_FOLDS = (
    (44.0, 31.0, 60.0, 62.0, 3.4),
    (82.0, 40.0, 73.0, 66.0, 3.2),
    (24.0, 44.0, 36.0, 62.0, 2.4),
)


def paint_cloth(scene: Scene) -> None:
    """Clothes in flat tones with folds and a print; a jacket's shirt and tie stand out."""
    seen = scene.is_(CLOTH)
    if seen.sum() < 200:
        return
    base: Colour = np.median(scene.framed.photo[seen], 0).astype(np.float64)
    if scene.traits.clothes:
        named = from_hex(scene.traits.clothes)
        base = mix(base, named, 0.5) if np.abs(base - named).mean() < 70 else named
    alpha = scene.mask(CLOTH)
    scene.canvas.over(alpha, np.clip(base * 1.04 + 5, 0, 250))
    if scene.traits.pattern != "plain":
        _paint_motifs(scene, seen, alpha)
    _paint_cloth_folds(scene, alpha)
    _paint_side(scene, seen, alpha)
    if scene.traits.neckline in ("collar", "jacket"):
        Front(scene, base, alpha).paint()


def _paint_cloth_folds(scene: Scene, alpha: Array) -> None:
    """A few wedges of shadow that fall from the shoulders, the same for all."""
    canvas, unit = scene.canvas, scene.unit
    for side in (-1, 1):
        for x, y, to_x, to_y, width in _CLOTH_FOLDS:
            bend = [(x + to_x) / 2 + 2, (y + to_y) / 2]
            path = curve(np.array([[x, y], bend, [to_x, to_y]]) * [side, 1], steps=8) * unit
            path += [scene.middle, scene.at(mesh.CHIN)[1]]
            widths = width * unit * np.sin(np.pi * np.linspace(0.04, 0.96, len(path)))
            canvas.over(canvas.shape(ribbon(path, widths)) * alpha, canvas.pixels * _SHADE)


class Front:
    """What meets at a shirt's or jacket's opening: collar, tie and lapels, as clean shapes."""

    def __init__(self, scene: Scene, base: Colour, alpha: Array) -> None:
        self.scene, self.base, self.alpha, self.unit = scene, base, alpha, scene.unit
        self.line = np.clip(times(base, scene.style.line), 12, 110)
        self.cloth, skin = scene.is_(CLOTH), scene.is_(SKIN)
        x, y = scene.canvas.x, scene.canvas.y
        aside = np.abs(x - scene.at(mesh.CHIN)[0])
        wide = ndimage.binary_dilation(skin, iterations=max(int(2 * self.unit), 1))
        rim = self.cloth & wide & (aside < 48 * self.unit)
        self.rims: dict[int, tuple[Curve, Curve]] = {}
        for side in (-1, 1):
            here = scene.on_side(rim, side)
            if here.sum() >= 20 * self.unit:
                places = np.stack([x[here], y[here]], 1)
                self.rims[side] = places[y[here].argmin()], places[y[here].argmax()]
        # The lowest place of the neck is where both sides meet.
        neck = skin & (aside < 30 * self.unit)
        lowest = float(y[neck].max(initial=scene.at(mesh.CHIN)[1]))
        ends = x[neck & (y > lowest - 2 * self.unit)]
        self.apex = np.array([ends.mean() if len(ends) else scene.middle, lowest])

    def paint(self) -> None:
        """From back to front: the shirt in a jacket, tie, collar, lapels."""
        unit, size, apex = self.unit, self.scene.size, self.apex
        jacket, shirt = self.scene.traits.neckline == "jacket", self.base
        photo, inside = self.scene.framed.photo, self.cloth & (self.scene.canvas.y > apex[1])
        other = _is_other(self.scene, self.cloth, 1.0, 0.6)
        aside = np.abs(self.scene.canvas.x - apex[0]) / unit
        reach, worn = 0.0, other & (aside > 4) & (aside < 30)
        if jacket and len(self.rims) == 2 and worn.sum() > 40 * unit**2:
            seen = photo[worn][np.argsort(photo[worn].mean(-1))]  # The shirt is lighter than a tie
            shirt = np.median(seen[-len(seen) // 3 :], 0)
            reach = float(np.clip(np.percentile(aside[other & (aside < 30)], 85), 9, 26)) * unit
            below = [[apex[0] + reach, size], [apex[0] - reach, size]]
            self._fill(np.array([self.rims[-1][0], self.rims[1][0], *below]), shirt)
        near = inside & (aside < 3.5) & (self.scene.canvas.y > apex[1] + 3 * unit)
        if near.sum() > 30 * unit**2 and (reach or not jacket):
            # Photograph against photograph: the label's colour may be another.
            worn_with = shirt if reach else np.median(photo[self.cloth], 0)
            far = np.abs(to_lab(photo[near]) - to_lab(worn_with)).max(-1) > 24
            if far.mean() > 0.5:
                self._paint_tie(np.median(photo[near][far], 0))
        for side, (top, low) in self.rims.items():
            if not jacket or reach and self.scene.traits.male:
                end = mix(top, low, min(1.0, 16 * unit / (1 + float(np.hypot(*(low - top))))))
                out = np.array([side * unit, unit])
                leaf = [top + out * [-1, -1.5], end, end + out * [7, 9], top + out * [12, 1]]
                self._fill(np.array(leaf), np.clip(shirt * 1.06 + 8, 0, 255), 0.5)
            if jacket:
                bottom = np.array([apex[0] + side * reach, size]) if reach else low
                self._paint_lapel(side, top, bottom)

    def _fill(self, points: Curve, colour: Colour, cast: float = 0.0) -> None:
        """A piece with its outline, and its shadow on what lies below."""
        canvas = self.scene.canvas
        shadow = canvas.shape(points + np.array([0, 3.0 * cast]) * self.unit) * self.alpha
        canvas.over(shadow, canvas.pixels * _SHADE)
        canvas.over(canvas.shape(points) * self.alpha, colour)
        width = self.scene.style.inner * self.unit
        canvas.stroke(np.vstack([points, points[:1]]), self.line, width, 0.9, within=self.alpha)

    def _paint_tie(self, colour: Colour) -> None:
        shape = ((-3.2, 0.5), (3.2, 0.5), (2.2, 7), (6, 60), (-6, 60), (-2.2, 7))
        points = self.apex + np.array(shape) * self.unit
        self._fill(points[[2, 3, 4, 5]], colour, 0.5)
        self._fill(points[[0, 1, 2, 5]], np.clip(colour * 1.1 + 6, 0, 255))

    def _paint_lapel(self, side: int, top: Curve, foot: Curve) -> None:
        aside = np.array([side * self.unit, self.unit])
        inner = [top + aside * [-1, -1], mix(top, foot, 0.5) + aside * [1.5, 0], foot]
        notch = [mix(top, foot, 0.34) + aside * way for way in ([9, 3], [16, 0])]
        outline = np.vstack(
            [curve(inner), foot + aside * [7, 0], notch[::-1], top + aside * [8, -1]]
        )
        self._fill(outline, np.clip(self.base * 1.1 + 10, 0, 250), 0.5)


def paint_cover(scene: Scene) -> None:
    """A scarf, turban or cap in its own colour, with its folds."""
    seen = scene.is_(COVER)
    if seen.sum() < 200:
        return
    unit, canvas, alpha = scene.unit, scene.canvas, scene.mask(COVER)
    base: Colour = np.median(scene.framed.photo[seen], 0).astype(np.float64)
    canvas.over(alpha, np.clip(base * 1.04 + 5, 0, 250))
    if scene.traits.pattern == "plain":
        # A cord around it is one large piece; patches of a print would look like stains.
        _paint_motifs(scene, seen, alpha, 120, 0.02)
    if scene.traits.cover in ("scarf", "turban"):
        _paint_folds(scene, alpha)
    elif scene.traits.cover == "cap":
        reach = max(int(8 * unit), 1)
        peak = scene.blur(ndimage.binary_dilation(scene.is_(FACE), iterations=reach), 0.6)
        canvas.over(peak * alpha, times(base, 0.66))
    _paint_side(scene, seen, alpha)


def _paint_side(scene: Scene, seen: NDArray[np.bool_], alpha: Array) -> None:
    """Shadow along the edges that face away from the light."""
    side = moved(seen.astype(np.float32), scene.light * 7 * scene.unit, 2 * scene.unit, outside=1.0)
    mask = np.clip(alpha - scene.blur(side, 1.5), 0, 1) * 0.8
    scene.canvas.over(mask, scene.canvas.pixels * _SHADE)


def _paint_folds(scene: Scene, alpha: Array) -> None:
    """Wedges of shadow on a head covering, each with a line along one side."""
    canvas, unit = scene.canvas, scene.unit
    turban = scene.traits.cover == "turban"
    face = scene.is_(FACE, EAR) | (scene.oval > 0.5)
    inner = ndimage.distance_transform_edt(~face).astype(np.float32)
    outer = ndimage.distance_transform_edt(~scene.is_(BACKGROUND)).astype(np.float32)
    centre = scene.at(mesh.BRIDGE)
    angle = np.arctan2(canvas.x - centre[0], centre[1] - canvas.y) / np.pi
    for first, last, start, end, width in _TURBAN_FOLDS if turban else _SCARF_FOLDS:
        along = (angle - first) / (last - first)
        taper = np.sin(np.pi * np.clip(along, 0, 1))
        bend = start + (end - start) * np.clip(along, 0, 1)
        offset = inner - bend * (inner + outer)
        wedge = np.clip(offset + 0.5, 0, 1) * np.clip(width * unit * taper - offset + 0.5, 0, 1)
        canvas.over(wedge * alpha, canvas.pixels * _SHADE)
        thin = np.clip(0.5 * scene.style.inner * unit * taper - np.abs(offset) + 0.3, 0, 1)
        canvas.over(thin * alpha * (taper > 0), canvas.pixels * 0.55)


def _is_other(scene: Scene, seen: np.ndarray, units: float, light: float) -> np.ndarray:
    """Where a cloth has another colour than most of it; its light and shade are the same one."""
    # Where the drawing narrows a neck, the photograph shows no cloth.
    shown = seen & np.isin(scene.framed.regions, (CLOTH, COVER))
    weight = scene.blur(shown, units)
    photo = scene.blur(scene.framed.photo * shown[..., None], units)
    photo = filled(photo / np.maximum(weight, 1e-3)[..., None], weight < min(0.1, weight.max()))
    # Hue counts more than light, and most in a print: folds are no motifs.
    lab = to_lab(np.clip(photo[seen], 0, 255)) * [light, 1.3, 1.3]
    other = np.zeros(seen.shape, bool)
    other[seen] = np.linalg.norm(lab - np.median(lab, 0), axis=1) > 22
    return other


def _paint_motifs(
    scene: Scene, seen: NDArray[np.bool_], alpha: Array, least: float = 14, part: float = 0.15
) -> None:
    """A print's own motifs: pieces of `least` square units that cover such a part of the cloth."""
    other = _is_other(scene, seen, 0.8, 0.4)
    share = scene.blur(other, 1.3)
    labels, _ = ndimage.label((share > 0.5) & seen)
    large = np.nonzero(np.bincount(labels.ravel())[1:] > least * scene.unit**2)[0] + 1
    motifs = np.isin(labels, large)
    # Where the border runs everywhere, the print is too fine for a pen.
    if np.abs(2 * share[seen] - 1).mean() > 0.6 and motifs.sum() > part * seen.sum():
        share *= ndimage.binary_dilation(motifs, iterations=3)
        colour = np.median(scene.framed.photo[other & motifs], 0)
        base = np.median(scene.framed.photo[seen], 0)
        as_lit = colour * luma(base) / max(luma(colour), 1.0)
        hue = to_lab(as_lit)[1:] - to_lab(base)[1:]
        thick = ndimage.distance_transform_edt(motifs).max() / scene.unit
        # A head covering has light and shade on it: only another hue or a band is a motif.
        if scene.traits.pattern == "plain" and np.hypot(*hue) < 14 and thick > 6:
            return
        scene.canvas.over(np.clip((share - 0.5) * 6 + 0.5, 0, 1) * alpha * 0.85, colour)
