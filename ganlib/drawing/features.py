"""Shading of the skin, nose, and the marks of age."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ganlib.drawing import mesh
from ganlib.drawing.canvas import Array, Curve, curve, mix, moved, normals, tapered
from ganlib.drawing.mouth import smiles
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
    if traits.bare:
        _round_skull(scene)
    else:
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


def _round_skull(scene: Scene) -> None:
    """A skull without hair: in shade on the side away from the light, lit on the other."""
    unit, skull = scene.unit, scene.mask(FACE)
    lit = moved(skull, scene.light * 6 * unit, 2.5 * unit)
    above = np.clip((scene.at(5)[1] - scene.canvas.y) / (14 * unit), 0, 1)
    rim = scene.blur(np.clip(skull - lit, 0, 1), scene.style.shadow_blur)
    scene.shade(rim * skull * above * 0.9)
    rows = np.nonzero(skull.max(1) > 0.5)[0]
    crown = mix([scene.middle, rows[0]], scene.at(151), 0.38) + [scene.light * 14 * unit, 0]
    gleam = np.clip(scene.canvas.glow(crown, (13 * unit, 5 * unit)) * 1.6 - 0.25, 0, 1)
    scene.canvas.over(gleam * skull * 0.45, np.clip(scene.colours.skin * 1.12 + 9, 0, 255))


def _paint_sheen(scene: Scene, face: Array) -> None:
    """Dark skin is modelled by light as much as by shadow: forehead and cheekbone."""
    unit, side = scene.unit, scene.light
    bright = np.clip(scene.colours.skin * 1.13 + 7, 0, 255)
    cheek = scene.at(mesh.RIGHT_CHEEK if side > 0 else mesh.LEFT_CHEEK)
    for centre, wide, high in ((scene.at(151) + [side * 9 * unit, 0], 15, 7), (cheek, 9, 6)):
        spot = scene.canvas.glow(centre, (wide * unit, high * unit)) * 1.6 - 0.2
        scene.canvas.over(np.clip(spot, 0, 1) * face * 0.5, bright)


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
    canvas.over(canvas.shape(wedge, 0.25 * unit) * 0.95, colours.skin_shadow)
    reach = float(np.interp(broad, [1.0, 1.25], [0.4, 0.62]))
    ends = [mix(base, wing, reach) + [0, -0.5 * unit] for wing in (far, near)]
    under = curve([ends[0], base + [0, unit], ends[1]])
    canvas.stroke(under, colours.skin_line, 1.4 * unit, 0.3, 0.95)
    if broad > 1.0 or traits.male or traits.skin > 0.6:
        # The wings keep the width of the photographed nose.
        firm = float(np.interp(broad, [1.0, 1.2], [0.75, 0.95]))
        for side, outside in mesh.NOSE_WINGS.items():
            bow = mix(base, scene.points(outside), 0.94)
            line = curve([*bow, mix(base, wings[side], 0.9)])
            canvas.stroke(line, colours.skin_line, (0.4 + 0.75 * firm) * unit, 0.3, firm)
    if abs(scene.framed.turn) > 0.75:
        # Of a head turned far the ridge of the nose is its outline.
        ridge = curve(scene.points((195, 5, 4, 1, 2)))
        canvas.stroke(ridge, colours.skin_line, 1.3 * unit, 0.2, 0.9)
    elif traits.male:
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


def _furrow(scene: Scene, path: Curve) -> float:
    """How much darker the photograph is along a line than beside it, as a share."""
    aside = np.linspace(-3.5, 3.5, 15)[:, None, None] * scene.unit * normals(path)
    x, y = np.clip(path + aside, 0, scene.size - 1).astype(int).transpose(2, 0, 1)
    seen = scene.framed.photo[y, x].mean((1, 2))
    return float(1 - seen[3:12].min() / max((seen[:2].mean() + seen[-2:].mean()) / 2, 1))


class _Crease(NamedTuple):
    """Lines of one kind, those of both sides alike."""

    lines: list[ArrayLike]
    width: float
    opacity: float = 1.0
    least: float = -0.1
    """How dark they are where the photograph shows none; below 0 faint ones are left out, too."""


def paint_age(scene: Scene) -> None:
    """Frowns, and lines on all parts of the face from middle age: as dark as photographed."""
    age = scene.traits.age
    if age < (0.15 if scene.traits.male else 0.38):
        return
    amount = float(np.clip((age - 0.25) / 0.4, 0.4, 1))
    bold = scene.unit * (0.65 + 0.3 * amount)
    for crease in [*_middle_creases(scene, amount), *_eye_creases(scene), *_old_creases(scene)]:
        paths = [curve(line) for line in crease.lines]
        deep = float(np.mean([_furrow(scene, path) for path in paths]))
        opacity = amount * float(np.interp(deep, [0.02, 0.2], [crease.least, 1.15]))
        opacity = float(np.clip(opacity * crease.opacity, 0, 1))
        for path in paths:
            mask = scene.canvas.line(path, tapered(path, crease.width * bold, 0.25)) * opacity
            np.maximum(scene.creases, mask, out=scene.creases)
    tone = times(scene.colours.skin_shadow, 0.66 if scene.colours.deep else 0.76)
    scene.creases *= scene.features < 0.6  # A beard hides them; only it is drawn by now.
    scene.canvas.over(scene.creases * scene.is_(FACE, EAR, SKIN), tone)


def _middle_creases(scene: Scene, amount: float) -> Iterator[_Crease]:
    """A frown, which shows at any age, and the folds beside the mouth."""
    frowns: list[ArrayLike] = []
    for inner, below in ((107, 55), (336, 285)):
        first, last = mix(scene.at(9), scene.at(inner), 0.5), mix(scene.at(8), scene.at(below), 0.5)
        frowns.append([first, mix(first, last, 0.6), mix(last, scene.at(8), 0.15)])
    if not smiles(scene):
        yield _Crease(frowns, 1.0, 0.8, least=-1.2)
    if scene.traits.age < 0.3:
        return
    folds: list[ArrayLike] = []
    for wing, mouth, below, middle in ((129, 61, 216, 206), (358, 291, 436, 426)):
        start, end = scene.at(wing), mix(scene.at(mouth), scene.at(below), 0.6)
        first, last = mix(start, end, 0.08), mix(start, end, 0.5 + 0.5 * amount)
        folds.append([first, mix(start, scene.at(middle), 0.78), last])
    yield _Crease(folds, 1.5, least=0.45 if scene.traits.age > 0.42 else 0.2)


def _eye_creases(scene: Scene) -> Iterator[_Crease]:
    """Below the eyes and beside them."""
    age, unit = scene.traits.age, scene.unit
    for eye in mesh.EYES:
        for drop in (0.0, 3.0)[: (age > 0.45) + (age > 0.72)]:
            under = scene.at(eye.lower[4]) + [-0.5 * eye.side * drop * unit, drop * unit]
            yield _Crease([under + np.array([(-4.5, 6.3), (0, 8.2), (4.5, 6.5)]) * unit], 0.9)
        corner = scene.at(eye.outer) + np.array([eye.side * 7, 1.5]) * unit
        for lean in (0.3, 0.75)[: 2 * (age > 0.6)]:
            ray = np.array([eye.side * np.cos(lean), np.sin(lean)]) * unit
            yield _Crease([corner + np.outer((0.5, 3.6, 6.5), ray)], 0.9, 0.7, least=-0.5)


def _old_creases(scene: Scene) -> Iterator[_Crease]:
    """On neck and forehead."""
    age, unit = scene.traits.age, scene.unit
    if age > 0.6:
        for drop, half in ((10.0, 14.0), (16.0, 11.0)):
            fold = np.array([(-half, drop - 2), (0, drop + 1), (half, drop - 2)])
            yield _Crease([scene.at(mesh.CHIN) + fold * unit], 1.1, 0.7)
    if age > 0.56 and not scene.traits.covered and scene.traits.fringe != "straight":
        x = (scene.at(105)[0] + scene.at(334)[0]) / 2
        for rise, half in ((8.5, 14.0), (13.5, 11.0), (18.0, 8.0))[: 3 if age > 0.8 else 2]:
            wave = np.array([(-half, 0.8), (-0.4 * half, -0.6), (0.4 * half, -0.2), (half, 0.8)])
            yield _Crease([np.array([x, scene.brow_level - rise * unit]) + wave * unit], 1.1, 0.7)
