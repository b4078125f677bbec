"""What is behind a drawn figure: the place as a wash of colour, and the screentones of comics."""

import torch
from torch import Tensor

from ganlib.twins.colours import luminance
from ganlib.twins.head import Head
from ganlib.twins.place import drawn
from ganlib.twins.shapes import paint
from ganlib.twins.styles import Paints, Style

_PITCH = 0.09
"""Distance of background dots, frame units: 6 pixels at 128."""


def background(head: Head, style: Style, paints: Paints) -> Tensor:
    """(n, 3, h, w): the place behind, washed towards paper, with dots or rays where asked for."""
    place = paints.fill(drawn(head))
    place = 1 - (1 - place) * (1 - style.paper)
    tone = head.people.field("screentone")
    if not (tone > 0).any():
        return place
    return paint(place, _tint(style, place), _dots(head) + _rays(head))


def _tint(style: Style, place: Tensor) -> Tensor:
    """Pale paper gets a darker pattern, dark paper a lighter one."""
    if style.name == "ink":
        return torch.full_like(place, 0.12)
    pale = (luminance(place) > 0.5).float()
    return place * (0.86 * pale + 0.75 * (1 - pale)) + 0.25 * (1 - pale)


def _dots(head: Head) -> Tensor:
    """Dots on a grid at 45°, growing towards the foot of the page."""
    turn = 2**0.5 / _PITCH / 2
    p, q = (head.x + head.y) * turn, (head.x - head.y) * turn
    p, q = p.remainder(1) - 0.5, q.remainder(1) - 0.5
    away = (p * p + q * q).sqrt() - (0.3 + 0.17 * head.y)
    edge = 2 / head.size * turn * 2**0.5
    return (0.5 - away / edge).clamp(0, 1) * head.is_("screentone", "dots")


def _rays(head: Head) -> Tensor:
    """Lines that run from the head to the edge: surprise, speed."""
    around = torch.atan2(head.v + 0.1, head.u) * (40 / (2 * torch.pi))
    number, away = around.round(), (head.u**2 + (head.v + 0.1) ** 2).sqrt()
    start = 1.15 + 0.5 * (number * 0.618).remainder(1)
    wide = (away - start).clamp_min(0) * 0.06
    gap = (around - number).abs() * away * (2 * torch.pi / 40)
    return (0.5 - (gap - wide) / head.px).clamp(0, 1) * (wide > 0) * head.is_("screentone", "rays")
