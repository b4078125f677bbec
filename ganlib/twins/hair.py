"""Hair of the head and of the face: outlines that photograph and drawing share.

All shapes are distances in head units, `FAR` for who has none. What a drawing's style cuts into
locks is added to them in `anime_hair`.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from ganlib.twins.head import FAR, Head, Parts, choose, shared
from ganlib.twins.shapes import blend, both, box, ellipse, union

CLOSE = ("shaved", "ponytail", "bun", "braids", "afro")
"""Cuts without a fringe: the forehead is bare."""
HANGING = ("bob", "long", "wavy", "curly")
"""Cuts that fall beside the face."""


def _cap(head: Head) -> Tensor:
    """The skull with hair on it."""
    f = head.people.field
    full = (~head.is_("hair_style", "bald", "shaved")) * (0.03 + 0.09 * f("hair_volume"))
    puff = 0.02 + full + 0.04 * head.is_("hair_style", *HANGING)
    return ellipse(head.u, head.v, -0.1 * head.turn, -0.2, head.width + puff, 0.74 + puff)


def tip(head: Head) -> Tensor:
    """Height v down to which hanging hair reaches."""
    length = head.people.field("hair_length")
    return torch.where(head.is_("hair_style", "bob"), 0.55 + 0.4 * length, 1.1 + 0.75 * length)


def _curtain(head: Head) -> Tensor:
    bottom = tip(head)
    half = (bottom + 0.25) / 2
    swing = 0.07 * torch.sin(head.v * 7 + head.across.sign()) * head.is_("hair_style", "wavy")
    loose = 0.06 * (head.v + 0.2).clamp(0, 1.2)
    inwards = 0.1 * (head.v - 0.3).clamp_min(0) * head.is_("hair_style", "bob")
    volume = 0.1 * head.people.field("hair_volume")
    width = head.width + 0.07 + volume + loose + swing - inwards
    fall = box(head.across, head.v, 0.0, bottom - half, width, half, 0.22)
    return blend(fall, _cap(head), 0.15)


def _curls(head: Head) -> Tensor:
    """A cloud that hangs: wider at the jaw, its edge made of curls."""
    f, u = head.people.field, head.across
    width = head.width + 0.16 + 0.16 * f("hair_volume")
    top = ellipse(u, head.v, 0.0, -0.25, width, 0.8)
    below = ellipse(u, head.v, 0.0, 0.2 + 0.5 * f("hair_length"), width + 0.06, 0.55)
    return blend(top, below, 0.2) + _bumps(head, 0.028)


def _bumps(head: Head, depth: float) -> Tensor:
    """Scallops along an outline, placed by the angle about the head, so that they follow it."""
    angle = torch.atan2(head.v + 0.1, head.across)
    return depth * ((angle * 9).sin().abs() - 0.6)


def _afro(head: Head) -> Tensor:
    grown = 0.3 * head.people.field("hair_length")
    ball = ellipse(head.across, head.v, 0.0, -0.27, head.width + 0.14 + grown, 0.8 + 0.9 * grown)
    return ball + _bumps(head, 0.02)


def _ponytail(head: Head) -> Tensor:
    f = head.people.field
    side = torch.where(f("part") >= 0, 1.0, -1.0)
    u = head.across * side
    tail_v = 0.15 + 0.35 * f("hair_length")
    bow = 0.16 * torch.cos((head.v - tail_v) * 2.2)
    tail = ellipse(u - 0.52 - bow, head.v, 0.0, tail_v, 0.17, 0.55 + 0.25 * f("hair_length"))
    return union(_cap(head), tail, ellipse(u, head.v, 0.42, -0.62, 0.2, 0.2))


def _bun(head: Head) -> Tensor:
    f = head.people.field
    top = -0.98 - 0.06 * f("hair_volume")
    size = 0.2 + 0.08 * f("hair_length")
    return union(_cap(head), ellipse(head.u, head.v, 0.12 * f("part"), top, size * 1.1, size))


def braid_places(head: Head) -> Tensor:
    """Distance to the two plaits of `braids`, scalloped where strand crosses strand."""
    end = 1.0 + 0.7 * head.people.field("hair_length")
    centre = head.width - 0.04 + 0.06 * head.v
    plait = 0.085 - 0.02 * ((head.v * 9).sin().abs() < 0.25)
    across = (head.across.abs() - centre).abs() - plait
    return both(across, -0.02 - head.v, head.v - end)


@shared
def hair_back(head: Head) -> Tensor:
    """Hair behind the face: the cap and whatever hangs, is tied up or curls beyond it."""
    cuts = {
        **dict.fromkeys(("bob", "long", "wavy"), _curtain),
        **{"curly": _curls, "afro": _afro, "spiky": _spikes, "ponytail": _ponytail, "bun": _bun},
        "braids": lambda some: union(_cap(some), braid_places(some)),
    }
    shape = choose(head, "hair_style", cuts, _cap(head))
    return torch.where(head.is_("hair_style", "bald"), FAR, shape)


def _spikes(head: Head) -> Tensor:
    """The cap with points that stand away from it."""
    saw, above = saw_about(head)
    reach = (0.06 + 0.1 * head.people.field("hair_volume")) * 0.6
    return _cap(head) - reach * saw * above


def saw_about(head: Head) -> tuple[Tensor, Tensor]:
    """A saw about the head, which rises slowly and drops at once as swept locks do, and where it
    stands: (0 to 1, 0 to 1)."""
    angle = torch.atan2(head.v + 0.15, head.across)
    saw = (angle * 2.4 + 0.3 * head.people.field("part")).remainder(1)
    return saw, ((0.1 - head.v) * 2).clamp(0, 1)


@shared
def hairline(head: Head) -> Tensor:
    """Height v of the hair's edge over the forehead."""
    part = head.people.field("part")
    u = head.u - 0.5 * head.turn.sin() - head.recentre
    across = (u / head.width).clamp(-1.3, 1.3)
    temples = 0.5 * (across.abs() - 0.42).clamp_min(0) ** 1.3
    peak = 0.05 * torch.cos(across * 6.3) * (part > 0.3)
    bare = -0.56 - 0.12 * head.people.field("age") + peak + temples
    straight = -0.22 + 0.04 * part + 0.1 * across**2
    from_part = (across * torch.where(part < 0, -1.0, 1.0) + 0.45).clamp(0, 1.5)
    swept = -0.58 + 0.3 * from_part**0.8 + temples * 0.6
    fall = (across - 0.3 * part).abs()
    parted = -0.66 + 0.4 * fall**0.7 + 0.5 * (fall - 0.7).clamp_min(0)
    line = bare
    for cut, shape in (("straight", straight), ("swept", swept), ("parted", parted)):
        line = torch.where(head.is_("fringe", cut), shape, line)
    line = torch.where(head.is_("hair_style", *CLOSE), bare, line)
    return line + 0.25 * head.nod


@shared
def hair_front(head: Head) -> Tensor:
    """Hair before the face: the cap above the hairline, and side locks of the longer cuts."""
    spiky = head.is_("hair_style", "spiky")
    cap = torch.where(spiky, _spikes(head), _cap(head)) if spiky.any() else _cap(head)
    cap = choose(head, "hair_style", {"curly": _curls, "afro": _afro}, cap)
    top = both(cap, (head.v - hairline(head)) * 0.8)
    burns = head.width * 0.93 - head.across.abs()
    burns = both(_cap(head), burns, head.v - 0.1, -0.4 - head.v)

    def locks(some: Head) -> Tensor:
        back = choose(some, "hair_style", {"curly": _curls}, _curtain(some))
        end = tip(some)
        inner = some.width * (0.9 + 0.06 * torch.sin(some.v * 4))
        taper = inner + 0.5 * (some.v - end + 0.25).clamp_min(0)
        return both(back, (taper - some.across.abs()) * 0.9, -0.45 - some.v, some.v - end)

    hanging = {cut: locks for cut in HANGING}
    hanging["braids"] = lambda some: both(braid_places(some), -0.1 - some.v)
    tied = torch.where(head.is_("hair_style", "ponytail", "bun"), FAR, burns)
    side = choose(head, "hair_style", hanging, tied)
    # Rounded where a side lock leaves the cap: a plain union would leave a hook at the temple.
    shape = blend(top, side, 0.12)
    return torch.where(head.is_("hair_style", "bald"), FAR, shape)


@shared
def beard(head: Head) -> Tensor:
    """Facial hair on the lower face, up to its edge; none on the lips."""

    def grown(some: Head, below: Callable[[Head], Tensor] | None = None) -> Tensor:
        mu, mv = some.mouth()
        hair = ellipse(some.u, some.v, mu, mv - 0.1, 0.25, 0.065)
        hair = union(below(some), hair) if below else hair
        return both(hair, -ellipse(some.u, some.v, mu, mv + 0.01, 0.2, 0.075))

    full, goatee = partial(grown, below=_jaw), partial(grown, below=_chin)
    cuts: Parts = {"stubble": full, "full": full, "goatee": goatee}
    return choose(head, "beard", cuts | {"moustache": grown})


def _jaw(head: Head) -> Tensor:
    mu, mv = head.mouth()
    side = (head.u - mu).abs()
    edge = 0.36 + 0.25 * (1 - (side / 0.5).clamp(0, 1) ** 2)
    return both(edge - head.v, -ellipse(head.u, head.v, mu, mv - 0.16, 0.2, 0.14))


def _chin(head: Head) -> Tensor:
    mu, mv = head.mouth()
    return ellipse(head.u, head.v, mu, mv + 0.24, 0.2, 0.18)
