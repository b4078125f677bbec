"""Shading of the skin, nose, mouth, and the marks of age."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from ganlib.drawing import mesh
from ganlib.drawing.canvas import Array, Curve, curve, mix, moved, tapered
from ganlib.drawing.eyes import across
from ganlib.drawing.palette import times
from ganlib.drawing.portrait import COVER, HAIR, SKIN
from ganlib.drawing.scene import EAR, FACE, Scene


def paint_skin(scene: Scene) -> None:
    """Skin, the shadows under chin and hair and along the jaw, and blush."""
    canvas, unit, style, colours = scene.canvas, scene.unit, scene.style, scene.colours
    canvas.over(scene.mask(SKIN, FACE, EAR, HAIR, COVER), colours.skin)
    soft, face, traits = style.shadow_blur, scene.mask(FACE), scene.traits
    under = moved(scene.oval, -scene.light * 2.5 * unit, 13 * unit)
    below = np.clip((canvas.y - scene.at(17)[1]) / (2 * unit), 0, 1)
    scene.shade(scene.blur(under, soft) * scene.mask(SKIN) * below)
    lit = moved(scene.oval, scene.light * 4.5 * unit, -2.5 * unit)
    jaw = np.clip(scene.oval - lit, 0, 1) * np.clip((canvas.y - scene.at(5)[1]) / (14 * unit), 0, 1)
    scene.shade(scene.blur(jaw, soft) * face * 0.9)
    if not traits.bare:
        top = moved(scene.mask(HAIR, COVER), -scene.light * 1.5 * unit, 4.2 * unit)
        scene.shade(scene.blur(top, soft) * scene.mask(FACE, EAR) * 0.9)
    _paint_ears(scene)
    if colours.deep:
        _paint_sheen(scene, face)
    if not colours.deep and traits.age < 0.55:
        made_up = 0.25 * traits.makeup * (style.blush > 0)
        amount = max(style.blush * (0.5 if traits.male else 1.0), made_up)
        for cheek in (mesh.LEFT_CHEEK, mesh.RIGHT_CHEEK):
            spot = canvas.glow(scene.at(cheek) + [0, 2.5 * unit], (10 * unit, 5 * unit))
            canvas.over(spot * amount * face, mix(colours.skin, [238, 98, 98], 0.6))
    if traits.freckles > 0.3:
        _paint_freckles(scene)


def _paint_sheen(scene: Scene, face: Array) -> None:
    """Dark skin is modelled by light as much as by shadow: forehead, cheekbone, chin."""
    unit, side = scene.unit, scene.light
    bright = np.clip(scene.colours.skin * 1.13 + 7, 0, 255)
    cheek = scene.at(mesh.RIGHT_CHEEK if side > 0 else mesh.LEFT_CHEEK)
    spots = [
        (scene.at(151) + [side * 9 * unit, 0], (15 * unit, 7 * unit)),
        (cheek + [side * 1 * unit, -1 * unit], (8 * unit, 5.5 * unit)),
        (scene.at(199) + [0, -1 * unit], (6 * unit, 3 * unit)),
    ]
    for centre, radii in spots:
        spot = np.clip(scene.canvas.glow(centre, radii) * 1.6 - 0.2, 0, 1)
        scene.canvas.over(spot * face * 0.6, bright)


def _paint_ears(scene: Scene) -> None:
    """One inner curve and its shadow in each ear that shows."""
    canvas, unit = scene.canvas, scene.unit
    for side in (-1, 1):
        ear = scene.on_side(scene.is_(EAR), side)
        if ear.sum() < 40 * unit * unit:
            continue
        x, y = canvas.x[ear], canvas.y[ear]
        height = float(np.percentile(y, 92) - np.percentile(y, 8))
        centre = np.array([x.mean(), y.mean()])
        shade = canvas.glow(centre - [side * 1.2 * unit, 0], (2.2 * unit, 0.34 * height))
        scene.shade(shade * ear * 0.75)
        bend = np.array([(-1.2, -0.36), (1.5, -0.22), (0.7, 0.05), (-0.8, 0.26)]) * [side, 1]
        path = curve(centre + bend * [unit, height])
        canvas.stroke(path, scene.colours.skin_line, unit, 0.3, 0.8)


def _paint_freckles(scene: Scene) -> None:
    canvas, unit = scene.canvas, scene.unit
    random = np.random.default_rng(3)
    tone = mix(scene.colours.skin_shadow, scene.colours.skin_line, 0.35)
    for cheek in (mesh.LEFT_CHEEK, mesh.RIGHT_CHEEK):
        for _ in range(int(26 * scene.traits.freckles)):
            place = scene.at(cheek) + random.normal(0, (7, 3.2)) * unit
            dot = canvas.disc(place, random.uniform(0.55, 0.95) * unit)
            canvas.over(dot * 0.8, tone)


def paint_nose(scene: Scene) -> None:
    """A shadow wedge away from the light, a short line under the tip; more for broad noses."""
    canvas, unit, colours, traits = scene.canvas, scene.unit, scene.colours, scene.traits
    tip, base = scene.at(mesh.NOSE_TIP), scene.at(mesh.NOSE_BASE)
    shade = -scene.light
    wings = {-1: scene.at(mesh.LEFT_NOSTRIL), 1: scene.at(mesh.RIGHT_NOSTRIL)}
    near, far = wings[shade], wings[-shade]
    broad = float(np.hypot(*(wings[1] - wings[-1]))) / (24 * unit)
    wedge = [
        mix(tip, base, 0.1) + [0.6 * shade * unit, -5.5 * unit],
        mix(base, near, 0.85) + [0, -1.4 * unit],
        mix(base, near, 0.3) + [0, 0.8 * unit],
        mix(tip, base, 0.75),
    ]
    scene.shade(canvas.shape(wedge, 0.25 * unit) * 0.95)
    ends = [mix(base, wing, 0.40) + [0, -0.5 * unit] for wing in (far, near)]
    under = curve([ends[0], base + [0, unit], ends[1]])
    canvas.stroke(under, colours.skin_line, 1.4 * unit, 0.3, 0.95)
    if broad > 1.0 or traits.male or traits.skin > 0.6:
        for side, wing in wings.items():
            bow = wing + np.array([(-0.4 * side, -4.2), (0.9 * side, -2)]) * unit
            line = curve([*bow, mix(base, wing, 0.9)])
            canvas.stroke(line, colours.skin_line, 0.9 * unit, 0.3, 0.75)
    if traits.male:
        corner = scene.at(mesh.LEFT_EYE.inner if shade < 0 else mesh.RIGHT_EYE.inner)
        bone = scene.at(198 if shade < 0 else 420)
        bridge = [
            mix(scene.at(6), corner, 0.45) + [0, -3 * unit],
            mix(scene.at(197), bone, 0.42),
            mix(scene.at(5), bone, 0.36),
        ]
        canvas.stroke(curve(bridge), colours.skin_shadow, 1.7 * unit, 0.25, 0.9)
    light = canvas.glow(tip + [scene.light * 1.2 * unit, -2 * unit], (1.3 * unit, 1.5 * unit))
    canvas.over(light * 0.5, np.clip(colours.skin * 1.1 + 22, 0, 255))


def _mouth(scene: Scene) -> tuple[float, bool, bool, float, Callable[..., Curve]]:
    """The gap between the lips; open? full? the upper lip's height; the curves as drawn."""
    traits = scene.traits
    gap = float(np.hypot(*(scene.at(13) - scene.at(14)))) / scene.unit
    is_open = traits.teeth or gap > 6
    full = traits.lips >= 0.6 or (traits.skin > 0.7 and traits.lips > 0.35)
    smile = _smile(scene)
    narrow = 0.97 if is_open else 0.90 if full or traits.male else 0.86
    narrow = min(narrow + 0.02 * max(smile - 1, 0), 1.0)
    # A flatter upper lip: high peaks over low corners look like a pout.
    return gap, is_open, full, 0.9 if full else 0.8, _bent(scene, smile, narrow)


def drawn_lips(scene: Scene) -> tuple[Curve, Curve]:
    """The upper and the lower border of the drawn mouth."""
    *_, peak, lip = _mouth(scene)
    return lip(mesh.UPPER_OUTER, peak), lip(mesh.LOWER_OUTER)


def paint_mouth(scene: Scene) -> None:
    """Lips in their own colour, and one line between them, or an open smile with teeth."""
    canvas, unit, colours, traits = scene.canvas, scene.unit, scene.colours, scene.traits
    gap, is_open, full, peak, lip = _mouth(scene)
    bearded = traits.beard != "none"

    strength = float(np.clip(0.25 + 0.9 * traits.lips, 0.3, 0.95))
    strength *= 1 - 0.35 * float(np.clip((traits.age - 0.5) / 0.3, 0, 1))
    # In a beard bare lips would be a pale gap.
    plain = 0.85 if bearded else 0.55
    strength *= plain if traits.male and not colours.deep else 1.0
    strength *= 0.6 if is_open and not colours.deep else 1.0
    upper = np.vstack([lip(mesh.UPPER_OUTER, peak), lip(mesh.UPPER_INNER)[::-1]])
    lower = np.vstack([lip(mesh.LOWER_INNER), lip(mesh.LOWER_OUTER)[::-1]])
    canvas.fill(upper, times(colours.lip, (0.94, 0.90, 0.91)), strength)
    canvas.fill(lower, colours.lip, 0.95 * strength)
    lips = np.maximum(canvas.shape(upper), canvas.shape(lower))
    scene.lips = (lips * strength).astype(np.float32)
    if full or traits.makeup > 0.4:
        shine = mix(scene.at(14), scene.at(17), 0.5) + [scene.light * 2 * unit, 0]
        light = canvas.glow(shine, (4 * unit, unit)) * 0.45
        canvas.over(light, np.clip(colours.lip * 1.2 + 44, 0, 255))
    if is_open:
        _paint_open_mouth(scene, lip(mesh.UPPER_INNER, 1.1), lip(mesh.LOWER_INNER, 1.35), gap)
    else:
        line = (lip(mesh.UPPER_INNER) + lip(mesh.LOWER_INNER)) / 2
        # One clean bow: the waves of a real lip line look like a pout.
        t = np.linspace(-1, 1, len(line))
        line[:, 1] = mix(line[:, 1], np.polyval(np.polyfit(t, line[:, 1], 2), t), 0.7)
        canvas.stroke(line, colours.skin_line, (2.2 if bearded else 1.8) * unit, 0.5)
    if bearded or not full:
        tick = scene.at(17) + np.array([(-3, 0.0), (0, 0.8), (3, 0.0)]) * unit
        tone = mix(colours.skin_shadow, colours.skin_line, 0.6 * bearded)
        canvas.stroke(curve(tick), tone, 1.3 * unit, 0.3, 0.95)


def _smile(scene: Scene) -> float:
    """How far the drawn mouth's corners lie above its middle, in units."""
    down = across(scene)[::-1] * [-1, 1]
    pitch = (scene.at(mesh.LEFT_SIDE, mesh.RIGHT_SIDE) - scene.at(mesh.BRIDGE)) @ down / scene.unit
    width = float(np.hypot(*(scene.at(61) - scene.at(291))))
    width /= float(np.hypot(*(scene.at(mesh.LEFT_EYE.outer) - scene.at(mesh.RIGHT_EYE.outer))))
    # A head held back curves the mouth downwards; a smile also widens it. Nobody sulks.
    raised = (scene.at(13, 14) - scene.at(78, 308)) @ down / scene.unit + 0.25 * (pitch - 14)
    return float(np.clip(1.15 * raised + 12 * (width - 0.60) + 0.8, 0.6, 6.0))


def _bent(scene: Scene, smile: float, narrow: float) -> Callable[..., Curve]:
    """Curves through the mouth's points, bent until its corners are raised by `smile` units."""
    right = across(scene)
    axes = np.array([right, right[::-1] * [-1, 1]])
    centre = scene.at(13, 14)
    left, other = (scene.points((78, 308)) - centre) @ axes.T
    half = (other[0] - left[0]) / 3
    lift = smile * scene.unit + (left[1] + other[1]) / 2
    # Of a lopsided mouth a fifth of the slant is kept: more looks like a slip of the pen.
    slant = (other[1] - left[1]) * 0.4

    def lip(index: tuple[int, ...], height: float = 1.0) -> Curve:
        x, y = ((scene.points(index) - centre) @ axes.T).T
        # Each half has its own width; the far one of a turned head is next to nothing.
        t = x / np.where(x < 0, max(-left[0], half), max(other[0], half))
        y = y * height - lift * t**2 - slant * t
        return curve(centre + np.stack([x * narrow, y], 1) @ axes, steps=6)

    return lip


def _paint_open_mouth(scene: Scene, top: Curve, bottom: Curve, gap: float) -> None:
    """A dark shape with one row of undivided teeth, at least so high that it shows."""
    canvas, unit, line = scene.canvas, scene.unit, scene.colours.skin_line
    missing = max(4.2 - 1.3 * gap, 0) * unit
    bottom = bottom.copy()
    bottom[:, 1] += missing * np.sin(np.pi * np.linspace(0, 1, len(bottom)))
    canvas.fill(np.vstack([top, bottom[::-1]]), [116, 38, 46])
    teeth = mix(top, bottom, 0.74 if gap > 4 else 0.82)
    canvas.fill(np.vstack([top, teeth[::-1]]), [251, 249, 246])
    canvas.stroke(top, line, 1.5 * unit, 0.4)
    canvas.stroke(bottom, line, 1.1 * unit, 0.3, 0.9)


def paint_age(scene: Scene) -> None:
    """Lines beside the mouth, under and beside the eyes, on forehead and neck, from middle age."""
    age = scene.traits.age
    if age < 0.42:
        return
    unit = scene.unit
    amount = float(np.clip((age - 0.25) / 0.4, 0.4, 1))
    bold = unit * (0.85 + 0.4 * amount)

    def crease(points: ArrayLike, width: float, opacity: float = 1.0) -> None:
        path = curve(points)
        mask = scene.canvas.line(path, tapered(path, width * bold, 0.25)) * amount * opacity
        np.maximum(scene.creases, mask, out=scene.creases)

    for wing, mouth, below, middle in ((129, 61, 216, 206), (358, 291, 436, 426)):
        start, end = scene.at(wing), mix(scene.at(mouth), scene.at(below), 0.6)
        first, last = mix(start, end, 0.08), mix(start, end, 0.5 + 0.5 * amount)
        crease([first, mix(start, scene.at(middle), 0.78), last], 1.5)
    for eye in mesh.EYES:
        if age > 0.45:
            for drop in (0.0, 3.0)[: 2 if age > 0.72 else 1]:
                under = scene.at(eye.lower[4]) + [-0.5 * eye.side * drop * unit, drop * unit]
                crease(under + np.array([(-6, 6.0), (0, 8.4), (6, 6.2)]) * unit, 1.2)
        if age > 0.52:
            # Crow's feet fan out from one point, clear of the lashes.
            corner = scene.at(eye.outer) + np.array([eye.side * 7, 1.5]) * unit
            for lean in (-0.5, 0.15, 0.8):
                ray = np.array([eye.side * np.cos(lean), np.sin(lean)]) * unit
                crease([corner + 2.0 * ray, corner + 3.5 * ray, corner + 5.4 * ray], 1.0, 0.8)
    if age > 0.8:
        for cheek, jaw in ((207, 214), (427, 434)):
            start, end = scene.at(cheek), scene.at(jaw)
            bow = np.sign(start[0] - scene.middle) * np.array([1.6 * unit, 0])
            crease([start, mix(start, end, 0.5) + bow, end], 1.1, 0.75)
    if age > 0.68:
        for mouth, jaw in ((61, 210), (291, 430)):
            start, end = mix(scene.at(mouth), scene.at(jaw), 0.35), scene.at(jaw)
            crease([start, mix(start, end, 0.4), mix(start, end, 0.8)], 1.0, 0.6)
    if age > 0.6:
        for drop, half in ((10.0, 14.0), (16.0, 11.0)):
            fold = np.array([(-half, drop - 2), (0, drop + 1), (half, drop - 2)])
            crease(scene.at(mesh.CHIN) + fold * unit, 1.1, 0.7)
    if age > 0.56 and not scene.traits.covered and scene.traits.fringe != "straight":
        x = (scene.at(105)[0] + scene.at(334)[0]) / 2
        folds = ((8.5, 14.0), (13.5, 11.0), (18.0, 8.0))[: 3 if age > 0.8 else 2]
        for rise, half in folds:
            wave = np.array([(-half, 0.8), (-0.4 * half, -0.6), (0.4 * half, -0.2), (half, 0.8)])
            crease(np.array([x, scene.brow_level - rise * unit]) + wave * unit, 1.1, 0.7)
    tone = times(scene.colours.skin_shadow, 0.55 if scene.colours.deep else 0.66)
    scene.creases *= scene.features < 0.6  # A beard hides them; only it is drawn by now.
    scene.canvas.over(scene.creases * scene.is_(FACE, EAR, SKIN), tone)
