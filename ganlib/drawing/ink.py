"""The ink style: black lines and solid blacks, hatching for shadow, a wash for darker skin."""

import numpy as np
from scipy import ndimage

from ganlib.drawing.canvas import Array, blurred
from ganlib.drawing.palette import luma
from ganlib.drawing.portrait import BACKGROUND, CLOTH, COVER, HAIR, SKIN
from ganlib.drawing.scene import EAR, FACE, Scene


def to_ink(scene: Scene) -> None:
    """Turn the coloured drawing into ink: paper, wash, hatching or black, and its lines."""
    pixels, unit = scene.canvas.pixels, scene.unit
    grey = (pixels @ np.array([0.299, 0.587, 0.114])).astype(np.float32) / 255
    skin, hair = scene.is_(SKIN, FACE, EAR), scene.is_(HAIR)
    features = np.clip(scene.features, 0, 1)
    paper = np.where(skin, _skin(scene, grey), 1.0)
    paper = np.where(hair, _hair(scene, grey), paper)
    # Cloth keeps few greys; what is behind fades downwards.
    cloth = np.where(grey < 0.25, np.clip(grey - 0.08, 0.05, 1), 0.35 + 0.65 * np.sqrt(grey))
    paper = np.where(scene.is_(CLOTH, COVER), cloth, paper)
    paper = np.where(scene.is_(BACKGROUND), 1 - 0.22 * scene.canvas.y / scene.size, paper)
    # Eyes, brows and beard keep their greys, with more contrast.
    paper = paper * (1 - features) + np.clip(1.25 * grey - 0.12, 0, 1) * features
    around = ndimage.maximum_filter(blurred(grey, 0.3 * unit), max(int(3 * unit), 3))
    line = np.clip((around * 0.62 - grey) * 12, 0, 1) * ~hair
    line = np.maximum(line, np.clip((0.16 - grey) * 12, 0, 1) * ~hair)
    line = np.maximum(line, 0.85 * scene.creases * skin)
    ink = np.minimum(paper, 1 - line)
    black = np.array([24, 20, 28], np.float32)
    scene.canvas.pixels = (black + (255 - black) * ink[..., None]).astype(np.float32)


def _skin(scene: Scene, grey: Array) -> Array:
    """Paper where light skin is lit, a wash for darker skin; hatching in the shadow."""
    tone = luma(scene.colours.skin) / 255
    wash = float(np.interp(tone, [0.3, 0.5, 0.65, 0.78], [0.55, 0.70, 0.87, 1.0]))
    lights = np.clip((grey - tone) * 10 - 0.2, 0, 1) * (1 - wash) * 0.6
    hatched = _hatched(scene, np.clip(scene.shaded * 1.3 - 0.3, 0, 1), 3.0)
    shaded = np.minimum(wash + lights, 0.15 + 0.85 * hatched)
    return shaded * (1 - 0.38 * np.clip(scene.lips, 0, 1))


def _hair(scene: Scene, grey: Array) -> Array:
    """Black hair is black with white streaks, brown hair a dark wash; fair hair is hatched."""
    base = luma(scene.colours.hair) / 255
    light, shadow = (luma(scene.colours.hair_light) / 255, luma(scene.colours.hair_shadow) / 255)
    if base < 0.22:
        return 0.04 + 0.96 * np.clip((grey - base) / max(light - base, 0.05) * 2 - 0.7, 0, 1)
    wash = float(np.interp(base, [0.22, 0.5, 0.8], [0.22, 0.72, 1.0]))
    lit = np.clip((grey - base) / max(light - base, 0.05), 0, 1) * (1 - wash)
    depth = np.clip((base - grey) / max(base - shadow, 0.02), 0, 1)
    return np.clip(wash + lit - 0.35 * np.clip(wash, 0.3, 1) * depth, 0.03, 1)


def _hatched(scene: Scene, depth: Array, pitch: float) -> Array:
    """Slanted lines whose width follows `depth`; 1 is paper."""
    period = pitch * scene.unit
    along = (scene.canvas.x + scene.canvas.y) / np.sqrt(2)
    distance = np.abs((along % period) - period / 2)
    return 1 - np.clip(depth * 0.30 * period - distance + 0.5, 0, 1) * (depth > 0.2)
