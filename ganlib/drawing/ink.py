"""What is done last: the outlines of every style, and the ink style's black and white."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ganlib.drawing import mesh
from ganlib.drawing.canvas import Array, blurred, mix
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
    """Turn the coloured drawing into ink: black lines, solid blacks and flat tones of grey."""
    pixels, unit = scene.canvas.pixels, scene.unit
    grey = (pixels @ np.array([0.299, 0.587, 0.114])).astype(np.float32) / 255
    skin, hair = scene.is_(SKIN, FACE, EAR), scene.is_(HAIR)
    features = np.clip(scene.features, 0, 1) * (scene.beard < 0.05)
    lit = _lit(scene)
    paper = np.where(skin, _skin(scene, grey, lit), 1.0)
    paper = np.where(hair, _hair(scene, grey, lit), paper)
    paper = np.where(scene.is_(CLOTH, COVER), _cloth(scene, grey, lit), paper)
    # What is behind fades downwards.
    paper = np.where(scene.is_(BACKGROUND), 1 - 0.22 * scene.canvas.y / scene.size, paper)
    # Eyes and brows keep their greys, with more contrast.
    paper = paper * (1 - features) + np.clip(1.25 * grey - 0.12, 0, 1) * features
    around = ndimage.maximum_filter(blurred(grey, 0.3 * unit), max(int(3 * unit), 3))
    plain = ~hair & (scene.beard < 0.05)
    line = np.clip((around * 0.62 - grey) * 12, 0, 1) * plain
    line = np.maximum(line, np.clip((0.16 - grey) * 12, 0, 1) * ~hair)
    line = np.maximum(line, 0.6 * scene.creases * skin)
    ink = np.minimum(paper, 1 - line)
    black = np.array([24, 20, 28], np.float32)
    scene.canvas.pixels = (black + (255 - black) * ink[..., None]).astype(np.float32)


def _step(share: Array, limit: float) -> Array:
    """1 where the share is above the limit, 0 below, with an edge a pixel wide."""
    return np.clip(20 * (share - limit) + 0.5, 0, 1).astype(np.float32)


def _lit(scene: Scene) -> float:
    """The tone of lit skin: paper for light skin, a clear grey for dark skin."""
    tone = luma(scene.colours.skin) / 255
    return float(np.interp(tone, [0.3, 0.5, 0.65, 0.8], [0.66, 0.77, 0.9, 1.0]))


def _skin(scene: Scene, grey: Array, lit: float) -> Array:
    """One flat tone, one of shadow with a hard edge, and on dark skin one of light."""
    tone, dark = (luma(c) / 255 for c in (scene.colours.skin, scene.colours.skin_shadow))
    male = scene.traits.male
    depth = (tone - grey) / (tone - dark)
    depth = np.maximum(depth, scene.is_(FACE) * np.maximum(_turned_away(scene), _hollows(scene)))
    shadow = scene.blur(_step(depth, 0.5), 0.3) * (1 - scene.lips)
    paper = lit - 0.16 * shadow
    paper *= 1 - (0.22 if male else 0.38) * np.clip(scene.lips, 0, 1)
    return np.where(scene.beard > 0.05, _growth(scene, grey, lit), paper)


def _turned_away(scene: Scene) -> Array:
    """The side of the face away from the light, narrowing to nothing above the brows."""
    rows, columns = np.arange(scene.size)[:, None], np.arange(scene.size)[None]
    down = np.clip((rows - scene.brow_level) / (24 * scene.unit) + 0.6, 0, 1)
    lit = columns - np.round(scene.light * 7.5 * scene.unit * np.sin(down * np.pi / 2)).astype(int)
    return scene.oval - scene.oval[rows, np.clip(lit, 0, scene.size - 1)]


def _growth(scene: Scene, grey: Array, lit: float) -> Array:
    """Beards and cropped hair are as much darker than the skin, or lighter, as in colour."""
    share = grey / (luma(scene.colours.skin) / 255)
    darker = lit * (1.15 * np.minimum(share, 1) - 0.15)
    paler = (0.97 - lit) * np.clip(2.2 * (share - 1), 0, 1)
    return np.clip(darker + paler, 0.05, 0.95)


def _hollows(scene: Scene) -> Array:
    """Wedges between brows and lids, widest beside the nose."""
    hollows = np.zeros_like(scene.canvas.x)
    for eye in mesh.EYES if abs(scene.framed.turn) < 0.6 else ():
        above = scene.points(eye.brow_bottom[2:]) - [0, 3 * scene.unit]
        wedge = [*above, mix(scene.at(eye.inner), above[-1], 0.25), scene.at(eye.upper[5])]
        np.maximum(hollows, scene.canvas.shape(wedge), out=hollows)
    return hollows


def _cloth(scene: Scene, grey: Array, lit: float) -> Array:
    """Cloth as light as it is, with more contrast; and none has the tone of darker skin."""
    tones = np.interp(grey, (0, 0.12, 0.25, 0.5, 0.75, 1), (0.04, 0.06, 0.32, 0.66, 0.9, 1))
    skin = luma(scene.colours.skin) / 255
    for kind in (CLOTH, COVER):
        cloth = scene.is_(kind)
        if not cloth.any() or lit > 0.95:
            continue
        apart = float(np.median(tones[cloth])) - lit
        way = 1 if float(np.median(grey[cloth])) > max(1.1 * skin, 0.4) else -1
        tones[cloth] += way * max(0.2 - way * apart, 0)
    return np.clip(tones, 0.05, 1).astype(np.float32)


def _hair(scene: Scene, grey: Array, lit: float) -> Array:
    """Hair as dark as it is, in three flat tones with black lines; nothing in it is white."""
    base = luma(scene.colours.hair) / 255
    light, shadow = (luma(scene.colours.hair_light) / 255, luma(scene.colours.hair_shadow) / 255)
    levels = (0.18, 0.27, 0.4, 0.6, 0.85)
    flat, deep, pale = (
        float(np.interp(base, levels, tones))
        for tones in (
            (0.05, 0.24, 0.45, 0.72, 0.96),
            (0.0, 0.08, 0.24, 0.5, 0.78),
            (0.2, 0.4, 0.62, 0.88, 1.0),
        )
    )
    if scene.traits.bare:
        return _growth(scene, grey, lit)
    share = (grey - base) / max(light - base, 0.05)
    paper = flat + (pale - flat) * _step(share, 0.22)
    paper += (deep - paper) * _step((base - grey) / max(base - shadow, 0.02), 0.5)
    return np.asarray(paper * _step(grey / base, 0.36))
