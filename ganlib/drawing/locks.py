"""The outline of hair: smooth, with locks that taper to points or round clumps of coils."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ganlib.drawing import mesh
from ganlib.drawing.canvas import Curve, ribbon
from ganlib.drawing.flow import Flow
from ganlib.drawing.portrait import BACKGROUND, CLOTH, HAIR, SKIN
from ganlib.drawing.scene import FACE, Scene

_STRAIGHT = ("short", "spiky", "bob", "long", "wavy", "ponytail")


def shape_hair(scene: Scene) -> Flow | None:
    """Add pointed locks to the map of regions, before anything is painted; returns the flow."""
    traits, unit = scene.traits, scene.unit
    hair = scene.is_(HAIR)
    if traits.covered or hair.sum() < (10 * unit) ** 2:
        return Flow(scene) if hair.any() else None
    _smooth(scene)
    if traits.hair_style in ("bald", "shaved"):
        return Flow(scene)
    if traits.coily:
        _scallop(scene)
        return Flow(scene)
    flow = Flow(scene)
    if traits.hair_style == "curly":
        _scallop(scene)
    elif traits.hair_style == "braids":
        _tips(scene, flow, inner=False)
    elif traits.hair_style in _STRAIGHT:
        _tips(scene, flow, inner=True)
        _tips(scene, flow, inner=False)
    return flow


def _smooth(scene: Scene) -> None:
    """Wisps and lumps of the photographed outline go; the locks give it points instead."""
    short = scene.traits.hair_style in ("short", "spiky")
    for kind, units in ((BACKGROUND, 4.5 if short else 3.2), (FACE, 2.6)):
        other = scene.is_(kind)
        smooth = scene.blur(other, units) > 0.5
        nearest = ndimage.distance_transform_edt(other, return_distances=False, return_indices=True)
        # Sideburns are thin, and stay.
        free = (scene.canvas.y < scene.brow_level) | (kind == BACKGROUND)
        beside_hair = scene.is_(HAIR)[tuple(nearest)]
        scene.regions[scene.is_(HAIR) & smooth & free] = kind
        scene.regions[other & ~smooth & beside_hair & free] = HAIR


def _tips(scene: Scene, flow: Flow, inner: bool) -> None:
    """Tapered locks that leave the hair's border along the strands: over the face, or outside."""
    traits, unit, random = scene.traits, scene.unit, scene.random
    hair = scene.is_(HAIR)
    short = traits.hair_style in ("short", "spiky")
    beyond = scene.is_(FACE) if inner else scene.is_(BACKGROUND, CLOTH, SKIN)
    rows, columns = np.nonzero(hair & ndimage.binary_dilation(beyond, iterations=2))
    if inner:
        length = {"straight": 9.0, "swept": 8.0, "parted": 4.0}.get(traits.fringe, 0.0)
        base = 10.0 if traits.fringe in ("straight", "swept") else 6.0
        if short and traits.fringe == "none":
            length = 2.4
        chosen = rows < scene.eye_level - 6 * unit
    else:
        # Cropped hair has a plain outline.
        short_length = 1 + 7 * traits.hair_volume if traits.hair_volume > 0.3 else 0.0
        length = {"spiky": 12.0, "short": short_length}.get(traits.hair_style, 8.0)
        base = {"short": 7.0, "braids": 6.0}.get(traits.hair_style, 9.0)
        # Long hair ends in points; its crown is smooth.
        top = 0 if short else scene.at(mesh.NOSE_TIP)[1]
        chosen = rows > top
    if not length:
        return
    apart = (1.7 if short and not inner else 0.85) * base * unit
    points = spread(scene, rows[chosen], columns[chosen], apart, 60)
    direction = flow.at(points)
    if inner and short and traits.fringe == "none":
        # Hair combed back: its roots make the hairline's points.
        direction = -direction
    ahead = np.clip(np.round(points + direction * 3 * unit).astype(int), 0, scene.size - 1)
    leaving = beyond[ahead[:, 1], ahead[:, 0]]
    points, direction = points[leaving], direction[leaving]
    root = base * 0.9 * unit
    reach = length * random.uniform(0.5, 1.3, len(points)) * unit
    locks = []
    for path in flow.paths(points - direction * root, root + reach, ahead=direction):
        t = np.linspace(0, 1, len(path))
        width = base * random.uniform(0.8, 1.2) * unit * np.interp(t, [0, 0.45, 1], [1, 0.85, 0])
        locks.append(ribbon(path, width))
    scene.regions[(scene.canvas.outlines(locks) > 0.5) & beyond] = HAIR


def _scallop(scene: Scene) -> None:
    """Coils: the outline bulges in round clumps."""
    hair, unit, random = scene.is_(HAIR), scene.unit, scene.random
    edge = hair & ndimage.binary_dilation(scene.is_(BACKGROUND), iterations=2)
    rows, columns = np.nonzero(edge)
    radius = (2.4 if scene.traits.hair_volume < 0.35 else 4.0) * unit
    if scene.traits.hair_style == "curly":
        radius *= 1.4
    clumps = np.zeros_like(scene.canvas.x)
    for point in spread(scene, rows, columns, 1.35 * radius, 300):
        size = 2 * radius * random.uniform(0.75, 1.1)
        scene.canvas.line(np.array([point, point + 0.1]), size, clumps)
    scene.regions[(clumps > 0.5) & scene.is_(BACKGROUND)] = HAIR


def spread(
    scene: Scene, rows: NDArray[Any], columns: NDArray[Any], distance: float, count: int
) -> Curve:
    """At most `count` of the points, in random order, `distance` pixels from one another."""
    order = scene.random.permutation(len(rows))[:4000]
    points = np.stack([columns[order], rows[order]], 1).astype(np.float64)
    chosen: list[Curve] = []
    while len(points) and len(chosen) < count:
        chosen.append(points[0])
        points = points[np.hypot(*(points - points[0]).T) >= distance]
    return np.array(chosen).reshape(-1, 2)
