"""How hair is drawn: locks at its edge, single strands, curls, and the gleam on it.

Strands and gleam follow from the head and its parting, not from chance, so that they can be learnt.
"""

from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from ganlib.twins.anime_face import to_shade
from ganlib.twins.hair import braid_places, saw_about, tip
from ganlib.twins.head import Head, choose
from ganlib.twins.shapes import both, cover, paint, soft
from ganlib.twins.styles import Paints, Style

_CLOSE_CUT = ("bald", "shaved")
_CURLED = ("curly", "afro")


class Strands(NamedTuple):
    """Coordinates along hair that falls from the parting."""

    fan: Tensor
    """Strand number, rising from left to right; whole numbers are gaps between locks."""
    tooth: Tensor
    """1 in the gaps, 0 in the middle of a lock."""
    away: Tensor
    """Distance from the parting."""
    pace: float


def strands(head: Head, pace: float) -> Strands:
    """`pace` locks a radian about a point above the crown."""
    f = head.people.field
    wave = 0.05 * torch.sin(head.v * 9) * head.is_("hair_style", "wavy")
    u = head.across - 0.18 * f("part") + wave
    # From high above, locks beside the face hang down instead of spreading.
    v = head.v + 1.25
    fan = torch.atan2(u, v) * pace + 0.5
    tooth = 1 - ((fan.remainder(1) - 0.5).abs() * 2)
    return Strands(fan, 1 - tooth, (u * u + v * v).sqrt(), pace)


def locks(head: Head, style: Style, face: Tensor) -> tuple[Tensor, Tensor]:
    """What a style adds to the outlines of hair (behind, before the face): points and locks.

    face is the distance to the face's outline.
    """
    if not style.locks:
        none = torch.zeros_like(head.px)
        return none, none
    fan = strands(head, 7.0)
    # Pointed tips of unequal length between round gaps.
    chance = (fan.fan.floor() * 0.618).remainder(1)
    teeth = style.locks * (0.4 - (0.55 + 0.6 * chance) * fan.tooth**2)
    combed = head.is_("hair_style", "ponytail", "bun", "braids", *_CLOSE_CUT, *_CURLED)
    combed = combed | (head.is_("fringe", "none") & ~head.is_("hair_style", "spiky"))
    hanging = head.is_("hair_style", "bob", "long", "wavy")
    ends = teeth * 1.2 * ((head.v - tip(head) + 0.3) * 3).clamp(0, 1) * hanging
    # The fringe alone is cut: not the crown, which lies outside the face, nor what hangs beside it.
    forehead = ((-face - 0.01) * 9).clamp(0, 1) * ((0.02 - head.v) * 6).clamp(0, 1)
    forehead = forehead * ((0.85 - head.across.abs() / head.width) * 5).clamp(0, 1)
    fringe = teeth * torch.where(combed, 0.25, 1.0) * forehead + ends
    points = _points(head, style, combed)
    # The crown shares its outline with the hair behind it.
    return ends - points, fringe - points * (1 - forehead) * (head.v < -0.2)


def _points(head: Head, style: Style, combed: Tensor) -> Tensor:
    """How far the tips of locks stand out around the head; most in spiky hair."""
    spiky = head.is_("hair_style", "spiky")
    if not (style.spikes or spiky.any()):
        return torch.zeros_like(head.px)
    saw, above = saw_about(head)  # as the photograph's spikes, only deeper
    return (style.spikes * ~combed + 0.07 * spiky) * (saw**2 - 0.15) * above


def tone(head: Head, style: Style, paints: Paints, hair: Tensor) -> Tensor:
    """Hair before the face as a picture: fill, cel shadow, gleam, strands or curls."""
    f = head.people.field
    lit, away = f("light_side").abs() * (0.4 + 0.6 * f("light_strength")), to_shade(head)
    fall = strands(head, 7.0)
    canvas = paints.fill(hair)
    # The side away from the light, and the ends of the locks, lie in shadow.
    dark = 0.4 + 0.3 * (1 - lit) - head.u * away - 0.12 * fall.tooth
    dark = torch.minimum(dark, 1.1 - head.v + 0.25 * (1 - fall.tooth))
    canvas = paint(canvas, paints.shade(hair), soft(dark, 0.01 + style.cel))
    straight = ~head.is_("hair_style", *_CLOSE_CUT, *_CURLED, "braids")
    shine = _gleam(head, style, fall, away)
    strength = {"soft": 0.75, "bold": 0.9, "flat": 0.8, "ink": 1.0}[style.name]
    canvas = paint(canvas, paints.gleam(hair), shine * straight * strength)
    if not style.strands:
        return canvas
    lines = _strand_lines(head, fall) * straight
    curls = {"curly": partial(_curl_lines, cell=0.2), "afro": partial(_curl_lines, cell=0.17)}
    lines = choose(head, "hair_style", curls | {"braids": _plait_lines}, lines)
    return paint(canvas, paints.line(hair), lines * style.strands)


def _gleam(head: Head, style: Style, locks: Strands, away: Tensor) -> Tensor:
    """Coverage of the light on straight hair, a ring about the crown."""
    across = head.across / head.width
    # Hair that is combed back shows less: the light lies nearer to the crown.
    combed = head.is_("fringe", "none") | head.is_("hair_style", "ponytail", "bun")
    band = head.v + torch.where(combed, 0.8, 0.68) - 0.34 * across**2
    fade = (1 - (across / 0.86) ** 2).clamp_min(0)
    tooth = locks.tooth
    if style.gleam == "ring":
        # Teeth up and down from one band, as brushes leave them.
        chance = (locks.fan.floor() * 0.618).remainder(1)
        shape = band.abs() - (0.012 + (0.05 + 0.06 * chance) * tooth**2) * fade
        return soft(shape, 0.014) * (fade > 0.02)
    lit = (0.75 - across * away).clamp(0, 1)
    if style.gleam == "zigzag":
        shape = both(band - 0.02, -band - 0.03 - 0.1 * tooth)
        shape = both(shape, across.abs() - 0.74 * lit, 0.05 - tooth)
        return cover(shape, head.px)
    if style.gleam == "arc":
        arc = both(band.abs() - 0.032, (across + 0.38 * away).abs() - 0.24)
        return cover(arc, head.px)
    streak = both((band + 0.02).abs() - 0.16 * (tooth - 0.3), across.abs() - 0.8)
    second = (locks.fan.floor().remainder(3) < 2).float()
    return cover(streak, head.px) * second


def _strand_lines(head: Head, locks: Strands) -> Tensor:
    """Thin lines between locks; each begins and ends elsewhere, so that they look drawn."""
    number = locks.fan.round()
    chance = (number * 0.618).remainder(1)
    wide = locks.away / locks.pace
    gap = (locks.fan - number).abs() * wide
    start = 0.42 + 0.3 * chance
    taper = ((locks.away - start) * 4).clamp(0, 1) * ((2.9 - locks.away) * 2).clamp(0, 1)
    return cover(gap - 0.008 * taper, head.px) * taper.sqrt() * (0.5 + 0.5 * chance)


def _curl_lines(head: Head, cell: float) -> Tensor:
    """Rows of open rings."""
    down = head.v / (cell * 0.8)
    row = down.floor()
    q = down - row - 0.5
    p = (head.across / cell + 0.5 * row.remainder(2)).remainder(1) - 0.5
    ring = ((p * p + q * q * 0.8).sqrt() - 0.36).abs() * cell - 0.011
    turn = (row * 0.618).remainder(1) - 0.5
    return cover(both(ring, (-q - 0.2 + turn * p) * cell), head.px) * 0.75


def _plait_lines(head: Head) -> Tensor:
    """Rows along the skull, and strand over strand down the plaits."""
    rows = strands(head, 9.0)
    gap = (rows.fan - rows.fan.round()).abs() * rows.away / rows.pace
    out = head.across.abs() - head.width
    weave = ((head.v * 4.2 + out * 3).remainder(1) - 0.5).abs() / 4.2 - 0.014
    on_plait = cover(braid_places(head), head.px)
    skull = cover(torch.maximum(gap - 0.012, head.v), head.px) * (1 - on_plait)
    return torch.maximum(skull * 0.8, cover(weave, head.px) * on_plait)
