"""What lies behind the figure: paler than it, in few colours."""

import numpy as np

from ganlib.drawing.canvas import blurred, mix
from ganlib.drawing.portrait import BACKGROUND
from ganlib.drawing.scene import Scene


def paint_backdrop(scene: Scene) -> None:
    """Soft discs, a wash, or white paper, as the style has it."""
    canvas, unit, white = scene.canvas, scene.unit, [255, 255, 255]
    if scene.style.backdrop == "paper":
        canvas.pixels[:] = 255
    elif scene.style.backdrop == "wash":
        canvas.pixels[:] = _washed(scene, _colour(scene))
    else:
        colour, fade = _colour(scene), (canvas.y / scene.size)[..., None]
        canvas.pixels[:] = mix(colour, white, 0.45) * (1 - fade) + mix(colour, white, 0.72) * fade
        random = np.random.default_rng(5)
        for _ in range(16):
            place = random.uniform(0, scene.size, 2)
            disc = canvas.disc(place, random.uniform(5, 16) * unit, 1.5 * unit)
            canvas.over(disc * random.uniform(0.12, 0.3), white)


def _washed(scene: Scene, colour: np.ndarray) -> np.ndarray:
    """The photograph's background as a soft wash: wide blur, less saturated, paler."""
    behind = scene.framed.regions == BACKGROUND
    width = 9 * scene.unit
    known = blurred(behind, width)
    share = np.clip(known * 8, 0, 1)[..., None]
    seen = blurred(scene.framed.photo * behind[..., None], width)
    wash = seen / np.maximum(known, 1e-3)[..., None]
    wash = wash * share + colour * (1 - share)
    grey = wash.mean(-1, keepdims=True)
    return np.clip((grey + (wash - grey) * 0.95) * 0.52 + 255 * 0.48, 0, 255)


def _colour(scene: Scene) -> np.ndarray:
    behind = scene.framed.regions == BACKGROUND
    return np.median(scene.framed.photo[behind], 0) if behind.sum() > 100 else np.array([200.0] * 3)
