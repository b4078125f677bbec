"""The photograph: a lit head in front of a place, taken by a camera with faults."""

import torch
from torch import Tensor

from ganlib.twins import camera, face_photo, light, wear
from ganlib.twins.cloth import cloth_colour, clothes_colour, pattern, second_colour, shirt_colour
from ganlib.twins.colours import colour, luminance
from ganlib.twins.complexion import hair_colour, skin_colour
from ganlib.twins.hair import beard, hair_back, hair_front, hairline
from ganlib.twins.head import Head, for_some
from ganlib.twins.layers import hair_before, hair_behind, strands
from ganlib.twins.light import Shading, lit_skin
from ganlib.twins.place import photographed
from ganlib.twins.shapes import bell, cover, noise, paint, soft, stroke, union


def photograph(head: Head) -> Tensor:
    """Render photographs (n, 3, size, size), RGB in [0, 1]."""
    px = head.px
    shading = light.shade(head)
    face, front, back = head.face(0.0), hair_front(head), hair_back(head)
    cloth_front, cloth_back = wear.covering(head)
    hair = _hair(head, shading, front)

    def behind(some: Head, under: Tensor, rows: Tensor) -> Tensor:
        cloth = _cloth(some, shading.dome[rows], cloth_front[rows])
        return paint(under, cloth * 0.6, cover(cloth_back[rows], some.px))

    def before(some: Head, under: Tensor, rows: Tensor) -> Tensor:
        cloth = _cloth(some, shading.dome[rows], cloth_front[rows])
        return _brim(some, paint(under, cloth, cover(cloth_front[rows], some.px)), cloth)

    def rim(some: Head, under: Tensor, rows: Tensor) -> Tensor:
        shapes = (back, face, front, cloth_front, cloth_back)
        return light.rim_light(some, under, union(some.body(), *(shape[rows] for shape in shapes)))

    f = head.people.field
    image = photographed(head)
    image = paint(image, hair * 0.6, hair_behind(head))
    image = for_some(head, f("cover") > 0, image, behind)
    image = _body(head, image, face)
    image = _ears(head, image, shading.dome)
    portrait = _portrait(head, shading, face, front, cloth_front)
    image = paint(image, portrait, cover(face, px))
    image = paint(image, hair, hair_before(head))
    image = for_some(head, f("cover") > 0, image, before)
    image = for_some(head, f("glasses") > 0, image, _spectacles)
    image = for_some(head, f("earrings") > 0, image, _earrings)
    image = for_some(head, f("rim") > 0, image, rim)
    return camera.take(head, image.clamp(0, 1))


def _flesh(head: Head) -> Tensor:
    """Skin as a camera sees it: exposed a little longer the deeper its tone."""
    depth = head.people.field("skin").unsqueeze(1)
    # Light skin shows the blood below it more than its colour in a paint box does.
    warm = 1 - colour((0.02, 0.08, 0.13), depth) * (1 - depth)
    return skin_colour(head) * warm * (1 + 0.38 * depth)


def _hair(head: Head, shading: Shading, front: Tensor) -> Tensor:
    f, u, v = head.people.field, head.u, head.v
    hair, texture = hair_colour(head), strands(head)
    curled = head.is_("hair_style", "curly", "afro").float()
    gain = 0.25 + 0.72 * shading.dome
    # Deep between the locks, and under the edge over the forehead where the roots are.
    roots = soft(-front - 0.05, 0.06) * soft(front, 0.02)
    fair = luminance(hair)[:, 0]
    gain = gain * (1 + (0.3 - 0.2 * fair) * texture).clamp(0.2, 1.8) * (0.8 + 0.2 * (1 - roots))
    gain = gain * (1 - 0.25 * soft(0.3 - v, 0.4))
    arc = v + 0.72 - 0.35 * (u / head.width - 0.3 * f("light_side")) ** 2
    sheen = bell((arc / 0.14) ** 2) * (0.5 + 0.5 * texture).clamp(0, 1.6)
    sheen = sheen * (0.08 + 0.22 * f("light_strength")) * (1 - 0.75 * curled)
    light_of_room = hair * 0.5 + colour((0.26, 0.25, 0.25), hair)
    return hair * gain.unsqueeze(1) + light_of_room * sheen.unsqueeze(1)


def _cloth(head: Head, dome: Tensor, edge: Tensor) -> Tensor:
    """A head covering: folds that run along its edge."""
    f, u, v = head.people.field, head.u, head.v
    drape = noise(edge * 5 + 0.5 * v, u * 0.8, f("seed") + 3, head.px * 5, (0.5, 0.6, 0.4))
    weave = noise(u * 5, v * 5, f("seed") + 31, head.px * 5, (0.2, 0.3, 0.5))
    gain = (0.32 + 0.66 * dome) * (1 + 0.12 * drape + 0.035 * weave)
    return cloth_colour(head) * gain.unsqueeze(1)


def _body(head: Head, image: Tensor, face: Tensor) -> Tensor:
    f, px = head.people.field, head.px
    u, v = torch.broadcast_tensors(head.body_u, head.body_v)
    skin, hard = _flesh(head), f("light_strength")
    aside = f("light_side")
    # The chin's shadow falls down the neck, away from the lamp.
    under = soft(face - 0.06 - 0.16 * f("light_height"), 0.13)
    side = (u - 0.06 * head.turn) / 0.36
    neck_gain = 0.86 + 0.2 * side * aside * (0.3 + 0.7 * hard) - 0.22 * side * side
    neck_gain = (neck_gain * (1 - 0.42 * under)).clamp(0.12, 1)
    flesh = lit_skin(skin, neck_gain * (1 - 0.1 * _throat(u, v)))
    image = paint(image, flesh, cover(head.neck(), px))

    opening = head.opening()
    inside = cover(opening, px)
    fold = noise(u * 0.7, v * 0.8 + 0.6 * u.abs(), f("seed") + 2, px, (0.6, 0.6, 0.0))
    weave = noise(u * 6, v * 6, f("seed") + 21, px * 6, (0.0, 0.3, 0.6))
    gain = 0.86 + 0.17 * fold + 0.05 * weave + 0.2 * aside * u.clamp(-1, 1) * (0.3 + 0.7 * hard)
    gain = gain * (1 - 0.3 * under) * (1 - 0.25 * soft(opening.abs() - 0.02, 0.04))
    cloth = paint(clothes_colour(head), second_colour(head), pattern(head))
    shirt = shirt_colour(head) * (0.92 * (1 - 0.35 * under)).unsqueeze(1)
    shown = torch.where(head.is_("neckline", "jacket").unsqueeze(1), shirt, flesh)
    collared = head.is_("neckline", "collar", "jacket")
    dressed = cloth * gain.unsqueeze(1)
    collar = stroke(opening - 0.05, 0.1, px) * collared
    dressed = paint(dressed, clothes_colour(head) * 1.1 * gain.unsqueeze(1), collar)
    seam = stroke(opening - 0.1, 0.02, px) * collared
    dressed = dressed * (1 - 0.35 * seam.unsqueeze(1))
    return paint(image, paint(dressed, shown, inside), cover(head.body(), px))


def _throat(u: Tensor, v: Tensor) -> Tensor:
    """Lines from behind the ears to the pit of the throat, and the collarbones below."""
    run = (u.abs() - 0.05 - 0.35 * (1.42 - v).clamp_min(0)).abs()
    tendon = soft(run - 0.01, 0.04) * soft(v - 1.42, 0.05)
    bone = soft((v - 1.46 + 0.12 * u.abs()).abs() - 0.008, 0.03) * soft(0.08 - u.abs(), 0.04)
    return tendon + bone


def _ears(head: Head, image: Tensor, dome: Tensor) -> Tensor:
    # The hollow of the ear is darker than its edge.
    hollow = soft(head.ears() + 0.05, 0.03)
    flesh = lit_skin(_flesh(head), (0.42 + 0.46 * dome) * (1 - 0.3 * hollow))
    return paint(image, flesh, cover(head.ears(), head.px))


def _portrait(head: Head, shading: Shading, face: Tensor, front: Tensor, cloth: Tensor) -> Tensor:
    """The face (n, 3, h, w) as it looks without its outline."""
    f = head.people.field
    skin = _flesh(head)
    # The lamp does not reach below hair, cloth and the turn of the jaw.
    cast = soft(front - 0.035 - 0.04 * f("light_height"), 0.06) * 0.34
    cast = torch.maximum(cast, soft(cloth - 0.05, 0.07) * 0.36)
    turned = soft(-face - 0.06, 0.08) * 0.26
    gain = shading.face * (1 - cast) * (1 - turned)
    flesh = lit_skin(skin, gain)
    portrait = face_photo.features(head, flesh, gain)
    # Gloss is the lamp's own colour, and shows most on dark skin.
    gloss = shading.gloss * (1 - cast) * (0.1 + 0.18 * f("light_strength"))
    gloss = gloss * (0.7 + 0.8 * f("skin"))
    portrait = portrait + gloss.unsqueeze(1) * colour((1.0, 0.95, 0.88), skin)

    def whiskers(some: Head, under: Tensor, rows: Tensor) -> Tensor:
        return _whiskers(some, under, gain[rows])

    portrait = for_some(head, f("beard") > 0, portrait, whiskers)
    portrait = face_photo.eyes(head, portrait, skin, gain)
    bald = head.is_("hair_style", "bald") & head.is_("cover", "none") & (f("age") < 0.6)
    return for_some(head, bald, portrait, _scalp)


def _whiskers(head: Head, portrait: Tensor, gain: Tensor) -> Tensor:
    f = head.people.field
    bristle = noise(head.u * 6, head.v * 4, f("seed") + 17, head.px * 6, (0.0, 0.5, 0.9))
    dense = torch.where(head.is_("beard", "stubble"), 0.36, 0.9)
    dense = (dense * (1 + 0.25 * bristle)).clamp(0, 1)
    light_there = 0.75 * (0.3 + 0.7 * gain) * (1 + 0.3 * bristle)
    whiskers = hair_colour(head) * light_there.unsqueeze(1)
    return paint(portrait, whiskers, soft(beard(head) + 0.02 * bristle, 0.035) * dense)


def _scalp(head: Head, portrait: Tensor, _: Tensor) -> Tensor:
    """What is left to see of hair on a bald head."""
    shadow = soft((head.v - hairline(head)) * 0.8, 0.05) * 0.16
    return paint(portrait, hair_colour(head) * 0.7, shadow)


def _brim(head: Head, image: Tensor, cloth: Tensor) -> Tensor:
    brim, peak = wear.brim(head), head.is_("cover", "cap")
    shadow = soft(brim - 0.03, 0.09) * 0.4
    image = image * (1 - shadow.unsqueeze(1))
    ribs = 1 + 0.14 * torch.sin(head.u * 34) * ~peak
    gain = ribs * torch.where(peak, 0.78, 1.08)
    return paint(image, cloth * gain.unsqueeze(1), cover(brim, head.px))


def _spectacles(head: Head, image: Tensor, _: Tensor) -> Tensor:
    f, px, face = head.people.field, head.px, head.face(0.0)
    wire, glass = wear.glasses(head), wear.lenses(head)
    shadow = soft((wire - 0.02).abs(), 0.05) * soft(face + 0.03, 0.02) * 0.16
    image = image * (1 - shadow.unsqueeze(1))
    lens = cover(glass, px)
    # Sunglasses mirror the sky, brighter towards the top, and the lamp.
    dark = colour((0.06, 0.06, 0.07), image) + (0.16 * soft(head.v + 0.02, 0.12)).unsqueeze(1)
    image = paint(image, dark, lens * 0.95)
    streak = soft((head.u - 0.5 * head.v - 0.32).remainder(0.56).sub(0.28).abs() - 0.03, 0.02)
    streak = lens * streak * soft(head.v - 0.02, 0.06) * 0.4
    image = paint(image, colour((0.75, 0.8, 0.85), image), streak)
    thin = 0.012 + 0.012 * (f("seed") % 2)
    frame = torch.where((f("seed") % 3 < 2).unsqueeze(1), 0.09, 0.45)
    frame = frame * colour((1.05, 0.95, 0.85), image)
    return paint(image, frame, cover(wire - thin, px) * 0.93)


def _earrings(head: Head, image: Tensor, _: Tensor) -> Tensor:
    ring = wear.earrings(head)
    gold, silver = colour((0.85, 0.66, 0.30), image), colour((0.8, 0.8, 0.82), image)
    metal = torch.where((head.people.field("seed") % 2 < 1).unsqueeze(1), gold, silver)
    glint = 0.75 + 0.35 * torch.sin(head.u * 40 + head.v * 50)
    return paint(image, metal * glint.unsqueeze(1), cover(ring, head.px) * 0.95)
