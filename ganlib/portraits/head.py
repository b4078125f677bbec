"""Where everything is: the geometry that a person's photograph and drawing share.

Head coordinates: origin between the pupils, v down, chin at v = 1, one unit = pupils to chin. The
shapes here are distances in those units. Whatever the two worlds draw differently (eyes, lips,
noses) they draw at the places given here, so twins agree in geometry by construction.
"""

import torch
from torch import Tensor

from ganlib.framing import CHEEK, CHIN, EYE_LINE, PUPIL_OFFSET
from ganlib.portraits.people import People
from ganlib.portraits.shapes import blend, both, box, ellipse, union, waves

UNIT = CHIN - EYE_LINE
"""Pupils to chin in frame coordinates, at zoom 1."""
HALF_FACE = CHEEK / UNIT
PUPIL = PUPIL_OFFSET / UNIT


class Head:
    """Coordinates, places and outlines of a batch of people on a size × size pixel grid."""

    def __init__(self, people: People, size: int):
        self.people = people
        f = people.field
        device = people.values.device
        line = (torch.arange(size, device=device) + 0.5) * (2 / size) - 1
        self.x, self.y = line.reshape(1, 1, size), line.reshape(1, size, 1)
        scale = UNIT * f("zoom")
        du, dv = (self.x - f("shift_x")) / scale, (self.y - EYE_LINE - f("shift_y")) / scale
        cos, sin = f("roll").cos(), f("roll").sin()
        # Leaning turns the head about the base of the neck, so that it stays on its shoulders.
        pivot = 0.75
        self.u = du * cos + (dv - pivot) * sin
        self.v = (dv - pivot) * cos - du * sin + pivot
        self.px = 2 / size / scale
        # The body does not lean with the head.
        self.body_u, self.body_v = du, dv

        self.turn = f("yaw") * 0.6
        self.nod = f("pitch") * 0.26
        self.width = f("face_width") * HALF_FACE
        self._recentre = -0.22 * self.turn.sin()

    def at(self, u: float | Tensor, v: float | Tensor, depth: float) -> tuple[Tensor, Tensor]:
        """Place of a point on the face after turning; depth is its distance before the axis."""
        u = u * self.turn.cos() + depth * self.turn.sin() + self._recentre
        return u, v * self.nod.cos() + (depth - 0.45) * self.nod.sin()

    def narrowing(self, side: int) -> Tensor:
        """Width of things at the left (−1) or right (+1) eye after turning; 1 = from the front."""
        return (self.turn.cos() - side * 0.52 * self.turn.sin()).clamp(0.35, 1.15)

    def eye(self, side: int) -> tuple[Tensor, Tensor]:
        return self.at(side * PUPIL * self.people.field("eye_spacing"), 0.0, 0.45)

    def face(self, pointed: float) -> Tensor:
        """Outline of the face; pointed 0 is a person's chin, 1 that of a drawing."""
        f, turn = self.people.field, self.turn
        jaw = f("jaw") * (1 - 0.5 * pointed)
        skull = ellipse(self.u, self.v, -0.06 * turn, -0.2, self.width, 0.72)
        cheeks = ellipse(
            self.u,
            self.v,
            0.06 * turn + self._recentre * 0.2,
            0.24,
            self.width * (0.9 + 0.1 * jaw - 0.03 * pointed),
            0.62 - 0.04 * pointed,
        )
        chin_u, chin_v = self.at(0.0, 1.0, 0.42)
        reach = 0.34 - 0.06 * pointed
        chin = ellipse(
            self.u, self.v, chin_u, chin_v - reach, 0.22 + 0.15 * jaw - 0.09 * pointed, reach
        )
        return blend(blend(skull, cheeks, 0.1), chin, 0.34)

    def ears(self) -> Tensor:
        spread = self.width * 1.0
        return union(
            *(
                ellipse(
                    self.u,
                    self.v,
                    side * spread - 0.12 * self.turn,
                    0.14,
                    0.085 * (1 - side * self.turn).clamp(0.3, 1.3),
                    0.17,
                )
                for side in (-1, 1)
            )
        )

    def neck(self) -> Tensor:
        flare = 0.1 * (self.body_v - 0.95).clamp(0, 0.5)
        return box(
            self.body_u,
            self.body_v,
            0.05 * self.turn,
            1.5,
            0.32 * self.width / HALF_FACE + flare,
            0.9,
            0.1,
        )

    def body(self) -> Tensor:
        """Shoulders: a slope from the neck that rounds off to the arms."""
        drop = 1.2 + self.people.field("shoulders")
        spread = (self.body_u.abs() - 0.3).clamp_min(0)
        return (drop + 0.3 * spread + 0.22 * spread**3 - self.body_v) * 0.9

    def opening(self) -> Tensor:
        """The neckline: where the clothes are open on the skin (under a jacket, on the shirt)."""
        kind, shoulders = self.people.field("neckline"), self.people.field("shoulders")
        u, v = self.body_u, self.body_v - shoulders
        round_ = ellipse(u, v, 0.0, 1.16, 0.42, 0.2)
        wedge = both((u.abs() * 1.0 + (v - 1.62) * 0.62) * 0.85, 1.0 - v)
        return torch.where(kind == 0, round_, wedge)

    def _cap(self, lift: float = 0.0) -> Tensor:
        f = self.people.field
        style = f("hair_style")
        puff = 0.02 + 0.1 * f("hair_volume") * (style > 1) + 0.05 * (style >= 3) + lift
        return ellipse(self.u, self.v, -0.1 * self.turn, -0.2, self.width + puff, 0.74 + puff)

    def hair_back(self) -> Tensor:
        """Hair behind the face: the cap and whatever hangs, is tied up or curls beyond it."""
        f = self.people.field
        style, length, seed = f("hair_style"), f("hair_length"), f("seed")
        cap = self._cap()
        u = self.u + 0.1 * self.turn
        wave = (style == 5) * 0.07 * torch.sin(self.v * 7 + seed + self.u.sign())
        bottom = torch.where(style == 3, 0.62 + 0.36 * length, 1.15 + 0.7 * length)
        half = (bottom + 0.25) / 2
        flare = 0.06 * (self.v + 0.2).clamp(0, 1.2)
        width = self.width + 0.08 + 0.1 * f("hair_volume") + flare + wave
        curtain = blend(box(u, self.v, 0.0, bottom - half, width, half, 0.22), cap, 0.15)
        knot_u = torch.where(seed.remainder(2) < 1, 0.0, 0.62 * f("part").sign())
        knot_v = torch.where(seed.remainder(2) < 1, -1.0, -0.55)
        tied = union(cap, ellipse(u, self.v, knot_u, knot_v, 0.27, 0.25))
        rough = waves(self.u, self.v, seed, 14.0, 4) * 0.018
        afro = (
            ellipse(u, self.v, 0.0, -0.27, self.width + 0.16 + 0.3 * length, 0.8 + 0.26 * length)
            + rough
        )
        shape = torch.where((style >= 3) & (style <= 5), curtain, cap)
        shape = torch.where(style == 6, tied, shape)
        shape = torch.where(style == 7, afro, shape)
        return torch.where(style == 0, torch.ones_like(shape), shape)

    def hairline(self, jagged: float) -> Tensor:
        """Height v of the hair's edge over the forehead; jagged 1 cuts it into drawn locks."""
        f = self.people.field
        style, fringe, part = f("hair_style"), f("fringe"), f("part")
        u = self.u - 0.5 * self.turn.sin() - self._recentre
        across = (u / self.width).clamp(-1.3, 1.3)
        tooth = (across * 3.2).remainder(1) - 0.5
        locks = jagged * (0.11 * (1 - 4 * tooth * tooth).clamp_min(0))
        temples = 0.5 * (across.abs() - 0.42).clamp_min(0) ** 1.3 * (1 + 0.5 * jagged)
        bare = -0.56 - 0.1 * f("age") + 0.1 * torch.cos(across * 6.3) * (part > 0.3) + temples
        straight = -0.2 + 0.04 * part + 0.1 * across**2 + locks
        from_part = (across * part.sign() + 0.45).clamp(0, 1.5)
        swept = -0.58 + 0.3 * from_part**0.8 + temples * 0.6 + locks * (from_part > 0.05)
        fall = (across - 0.3 * part).abs()
        parted = -0.66 + 0.42 * fall**0.7 + 0.5 * (fall - 0.7).clamp_min(0) + locks * (fall > 0.2)
        line = torch.where(fringe == 1, straight, bare)
        line = torch.where(fringe == 2, swept, line)
        line = torch.where(fringe == 3, parted, line)
        line = torch.where(
            (style == 1) | (style == 6) | (style == 7), bare + jagged * 0.3 * locks, line
        )
        return line + 0.25 * self.nod

    def hair_front(self, jagged: float) -> Tensor:
        """Hair before the face: the cap above the hairline, and side locks of the longer cuts."""
        f = self.people.field
        style, length = f("hair_style"), f("hair_length")
        top = both(self._cap(), (self.v - self.hairline(jagged)) * 0.8)
        u = self.u + 0.1 * self.turn
        inner = self.width * (0.9 + 0.08 * torch.sin(self.v * 4 + f("seed"))) - 0.1 * jagged
        tip = torch.where(style == 3, 0.62 + 0.36 * length, 1.15 + 0.7 * length)
        taper = inner + 0.5 * (self.v - tip + 0.25).clamp_min(0)
        locks = both(self.hair_back(), (taper - u.abs()) * 0.9, -0.35 - self.v, self.v - tip)
        edge = self.width * (0.93 - jagged * 0.12 + 0.25 * jagged * (self.v + 0.3).clamp(0, 0.5))
        burns = both(self._cap(), edge - u.abs(), self.v - 0.1 - 0.06 * jagged, -0.4 - self.v)
        hangs = (style >= 3) & (style <= 5)
        side = torch.where(hangs, locks, torch.where(style == 6, torch.ones_like(top), burns))
        shape = union(top, side)
        return torch.where(style == 0, torch.ones_like(shape), shape)

    def covering(self) -> tuple[Tensor, Tensor]:
        """A scarf or turban: its cloth before the face and behind it (distances)."""
        f = self.people.field
        kind = f("cover")
        none = torch.ones_like(self.u)
        window_u, window_v = self.at(0.0, 0.2, 0.35)
        window = ellipse(self.u, self.v, window_u, window_v, self.width * 0.88, 0.74)
        veil = ellipse(self.u, self.v, -0.1 * self.turn, -0.12, self.width + 0.17, 0.92)
        drape = blend(
            veil,
            box(self.u, self.v, 0.0, 1.55, 0.5 + 0.35 * (self.v - 0.7).clamp(0, 1), 1.0, 0.3),
            0.4,
        )
        wrap = ellipse(self.u, self.v, -0.1 * self.turn, -0.55, self.width + 0.2, 0.55)
        edge = (self.v + 0.38 - 0.2 * (self.u / self.width) ** 2 - 0.25 * self.nod) * 0.9
        front = torch.where(
            kind == 1, both(drape, -window), torch.where(kind == 2, both(wrap, edge), none)
        )
        back = torch.where(kind == 1, drape, torch.where(kind == 2, both(wrap, edge - 0.15), none))
        return front, back

    def beard(self) -> Tensor:
        """Coverage-ready distance of facial hair on the lower face."""
        f = self.people.field
        kind = f("beard")
        mouth_u, mouth_v = self.mouth()
        side = (self.u - mouth_u).abs()
        jaw_line = 0.36 + 0.25 * (1 - (side / 0.5).clamp(0, 1) ** 2)
        cheeks = both(
            jaw_line - self.v, -(ellipse(self.u, self.v, mouth_u, mouth_v - 0.16, 0.2, 0.14))
        )
        lips = ellipse(self.u, self.v, mouth_u, mouth_v + 0.01, 0.2, 0.075)
        moustache = ellipse(self.u, self.v, mouth_u, mouth_v - 0.1, 0.25, 0.065)
        goatee = union(ellipse(self.u, self.v, mouth_u, mouth_v + 0.24, 0.2, 0.18), moustache)
        shape = torch.where(
            kind == 3, moustache, torch.where(kind == 4, goatee, union(cheeks, moustache))
        )
        shape = both(shape, -lips)
        return torch.where(kind == 0, torch.ones_like(shape), shape)

    def nose(self) -> tuple[Tensor, Tensor]:
        return self.at(0.0, 0.42 * self.people.field("nose_length"), 0.68)

    def mouth(self) -> tuple[Tensor, Tensor]:
        return self.at(0.0, 0.655, 0.52)

    def glasses(self) -> Tensor:
        """Distance to the middle of the frames' wire: two rims, a bridge and the arms."""
        kind = self.people.field("glasses")
        rims = []
        for side in (-1, 1):
            u, v = self.eye(side)
            narrow = self.narrowing(side)
            round_ = ellipse(self.u, self.v, u, v + 0.04, 0.235 * narrow, 0.22)
            square = box(self.u, self.v, u, v + 0.03, 0.24 * narrow, 0.165, 0.06)
            rims.append(torch.where(kind == 1, round_, square))
        (left, left_v), (right, _) = self.eye(-1), self.eye(1)
        centre, half = (left + right) / 2, (right - left) / 2
        bridge = box(
            self.u, self.v, centre, left_v - 0.02, (half - 0.22).clamp_min(0.03), 0.012, 0.0
        )
        arms = box((self.u - centre).abs(), self.v, half + 0.36, left_v - 0.04, 0.13, 0.012, 0.0)
        arms = both(arms, self.face(0.0))  # they go behind the ears
        wire = torch.minimum(union(*rims).abs(), union(bridge, arms).clamp_min(0))
        return torch.where(kind == 0, torch.ones_like(wire), wire)
