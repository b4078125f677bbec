"""Clothes, head coverings, glasses and ear-rings."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ganlib.drawing import mesh
from ganlib.drawing.canvas import Array, blurred, curve, mix, moved
from ganlib.drawing.palette import Colour, from_hex, from_lab, times, to_lab
from ganlib.drawing.portrait import CLOTH, COVER, SKIN
from ganlib.drawing.scene import EAR, FACE, Scene


def paint_cloth(scene: Scene) -> None:
    """Clothes in three flat tones, or in the few colours of their pattern."""
    seen = scene.is_(CLOTH)
    if seen.sum() < 200:
        return
    base: Colour = np.median(scene.framed.photo[seen], 0).astype(np.float64)
    if scene.traits.clothes:
        named = from_hex(scene.traits.clothes)
        base = mix(base, named, 0.5) if np.abs(base - named).mean() < 70 else named
    # Of plain clothes, jacket, shirt and tie differ; a print is drawn as its ground.
    plain = scene.traits.pattern == "plain"
    layered = plain and scene.traits.neckline in ("collar", "jacket")
    colours = 3 if layered else 1 if plain else 0
    _paint_tones(scene, CLOTH, base, colours)


def paint_cover(scene: Scene) -> None:
    """A scarf, turban or cap in its own colour, with its folds."""
    seen = scene.is_(COVER)
    if seen.sum() < 200:
        return
    base: Colour = np.median(scene.framed.photo[seen], 0).astype(np.float64)
    # A dark band on a light cloth is drawn; a print is not.
    grey = scene.framed.photo[seen].mean(-1)
    band = np.median(grey) > 140 and 0.02 < (grey < 70).mean() < 0.3
    _paint_tones(scene, COVER, base, 2 if band else 0 if grey.std() > 45 else 1)
    if scene.traits.cover == "cap":
        reach = max(int(8 * scene.unit), 1)
        peak = scene.blur(ndimage.binary_dilation(scene.is_(FACE), iterations=reach), 0.6)
        scene.canvas.over(peak * scene.mask(COVER), times(base, 0.66))


def _paint_tones(scene: Scene, kind: int, base: Colour, colours: int) -> None:
    """One flat tone with its folds (1 colour), without (0), or several colours as photographed."""
    seen, unit, canvas = scene.is_(kind), scene.unit, scene.canvas
    alpha = scene.mask(kind)
    base = np.clip(np.asarray(base) * 1.04 + 5, 0, 250)
    canvas.over(alpha, base if colours < 2 else _posterised(scene, seen, colours))
    shade = np.array([0.80, 0.77, 0.83], np.float32)
    if colours == 1:
        relief = _relief(scene, seen)
        spread = max(float(relief[seen].std()), 5.0)
        dark = _clean(relief < -1.1 * spread, unit)
        canvas.over(scene.blur(dark, 0.4) * alpha, canvas.pixels * shade)
        bright = _clean(relief > 1.5 * spread, unit)
        canvas.over(scene.blur(bright, 0.4) * alpha, np.clip(canvas.pixels * 1.06 + 5, 0, 255))
    side = moved(seen.astype(np.float32), scene.light * 7 * unit, 2 * unit, outside=1.0)
    canvas.over(np.clip(alpha - scene.blur(side, 1.5), 0, 1) * 0.8, canvas.pixels * shade)
    if kind == CLOTH:
        _paint_hem(scene, base, alpha)


def _relief(scene: Scene, seen: NDArray[np.bool_]) -> Array:
    """The photograph's light on a cloth against its wide surroundings: folds, not slow change."""
    grey = scene.framed.photo.mean(-1) * seen
    near, wide = (
        blurred(grey, width * scene.unit) / np.maximum(blurred(seen, width * scene.unit), 1e-3)
        for width in (3, 16)
    )
    return np.asarray(near - wide, np.float32)


def _paint_hem(scene: Scene, base: Colour, alpha: Array) -> None:
    """A seam along the neckline."""
    unit = scene.unit
    inside = scene.is_(CLOTH) & (ndimage.distance_transform_edt(~scene.is_(SKIN)) < 3.4 * unit)
    edge = (
        inside
        & ~ndimage.binary_erosion(inside)
        & ~ndimage.binary_dilation(scene.is_(SKIN), iterations=max(int(1.5 * unit), 1))
    )
    edge &= ndimage.binary_erosion(scene.is_(CLOTH), iterations=2) & (
        scene.canvas.y < scene.at(mesh.CHIN)[1] + 60 * unit
    )
    near = np.abs(scene.canvas.x - scene.middle) < 60 * unit
    distance = ndimage.distance_transform_edt(~(edge & near))
    line = np.clip(0.4 * unit - distance + 0.5, 0, 1)
    scene.canvas.over(line * alpha * 0.7, times(base, (0.62, 0.60, 0.66)))


def _clean(mask: NDArray[np.bool_], unit: float) -> NDArray[np.bool_]:
    """Smooth, and without specks."""
    labels, count = ndimage.label(blurred(mask, 1.4 * unit) > 0.5)
    sizes = ndimage.sum_labels(np.ones_like(labels), labels, np.arange(1, count + 1))
    kept: NDArray[np.bool_] = np.isin(labels, 1 + np.nonzero(sizes > 40 * unit * unit)[0])
    return kept


def _posterised(scene: Scene, seen: NDArray[np.bool_], colours: int) -> NDArray[Any]:
    """The photograph in a few flat colours with smooth borders (k-means, deterministic)."""
    blur = 2.5 * scene.unit
    weight = np.maximum(blurred(seen, blur), 1e-3)
    photo = np.stack(
        [blurred(scene.framed.photo[..., c] * seen, blur) / weight for c in range(3)], -1
    )
    small = photo[::2, ::2]
    # Hue counts more than light: shade of one cloth stays one cloth.
    scale = np.array([0.35, 1.3, 1.3])
    lab = to_lab(np.clip(small, 0, 255)) * scale
    sample = lab[seen[::2, ::2]]
    sample = sample[:: max(len(sample) // 3000, 1)]
    centres = sample[:1]
    for _ in range(colours - 1):
        # Each new centre is far from those before: the 98th percentile, not an outlier.
        distance = np.min(((sample[:, None] - centres) ** 2).sum(-1), 1)
        far = np.argsort(distance)[int(0.98 * (len(sample) - 1))]
        centres = np.vstack([centres, sample[far]])
    for _ in range(12):
        nearest = ((sample[:, None] - centres) ** 2).sum(-1).argmin(1)
        centres = np.stack(
            [
                sample[nearest == k].mean(0) if (nearest == k).any() else centres[k]
                for k in range(colours)
            ]
        )
    kinds = ((lab[:, :, None] - centres) ** 2).sum(-1).argmin(-1)
    shares = np.stack([blurred(kinds == k, 2.4 * scene.unit) for k in range(colours)])
    shares = ndimage.zoom(shares, (1, 2, 2), order=1)[:, : scene.size, : scene.size]
    flat = from_lab(centres / scale)
    return np.clip(flat[shares.argmax(0)] * 1.04 + 5, 0, 255)


def paint_glasses(scene: Scene) -> None:
    """Frames around the photographed eyes, a bridge and the sides; the eyes stay whole."""
    kind = scene.traits.glasses
    if kind == "none":
        return
    canvas, unit = scene.canvas, scene.unit
    dark = [34, 30, 38]
    angle = np.linspace(0, 2 * np.pi, 72)
    power = 1.0 if kind == "round" else 0.45
    for eye in mesh.EYES:
        centre = scene.at(eye.outer, eye.inner) + [0, 1.5 * unit]
        x = np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** power * 17 * unit
        y = np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** power * 12.5 * unit
        lens = centre + np.stack([x, y], 1)
        if kind == "sunglasses":
            canvas.fill(lens, [44, 40, 52], 0.86)
        else:
            canvas.fill(lens, [255, 255, 255], 0.10)
        canvas.stroke(lens, dark, 1.3 * unit, 1.0)
        side = scene.at(127 if eye.side < 0 else 356)
        canvas.stroke(
            np.array([centre + [eye.side * 17 * unit, -2 * unit], side]), dark, 1.3 * unit, 1.0
        )
    bridge = [
        scene.at(mesh.LEFT_EYE.inner) + np.array([2.5, 0.5]) * unit,
        scene.at(mesh.BRIDGE) + np.array([0, -0.5]) * unit,
        scene.at(mesh.RIGHT_EYE.inner) + np.array([-2.5, 0.5]) * unit,
    ]
    canvas.stroke(curve(bridge), dark, 1.3 * unit, 1.0)


def paint_earrings(scene: Scene) -> None:
    """Studs or hoops below the lobes; a turned head shows one."""
    kind = scene.traits.earrings
    if kind == "none" or scene.traits.cover == "scarf":
        return
    canvas, unit = scene.canvas, scene.unit
    for side, lobe in ((-1, 132), (1, 361)):
        if scene.framed.turn * side > 0.45:
            continue
        ear = scene.is_(EAR) & ((canvas.x - scene.middle) * side > 0)
        place = scene.at(lobe) + np.array([side * 4.0, 1.0]) * unit
        if ear.sum() > 30 * unit * unit:
            rows = canvas.y[ear]
            low = ear & (canvas.y > np.percentile(rows, 88))
            place = np.array([canvas.x[low].mean(), canvas.y[low].max()])
        if kind == "studs":
            canvas.over(canvas.ellipse(place, (2.0 * unit,) * 2), (104, 70, 28))
            canvas.over(canvas.ellipse(place, (1.4 * unit,) * 2), (244, 218, 148))
            continue
        angle = np.linspace(0, 2 * np.pi, 48)
        ring = place + np.stack([3.6 * np.cos(angle), 4.8 * np.sin(angle) + 4.6], 1) * unit
        canvas.stroke(ring, (104, 70, 28), 1.9 * unit, 1.0)
        canvas.stroke(ring, (238, 198, 98), 1.1 * unit, 1.0)
