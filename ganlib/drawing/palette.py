"""Colours: skin, hair, lines and shadows, from what the photograph shows."""

import colorsys
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from skimage.color import lab2rgb, rgb2lab

from ganlib.drawing import mesh
from ganlib.drawing.canvas import blurred, mix
from ganlib.drawing.frame import Framed
from ganlib.drawing.portrait import HAIR, SKIN, Traits
from ganlib.drawing.styles import Style

Colour = NDArray[np.float64]
"""Red, green and blue in [0, 255]."""

EYES = {
    **{"dark brown": (84, 50, 36), "brown": (122, 76, 44), "hazel": (146, 110, 58)},
    **{"green": (92, 138, 92), "blue": (82, 122, 170), "grey": (112, 130, 146)},
}
HAIRS = {
    **{"black": (44, 41, 49), "dark brown": (70, 48, 40), "brown": (116, 78, 54)},
    **{"auburn": (142, 70, 44), "red": (176, 78, 44), "blond": (218, 182, 116)},
    **{"grey": (152, 151, 156), "white": (224, 223, 228), "blue": (84, 118, 190)},
    **{"pink": (226, 142, 170)},
}
# Luma of lit skin by the label's share, and how far the photograph may differ from it.
_SKIN_LABELS = (0.0, 0.1, 0.25, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_SKIN_LUMAS = (234, 227, 212, 192, 175, 155, 136, 117, 101, 87)
# Luma of drawn skin, and its saturation there.
_DRAWN_LUMAS = (70, 100, 130, 160, 190, 210, 225, 238)
_DRAWN_SATURATIONS = (0.5, 0.5, 0.46, 0.39, 0.29, 0.21, 0.17, 0.13)
LUMA = np.array([0.299, 0.587, 0.114])


def times(colour: ArrayLike, factors: ArrayLike) -> Colour:
    return np.clip(np.asarray(colour, np.float64) * np.asarray(factors, np.float64), 0, 255)


def luma(colour: ArrayLike) -> float:
    return float(np.asarray(colour, np.float64) @ LUMA)


def to_lab(colours: ArrayLike) -> NDArray[np.float64]:
    return rgb2lab(np.asarray(colours, np.float64) / 255)


def from_lab(lab: ArrayLike) -> Colour:
    return np.clip(lab2rgb(np.asarray(lab, np.float64)), 0, 1) * 255


class Palette(NamedTuple):
    """Every colour that the parts of a drawing share."""

    skin: Colour
    skin_shadow: Colour
    skin_line: Colour
    hair: Colour
    hair_shadow: Colour
    hair_light: Colour
    hair_line: Colour
    brow: Colour
    lash: Colour
    iris: Colour
    lip: Colour
    deep: bool
    """Dark skin: no blush, its own shadows and lips."""


def palette(framed: Framed, traits: Traits, style: Style) -> Palette:
    """The colours of one drawing."""
    skin = _skin(framed, traits)
    deep = luma(skin) < 135
    shadow = np.array(style.skin_shadow)
    if deep:
        # Published drawings of dark skin: shadows × .5 to .7, with more contrast than on light.
        shadow = shadow * np.array([0.82, 0.83, 0.88])
    hair = _hair(framed, traits)
    dark = luma(hair) < 70
    # Grey and fair hair is bright between its shadows and lines, too.
    fair = float(np.clip((luma(hair) - 95) / 70, 0, 1))
    shade = style.hair_shadow + 0.4 * fair * (1 - style.hair_shadow)
    tint = np.array([0.97, 0.93 + 0.04 * fair, 1.0])
    # Light on black hair is cool; on brown it is a paler brown.
    shine = np.clip(hair * 1.25 + (100 if dark else 75), 0, 255)
    if dark and traits.hair_colour == "black":
        shine = np.array([190.0, 188.0, 214.0])
    line = np.clip(times(skin, style.line), 12, 110)
    lip = times(skin, (0.87, 0.60, 0.62) if deep else (0.88, 0.60, 0.60))
    if traits.makeup > 0.5 and not traits.male:
        lip = mix(lip, [200, 62, 78], 0.4)
    return Palette(
        skin=skin,
        skin_shadow=times(skin, shadow),
        skin_line=line,
        hair=hair,
        hair_shadow=times(hair, shade * tint),
        hair_light=mix(hair, shine, style.hair_light * (0.8 if dark else 1.35)),
        hair_line=np.clip(times(hair, np.array(style.line) * (1.1 + 0.6 * fair)), 8, 150),
        brow=_brow(traits, hair, skin),
        lash=np.clip(times(line, 0.5), 10, 52),
        iris=_iris(framed, traits),
        lip=lip,
        deep=deep,
    )


def _skin(framed: Framed, traits: Traits) -> Colour:
    """Lit skin: the photograph's luma, kept near its label; hue and saturation of drawn skin."""
    face = np.zeros((framed.size, framed.size), bool)
    for side in (mesh.LEFT_CHEEK, mesh.RIGHT_CHEEK, 151, 9):
        x, y = framed.points[side].astype(int)
        r = int(5 * framed.unit)
        face[max(y - r, 0) : y + r, max(x - r, 0) : x + r] = True
    face &= framed.regions == SKIN
    pixels = framed.photo[face] if face.sum() > 50 else framed.photo[framed.regions == SKIN]
    lit = np.median(pixels, 0)
    hue, saturation, _ = colorsys.rgb_to_hsv(*(lit / 255))
    hue = np.clip(hue * 360 if hue < 0.5 else hue * 360 - 360, 21, 28)
    expected = np.interp(traits.skin, _SKIN_LABELS, _SKIN_LUMAS)
    seen = luma(lit) * 1.03
    # Tanned skin, or skin in shade: a third of what is missing is trusted.
    least = expected - 22 - np.clip(0.35 * (expected - 22 - seen), 0, 14)
    target = np.clip(seen, least, expected + 3)
    drawn = np.interp(target, _DRAWN_LUMAS, _DRAWN_SATURATIONS)
    saturation = 0.5 * np.clip(saturation, 0.13, 0.56) + 0.5 * drawn
    # Luma is linear in the value of a colour of one hue and saturation.
    unit = np.array(colorsys.hsv_to_rgb(hue / 360, saturation, 1.0)) * 255
    return np.clip(unit * target / luma(unit), 0, 255)


def _hair(framed: Framed, traits: Traits) -> Colour:
    """The named colour of hair, moved towards the photograph's within limits."""
    named = to_lab(HAIRS.get(traits.hair_colour, HAIRS["brown"]))
    core = blurred(framed.regions == HAIR, 2.5 * framed.unit) > 0.9
    if traits.hair_style in ("bald", "shaved") or core.sum() < 400:
        return from_lab(named)
    # Drawn hair is lit hair: above the median, and more so where it is white between shadows.
    lit = 74 if traits.hair_colour in ("grey", "white") else 60
    seen = to_lab(np.percentile(framed.photo[core], lit, axis=0))
    # "Grey" is anything from pepper to nearly white, and often yellowish.
    ranges = {"grey": (32, 6, 11), "white": (9, 5, 8), "black": (8, 4, 4), "blond": (24, 9, 9)}
    limits = np.array(ranges.get(traits.hair_colour, (18, 9, 9)))
    seen[1:] *= 1.15
    seen[0] += 4
    darker = 0.9 if traits.hair_colour in ("blond", "grey") else 0.5
    return from_lab(np.clip(seen, named - limits * [darker, 1, 1], named + limits))


def _brow(traits: Traits, hair: Colour, skin: Colour) -> Colour:
    if traits.hair_colour in ("grey", "white"):
        return mix(times(skin, 0.5), [110, 106, 106], 0.55)
    if traits.covered or traits.hair_style in ("bald", "shaved"):
        hair = np.array(HAIRS.get(traits.hair_colour, HAIRS["dark brown"]), np.float64)
    return mix(times(hair, 0.66), [26, 19, 19], 0.3)


def _iris(framed: Framed, traits: Traits) -> Colour:
    """The named colour; hazel or brown where the photograph's irises are warm or dark."""
    named = np.array(EYES.get(traits.eye_colour, EYES["brown"]), np.float64)
    rows, columns = np.mgrid[: framed.size, : framed.size]
    colours = []
    for eye in mesh.EYES:
        centre, *rim = framed.points[eye.iris : eye.iris + 5]
        radius = float(np.hypot(*(np.array(rim) - centre).T).mean())
        away = np.hypot(columns - centre[0], rows - centre[1]) / radius
        # Below the lid's shadow, between pupil and rim; neither lights nor lashes.
        ring = framed.photo[(away > 0.4) & (away < 0.85) & (rows - centre[1] > -0.35 * radius)]
        ring = ring[np.argsort(ring @ LUMA)]
        colours.append(np.median(ring[len(ring) // 4 : -len(ring) // 4], 0))
    seen = np.mean(colours, 0)
    if "brown" not in traits.eye_colour:
        light, _, yellow = to_lab(seen)
        # The sky in them makes all irises bluer: yellow is brown pigment, and so is darkness.
        warm = np.clip((yellow - 6.5 + 0.5 * max(28 - light, 0) * (yellow > 3)) / 5, 0, 1)
        tone = mix([104, 72, 48], [134, 116, 72], float(np.clip((light - 22) / 14, 0, 1)))
        named = mix(named, tone, 0.85 * warm)
    return mix(named, np.clip(seen * 1.6, 40, 200), 0.2)
