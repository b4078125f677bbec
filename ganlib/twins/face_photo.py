"""What is on a photographed face: eyes, brows, nostrils, lips, lines, freckles."""

import torch
from torch import Tensor

from ganlib.twins.colours import colour
from ganlib.twins.complexion import hair_colour, iris_colour, lid_colour, lip_colour
from ganlib.twins.face_shapes import BROW_LENGTH, IRIS_RADIUS, brow, brow_height, eyelids, lips
from ganlib.twins.head import PUPIL, Head, for_some
from ganlib.twins.light import Pair, bump, pair
from ganlib.twins.shapes import cover, curve, ellipse, noise, paint, soft


def features(head: Head, skin: Tensor, gain: Tensor) -> Tensor:
    """Everything painted on the lit skin (n, 3, h, w); gain (n, h, w) is the light there."""
    f, canvas = head.people.field, _flush(head, skin)
    canvas = for_some(head, f("age") > 0.33, canvas, _wrinkles)
    canvas = for_some(head, f("freckles") > 0, canvas, _freckles)
    canvas = _nostrils(head, canvas)
    return _mouth(head, canvas, gain)


def _darker(canvas: Tensor, amount: Tensor) -> Tensor:
    """Skin in a fold: darker, and redder as it darkens."""
    keep = colour((0.72, 0.9, 0.92), canvas)
    return canvas * (1 - amount.unsqueeze(1) * keep)


def _flush(head: Head, canvas: Tensor) -> Tensor:
    """Blood under cheeks and nose, rouge, and the unevenness of skin."""
    f = head.people.field
    cheek = pair(head, 0.36, 0.36, 0.42)
    nu, nv = head.nose()
    red = bump(cheek.out, cheek.down, 0.17, 0.15) * (0.35 + 0.9 * f("makeup"))
    red = red + 0.4 * bump(head.u - nu, head.v - nv, 0.12, 0.1)
    red = red * (0.11 - 0.05 * f("skin"))
    blush = torch.stack((red * 0.5, -red * 0.9, -red * 0.6), 1)
    rough = 0.016 + 0.018 * f("age")
    mottle = noise(head.u * 5, head.v * 5, f("seed") + 7, head.px * 5, (0.6, 0.7, 0.8)) * rough
    return canvas * (1 + blush + mottle.unsqueeze(1))


def _wrinkles(head: Head, canvas: Tensor, _: Tensor) -> Tensor:
    f, v = head.people.field, head.v
    old = ((f("age") - 0.33) / 0.67).clamp(0, 1)
    shake = 0.012 * noise(head.u * 3, v * 3, f("seed") + 4, head.px * 3)
    cu, cv = head.at(0.0, -0.34, 0.5)
    # Three lines across the forehead are one line that repeats.
    down = v - cv + shake + 0.04 * ((head.u - cu) / 0.3) ** 2
    near = ((down + 0.045).remainder(0.085) - 0.0425).abs()
    area = soft(ellipse(head.u, v, cu, cv - 0.075, 0.3, 0.115), 0.05)
    dark = 0.4 * soft(near - 0.006, 0.018) * area
    eye = pair(head, PUPIL, 0.0, 0.45)
    out, low = eye.out / eye.narrow, eye.down + shake
    crow = ((low - 0.02) / (out - 0.02).clamp_min(0.05)).remainder(0.3) - 0.15
    crow = soft(crow.abs() * (out - 0.02).clamp_min(0.05) - 0.004, 0.014)
    dark = dark + 0.4 * crow * soft(ellipse(out, low, 0.23, 0.02, 0.07, 0.09), 0.03)
    for depth, place in ((0.45, 0.085), (0.3, 0.14)):
        bag = curve(out, low, -0.01, place - 0.03, 0.14, 0.045)
        dark = dark + depth * soft(bag - 0.006, 0.024)
    fold = pair(head, 0.27, 0.55, 0.5)
    slanted = fold.out - 0.3 * fold.down + 1.2 * fold.down**2
    dark = dark + 0.5 * soft(ellipse(slanted, fold.down, 0.0, 0.0, 0.008, 0.17), 0.022)
    corner = pair(head, 0.25, 0.78, 0.5)
    dark = dark + 0.35 * soft(ellipse(corner.out, corner.down, 0.0, 0.0, 0.008, 0.09), 0.022)
    frown = pair(head, 0.055, -0.2, 0.5)
    dark = dark + 0.35 * soft(ellipse(frown.out, frown.down, 0.0, 0.0, 0.006, 0.07), 0.016)
    return _darker(canvas, (dark * old).clamp(0, 0.6))


def _freckles(head: Head, canvas: Tensor, _: Tensor) -> Tensor:
    f = head.people.field
    field = noise(head.u * 5, head.v * 5, f("seed") + 60, head.px * 5, (0.0, 0.6, 1.0))
    cu, cv = head.at(0.0, 0.24, 0.5)
    where = bump(head.u - cu, head.v - cv, 0.42, 0.3)
    # Where pixels are too few for spots, their average shade is left.
    shade = 0.15 + 0.45 * soft(1.0 - 0.7 * f("freckles") - field, 0.35)
    return _darker(canvas, shade * where * f("freckles"))


def _nostrils(head: Head, canvas: Tensor) -> Tensor:
    f = head.people.field
    nose = f("nose_width")
    wing = pair(head, 0.07 * nose, 0.42 * f("nose_length") + 0.045, 0.62)
    hole = ellipse(wing.out, wing.down + 0.25 * wing.out, 0.0, 0.0, 0.034 * nose, 0.017)
    outer = wing.out - 0.07 * nose
    # The crease about the wing opens towards the middle.
    crease = ellipse(outer, wing.down, -0.05, -0.03, 0.055, 0.065).abs() - 0.005
    crease = soft(crease, 0.018) * soft(-outer, 0.03) * soft(-wing.down - 0.07, 0.03)
    base = curve(wing.out, wing.down, -0.01, 0.012, 0.075 * nose, 0.012) - 0.004
    dark = 0.75 * soft(hole, 0.017) + 0.32 * crease + 0.25 * soft(base, 0.02)
    return _darker(canvas, dark.clamp(0, 0.85))


def _mouth(head: Head, canvas: Tensor, gain: Tensor) -> Tensor:
    f, u, v, px = head.people.field, head.u, head.v, head.px
    mouth = lips(head)
    mu, half, full, gap = mouth.u, mouth.half, mouth.full, mouth.gap
    t = (u - mu) / half
    t2 = t * t
    arc, middle, top, upper_inner, lower_inner, bottom = mouth.edges(t)
    shaded = lip_colour(head) * gain.unsqueeze(1)
    ends = (t.abs() - 1) * half
    upper = torch.maximum(torch.maximum(top - v, v - upper_inner), ends)
    lower = torch.maximum(torch.maximum(lower_inner - v, v - bottom), ends)
    edge = 0.008 + px * 0.5
    canvas = paint(canvas, shaded * 0.84, soft(upper, edge) * 0.9)
    canvas = paint(canvas, shaded * 1.04, soft(lower, edge) * 0.88)
    shine = bump(u - mu + 0.04 * f("light_side"), v - lower_inner - full * 0.55, half * 0.4, 0.018)
    canvas = canvas + (0.14 * shine * (0.4 + 0.6 * f("lips")) * gain).unsqueeze(1)
    inside = torch.maximum(upper_inner - v, v - lower_inner)
    is_open = ((gap - 0.0045) / 0.006).clamp(0, 1)
    hole = cover(inside, px) * is_open
    canvas = paint(canvas, colour((0.16, 0.05, 0.05), canvas), hole)
    tongue = hole * soft(lower_inner - v - gap * 0.35, 0.03) * (gap > 0.06)
    canvas = paint(canvas, colour((0.50, 0.20, 0.20), canvas), tongue * 0.7)
    teeth_edge = upper_inner + torch.minimum(0.018 + gap * 0.45, 0.06 + 0 * gap) * arc
    teeth = hole * cover(v - teeth_edge, px) * soft(t.abs() - 0.82, 0.1)
    ivory = colour((0.90, 0.86, 0.79), canvas) - 0.12 * f("age").unsqueeze(1)
    gaps = 1 - 0.12 * soft(0.012 - ((u - mu).remainder(0.075) - 0.0375).abs() * -1 - 0.045, 0.01)
    light = (0.35 + 0.65 * gain) * (1 - 0.35 * t2.clamp(max=1)) * gaps
    canvas = paint(canvas, ivory * light.unsqueeze(1), teeth)
    seam = ((v - middle).abs() - 0.008 + 0.004 * t2) / (1 + 0.5 * t2)
    seam = soft(seam, 0.012) * soft(t2.sqrt() * half - half, 0.02) * (1 - is_open)
    corner = bump(t.abs() * half - half, v - middle, 0.022, 0.02)
    return _darker(canvas, (0.62 * seam + 0.38 * corner).clamp(0, 0.8))


def eyes(head: Head, canvas: Tensor, skin: Tensor, gain: Tensor) -> Tensor:
    """Eyes and brows on the face; skin is its colour, gain the light on it."""
    f, px = head.people.field, head.px
    place = pair(head, PUPIL * f("eye_spacing"), 0.0, 0.45)
    lids, out = eyelids(head), place.out / place.narrow
    down, half = place.down + lids.tilt * out, lids.half
    t = out / half
    steep = 1 / (1 + t * t)  # from heights above a lid to distances from it, about
    lower = down - lids.lower(t) + lids.lift
    upper = lids.upper(t) - down
    opening = torch.maximum(upper, lower) * steep
    inside = cover(opening, px) * (f("eye_open") >= 0.2)
    light = (0.3 + 0.7 * gain).unsqueeze(1)

    makeup = f("makeup")
    lid = bump(out - 0.02, down + lids.high + 0.03, 0.15, 0.06)
    canvas = paint(canvas, lid_colour(head) * light, lid * 0.6 * makeup)
    hollow = soft(opening - 0.012, 0.045) * (1 - inside)
    canvas = _darker(canvas, 0.3 * hollow)
    shadow = 1 - 0.5 * soft(-upper * steep - 0.02, 0.024)
    white = colour((0.84, 0.79, 0.76), canvas) * (1 - 0.25 * t * t).clamp_min(0.6).unsqueeze(1)
    canvas = paint(canvas, white * light * shadow.unsqueeze(1), inside)
    canvas = _iris(head, canvas, out, place, inside, light * shadow.unsqueeze(1))
    tear = bump(out + half * 0.94, down - 0.008, 0.022, 0.018) * inside
    canvas = paint(canvas, skin * light * colour((0.8, 0.55, 0.52), canvas), tear * 0.8)

    lash = upper.abs() * steep - 0.012 - 0.009 * makeup - 0.006 * t.clamp(-1, 1)
    ends = soft(t.abs() * half - half * (1.06 + 0.08 * makeup), 0.015)
    dark = colour((0.07, 0.04, 0.035), canvas)
    canvas = paint(canvas, dark, soft(lash, 0.011) * ends * 0.92)
    under = soft(lower.abs() * steep - 0.003, 0.013) * soft(t.abs() * half - half, 0.02)
    canvas = _darker(canvas, under * (0.42 + 0.35 * makeup))
    fold = (down - lids.upper(t) + 0.036 + 0.02 * lids.openness).abs() * steep - 0.004
    fold = soft(fold, 0.014) * soft(t.abs() * half - half * 0.98, 0.03)
    canvas = _darker(canvas, fold * (0.55 - 0.35 * lids.slit))
    return _brows(head, canvas, skin, gain)


def _iris(
    head: Head, canvas: Tensor, out: Tensor, place: Pair, inside: Tensor, light: Tensor
) -> Tensor:
    f, px = head.people.field, head.px
    iris, size = iris_colour(head), f("eye_size")
    radius = IRIS_RADIUS * size
    across = out - 0.01 * head.turn * place.side
    down = place.down + 0.006 * size
    ball = (across**2 + down**2 + 1e-8).sqrt() - radius
    glow = soft(ellipse(across, down, 0.0, 0.03, 0.04, 0.03), 0.03)
    lit = iris * light * (0.62 + 0.5 * glow).unsqueeze(1)
    canvas = paint(canvas, lit, cover(ball, px) * inside)
    rim = soft(ball.abs() - 0.004, 0.011) * 0.65
    canvas = paint(canvas, iris * 0.22, rim * inside)
    pupil = soft(ball + 0.55 * radius, 0.01) * inside
    canvas = paint(canvas, colour((0.03, 0.025, 0.025), canvas), pupil)
    # The lamp, mirrored: a spot of at least half a pixel, so that eyes are alive at 64 px.
    spot = torch.maximum(0.013 * size, 0.5 * px)
    lamp_u = 0.02 * f("light_side") * place.side
    gleam = cover(ellipse(across, down, lamp_u, -0.024, spot, spot), px)
    return paint(canvas, colour((0.98, 0.98, 0.98), canvas), gleam * inside * 0.85)


def _brows(head: Head, canvas: Tensor, skin: Tensor, gain: Tensor) -> Tensor:
    f = head.people.field
    place = pair(head, 0.29, brow_height(head), 0.5)
    out = place.out / place.narrow
    bend, thick = brow(head, out, place.down)
    # Single hairs lean outwards.
    hairs = torch.sin(out * 60 + bend * 50)
    shape = torch.maximum(bend.abs() - thick, out.abs() - BROW_LENGTH)
    hair = hair_colour(head)
    deep = hair.mean(1, keepdim=True)
    # Brows are darker than fair hair, and never as blue or pink as dyed hair.
    tone = torch.lerp(hair * 0.62, skin * 0.42, (deep - 0.2).clamp(0, 0.6))
    alpha = soft(shape + 0.005 * hairs, 0.02) * (0.62 + 0.2 * f("brow_weight"))
    return paint(canvas, tone * (0.4 + 0.6 * gain).unsqueeze(1), alpha.clamp(0, 1))
