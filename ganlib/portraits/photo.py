"""The photograph: a lit head in front of a place, taken by a camera with faults."""

import torch
from torch import Tensor

from ganlib.portraits import colours
from ganlib.portraits.colours import colour, hsv, pick, ramp
from ganlib.portraits.head import Head
from ganlib.portraits.shapes import (
    almond,
    blur,
    cover,
    curve,
    ellipse,
    grain,
    paint,
    soft,
    stroke,
    waves,
)


def skin_colour(head: Head) -> Tensor:
    f = head.people.field
    base = ramp(colours.SKIN, f("skin"))
    tint = colour((0.02, -0.012, -0.012), base) * -f("undertone").unsqueeze(1)
    return (base + tint * (1.2 - f("skin").unsqueeze(1))).clamp(0, 1)


def hair_colour(head: Head) -> Tensor:
    f = head.people.field
    return (pick(colours.HAIR, f("hair_colour")) * f("hair_tone").unsqueeze(1)).clamp(0, 1)


def clothes_colour(head: Head) -> Tensor:
    f = head.people.field
    return hsv(f("clothes_hue"), f("clothes_saturation"), f("clothes_value"))


def jacket_or_collar(head: Head) -> Tensor:
    """What shows in the opening: skin, or a shirt under a jacket."""
    f = head.people.field
    shirt = torch.where((f("seed") % 2 < 1).unsqueeze(1), 0.92, 0.72).expand(-1, 3, -1, -1)
    return torch.where((f("neckline") == 3).unsqueeze(1), shirt, skin_colour(head))


def cloth_colour(head: Head) -> Tensor:
    """Head coverings: the colour of the clothes turned by a third, so that both are seen."""
    f = head.people.field
    return hsv(
        f("clothes_hue") + 0.33,
        f("clothes_saturation"),
        (f("clothes_value") + 0.25).clamp(max=0.95),
    )


def backdrop(head: Head, detail: float) -> Tensor:
    """Background (n, 3, h, w): detail 1 as photographed, 0 as flat as a drawing has it."""
    f = head.people.field
    kind, hue, seed = f("background"), f("background_hue"), f("seed")
    saturation, value = f("background_saturation"), f("background_value")
    first = hsv(hue, saturation, value)
    second = hsv(hue + 0.08 + 0.3 * (kind == 3), saturation * 0.8, (value * 0.72 + 0.1).clamp(0, 1))
    third = hsv(hue - 0.12, saturation, (value * 1.15).clamp(max=1) * 0.9)
    x, y = head.x.expand_as(head.u), head.y.expand_as(head.u)
    slope = 0.5 + 0.5 * (y * (seed % 3 - 1) + x * (seed % 2 - 0.5)).clamp(-1, 1)
    blobs = soft(-waves(x, y, seed, 4.5) - 0.1, 0.5 - 0.35 * (1 - detail))
    level = (seed / 997 - 0.5) * 0.9
    horizon = soft(y - level + 0.05 * detail * waves(x, y * 0, seed, 6.0), 0.08)
    panels = soft(torch.sin(x * (2 + seed % 5) + seed), 0.12)
    mix = torch.where(kind == 1, slope, torch.zeros_like(slope))
    mix = torch.where(kind == 2, blobs, mix)
    mix = torch.where(kind == 3, 1 - horizon, mix)
    mix = torch.where(kind == 4, panels, mix)
    picture = paint(first.expand(-1, -1, *mix.shape[1:]), second, mix)
    leaves = soft(0.55 - waves(x, y, seed + 41, 9.0), 0.35) * (kind >= 2) * 0.6
    # A drawing paints foliage as one tone: its average, so that both have the same colours.
    leaves = torch.lerp(leaves.mean((1, 2), keepdim=True), leaves, detail)
    return paint(picture, third, leaves)


def _light(head: Head) -> tuple[Tensor, Tensor]:
    """Lambert shading of the head's relief, and of the same relief without the face on it."""
    f, u, v = head.people.field, head.u, head.v
    dome = (1 - (u / (head.width * 1.12)) ** 2 - ((v - 0.1) / 1.08) ** 2).clamp_min(
        0.02
    ).sqrt() * 0.55
    relief = dome
    for side in (-1, 1):
        eu, ev = head.eye(side)
        socket = torch.exp(-(((u - eu) / 0.17) ** 2) - ((v - ev + 0.03) / 0.11) ** 2)
        brow = torch.exp(-(((u - eu) / 0.24) ** 2) - ((v - ev + 0.2) / 0.09) ** 2)
        cu, cv = head.at(side * 0.34, 0.38, 0.45)
        cheek = torch.exp(-(((u - cu) / 0.2) ** 2) - ((v - cv) / 0.2) ** 2)
        relief = relief - 0.055 * socket + 0.02 * brow + 0.035 * cheek
        fu, fv = head.at(side * 0.27, 0.56, 0.5)
        fold = torch.exp(
            -(((u - fu + side * 0.22 * (v - fv)) / 0.05) ** 2) - ((v - fv) / 0.17) ** 2
        )
        relief = relief - 0.03 * fold * (0.25 + f("age"))
    nu, nv = head.nose()
    top_u, _ = head.at(0.0, 0.0, 0.5)
    along = (v / nv).clamp(0, 1)
    ridge_u = top_u + (nu - top_u) * along
    ridge = torch.exp(-(((u - ridge_u) / (0.075 * f("nose_width") * (0.6 + 0.5 * along))) ** 2))
    ridge = ridge * soft(v - nv - 0.01, 0.07) * soft(-v - 0.1, 0.12)
    tip = torch.exp(-(((u - nu) / (0.1 * f("nose_width"))) ** 2) - ((v - nv + 0.02) / 0.085) ** 2)
    mu, mv = head.mouth()
    mouth = torch.exp(-(((u - mu) / 0.22) ** 2) - ((v - mv) / 0.1) ** 2)
    under = torch.exp(-(((u - mu) / 0.16) ** 2) - ((v - mv - 0.15) / 0.05) ** 2)
    relief = relief + 0.075 * ridge * along + 0.05 * tip + 0.035 * mouth - 0.03 * under

    aside, up = f("light_side") * 0.8, f("light_height") * 0.7

    def lambert(height: Tensor) -> Tensor:
        du, dv = _slopes(height)
        du, dv = du / head.px, dv / head.px
        facing = (-du * aside + dv * -up * -1 + 1.0) / (du * du + dv * dv + 1).sqrt()
        return facing / (aside * aside + up * up + 1).sqrt()

    return lambert(relief), lambert(dome)


def _slopes(height: Tensor) -> tuple[Tensor, Tensor]:
    """Central differences per pixel, edges repeated."""
    padded = torch.nn.functional.pad(height.unsqueeze(1), (1, 1, 1, 1), mode="replicate").squeeze(1)
    across = (padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]) / 2
    down = (padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]) / 2
    return across, down


def _eyes(head: Head, canvas: Tensor, skin: Tensor) -> Tensor:
    f, u, v, px = head.people.field, head.u, head.v, head.px
    iris, hair = pick(colours.IRIS, f("eye_colour")), hair_colour(head)
    brow_colour = (hair * 0.6 * (1 - 0.4 * (hair.mean(1, keepdim=True) > 0.5)) + skin * 0.15).clamp(
        0, 1
    )
    for side in (-1, 1):
        eu, ev = head.eye(side)
        narrow = head.narrowing(side)
        half = 0.128 * f("eye_size") * narrow
        top, bottom = 0.062 * f("eye_size") * f("eye_open"), 0.045 * f("eye_size") * f("eye_open")
        lid = almond(u, v, eu, ev, half, top, bottom)
        canvas = paint(canvas, skin * 0.72, soft(lid - 0.02, 0.05) * 0.45)
        opening = cover(lid, px)
        canvas = paint(canvas, colour((0.86, 0.84, 0.82), canvas), opening * 0.9)
        radius = 0.064 * f("eye_size")
        ball = ellipse(
            u, v, eu + 0.012 * head.turn, ev - 0.006, radius * narrow.clamp(max=1), radius
        )
        canvas = paint(canvas, iris, cover(ball, px) * opening)
        canvas = paint(canvas, iris * 0.2, cover(ball + radius * 0.55, px) * opening)
        glint = ellipse(u, v, eu + 0.02 * f("light_side") + 0.008, ev - 0.03, 0.016, 0.016)
        canvas = paint(canvas, colour((1.0, 1.0, 1.0), canvas), cover(glint, px) * 0.8 * opening)
        lash = curve(u, v, eu, ev, half * 1.05, -top) - 0.013
        canvas = paint(canvas, skin * 0.22, cover(lash, px) * 0.85)
        crease = curve(u, v, eu, ev - 0.045, half * 1.05, -top) - 0.006
        canvas = paint(canvas, skin * 0.6, cover(crease, px) * 0.5)
        bag = curve(u, v, eu, ev + 0.06, half * 0.95, bottom + 0.01) - 0.008
        canvas = paint(canvas, skin * 0.65, cover(bag, px) * 0.55 * f("age"))
        bu, bv = head.at(side * (0.285 + 0.01), -0.165 - 0.012 * f("brow_tilt"), 0.5)
        lean = (u - bu) * side * 0.16 * -f("brow_tilt")
        brow = curve(u, v + lean, bu, bv, 0.175 * narrow, -0.045) - 0.024 * f("brow_weight")
        canvas = paint(canvas, brow_colour, soft(brow, 0.02) * 0.8)
    return canvas


def _nose_and_mouth(head: Head, canvas: Tensor, skin: Tensor) -> Tensor:
    f, u, v, px = head.people.field, head.u, head.v, head.px
    nu, nv = head.nose()
    for side in (-1, 1):
        hole = ellipse(u, v, nu + side * 0.052 * f("nose_width"), nv + 0.045, 0.028, 0.015)
        canvas = paint(canvas, skin * 0.3, soft(hole, 0.012) * 0.75)
        wing = curve(u, v, nu + side * 0.1 * f("nose_width"), nv + 0.045, 0.03, -0.05) - 0.008
        canvas = paint(canvas, skin * 0.6, soft(wing, 0.012) * 0.5)
    mu, mv = head.mouth()
    half = 0.215 * f("mouth_width") * head.turn.cos()
    bend, gap = 0.05 * f("smile"), 0.1 * f("mouth_open")
    full = 0.028 + 0.024 * f("lips")
    lift = mv - bend * 0.6
    t2 = ((u - mu) / half) ** 2
    middle = lift + bend * (1 - t2)
    upper = torch.maximum(
        (middle - v) - (full + gap * 0.25) * (1 - t2) * (0.85 + 0.6 * t2), v - middle
    )
    lower = torch.maximum((v - middle) - (full * 1.35 + gap) * (1 - t2), middle - v)
    red = colour((0.70, 0.25, 0.27), skin)
    lips = torch.lerp(
        skin * 0.86, red * (0.35 + 0.65 * skin[:, :1]), 0.3 + 0.45 * f("lips").unsqueeze(1)
    )
    canvas = paint(canvas, lips * 0.88, cover(upper, px) * 0.85)
    canvas = paint(canvas, lips, cover(lower, px) * 0.85)
    hole = torch.maximum((middle - v) - gap * 0.2 * (1 - t2), (v - middle) - gap * (1 - t2))
    inside = cover(hole, px) * (gap > 0.015)
    canvas = paint(canvas, colour((0.28, 0.08, 0.08), canvas), inside)
    teeth = inside * cover(v - middle - gap * 0.5 * (1 - t2), px)
    canvas = paint(canvas, colour((0.92, 0.89, 0.84), canvas), teeth * 0.92)
    seam = cover((v - middle).abs() - 0.009 + 0.01 * t2, px) * cover(t2.sqrt() * half - half, px)
    return paint(canvas, lips * 0.4, seam * (gap <= 0.015) * 0.8)


def _wrinkles(head: Head, canvas: Tensor, skin: Tensor) -> Tensor:
    f, u, v = head.people.field, head.u, head.v
    old = (f("age") - 0.35).clamp_min(0) * 0.9
    for k in range(3):
        cu, cv = head.at(0.0, -0.36 - 0.09 * k, 0.5)
        line = curve(u, v, cu, cv, 0.3 - 0.03 * k, -0.02) - 0.004
        canvas = paint(canvas, skin * 0.66, soft(line, 0.014) * old * 0.7)
    for side in (-1, 1):
        cu, cv = head.at(side * 0.27, 0.56, 0.5)
        slanted = u - cu - side * 0.22 * (v - cv)
        fold = ellipse(slanted, v, 0.0, cv, 0.008, 0.15)
        canvas = paint(canvas, skin * 0.62, soft(fold, 0.02) * (0.12 + old) * 0.7)
    return canvas


def _camera(head: Head, image: Tensor) -> Tensor:
    f = head.people.field
    warm = colour((0.03, 0.0, -0.04), image) * f("warmth").unsqueeze(1)
    image = image * 2 ** f("exposure").unsqueeze(1) * (1 + warm)
    middle = image.mean((1, 2, 3), keepdim=True)
    image = middle + (image - middle) * f("contrast").unsqueeze(1)
    # Film shoulder: highlights roll off instead of clipping to paper white.
    image = torch.where(image > 0.75, 0.75 + 0.25 * torch.tanh((image - 0.75) / 0.25), image)
    # A blur of fixed size on the sensor: its variance in pixels goes with the resolution squared.
    image = blur(image, (f("blur") * (image.shape[-1] / 128) ** 2).clamp(max=1))
    noise = grain(f("seed"), *image.shape[2:]) * f("noise").unsqueeze(1)
    return (image + noise).clamp(0, 1)


def photograph(head: Head) -> Tensor:
    """Render photographs (n, 3, size, size), RGB in [0, 1]."""
    f, u, v, px = head.people.field, head.u, head.v, head.px
    skin, hair, clothes = skin_colour(head), hair_colour(head), clothes_colour(head)
    relief, dome = _light(head)
    hard = f("light_strength")
    gain = (1 - 0.55 * hard) + hard * 0.68 * relief
    gloss = (relief - 0.86).clamp_min(0) * 1.3 * hard * (0.25 + f("skin"))
    round_gain = ((1 - 0.5 * hard) + hard * 0.72 * dome).unsqueeze(1)

    strands = waves(u * 2.2, v * 0.35 + (u * u) * 0.6, f("seed") + 5, 13.0, 4) * 0.09
    curls = waves(u, v, f("seed") + 9, 26.0, 4) * 0.1
    strands = torch.where((f("hair_style") == 7) | (f("hair_style") == 5), curls, strands)
    sheen = torch.exp(-(((v + 0.62 - 0.12 * (u / head.width) ** 2) / 0.13) ** 2)) * 0.22 * hard
    hair_lit = hair * round_gain * (1 + strands.unsqueeze(1)) + sheen.unsqueeze(1) * (
        hair * 0.7 + 0.1
    )

    image = backdrop(head, 1.0)
    image = paint(image, hair_lit * 0.62, cover(head.hair_back(), px))
    front_cloth, back_cloth = head.covering()
    cloth = cloth_colour(head)
    pattern = 1 + 0.1 * waves(u, v, f("seed") + 3, 9.0, 3).unsqueeze(1)
    cloth_lit = cloth * round_gain * pattern
    image = paint(image, cloth_lit * 0.7, cover(back_cloth, px))

    face = head.face(0.0)
    under_chin = soft(face - 0.05 - 0.12 * f("light_height"), 0.14)
    image = paint(image, skin * (0.88 - 0.3 * under_chin.unsqueeze(1)), cover(head.neck(), px))
    body = head.body()
    fold = 1 + 0.09 * waves(
        head.body_u.expand_as(u), head.body_v.expand_as(u), f("seed") + 2, 5.0, 3
    )
    side_light = 1 + 0.22 * f("light_side") * head.body_u.clamp(-1, 1) * hard
    inside = cover(head.opening(), px)
    open_colour = jacket_or_collar(head) * (0.9 - 0.25 * under_chin.unsqueeze(1))
    body_colour = paint(clothes * (fold * side_light * 0.9).unsqueeze(1), open_colour, inside)
    collar = stroke(head.opening(), 0.1, px) * (f("neckline") >= 2)
    body_colour = paint(body_colour, clothes * 1.12, collar)
    image = paint(image, body_colour, cover(body, px))

    image = paint(image, skin * (gain * 0.9).unsqueeze(1), cover(head.ears(), px))
    flush = soft(waves(u, v, f("seed") + 7, 11.0, 3), 1.5) - 0.5
    flesh = skin * gain.unsqueeze(1) * (1 + 0.05 * flush.unsqueeze(1)) + gloss.unsqueeze(1)
    portrait = flesh.expand_as(image)
    portrait = _wrinkles(head, portrait, skin * gain.unsqueeze(1))
    portrait = _nose_and_mouth(head, portrait, skin * gain.unsqueeze(1))
    dense = torch.where(f("beard") == 1, 0.4, 0.85) * (1 + 0.25 * curls).clamp(0, 1)
    portrait = paint(portrait, hair * 0.8 * round_gain, soft(head.beard(), 0.05) * dense)
    portrait = _eyes(head, portrait, skin * gain.unsqueeze(1))
    shaved = (f("hair_style") == 0) & (f("age") < 0.6)
    scalp = soft((v - head.hairline(0.0)) * 0.8, 0.07) * shaved * 0.35
    portrait = paint(portrait, hair * 0.7, scalp)
    front = head.hair_front(0.0)
    cast = soft(front - 0.03, 0.07) * 0.25
    portrait = portrait * (1 - cast.unsqueeze(1))
    image = paint(image, portrait, cover(face, px))

    fuzz = (waves(u, v, f("seed") + 1, 30.0, 3) * 0.012).clamp(-0.03, 0.03)
    thin = torch.where(f("hair_style") == 1, 0.88, 1.0)
    image = paint(image, hair_lit, soft(front + fuzz, 0.018) * thin)
    image = paint(image, image * 0.86, soft(front_cloth - 0.04, 0.06) * cover(face, px))
    image = paint(image, cloth_lit, cover(front_cloth, px))

    wire = head.glasses()
    frame = torch.where((f("seed") % 3 < 2).unsqueeze(1), 0.1, 0.45).expand(-1, 3, -1, -1)
    image = paint(image, frame, cover(wire - 0.014, px) * 0.92)
    return _camera(head, image.clamp(0, 1))
