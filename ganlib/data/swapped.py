"""What is rare, on more people: beards, covered heads and glasses from as many photographs.

A network knows the few scarves, hats and beards that it has seen, and none that it has not.
Photographs of two people are put together here, and drawn as one person.
"""

from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from ganlib.core.errors import GanlibError
from ganlib.data.reshaped import laid_onto
from ganlib.drawing import Portrait, Traits, mesh
from ganlib.drawing.canvas import Canvas, Curve, curve
from ganlib.drawing.portrait import HAIR, SKIN

_LIPS = (*mesh.UPPER_OUTER, *mesh.LOWER_OUTER[-2:0:-1])
_LOWER_FACE = (*mesh.JAW, mesh.RIGHT_CHEEK, mesh.NOSE_BASE, mesh.LEFT_CHEEK)
_CHEEKS = (mesh.LEFT_CHEEK, mesh.RIGHT_CHEEK)
_FEATHER = 1.5
"""Softness of a seam, percent of the width of the face."""
_INWARD = 0.94
"""Size of a lent face within the outline of its head."""
_GAIN = (0.6, 1.6)
"""How much darker or lighter what is lent may become, to fit the skin around it."""
_NO_HAIR = 0.01
"""Share of the photograph that is hair, under a scarf that hides it."""
_OF_THE_HEAD = {
    *("skin", "cover", "earrings", "pattern", "neckline", "light_side"),
    *(entry.name for entry in fields(Traits) if entry.name.startswith(("hair", "fringe", "part"))),
}
"""Traits that do not go with a face."""
_FRAMES = ((28, 26, 30), (70, 44, 30), (120, 118, 116), (150, 118, 66), (96, 24, 34))
"""Colours of glasses: black, tortoiseshell, steel, gold, red."""
_SHINE = (0.0, 0.0, 0.12, 0.3)
"""How much of a window's light glass gives back; one of them is drawn."""


def bearded(portrait: Portrait, other: Portrait) -> Portrait:
    """The person with the other's beard, if any: cheeks, jaw and upper lip are the other's, in the
    colours of this one's skin; mouth, points and regions stay. Heads should be turned alike.

    GanlibError unless both photographs are square and of one size, and show skin at a cheek.
    """
    _check(portrait, other)
    theirs = laid_onto(other, portrait.points)
    canvas = Canvas(len(portrait.photo))
    lips = canvas.shape(portrait.points[[*_LIPS]])
    where = canvas.shape(portrait.points[[*_LOWER_FACE]]) * (lips == 0)
    traits = replace(portrait.traits, beard=other.traits.beard)
    made = _joined(portrait, theirs, where, _CHEEKS)
    return replace(made, traits=traits, beard=theirs.beard)


def with_face(portrait: Portrait, other: Portrait) -> Portrait:
    """The head with the other's face: skin, brows, eyes and beard are the other's. Points and
    regions stay, and with them shape and expression; so do hair, scarf, clothes and the colour of
    the skin. Mouths should be open or shut alike. GanlibError as from `bearded`."""
    _check(portrait, other)
    theirs = laid_onto(other, portrait.points)
    outline = portrait.points[[*mesh.OVAL]]
    middle = outline.mean(0)
    where = Canvas(len(portrait.photo)).shape(middle + _INWARD * (outline - middle))
    kept = {name: getattr(portrait.traits, name) for name in _OF_THE_HEAD}
    if (portrait.regions == HAIR).mean() < _NO_HAIR:  # of its colour only brows and beard tell
        kept["hair_colour"] = other.traits.hair_colour
    made = _joined(portrait, theirs, where, (*_CHEEKS, 205, 425))
    return replace(made, traits=replace(other.traits, **kept), beard=theirs.beard)


def in_glasses(portrait: Portrait, seed: int) -> Portrait:
    """Somebody without glasses in some of any size, thickness and colour, as a camera would see
    them: a soft shadow below, and in some the light of windows. `seed`: 0 or more. GanlibError
    unless the photograph is square."""
    _check(portrait)
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
        middle = points[[eye.outer, eye.inner]].mean(0) + drop
        out = eye.side * size[0] * across[0]
        lenses.append(middle + rim)
        sides.append(np.stack([middle + out, points[127 if eye.side < 0 else 356]]))
        inner.append(middle - out)
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


def _check(*portraits: Portrait) -> None:
    shapes = {portrait.regions.shape for portrait in portraits}
    if len(shapes) > 1 or any(height != width for height, width in shapes):
        raise GanlibError(
            f"photographs that are put together must be square and of one size, not {shapes}; "
            "resize them, their points and regions."
        )


def _joined(
    portrait: Portrait, theirs: Portrait, where: NDArray[Any], places: tuple[int, ...]
) -> Portrait:
    """The photograph with the other's `where` (h, w), from 0 to 1, and both show skin; its colours
    fit those of the face points `places`."""
    unit, both = _unit(portrait), (portrait.regions == SKIN) & (theirs.regions == SKIN)
    where = where * both
    # Softened inwards, over 3 units: nothing of the other's background comes along.
    share = np.clip(2 * gaussian_filter(where.astype(np.float64), _FEATHER * unit) - 1, 0, 1)
    share = (share * where)[..., None]
    own, lent = (each.photo.astype(np.float64) for each in (portrait, theirs))
    canvas = Canvas(len(own))
    discs = [canvas.disc(portrait.points[place], 3 * unit) for place in places]
    skin = (np.max(discs, 0) > 0.5) & both
    if not skin.any():
        raise GanlibError(
            "these two show no skin at the same place of a cheek, so their colours cannot be "
            "matched; choose heads that are turned alike."
        )
    gain = np.median(own[skin], 0) / np.maximum(np.median(lent[skin], 0), 1.0)
    lent = lent * np.clip(gain, *_GAIN)
    return replace(portrait, photo=_pixels(own + share * (lent - own)))


def _pixels(photo: NDArray[np.float64]) -> NDArray[np.uint8]:
    pixels: NDArray[np.uint8] = np.clip(photo + 0.5, 0, 255).astype(np.uint8)
    return pixels
