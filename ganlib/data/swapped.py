"""What is rare, on more people: beards, covered heads and glasses from as many photographs.

A network knows the fifteen scarves and the twenty-five beards that it has seen, and no scarf and no
beard that it has not. Photographs of two people are put together here, and drawn as one person.
"""

from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from ganlib.data.reshaped import laid_onto
from ganlib.drawing import Portrait, Traits, mesh
from ganlib.drawing.canvas import Canvas, Curve, curve
from ganlib.drawing.portrait import SKIN

_LIPS = (*mesh.UPPER_OUTER, *mesh.LOWER_OUTER[-2:0:-1])
_LOWER_FACE = (*mesh.JAW, 280, mesh.NOSE_BASE, 50)
_FEATHER, _INWARD = 1.5, 0.94
"""Softness of a seam, percent of the width of the face; size of a lent face within its outline."""
_GAIN = (0.6, 1.6)
"""How much darker or lighter what is lent may become, to fit the skin around it."""
_OF_THE_HEAD = {
    *("skin", "cover", "glasses", "earrings", "clothes", "pattern", "neckline", "background"),
    *("background_colour", "light_side", "light_strength"),
    *(entry.name for entry in fields(Traits) if entry.name.startswith(("hair", "fringe", "part"))),
}
"""Traits that do not go with a face."""
_FRAMES = ((28, 26, 30), (70, 44, 30), (120, 118, 116), (150, 118, 66), (96, 24, 34))
"""Colours of glasses: black, tortoiseshell, steel, gold, red."""
_SHINE = (0.0, 0.0, 0.12, 0.3)
"""How much of a window's light glass gives back; one of them is drawn."""


def bearded(portrait: Portrait, other: Portrait) -> Portrait:
    """The person with the other's beard: cheeks, jaw and upper lip are the other's, in the colours
    of this one's skin; the mouth stays. Both heads should be turned alike."""
    theirs = laid_onto(other, portrait.points)
    canvas = Canvas(len(portrait.photo))
    where = canvas.shape(portrait.points[[*_LOWER_FACE]]) * (portrait.regions == SKIN)
    lips = canvas.shape(portrait.points[[*_LIPS]])
    traits = replace(portrait.traits, beard=other.traits.beard)
    return replace(_joined(portrait, theirs, where * (1 - lips)), traits=traits, beard=theirs.beard)


def with_face(portrait: Portrait, other: Portrait) -> Portrait:
    """The other's face, as this head holds it: hair, scarf, clothes and outline stay, and so does
    the colour of the skin."""
    theirs = laid_onto(other, portrait.points)
    outline = portrait.points[[*mesh.OVAL]]
    middle = outline.mean(0)
    inner = middle + _INWARD * (outline - middle)
    both = (portrait.regions == SKIN) & (theirs.regions == SKIN)
    where = Canvas(len(portrait.photo)).shape(inner) * both
    kept = {name: getattr(portrait.traits, name) for name in _OF_THE_HEAD}
    traits = replace(other.traits, **kept)
    return replace(_joined(portrait, theirs, where), traits=traits, beard=theirs.beard)


def in_glasses(portrait: Portrait, seed: int) -> Portrait:
    """The person in glasses of any size, thickness and colour, as a camera would see them: a soft
    shadow below, and in some the light of windows."""
    rng = np.random.default_rng(seed)
    canvas, unit = Canvas(len(portrait.photo)), _unit(portrait)
    kind = str(rng.choice(["round", "square"]))
    wires, lenses = _wires(portrait.points, unit, kind, rng)
    frame, wide = np.zeros_like(canvas.x), rng.uniform(0.5, 2.4) * unit
    for wire in wires:
        canvas.line(wire, wide, frame)
    frame = gaussian_filter(frame, rng.uniform(0.4, 0.9))[..., None]
    photo = portrait.photo.astype(np.float64)
    below = np.roll(gaussian_filter(frame, (0.8 * unit, 0.8 * unit, 0)), round(1.2 * unit), 0)
    photo *= 1 - rng.uniform(0.1, 0.45) * below * (1 - frame)
    glass = np.max([canvas.shape(lens) for lens in lenses], 0)
    stripe = rng.uniform(4, 12) * unit
    shine = np.clip(np.sin((canvas.x + canvas.y) / stripe + 2 * np.pi * rng.random()), 0, 1)
    photo += (rng.choice(_SHINE) * shine * glass)[..., None] * (235 - photo)
    colour = rng.uniform(0.7, 1.25) * np.array(_FRAMES[rng.integers(len(_FRAMES))])
    photo += rng.uniform(0.8, 1) * frame * (colour - photo)
    return replace(portrait, photo=_pixels(photo), traits=replace(portrait.traits, glasses=kind))


def _wires(
    points: Curve, unit: float, kind: str, rng: np.random.Generator
) -> tuple[list[Curve], list[Curve]]:
    """The lines of a frame, and of those the outlines of both lenses."""
    across = _across(points)
    angle = np.linspace(0, 2 * np.pi, 73)
    wave = np.stack([np.cos(angle), np.sin(angle)], 1)
    power = 1.0 if kind == "round" else rng.uniform(0.4, 0.7)
    size = np.array([rng.uniform(14, 19), rng.uniform(10.5, 15)]) * unit
    rim = np.sign(wave) * np.abs(wave) ** power * size @ across
    drop = rng.uniform(0.5, 3.5) * unit * across[1]
    lenses, sides, inner = [], [], []
    for eye in mesh.EYES:
        middle = points[[eye.outer, eye.inner]].mean(0)
        out = eye.side * size[0] * across[0]
        lenses.append(middle + drop + rim)
        sides.append(np.stack([middle + out, points[127 if eye.side < 0 else 356]]))
        inner.append(middle + drop - out)
    bridge = (inner[0] + inner[1]) / 2 - rng.uniform(1, 4) * unit * across[1]
    return [*lenses, *sides, curve([inner[0], bridge, inner[1]])], lenses


def _across(points: Curve) -> Curve:
    """The directions along and across the line of the eyes, as rows of length 1."""
    along = points[mesh.RIGHT_EYE.outer] - points[mesh.LEFT_EYE.outer]
    x, y = along / np.hypot(*along)
    return np.array([[x, y], [-y, x]])


def _unit(portrait: Portrait) -> float:
    """One percent of the width of the face, pixels."""
    sides = portrait.points[[mesh.LEFT_SIDE, mesh.RIGHT_SIDE]]
    return float(np.hypot(*(sides[1] - sides[0]))) / 100


def _joined(portrait: Portrait, theirs: Portrait, where: NDArray[Any]) -> Portrait:
    """The photograph with the other's `where` the mask is, in colours that fit."""
    soft = _FEATHER * _unit(portrait)
    # Softened inwards: nothing of the other's background comes along, and lips stay whole.
    share = np.clip(2 * gaussian_filter(where.astype(np.float64), soft) - 1, 0, 1) * where
    share = share[..., None]
    own, lent = (each.photo.astype(np.float64) for each in (portrait, theirs))
    cheeks = Canvas(len(own))
    unit, places = _unit(portrait), portrait.points[[50, 280, 205, 425, 4, 151]]
    skin = np.max([cheeks.disc(place, 3 * unit) for place in places], 0) > 0.5
    gain = np.median(own[skin], 0) / np.maximum(np.median(lent[skin], 0), 1.0)
    lent = lent * np.clip(gain, *_GAIN)
    return replace(portrait, photo=_pixels(own + share * (lent - own)))


def _pixels(photo: NDArray[np.float64]) -> NDArray[np.uint8]:
    pixels: NDArray[np.uint8] = np.clip(photo + 0.5, 0, 255).astype(np.uint8)
    return pixels
