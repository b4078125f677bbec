"""The direction in which hair lies, and paths along it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ganlib.drawing import mesh
from ganlib.drawing.canvas import Array, Curve, blurred
from ganlib.drawing.portrait import HAIR
from ganlib.drawing.scene import Scene

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
