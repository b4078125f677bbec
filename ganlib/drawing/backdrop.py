"""What lies behind the figure: paler than it, in few colours."""

import numpy as np

from ganlib.drawing.canvas import blurred, mix
from ganlib.drawing.palette import from_hex
from ganlib.drawing.portrait import BACKGROUND
from ganlib.drawing.scene import Scene


def paint_backdrop(scene: Scene) -> None:
    """Soft discs, a wash, or white paper, as the style has it."""
    canvas, unit = scene.canvas, scene.unit
    colour = _colour(scene)
    if scene.style.backdrop == "paper":
        canvas.pixels[:] = 255
        return
    if scene.style.backdrop == "discs":
        fade = (canvas.y / scene.size)[..., None]
        canvas.pixels[:] = (
            mix(colour, [255, 255, 255], 0.45) * (1 - fade)
            + mix(colour, [255, 255, 255], 0.72) * fade
        )
        random = np.random.default_rng(5)
        for _ in range(16):
            place = random.uniform(0, scene.size, 2)
            radius = random.uniform(5, 16) * unit
            canvas.over(
                canvas.ellipse(place, (radius, radius), 1.5 * unit) * random.uniform(0.12, 0.3),
                [255, 255, 255],
            )
        return
    canvas.pixels[:] = _washed(scene, colour)


def _washed(scene: Scene, colour: np.ndarray) -> np.ndarray:
    """The photograph's background as a soft wash: wide blur, less saturated, paler."""
    behind = scene.framed.regions == BACKGROUND
    width = 9 * scene.unit
    known = blurred(behind, width)
    share = np.clip(known * 8, 0, 1)[..., None]
    seen = [blurred(scene.framed.photo[..., c] * behind, width) for c in range(3)]
    wash = np.stack(seen, -1) / np.maximum(known, 1e-3)[..., None]
    wash = wash * share + colour * (1 - share)
    grey = wash.mean(-1, keepdims=True)
    return np.clip((grey + (wash - grey) * 0.95) * 0.52 + 255 * 0.48, 0, 255)


def _colour(scene: Scene) -> np.ndarray:
    if scene.traits.background_colour:
        return from_hex(scene.traits.background_colour)
    behind = scene.framed.regions == BACKGROUND
    return np.median(scene.framed.photo[behind], 0) if behind.sum() > 100 else np.array([200.0] * 3)
