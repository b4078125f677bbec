"""Lids, brows and lips of photographed faces as curves: what `face_photo` paints, `anatomy` marks.

All in head units. Along an eye or a mouth, t runs from −1 to 1; t and places may be grids (n, h, w)
or a few places (n, 1, k).
"""

from typing import NamedTuple

import torch
from torch import Tensor

from ganlib.twins.head import Head
from ganlib.twins.shapes import bell

IRIS_RADIUS = 0.057
"""At eye size 1."""
BROW_LENGTH = 0.2
"""Half of it."""


class Lids(NamedTuple):
    """The opening of an eye, about its middle: t is −1 in the inner corner, 1 in the outer."""

    half: Tensor
    """Half of its width."""
    high: Tensor
    openness: Tensor
    rise: Tensor
    low: Tensor
    lift: Tensor
    """How far a smile raises the lower lid."""
    tilt: Tensor
    """By how much the outer corner is higher: height over width."""
    slit: Tensor
    """1 for narrow eyes, else 0."""

    def upper(self, t: Tensor) -> Tensor:
        """Height of the upper lid, downwards; it is highest a little inwards."""
        return -self.rise * (1 - (t + 0.1 * (1 - t * t)) ** 2)

    def lower(self, t: Tensor) -> Tensor:
        """Height of the lower lid, downwards, before `lift`; lowest a little outwards."""
        sag = 1 - (t - 0.1 * (1 - t * t)) ** 2
        return self.low * sag * (0.55 + 0.45 * self.openness)


def eyelids(head: Head) -> Lids:
    f = head.people.field
    size = f("eye_size")
    almond = head.is_("eye_shape", "almond").float()
    slit = head.is_("eye_shape", "narrow").float()
    half = (0.14 + 0.006 * almond) * size
    openness = ((f("eye_open") - 0.18) / 0.62).clamp(0, 1)
    openness = openness + 0.4 * (f("eye_open") - 0.8).clamp_min(0)
    high = (0.064 - 0.004 * almond - 0.02 * slit) * size
    low = (0.044 - 0.004 * almond - 0.01 * slit) * size
    rise = high * openness - 0.75 * low * (1 - openness.clamp(max=1))
    lift, tilt = 0.008 * f("smile").clamp_min(0), 0.01 + 0.04 * almond + 0.06 * slit
    return Lids(half, high, openness, rise, low, lift, tilt, slit)


def brow_height(head: Head) -> Tensor:
    """Height v of the brows' middle."""
    f = head.people.field
    return -0.195 - 0.014 * f("brow_tilt") - 0.02 * (f("eye_open") - 0.8).clamp_min(0)


def brow(head: Head, out: Tensor, down: Tensor) -> tuple[Tensor, Tensor]:
    """How far places, measured from a brow's middle, lie below its middle line, and half its
    thickness there."""
    f = head.people.field
    t = (out / BROW_LENGTH).clamp(-1.2, 1.2)
    arch = 0.05 * (1 - (t - 0.3) ** 2 * torch.where(t < 0.3, 0.45, 1.4))
    bend = down + 0.15 * f("brow_tilt") * out + arch
    thick = 0.031 * f("brow_weight") * (1 - 0.65 * (t + 0.1).clamp(0, 1) ** 1.5)
    return bend, thick * (0.8 + 0.2 * (t + 1.2).clamp(0, 1))


class Edges(NamedTuple):
    """Heights v across a mouth, from above to below."""

    arc: Tensor
    """1 in the middle, 0 in the corners."""
    middle: Tensor
    top: Tensor
    upper_inner: Tensor
    lower_inner: Tensor
    bottom: Tensor


class Lips(NamedTuple):
    """A mouth about its middle (u, v)."""

    u: Tensor
    v: Tensor
    half: Tensor
    """Half of its width; there t is 1."""
    full: Tensor
    gap: Tensor
    smile: Tensor

    def edges(self, t: Tensor) -> Edges:
        gap, full = self.gap, self.full
        arc = (1 - t * t).clamp_min(-0.5)
        middle = self.v + 0.055 * self.smile * (arc - 0.6)
        # Cupid's bow: the upper edge dips in the middle between two peaks.
        bow = 0.78 + 0.34 * bell(((t.abs() - 0.28) / 0.2) ** 2)
        top = middle - gap * 0.12 * arc - full * bow * arc
        lower_inner = middle + gap * arc
        bottom = lower_inner + full * 1.35 * arc.clamp_min(0) ** 0.8
        return Edges(arc, middle, top, middle - gap * 0.1 * arc, lower_inner, bottom)


def lips(head: Head) -> Lips:
    f = head.people.field
    u, v = head.mouth()
    smile = f("smile")
    half = 0.235 * f("mouth_width") * (1 + 0.14 * smile.clamp_min(0)) * head.turn.cos()
    return Lips(u, v, half, 0.036 + 0.026 * f("lips"), 0.15 * f("mouth_open"), smile)
