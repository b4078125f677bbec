"""Clothes and head coverings: flat tones, prints, folds and collars."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ganlib.drawing import mesh
from ganlib.drawing.canvas import Array, Curve, blurred, curve, filled, mix, moved, ribbon
from ganlib.drawing.palette import Colour, from_hex, from_lab, times, to_lab
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
    plain = scene.traits.pattern == "plain"
    layers, flat = _layers(scene, seen, plain)
    layers = _without_glare(scene, seen, layers)
    scene.canvas.over(alpha, np.clip(base * 1.04 + 5, 0, 250))
    if plain and scene.traits.neckline in ("collar", "jacket"):
        scene.canvas.over(alpha, np.clip(flat[layers] * 1.04 + 5, 0, 250))
        border = ndimage.morphological_gradient(layers, 3) > 0
        distance = ndimage.distance_transform_edt(~border) if border.any() else np.inf
        line = np.clip(scene.style.inner * scene.unit / 2 - distance + 0.3, 0, 1)
        scene.canvas.over(line * alpha, scene.canvas.pixels * 0.4)
    elif not plain:
        _paint_print(scene, alpha, base, flat, scene.traits.pattern)
    _paint_cloth_folds(scene, alpha)
    _paint_side(scene, seen, alpha)
    if scene.traits.neckline == "collar":
        _paint_collar(scene, base, alpha)
    else:
        _paint_hem(scene, base, alpha)


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


def _paint_collar(scene: Scene, base: Colour, alpha: Array) -> None:
    """The two leaves of a shirt's collar, beside the opening at the neck."""
    canvas, unit = scene.canvas, scene.unit
    cloth = scene.is_(CLOTH)
    rim = cloth & ndimage.binary_dilation(scene.is_(SKIN), iterations=max(int(2 * unit), 1))
    rim &= np.abs(canvas.x - scene.middle) < 48 * unit
    line = np.clip(times(base, scene.style.line), 12, 110)
    for side in (-1, 1):
        here = scene.on_side(rim, side)
        if here.sum() < 20 * unit:
            continue
        xs, ys = canvas.x[here], canvas.y[here]
        top, low = (np.array([xs[k], ys[k]]) for k in (ys.argmin(), ys.argmax()))
        low = top + (low - top) * min(1.0, 44 * unit / (1 + float(np.linalg.norm(low - top))))
        aside = np.array([side * 11, 5]) * unit
        leaf = np.array([top, low, low + aside, top + aside])
        cast = canvas.shape(leaf + np.array([side * 1.5, 3.5]) * unit) * alpha
        canvas.over(cast, canvas.pixels * _SHADE)
        canvas.over(canvas.shape(leaf) * alpha, np.clip(canvas.pixels * 1.05 + 7, 0, 255))
        canvas.stroke(leaf[1:], line, scene.style.inner * unit, 0.8, within=alpha)


def paint_cover(scene: Scene) -> None:
    """A scarf, turban or cap in its own colour, with its folds."""
    seen = scene.is_(COVER)
    if seen.sum() < 200:
        return
    unit, canvas, alpha = scene.unit, scene.canvas, scene.mask(COVER)
    base: Colour = np.median(scene.framed.photo[seen], 0).astype(np.float64)
    plain = scene.traits.pattern == "plain" or scene.traits.cover not in ("scarf", "turban")
    layers, flat = _layers(scene, seen, plain)
    canvas.over(alpha, np.clip((flat[layers] if plain else base) * 1.04 + 5, 0, 250))
    if not plain:
        _paint_print(scene, alpha, base, flat, "flowers")
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


def _paint_print(
    scene: Scene, alpha: Array, base: Colour, flat: NDArray[np.float64], pattern: str
) -> None:
    """Stripes, checks, or scattered motifs, in the cloth's other colours."""
    canvas, unit = scene.canvas, scene.unit
    far = flat[np.argsort(-((to_lab(flat) - to_lab(base)) ** 2).sum(-1))]
    tones = [mix(base, colour, 0.7) for colour in far[:2]]
    if pattern in ("stripes", "checks"):
        lines = [canvas.x - scene.middle, canvas.y][: 2 if pattern == "checks" else 1]
        for place in lines:
            distance = np.abs(place % (6 * unit) - 3 * unit)
            canvas.over(np.clip(0.7 * unit - distance + 0.5, 0, 1) * alpha * 0.7, tones[0])
        return
    # Motifs as large as those of the photograph, roughly.
    grey = scene.framed.photo.mean(-1).astype(np.float32)
    near, wide = blurred(grey, 2 * unit), blurred(grey, 8 * unit)
    core = alpha > 0.9
    ratio = (near - wide)[core].std() / ((grey - near)[core].std() + 1)
    coarse = float(np.clip(2 * ratio - 0.15, 0.8, 1.9))
    random = np.random.default_rng(3)
    pitch = 9 * unit * coarse
    angles = np.linspace(0, 2 * np.pi, 30, endpoint=False)
    shapes: list[list[Curve]] = [[], []]
    for row, column in np.ndindex((int(scene.size / pitch) + 2,) * 2):
        place = np.array([column + row % 2 / 2, row]) * pitch
        place += random.uniform(-0.2, 0.2, 2) * pitch
        turn, radius = random.uniform(0, 2 * np.pi), random.uniform(0.19, 0.30) * pitch
        petals = radius * (1 + 0.22 * np.cos(5 * (angles + turn)))
        round_ = np.stack([np.cos(angles), np.sin(angles)], 1)
        shapes[(row + column) % 2].append(place + round_ * petals[:, None])
    for outlines, tone in zip(shapes, tones * 2, strict=False):
        canvas.over(canvas.outlines(outlines) * alpha, tone)


def _paint_hem(scene: Scene, base: Colour, alpha: Array) -> None:
    """A seam along the neckline."""
    unit, cloth, skin = scene.unit, scene.is_(CLOTH), scene.is_(SKIN)
    inside = cloth & (ndimage.distance_transform_edt(~skin) < 3.4 * unit)
    edge = inside & ~ndimage.binary_erosion(inside) & ndimage.binary_erosion(cloth, iterations=2)
    edge &= ~ndimage.binary_dilation(skin, iterations=max(int(1.5 * unit), 1))
    edge &= scene.canvas.y < scene.at(mesh.CHIN)[1] + 60 * unit
    edge &= np.abs(scene.canvas.x - scene.middle) < 60 * unit
    distance = ndimage.distance_transform_edt(~edge)
    line = np.clip(0.4 * unit - distance + 0.5, 0, 1)
    scene.canvas.over(line * alpha * 0.7, times(base, (0.62, 0.60, 0.66)))


def _layers(
    scene: Scene, seen: NDArray[np.bool_], plain: bool
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Which of a few colours a cloth has at each place, and those colours.

    k-means on the blurred photograph, deterministic; tones of one cloth are merged unless it
    has a print, so that what is left are pieces: jacket, shirt, tie.
    """
    blur = (2.5 if plain else 0.8) * scene.unit
    # Where the drawing narrows a neck, the photograph shows no cloth.
    shown = seen & np.isin(scene.framed.regions, (CLOTH, COVER))
    weight = np.maximum(blurred(shown, blur), 1e-3)
    photo = blurred(scene.framed.photo * shown[..., None], blur) / weight[..., None]
    photo = filled(photo, weight < 0.1)
    # Hue counts more than light: shade of one cloth stays one cloth.
    scale = np.array([0.5, 1.3, 1.3])
    lab = to_lab(np.clip(photo[::2, ::2], 0, 255)) * scale
    sample = lab[seen[::2, ::2]]
    sample = sample[:: max(len(sample) // 3000, 1)]
    centres = sample[:1]
    for _ in range(3):
        # Each new centre is far from those before: the 98th percentile, not an outlier,
        # and lower for a print.
        distance = np.min(((sample[:, None] - centres) ** 2).sum(-1), 1)
        far = np.argsort(distance)[int((0.98 if plain else 0.88) * (len(sample) - 1))]
        centres = np.vstack([centres, sample[far]])
    for _ in range(12):
        nearest = ((sample[:, None] - centres) ** 2).sum(-1).argmin(1)
        for k in np.unique(nearest):
            centres[k] = sample[nearest == k].mean(0)
    share = np.bincount(nearest, minlength=len(centres)) / len(nearest)
    groups = np.arange(len(centres))
    if plain:
        # A jacket's shirt differs from it by light alone; a hat is one thing.
        jacket = scene.traits.neckline == "jacket" and not (seen & scene.is_(COVER)).any()
        groups = _merged(centres / scale, share, reach=20 if jacket else 55)
    kinds = groups[((lab[:, :, None] - centres) ** 2).sum(-1).argmin(-1)]
    # The lit tone of a piece, not its mean with the shade.
    belongs = groups[nearest]
    flat = np.empty((groups.max() + 1, 3))
    for k in range(len(flat)):
        own = sample[belongs == k] if (belongs == k).any() else sample
        flat[k] = np.percentile(own, (50, 54), 0)[[1, 0, 0], [0, 1, 2]]
    shares = np.stack([blurred(kinds == k, 2.2 * scene.unit) for k in range(len(flat))])
    shares = ndimage.zoom(shares, (1, 2, 2), order=1)[:, : scene.size, : scene.size]
    return shares.argmax(0), from_lab(flat / scale)


def _without_glare(scene: Scene, seen: NDArray[np.bool_], layers: NDArray[Any]) -> NDArray[Any]:
    """Shirts and ties lie about the middle: a piece on one side alone is light on the cloth."""
    main = np.bincount(layers[seen]).argmax()
    aside = np.broadcast_to(scene.canvas.x[0] - scene.at(mesh.CHIN)[0], seen.shape) / scene.unit
    for kind in np.unique(layers[seen]):
        where = aside[seen & (layers == kind)]
        far = np.percentile(np.abs(where), 5) > 28 and abs(np.sign(where).mean()) > 0.8
        if kind != main and far:
            layers = np.where(layers == kind, main, layers)
    return layers


def _merged(lab: NDArray[np.float64], share: NDArray[np.float64], reach: float) -> NDArray[np.intp]:
    """Groups of colours that are light and shade of one cloth; a rare one joins its nearest.

    Light and shade of one hue are at most `reach` of lightness apart.
    """
    groups = np.arange(len(lab))
    while len(kinds := np.unique(groups)) > 1:
        weights = np.array([share[groups == k].sum() for k in kinds])
        means = np.stack(
            [np.average(lab[groups == k], 0, share[groups == k] + 1e-6) for k in kinds]
        )
        cost = np.full((len(kinds),) * 2, np.inf)
        for i, j in zip(*np.triu_indices(len(kinds), 1), strict=True):
            (light, *one), (other, *two) = means[i], means[j]
            turn = np.angle(complex(*one) * complex(*two).conjugate(), deg=True)
            apart = np.hypot(one[0] - two[0], one[1] - two[1])
            near = apart < (22 if max(light, other) < 45 else 13)
            same_hue = min(np.hypot(*one), np.hypot(*two)) > 9 and abs(turn) < 25
            limit = 38 if near else reach if same_hue else 0
            if min(weights[i], weights[j]) < 0.03 or abs(light - other) < limit:
                cost[i, j] = apart + 0.5 * abs(light - other)
        if not np.isfinite(cost.min()):
            break
        i, j = np.unravel_index(cost.argmin(), cost.shape)
        groups[groups == kinds[j]] = kinds[i]
    return np.unique(groups, return_inverse=True)[1].reshape(-1)
