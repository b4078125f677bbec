"""Hair: locks at its edges, shadow locks, a broken highlight, strands; coils, braids, shaved."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ganlib.drawing import mesh
from ganlib.drawing.canvas import Array, Curve, blurred, mix, normals, ribbon
from ganlib.drawing.flow import Flow, crown
from ganlib.drawing.palette import luma
from ganlib.drawing.portrait import BACKGROUND, CLOTH, HAIR, SKIN
from ganlib.drawing.scene import FACE, Scene

_STRAIGHT = ("short", "spiky", "bob", "long", "wavy", "curly", "ponytail")


def shape_hair(scene: Scene) -> Flow | None:
    """Add pointed locks to the map of regions, before anything is painted; returns the flow."""
    traits, unit = scene.traits, scene.unit
    hair = scene.is_(HAIR)
    if traits.covered or hair.sum() < (10 * unit) ** 2 or traits.hair_style in ("bald", "shaved"):
        return Flow(scene) if hair.any() else None
    if traits.coily:
        _scallop(scene)
        return Flow(scene)
    flow = Flow(scene)
    if traits.hair_style in _STRAIGHT:
        _tips(scene, flow, inner=True)
        _tips(scene, flow, inner=False)
    return flow


def _tips(scene: Scene, flow: Flow, inner: bool) -> None:
    """Tapered locks that leave the hair's border along the strands: over the face, or outside."""
    traits, unit, random = scene.traits, scene.unit, scene.random
    hair = scene.is_(HAIR)
    beyond = scene.is_(FACE) if inner else scene.is_(BACKGROUND, CLOTH, SKIN)
    rows, columns = np.nonzero(hair & ndimage.binary_dilation(beyond, iterations=2))
    if inner:
        length = {"straight": 9.0, "swept": 8.0, "parted": 4.0}.get(traits.fringe, 0.0)
        base = 10.0 if traits.fringe in ("straight", "swept") else 6.0
        chosen = rows < scene.eye_level - 6 * unit
    else:
        length = {"spiky": 12.0, "short": 2.5}.get(traits.hair_style, 8.0)
        base = 9.0
        # Long hair ends in points; its crown is smooth.
        top = 0 if traits.hair_style in ("short", "spiky") else scene.at(mesh.NOSE_TIP)[1]
        chosen = rows > top
    if not length:
        return
    points = _spread(scene, rows[chosen], columns[chosen], 0.85 * base * unit, 60)
    direction = flow.at(points)
    ahead = np.clip(np.round(points + direction * 3 * unit).astype(int), 0, scene.size - 1)
    leaving = beyond[ahead[:, 1], ahead[:, 0]]
    points, direction = points[leaving], direction[leaving]
    root = base * 0.9 * unit
    reach = length * random.uniform(0.5, 1.3, len(points)) * unit
    locks = []
    for path in flow.paths(points - direction * root, root + reach):
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
    clumps = np.zeros_like(scene.canvas.x)
    for point in _spread(scene, rows, columns, 1.35 * radius, 300):
        size = 2 * radius * random.uniform(0.75, 1.1)
        scene.canvas.line(np.array([point, point + 0.1]), size, clumps)
    scene.regions[(clumps > 0.5) & scene.is_(BACKGROUND)] = HAIR


def paint_hair(scene: Scene, flow: Flow | None) -> None:
    """Fill the hair and draw what lies in it."""
    hair = scene.is_(HAIR)
    if flow is None or not hair.any():
        return
    traits, colours = scene.traits, scene.colours
    alpha = scene.mask(HAIR)
    if traits.hair_style in ("shaved", "bald") and not traits.covered:
        _paint_shaved(scene, hair)
        return
    scene.canvas.over(alpha, colours.hair)
    _paint_ends(scene, hair, alpha)
    _paint_shade(scene, hair, alpha)
    if traits.coily:
        _paint_coils(scene, hair, alpha)
    elif traits.hair_style == "braids":
        _paint_braids(scene, flow, hair, alpha)
    else:
        _paint_locks(scene, flow, hair, alpha)
        _paint_highlight(scene, flow, hair, alpha)
        _paint_strands(scene, flow, hair, alpha)


def _paint_ends(scene: Scene, hair: NDArray[np.bool_], alpha: Array) -> None:
    """Long hair that is lighter towards its ends on the photograph is drawn so."""
    chin = scene.at(mesh.CHIN)[1]
    ends, roots = hair & (scene.canvas.y > chin), hair & (scene.canvas.y < scene.brow_level)
    if min(ends.sum(), roots.sum()) < (12 * scene.unit) ** 2:
        return
    seen = [np.median(scene.framed.photo[part], 0) for part in (ends, roots)]
    lighter = luma(seen[0]) - luma(seen[1])
    # Between dark strands the photograph shows what is behind them.
    if lighter < 22 or luma(scene.colours.hair) < 60:
        return
    ramp = np.clip((scene.canvas.y - scene.at(mesh.NOSE_TIP)[1]) / (45 * scene.unit), 0, 1)
    scene.canvas.over(
        alpha * ramp * 0.85, np.clip(scene.colours.hair + (seen[0] - seen[1]) * 0.8, 0, 245)
    )


def _paint_shade(scene: Scene, hair: NDArray[np.bool_], alpha: Array) -> None:
    """The hair behind the neck and below the jaw lies in shadow."""
    canvas, unit = scene.canvas, scene.unit
    jaw = scene.at(132, 361)[1]
    near = blurred(scene.is_(SKIN), 5 * unit)
    low = np.clip((canvas.y - jaw) / (8 * unit), 0, 1)
    within = np.abs(canvas.x - scene.middle) < 52 * unit
    depth = np.clip((near * low * within - 0.18) * 9, 0, 1)
    shade = 0.9 * scene.colours.hair_shadow / np.maximum(scene.colours.hair, 1)
    canvas.over(scene.blur(depth, 0.5) * alpha, canvas.pixels * shade.astype(np.float32))


def _seeds(scene: Scene, where: NDArray[np.bool_], distance: float, count: int) -> Curve:
    """At most `count` random points of a mask, `distance` pixels from one another."""
    rows, columns = np.nonzero(where)
    return _spread(scene, rows, columns, distance, count)


def _spread(
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


def _strands(
    scene: Scene, flow: Flow, starts: Curve, lengths: NDArray[Any], widths: NDArray[Any]
) -> Array:
    """The mask of strands along the hair, pointed at both ends; lengths and widths in pixels."""
    outlines = []
    widths = np.broadcast_to(widths, len(starts))
    for path, width in zip(flow.paths(starts, lengths, scene.is_hair), widths, strict=True):
        if len(path) >= 4:
            t = np.linspace(0, 1, len(path))
            shape = np.where(t < 0.45, t / 0.45, (1 - t) / 0.55) ** 0.8
            outlines.append(ribbon(path, width * shape))
    return scene.canvas.outlines(outlines)


def _paint_locks(scene: Scene, flow: Flow, hair: NDArray[np.bool_], alpha: Array) -> None:
    """Shadow locks, more of them towards the ends and away from the light; a few lit ones."""
    unit, random = scene.unit, scene.random
    source = crown(scene)
    x, y = scene.canvas.x, scene.canvas.y
    depth = np.hypot(x - source[0], y - source[1]) / (60 * unit)
    depth = depth - 0.35 * scene.light * (x - scene.middle) / (50 * unit)
    short = scene.traits.hair_style in ("short", "spiky")
    shade = scene.colours.hair_shadow / np.maximum(scene.colours.hair, 1)
    lights = 1 + 0.55 * (scene.colours.hair_light / np.maximum(scene.colours.hair, 1) - 1)
    strokes = (
        (depth > 0.30, 6.0, 70, (24, 60), (3.0, 6.5), shade),
        (depth < 0.75, 15.0, 12, (18, 44), (1.6, 3.2), lights),
    )
    size = 0.5 if short else 1.0
    for where, distance, count, lengths, widths, factor in strokes:
        starts = _seeds(scene, hair & where, distance * (0.75 if short else 1) * unit, count)
        long = random.uniform(*lengths, len(starts)) * size * unit
        wide = random.uniform(*widths, len(starts)) * size * unit
        mask = _strands(scene, flow, starts, long, wide)
        painted = scene.canvas.pixels * factor.astype(np.float32)
        scene.canvas.over(mask * alpha, np.clip(painted, 0, 255))


def _paint_highlight(scene: Scene, flow: Flow, hair: NDArray[np.bool_], alpha: Array) -> None:
    """Broken glints of light over the crown, along the strands."""
    unit, random = scene.unit, scene.random
    centre = scene.at(mesh.FOREHEAD)[0]
    column = hair[:, int(np.clip(centre, 0, scene.size - 1))]
    rows = np.nonzero(column[: int(scene.eye_level)])[0]
    if len(rows) < 8 * unit:
        return
    level = rows[0] + 0.52 * (rows[-1] - rows[0])
    short = scene.traits.hair_style in ("short", "spiky")
    tallest = min(0.62 * (rows[-1] - rows[0]), (13 if short else 22) * unit)
    starts, lengths = [], []
    # Three glints, the largest on the light's side, each of a few long strokes.
    for middle, strokes, grown in ((20, 6, 1.0), (-6, 4, 0.75), (-26, 3, 0.6)):
        for k in range(strokes):
            across = (middle + 2.6 * (k - strokes / 2)) * scene.light
            arch = 0.4 + 0.6 * np.sin(np.pi * (k + 0.5) / strokes)
            length = tallest * grown * arch * random.uniform(0.8, 1.1)
            point = np.array([centre + across * unit, level + 0.010 * across**2 * unit])
            place = np.clip(np.round(point).astype(int), 0, scene.size - 1)
            if hair[place[1], place[0]]:
                starts.append(point - flow.at(point) * length * random.uniform(0.4, 0.6))
                lengths.append(length)
    widths = np.array(3.2 * unit)
    mask = _strands(scene, flow, np.array(starts).reshape(-1, 2), np.array(lengths), widths)
    rim = np.clip(1 - scene.blur(~hair, 2.5) * 2.4, 0, 1)
    scene.canvas.over(mask * alpha * rim, scene.colours.hair_light)


def _paint_strands(scene: Scene, flow: Flow, hair: NDArray[np.bool_], alpha: Array) -> None:
    """Fine tapered lines from the roots."""
    unit, random = scene.unit, scene.random
    short = scene.traits.hair_style in ("short", "spiky")
    starts = _seeds(scene, hair, (8 if short else 11) * unit, 34)
    long = random.uniform(*((10, 20) if short else (24, 60)), len(starts)) * unit
    mask = _strands(scene, flow, starts, long, np.array(1.1 * unit))
    scene.canvas.over(mask * alpha * 0.85, scene.colours.hair_line)


def _paint_coils(scene: Scene, hair: NDArray[np.bool_], alpha: Array) -> None:
    """C-shaped strokes, lit clumps above and shaded ones below; no ring of light."""
    canvas, unit, random = scene.canvas, scene.unit, scene.random
    fine = scene.traits.hair_style != "afro"
    radius = (1.8 if fine else 3.4) * unit
    core = ndimage.binary_erosion(hair, iterations=max(int(1.5 * unit), 1))
    source = crown(scene)
    arcs: dict[bool, list[Curve]] = {True: [], False: []}
    for point in _seeds(scene, core, 1.9 * radius, 110 if fine else 70):
        angle = np.linspace(0.0, 1.2 * np.pi, 10) + random.uniform(0.8, 2.0)
        arc = point + radius * np.stack([np.cos(angle), np.sin(angle)], 1)
        lit = bool(point[1] < source[1] + 24 * unit and random.random() < 0.5)
        width = 0.55 * radius * np.sin(np.pi * np.linspace(0.08, 0.92, len(arc))) ** 0.7
        arcs[lit].append(ribbon(arc, width))
    for lit, colour in ((False, scene.colours.hair_shadow), (True, scene.colours.hair_light)):
        tone = mix(scene.colours.hair, colour, 0.8)
        canvas.over(canvas.outlines(arcs[lit]) * alpha * 0.9, tone)


def _paint_braids(scene: Scene, flow: Flow, hair: NDArray[np.bool_], alpha: Array) -> None:
    """Braids along the strands: bulging pieces between dark seams, lit towards the crown."""
    canvas, unit = scene.canvas, scene.unit
    source = crown(scene)
    seams: list[Curve] = []
    lights: list[Curve] = []
    for path in flow.paths(_seeds(scene, hair, 6.5 * unit, 60), np.array(80 * unit), hair):
        if len(path) < 6:
            continue
        across = normals(path)
        seams.append(ribbon(path - across * 3.0 * unit, np.full(len(path), 0.9 * unit)))
        for j in range(1, len(path) - 3, 4):
            side = 1 if (j // 4) % 2 else -1
            start = path[j] - across[j] * side * 2.6 * unit
            end = path[j + 2] + across[j + 2] * side * 1.6 * unit
            seams.append(ribbon(np.array([start, end]), np.full(2, 1.0 * unit)))
            light = path[j + 2] - across[j + 2] * side * 1.2 * unit
            lights.append(ribbon(np.array([light, mix(light, end, 0.7)]), np.full(2, 1.5 * unit)))
    lit = np.clip(1.35 - np.abs(canvas.y - source[1] - 14 * unit) / (60 * unit), 0.25, 1)
    canvas.over(canvas.outlines(lights) * alpha * lit * 0.9, scene.colours.hair_light)
    canvas.over(canvas.outlines(seams) * alpha * 0.9, scene.colours.hair_line)


def _paint_shaved(scene: Scene, hair: NDArray[np.bool_]) -> None:
    """Cropped hair: a tone between skin and hair that fades out at the hairline."""
    soft = scene.blur(hair, 1.6) * scene.mask(HAIR)
    share = 0.66 if scene.traits.hair_style == "shaved" else 0.35
    tone = mix(scene.colours.skin, scene.colours.hair, share)
    scene.canvas.over(soft, tone)
    spot = crown(scene) + np.array([scene.light * 12, 12]) * scene.unit
    lit = scene.canvas.glow(spot, (20 * scene.unit, 9 * scene.unit))
    scene.canvas.over(lit * soft * 0.30, mix(tone, [255, 255, 255], 0.45))
