"""Where everything is: the geometry that a person's photograph and drawing share.

Head coordinates: origin between the pupils, v down, chin at v = 1, one unit = pupils to chin. The
shapes here are distances in those units. Eyes, lips and noses look different in a photograph and in
a drawing, but both put them at the places given here: so twins agree in geometry.
"""

from collections.abc import Callable, Mapping
from functools import cached_property, wraps
from typing import Any, TypeVar

import torch
from torch import Tensor

from ganlib.twins.framing import CHEEK, CHIN, EYE_LINE, PUPIL_OFFSET
from ganlib.twins.people import People
from ganlib.twins.person import find_field
from ganlib.twins.shapes import blend, both, box, ellipse, union

FAR = 1.0
"""The distance to a shape that a person does not have: more than any line is wide."""
UNIT = CHIN - EYE_LINE
"""Pupils to chin in frame coordinates, at zoom 1."""
HALF_FACE = CHEEK / UNIT
PUPIL = PUPIL_OFFSET / UNIT
PIVOT = 0.75
"""Leaning turns the head about the base of the neck, so that it stays on its shoulders."""

T = TypeVar("T")
Parts = dict[str, Callable[["Head"], Tensor]]
"""Choice -> what draws it."""


def shared(part: Callable[..., T]) -> Callable[..., T]:
    """A part of a head, made once: photograph and drawing ask for the same, and only read it."""

    @wraps(part)
    def once(head: "Head", *how: float) -> T:
        key = (part.__name__, *how)
        if key not in head.parts:
            head.parts[key] = part(head, *how)
        return head.parts[key]

    return once


class Head:
    """Coordinates, places and outlines of a batch of people on a size × size pixel grid."""

    def __init__(self, people: People, size: int):
        self.people, self.size = people, size
        self.parts: dict[tuple[Any, ...], Any] = {}
        f = people.field
        line = (torch.arange(size, device=people.values.device) + 0.5) * (2 / size) - 1
        self.x, self.y = line.reshape(1, 1, size), line.reshape(1, size, 1)
        self.scale = UNIT * f("zoom")
        du = (self.x - f("shift_x")) / self.scale
        dv = (self.y - EYE_LINE - f("shift_y")) / self.scale
        cos, sin = f("roll").cos(), f("roll").sin()
        self.u = du * cos + (dv - PIVOT) * sin
        self.v = (dv - PIVOT) * cos - du * sin + PIVOT
        self.px = 2 / size / self.scale
        # The body does not lean with the head.
        self.body_u, self.body_v = du, dv

        self.turn = f("yaw") * 0.6
        self.nod = f("pitch") * 0.26
        self.width = f("face_width") * HALF_FACE
        self.recentre = -0.22 * self.turn.sin()

    @cached_property
    def across(self) -> Tensor:
        """u from the middle of the skull, which turns less than the face."""
        return self.u + 0.1 * self.turn

    def __len__(self) -> int:
        return len(self.people)

    def rows(self, rows: Tensor) -> "Head":
        """The heads of some of the people; the same numbers, for less work."""
        return Head(self.people[rows], self.size)

    def in_frame(self, u: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Frame coordinates of places on the head: the inverse of `u` and `v`."""
        f = self.people.field
        cos, sin = f("roll").cos(), f("roll").sin()
        du, dv = u * cos - (v - PIVOT) * sin, (v - PIVOT) * cos + u * sin + PIVOT
        return du * self.scale + f("shift_x"), dv * self.scale + EYE_LINE + f("shift_y")

    def is_(self, name: str, *choices: str) -> Tensor:
        """Who has one of the choices: booleans (n, 1, 1)."""
        names, value = find_field(name).choices, self.people.field(name)
        chosen = torch.zeros_like(value, dtype=torch.bool)
        for choice in choices:
            chosen = chosen | (value == names.index(choice))
        return chosen

    def at(self, u: float | Tensor, v: float | Tensor, depth: float) -> tuple[Tensor, Tensor]:
        """Place of a point on the face after turning; depth is its distance before the axis."""
        u = u * self.turn.cos() + depth * self.turn.sin() + self.recentre
        return u, v * self.nod.cos() + (depth - 0.12) * self.nod.sin()

    def narrowing(self, side: int) -> Tensor:
        """Width of things at the left (−1) or right (+1) eye after turning; 1 = from the front."""
        return (self.turn.cos() - side * 0.52 * self.turn.sin()).clamp(0.35, 1.15)

    def eye(self, side: int) -> tuple[Tensor, Tensor]:
        return self.at(side * PUPIL * self.people.field("eye_spacing"), 0.0, 0.45)

    @shared
    def face(self, pointed: float) -> Tensor:
        """Outline of the face; pointed 0 is a person's chin, 1 that of a drawing."""
        f, turn = self.people.field, self.turn
        jaw = f("jaw") * (1 - 0.5 * pointed)
        skull = ellipse(self.u, self.v, -0.06 * turn, -0.2, self.width, 0.72)
        aside, wide = 0.06 * turn + self.recentre * 0.2, 0.93 + 0.07 * jaw - 0.02 * pointed
        cheeks = ellipse(self.u, self.v, aside, 0.26, self.width * wide, 0.66 - 0.04 * pointed)
        chin_u, chin_v = self.at(0.0, 1.0, 0.42)
        reach, wide = 0.34 - 0.04 * pointed, 0.25 + 0.14 * jaw - 0.08 * pointed
        chin = ellipse(self.u, self.v, chin_u, chin_v - reach, wide, reach)
        return blend(blend(skull, cheeks, 0.1), chin, 0.34)

    @shared
    def ears(self) -> Tensor:
        """Both ears; one that is turned away is narrow."""

        def ear(side: int) -> Tensor:
            wide = 0.085 * (1 - side * self.turn).clamp(0.3, 1.3)
            return ellipse(self.u, self.v, side * self.width - 0.12 * self.turn, 0.14, wide, 0.17)

        return union(ear(-1), ear(1))

    @shared
    def neck(self) -> Tensor:
        """The neck, which flares towards the shoulders."""
        wide = 0.32 * self.width / HALF_FACE + 0.1 * (self.body_v - 0.95).clamp(0, 0.5)
        return box(self.body_u, self.body_v, 0.05 * self.turn, 1.5, wide, 0.9, 0.1)

    @shared
    def body(self) -> Tensor:
        """Shoulders that fall away from the neck and round off to arms that hang down."""
        drop = 1.2 + self.people.field("shoulders")
        away = self.body_u.abs()
        spread = (away - 0.3).clamp_min(0)
        above = (drop + 0.26 * spread + 0.08 * spread**2 - self.body_v) * 0.9
        arms = away - 1.3 - 0.07 * (self.body_v - drop).clamp_min(0)
        return -blend(-above, -arms, 0.55)

    @shared
    def opening(self) -> Tensor:
        """The neckline: where the clothes are open on the skin (under a jacket, on the shirt)."""
        u, v = self.body_u, self.body_v - self.people.field("shoulders")
        round_ = ellipse(u, v, 0.0, 1.16, 0.42, 0.2)
        wedge = both((u.abs() + (v - 1.62) * 0.62) * 0.85, 1.0 - v)
        return torch.where(self.is_("neckline", "round"), round_, wedge)

    def nose(self) -> tuple[Tensor, Tensor]:
        return self.at(0.0, 0.42 * self.people.field("nose_length"), 0.68)

    def mouth(self) -> tuple[Tensor, Tensor]:
        return self.at(0.0, 0.655, 0.52)


def choose(
    head: Head,
    name: str,
    parts: Mapping[str, Callable[[Head], Tensor]],
    otherwise: float | Tensor = FAR,
) -> Tensor:
    """One part for each choice of the field `name`, made only for the people who have it.

    `parts` is {choice: function of the heads that have it, giving (m, …)}, `otherwise` the value
    for everybody else, a number or a tensor (n, …). Returns (n, …), of the shape that the parts
    have; (n, h, w) where nobody has any.
    """
    value, names = head.people.field(name)[:, 0, 0], find_field(name).choices
    result = rest = torch.as_tensor(otherwise, device=head.u.device)
    for choice, part in parts.items():
        rows = (value == names.index(choice)).nonzero()[:, 0]
        if len(rows):
            made = part(head.rows(rows))
            if result is rest:
                result = rest.expand(len(head), *made.shape[1:]).clone()
            result[rows] = made
    return result if result.ndim else result.expand_as(head.u).clone()


def for_some(
    head: Head, who: Tensor, image: Tensor, how: Callable[[Head, Tensor, Tensor], Tensor]
) -> Tensor:
    """The image (n, …) changed in the rows of `who` (n, 1, 1) alone: most people wear no hat.

    `how` gets the heads of these people, their part of the image, and the numbers of their rows.
    """
    rows = who[:, 0, 0].nonzero()[:, 0]
    if not len(rows):
        return image
    result = image.clone()
    result[rows] = how(head.rows(rows), image[rows], rows)
    return result
