"""Glasses and ear-rings."""

import numpy as np
from numpy.typing import ArrayLike

from ganlib.drawing import mesh
from ganlib.drawing.canvas import curve
from ganlib.drawing.scene import EAR, Scene


def paint_glasses(scene: Scene) -> None:
    """Frames around the photographed eyes, a bridge and the sides; the eyes stay whole."""
    kind = scene.traits.glasses
    if kind == "none":
        return
    canvas, unit = scene.canvas, scene.unit
    angle = np.linspace(0, 2 * np.pi, 72)
    wave = np.stack([np.cos(angle), np.sin(angle)], 1)
    rim = np.sign(wave) * np.abs(wave) ** (1.0 if kind == "round" else 0.45) * [17, 12.5] * unit
    glass, opacity = ([44, 40, 52], 0.86) if kind == "sunglasses" else ([255, 255, 255], 0.10)

    def wire(points: ArrayLike) -> None:
        canvas.stroke(points, [34, 30, 38], 1.3 * unit, 1.0)

    for eye in mesh.EYES:
        centre = scene.at(eye.outer, eye.inner) + [0, 1.5 * unit]
        canvas.fill(centre + rim, glass, opacity)
        wire(centre + rim)
        side = scene.at(127 if eye.side < 0 else 356)
        wire([centre + [eye.side * 17 * unit, -2 * unit], side])
    left, right = scene.at(mesh.LEFT_EYE.inner), scene.at(mesh.RIGHT_EYE.inner)
    middle = scene.at(mesh.BRIDGE) + np.array([0, -0.5]) * unit
    ends = left + np.array([2.5, 0.5]) * unit, right + np.array([-2.5, 0.5]) * unit
    wire(curve([ends[0], middle, ends[1]]))


def paint_earrings(scene: Scene) -> None:
    """Studs or hoops below the lobes; a turned head shows one."""
    kind = scene.traits.earrings
    if kind == "none" or scene.traits.cover == "scarf":
        return
    canvas, unit = scene.canvas, scene.unit
    for side, lobe in ((-1, 132), (1, 361)):
        if scene.framed.turn * side > 0.45:
            continue
        ear = scene.on_side(scene.is_(EAR), side)
        place = scene.at(lobe) + np.array([side * 4.0, 1.0]) * unit
        if ear.sum() > 30 * unit * unit:
            low = ear & (canvas.y > np.percentile(canvas.y[ear], 88))
            place = np.array([canvas.x[low].mean(), canvas.y[low].max()])
        if kind == "studs":
            rim, gold = canvas.disc(place, 2.3 * unit), canvas.disc(place, 1.6 * unit)
        else:
            angle = np.linspace(0, 2 * np.pi, 48)
            ring = place + np.stack([5.8 * np.cos(angle), 7.4 * np.sin(angle) + 7.0], 1) * unit
            rim, gold = canvas.line(ring, 1.9 * unit), canvas.line(ring, 1.1 * unit)
        canvas.over(rim, (104, 70, 28))
        canvas.over(gold, (240, 204, 112))
        np.maximum(scene.features, rim, out=scene.features)
