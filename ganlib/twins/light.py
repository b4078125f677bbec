"""Light on a head: the relief of a face, shading, what lies in shadow, a bright rim."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlib.twins.colours import colour
from ganlib.twins.head import PUPIL, Head
from ganlib.twins.shapes import bell, ellipse, soft


class Pair(NamedTuple):
    """Places measured from the nearer one of two that lie left and right on the face.

    Both eyes (cheeks, nostrils, …) are then one shape, drawn once.
    """

    out: Tensor
    """Away from the middle of the face, head units."""
    down: Tensor
    side: Tensor
    """−1 left, +1 right in the picture."""
    narrow: Tensor
    """`Head.narrowing` of that side."""


def pair(head: Head, u: float | Tensor, v: float | Tensor, depth: float) -> Pair:
    """The two places at ±u, v on the face, turned with the head."""
    left, place_v = head.at(-1.0 * u, v, depth)
    right, _ = head.at(u, v, depth)
    on_right = head.u > (left + right) / 2
    side = torch.where(on_right, 1.0, -1.0)
    out = (head.u - torch.where(on_right, right, left)) * side
    narrow = torch.where(on_right, head.narrowing(1), head.narrowing(-1))
    return Pair(out, head.v - place_v, side, narrow)


def bump(out: Tensor, down: Tensor, wide: float | Tensor, high: float | Tensor) -> Tensor:
    """1 at the middle, falling off like a Gaussian with these radii."""
    across, along = out / wide, down / high
    return bell(across * across + along * along)


class Shading(NamedTuple):
    """Light that reaches each place (n, h, w): 0 in shadow, 1 where it is full."""

    face: Tensor
    """On the face with all its features."""
    dome: Tensor
    """On a smooth head: hair, cloth, ears."""
    gloss: Tensor
    """Reflected as from a polished surface, 0 to 1."""


def shade(head: Head) -> Shading:
    """Light of the one lamp and of the room around, on the relief of the head."""
    f, u, v = head.people.field, head.u, head.v
    dome = 1 - (u / (head.width * 1.14)) ** 2 - ((v - 0.1) / 1.1) ** 2
    dome = 0.6 * dome.clamp_min(0.02).sqrt()
    features, hollows = _relief(head)
    aside, up = f("light_side") * 0.85, f("light_height") * 0.75
    norm = (aside * aside + up * up + 1).sqrt()
    hard = f("light_strength")
    wrap = 0.45 - 0.35 * hard

    def lit(height: Tensor) -> tuple[Tensor, Tensor]:
        du, dv = _differences(height)
        du, dv = du / head.px, dv / head.px
        steep = (du * du + dv * dv + 1).rsqrt()
        key = (1 - du * aside + dv * up) * steep / norm
        room = 0.72 + 0.28 * (1 + 0.9 * dv) * steep  # more of it comes from above
        key = ((key + wrap) / (1 + wrap)).clamp_min(0)
        gain = (0.86 - 0.68 * hard) * room + (0.12 + 0.86 * hard) * key
        half = (1 - du * aside * 0.5 + dv * up * 0.5) * steep / (norm * 0.5 + 0.5)
        return gain, half

    face, shine = lit(dome + features)
    smooth, _ = lit(dome)
    face = face * (1 - hollows) * (1 - 0.35 * hard * _nose_shadow(head))
    gloss = ((shine - 0.86) / 0.2).clamp(0, 1) ** 2
    return Shading(face.clamp(0, 1.15), smooth.clamp(0, 1.15), gloss)


def _relief(head: Head) -> tuple[Tensor, Tensor]:
    """Height of a face's features on the smooth head, and how dark its hollows are."""
    f, u, v = head.people.field, head.u, head.v
    nose, smile, age = f("nose_width"), f("smile"), f("age")
    eye = pair(head, PUPIL, 0.0, 0.45)
    wide = eye.out / eye.narrow
    socket = bump(wide, eye.down + 0.02, 0.18, 0.1)
    inner = bump(wide + 0.14, eye.down + 0.03, 0.065, 0.1)
    brow = bump(wide, eye.down + 0.2, 0.26, 0.085)
    ball = bump(wide, eye.down, 0.12, 0.075)
    cheek = pair(head, 0.35, 0.32, 0.45)
    cheek_bone = bump(cheek.out, cheek.down, 0.19, 0.17)
    fold = pair(head, 0.25, 0.53, 0.5)
    crease = bump(fold.out - 0.3 * fold.down, fold.down, 0.04, 0.16)
    crease = crease * (0.25 + 0.5 * age + 0.5 * smile.clamp_min(0))
    temple = pair(head, 0.46, -0.28, 0.35)
    hollow = bump(temple.out, temple.down, 0.13, 0.2)

    nu, nv = head.nose()
    top_u, _ = head.at(0.0, 0.0, 0.5)
    along = (v / nv).clamp(0, 1)
    ridge_u = u - top_u - (nu - top_u) * along
    ridge = bell((ridge_u / (0.085 * nose * (0.7 + 0.4 * along))) ** 2)
    ridge = ridge * soft(v - nv - 0.01, 0.06) * soft(-v - 0.12, 0.14)
    tip = bump(u - nu, v - nv + 0.02, 0.09 * nose, 0.08)
    wing = pair(head, 0.115 * nose, 0.41 * f("nose_length"), 0.6)
    wings = bump(wing.out, wing.down, 0.045, 0.05)
    mu, mv = head.mouth()
    muzzle = bump(u - mu, v - mv, 0.26, 0.15)
    under = bump(u - mu, v - mv - 0.15, 0.15, 0.045)
    philtrum = bump(u - mu, v - mv + 0.12, 0.025, 0.06)
    chin_u, chin_v = head.at(0.0, 0.9, 0.5)
    chin = bump(u - chin_u, v - chin_v, 0.17, 0.1)

    height = 0.035 * brow - 0.065 * socket - 0.03 * inner + 0.022 * ball
    height = height + (0.045 + 0.02 * smile) * cheek_bone - 0.028 * crease - 0.03 * hollow
    height = height + (0.05 + 0.07 * along) * ridge + 0.06 * tip + 0.04 * wings
    height = height + 0.05 * muzzle - 0.03 * under - 0.008 * philtrum + 0.035 * chin
    below = bump(u - nu, v - nv - 0.085, 0.13 * nose, 0.04)
    dark = 0.14 * inner + 0.12 * socket + 0.22 * below + 0.16 * under + 0.3 * crease + 0.06 * hollow
    return height, dark.clamp(0, 0.5)


def _nose_shadow(head: Head) -> Tensor:
    """Cast by the nose on the cheek and the lip, away from the lamp."""
    f = head.people.field
    nu, nv = head.nose()
    aside, steep = f("light_side"), f("light_height")
    shadow = ellipse(head.u, head.v, nu - 0.12 * aside, nv + 0.02 + 0.09 * steep, 0.11, 0.07)
    return soft(shadow, 0.045) * (0.3 + 0.7 * aside.abs())


def _differences(height: Tensor) -> tuple[Tensor, Tensor]:
    """Central differences per pixel, edges repeated."""
    padded = F.pad(height.unsqueeze(1), (1, 1, 1, 1), mode="replicate").squeeze(1)
    across = (padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]) / 2
    down = (padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]) / 2
    return across, down


def lit_skin(skin: Tensor, gain: Tensor) -> Tensor:
    """Skin under so much light: what leaves the shadow has been through the skin, and is red."""
    warm = colour((0.26, 0.16, 0.16), skin)
    gain = gain.unsqueeze(1)
    return skin * (gain + warm * gain * (1 - gain))


def rim_light(head: Head, image: Tensor, outline: Tensor) -> Tensor:
    """Light from behind, along the outline (a distance) on the side away from the lamp."""
    f = head.people.field
    away = torch.where(f("light_side") < 0, 1.0, -1.0)
    band = soft(-outline - 0.055, 0.05) * soft(outline, 0.02)
    band = band * (0.5 + 1.5 * head.u * away).clamp(0, 1) * f("rim") * 0.75
    bright = (image * 0.8 + colour((0.42, 0.37, 0.30), image)).clamp(0, 1)
    return torch.lerp(image, bright, band.unsqueeze(1))
