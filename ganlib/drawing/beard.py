"""Beards: one clean shape for each that is outlined; stubble as a soft tone."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganlib.drawing import mesh
from ganlib.drawing.canvas import Array, Curve, blurred, curve, mix, moved
from ganlib.drawing.palette import Colour, luma, times
from ganlib.drawing.portrait import SKIN
from ganlib.drawing.scene import FACE, Scene


def paint_beard(scene: Scene) -> None:
    """What the label names: nothing, stubble, or the outlined shapes of beard and moustache."""
    if scene.traits.beard == "stubble":
        _paint_stubble(scene)
    elif scene.traits.beard != "none" and scene.framed.beard:
        _paint_shapes(scene)


def _paint_stubble(scene: Scene) -> None:
    """A faint tone over jaw, chin and upper lip, fading upwards, as dark as photographed."""
    canvas, unit, colours = scene.canvas, scene.unit, scene.colours
    jaw = curve(scene.points(mesh.JAW[1:-1]), steps=6)
    over_lip = mix(scene.at(mesh.NOSE_BASE), scene.at(0), 0.45)
    right = [scene.at(401, 435), scene.at(432, 434), scene.at(410, 432), scene.at(391, 410)]
    left = [scene.at(165, 186), scene.at(186, 212), scene.at(212, 214), scene.at(177, 215)]
    shape = canvas.shape(np.vstack([jaw, curve([*right, over_lip, *left], steps=6)]), 3.2 * unit)
    shape = shape * (1 - blurred(_lips(scene), 0.7 * unit)) * scene.is_(FACE, SKIN)
    inside = shape > 0.7
    if not inside.any():
        return
    # Densest along the jaw.
    shape = shape * (1 - 0.5 * blurred(moved(scene.oval, 0, -9 * unit), 5 * unit))
    grey = scene.traits.hair_colour in ("grey", "white") and not colours.deep
    dark = mix(times(colours.skin, (0.64, 0.60, 0.61)), colours.brow, 0.45 + 0.2 * colours.deep)
    strength = np.interp(_depth(scene, inside), [0.05, 0.4], [0.36, 0.68])
    canvas.over(shape * strength, [142, 136, 138] if grey else dark)
    np.maximum(scene.features, 0.55 * shape, out=scene.features)


def _paint_shapes(scene: Scene) -> None:
    """Each outline in its own colour: a moustache may be dark above a grey beard."""
    canvas, unit = scene.canvas, scene.unit
    skin = scene.is_(FACE) * (1 - _lips(scene))
    alpha, shade = np.zeros_like(canvas.x), np.zeros_like(canvas.x)
    paint = np.zeros_like(canvas.pixels)
    # Beards first: only a moustache that meets one keeps the outline's hanging ends.
    smooth = [curve(outline, closed=True, steps=6) for outline in scene.framed.beard]
    for outline in sorted(smooth, key=lambda outline: -float(outline[:, 1].max())):
        shape = canvas.shape(outline) * skin
        inside = shape > 0.9
        if inside.sum() < 4 * unit * unit:
            continue
        if moustache := _is_moustache(scene, outline):
            own = canvas.shape(_moustache(scene, outline)) * skin
            shape = np.maximum(shape, own) if alpha[inside].any() else own
        else:
            shape = canvas.shape(_with_tips(outline, unit)) * skin
            lit = moved(shape, scene.light * 2.2 * unit, -3 * unit)
            np.maximum(shade, np.clip(shape - lit, 0, 1) * shape, out=shade)
        strong = shape * _strength(scene, inside, moustache)
        paint[strong > alpha] = _colour(scene, inside)
        np.maximum(alpha, strong, out=alpha)
    if not alpha.any():
        return
    # Shorter hair around the shape: it does not end in a hard edge against the cheek.
    near = blurred(alpha, 1.8 * unit) * skin * 0.5
    canvas.over(near, np.median(paint[alpha > 0.5 * alpha.max()], 0))
    canvas.over(alpha, paint)
    canvas.over(shade * alpha, paint * np.array([0.76, 0.73, 0.78]))
    np.maximum(scene.features, np.clip(alpha * 1.4, 0, 1), out=scene.features)


def _lips(scene: Scene) -> Array:
    lips = np.vstack([scene.points(mesh.UPPER_OUTER), scene.points(mesh.LOWER_OUTER)[::-1]])
    # The drawn mouth is narrower than the photographed one.
    lips = mix(scene.at(13, 14), lips, 0.93)
    return scene.canvas.shape(curve(lips, closed=True, steps=4))


def _is_moustache(scene: Scene, outline: Curve) -> bool:
    """It ends above the chin and lies, on the whole, above the mouth."""
    lowest = mix(scene.at(17), scene.at(mesh.CHIN), 0.3)[1]
    return float(outline[:, 1].max()) < lowest and float(outline[:, 1].mean()) < scene.at(14)[1]


def _moustache(scene: Scene, outline: Curve) -> Curve:
    """As wide and as thick as outlined; its ends lie higher, where they do not frown."""
    unit = scene.unit
    left, right = scene.points(mesh.MOUTH_CORNERS)
    across = (right - left) / np.hypot(*(right - left))
    up = np.array([across[1], -across[0]])
    middle, half = scene.at(0), np.hypot(*(right - left)) / 2
    reach = (outline - mix(left, right, 0.5)) @ across
    thick = np.clip(_area(outline) / max(float(np.ptp(reach)), 1.0), 1.8 * unit, 5.5 * unit)
    lip = curve(scene.points(mesh.UPPER_OUTER), steps=6)
    t = np.linspace(-1, 1, len(lip))
    scale = np.clip(np.abs([reach.min(), reach.max()]).mean() / half, 0.7, 1.1)
    drop = float((middle - mix(left, right, 0.5)) @ up)
    below = middle + (lip - middle) * scale
    below += up * (0.5 * max(drop, 0) * np.abs(t)[:, None] ** 2 + 0.5 * unit)
    # Two wings with a small notch under the nose.
    profile = np.interp(np.abs(t), [0, 0.12, 0.4, 0.75, 1], [0.70, 0.9, 1.1, 0.7, 0.1])
    outer = below + up * (thick * profile)[:, None]
    return np.vstack([below, outer[::-1]])


def _with_tips(outline: Curve, unit: float) -> Curve:
    """An outline lightly broken into tips."""
    step = np.hypot(*np.diff(outline, axis=0, append=outline[:1]).T)
    along = np.concatenate([[0], np.cumsum(step)])
    count = 2 * int(along[-1] / (3.0 * unit)) + 2
    random = np.random.default_rng(5)
    places = (np.arange(count) + random.uniform(-0.4, 0.4, count)) * along[-1] / count
    closed = np.vstack([outline, outline[:1]])
    even = np.stack([np.interp(places, along, closed[:, axis]) for axis in (0, 1)], 1)
    # Downwards only: below, the jaw cuts the shape.
    tips = random.uniform(0.2, 1.0, count) * (np.arange(count) % 2)
    even[:, 1] += tips * min(1.5 * unit, 0.4 * _area(outline) / along[-1])
    return even


def _area(outline: Curve) -> float:
    x, y = outline.T
    return abs(float(x @ np.roll(y, 1) - y @ np.roll(x, 1))) / 2


def _colour(scene: Scene, inside: NDArray[np.bool_]) -> Colour:
    """The brows' colour, or grey where the photograph's beard is."""
    seen, skin = np.median(scene.framed.photo[inside], 0), luma(scene.colours.skin)
    if scene.traits.hair_colour in ("grey", "white") or scene.traits.age > 0.65:
        grey = float(np.clip(luma(seen) * 1.15, 70, 218))
        if scene.colours.deep and _depth(scene, inside) < 0.15:
            grey = max(grey, skin + 42)
        return np.array([grey, grey, grey + 3.0])
    return times(mix(scene.colours.brow, np.clip(seen, 0, skin * 0.62), 0.2), (1.05, 0.97, 0.91))


def _strength(scene: Scene, inside: NDArray[np.bool_], moustache: bool) -> float:
    """A thin beard lets the skin through; a moustache is darker for the nose's shadow too."""
    least = 0.75 if scene.traits.hair_colour in ("grey", "white") else 0.42
    depth = _depth(scene, inside) - 0.1 * moustache
    return float(np.interp(depth, [0.28, 0.68], [least, 0.93]))


def _depth(scene: Scene, inside: NDArray[Any]) -> float:
    """How much darker than the cheeks the photograph is."""
    grey = scene.framed.photo.mean(-1)
    x, y = scene.points([mesh.LEFT_CHEEK, mesh.RIGHT_CHEEK]).astype(int).T
    cheeks = float(grey[y, x].mean())
    return abs(1 - float(np.median(grey[inside])) / max(cheeks, 1.0))
