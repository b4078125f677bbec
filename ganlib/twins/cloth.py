"""Clothes and head coverings: their colours, and what is woven into or printed on them."""

import torch
from torch import Tensor

from ganlib.twins.colours import hsv, luminance
from ganlib.twins.complexion import skin_colour
from ganlib.twins.head import Head, Parts, choose
from ganlib.twins.shapes import cover


def clothes_colour(head: Head) -> Tensor:
    """(n, 3, 1, 1)."""
    f = head.people.field
    return hsv(f("clothes_hue"), f("clothes_saturation"), f("clothes_value"))


def cloth_colour(head: Head) -> Tensor:
    """Head coverings: the colour of the clothes turned by a third, so that both are seen."""
    f = head.people.field
    value = (f("clothes_value") + 0.25).clamp(max=0.95)
    return hsv(f("clothes_hue") + 0.33, f("clothes_saturation"), value)


def second_colour(head: Head) -> Tensor:
    """The other colour of a pattern: light on dark cloth, dark or vivid on light cloth."""
    f = head.people.field
    first = clothes_colour(head)
    turned = f("clothes_hue") + 0.45 * (f("seed") % 2)
    light = hsv(turned, f("clothes_saturation") * 0.35, 0.78 + 0.2 * f("clothes_value"))
    dark = hsv(turned, 0.35 + 0.6 * f("clothes_saturation"), 0.4 * f("clothes_value"))
    return torch.where(luminance(first) < 0.45, light, dark)


def shirt_colour(head: Head) -> Tensor:
    """What shows in the opening: skin, or a shirt under a jacket."""
    f = head.people.field
    shirt = torch.where((f("seed") % 2 < 1).unsqueeze(1), 0.92, 0.72).expand(-1, 3, -1, -1)
    return torch.where(head.is_("neckline", "jacket").unsqueeze(1), shirt, skin_colour(head))


def pattern(head: Head) -> Tensor:
    """Share (n, h, w) of the second colour on the clothes; plain cloth has none."""
    cloths: Parts = {"stripes": _stripes, "checks": _checks, "flowers": _flowers}
    return choose(head, "pattern", cloths, 0.0)


def _band(t: Tensor, period: float, share: float, px: Tensor) -> Tensor:
    """Coverage of bands across t: `share` of every period."""
    distance = (t.remainder(period) - period / 2).abs() - share * period / 2
    return cover(distance, px)


def _stripes(head: Head) -> Tensor:
    upright = head.people.field("seed") % 2 < 1
    return _band(torch.where(upright, head.body_u, head.body_v), 0.26, 0.4, head.px)


def _checks(head: Head) -> Tensor:
    across = _band(head.body_u, 0.3, 0.5, head.px)
    return (across + _band(head.body_v, 0.3, 0.5, head.px)) / 2


def _flowers(head: Head) -> Tensor:
    """Five petals on a lattice whose rows are shifted by half."""
    u, v, step = head.body_u, head.body_v, 0.34
    row = (v / step).floor()
    cu = (u + (row % 2) * step / 2).remainder(step) - step / 2
    cv = v.remainder(step) - step / 2
    radius = (cu * cu + cv * cv + 1e-8).sqrt()
    petals = 0.085 + 0.03 * (5 * torch.atan2(cv, cu)).cos()
    heart = cover(radius - 0.03, head.px)
    return cover(radius - petals, head.px) * (1 - heart)
