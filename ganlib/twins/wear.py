"""What is worn on the head: coverings, spectacles, ear-rings. Distances in head units."""

from functools import partial

import torch
from torch import Tensor

from ganlib.twins.head import FAR, Head, Parts, choose, shared
from ganlib.twins.shapes import blend, both, box, ellipse, union


def _window(head: Head) -> Tensor:
    """The part of the face that a scarf leaves free."""
    u, v = head.at(0.0, 0.2, 0.35)
    return ellipse(head.u, head.v, u, v, head.width * 0.88, 0.74)


def _drape(head: Head) -> Tensor:
    u = head.u
    veil = ellipse(u, head.v, -0.1 * head.turn, -0.12, head.width + 0.17, 0.92)
    fall = box(u, head.v, 0.0, 1.55, 0.5 + 0.35 * (head.v - 0.7).clamp(0, 1), 1.0, 0.3)
    return blend(veil, fall, 0.4)


def _crown(head: Head) -> Tensor:
    """Cap and beanie: the skull and the hair below it, a little higher for a beanie."""
    tall = 0.1 * head.is_("cover", "beanie")
    hair = 0.1 * head.people.field("hair_volume")
    puff = 0.08 + hair * (~head.is_("hair_style", "bald", "shaved"))
    middle, high = -0.24 - tall / 2, 0.78 + puff + tall
    dome = ellipse(head.u, head.v, -0.1 * head.turn, middle, head.width + puff, high)
    edge = head.v + 0.4 - 0.1 * (head.u / head.width) ** 2 - 0.25 * head.nod
    return both(dome, edge * 0.9)


@shared
def covering(head: Head) -> tuple[Tensor, Tensor]:
    """(cloth before the face, cloth behind it) of scarf, turban, cap and beanie."""

    def turban(some: Head, lower: float) -> Tensor:
        wrap = ellipse(some.u, some.v, -0.1 * some.turn, -0.55, some.width + 0.2, 0.55)
        edge = (some.v + 0.38 - 0.2 * (some.u / some.width) ** 2 - 0.25 * some.nod) * 0.9
        return both(wrap, edge - lower)

    front: Parts = {
        **{"scarf": lambda some: both(_drape(some), -_window(some)), "cap": _crown},
        **{"turban": partial(turban, lower=0.0), "beanie": _crown},
    }
    back: Parts = {"scarf": _drape, "turban": partial(turban, lower=0.15)}
    return choose(head, "cover", front), choose(head, "cover", back)


@shared
def brim(head: Head) -> Tensor:
    """What stands out from the cloth: a cap's peak, a beanie's fold."""

    def peak(h: Head) -> Tensor:
        u, v = h.at(0.0, -0.42, 0.75)
        v = v + 0.25 * h.nod
        arc = ellipse(h.u, h.v, u, v + 0.12, h.width * 0.98, 0.26)
        return both(arc, -ellipse(h.u, h.v, u, v + 0.27, h.width * 1.15, 0.27))

    def fold(h: Head) -> Tensor:
        edge = -0.47 + 0.1 * (h.u / h.width) ** 2 + 0.25 * h.nod
        return both((h.v - edge).abs() - 0.09, h.u.abs() - h.width - 0.1)

    return choose(head, "cover", {"cap": peak, "beanie": fold})


def _rims(head: Head, shape: str) -> Tensor:
    def rim(side: int) -> Tensor:
        (u, v), narrow = head.eye(side), head.narrowing(side)
        if shape == "round":
            return ellipse(head.u, head.v, u, v + 0.04, 0.235 * narrow, 0.22)
        if shape == "square":
            return box(head.u, head.v, u, v + 0.03, 0.24 * narrow, 0.165, 0.06)
        return box(head.u, head.v, u, v + 0.04, 0.265 * narrow, 0.18, 0.12)

    return union(rim(-1), rim(1))


@shared
def lenses(head: Head) -> Tensor:
    """The glass of sunglasses, which hides the eyes."""
    return choose(head, "glasses", {"sunglasses": partial(_rims, shape="sunglasses")})


@shared
def glasses(head: Head) -> Tensor:
    """Distance to the middle of the frames' wire: two rims, a bridge and the arms."""

    def wire(h: Head, shape: str) -> Tensor:
        (left, left_v), (right, _) = h.eye(-1), h.eye(1)
        centre, half = (left + right) / 2, (right - left) / 2
        bridge = box(h.u, h.v, centre, left_v - 0.02, (half - 0.22).clamp_min(0.03), 0.012, 0.0)
        arms = box((h.u - centre).abs(), h.v, half + 0.36, left_v - 0.04, 0.13, 0.012, 0.0)
        arms = both(arms, h.face(0.0))  # they go behind the ears
        return torch.minimum(_rims(h, shape).abs(), union(bridge, arms).clamp_min(0))

    shapes = ("round", "square", "sunglasses")
    return choose(head, "glasses", {shape: partial(wire, shape=shape) for shape in shapes})


@shared
def earrings(head: Head) -> Tensor:
    """Studs, or hoops (as thin as their wire), below the ears; hidden ones are far away."""

    def ring(h: Head, side: int, hoop: bool) -> Tensor:
        u = side * h.width - 0.12 * h.turn
        # An ear that is turned away takes its ring with it.
        away = (1 - side * h.turn < 0.55) * FAR
        if hoop:
            return ellipse(h.u, h.v, u, 0.44, 0.085, 0.11).abs() - 0.018 + away
        return ellipse(h.u, h.v, u, 0.31, 0.035, 0.035) + away

    def pair(h: Head, hoops: bool) -> Tensor:
        return union(ring(h, -1, hoops), ring(h, 1, hoops))

    worn = {"studs": partial(pair, hoops=False), "hoops": partial(pair, hoops=True)}
    shape = choose(head, "earrings", worn)
    return torch.where(head.is_("cover", "scarf"), FAR, shape)
