"""What lies within hair: shadow locks, a broken highlight, strands; coils, braids; shaved."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from ganlib.drawing import mesh
from ganlib.drawing.canvas import Array, Curve, blurred, mix, normals, ribbon
from ganlib.drawing.flow import Flow, crown, spread
from ganlib.drawing.palette import luma
from ganlib.drawing.portrait import HAIR, SKIN
from ganlib.drawing.scene import Scene


def paint_hair(scene: Scene, flow: Flow | None) -> None:
    """Fill the hair and draw what lies in it."""
    hair = scene.is_(HAIR)
    if flow is None or not hair.any():
        return
    traits, alpha = scene.traits, scene.mask(HAIR)
    if traits.bare:
        _paint_shaved(scene, hair, alpha)
        return
    scene.canvas.over(alpha, scene.colours.hair)
    _paint_ends(scene, hair, alpha)
    _paint_shade(scene, hair, alpha)
    if traits.coily and not traits.covered:
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
    paler = np.clip(scene.colours.hair + (seen[0] - seen[1]) * 0.8, 0, 245)
    scene.canvas.over(alpha * ramp * 0.85, paler)


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


def _strands(
    scene: Scene, flow: Flow, starts: Curve, lengths: NDArray[Any], widths: ArrayLike
) -> Array:
    """The mask of strands along the hair, pointed at both ends; lengths and widths in pixels."""
    outlines = []
    widths = np.broadcast_to(widths, len(starts))
    curl = 1.7 * scene.unit if scene.traits.hair_style == "curly" else 0.0
    for path, width in zip(flow.paths(starts, lengths, scene.is_(HAIR)), widths, strict=True):
        if len(path) >= 4:
            t = np.linspace(0, 1, len(path))
            # Ringlets swing about their path every nine units; a step is one unit.
            swing = curl * np.sin((np.arange(len(path)) + 3 * path[0].sum()) * 2 * np.pi / 9)
            path = path + normals(path) * swing[:, None]
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
    short = scene.traits.short
    shade = scene.colours.hair_shadow / np.maximum(scene.colours.hair, 1)
    lights = 1 + 0.55 * (scene.colours.hair_light / np.maximum(scene.colours.hair, 1) - 1)
    strokes = (
        (depth > 0.30, 6.0, 70, (24, 60), (3.0, 6.5), shade),
        (depth < 0.75, 15.0, 12, (18, 44), (1.6, 3.2), lights),
    )
    size = 0.5 if short else 1.0
    for where, distance, count, lengths, widths, factor in strokes:
        starts = spread(scene, hair & where, distance * (0.75 if short else 1) * unit, count)
        long = random.uniform(*lengths, len(starts)) * size * unit
        wide = random.uniform(*widths, len(starts)) * size * unit
        mask = _strands(scene, flow, starts, long, wide)
        painted = scene.canvas.pixels * factor.astype(np.float32)
        scene.canvas.over(mask * alpha, np.clip(painted, 0, 255))


def _paint_highlight(scene: Scene, flow: Flow, hair: NDArray[np.bool_], alpha: Array) -> None:
    """A broken band of light over the crown, its teeth along the strands."""
    unit, random = scene.unit, scene.random
    centre = scene.at(mesh.FOREHEAD)[0]
    column = hair[:, int(np.clip(centre, 0, scene.size - 1))]
    rows = np.nonzero(column[: int(scene.eye_level)])[0]
    if len(rows) < 8 * unit:
        return
    level = rows[0] + 0.52 * (rows[-1] - rows[0])
    tallest = min(0.5 * (rows[-1] - rows[0]), (10 if scene.traits.short else 19) * unit)
    outlines = []
    # One band, broken twice; the largest piece on the light's side.
    for first, last, grown in ((6, 31, 1.0), (-13, 1, 0.75), (-29, -20, 0.55)):
        count = 2 * round((last - first) / 5) + 1
        across = np.linspace(first, last, count) * scene.light
        middle = np.stack([centre + across * unit, level + 0.010 * across**2 * unit], 1)
        along = flow.at(middle)
        along *= np.where(along[:, 1] < 0, -1, 1)[:, None]
        half = 0.5 * tallest * grown * np.sin(np.pi * np.linspace(0, 1, count)) ** 0.6
        teeth = np.where(np.arange(count) % 2, 1.0, 0.5) * random.uniform(0.75, 1.2, count)
        up, down = half * teeth[::-1], half * teeth
        ends = middle - along * up[:, None], (middle + along * down[:, None])[::-1]
        outlines.append(np.vstack(ends))
    rim = np.clip(1 - scene.blur(~hair, 2.5) * 2.4, 0, 1)
    scene.canvas.over(scene.canvas.outlines(outlines) * alpha * rim, scene.colours.hair_light)


def _paint_strands(scene: Scene, flow: Flow, hair: NDArray[np.bool_], alpha: Array) -> None:
    """Fine tapered lines from the roots."""
    unit = scene.unit
    apart, least, most = (8, 10, 20) if scene.traits.short else (11, 24, 60)
    starts = spread(scene, hair, apart * unit, 34)
    long = scene.random.uniform(least, most, len(starts)) * unit
    mask = _strands(scene, flow, starts, long, 1.1 * unit)
    scene.canvas.over(mask * alpha * 0.85, scene.colours.hair_line)
    if scene.traits.hair_style == "curly":
        # Ringlets are lit all over, thinly.
        mask = _strands(scene, flow, starts + 3 * unit, 0.6 * long, 1.3 * unit)
        scene.canvas.over(mask * alpha * 0.7, scene.colours.hair_light)


def _paint_coils(scene: Scene, hair: NDArray[np.bool_], alpha: Array) -> None:
    """C-shaped strokes, lit clumps above and shaded ones below; no ring of light."""
    canvas, unit, random = scene.canvas, scene.unit, scene.random
    fine = scene.traits.hair_style != "afro"
    radius = (1.8 if fine else 3.4) * unit
    core = ndimage.binary_erosion(hair, iterations=max(int(1.5 * unit), 1))
    lit_above = crown(scene)[1] + 24 * unit
    arcs: dict[bool, list[Curve]] = {True: [], False: []}
    for point in spread(scene, core, 1.9 * radius, 110 if fine else 70):
        angle = np.linspace(0.0, 1.2 * np.pi, 10) + random.uniform(0.8, 2.0)
        arc = point + radius * np.stack([np.cos(angle), np.sin(angle)], 1)
        lit = bool(point[1] < lit_above and random.random() < 0.5)
        width = 0.55 * radius * np.sin(np.pi * np.linspace(0.08, 0.92, len(arc))) ** 0.7
        arcs[lit].append(ribbon(arc, width))
    for lit, colour in ((False, scene.colours.hair_shadow), (True, scene.colours.hair_light)):
        tone = mix(scene.colours.hair, colour, 0.8)
        canvas.over(canvas.outlines(arcs[lit]) * alpha * 0.9, tone)


def _paint_braids(scene: Scene, flow: Flow, hair: NDArray[np.bool_], alpha: Array) -> None:
    """Ropes along the strands, each with a dark rim and slanted pieces, lit towards the crown."""
    canvas, unit, colours = scene.canvas, scene.unit, scene.colours
    source = crown(scene)
    paths = flow.paths(spread(scene, hair, 5.5 * unit, 90), 90 * unit, hair)
    # Those that begin higher lie behind.
    for path in sorted((p for p in paths if len(p) >= 8), key=lambda p: float(p[0][1])):
        across = normals(path)
        width = np.interp(np.arange(len(path)), [0, 4, len(path) - 4, len(path)], [3, 6, 6, 3])
        canvas.fill(ribbon(path, width * unit), colours.hair_line, within=alpha)
        canvas.fill(ribbon(path, (width - 1.6) * unit), colours.hair, within=alpha)
        middle = path[len(path) // 2]
        lit = np.clip(1.2 - abs(middle[1] - source[1] - 14 * unit) / (80 * unit), 0.45, 1)
        # In ink, only what is much lighter than black hair shows.
        share = 0.62 * lit if not scene.style.ink else 0.5 + 0.3 * lit
        tone = mix(colours.hair, colours.hair_light, share)
        for j in range(2, len(path) - 4, 4):
            ends = path[j] + across[j] * 1.5 * unit, path[j + 2] - across[j + 2] * 1.1 * unit
            piece = ribbon(np.linspace(*ends, 5), np.array([0.6, 1.9, 2.1, 1.7, 0.4]) * unit)
            canvas.fill(piece, tone, 0.9, within=alpha)


def _paint_shaved(scene: Scene, hair: NDArray[np.bool_], alpha: Array) -> None:
    """Cropped hair: a tone between skin and hair that fades out at the hairline."""
    soft = scene.blur(hair, 1.0) * alpha
    share = 0.78 if scene.traits.hair_style == "shaved" else 0.35
    tone = mix(scene.colours.skin, scene.colours.hair, share)
    scene.canvas.over(soft, tone)
    spot = crown(scene) + np.array([scene.light * 12, 12]) * scene.unit
    lit = scene.canvas.glow(spot, (20 * scene.unit, 9 * scene.unit))
    scene.canvas.over(lit * soft * 0.30, mix(tone, [255, 255, 255], 0.45))
