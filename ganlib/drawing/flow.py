"""The direction in which hair lies, paths along it, and the outline of hair.

The outline is smooth, with locks that taper to points or round clumps of coils.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ganlib.drawing import mesh
from ganlib.drawing.canvas import Array, Curve, blurred, curve, ribbon
from ganlib.drawing.portrait import BACKGROUND, CLOTH, HAIR, SKIN
from ganlib.drawing.scene import FACE, Scene

_GRID = 4
"""The field is known at every fourth pixel: strands bend slowly."""


class Flow:
    """Unit directions from root to tip, (size/4, size/4) each for x and y."""

    def __init__(self, scene: Scene) -> None:
        self.unit = scene.unit
        along_x, along_y = _geometry(scene)
        seen_cos, seen_sin, trust = _seen(scene)
        # Directions without sign are averaged at twice their angle.
        cos = (1 - trust) * (along_x**2 - along_y**2) + trust * seen_cos
        sin = (1 - trust) * 2 * along_x * along_y + trust * seen_sin
        cos, sin = blurred(cos, 1.2 * scene.unit / 2), blurred(sin, 1.2 * scene.unit / 2)
        angle = np.arctan2(sin, cos) / 2
        x, y = np.cos(angle), np.sin(angle)
        sign = np.where(x * along_x + y * along_y < 0, -1, 1)
        self.x, self.y = x * sign, y * sign

    def at(self, points: Curve) -> Curve:
        """The directions at points (..., 2) of the drawing."""
        places = np.clip(np.asarray(points) / _GRID, 0, len(self.x) - 1).astype(int)
        columns, rows = places[..., 0], places[..., 1]
        return np.stack([self.x[rows, columns], self.y[rows, columns]], -1)

    def paths(self, starts: Curve, count: int, inside: NDArray[np.bool_]) -> list[Curve]:
        """From each start (n, 2) along the strands, `count` units far or to hair's end."""
        steps, direction, trail = np.full(len(starts), count), self.at(starts), [starts]
        for step in range(count):
            new = self.at(trail[-1])
            new *= np.where((new * direction).sum(-1) < 0, -1, 1)[:, None]
            # A path turns gently, also where the field does not.
            direction = (direction + new) / 2
            direction /= np.linalg.norm(direction, axis=-1, keepdims=True) + 1e-9
            point = trail[-1] + direction * self.unit
            trail.append(point)
            place = np.round(point).astype(int)
            within = ((place >= 0) & (place < len(inside))).all(-1)
            place = np.clip(place, 0, len(inside) - 1)
            within &= inside[place[:, 1], place[:, 0]]
            steps = np.where(within, steps, np.minimum(steps, step))
        paths = zip(np.stack(trail, 1), steps, strict=True)
        return [path[: end + 1] for path, end in paths]


def crown(scene: Scene) -> Curve:
    """Where hair parts: near the top of the head, on the side that the label names."""
    hair = np.nonzero(scene.is_(HAIR).any(1))[0]
    top = float(hair[0]) if len(hair) else scene.brow_level - 50 * scene.unit
    x = scene.at(mesh.FOREHEAD)[0] + scene.traits.part * 22 * scene.unit
    return np.array([x, top + 0.12 * (scene.brow_level - top)])


def _geometry(scene: Scene) -> tuple[NDArray[Any], NDArray[Any]]:
    """Where strands go by rule: away from the parting, then down; up to a bun; back when short."""
    style, unit = scene.traits.hair_style, scene.unit
    x, y = scene.canvas.x[::_GRID, ::_GRID], scene.canvas.y[::_GRID, ::_GRID]
    source = crown(scene)
    away_x, away_y = x - source[0], y - source[1]
    if style in ("bun", "ponytail"):
        # Pulled from the hairline to the top.
        return _unit(-away_x, -away_y - 6 * unit)
    if (style == "shaved" or scene.traits.short) and scene.traits.fringe == "none":
        brow = np.array([scene.middle, scene.brow_level])
        lean = np.sign(scene.traits.part or scene.light) * 24 * unit
        # From the forehead back over the crown; at the sides down.
        return _unit(x - brow[0] - lean, y - brow[1] + 1.2 * np.abs(x - brow[0]))
    fall = np.clip((y - source[1]) / (70 * unit), 0, 1) * 80 * unit
    wave = 0.0
    if style in ("wavy", "curly"):
        wave = 26 * unit * np.sin(y / (7.5 * unit) + 1.7 * np.sign(away_x))
    sway = wave * np.clip((y - scene.brow_level) / (20 * unit), 0, 1)
    return _unit(away_x + sway, 0.55 * np.abs(away_y) + fall + 4 * unit)


def _unit(x: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    length = np.hypot(x, y) + 1e-6
    return x / length, y / length


def _seen(scene: Scene) -> tuple[Array, Array, Array]:
    """The strands' direction on the photograph (structure tensor), and how far to trust it."""
    grey = scene.framed.photo.mean(-1)
    hair = scene.is_(HAIR)
    grey = np.where(hair, grey, np.median(grey[hair]) if hair.any() else 0)
    grey = blurred(grey, 0.8 * scene.unit)
    gx, gy = ndimage.sobel(grey, 1), ndimage.sobel(grey, 0)
    across, both, down = (
        scene.blur(product, 3.2)[::_GRID, ::_GRID] for product in (gx * gx, gx * gy, gy * gy)
    )
    strength = np.hypot(across - down, 2 * both)
    coherence = strength / (across + down + 1e-6)
    # Strands lie at right angles to the gradient: twice the angle, so the sign changes.
    cos, sin = (down - across) / (strength + 1e-6), -2 * both / (strength + 1e-6)
    return cos, sin, np.clip(coherence * 2 - 0.25, 0, 0.9)


def shape_hair(scene: Scene) -> Flow | None:
    """Add pointed locks to the map of regions, before anything is painted; returns the flow."""
    traits, unit = scene.traits, scene.unit
    hair = scene.is_(HAIR)
    if traits.covered or hair.sum() < (10 * unit) ** 2:
        return Flow(scene) if hair.any() else None
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
    return flow


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


def spread(scene: Scene, where: NDArray[np.bool_], distance: float, count: int) -> Curve:
    """At most `count` random points of a mask, `distance` pixels from one another."""
    rows, columns = np.nonzero(where)
    order = scene.random.permutation(len(rows))[:4000]
    points = np.stack([columns[order], rows[order]], 1).astype(np.float64)
    chosen: list[Curve] = []
    while len(points) and len(chosen) < count:
        chosen.append(points[0])
        points = points[np.hypot(*(points - points[0]).T) >= distance]
    return np.array(chosen).reshape(-1, 2)
