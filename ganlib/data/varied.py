"""People in other clothes before other backgrounds: more pairs of as many people.

A network that has seen a hundred and fifty people memorises their shirts. What a drawing takes from
the photograph alone, colours above all, may be changed before it is drawn.
"""

import warnings
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from skimage.color import lab2rgb, rgb2lab

from ganlib.core.errors import GanlibError
from ganlib.drawing import Portrait
from ganlib.drawing.portrait import BACKGROUND, CLOTH, COVER, HAIR

_LEAST_HAIR = 0.02
"""Share of the photograph that is hair, to be somebody with hair."""
_EDGE = 1.5
"""Pixels over which a border between old and new is soft; twice as far off, all is background."""
Pixels = NDArray[np.float64]


def varied(portrait: Portrait, before: Portrait, seed: int) -> Portrait:
    """The person in clothes of another colour, `before` the background of another portrait.

    Face, points and regions stay. Hair gets the other's colour in half of all cases, where both
    show some. Clothes turn by any angle of hue, with more or less of it,
    also where they had none, and grow lighter or darker by up to 18 of 100; so does a scarf or hat,
    by itself. The new background is mirrored; where its own person stood, it goes on from the
    sides, out of focus. GanlibError if it is of another size, or shows no background.
    """
    if before.regions.shape != portrait.regions.shape:
        raise GanlibError(
            f"a background of {before.regions.shape} pixels does not fit {portrait.regions.shape}."
        )
    rng = np.random.default_rng(seed)
    photo = portrait.photo / 255.0
    for region in (CLOTH, COVER):
        mask = _soft(portrait.regions == region)
        if mask.any():
            photo += mask * (_dyed(photo, rng) - photo)
    traits = portrait.traits
    hair, theirs = (each.regions == HAIR for each in (portrait, before))
    if rng.random() < 0.5 and min(hair.mean(), theirs.mean()) > _LEAST_HAIR:
        photo += _soft(hair) * (_recoloured(photo, hair, before.photo[theirs] / 255.0) - photo)
        traits = replace(traits, hair_colour=before.traits.hair_colour)
    behind = _emptied(before)[:, ::-1]
    photo += _soft(portrait.regions == BACKGROUND) * (behind - photo)
    pixels = np.clip(255 * photo + 0.5, 0, 255).astype(np.uint8)
    return replace(portrait, photo=pixels, traits=traits)


def _soft(region: NDArray[np.bool_]) -> Pixels:
    mask: Pixels = gaussian_filter(region.astype(np.float64), _EDGE)[..., None]
    return mask


def _dyed(photo: Pixels, rng: np.random.Generator) -> Pixels:
    lab = rgb2lab(photo)
    angle, lighter, depth = rng.uniform(0, 2 * np.pi), rng.uniform(-18, 18), rng.uniform(0.7, 1.5)
    # Black and white have no hue that could turn: some is added. They keep their folds, as what
    # would leave 0 to 100 is pressed together instead of cut off.
    added = rng.uniform(0, 30) * np.exp(1j * rng.uniform(0, 2 * np.pi))
    turned = depth * np.exp(1j * angle) * (lab[..., 1] + 1j * lab[..., 2]) + added
    light = (
        lab[..., 0] + lighter * (1 - np.abs(lab[..., 0] / 50 - 1) ** 4) - 0.15 * (lab[..., 0] - 50)
    )
    return _to_rgb(np.stack((light, turned.real, turned.imag), -1))


def _recoloured(photo: Pixels, where: NDArray[np.bool_], like: Pixels) -> Pixels:
    """The photograph, its colours moved so that those at `where` have the mean of `like` (n, 3)."""
    lab = rgb2lab(photo)
    lab += rgb2lab(like).mean(0) - lab[where].mean(0)
    return _to_rgb(lab)


def _to_rgb(lab: Pixels) -> Pixels:
    with warnings.catch_warnings():  # of colours that no screen has: they are clipped
        warnings.simplefilter("ignore", UserWarning)
        colours: Pixels = lab2rgb(lab)
    return colours


def _emptied(portrait: Portrait) -> Pixels:
    """The background of a portrait, as large as the photograph, without the person: of means of
    the background over ever wider neighbourhoods, the narrowest that there is."""
    photo, seen = portrait.photo / 255.0, _soft(portrait.regions == BACKGROUND)[..., 0] > 0.999
    if not seen.any():
        raise GanlibError("this portrait shows no background that another could stand before.")
    filled = photo * seen[..., None]
    missing, width = 1.0 - seen, 4.0
    known = seen.astype(np.float64)
    while missing.max() > 1e-3 and width < len(photo):
        share = gaussian_filter(known, width)
        mean = gaussian_filter(photo * known[..., None], (width, width, 0))
        mean /= np.maximum(share, 1e-6)[..., None]
        now = missing * np.clip(8 * share, 0, 1)
        filled, missing, width = filled + now[..., None] * mean, missing - now, 2 * width
    return filled + missing[..., None] * photo[seen].mean(0)
