"""Glasses and ear-rings."""

import numpy as np

from ganlib.drawing import mesh
from ganlib.drawing.canvas import curve
from ganlib.drawing.scene import EAR, Scene


def paint_glasses(scene: Scene) -> None:
    """Frames around the photographed eyes, a bridge and the sides; the eyes stay whole."""
    kind = scene.traits.glasses
    if kind == "none":
        return
    canvas, unit = scene.canvas, scene.unit
    dark = [34, 30, 38]
    angle = np.linspace(0, 2 * np.pi, 72)
    power = 1.0 if kind == "round" else 0.45
    for eye in mesh.EYES:
        centre = scene.at(eye.outer, eye.inner) + [0, 1.5 * unit]
        x = np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** power * 17 * unit
        y = np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** power * 12.5 * unit
        lens = centre + np.stack([x, y], 1)
        if kind == "sunglasses":
            canvas.fill(lens, [44, 40, 52], 0.86)
        else:
            canvas.fill(lens, [255, 255, 255], 0.10)
        canvas.stroke(lens, dark, 1.3 * unit, 1.0)
        side = scene.at(127 if eye.side < 0 else 356)
        canvas.stroke(
            np.array([centre + [eye.side * 17 * unit, -2 * unit], side]), dark, 1.3 * unit, 1.0
        )
    bridge = [
        scene.at(mesh.LEFT_EYE.inner) + np.array([2.5, 0.5]) * unit,
        scene.at(mesh.BRIDGE) + np.array([0, -0.5]) * unit,
        scene.at(mesh.RIGHT_EYE.inner) + np.array([-2.5, 0.5]) * unit,
    ]
    canvas.stroke(curve(bridge), dark, 1.3 * unit, 1.0)


def paint_earrings(scene: Scene) -> None:
    """Studs or hoops below the lobes; a turned head shows one."""
    kind = scene.traits.earrings
    if kind == "none" or scene.traits.cover == "scarf":
        return
    canvas, unit = scene.canvas, scene.unit
    for side, lobe in ((-1, 132), (1, 361)):
        if scene.framed.turn * side > 0.45:
            continue
        ear = scene.is_(EAR) & ((canvas.x - scene.middle) * side > 0)
        place = scene.at(lobe) + np.array([side * 4.0, 1.0]) * unit
        if ear.sum() > 30 * unit * unit:
            rows = canvas.y[ear]
            low = ear & (canvas.y > np.percentile(rows, 88))
            place = np.array([canvas.x[low].mean(), canvas.y[low].max()])
        if kind == "studs":
            canvas.over(canvas.ellipse(place, (2.0 * unit,) * 2), (104, 70, 28))
            canvas.over(canvas.ellipse(place, (1.4 * unit,) * 2), (244, 218, 148))
            continue
        angle = np.linspace(0, 2 * np.pi, 48)
        ring = place + np.stack([4.4 * np.cos(angle), 5.6 * np.sin(angle) + 5.4], 1) * unit
        canvas.stroke(ring, (104, 70, 28), 1.9 * unit, 1.0)
        canvas.stroke(ring, (238, 198, 98), 1.1 * unit, 1.0)
