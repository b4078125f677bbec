"""The drawing: flat cels with one shadow tone, coloured outlines, and the eyes."""

import torch
from torch import Tensor

from ganlib.portraits import colours
from ganlib.portraits.colours import cel_shadow, colour, ink, luminance, pick, saturate
from ganlib.portraits.head import Head
from ganlib.portraits.photo import (
    backdrop,
    cloth_colour,
    clothes_colour,
    hair_colour,
    jacket_or_collar,
    skin_colour,
)
from ganlib.portraits.shapes import both, cover, curve, ellipse, paint, soft, stroke

LINE = 0.034
"""Width of an outline, head units: about 1.6 pixels at 128 px."""


def _cel_skin(rgb: Tensor) -> Tensor:
    """Skin of the same tone, a little lighter and warmer, as a colourist keys it."""
    return (saturate(rgb, 1.12) * 0.93 + 0.075).clamp(0, 1)


def _cel_hair(rgb: Tensor) -> Tensor:
    """Hair stays its colour; black is opened up so that line and gleam can be seen on it."""
    return (saturate(rgb, 1.25) * 0.95 + 0.02 + 0.06 * (luminance(rgb) < 0.25)).clamp(0, 1)


def _paper(rgb: Tensor) -> Tensor:
    """A light wash of the place behind, as drawn portraits have it: the figure stands out."""
    return saturate(rgb, 1.25) * 0.4 + 0.58


def _outlined(canvas: Tensor, fill: Tensor, line: Tensor, distance: Tensor, px: Tensor) -> Tensor:
    canvas = paint(canvas, fill, cover(distance, px))
    return paint(canvas, line, stroke(distance, LINE, px))


def _eye(head: Head, canvas: Tensor, side: int, skin: Tensor) -> Tensor:
    f, u, v, px = head.people.field, head.u, head.v, head.px
    iris = (saturate(pick(colours.IRIS, f("eye_colour")), 1.5) * 1.12 + 0.04).clamp(0, 1)
    dark = colour((0.13, 0.08, 0.12), canvas)
    eu, ev = head.eye(side)
    narrow, size = head.narrowing(side), f("eye_size")
    half = 0.178 * size * narrow
    top, bottom = 0.165 * size * f("eye_open") ** 0.7, 0.165 * size
    cv = ev + 0.035
    # The opening: flat sides, an arched lid above and a shallow one below.
    t = ((u - eu) / half).abs()
    arch = (1 - t.clamp(max=1) ** 2.6).clamp_min(0)
    opening = torch.maximum((cv - v) - top * arch, (v - cv) - bottom * arch**0.8)
    opening = torch.maximum(opening, (t - 1) * half)
    inside = cover(opening, px)
    canvas = paint(canvas, colour((0.985, 0.98, 0.975), canvas), inside)
    ball_u, ball_v = eu + 0.02 * head.turn, cv + 0.004
    ru, rv = 0.122 * size * narrow.clamp(max=1.05), 0.165 * size
    ball = ellipse(u, v, ball_u, ball_v, ru, rv)
    canvas = paint(canvas, iris * 0.42, cover(ball, px) * inside)
    low = ellipse(u, v, ball_u, ball_v + 0.07 * size, ru * 0.86, rv * 0.72)
    canvas = paint(canvas, iris, soft(low, 0.035) * cover(ball + 0.014, px) * inside)
    pupil = ellipse(u, v, ball_u, ball_v, ru * 0.42, rv * 0.46)
    canvas = paint(canvas, iris * 0.2, cover(pupil, px) * inside)
    shade = soft(-(v - cv + top * 0.62), 0.03)
    canvas = canvas * (1 - 0.32 * (inside * (1 - shade)).unsqueeze(1))
    white = colour((1.0, 1.0, 1.0), canvas)
    catch = ellipse(u, v, ball_u - 0.045 * size, ball_v - 0.065 * size, 0.043 * size, 0.052 * size)
    canvas = paint(canvas, white, cover(catch, px) * cover(opening - 0.01, px))
    spark = ellipse(u, v, ball_u + 0.05 * size, ball_v + 0.085 * size, 0.022 * size, 0.026 * size)
    canvas = paint(canvas, white, cover(spark, px) * inside * 0.9)
    # The upper lash is the heaviest line of an anime face; its outer end flicks.
    lash = torch.maximum((top * arch - (cv - v)).abs() - 0.022 - 0.018 * arch, (t - 1.06) * half)
    canvas = paint(canvas, dark, cover(lash, px))
    flick = ellipse(
        u - side * 0.3 * (v - cv), v, eu + side * half * 1.04, cv - top * 0.3, 0.035, 0.075
    )
    canvas = paint(canvas, dark, cover(flick, px))
    lid = curve(u, v, eu, cv - top * 0.35 - 0.06, half * 0.9, -top * 0.8) - 0.008
    canvas = paint(canvas, ink(skin), cover(lid, px) * 0.5)
    under = curve(u, v, eu, cv + bottom * 0.93, half * 0.5, 0.01) - 0.007
    return paint(canvas, ink(skin), cover(under, px) * 0.7)


def _brow(head: Head, canvas: Tensor, side: int, line: Tensor) -> Tensor:
    f, u, v = head.people.field, head.u, head.v
    bu, bv = head.at(side * 0.29, -0.225 - 0.012 * f("brow_tilt"), 0.5)
    lean = (u - bu) * side * 0.2 * -f("brow_tilt")
    thick = 0.013 + 0.009 * f("brow_weight")
    arc = curve(u, v + lean, bu, bv, 0.17 * head.narrowing(side), -0.04)
    return paint(canvas, line, cover(arc - thick, head.px) * 0.95)


def _nose_and_mouth(head: Head, canvas: Tensor, skin: Tensor) -> Tensor:
    f, u, v, px = head.people.field, head.u, head.v, head.px
    nu, nv = head.nose()
    to_shade = torch.where(f("light_side") > 0, -1.0, 1.0)
    nose = curve(u, v, nu + 0.018 * to_shade, nv + 0.02, 0.04 * f("nose_width"), 0.018) - 0.01
    canvas = paint(canvas, ink(skin), cover(nose, px) * 0.8)
    bridge = ellipse(u, v, nu + 0.055 * to_shade, nv - 0.03, 0.035 * f("nose_width"), 0.05)
    canvas = paint(canvas, cel_shadow(skin), cover(bridge, px))

    mu, mv = head.mouth()
    half = 0.165 * f("mouth_width") * head.turn.cos()
    bend, gap = 0.055 * f("smile"), 0.125 * f("mouth_open")
    t2 = ((u - mu) / half) ** 2
    middle = mv - bend * 0.5 + bend * (1 - t2)
    hole = torch.maximum((middle - v) - gap * 0.12, (v - middle) - gap * 1.25 * (1 - t2))
    hole = both(hole, (t2.sqrt() - 1) * half)
    is_open = gap > 0.015
    canvas = paint(canvas, colour((0.58, 0.20, 0.22), canvas), cover(hole, px) * is_open)
    tongue = both(hole, middle + gap * 0.62 - v)
    canvas = paint(canvas, colour((0.88, 0.47, 0.46), canvas), cover(tongue, px) * is_open)
    teeth = both(hole, v - middle - gap * 0.3)
    canvas = paint(canvas, colour((0.98, 0.97, 0.96), canvas), cover(teeth, px) * is_open)
    canvas = paint(canvas, ink(skin) * 0.9, stroke(hole, 0.02, px) * is_open)
    line = curve(u, v, mu, mv - bend * 0.5, half, bend) - 0.012
    canvas = paint(canvas, ink(skin) * 0.9, cover(line, px))
    tint = torch.lerp(skin, colour((0.85, 0.38, 0.40), skin) * (0.4 + 0.6 * skin[:, :1]), 0.75)
    lip = curve(u, v, mu, mv + 0.06 + gap * 1.2, half * 0.42, 0.012) - 0.011
    return paint(canvas, tint, soft(lip, 0.014) * (0.25 + 0.75 * f("lips")))


def drawing(head: Head) -> Tensor:
    """Render anime drawings (n, 3, size, size), RGB in [0, 1]."""
    f, u, v, px = head.people.field, head.u, head.v, head.px
    skin, hair = _cel_skin(skin_colour(head)), _cel_hair(hair_colour(head))
    clothes, cloth = saturate(clothes_colour(head), 1.15), saturate(cloth_colour(head), 1.15)
    skin_ink, hair_ink = ink(skin), ink(hair)
    # Frontal or soft light pushes the shadow off the edge, so nothing jumps where the sign turns.
    lit_side = f("light_side").sign()
    frontal = 0.3 * (1 - f("light_side").abs() * (0.4 + 0.6 * f("light_strength")))

    image = _paper(backdrop(head, 0.0))
    back = head.hair_back()
    image = _outlined(image, cel_shadow(hair), hair_ink, back, px)
    front_cloth, back_cloth = head.covering()
    image = _outlined(image, cel_shadow(cloth), ink(cloth), back_cloth, px)

    face = head.face(1.0)
    neck = head.neck()
    image = _outlined(image, skin, skin_ink, neck, px)
    below = face - 0.13 - 0.1 * f("light_height")
    image = paint(image, cel_shadow(skin), cover(both(neck, below), px))

    body, opening = head.body(), head.opening()
    image = paint(image, clothes, cover(body, px))
    fold = (head.body_u * lit_side + 0.62 + frontal + 0.12 * torch.sin(9 * head.body_v)) * 0.8
    image = paint(image, cel_shadow(clothes), cover(both(body, fold), px))
    inner = jacket_or_collar(head)
    inner = torch.where((f("neckline") == 3).unsqueeze(1), inner, skin)
    neckline = both(opening, body)
    image = paint(image, inner, cover(neckline, px))
    image = paint(image, cel_shadow(inner), cover(both(neckline, below), px))
    image = paint(
        image, clothes * 1.08, stroke(opening, 0.1, px) * cover(body, px) * (f("neckline") >= 2)
    )
    image = paint(image, ink(clothes), stroke(opening, LINE, px) * cover(body, px))
    image = paint(image, ink(clothes), stroke(body, LINE, px) * (1 - cover(opening, px)))

    image = _outlined(image, skin, skin_ink, head.ears(), px)
    portrait = skin.expand_as(image)
    # Cel shadow: the face's own outline, moved towards the light, leaves a crescent dark.
    shade = u * lit_side * 0.9 + 0.46 - 0.18 * v**2 + frontal
    portrait = paint(portrait, cel_shadow(skin), cover(shade, px))
    front = head.hair_front(1.0)
    portrait = paint(portrait, cel_shadow(skin), cover(front - 0.06, px))
    blush = colour((0.95, 0.45, 0.42), skin) * (0.35 + 0.65 * luminance(skin))
    for side in (-1, 1):
        cu, cv = head.at(side * 0.33, 0.33, 0.42)
        glow = soft(ellipse(u, v, cu, cv, 0.12 * head.narrowing(side), 0.055), 0.07)
        portrait = paint(portrait, blush, glow * 0.42)
    portrait = _nose_and_mouth(head, portrait, skin)
    old = (f("age") - 0.45).clamp_min(0) * 1.6
    for side in (-1, 1):
        cu, cv = head.at(side * 0.27, 0.56, 0.5)
        crease = ellipse(u - side * 0.25 * (v - cv), v, cu, cv, 0.008, 0.1)
        portrait = paint(portrait, cel_shadow(skin) * 0.85, cover(crease, px) * old)
    beard = head.beard()
    dense = torch.where(f("beard") == 1, 0.3, 0.95)
    portrait = paint(portrait, hair, cover(beard, px) * dense)
    portrait = paint(portrait, hair_ink, stroke(beard, LINE * 0.7, px) * (dense > 0.5) * 0.8)
    for side in (-1, 1):
        portrait = _eye(head, portrait, side, skin)
        portrait = _brow(head, portrait, side, torch.lerp(hair_ink, hair, 0.25))
    shaved = (f("hair_style") == 0) & (f("age") < 0.6)
    portrait = paint(portrait, hair, cover((v - head.hairline(0.0)) * 0.8, px) * shaved * 0.25)
    image = paint(image, portrait, cover(face, px))
    image = paint(image, skin_ink, stroke(face, LINE, px))

    # Locks, gleam and strands sit where the head is, not at random: a reader of the photograph
    # alone could draw them.
    locks = torch.sin(u / head.width * 11 + 1.2 * (v + 0.4) * u.sign())
    tone = hair.expand_as(image)
    dark_side = u * lit_side + 0.42 + frontal + 0.05 * locks
    tone = paint(tone, cel_shadow(hair), cover(dark_side, px))
    zigzag = 0.035 * (((u / head.width * 4.5).remainder(1) - 0.5).abs() * 4 - 1)
    gleam = (v + 0.66 - 0.3 * (u / head.width) ** 2 + zigzag).abs() - 0.045
    gleam = both(gleam, u.abs() - head.width * 0.72)
    bright = (hair * 0.75 + 0.3).clamp(0, 1)
    tone = paint(tone, bright, cover(gleam, px) * (f("hair_style") != 7) * 0.85)
    strand = ((u / head.width + 0.2 * (v + 0.4) * u) * 2.2).remainder(1) - 0.5
    strands = cover(strand.abs() * head.width / 2.2 - 0.008, px) * cover(-(v + 0.62), px)
    tone = paint(tone, hair_ink, strands * 0.45)
    image = paint(image, tone, cover(front, px))
    image = paint(image, hair_ink, stroke(front, LINE, px))

    image = _outlined(image, cloth, ink(cloth), front_cloth, px)
    wire = head.glasses()
    frame = torch.where((f("seed") % 3 < 2).unsqueeze(1), 0.12, 0.42).expand(-1, 3, -1, -1)
    image = paint(image, frame, cover(wire - 0.016, px))
    return image.clamp(0, 1)
