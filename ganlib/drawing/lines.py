"""Outlines: the border between two regions is drawn once, in a darker colour of what it bounds."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ganlib.drawing.canvas import Array, blurred
from ganlib.drawing.portrait import BACKGROUND, HAIR, SKIN
from ganlib.drawing.scene import EAR, FACE, Scene


def paint_lines(scene: Scene) -> None:
    """Thick around the figure, thin within; thicker on the shadow's side."""
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
    ink = _ink(scene)
    weight = _weights(scene)
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
    shade = -scene.light * (scene.canvas.x / scene.size - 0.5) + 0.6 * (
        scene.canvas.y / scene.size - 0.5
    )
    return np.clip(1 + 0.16 * wave + 0.5 * shade, 0.6, 1.45).astype(np.float32)


def _ink(scene: Scene) -> Array:
    """The line's colour at each place: the darkest of the surfaces beside it, darker still."""
    unit = scene.unit
    picture = np.stack([blurred(scene.canvas.pixels[..., c], 0.7 * unit) for c in range(3)], -1)
    reach = max(int(2.2 * unit), 3)
    darkest = ndimage.minimum_filter(picture, (reach, reach, 1))
    return np.clip(darkest * np.array(scene.style.line) * 1.25, 10, 120).astype(np.float32)


def _borders(regions: NDArray[Any]) -> NDArray[np.bool_]:
    edge = np.zeros(regions.shape, bool)
    edge[1:] |= regions[1:] != regions[:-1]
    edge[:, 1:] |= regions[:, 1:] != regions[:, :-1]
    return edge


def _between(
    regions: NDArray[np.uint8], one: tuple[int, ...], other: tuple[int, ...]
) -> NDArray[np.bool_]:
    """Where a region of `one` touches one of `other`."""
    near = [
        ndimage.binary_dilation(np.isin(regions, kinds), iterations=2) for kinds in (one, other)
    ]
    both: NDArray[np.bool_] = near[0] & near[1]
    return both
