"""What lies within hair: locks of shadow and light, streaks, fades; coils, braids; shaved."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ganlib.drawing.canvas import Array, Curve, blurred, filled, mix, normals, ribbon
from ganlib.drawing.flow import Flow, crown, spread
from ganlib.drawing.hairline import bareness
from ganlib.drawing.palette import luma
from ganlib.drawing.portrait import HAIR, SKIN
from ganlib.drawing.scene import FACE, Scene


def paint_hair(scene: Scene, flow: Flow | None) -> None:
    """Fill the hair and draw what lies in it."""
    hair = scene.is_(HAIR)
    if flow is None or not hair.any():
        return
    traits, alpha = scene.traits, scene.mask(HAIR)
    if traits.bare:
        _paint_shaved(scene, flow, hair, alpha)
        return
    scene.canvas.over(alpha, scene.colours.hair)
    _paint_shade(scene, hair, alpha)
    if traits.hair_style == "braids":
        _paint_braids(scene, flow, hair, alpha)
        return
    _paint_tones(scene, flow, hair, alpha)
    if traits.short:
        _paint_fade(scene, hair, alpha)
    if traits.coily and not traits.covered:
        _paint_coils(scene, hair, alpha)


def _paint_streaks(scene: Scene, even: Array, hair: NDArray[np.bool_], alpha: Array) -> None:
    """Streaks and ends that are much lighter on the photograph than the hair are drawn so."""
    lighter = scene.blur(even - np.median(even[hair]), 0.8)
    share = np.clip((lighter - 34) / 16, 0, 1) * hair
    part = (share > 0.5) & (scene.framed.regions == HAIR)
    # Black hair only shines.
    if scene.traits.hair_colour == "black" or part.sum() < (9 * scene.unit) ** 2:
        return
    photo = scene.framed.photo
    paler = np.median(photo[part], 0) - np.median(photo[hair], 0)
    tone = np.clip(scene.colours.hair + 0.8 * paler, 0, 245)
    scene.canvas.over(alpha * share * 0.85, tone)


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


def _even(scene: Scene, flow: Flow) -> tuple[Array, Array]:
    """The photographed hair's lightness, even along its strands; and noise that is, too.

    Line integral convolution (Cabral and Leedom 1993).
    """
    hair, unit = scene.is_(HAIR), scene.unit
    rim = max(int(2.6 * unit), 1)
    seen = ndimage.binary_erosion(hair & (scene.framed.regions == HAIR), iterations=rim)
    # At the hairline the forehead shines through, and at the ends what is behind.
    near = scene.blur(scene.is_(FACE), 5) > 0.03
    seen &= (scene.blur(scene.is_(FACE), 2.5) < 0.1) & (bareness(scene) < 0.75 - 0.4 * near)
    if not seen.any():
        return np.zeros_like(scene.canvas.x), np.zeros_like(scene.canvas.x)
    noise = np.random.default_rng(5).standard_normal(hair.shape)
    pictures = [blurred(scene.framed.photo.mean(-1), 0.4 * unit), blurred(noise, 0.5 * unit)]
    # Every second pixel will do.
    start = 2 * np.argwhere(hair[::2, ::2])[:, ::-1].astype(np.float64)
    total, weight = np.zeros((2, len(start))), np.full((2, len(start)), 1e-6)
    steps = 3 if scene.traits.coily else 8 if scene.traits.short else 14
    for way in (1.0, -1.0):
        place, direction = start.copy(), flow.at(start) * way
        for step in range(steps):
            columns, rows = np.clip(place.astype(int), 0, scene.size - 1).T
            share = np.exp(-((1.5 * step / steps) ** 2))
            for k, known in enumerate((share * seen[rows, columns], 1.0)):
                total[k] += known * pictures[k][rows, columns]
                weight[k] += known
            new = flow.at(place)
            direction = new * np.where((new * direction).sum(-1) < 0, -1, 1)[:, None]
            place += direction * unit
    results = []
    for k in range(2):
        even = np.zeros(hair[::2, ::2].shape, np.float32)
        even[hair[::2, ::2]] = np.where(weight[k] > 0.3, total[k] / weight[k], 0)
        hidden = even == 0
        even = filled(even, hidden)
        even = np.where(hidden, blurred(even, unit), even)
        results.append(np.asarray(ndimage.zoom(even, scene.size / len(even), order=1), np.float32))
    return results[0], results[1] / (float(results[1][hair].std()) + 1e-6)


def _paint_tones(scene: Scene, flow: Flow, hair: NDArray[np.bool_], alpha: Array) -> None:
    """Flat locks of shadow and light where the photograph has them, and lines between them."""
    canvas, unit, colours, style = scene.canvas, scene.unit, scene.colours, scene.style
    even, noise = _even(scene, flow)
    even = scene.blur(even, 0.9 if scene.traits.coily else 0.45)
    if not style.ink:
        _paint_streaks(scene, even, hair, alpha)
    wide, share = (6, 0.85) if scene.traits.short else (10, 0.7)
    around = scene.blur(even * hair, wide) / np.maximum(scene.blur(hair, wide), 1e-3)
    relief = np.where(hair, even - share * around - (1 - share) * np.median(even[hair]), 0)
    relief /= relief[hair].std() + 1
    # Light falls from above on one side; the band of light lies around the crown.
    across = scene.light * (canvas.x - scene.middle) / (60 * unit)
    top = crown(scene)[1]
    down = (canvas.y - top) / max(scene.brow_level - top, 10 * unit)
    down = down + 0.35 * ((canvas.x - scene.middle) / (60 * unit)) ** 2
    band = np.exp(-(((down - 0.55) / 0.28) ** 2))
    form = relief + 0.25 * np.clip(across, -1, 1)
    edge = 0.25 if style.shadow_blur > 1 else 0.09
    rim = np.clip(1 - scene.blur(~hair, 2) * 2.6 - scene.blur(scene.is_(FACE), 4), 0, 1)
    high = hair & (canvas.y < scene.eye_level)

    def above(what: Array, percent: float, least: float = 24) -> Array:
        limit = np.percentile(what[high if high.any() else hair], percent)
        share = np.clip((what - limit) / edge + 0.5, 0, 1)
        # Only clean shapes and long strands: no specks, no dashes.
        labels, _ = ndimage.label(share > 0.3)
        return share * (np.bincount(labels.ravel()) >= least * unit**2)[labels]

    dark = luma(colours.hair) < 75
    shade = colours.hair_shadow / np.maximum(colours.hair, 1)
    shade *= 0.92 if luma(colours.hair) > 110 else 1
    paler = canvas.pixels + (0.3 + 0.1 * dark) * (colours.hair_light - colours.hair)
    if not scene.traits.coily:  # its coils would make blotches of them
        canvas.over(above(form, 70) * alpha, np.clip(paler, 0, 255))
        canvas.over(above(-form, 70) * alpha, canvas.pixels * shade.astype(np.float32))
        shine = 0.5 * np.clip(relief, -1.5, 1.5) + 1.1 * band + 0.5 * noise
        canvas.over(above(shine, 90, 9) * rim * alpha, colours.hair_light)
        fine = blurred(relief, 0.9 * unit) - blurred(relief, 0.3 * unit)
        lines = above(fine, 91 if scene.traits.short else 94, 7)
        canvas.over(lines * rim * alpha * 0.8, colours.hair_line)


def _paint_fade(scene: Scene, hair: NDArray[np.bool_], alpha: Array) -> None:
    """Where hair is clipped so short at the sides that the skin shows, it is drawn paler."""
    unit, photo = scene.unit, scene.framed.photo
    top, shown = crown(scene)[1], hair & (scene.framed.regions == HAIR)
    low = np.clip((scene.canvas.y - mix(top, scene.brow_level, 0.45)) / (14 * unit), 0, 1)
    above = shown & (low == 0)
    if not above.any():
        return
    root, skin = np.median(photo[above], 0), np.median(photo[scene.is_(FACE)], 0)
    axis = (skin - root) / max(float(((skin - root) ** 2).sum()), 60.0**2)
    weight = np.maximum(scene.blur(shown, 2), 0.1)
    bare = scene.blur(np.clip((photo - root) @ axis, 0, 1) * shown, 2) / weight
    # The hairline over the forehead is no fade.
    low *= np.clip((np.abs(scene.canvas.x - scene.middle) / unit - 34) / 8, 0, 1)
    share = 0.5 * np.clip(8 * (bare * low - 0.4) + 0.5, 0, 1)
    tone = mix(scene.colours.skin, scene.colours.skin_shadow, 0.5)
    if scene.style.ink:
        tone = mix(scene.colours.hair, scene.colours.hair_light, 0.6)
    elif scene.traits.hair_colour in ("grey", "white"):
        # Between grey hair and skin no colour tells: it is greyer at the sides.
        tone = mix(scene.colours.hair_light, tone, 0.3)
    scene.canvas.over(share * alpha, tone)


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
        tone = mix(scene.colours.hair, colour, 0.5 if lit else 0.65)
        canvas.over(canvas.outlines(arcs[lit]) * alpha * 0.9, tone)


def _paint_braids(scene: Scene, flow: Flow, hair: NDArray[np.bool_], alpha: Array) -> None:
    """Ropes along the strands, each with a dark rim and slanted pieces, lit towards the crown."""
    canvas, unit, colours = scene.canvas, scene.unit, scene.colours
    source = crown(scene)
    paths = flow.paths(spread(scene, hair, 5.5 * unit, 90), 90, hair)
    # Those that begin higher lie behind.
    for path in sorted((p for p in paths if len(p) >= 8), key=lambda p: float(p[0][1])):
        across = normals(path)
        width = np.interp(np.arange(len(path)), [0, 4, len(path) - 4, len(path)], [3, 6, 6, 3])
        canvas.fill(ribbon(path, width * unit), colours.hair_line, within=alpha)
        canvas.fill(ribbon(path, (width - 1.6) * unit), colours.hair, within=alpha)
        middle = path[len(path) // 2]
        lit = np.clip(1.2 - abs(middle[1] - source[1] - 14 * unit) / (80 * unit), 0.45, 1)
        tone = mix(colours.hair, colours.hair_light, (0.42 if scene.style.ink else 0.62) * lit)
        for j in range(2, len(path) - 4, 4):
            ends = path[j] + across[j] * 1.5 * unit, path[j + 2] - across[j + 2] * 1.1 * unit
            piece = ribbon(np.linspace(*ends, 5), np.array([0.6, 1.9, 2.1, 1.7, 0.4]) * unit)
            canvas.fill(piece, tone, 0.9, within=alpha)


def _paint_shaved(scene: Scene, flow: Flow, hair: NDArray[np.bool_], alpha: Array) -> None:
    """Cropped hair: one flat tone that ends in short strokes, and more of them upon it."""
    canvas, unit, colours = scene.canvas, scene.unit, scene.colours
    share = 0.85 if colours.deep else 0.72
    tone = mix(colours.skin, colours.hair, share if scene.traits.hair_style == "shaved" else 0.55)
    canvas.over(alpha, tone)
    border = hair & ndimage.binary_dilation(scene.is_(FACE), iterations=2)
    kinds = ((border, 1.5, 1.9, -1.0, tone), (hair & ~border, 3.0, 0.9, 1.0, tone * 0.72))
    for where, apart, width, way, colour in kinds:
        strokes = []
        for point in spread(scene, where, apart * unit, 400):
            along = flow.at(point) * way * unit * scene.random.uniform(1.2, 2.2)
            path = np.linspace(point - 0.6 * along, point + along, 4)
            strokes.append(ribbon(path, np.array([0.6, 1.0, 0.7, 0.1]) * width * unit))
        within = scene.mask(HAIR, FACE) if where is border else alpha * 0.7
        canvas.over(canvas.outlines(strokes) * within, colour)
