"""What a drawn face has besides eyes: nose, mouth, cheeks, freckles, lines of age, beard."""

import torch
from torch import Tensor

from ganlib.twins import hair as hair_shapes
from ganlib.twins.anime_eyes import near_eye
from ganlib.twins.colours import colour, luminance
from ganlib.twins.complexion import lip_colour
from ganlib.twins.head import Head
from ganlib.twins.shapes import both, cover, curve, ellipse, paint, soft, stroke, union
from ganlib.twins.styles import Paints, Style


def to_shade(head: Head) -> Tensor:
    """Which way shadows fall: −1 to the left, +1 to the right, (n, 1, 1)."""
    return torch.where(head.people.field("light_side") > 0, -1.0, 1.0)


def nose(head: Head, paints: Paints, canvas: Tensor, skin: Tensor) -> Tensor:
    f, u, v, px, style = head.people.field, head.u, head.v, head.px, paints.style
    (nu, nv), wide, away = head.nose(), f("nose_width"), to_shade(head)
    line, shade = paints.line(skin), paints.shade(skin)
    if style.name == "flat":
        wedge = ellipse(u, v, nu + 0.02 * away, nv, 0.05 * wide, 0.045)
        return paint(canvas, shade, cover(both(wedge, nv - 0.02 - v), px))
    side = ellipse(u - 0.35 * away * (v - nv), v, nu + 0.05 * away, nv - 0.035, 0.028 * wide, 0.07)
    canvas = paint(canvas, shade, soft(side, 0.008 + style.cel * 0.5) * 0.9)
    tip = curve(u, v, nu + 0.015 * away, nv + 0.025, 0.045 * wide, 0.016) - 0.0085
    if style.name in ("bold", "ink"):
        # A ridge on the shadow side, as action comics draw it.
        ridge = both(
            (u - nu - (0.052 + 0.2 * (v - nv)) * away).abs() - 0.009, (v - nv + 0.06).abs() - 0.1
        )
        tip = union(tip - 0.004, ridge)
    wings = curve(u, v, nu, nv + 0.0, 0.085 * wide, 0.02) - 0.007
    wings = both(wings, 0.06 * wide - (u - nu).abs())
    canvas = paint(canvas, line, cover(wings, px) * ((wide - 0.95) * 3).clamp(0, 0.7))
    return paint(canvas, line, cover(tip, px) * 0.85)


def mouth(head: Head, paints: Paints, canvas: Tensor, skin: Tensor) -> Tensor:
    f, u, v, px, style = head.people.field, head.u, head.v, head.px, paints.style
    mu, mv = head.mouth()
    half = 0.17 * f("mouth_width") * head.turn.cos()
    bend, gap = 0.06 * f("smile"), 0.14 * f("mouth_open")
    t = ((u - mu) / half).abs()
    t2 = t * t
    middle = mv - bend * 0.5 + bend * (1 - t2)
    line = paints.line(skin)
    tint = lip_colour(head)
    full = 0.03 + 0.035 * f("lips")
    lower = both(v - middle - gap * 1.1 * (1 - t2) - full * (1 - t2), middle - v, (t - 0.8) * half)
    upper = both(
        middle - v - full * 0.6 * (1 - t2) * (0.8 + 0.7 * t2), v - middle, (t - 0.9) * half
    )
    painted = ((f("lips") - 0.25) * 1.5 + f("makeup") * 0.5).clamp(0, 1)
    strength = {"soft": 0.55, "bold": 0.5, "flat": 0.75, "ink": 0.4}[style.name]
    canvas = paint(canvas, paints.fill(tint), soft(union(lower, upper), 0.012) * painted * strength)
    hole = both((middle - v) - gap * 0.12, (v - middle) - gap * 1.25 * (1 - t2), (t - 1) * half)
    opened = (gap > 0.02).float()
    dark, pink = (0.50, 0.15, 0.19), (0.90, 0.50, 0.48)
    if style.name == "ink":
        dark, pink = (0.05, 0.05, 0.05), (0.62, 0.62, 0.62)
    inside = cover(hole, px) * opened
    canvas = paint(canvas, colour(dark, canvas), inside)
    tongue = cover(middle + gap * 0.7 - v, px)
    canvas = paint(canvas, colour(pink, canvas), tongue * inside)
    teeth = cover(v - middle - gap * 0.32, px)
    canvas = paint(canvas, colour((0.99, 0.98, 0.97), canvas), teeth * inside)
    thick = 0.010 + 0.12 * style.line
    edge = torch.maximum(hole.abs() - thick, 1 - opened)
    # The line of the lips is heavier in the middle; smiles end in a corner.
    seam = curve(u, v, mu, mv - bend * 0.5, half, bend) - thick * (1.15 - 0.5 * t2.clamp(max=1))
    # An open mouth has its edge for a line.
    seam = seam + opened
    corner = ellipse((u - mu).abs(), v, half, mv - bend * 0.5 - 0.006, 0.014, 0.018)
    canvas = paint(canvas, line, cover(union(edge, seam, corner), px) * 0.92)
    below = curve(u, v, mu, mv + 0.085 + gap * 1.1, half * 0.35, 0.012) - 0.008
    return paint(canvas, paints.shade(skin), cover(below, px))


def cheeks(head: Head, style: Style, canvas: Tensor, skin: Tensor) -> Tensor:
    """Blush: a glow in watercolour, discs in flat illustration, three strokes in ink."""
    f, at = head.people.field, near_eye(head)
    a, b = at.a - 0.05, at.b - 0.31
    if style.name in ("bold", "ink"):
        strokes = ((a + 0.3 * b) * 14).remainder(1) - 0.5
        marks = both(strokes.abs() / 14 - 0.008, (a + 0.3 * b).abs() - 0.11, b.abs() - 0.035)
        some = ((f("smile") - 0.5) * 4).clamp(0, 1) * (1 - f("age")) * (f("freckles") <= 0)
        return paint(canvas, skin * colour((0.7, 0.45, 0.42), skin), cover(marks, head.px) * some)
    young = 1 - 0.7 * f("age")
    red = colour((0.97, 0.42, 0.40), skin) * (0.4 + 0.6 * luminance(skin))
    if style.name == "flat":
        disc = cover(ellipse(a, b, 0.04, 0.03, 0.1, 0.075), head.px)
        return paint(canvas, red, disc * style.blush * young * 0.6)
    glow = soft(ellipse(a, b, 0.02, 0.0, 0.11, 0.05), 0.08)
    return paint(canvas, red, glow * style.blush * young * (1 + 0.5 * f("makeup")))


def freckles(head: Head, paints: Paints, canvas: Tensor, skin: Tensor) -> Tensor:
    """Dots over nose and cheeks, at fixed places; `freckles` decides how many of them."""
    amount = head.people.field("freckles")
    if not (amount > 0).any():
        return canvas
    (nu, nv), cell = head.nose(), 0.085
    p, q = (head.u - nu) / cell, (head.v - nv + 0.03) / cell
    q = q + 0.5 * (p.floor().remainder(2))
    i, j = p.floor(), q.floor()
    chance = (i * 0.618 + j * 0.414 + 0.13 * i * j).remainder(1)
    near = ((p - i - 0.3 - 0.4 * chance) ** 2 + (q - j - 0.7 + 0.4 * chance) ** 2).sqrt() * cell
    inside = soft(ellipse(head.u, head.v, nu, nv - 0.08, 0.42, 0.15), 0.04)
    dots = cover(near - 0.015, head.px) * inside * (chance < 0.25 + 0.75 * amount) * (amount > 0)
    return paint(canvas, torch.lerp(paints.line(skin), paints.fill(skin), 0.35), dots * 0.75)


def age_lines(head: Head, paints: Paints, canvas: Tensor, skin: Tensor) -> Tensor:
    """Few lines, where age draws them: from nose to mouth, under the eyes, on the forehead."""
    f, u, v, px = head.people.field, head.u, head.v, head.px
    old = ((f("age") - 0.42) * 2.6).clamp(0, 1)
    if not (old > 0).any():
        return canvas
    at, (_, nv), (_, mv) = near_eye(head), head.nose(), head.mouth()
    along = ((v - nv) / (mv - nv)).clamp(-0.5, 1.5)
    fold = both(
        (at.a + 0.13 - 0.1 * along + 0.02 * along**2).abs() - 0.008 - 0.006 * (1 - along.abs()),
        (along - 0.55).abs() * 0.24 - 0.14,
    )
    bag = curve(at.a, at.b, -0.02, 0.2, 0.12, 0.035) - 0.008
    crow = both((at.b - 0.05 * at.a - 0.01).abs() - 0.007, 0.23 - at.a, at.a - 0.31)
    crow = union(crow, both((at.b - 0.5 * at.a + 0.05).abs() - 0.007, 0.22 - at.a, at.a - 0.29))
    top_u, top_v = head.at(0.0, -0.42, 0.5)
    brow = curve(u, v, top_u, top_v, 0.27, -0.025) - 0.007
    brow = union(brow, curve(u, v, top_u, top_v - 0.09, 0.22, -0.025) - 0.007)
    lines = union(fold, bag, crow, brow + 0.02 * (1 - old))
    return paint(canvas, paints.line(skin), cover(lines, px) * old * 0.6)


def beard(head: Head, paints: Paints, canvas: Tensor, hair: Tensor, skin: Tensor) -> Tensor:
    """Stubble is a tone; the others are hair with an edge."""
    f, px, style = head.people.field, head.px, paints.style
    if not (f("beard") > 0).any():
        return canvas
    mu, mv = head.mouth()
    # Under the nose a moustache parts, and its ends droop: it is no bar.
    across = (head.u - mu).abs()
    parting = 0.05 * (1 - across / 0.05).clamp_min(0) + 0.3 * (across - 0.1).clamp_min(0)
    upper_lip = (mv + 0.02 - head.v).clamp(0, 0.1) * 10
    shape = hair_shapes.beard(head)
    shape = shape + parting * upper_lip * head.is_("beard", "moustache", "goatee")
    stubble = head.is_("beard", "stubble").float()
    tone = paints.fill(torch.lerp(skin, hair, 0.35))
    canvas = paint(canvas, tone, soft(shape, 0.03) * stubble * 0.8)
    side = head.u * to_shade(head)
    full = paint(paints.fill(hair), paints.shade(hair), cover(0.12 - side, px))
    canvas = paint(canvas, full, cover(shape, px) * (1 - stubble))
    if not style.line:
        return canvas
    strand = (((head.u - mu) * (1 - 0.25 * head.v)) * 13).remainder(1) - 0.5
    inner = both(shape + 0.02, strand.abs() / 13 - 0.007)
    edge = stroke(shape, style.line * 0.75, px)
    marks = torch.maximum(edge, cover(inner, px) * style.strands * 0.7)
    return paint(canvas, paints.line(hair), marks * (1 - stubble) * 0.85)
