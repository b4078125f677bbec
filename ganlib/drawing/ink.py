"""The ink style: black lines and solid blacks, hatching for shadow, fine tone for dark skin."""

import numpy as np
from scipy import ndimage

from ganlib.drawing.canvas import Array, blurred
from ganlib.drawing.palette import luma
from ganlib.drawing.portrait import BACKGROUND, CLOTH, COVER, HAIR, SKIN
from ganlib.drawing.scene import EAR, FACE, Scene


def to_ink(scene: Scene) -> None:
    """Turn the coloured drawing into ink: paper, hatching, tone or black, and its lines."""
    pixels, unit = scene.canvas.pixels, scene.unit
    grey = (pixels @ np.array([0.299, 0.587, 0.114])).astype(np.float32) / 255
    skin, hair = scene.is_(SKIN, FACE, EAR), scene.is_(HAIR)
    features = np.clip(scene.features, 0, 1)
    paper = np.where(skin, _skin(scene, grey), 1.0)
    paper = np.where(hair, _hair(scene, grey), paper)
    paper = np.where(scene.is_(CLOTH, COVER), _cloth(scene, grey), paper)
    behind = _toned(scene, (0.28 / scene.size) * scene.canvas.y, 1.2)
    paper = np.where(scene.is_(BACKGROUND), behind, paper)
    # Eyes, brows and beard keep their greys, with more contrast.
    paper = paper * (1 - features) + np.clip(1.25 * grey - 0.12, 0, 1) * features
    around = ndimage.maximum_filter(blurred(grey, 0.3 * unit), max(int(3 * unit), 3))
    line = np.clip((around * 0.62 - grey) * 12, 0, 1) * ~hair
    line = np.maximum(line, np.clip((0.16 - grey) * 12, 0, 1) * ~hair)
    ink = np.minimum(paper, 1 - line)
    black = np.array([24, 20, 28], np.float32)
    scene.canvas.pixels = (black + (255 - black) * ink[..., None]).astype(np.float32)


def _skin(scene: Scene, grey: Array) -> Array:
    """Paper where lit, hatching in the shadow; dark skin under a fine even tone, lights kept."""
    paper = _hatched(scene, np.clip(scene.shaded * 1.3 - 0.3, 0, 1), 2.0)
    tone = luma(scene.colours.skin) / 255
    share = float(np.interp(tone, [0.3, 0.62], [0.40, 0.0]))
    lights = np.clip((grey - tone) * 14 - 0.2, 0, 1)
    return np.minimum(paper, np.maximum(_toned(scene, share, 1.0), lights))


def _hair(scene: Scene, grey: Array) -> Array:
    """Dark hair is black with white streaks; fair hair is paper with hatched shadows."""
    base = luma(scene.colours.hair) / 255
    if base < 0.5:
        light = luma(scene.colours.hair_light) / 255
        return 0.04 + 0.96 * np.clip((grey - base) / max(light - base, 0.05) * 2 - 0.7, 0, 1)
    shadow = luma(scene.colours.hair_shadow) / 255
    depth = np.clip((base - grey) / max(base - shadow, 0.02), 0, 1)
    line = np.clip((shadow - 0.08 - grey) * 12, 0, 1)
    return np.minimum(_hatched(scene, depth, 1.8), 1 - line)


def _cloth(scene: Scene, grey: Array) -> Array:
    """Black, tone or paper, by the depth of the colour."""
    toned = _toned(scene, np.clip(0.8 - grey, 0, 0.55) * 0.9, 1.5)
    return np.where(grey < 0.25, np.clip(grey - 0.08, 0.05, 1), toned)


def _hatched(scene: Scene, depth: Array, pitch: float) -> Array:
    """Slanted lines whose width follows `depth`; 1 is paper."""
    period = pitch * scene.unit
    along = (scene.canvas.x + scene.canvas.y) / np.sqrt(2)
    distance = np.abs((along % period) - period / 2)
    return 1 - np.clip(depth * 0.32 * period - distance + 0.5, 0, 1) * (depth > 0.2)


def _toned(scene: Scene, share: Array | float, pitch: float) -> Array:
    """Dots on a slanted grid that cover `share` of the paper; 1 is paper."""
    period = pitch * scene.unit
    a = (scene.canvas.x + scene.canvas.y) / np.sqrt(2) / period
    b = (scene.canvas.x - scene.canvas.y) / np.sqrt(2) / period
    radius = np.sqrt(np.asarray(share, np.float32) / np.pi) * period
    distance = np.hypot((a % 1) - 0.5, (b % 1) - 0.5) * period
    return 1 - np.clip(radius - distance + 0.5, 0, 1) * (np.asarray(share) > 0.004)
