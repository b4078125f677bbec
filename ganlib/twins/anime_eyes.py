"""Eyes and brows of the drawings: both are painted at once, about the nearer eye."""

from typing import NamedTuple

import torch
from torch import Tensor

from ganlib.twins.colours import colour, luminance, saturate
from ganlib.twins.complexion import iris_colour, lid_colour
from ganlib.twins.head import PUPIL, Head
from ganlib.twins.light import pair
from ganlib.twins.shapes import both, cover, curve, ellipse, paint, soft, union
from ganlib.twins.styles import Paints, Style

# By eye_shape: round, almond, narrow.
_HEIGHT, _WIDTH = (1.0, 0.86, 0.62), (1.0, 1.04, 1.08)
_SLANT, _CORNER = (0.02, 0.12, 0.15), (2.6, 1.9, 2.0)
_CLOSED = 0.2
_HAPPY = 0.3


class Near(NamedTuple):
    """Coordinates about the nearer eye: a outwards, b down, as if seen from the front."""

    a: Tensor
    b: Tensor
    side: Tensor
    """−1 left of the nose, +1 right of it, (n, h, w)."""


def near_eye(head: Head) -> Near:
    """Where each pixel lies from the eye on its own side of the nose."""
    at = pair(head, PUPIL * head.people.field("eye_spacing"), 0.0, 0.45)
    return Near(at.out / at.narrow, at.down, at.side)


def _by_shape(head: Head, values: tuple[float, float, float]) -> Tensor:
    index = head.people.field("eye_shape").long()
    return torch.tensor(values, device=index.device)[index]


class _Lids(NamedTuple):
    """The opening of the eyes, and what was needed to draw it."""

    inside: Tensor
    upper: Tensor
    """Height above (−) or below (+) the upper lid."""
    lower: Tensor
    across: Tensor
    """0 at the middle, 1 at the outer and −1 at the inner corner."""
    half: Tensor
    b: Tensor


def _lids(head: Head, style: Style, at: Near) -> _Lids:
    f = head.people.field
    # Lids of the old hang, and their eyes are drawn smaller.
    old = ((f("age") - 0.5) * 2).clamp(0, 1)
    size = f("eye_size") * (1 - 0.14 * old)
    height = _by_shape(head, _HEIGHT)
    half = style.eye_width * size * _by_shape(head, _WIDTH)
    top = style.eye_top * size * height * f("eye_open").clamp_min(0.1) ** 0.8 * (1 - 0.2 * old)
    bottom = style.eye_bottom * size * (0.3 + 0.7 * height)
    slant = _by_shape(head, _SLANT) - 0.1 * old + 0.03 * f("brow_tilt")
    b = at.b + slant * at.a
    across = at.a / half
    t = across.abs().clamp(max=1)
    # The highest point of the lid lies a little towards the nose.
    lean = (across + 0.12).abs().clamp(max=1)
    arch = 1 - torch.where(lean < t, lean, t) ** _by_shape(head, _CORNER)
    upper = b + top * arch
    lower = b - bottom * (1 - t * t)
    inside = both(-upper, lower, at.a.abs() - half)
    return _Lids(inside, upper, lower, across, half, b)


def eyes(head: Head, paints: Paints, canvas: Tensor, skin: Tensor) -> Tensor:
    """Both eyes, open or closed, with lashes, lids and light."""
    f, style, at = head.people.field, paints.style, near_eye(head)
    lids = _lids(head, style, at)
    opened = (f("eye_open") >= _CLOSED).float()
    canvas = _shadow_of_lid(head, style, canvas, at, lids)
    if style.name == "flat":
        canvas = _dot_eyes(head, style, canvas, at, opened)
    else:
        canvas = _iris(head, style, canvas, at, lids, cover(lids.inside, head.px) * opened)
        canvas = _lashes(head, paints, canvas, lids, opened, skin)
    return _closed(head, style, canvas, at, 1 - opened)


def _shadow_of_lid(head: Head, style: Style, canvas: Tensor, at: Near, lids: _Lids) -> Tensor:
    makeup = head.people.field("makeup")
    if not (makeup > 0).any():
        return canvas
    tint = lid_colour(head)
    if style.name == "ink":
        tint = luminance(tint) * 1.2
    lid = ellipse(at.a, lids.upper, 0.04, -0.035, lids.half * 1.1, 0.065)
    return paint(canvas, tint, soft(lid, 0.03) * makeup * 0.55)


def _iris(
    head: Head, style: Style, canvas: Tensor, at: Near, lids: _Lids, inside: Tensor
) -> Tensor:
    f, px = head.people.field, head.px
    grey = style.name == "ink"
    iris = iris_colour(head)
    iris = (saturate(iris, 1.5) * 1.15 + 0.05).clamp(0, 1)
    if grey:
        iris = luminance(iris).expand(-1, 3, -1, -1) * 1.2
    size = f("eye_size")
    rx, ry = style.iris[0] * size, style.iris[1] * size * (0.35 + 0.65 * _by_shape(head, _HEIGHT))
    b = at.b - 0.012
    # The lid throws a shadow on the white.
    shade = soft(lids.upper - 0.045, 0.02 + style.cel * 0.5)
    white = 0.985 - 0.2 * shade.unsqueeze(1) * colour((1.0, 0.95, 0.7), canvas)
    canvas = paint(canvas, white, inside)
    ball = ellipse(at.a, b, 0.0, 0.0, rx, ry)
    light = (0.5 + (b - 0.012) / (2 * style.iris_blend)).clamp(0, 1)
    light = light * soft(ball + 0.02, 0.016)
    deep = iris * (0.3 if grey else 0.42)
    glow = (iris * 1.2 + (0.1 if style.name == "soft" else 0.02)).clamp(0, 1)
    tone = torch.lerp(deep.expand_as(canvas), glow.expand_as(canvas), light.unsqueeze(1))
    canvas = paint(canvas, tone, cover(ball, px) * inside)
    pupil = ellipse(at.a, b, 0.0, -0.005, rx * 0.42, ry * 0.46)
    canvas = paint(canvas, iris * 0.12, soft(pupil, 0.012 + style.cel * 0.3) * inside)
    x = at.a * at.side - 0.36 * rx * (f("light_side") * 4).clamp(-1, 1)
    catch = ellipse(x, b, 0.0, -0.44 * ry, rx * 0.36, ry * 0.32)
    if style.name != "bold":
        away = x + 0.8 * rx * (f("light_side") * 4).clamp(-1, 1)
        catch = union(catch, ellipse(away, b, 0.0, 0.5 * ry, rx * 0.2, ry * 0.16))
    return paint(canvas, torch.ones_like(iris), cover(catch, px) * inside)


def _lashes(
    head: Head, paints: Paints, canvas: Tensor, lids: _Lids, opened: Tensor, skin: Tensor
) -> Tensor:
    f, px, style = head.people.field, head.px, paints.style
    heavy = 1 + 0.5 * f("makeup")
    # The upper lash is the heaviest line of an anime face: it swells towards its outer end.
    t = lids.across
    thick = style.lash * heavy * (0.32 + 0.22 * (t + 1) * (1 - 0.25 * t)) * 0.9
    lash = torch.maximum((lids.upper + thick * 0.5).abs() - thick, (t.abs() - 1.04) * lids.half)
    reach = 0.055 + 0.03 * f("makeup")
    out = (t - 0.86) * lids.half
    wing = both(
        (lids.b + 0.35 * out + 0.012).abs() - (reach + 0.03 - out) * 0.42, -out, out - reach
    )
    lash = union(lash, wing)
    dark = colour((0.16, 0.09, 0.12) if style.name == "soft" else (0.04, 0.03, 0.05), canvas)
    canvas = paint(canvas, dark, cover(lash, px) * opened)
    fold = both((lids.upper + 0.052 + thick * 0.5).abs() - 0.008, (t.abs() - 0.75) * lids.half)
    under = both(lids.lower.abs() - 0.009, (0.1 - t) * lids.half, (t - 0.95) * lids.half)
    return paint(canvas, paints.line(skin), cover(union(fold, under), px) * opened * 0.75)


def _dot_eyes(head: Head, style: Style, canvas: Tensor, at: Near, opened: Tensor) -> Tensor:
    """Flat illustration: an oval and a spark; the iris's colour is a ring in the dark."""
    f, px = head.people.field, head.px
    size = f("eye_size")
    tall = 0.45 + 0.55 * _by_shape(head, _HEIGHT)
    rx = style.iris[0] * size
    ry = style.iris[1] * size * tall * (0.45 + 0.55 * f("eye_open"))
    dark = colour((0.10, 0.08, 0.11), canvas)
    ball = ellipse(at.a, at.b, 0.0, 0.0, rx, ry)
    iris = saturate(iris_colour(head), 1.4)
    canvas = paint(canvas, dark, cover(ball, px) * opened)
    ring = both(ball + 0.014, -(at.b - 0.1 * ry) * 0.8)
    canvas = paint(canvas, iris * 0.9, cover(ring, px) * opened)
    x = at.a * at.side - 0.4 * rx * (f("light_side") * 4).clamp(-1, 1)
    spark = ellipse(x, at.b, 0.0, -0.42 * ry, 0.026, 0.03)
    canvas = paint(canvas, torch.ones_like(dark), cover(spark, px) * opened)
    b = at.b + _by_shape(head, _SLANT) * 0.5 * at.a
    lid = curve(at.a, b, 0.012, -ry + 0.012, rx * 1.55, -0.018) - 0.014 * (1 + f("makeup"))
    return paint(canvas, dark, cover(lid, px) * opened)


def _closed(head: Head, style: Style, canvas: Tensor, at: Near, closed: Tensor) -> Tensor:
    """Closed eyes are one line: an arch that laughs, or a lid at rest."""
    if not closed.any():
        return canvas
    f = head.people.field
    happy = f("smile") > _HAPPY
    half = (0.75 * style.eye_width + 0.035) * f("eye_size")
    bend = torch.where(happy, -0.085, 0.06)
    lash = curve(at.a, at.b, 0.0, torch.where(happy, 0.05, 0.03), half, bend)
    lash = lash - (0.5 * style.lash + 0.006) * (0.8 + 0.25 * at.a / half)
    tail = curve(at.a, at.b - 0.3 * (at.a - half), half, 0.045, 0.03, 0.0) - 0.012
    lash = union(lash, tail + happy.float())
    dark = colour((0.16, 0.09, 0.12) if style.name == "soft" else (0.05, 0.04, 0.06), canvas)
    return paint(canvas, dark, cover(lash, head.px) * closed)


def brows(head: Head, paints: Paints, canvas: Tensor, hair: Tensor) -> Tensor:
    """Tapered strokes, thick at the nose, that lean as the mood does."""
    f, at, style = head.people.field, near_eye(head), paints.style
    height = {"soft": -0.285, "bold": -0.225, "flat": -0.235, "ink": -0.26}[style.name]
    b = at.b - height + 0.015 * f("brow_tilt") + 0.17 * f("brow_tilt") * at.a
    t = at.a / 0.18
    bow = 0.04 * (1 - t * t)
    thick = style.brow * (0.35 + 0.65 * f("brow_weight")) * (1.05 - 0.5 * t.clamp(-1, 1))
    stroke = both((b + bow).abs() - thick, at.a.abs() - 0.18)
    ink = torch.lerp(paints.line(hair), hair, 0.15 if style.name == "bold" else 0.35)
    if style.name == "ink":
        ink = paints.line(hair)
    return paint(canvas, ink, cover(stroke, head.px) * 0.95)
