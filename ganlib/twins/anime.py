"""The drawing: flat cels, outlined and shaded, in one of the four house styles of styles.py."""

from collections.abc import Callable

import torch
from torch import Tensor

from ganlib.twins import anime_eyes, anime_face, anime_hair, hair, wear
from ganlib.twins.anime_face import to_shade
from ganlib.twins.cloth import cloth_colour, clothes_colour, pattern, second_colour, shirt_colour
from ganlib.twins.colours import colour, luminance
from ganlib.twins.complexion import hair_colour, skin_colour
from ganlib.twins.head import Head, choose
from ganlib.twins.paper import background
from ganlib.twins.shapes import both, cover, ellipse, paint, soft, stroke, union
from ganlib.twins.styles import STYLES, Paints, Style


def drawing(head: Head) -> Tensor:
    """Render drawings (n, 3, size, size), RGB in [0, 1], each in its own house style."""

    def drawn_in(style: Style) -> Callable[[Head], Tensor]:
        return lambda some: _Drawing(some, style).draw()

    return choose(head, "style", {name: drawn_in(style) for name, style in STYLES.items()})


class _Drawing:
    """A batch of drawings in one style, painted from the back to the front."""

    def __init__(self, head: Head, style: Style):
        self.head, self.style, self.paints = head, style, Paints(style, head)
        f = head.people.field
        self.skin, self.hair = skin_colour(head), hair_colour(head)
        self.clothes, self.cloth = clothes_colour(head), cloth_colour(head)
        self.away = to_shade(head)
        # Frontal or soft light pushes the shadow off the edge: nothing jumps where the sign turns.
        lit = f("light_side").abs() * (0.4 + 0.6 * f("light_strength"))
        self.frontal = 0.3 * (1 - lit)
        # Lines swell on the shadow side and under the chin.
        swell = (0.5 + head.u * self.away).clamp(0, 1) * lit + 0.6 * (head.v - 0.5).clamp(0, 0.6)
        self.width = style.line * f("line_weight") * (1 + style.swell * (swell - 0.3))
        self.face = head.face(1.0)
        self.image = background(head, style, self.paints)

    def draw(self) -> Tensor:
        head, paints = self.head, self.paints
        front, back = wear.covering(head)
        behind_locks, front_locks = anime_hair.locks(head, self.style, self.face)
        behind = hair.hair_back(head) + behind_locks
        self._paint(paints.shade(self.hair), self.hair, behind)
        self._paint(paints.shade(self.cloth), self.cloth, back)
        self._neck()
        self._body()
        self._ears()
        fringe = hair.hair_front(head) + front_locks
        self.image = paint(self.image, self._portrait(fringe, front), cover(self.face, head.px))
        self._outline(self.skin, self.face)
        self._hair(fringe)
        self._covering(front)
        self._glasses()
        if self.style.name == "ink":  # what people wear and paint on has no colour either
            self.image = luminance(self.image).expand(-1, 3, -1, -1)
        return self.image.clamp(0, 1)

    def _paint(self, fill: Tensor, colour_of_line: Tensor, shape: Tensor) -> None:
        self.image = paint(self.image, fill, cover(shape, self.head.px))
        self._outline(colour_of_line, shape)

    def _outline(self, rgb: Tensor, shape: Tensor, share: float | Tensor = 1.0) -> None:
        if self.style.line:
            line = stroke(shape, self.width, self.head.px) * share
            self.image = paint(self.image, self.paints.line(rgb), line)

    def _shade(self, rgb: Tensor, inside: Tensor, shape: Tensor) -> None:
        shade = soft(shape, 0.4 * self.head.px + self.style.cel) * cover(inside, self.head.px)
        self.image = paint(self.image, self.paints.shade(rgb), shade)

    def _neck(self) -> None:
        neck = self.head.neck()
        self._paint(self.paints.fill(self.skin), self.skin, neck)
        self._shade(self.skin, neck, self._under_chin())

    def _under_chin(self) -> Tensor:
        height = self.head.people.field("light_height")
        return self.face - 0.12 - 0.12 * height - 0.06 * self.head.u * self.away

    def _body(self) -> None:
        head, px = self.head, self.head.px
        body, opening = head.body(), head.opening()
        woven = pattern(head) * cover(body, px)
        second = second_colour(head)
        self.image = paint(self.image, self.paints.fill(self.clothes), cover(body, px))
        self.image = paint(self.image, self.paints.fill(second), woven)
        fold = 0.1 * torch.sin(7 * head.body_v + 3 * head.body_u)
        away = (0.62 + self.frontal + fold - head.body_u * self.away) * 0.8
        self._shade(self.clothes, body, away)
        in_shade = woven * soft(away, 0.4 * px + self.style.cel)
        self.image = paint(self.image, self.paints.shade(second), in_shade)
        inner = shirt_colour(head)
        neckline = both(opening, body)
        self.image = paint(self.image, self.paints.fill(inner), cover(neckline, px))
        self._shade(inner, neckline, self._under_chin())
        collared = head.is_("neckline", "collar", "jacket")
        collar = cover(both(opening - 0.08, -opening, body), px) * collared
        light = self.paints.fill((self.clothes * 1.12 + 0.02).clamp(0, 1))
        self.image = paint(self.image, light, collar)
        self._outline(self.clothes, opening - 0.08, cover(body, px) * collared)
        self._outline(self.clothes, opening, cover(body, px))
        self._outline(self.clothes, body, 1 - cover(opening, px))

    def _ears(self) -> None:
        head, f = self.head, self.head.people.field
        ears = head.ears()
        self._paint(self.paints.fill(self.skin), self.skin, ears)
        self._shade(self.skin, ears, ears + 0.04)
        if (f("earrings") > 0).any():
            silver = (f("seed") % 2 >= 1).unsqueeze(1)
            gold = colour((0.93, 0.74, 0.32), self.skin)
            gold = torch.where(silver, colour((0.85, 0.85, 0.88), self.skin), gold)
            self._paint(self.paints.fill(gold), gold * 0.6, wear.earrings(head))

    def _portrait(self, fringe: Tensor, cover_front: Tensor) -> Tensor:
        """The face, before its outline is cut: shadow, features, beard, eyes."""
        head, style, paints, px = self.head, self.style, self.paints, self.head.px
        canvas = skin = paints.fill(self.skin)
        # The face's own outline, moved towards the light, leaves a crescent dark.
        crescent = 0.47 - 0.16 * head.v**2 + self.frontal - head.u * self.away * 0.92
        below = union(fringe, cover_front) - style.fringe_shadow
        shade = union(crescent, below)
        canvas = paint(canvas, paints.shade(self.skin), soft(shade, 0.4 * px + style.cel))
        canvas = anime_face.cheeks(head, style, canvas, skin)
        canvas = anime_face.freckles(head, paints, canvas, self.skin)
        canvas = anime_face.nose(head, paints, canvas, self.skin)
        canvas = anime_face.age_lines(head, paints, canvas, self.skin)
        canvas = anime_face.beard(head, paints, canvas, self.hair, self.skin)
        canvas = anime_face.mouth(head, paints, canvas, self.skin)
        canvas = anime_eyes.eyes(head, paints, canvas, self.skin)
        return anime_eyes.brows(head, paints, canvas, self.hair)

    def _hair(self, fringe: Tensor) -> None:
        head = self.head
        tone = anime_hair.tone(head, self.style, self.paints, self.hair)
        shaved = head.is_("hair_style", "shaved").float()
        # Cropped hair lets the scalp through, and ends without a line.
        thin = 1 - 0.25 * shaved
        self.image = paint(self.image, tone, cover(fringe, head.px) * thin)
        self._outline(self.hair, fringe, 1 - 0.7 * shaved)

    def _covering(self, front: Tensor) -> None:
        head, f, px = self.head, self.head.people.field, self.head.px
        if not (f("cover") > 0).any():
            return
        self._paint(self.paints.fill(self.cloth), self.cloth, front)
        away = 0.45 + self.frontal - head.u * self.away + 0.05 * torch.sin(9 * head.v)
        self._shade(self.cloth, front, away)
        folds = choose(head, "cover", {"scarf": _scarf_folds, "turban": _turban_folds})
        line = cover(both(folds - 0.012, front + 0.02), px)
        self.image = paint(self.image, self.paints.shade(self.cloth * 0.8), line)
        self._outline(self.cloth, front)
        brim = wear.brim(head)
        self._paint(self.paints.fill((self.cloth * 0.85).clamp(0, 1)), self.cloth, brim)

    def _glasses(self) -> None:
        head, f, px = self.head, self.head.people.field, self.head.px
        if not (f("glasses") > 0).any():
            return
        lenses = wear.lenses(head)
        glass = colour((0.10, 0.10, 0.13), self.image)
        self.image = paint(self.image, glass, cover(lenses, px) * 0.96)
        slant = (head.u - 0.6 * head.v).remainder(0.58) - 0.29
        gleam = both(lenses + 0.03, (slant - 0.02).abs() - 0.035)
        self.image = paint(self.image, torch.ones_like(glass), cover(gleam, px) * 0.55)
        frame = torch.where((f("seed") % 3 < 2).unsqueeze(1), 0.12, 0.42).expand(-1, 3, -1, -1)
        thin = 0.012 + 0.012 * (f("seed") % 2)
        self.image = paint(self.image, frame, cover(wear.glasses(head) - thin, px))


def _scarf_folds(head: Head) -> Tensor:
    """Lines that follow the window, and fall below the chin."""
    u, v = head.at(0.0, 0.2, 0.35)
    ring = ellipse(head.u, head.v, u, v - 0.02, head.width * 1.03, 0.9)
    fall = (head.u - 0.25 * (head.v - 0.8)).abs() + (1.1 - head.v).clamp_min(0)
    return union(both(ring.abs(), -head.v - 0.1), fall)


def _turban_folds(head: Head) -> Tensor:
    """Windings that cross over the forehead."""
    wind = ((head.v + 0.35 + 0.55 * head.across.abs()) * 5.5).remainder(1) - 0.5
    return wind.abs() / 6.5
