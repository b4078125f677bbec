"""Clothes and head coverings: flat tones, prints, folds and collars."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ganlib.drawing import mesh
from ganlib.drawing.canvas import Array, curve, filled, mix, moved, ribbon
from ganlib.drawing.front import SHADE, Front
from ganlib.drawing.palette import Colour, from_lab, luma, times, to_lab
from ganlib.drawing.portrait import BACKGROUND, CLOTH, COVER
from ganlib.drawing.scene import EAR, FACE, Scene

# A fold of a head covering, by angle around the face (0 above it, ±1 below): where it begins and
# ends, its way from the face (0) to the outer edge (1) there, and its width in units.
_SCARF_FOLDS = (
    (-0.95, -0.25, 0.62, 0.30, 2.6),
    (-0.75, 0.05, 0.30, 0.62, 1.8),
    (0.95, 0.25, 0.62, 0.34, 2.6),
    (0.80, 0.10, 0.26, 0.56, 1.8),
    (-0.30, 0.35, 0.86, 0.74, 2.2),
    (-0.98, -0.55, 0.22, 0.40, 1.6),
    (0.98, 0.50, 0.84, 0.56, 2.2),
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
    alpha = scene.mask(CLOTH)
    scene.canvas.over(alpha, np.clip(base * 1.04 + 5, 0, 250))
    if scene.traits.pattern != "plain":
        _paint_print(scene, seen, alpha, base)
    _paint_cloth_folds(scene, alpha)
    _paint_side(scene, seen, alpha)
    if scene.opening:
        Front(scene, scene.opening, alpha, base).paint(_is_other(scene, seen, 1.0, 0.6))


def _paint_cloth_folds(scene: Scene, alpha: Array) -> None:
    """A few wedges of shadow that fall from the shoulders, the same for all."""
    canvas, unit = scene.canvas, scene.unit
    for side in (-1, 1):
        for x, y, to_x, to_y, width in _CLOTH_FOLDS:
            bend = [(x + to_x) / 2 + 2, (y + to_y) / 2]
            path = curve(np.array([[x, y], bend, [to_x, to_y]]) * [side, 1], steps=8) * unit
            path += [scene.middle, scene.at(mesh.CHIN)[1]]
            widths = width * unit * np.sin(np.pi * np.linspace(0.04, 0.96, len(path)))
            canvas.over(canvas.shape(ribbon(path, widths)) * alpha, canvas.pixels * SHADE)


def paint_cover(scene: Scene) -> None:
    """A scarf, turban or cap in its own colour, with its folds."""
    seen = scene.is_(COVER)
    if seen.sum() < 200:
        return
    canvas, alpha = scene.canvas, scene.mask(COVER)
    # The cloth on the head; what hangs below may be another.
    head = seen & (scene.canvas.y < scene.at(mesh.CHIN)[1])
    base = _lit(scene.framed.photo[head if head.any() else seen])
    canvas.over(alpha, np.clip(base * 1.04 + 5, 0, 250))
    _paint_second(scene, seen, alpha, base)
    if scene.traits.cover == "cap":
        _paint_cap(scene, alpha, base)
    elif scene.traits.cover == "beanie":
        _paint_nap(scene, alpha, base)
    else:
        _paint_folds(scene, alpha)
    _paint_side(scene, seen, alpha)


def _lit(pixels: Array) -> Colour:
    """A cloth's colour, or that of its lit part if most of it lies in shade, grey or dark."""
    middle, light = (to_lab(np.percentile(pixels, share, axis=0)) for share in (50, 72))
    pure, purer = (float(np.hypot(*lab[1:])) for lab in (middle, light))
    shaded = purer > 1.4 * pure + 4 or (pure > 15 and middle[0] < 38)
    return from_lab(light if shaded else middle)


def _paint_side(scene: Scene, seen: NDArray[np.bool_], alpha: Array) -> None:
    """Shadow along the edges that face away from the light."""
    side = moved(seen.astype(np.float32), scene.light * 7 * scene.unit, 2 * scene.unit, outside=1.0)
    mask = np.clip(alpha - scene.blur(side, 1.5), 0, 1) * 0.8
    scene.canvas.over(mask, scene.canvas.pixels * SHADE)


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
        canvas.over(wedge * alpha, canvas.pixels * SHADE)
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


def _paint_print(scene: Scene, seen: NDArray[np.bool_], alpha: Array, base: Colour) -> None:
    """Flowers, stripes or checks of one size all over, in the print's second colour."""
    canvas, unit, tilt = scene.canvas, scene.unit, 0.3
    other = _is_other(scene, seen, 0.8, 0.4)
    colour = np.median(scene.framed.photo[other], 0) if other.sum() > 60 * unit**2 else base
    # Quiet, but seen: neither as light as the cloth nor far from it.
    step = float(np.clip(luma(colour) - luma(base), -70, 70))
    least = 34.0 if luma(base) < 150 else -34.0
    step = step if abs(step) > 30 else least
    colour = np.clip(colour + luma(base) + step - luma(colour), 10, 250)
    if scene.traits.pattern == "flowers":
        # Rows a little aslant, every other one moved by half a step.
        row = (canvas.y + tilt * canvas.x) / (11 * unit)
        along = (canvas.x - tilt * canvas.y) / (13 * unit) + 0.5 * (np.floor(row) % 2)
        x, y = (along % 1 - 0.5) * 13, (row % 1 - 0.5) * 11
        # Plain blotches, every other row smaller: petals would be stars on every cloth.
        radius = np.where(np.floor(row) % 2, 2.0, 2.8)
        shape = np.clip((radius - np.hypot(x, 1.15 * y)) * unit + 0.5, 0, 1)
        canvas.over(shape * alpha * 0.55, colour)
        return
    ways = (canvas.x, canvas.y) if scene.traits.pattern == "checks" else (canvas.x,)
    for way in ways:
        line = np.abs(way / unit % 7 - 3.5)
        canvas.over(np.clip((1.0 - line) * unit + 0.5, 0, 1) * alpha * 0.5, colour)


def _paint_second(scene: Scene, seen: NDArray[np.bool_], alpha: Array, base: Colour) -> None:
    """A second cloth of a head covering: a cord, what is worn beneath it, what hangs below it."""
    unit, canvas, photo = scene.unit, scene.canvas, scene.framed.photo
    chin, low = scene.at(mesh.CHIN), canvas.y > scene.at(mesh.CHIN)[1] + 6 * unit
    away = ndimage.distance_transform_edt(~scene.is_(FACE)) / unit
    x, y = (canvas.x - chin[0]) / unit, (canvas.y - chin[1]) / unit
    edge = (y - 9 + 0.004 * x**2) * unit
    line = times(base, 0.4)
    rim = seen & (canvas.y < scene.eye_level) & (away > 1) & (away < 6)
    for part, border, turn in ((low & seen, edge, 20), (rim, (7 - away) * unit, 60)):
        colour = _lit(photo[part]) if part.sum() > 200 * unit**2 else base
        if _is_apart(colour, base, turn):
            canvas.over(np.clip(border + 0.5, 0, 1) * alpha, colour)
            thin = np.clip(0.5 * scene.style.inner * unit - np.abs(border) + 0.5, 0, 1)
            canvas.over(thin * alpha, line)
    share = scene.blur(_is_other(scene, seen, 0.8, 0.4), 1.3)
    labels, count = ndimage.label((share > 0.5) & seen & (canvas.y < scene.brow_level))
    for label in range(1, count + 1):
        piece = labels == label
        reach = (canvas.x[piece] - scene.middle) / unit
        # All else is light and shade, or a print too ragged for a pen.
        if min(-reach.min(), reach.max()) > 25 and piece.sum() < 25 * unit**2 * np.ptp(reach):
            smooth = np.clip((scene.blur(piece, 1.3) - 0.5) * 6 + 0.5, 0, 1)
            colour = np.median(photo[piece], 0)
            canvas.over(smooth * alpha * _is_apart(colour, base, 20), colour)


def _is_apart(colour: Colour, base: Colour, turn: float) -> bool:
    """Whether it is another cloth's colour: of another hue, or darker than any shade."""
    ratio = luma(colour) / max(luma(base), 1.0)
    lit = colour / max(ratio, 0.01)
    return bool(np.linalg.norm(to_lab(lit) - to_lab(base)) > turn or not 0.3 < ratio < 2.5)


def _paint_cap(scene: Scene, alpha: Array, base: Colour) -> None:
    """A cap's peak over the brows, its edge and the seams that run to the top."""
    canvas, unit = scene.canvas, scene.unit
    dark = luma(base) < 80
    line = mix(base, [255, 255, 255], 0.4) if dark else times(base, 0.5)
    ends = [scene.at(side) + np.array([way * 9, -2]) * unit for side, way in ((127, -1), (356, 1))]
    middle = scene.at(10) + [0, -9 * unit]
    arc = curve([ends[0], mix(ends[0], middle, 0.55) + [0, -9 * unit], middle,
                 mix(ends[1], middle, 0.55) + [0, -9 * unit], ends[1]])  # fmt: skip
    below = [[arc[-1, 0], scene.size], [arc[0, 0], scene.size]]
    canvas.over(canvas.shape(np.vstack([arc, below])) * alpha, mix(base, line, 0.25))
    top = np.array([middle[0], canvas.y[alpha > 0.5].min()])
    seams = [
        curve([top, mix(top, to, 0.5) + [0.12 * (to - top)[0], 0], to]) for to in arc[10:31:10]
    ]
    for path in (arc, *seams):
        canvas.stroke(path, line, 1.1 * unit, 0.6, within=alpha)


def _paint_nap(scene: Scene, alpha: Array, base: Colour) -> None:
    """Short curved strokes all over a knitted or fur hat, away from the face."""
    canvas, unit, random = scene.canvas, scene.unit, np.random.default_rng(3)
    y, x = np.nonzero(alpha > 0.9)
    centre = scene.at(mesh.BRIDGE)
    shown = [times(base, 0.62), mix(base, [255, 255, 255], 0.35)]
    for row in np.arange(y.min() + 5 * unit, y.max(), 8 * unit):
        for column in np.arange(x.min() + 5 * unit, x.max(), 9 * unit):
            place = np.array([column, row]) + random.uniform(-2.5, 2.5, 2) * unit
            out = (place - centre) / np.hypot(*(place - centre)) * 5.5 * unit
            bend = place + out / 2 + np.array([-out[1], out[0]]) * 0.18
            path = curve([place, bend, place + out], steps=5)
            canvas.stroke(path, shown[random.integers(2)], 1.3 * unit, 0.2, within=alpha)
