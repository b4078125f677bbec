"""Beards: one clean shape where the portrait outlines one; stubble as a soft tone."""

import numpy as np
from numpy.typing import NDArray

from ganlib.drawing import mesh
from ganlib.drawing.canvas import blurred, curve, mix, moved
from ganlib.drawing.palette import Colour, luma, times
from ganlib.drawing.portrait import SKIN
from ganlib.drawing.scene import FACE, Scene


def paint_beard(scene: Scene) -> None:
    """What the label names: nothing, stubble, or the outlined shape of beard and moustache."""
    if scene.traits.beard == "stubble":
        _paint_stubble(scene)
    elif scene.traits.beard != "none" and scene.framed.beard:
        _paint_shape(scene)


def _paint_stubble(scene: Scene) -> None:
    """Two faint tones, soft at their borders: along jaw and chin, and above the lip."""
    canvas, unit, colours = scene.canvas, scene.unit, scene.colours
    jaw = curve(scene.points(mesh.JAW[3:-3]), steps=6)
    centre = scene.at(13, 14)
    inner = centre + (jaw[::-1] - centre) * [0.72, 0.66]
    lip = scene.points(mesh.UPPER_OUTER)
    above = np.vstack([lip, lip[::-1] + np.array([0, -5.0]) * unit])
    shape = np.maximum(
        canvas.shape(np.vstack([jaw, inner]), 3.0 * unit), canvas.shape(above, 1.5 * unit)
    )
    tone = mix(times(colours.skin, (0.70, 0.68, 0.70)), colours.brow, 0.35)
    canvas.over(shape * scene.is_(FACE, SKIN) * (0.40 if colours.deep else 0.30), tone)


def _paint_shape(scene: Scene) -> None:
    canvas, unit = scene.canvas, scene.unit
    lips = np.vstack([scene.points(mesh.UPPER_OUTER), scene.points(mesh.LOWER_OUTER)[::-1]])
    shape = np.zeros_like(canvas.x)
    for outline in scene.framed.beard:
        np.maximum(shape, canvas.shape(curve(outline, closed=True, steps=6)), out=shape)
    shape = np.clip(blurred(shape, 0.8 * unit) * 2.4 - 0.7, 0, 1)
    shape *= (1 - canvas.shape(curve(lips, closed=True, steps=4))) * scene.is_(FACE)
    inside = shape > 0.9
    if inside.sum() < 50:
        return
    colour, strength = _colour(scene, inside), _strength(scene, inside)
    canvas.over(shape * strength, colour)
    lit = moved(shape, scene.light * 2.2 * unit, -3 * unit)
    shade = np.clip(shape - lit, 0, 1) * shape * strength
    canvas.over(shade, times(colour, (0.76, 0.73, 0.78)))
    np.maximum(scene.features, shape, out=scene.features)


def _colour(scene: Scene, inside: NDArray[np.bool_]) -> Colour:
    """The brows' colour, or grey where the photograph's beard is."""
    seen = np.median(scene.framed.photo[inside], 0)
    if scene.traits.hair_colour in ("grey", "white") or scene.traits.age > 0.65:
        grey = float(np.clip(luma(seen) * 1.15, 105, 218))
        return np.array([grey, grey, grey + 3.0])
    return mix(scene.colours.brow, np.clip(seen, 0, luma(scene.colours.skin) * 0.62), 0.3)


def _strength(scene: Scene, inside: NDArray[np.bool_]) -> float:
    """A thin beard lets the skin through: how much darker than the cheeks the photograph is."""
    grey = scene.framed.photo.mean(-1)
    places = [scene.at(index).astype(int) for index in (mesh.LEFT_CHEEK, mesh.RIGHT_CHEEK)]
    cheeks = float(np.mean([grey[y, x] for x, y in places]))
    depth = 1 - float(np.median(grey[inside])) / max(cheeks, 1.0)
    return float(np.interp(abs(depth), [0.25, 0.7], [0.40, 0.95]))
