"""Where the parts of a face lie on its photograph: what a landmark detector looks for, exactly."""

from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from skimage.measure import find_contours
from torch import Tensor

from ganlib.twins.face_shapes import BROW_LENGTH, IRIS_RADIUS, brow, brow_height, eyelids, lips
from ganlib.twins.hair import beard
from ganlib.twins.head import HALF_FACE, Head
from ganlib.twins.people import People
from ganlib.twins.shapes import both

Place = tuple[Tensor, Tensor]
"""u and v in head units."""
Side = Literal[-1, 1]
"""−1 for what is on the left of the picture, 1 for the right."""
SIDES: tuple[tuple[str, Side], ...] = (("left", -1), ("right", 1))

LIDS = (1.0, 0.87, 0.71, 0.48, 0.11, -0.26, -0.62, -0.88, -1.0)
"""Places along a lid, from the outer corner to the inner: those of the MediaPipe face mesh."""
LIPS = (-1.0, -0.87, -0.73, -0.54, -0.28, 0.0, 0.28, 0.54, 0.73, 0.87, 1.0)
"""Places along the lips, from the left corner to the right."""
BROWS = (1.0, 0.65, 0.2, -0.4, -1.0)
"""Places along a brow, from its outer end to the inner."""
RIDGE = (-0.055, 0.13, 0.3, 0.46, 0.64, 0.84, 1.0)
"""Places along the nose, from the bridge between the eyes to the tip."""
CHIN = (0.23, 0.44, 0.68, 0.87)
"""Places from the lower lip to the edge of the chin."""
OUTLINE = (
    *((0.0, -0.44), (0.17, -0.43), (0.31, -0.41), (0.44, -0.36), (0.52, -0.29), (0.57, -0.19)),
    *((0.59, -0.09), (0.6, 0.04), (0.6, 0.16), (0.59, 0.29), (0.57, 0.42), (0.53, 0.56)),
    *((0.48, 0.68), (0.42, 0.76), (0.34, 0.84), (0.28, 0.9), (0.2, 0.95), (0.11, 0.99)),
    (0.0, 1.0),
)
"""The outline of a mean face in head units, from the top of the forehead down its right side."""
_EDGE = 7
"""The first point of it that lies on the border of the face: those above are on the forehead."""
_INNER = 0.96
"""The corners of a mouth's opening, as a share of its width."""
_BEARD_STEPS = 96


@torch.no_grad()
def landmarks(people: People, size: int) -> dict[str, Tensor]:
    """Named points (n, k, 2) of n people's photographs, in pixels, x to the right and y down.

    A photograph of `size` pixels reaches from 0 to `size`; points may lie beyond it, and behind
    hair, cloth and glasses. Left and right are the picture's. The names:

    - `left_upper_lid`, `left_lower_lid` (9 each, from the outer corner to the inner; the same where
      the eye is closed), `left_iris` (5: centre, right, top, left, bottom),
    - `left_brow_top`, `left_brow_bottom` (5 each, from the outer end), `left_nostril` (2: the edge
      of the wing, and where it meets the lip), `left_cheek` (1), and all of them with `right_`,
    - `nose` (8: from between the eyes down to the tip, then its base),
    - `upper_outer_lip`, `upper_inner_lip`, `lower_inner_lip`, `lower_outer_lip` (11 each, from the
      left corner to the right),
    - `chin` (4, from below the lip to above the chin's edge),
    - `outline` (36, clockwise from the top of the forehead; the 19th is the chin).
    """
    head = Head(people, 1)
    points: dict[str, Place] = {"nose": _nose(head), "outline": _outline(head)}
    for name, side in SIDES:
        parts = _eye(head, side) | _brow(head, side) | _cheek(head, side)
        points |= {f"{name}_{part}": place for part, place in parts.items()}
    points |= _mouth(head)
    points["chin"] = _chin(head, points)
    return {name: _in_pixels(head, *place, size) for name, place in points.items()}


def _in_pixels(head: Head, u: Tensor, v: Tensor, size: int) -> Tensor:
    """(n, 1, k) places in head units as (n, k, 2) pixels."""
    x, y = head.in_frame(*torch.broadcast_tensors(u, v))
    return (torch.stack((x, y), -1)[:, 0] + 1) * (size / 2)


def _row(head: Head, values: tuple[float, ...]) -> Tensor:
    """(1, 1, k)."""
    return torch.tensor(values, device=head.u.device).reshape(1, 1, -1)


def _beside(head: Head, side: Side, centre: Place, out: Tensor, down: Tensor) -> Place:
    """Places measured outwards and down from a point on one side of the face."""
    return centre[0] + side * head.narrowing(side) * out, centre[1] + down


def _eye(head: Head, side: Side) -> dict[str, Place]:
    f, lids, t = head.people.field, eyelids(head), _row(head, LIDS)
    out = t * lids.half
    upper, lower = lids.upper(t), lids.lower(t) - lids.lift
    # Lids that meet are one line, that of the lashes.
    lower = torch.where(f("eye_open") < 0.2, upper, torch.maximum(upper, lower))
    centre, size = head.eye(side), f("eye_size")
    across, along = _row(head, (0, 1, 0, -1, 0)) * side, _row(head, (0, 0, -1, 0, 1))
    radius = IRIS_RADIUS * size
    iris = (0.01 * head.turn * side + radius * across, (radius * along - 0.006 * size))
    return {
        "upper_lid": _beside(head, side, centre, out, upper - lids.tilt * out),
        "lower_lid": _beside(head, side, centre, out, lower - lids.tilt * out),
        "iris": _beside(head, side, centre, *iris),
    }


def _brow(head: Head, side: Side) -> dict[str, Place]:
    centre = head.at(side * 0.29, brow_height(head), 0.5)
    out = _row(head, BROWS) * BROW_LENGTH
    below, thick = brow(head, out, torch.zeros_like(out))
    return {
        "brow_top": _beside(head, side, centre, out, -below - thick),
        "brow_bottom": _beside(head, side, centre, out, -below + thick),
    }


def _cheek(head: Head, side: Side) -> dict[str, Place]:
    """The middle of the cheek, and the wing of the nose beside it."""
    nose = head.people.field("nose_width")
    u, v = head.at(side * 0.07 * nose, _nostrils_v(head), 0.62)
    out = side * torch.cat((0.07 * nose + 0.005, 0.07 * nose - 0.005), -1)
    wing = u + out, v + _row(head, (-0.03, 0.007))
    return {"cheek": head.at(side * torch.full_like(u, 0.36), 0.36, 0.42), "nostril": wing}


def _nostrils_v(head: Head) -> Tensor:
    return 0.42 * head.people.field("nose_length") + 0.045


def _nose(head: Head) -> Place:
    tip_u, tip_v = head.nose()
    top_u, _ = head.at(0.0, 0.0, 0.5)
    v = _row(head, RIDGE) * (tip_v - 0.02)
    u = top_u + (tip_u - top_u) * (v / tip_v).clamp(0, 1)
    base_u, base_v = head.at(0.0, _nostrils_v(head), 0.62)
    return torch.cat((u, base_u), -1), torch.cat((v, base_v + 0.016), -1)


def _mouth(head: Head) -> dict[str, Place]:
    mouth, t = lips(head), _row(head, LIPS)
    outer, inner = mouth.edges(t), mouth.edges(t * _INNER)
    u = mouth.u + t * mouth.half
    inner_u = mouth.u + t * _INNER * mouth.half
    upper, lower = inner.upper_inner.clone(), inner.lower_inner.clone()
    for corner in (0, -1):
        upper[..., corner] = lower[..., corner] = (upper[..., corner] + lower[..., corner]) / 2
    return {
        "upper_outer_lip": (u, outer.top),
        "upper_inner_lip": (inner_u, upper),
        "lower_inner_lip": (inner_u, lower),
        "lower_outer_lip": (u, outer.bottom),
    }


def _chin(head: Head, points: dict[str, Place]) -> Place:
    """Between the lip and the edge of the chin, as far apart as an open mouth leaves room for."""
    share = _row(head, CHIN)
    lip, edge = points["lower_outer_lip"], points["outline"]
    middle, lowest = len(LIPS) // 2, len(OUTLINE) - 1
    u, v = (
        a[..., middle : middle + 1] * (1 - share) + b[..., lowest : lowest + 1] * share
        for a, b in zip(lip, edge, strict=True)
    )
    return u, v


class _Places(Head):
    """Heads seen at a few places (n, h, w) in head units, in place of a grid of pixels."""

    def __init__(self, people: People, u: Tensor, v: Tensor):
        super().__init__(people, 1)
        self.u, self.v = u, v

    def rows(self, rows: Tensor) -> "Head":
        return _Places(self.people[rows], self.u[rows], self.v[rows])


def _on_border(head: Head, start: Place, towards: Place, share: float | Tensor) -> Place:
    """Places (n, 1, k): a share of the way from the start, inside the face, to its border."""

    def along(t: Tensor) -> Place:
        u, v = (a + (b - a) * t for a, b in zip(start, towards, strict=True))
        return u, v

    near = torch.zeros_like(towards[0] + towards[1])
    far = near + 2.0
    for _ in range(20):
        t = (near + far) / 2
        inside = _Places(head.people, *along(t)).face(0.0) < 0
        near, far = torch.where(inside, t, near), torch.where(inside, far, t)
    return along(near * share)


def _outline(head: Head) -> Place:
    half = torch.tensor(OUTLINE, device=head.u.device)
    mean = torch.cat((half, half[1:-1].flip(0) * half.new_tensor((-1.0, 1.0))))
    across, down = mean.T.reshape(2, 1, 1, -1)
    # Cheeks and jaw: from the middle of the face, whose chin turns further than its cheeks.
    chin_u, chin_v = head.at(0.0, 1.0, 0.42)
    low = down.clamp(0, 1)
    middle = 0.5 * chin_u, torch.full_like(chin_u, 0.2)
    towards = chin_u * low + across * head.width / HALF_FACE, down + (chin_v - 1) * low
    edge = _on_border(head, middle, towards, 1.0)
    # The forehead: between its middle and the side of the skull at the same height.
    middle = head.at(0.0, down, 0.5)
    towards = middle[0] + torch.sign(across) * head.width, middle[1]
    brow = _on_border(head, middle, towards, across.abs() / HALF_FACE)
    above = down < OUTLINE[_EDGE][1]
    u, v = (torch.where(above, *places) for places in zip(brow, edge, strict=True))
    return u, v


@torch.no_grad()
def beard_outlines(people: People, size: int) -> list[tuple[NDArray[np.float64], ...]]:
    """For each person, the closed outlines (k, 2) of beard and moustache in pixels of their
    photograph, without the gap about the mouth; none for stubble."""
    people = people.to("cpu")
    heads, steps = Head(people, 1), torch.linspace(0, 1, _BEARD_STEPS)
    # All that lies below the eyes; on the whole grid, whatever the photograph cuts off.
    u, v = (2 * steps - 1).reshape(1, 1, -1), (1.2 * steps + 0.1).reshape(1, -1, 1)
    grid = [place.expand(len(people), _BEARD_STEPS, _BEARD_STEPS) for place in (u, v)]
    places = _Places(people, *grid)
    shape = both(beard(places), places.face(0.0)).masked_fill(heads.is_("beard", "stubble"), 1.0)
    outlines = []
    for row, distance in enumerate(shape.numpy()):
        person, found = heads.rows(torch.tensor([row])), []
        for contour in find_contours(distance, 0.0):
            down, across = torch.from_numpy(contour.T / (_BEARD_STEPS - 1))
            # Borders of beards turn one way, those of gaps in them the other.
            turn = (across[:-1] * down[1:] - across[1:] * down[:-1]).sum()
            if turn < 0 and len(down) > 12:
                place = (2 * across[:-1:3] - 1, 1.2 * down[:-1:3] + 0.1)
                found.append(_in_pixels(person, *place, size)[0].numpy())
        outlines.append(tuple(found))
    return outlines
