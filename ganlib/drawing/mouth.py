"""The mouth: closed lips with one line between them, or an open smile with teeth."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ganlib.drawing import mesh
from ganlib.drawing.canvas import Curve, curve, mix
from ganlib.drawing.eyes import across
from ganlib.drawing.palette import times
from ganlib.drawing.scene import Scene


class _Mouth(NamedTuple):
    """The mouth as drawn: four curves from the left corner to the right, from above to below."""

    upper: Curve
    top: Curve
    bottom: Curve
    lower: Curve
    is_open: bool
    full: bool
    smile: float
    """How far the corners lie above the middle, in units."""


def _mouth(scene: Scene) -> _Mouth:
    traits, unit = scene.traits, scene.unit
    gap = float(np.hypot(*(scene.at(13) - scene.at(14)))) / unit
    is_open = traits.teeth or gap > 4
    full = traits.lips >= 0.6 or (traits.skin > 0.7 and traits.lips > 0.35)
    smile = _smile(scene, is_open)
    narrow = 1.0 if traits.male else 0.92 if full else 0.88
    narrow = 1.0 if is_open else max(min(narrow + 0.035 * max(smile - 1, 0), 1.0), narrow)
    lip = _bent(scene, smile, narrow)
    # The lips' border is one clean bow: the waves of a real one look like a pout or a grimace.
    ends, gap = lip(mesh.UPPER_INNER)[[0, -1]], gap * is_open
    if not is_open:
        # Closed lips meet out to the corners.
        ends = mix(ends, lip(mesh.UPPER_OUTER)[[0, -1]], 0.8 if traits.male else 0.3)
    shown = max(gap, 3.6) * is_open
    top = _bow(ends, (smile - gap / 2) * unit, 2.0)
    bottom = _bow(ends, (smile - gap / 2 + shown) * unit, 2.5)
    # A flatter upper lip: high peaks over low corners look like a pout.
    upper, lower = lip(mesh.UPPER_OUTER, 0.9 if full else 0.8), lip(mesh.LOWER_OUTER)
    lower = lower + bottom - _bow(ends, (smile + gap / 2) * unit, 2.5)
    # Thin lips, too, have some fullness.
    missing = max(4.2 - float(np.max(lower - bottom, 0)[1]) / unit, 0) * unit
    lower = lower + np.outer(1 - np.linspace(-1, 1, len(lower)) ** 2, [0, missing])
    return _Mouth(upper, top, bottom, lower, is_open, full, smile)


def _bow(ends: Curve, depth: float, power: float) -> Curve:
    """From one end to the other, in its middle `depth` pixels below the line between them."""
    along = (ends[1] - ends[0]) / 2
    down = np.array([-along[1], along[0]]) / np.hypot(*along)
    t = np.linspace(-1, 1, 61)[:, None]
    return ends.mean(0) + t * along + down * depth * (1 - np.abs(t) ** power)


def drawn_lips(scene: Scene) -> tuple[Curve, Curve]:
    """The upper and the lower border of the drawn mouth."""
    mouth = _mouth(scene)
    return mouth.upper, mouth.lower


def smiles(scene: Scene) -> bool:
    """Whether the drawn mouth does."""
    return _mouth(scene).smile > 2


def paint_mouth(scene: Scene) -> None:
    """Lips in their own colour, and one line between them, or an open smile with teeth."""
    canvas, unit, colours, traits = scene.canvas, scene.unit, scene.colours, scene.traits
    mouth, bearded = _mouth(scene), traits.beard != "none"

    strength = float(np.clip(0.25 + 0.9 * traits.lips, 0.3, 0.95))
    strength *= 1 - 0.35 * float(np.clip((traits.age - 0.5) / 0.3, 0, 1))
    # In a beard bare lips would be a pale gap.
    plain = 0.85 if bearded else 0.56 if colours.deep else 0.75
    strength *= plain if traits.male else 1.0
    strength *= 0.7 if mouth.is_open and not colours.deep else 1.0
    upper = np.vstack([mouth.upper, mouth.top[::-1]])
    lower = np.vstack([mouth.bottom, mouth.lower[::-1]])
    canvas.fill(upper, times(colours.lip, (0.94, 0.90, 0.91)), strength)
    canvas.fill(lower, colours.lip, 0.95 * strength)
    lips = np.maximum(canvas.shape(upper), canvas.shape(lower))
    scene.lips = (lips * strength).astype(np.float32)
    if mouth.full or traits.makeup > 0.4:
        shine = mix(mouth.bottom[30], mouth.lower[30], 0.5) + [scene.light * 2 * unit, 0]
        light = canvas.glow(shine, (4 * unit, unit)) * 0.45
        canvas.over(light, np.clip(colours.lip * 1.2 + 44, 0, 255))
    if mouth.is_open:
        _paint_open_mouth(scene, mouth)
    else:
        canvas.stroke(mouth.top, colours.skin_line, (2.2 if bearded else 1.8) * unit, 0.5)
    if mouth.smile > 2:
        # A smile lifts the cheeks: a short curve beside each corner.
        for end, side in ((mouth.top[0], -1), (mouth.top[-1], 1)):
            fold = end + np.array([(0.5, -1.5), (1.5, -0.3), (1.2, 1.2)]) * [side * unit, unit]
            canvas.stroke(curve(fold), colours.skin_line, 1.1 * unit, 0.3, 0.75)
    if bearded or not mouth.full:
        tick = mouth.lower[30] + np.array([(-3, 0.0), (0, 0.8), (3, 0.0)]) * unit
        tone = mix(colours.skin_shadow, colours.skin_line, 0.6 * bearded)
        canvas.stroke(curve(tick), tone, 1.3 * unit, 0.3, 0.95)


def _smile(scene: Scene, is_open: bool) -> float:
    """How far the drawn mouth's corners lie above its middle, in units."""
    down = across(scene)[::-1] * [-1, 1]
    pitch = (scene.at(mesh.LEFT_SIDE, mesh.RIGHT_SIDE) - scene.at(mesh.BRIDGE)) @ down / scene.unit
    width = float(np.hypot(*(scene.at(61) - scene.at(291))))
    width /= float(np.hypot(*(scene.at(mesh.LEFT_EYE.outer) - scene.at(mesh.RIGHT_EYE.outer))))
    # A head held back curves the mouth downwards; a smile also widens it.
    raised = (scene.at(13, 14) - scene.at(78, 308)) @ down / scene.unit + 0.25 * (pitch - 14)
    smile = 1.25 * raised + 14 * (width - 0.59)
    if is_open:
        return float(np.clip(smile + 0.8, 2.4, 6.5))
    # A closed mouth at rest is drawn level: large eyes over a photographed one look stern.
    rest = (-0.2, 0.5, 2.0) if scene.traits.male else (0.0, 0.7, 2.4)
    return float(np.interp(smile, [-2.0, 0.0, 2.8, 6.3], [*rest, 6.4]))


def _bent(scene: Scene, smile: float, narrow: float) -> Callable[..., Curve]:
    """Curves through the mouth's points, bent until its corners are raised by `smile` units."""
    right = across(scene)
    axes = np.array([right, right[::-1] * [-1, 1]])
    centre = scene.at(13, 14)
    left, other = (scene.points((78, 308)) - centre) @ axes.T
    middle, half = (left[0] + other[0]) / 2, (other[0] - left[0]) / 2
    lift = smile * scene.unit + (left[1] + other[1]) / 2
    # A lopsided mouth looks like a slip of the pen: hardly any of the slant is kept.
    slant = (other[1] - left[1]) * 0.46
    # Nor does it lie aside of the line from nose to chin, unless the head is turned.
    axis = (mix(scene.at(mesh.NOSE_BASE), scene.at(mesh.CHIN), 0.35) - centre) @ right
    aside = 0.7 * (axis - middle) * max(1 - 2.5 * abs(scene.framed.turn), 0)

    def lip(index: tuple[int, ...], height: float = 1.0) -> Curve:
        x, y = ((scene.points(index) - centre) @ axes.T).T
        t = (x - middle) / half
        y = y * height - lift * t**2 - slant * t
        x = middle + aside + (x - middle) * narrow
        return curve(centre + np.stack([x, y], 1) @ axes, steps=6)

    return lip


def _paint_open_mouth(scene: Scene, mouth: _Mouth) -> None:
    """A dark shape with one row of undivided teeth."""
    canvas, unit, line = scene.canvas, scene.unit, scene.colours.skin_line
    canvas.fill(np.vstack([mouth.top, mouth.bottom[::-1]]), [116, 38, 46])
    high = float(np.hypot(*(mouth.bottom[30] - mouth.top[30]))) / unit
    teeth = mix(mouth.top, mouth.bottom, 0.72 if high > 6 else 0.84)
    row = np.vstack([mouth.top, teeth[::-1]])
    canvas.fill(mix(row.mean(0), row, 0.95), [251, 249, 246])
    canvas.stroke(mouth.top, line, 1.5 * unit, 0.4)
    canvas.stroke(mouth.bottom, line, 1.1 * unit, 0.3, 0.9)
