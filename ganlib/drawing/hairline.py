"""The outline of hair: smooth, with locks that taper to points or round clumps of coils."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ganlib.drawing import mesh
from ganlib.drawing.canvas import Array, curve, filled, moved, ribbon
from ganlib.drawing.flow import Flow, spread
from ganlib.drawing.portrait import BACKGROUND, CLOTH, HAIR, SKIN
from ganlib.drawing.scene import FACE, Scene


def shape_hair(scene: Scene) -> Flow | None:
    """Add pointed locks to the map of regions, before anything is painted; returns the flow."""
    traits, unit = scene.traits, scene.unit
    hair = scene.is_(HAIR)
    if traits.covered or hair.sum() < (10 * unit) ** 2:
        return Flow(scene) if hair.any() else None
    if traits.hair_style != "braids" and not traits.coily:  # their scalp shows
        _bare_forehead(scene)
    _round_crown(scene)
    _smooth(scene)
    if traits.short and not traits.coily:
        _taper(scene)
    if traits.coily and not traits.bare:
        _scallop(scene)
    flow = Flow(scene)
    if traits.hair_style == "curly":
        _scallop(scene)
    elif traits.hair_style != "bun" and not traits.coily:
        _tips(scene, flow)
    _drop_loose(scene)
    # Small holes in the hair were hair.
    for kind in (FACE, BACKGROUND):
        labels, _ = ndimage.label(scene.is_(kind))
        small = np.bincount(labels.ravel()) < 100 * unit**2
        scene.regions[hair & (labels > 0) & small[labels]] = HAIR
    return flow


def bareness(scene: Scene) -> Array:
    """How much of the forehead's colour each place has, from 0 (as the hair) to 1.

    All 0 where hair and skin are too much alike to tell.
    """
    photo, none = scene.framed.photo, np.zeros_like(scene.canvas.x)
    hair = scene.is_(HAIR) & (scene.framed.regions == HAIR)
    core = ndimage.binary_erosion(hair, iterations=max(int(5 * scene.unit), 1))
    brow = (scene.canvas.disc(scene.at(151), 9 * scene.unit) > 0.5) & scene.is_(FACE)
    if core.sum() < (6 * scene.unit) ** 2 or not brow.any():
        return none
    root, skin = np.median(photo[core], 0), np.median(photo[brow], 0)
    apart = float(((skin - root) ** 2).sum())
    if apart < 75.0**2:
        return none
    share = (photo - root) @ ((skin - root) / apart)
    # Grey hair may be as light, but not as red.
    aside = np.linalg.norm(photo - root - share[..., None] * (skin - root), axis=-1)
    return scene.blur(np.clip(share, 0, 1) * np.clip(1.6 - 1.8 * aside / apart**0.5, 0, 1), 0.6)


def _bare_forehead(scene: Scene) -> None:
    """Labels of hair often reach over the forehead: where its skin shows, it is face."""
    hair, face, unit = scene.is_(HAIR), scene.is_(FACE), scene.unit
    away = ndimage.distance_transform_edt(~face)
    reach = away < 14 * unit
    alike = scene.traits.bare or scene.traits.hair_colour in ("grey", "white")
    skin = hair & reach & (bareness(scene) > (0.8 if alike else 0.5))
    skin &= scene.canvas.y < scene.eye_level
    # Beside the head it is no skin but what is behind fine hair.
    head = np.maximum(scene.oval, moved(scene.oval, 0, -16 * unit))
    aside = np.abs(scene.canvas.x - scene.middle) / unit
    beside = (scene.blur(head, 4) < 0.1) & (away > 5 * unit) & (aside > 34)
    labels, _ = ndimage.label(skin | (face & reach))
    touching = np.unique(labels[face])
    skin &= np.isin(labels, touching[touching > 0])
    if scene.traits.short:
        # Clipped sides are hair, however bare.
        skin &= (aside < 36) | (scene.canvas.y < scene.brow_level - 26 * unit) | beside
    scene.regions[skin] = np.where(beside[skin], BACKGROUND, FACE)
    _drop_loose(scene)


def _round_crown(scene: Scene) -> None:
    """Hair that the photograph's border cuts flat is rounded, as a head is."""
    hair, unit = scene.is_(HAIR), scene.unit
    top = int(np.nonzero(hair.any(1))[0][0])
    flat = np.nonzero(hair[min(int(top + 1.5 * unit), scene.size - 1)])[0]
    if scene.traits.coily or len(flat) < 34 * unit:
        return
    across, down = scene.canvas.x - flat.mean(), scene.canvas.y - top
    corner = (down < across**2 / (104 * unit)) & (down < 12 * unit)
    scene.regions[hair & corner] = BACKGROUND


def _drop_loose(scene: Scene) -> None:
    """Small pieces of hair beside the rest, or below the mouth, go to what surrounds them."""
    labels, _ = ndimage.label(scene.is_(HAIR))
    sizes, least = np.bincount(labels.ravel()), 200 * scene.unit**2
    high = np.bincount(labels[scene.canvas.y < scene.at(14)[1]], minlength=len(sizes)) > 0
    loose = ((sizes < least) | ~high)[labels] & (labels > 0)
    if loose.any() and sizes[1:].max() >= least:
        scene.regions[loose] = filled(scene.regions, loose)[loose]


def _smooth(scene: Scene) -> None:
    """Wisps and lumps of the photographed outline go; locks give it points instead."""
    for kind, units in ((BACKGROUND, 3.0), (FACE, 2.2), (CLOTH, 3.2), (SKIN, 3.2)):
        hair, other = scene.is_(HAIR), scene.is_(kind)
        smooth = scene.blur(other, units) > 0.5
        if scene.traits.short and kind == BACKGROUND:
            # Beside the ears cropped hair lies close.
            beside = scene.canvas.y > scene.brow_level - 14 * scene.unit
            smooth = np.where(beside, scene.blur(other, 5.0) > 0.5, smooth)
        # Sideburns are thin, and stay.
        free = (scene.canvas.y < scene.brow_level) | (kind != FACE)
        scene.regions[hair & smooth & free] = kind
        scene.regions[other & (scene.blur(hair, units) > 0.5) & free] = HAIR


def _taper(scene: Scene) -> None:
    """Sideburns narrow to points, at much the same level on both sides."""
    unit, start = scene.unit, scene.brow_level - 14 * scene.unit
    beside = np.abs(scene.canvas.y - start - 24 * unit) < 24 * unit
    parts = [scene.on_side(scene.is_(HAIR) & beside, side) for side in (-1, 1)]
    lows = [float(scene.canvas.y[part].max()) if part.any() else np.inf for part in parts]
    for side, part, low in zip((-1, 1), parts, lows, strict=True):
        if not part.any():
            continue
        if abs(scene.framed.turn) < 0.4:
            low = min(low, min(lows) + 6 * unit)
        outwards = np.where(part, scene.canvas.x * side, -np.inf)
        edge = outwards.max(1, keepdims=True)
        widths = part.sum(1)[int(start) + 1 : int(low)]
        t = np.clip((scene.canvas.y - start) / max(low - start, 1), 0, 1)
        limit = (widths[0] if len(widths) else 0) * (1 - t) ** 0.8
        cut = part & (scene.oval > 0.5) & ((outwards < edge - limit) | (t >= 1))
        scene.regions[cut] = FACE


def _outward(scene: Scene) -> NDArray[Any]:
    """Unit normals of the hair's border, (size, size, 2)."""
    down, right = np.gradient(scene.blur(scene.is_(HAIR), 2.5))
    return -np.stack([right, down], -1) / (np.hypot(right, down)[..., None] + 1e-9)


def _tips(scene: Scene, flow: Flow) -> None:
    """Tapered locks that leave the hair's border along the strands: fringe, tufts, ends."""
    traits, unit = scene.traits, scene.unit
    outward = _outward(scene)
    rows, level = scene.canvas.y, outward[..., 1]
    volume, braids = traits.hair_volume, traits.hair_style == "braids"
    outside = (BACKGROUND, CLOTH, SKIN)
    # Over what, where on the border, length, base, distance, and how far they stand off.
    kinds: list[tuple[tuple[int, ...], NDArray[np.bool_], float, float, float, float]] = []
    if traits.fringe in ("straight", "swept"):
        kinds.append(((FACE,), rows < scene.eye_level - 6 * unit, 6.0, 8.0, 7.5, 0.5))
    if traits.hair_style == "spiky":
        kinds.append(((BACKGROUND,), level < -0.2, 11.0, 12.0, 9.0, 0.7))
    elif traits.short and volume > 0.3:
        # Tufts on top; the sides of cropped hair are plain.
        apart = 15.0 if traits.fringe == "none" else 26.0
        kinds.append(((BACKGROUND,), level < -0.35, 3 + 4 * volume, 10.0, apart, 0.4))
    elif not traits.short:
        low = rows > scene.at(mesh.NOSE_TIP)[1]
        length = {"bob": 4.0, "braids": 6.0}.get(traits.hair_style, 12.0)
        base = 6.0 if braids else 14.0
        kinds.append((outside, low & (level > 0.35), length, base, 6.0 if braids else 22.0, 0.3))
        if not braids:
            side = low & (np.abs(level) < 0.35)
            kinds.append(((BACKGROUND,), side, 4.5, 9.0, 24.0, 0.3))
    fall = np.array([0, 0.7 * (not traits.short)])
    for over, where, length, base, apart, off in kinds:
        beyond = scene.is_(*over)
        border = scene.is_(HAIR) & ndimage.binary_dilation(beyond, iterations=2) & where
        points = spread(scene, border, apart * unit, 60)
        along = flow.at(points) + fall * (over == outside)
        along /= np.linalg.norm(along, axis=-1, keepdims=True) + 1e-9
        away = outward[tuple(points[:, ::-1].astype(int).T)]
        leaving = (along * away).sum(-1) > (-0.25 if over == (BACKGROUND,) else 0.25)
        locks = []
        chosen = (part[leaving] for part in (points, along, away))
        for point, strand, normal in zip(*chosen, strict=True):
            size = scene.random.uniform(0.7, 1.25) * unit
            root = point - strand * 0.9 * base * size - normal * 0.3 * base * size
            tip = point + (strand + off * normal) * length * size
            path = curve([root, point - normal * unit, tip])
            t = np.linspace(0, 1, len(path))
            locks.append(ribbon(path, base * size * np.minimum(2 * t, 1) ** 0.6 * (1 - t**1.8)))
        scene.regions[(scene.canvas.outlines(locks) > 0.5) & beyond] = HAIR


def _scallop(scene: Scene) -> None:
    """Coils and curls: the outline bulges in flat round clumps of all sizes."""
    hair, unit = scene.is_(HAIR), scene.unit
    edge = hair & ndimage.binary_dilation(scene.is_(BACKGROUND), iterations=2)
    radius = {"curly": 6.5}.get(scene.traits.hair_style, 3 + 3 * scene.traits.hair_volume) * unit
    outward, clumps = _outward(scene), np.zeros_like(scene.canvas.x)
    for point in spread(scene, edge, 1.1 * radius, 300):
        size = radius * scene.random.uniform(0.7, 1.2)
        centre = point - 0.72 * size * outward[int(point[1]), int(point[0])]
        scene.canvas.line(np.array([centre, centre + 0.1]), 2 * size, clumps)
    scene.regions[(clumps > 0.5) & scene.is_(BACKGROUND)] = HAIR
