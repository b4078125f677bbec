"""What is done last: the outlines of every style, and the ink style's black and white."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ganlib.drawing.canvas import Array, blurred
from ganlib.drawing.palette import luma
from ganlib.drawing.portrait import BACKGROUND, CLOTH, COVER, HAIR, SKIN
from ganlib.drawing.scene import EAR, FACE, Scene


def paint_lines(scene: Scene) -> None:
    """Draw the border between two regions once, in a darker colour of what it bounds.

    Thick around the figure, thin within; thicker on the shadow's side.
    """
    regions, unit, canvas = scene.regions, scene.unit, scene.canvas
    outer = _borders(regions == BACKGROUND)
    inner = _borders(regions) & ~ndimage.binary_dilation(outer, iterations=2)
    # Neck and ear are one surface; so are cropped hair and forehead.
    inner &= ~_between(regions, (SKIN,), (EAR,))
    if scene.traits.hair_style in ("shaved", "bald"):
        inner &= ~_between(regions, (HAIR,), (FACE, EAR, SKIN))
    # Ear and neck are bounded by the face's own outline, not by a level.
    below = canvas.y > scene.eye_level - 4 * unit
    face = (scene.oval > 0.5) | ((regions == FACE) & below)
    outline = ndimage.binary_dilation(_borders(face), iterations=max(int(unit), 2))
    inner &= ~(_between(regions, (FACE,), (EAR, SKIN)) & ~(outline & below))
    frame = np.zeros(regions.shape, bool)
    edge = max(int(1.5 * unit), 1)
    frame[edge:-edge, edge:-edge] = True
    ink, weight = _line_colour(scene), _weights(scene)
    for border, width in ((outer, scene.style.outer), (inner, scene.style.inner)):
        border &= frame
        if border.any():
            distance = ndimage.distance_transform_edt(~border)
            alpha = np.clip(width * unit * weight / 2 - distance + 0.6, 0, 1)
            canvas.over(alpha * 0.96, ink)


def _weights(scene: Scene) -> Array:
    """Lines swell and thin slowly, and are heavier away from the light and below."""
    noise = np.random.default_rng(11).standard_normal((scene.size // 8, scene.size // 8))
    wave = blurred(noise, 0.9 * scene.unit)
    wave = ndimage.zoom(wave / (wave.std() + 1e-6), scene.size / len(wave), order=1)
    wave = wave[: scene.size, : scene.size]
    right, down = scene.canvas.x / scene.size - 0.5, scene.canvas.y / scene.size - 0.5
    shade = -scene.light * right + 0.6 * down
    return np.clip(1 + 0.16 * wave + 0.5 * shade, 0.6, 1.45).astype(np.float32)


def _line_colour(scene: Scene) -> Array:
    """The line's colour at each place: the darkest of the surfaces beside it, darker still."""
    unit = scene.unit
    picture = blurred(scene.canvas.pixels, 0.7 * unit)
    reach = max(int(2.2 * unit), 3)
    darkest = ndimage.minimum_filter(picture, (reach, reach, 1))
    return np.clip(darkest * np.array(scene.style.line) * 1.25, 10, 120).astype(np.float32)


def _borders(regions: NDArray[Any]) -> NDArray[np.bool_]:
    edge = np.zeros(regions.shape, bool)
    edge[1:] |= regions[1:] != regions[:-1]
    edge[:, 1:] |= regions[:, 1:] != regions[:, :-1]
    return edge


def _between(regions: np.ndarray, one: tuple[int, ...], other: tuple[int, ...]) -> np.ndarray:
    """Where a region of `one` touches one of `other`."""
    near, far = (
        ndimage.binary_dilation(np.isin(regions, kinds), iterations=2) for kinds in (one, other)
    )
    return near & far


def to_ink(scene: Scene) -> None:
    """Turn the coloured drawing into ink: black lines, solid blacks, hatching and washes."""
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
    # Slanted lines whose width follows the shadow.
    depth, period = np.clip(scene.shaded * 1.3 - 0.3, 0, 1), 3.0 * scene.unit
    distance = np.abs((scene.canvas.x + scene.canvas.y) / np.sqrt(2) % period - period / 2)
    hatched = 1 - np.clip(depth * 0.30 * period - distance + 0.5, 0, 1) * (depth > 0.2)
    shaded = np.minimum(wash + lights, 0.15 + 0.85 * hatched)
    return shaded * (1 - 0.38 * np.clip(scene.lips, 0, 1))


def _hair(scene: Scene, grey: Array) -> Array:
    """Black hair is black with white streaks; all other is in two tones with black lines."""
    base = luma(scene.colours.hair) / 255
    light, shadow = (luma(scene.colours.hair_light) / 255, luma(scene.colours.hair_shadow) / 255)
    if base < 0.22:
        return 0.04 + 0.96 * np.clip((grey - base) / max(light - base, 0.05) * 2 - 0.7, 0, 1)
    tones, levels = ((0.4, 0.9, 1.0), (0.05, 0.5, 0.72)), (0.22, 0.5, 0.8)
    wash, deep = (float(np.interp(base, levels, tone)) for tone in tones)

    def step(share: Array, limit: float) -> Array:
        return np.clip(20 * (share - limit) + 0.5, 0, 1).astype(np.float32)

    paper = wash + (1 - wash) * step((grey - base) / max(light - base, 0.05), 0.6)
    paper += (deep - paper) * step((base - grey) / max(base - shadow, 0.02), 0.5)
    return np.asarray(paper * step(grey / base, 0.36))
