"""What is worn on the head: coverings, spectacles, ear-rings. Distances in head units."""

from functools import partial

import torch
from torch import Tensor

from ganlib.twins.head import FAR, Head, choose, shared
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


def _wrap(head: Head) -> Tensor:
    return ellipse(head.u, head.v, -0.1 * head.turn, -0.55, head.width + 0.2, 0.55)


def _turban_edge(head: Head) -> Tensor:
    return (head.v + 0.38 - 0.2 * (head.u / head.width) ** 2 - 0.25 * head.nod) * 0.9


def _crown(head: Head) -> Tensor:
    """Cap and beanie: the skull and the hair below it, a little higher for a beanie."""
    tall = 0.1 * head.is_("cover", "beanie")
    hair = 0.1 * head.people.field("hair_volume")
    puff = 0.08 + hair * (~head.is_("hair_style", "bald", "shaved"))
    dome = ellipse(
        head.u, head.v, -0.1 * head.turn, -0.24 - tall / 2, head.width + puff, 0.78 + puff + tall
    )
    edge = head.v + 0.4 - 0.1 * (head.u / head.width) ** 2 - 0.25 * head.nod
    return both(dome, edge * 0.9)


@shared
def covering(head: Head) -> tuple[Tensor, Tensor]:
    """(cloth before the face, cloth behind it) of scarf, turban, cap and beanie."""
    front = choose(
        head,
        "cover",
        {
            "scarf": lambda h: both(_drape(h), -_window(h)),
            "turban": lambda h: both(_wrap(h), _turban_edge(h)),
            "cap": _crown,
            "beanie": _crown,
        },
    )
    back = choose(
        head,
        "cover",
        {"scarf": _drape, "turban": lambda h: both(_wrap(h), _turban_edge(h) - 0.15)},
    )
    return front, back


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


def _eye_pair(head: Head, shape: str) -> Tensor:
    rims = []
    for side in (-1, 1):
        u, v = head.eye(side)
        narrow = head.narrowing(side)
        if shape == "round":
            rims.append(ellipse(head.u, head.v, u, v + 0.04, 0.235 * narrow, 0.22))
        elif shape == "square":
            rims.append(box(head.u, head.v, u, v + 0.03, 0.24 * narrow, 0.165, 0.06))
        else:
            rims.append(box(head.u, head.v, u, v + 0.04, 0.265 * narrow, 0.18, 0.12))
    return union(*rims)


@shared
def lenses(head: Head) -> Tensor:
    """The glass of sunglasses, which hides the eyes."""
    return choose(head, "glasses", {"sunglasses": lambda h: _eye_pair(h, "sunglasses")})


@shared
def glasses(head: Head) -> Tensor:
    """Distance to the middle of the frames' wire: two rims, a bridge and the arms."""

    def wire(h: Head, shape: str) -> Tensor:
        (left, left_v), (right, _) = h.eye(-1), h.eye(1)
        centre, half = (left + right) / 2, (right - left) / 2
        bridge = box(h.u, h.v, centre, left_v - 0.02, (half - 0.22).clamp_min(0.03), 0.012, 0.0)
        arms = box((h.u - centre).abs(), h.v, half + 0.36, left_v - 0.04, 0.13, 0.012, 0.0)
        arms = both(arms, h.face(0.0))  # they go behind the ears
        return torch.minimum(_eye_pair(h, shape).abs(), union(bridge, arms).clamp_min(0))

    shapes = ("round", "square", "sunglasses")
    return choose(head, "glasses", {shape: partial(wire, shape=shape) for shape in shapes})


@shared
def earrings(head: Head) -> Tensor:
    """Studs, or hoops (as thin as their wire), below the ears; hidden ones are far away."""

    def pair(h: Head, hoops: bool) -> Tensor:
        shapes = []
        for side in (-1, 1):
            u = side * h.width - 0.12 * h.turn
            # An ear that is turned away takes its ring with it.
            away = (1 - side * h.turn < 0.55) * FAR
            if hoops:
                ring = ellipse(h.u, h.v, u, 0.44, 0.085, 0.11).abs() - 0.018
            else:
                ring = ellipse(h.u, h.v, u, 0.31, 0.035, 0.035)
            shapes.append(ring + away)
        return union(*shapes)

    worn = {"studs": lambda h: pair(h, False), "hoops": lambda h: pair(h, True)}
    shape = choose(head, "earrings", worn)
    return torch.where(head.is_("cover", "scarf"), FAR, shape)
