"""What is behind a person: as photographed, out of focus, and as flat as a drawing has it."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlib.twins.colours import hsv
from ganlib.twins.head import Head, choose, shared
from ganlib.twins.shapes import Number, box, cover, ellipse, hashed, noise, paint

Scene = Callable[[Head, Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]
"""Of heads, the frame coordinates of every pixel, and a pixel's size in them: a picture (n, 3, h,
w), and the texture (n, h, w) that it is multiplied by 1 plus."""


def photographed(head: Head) -> Tensor:
    """The place behind as a photograph shows it, (n, 3, h, w) in [0, 1]."""
    made = _scene(head)
    return _defocus(made[:, :3] * (1 + made[:, 3:]), head.people.field("depth")).clamp(0, 1)


def drawn(head: Head) -> Tensor:
    """The same for a drawing: its big shapes in the same colours, without texture, and about as
    sharp or soft as the photograph lets one see them."""
    return _defocus(_scene(head)[:, :3], head.people.field("depth") * 0.5)


@shared
def _scene(head: Head) -> Tensor:
    """(n, 4, h, w): flat colours, and the texture that they are multiplied by 1 plus."""
    scenes = (_plain, _gradient, _blobs, _foliage, _sky, _shelves, _window, _street)
    return choose(head, "background", {scene.__name__[1:]: _made(scene) for scene in scenes})


def _made(scene: Scene) -> Callable[[Head], Tensor]:
    """(picture, texture) of a scene in one tensor."""

    def make(head: Head) -> Tensor:
        n, size = len(head), head.size
        x, y = (line.expand(n, size, size) for line in (head.x, head.y))
        picture, texture = scene(head, x, y, torch.full_like(head.px, 2 / size))
        texture = texture.expand(n, size, size).unsqueeze(1)
        return torch.cat((picture.expand(n, 3, size, size), texture), 1)

    return make


def _defocus(image: Tensor, amount: Tensor) -> Tensor:
    """Blur by up to a tenth of the picture, whatever its resolution; amount (n, 1, 1)."""
    size = image.shape[-1]
    amount = amount.unsqueeze(1) ** 1.4 * 1.8
    for side, step in ((32, 0), (16, 1)):
        stride, small = max(1, size // side), image
        if stride > 1:
            padded = F.pad(image, (stride // 2,) * 4, mode="replicate")
            small = F.avg_pool2d(padded, 2 * stride, stride)
        wide = F.interpolate(small, (size, size), mode="bilinear", align_corners=False)
        image = torch.lerp(image, wide, (amount - step).clamp(0, 1))
    return image


def _hsv(hue: Number, saturation: Number, value: Number) -> Tensor:
    """`hsv` of numbers and tensors (n, 1, 1) or (n, h, w), one of them a tensor."""
    like = next(part for part in (hue, saturation, value) if isinstance(part, Tensor))
    parts = (torch.as_tensor(part, device=like.device) for part in (hue, saturation, value))
    return hsv(*torch.broadcast_tensors(*parts))


def _shades(head: Head, saturation: float = 0.8) -> tuple[Tensor, Tensor, Tensor]:
    """A wall's colour, a darker one beside it, and an accent."""
    f = head.people.field
    hue, full = f("background_hue"), f("background_saturation") * saturation
    value = 1 - (1 - f("background_value")) ** 1.25  # walls are light more often than dark
    second = _hsv(hue + 0.06, full, value * 0.68 + 0.04)
    third = _hsv(hue - 0.14, full * 1.2 + 0.05, (value * 0.6 + 0.25).clamp(0, 1))
    return _hsv(hue, full, value), second, third


def _falloff(head: Head) -> Tensor:
    """Light that fades over a wall away from the main light."""
    f = head.people.field
    return 0.16 * head.x * f("light_side") - 0.1 * head.y * f("light_height") - 0.04


def _plain(head: Head, x: Tensor, y: Tensor, px: Tensor) -> tuple[Tensor, Tensor]:
    first, _, _ = _shades(head)
    grain = 0.012 * noise(x * 5, y * 5, head.people.field("seed"), px * 5)
    return first, _falloff(head) + grain


def _gradient(head: Head, x: Tensor, y: Tensor, px: Tensor) -> tuple[Tensor, Tensor]:
    f = head.people.field
    first, second, _ = _shades(head, 1.0)
    share = y * (f("seed") % 3 - 1) + x * (f("seed") % 2 - 0.5) * 1.4
    return paint(first, second, (0.5 + 0.6 * share).clamp(0, 1)), 0 * x


def _blobs(head: Head, x: Tensor, y: Tensor, px: Tensor) -> tuple[Tensor, Tensor]:
    """Something far out of focus: large patches and discs of light."""
    f = head.people.field
    first, second, third = _shades(head, 0.8)
    field = noise(x * 1.1, y * 1.1, f("seed"), px, (1.0, 0.35, 0.0))
    picture = paint(first, second, cover(field + 0.1, px * 12))
    picture = paint(picture, third, cover(0.85 - field, px * 12))
    column, row = (x * 2).floor(), (y * 2).floor()
    lit = hashed(column + 9 * row, f("seed"))
    disc = ellipse(x * 2 - column, y * 2 - row, 0.5, 0.5, 0.1 + 0.25 * lit, 0.1 + 0.25 * lit)
    glow = cover(disc, px * 4) * (lit > 0.6) * 0.6
    return paint(picture, third * 0.4 + 0.6, glow), 0.04 * field


def _foliage(head: Head, x: Tensor, y: Tensor, px: Tensor) -> tuple[Tensor, Tensor]:
    f = head.people.field
    hue = 0.27 + 0.08 * (f("background_hue") - 0.5)
    full, value = 0.5 + 0.4 * f("background_saturation"), 0.4 + 0.36 * f("background_value")
    clumps = noise(x * 1.7, y * 1.7, f("seed"), px * 1.7, (0.9, 0.55, 0.0)) - 0.35 * y
    picture = _hsv(hue + 0.03, full, value * 0.42)
    picture = paint(picture, _hsv(hue, full, value * 0.72), cover(-clumps - 0.25, px * 8))
    picture = paint(picture, _hsv(hue - 0.06, full * 0.9, value), cover(0.55 - clumps, px * 8))
    sky = _hsv(hue + 0.3, full * 0.15, 0.75 + 0.25 * value)
    picture = paint(picture, sky, cover(1.5 - clumps, px * 8))
    leaves = noise(x * 4, y * 4, f("seed") + 40, px * 4, (0.2, 0.3, 0.36))
    return picture, leaves


def _sky(head: Head, x: Tensor, y: Tensor, px: Tensor) -> tuple[Tensor, Tensor]:
    """Sky with clouds over the sea, a lawn or sand."""
    f = head.people.field
    hue, full = 0.57 + 0.06 * (f("background_hue") - 0.5), f("background_saturation")
    value = 0.62 + 0.32 * f("background_value")
    level = (f("seed") / 997) * 1.1 - 0.25
    high = ((level - y) * 0.6).clamp(0, 1)
    top = _hsv(hue, 0.35 + 0.45 * full, value * 0.92)
    low = _hsv(hue - 0.02, 0.12 + 0.2 * full, value)
    picture = paint(low, top, high)
    clouds = noise(x * 0.8, y * 1.6, f("seed"), px, (0.8, 0.45, 0.25))
    white = _hsv(hue, 0.03, 0.94)
    picture = paint(picture, white, cover(0.5 - clouds, px * 20) * (0.3 + high.clamp(0, 0.6)))
    kind = (f("seed") % 3).unsqueeze(1)
    lawn = _hsv(0.24, 0.5 + 0.3 * full, value * 0.55)
    sea = _hsv(hue - 0.05, 0.4 + 0.4 * full, value * 0.62)
    ground = torch.where(kind < 1, lawn, sea)
    ground = torch.where(kind == 2, _hsv(0.1, 0.3, value * 0.8), ground)
    below = cover(level - y, px)
    picture = paint(picture, ground, below)
    ripples = noise(x * 2, y * 9, f("seed") + 3, px * 5, (0.1, 0.1, 0.08)) * below
    return picture, ripples + 0.02 * clouds


def _cells(t: Tensor, px: Tensor) -> tuple[Tensor, Tensor]:
    """Which cell each place is in, and the coverage of the gap between two cells."""
    inside = t.remainder(1)
    return t.floor(), cover((0.5 - (inside - 0.5).abs()) - 0.04, px)


def _shelves(head: Head, x: Tensor, y: Tensor, px: Tensor) -> tuple[Tensor, Tensor]:
    """Boards with books: each its own width, height and colour."""
    f = head.people.field
    seed = f("seed")
    wood, shade, _ = _shades(head, 1.3)
    pitch = 1.5 + 0.5 * (seed % 3) / 2
    down = y * pitch + seed * 0.137
    shelf, board = _cells(down, px * pitch)
    warp = 0.06 * torch.sin(x * 9 + seed)
    spine, gap = _cells((x + warp) * 5 + shelf * 3.3, px * 5)
    book = hashed(spine + 37 * shelf, seed)
    tall = 0.25 + 0.35 * hashed(spine + 37 * shelf + 5, seed)
    top = cover(tall * 0.6 - down.remainder(1), px * pitch)
    tone = book * 3
    hue = f("background_hue") + 0.5 * (tone.floor() / 3) + 0.1
    vivid = 0.12 + 0.9 * f("background_saturation")
    cover_colour = _hsv(hue, vivid, (0.25 + 0.6 * tone.remainder(1)).clamp(0, 1))
    picture = paint(shade * 0.42, cover_colour, top * (1 - gap * 0.7))
    picture = paint(picture, wood * 0.85, board)
    return picture, 0.06 * noise(x * 6, y * 2, seed, px * 6)


def _window(head: Head, x: Tensor, y: Tensor, px: Tensor) -> tuple[Tensor, Tensor]:
    """A wall with a bright window beside the head."""
    f = head.people.field
    wall, _, _ = _shades(head)
    side = torch.where(f("seed") % 2 < 1, -1.0, 1.0)
    centre = side * (0.45 + 0.25 * (f("seed") % 5) / 4)
    whole = box(x, y, centre, -0.3, 0.52, 0.75, 0.0)
    outside = _hsv(0.3 + 0.3 * f("background_hue"), 0.12 + 0.2 * f("background_saturation"), 0.97)
    trees = _hsv(0.28 + 0.04 * side, 0.3, 0.62)
    shrubs = noise(x * 1.6, y * 1.6, f("seed"), px * 1.6, (0.5, 0.4, 0.0)) * 0.25
    view = paint(outside, trees, cover(0.05 + shrubs - y, px * 3))
    frame = _hsv(0.09, 0.08, 0.35 + 0.6 * (f("seed") % 3 < 2))
    picture = paint(wall * 0.72, view, cover(whole, px))
    bars = torch.minimum((x - centre).abs(), (y + 0.35).abs()) - 0.035
    picture = paint(picture, frame, cover(torch.maximum(bars, whole), px))
    picture = paint(picture, frame, cover(whole.abs() - 0.055, px))
    return picture, _falloff(head)


def _street(head: Head, x: Tensor, y: Tensor, px: Tensor) -> tuple[Tensor, Tensor]:
    """House fronts of different height and tone, rows of windows, a road."""
    f = head.people.field
    seed = f("seed")
    value = 0.35 + 0.6 * f("background_value")
    sky = _hsv(0.58, 0.1 + 0.2 * f("background_saturation"), 0.75 + 0.25 * value)
    house, edge = _cells(x * 1.8 + seed * 0.31, px * 1.8)
    tone = hashed(house, seed)
    roof = -1.1 + 0.9 * hashed(house + 50, seed)
    hue = f("background_hue") + 0.12 * (tone - 0.5)
    front = _hsv(hue, 0.1 + 0.6 * f("background_saturation"), value * (0.5 + 0.5 * tone))
    picture = paint(sky, front, cover(roof - y, px))
    across, down = x * 7 + seed * 1.2, y * 5
    column, row = across.remainder(1) - 0.5, down.remainder(1) - 0.5
    lit = (hashed(across.floor() + 31 * down.floor(), seed) > 0.72).unsqueeze(1)
    pane = torch.maximum(column.abs() - 0.24, row.abs() - 0.3)
    glass = torch.where(lit, _hsv(0.12, 0.35, 0.9 + 0.1 * value), front * 0.45)
    panes = cover(pane, px * 6) * cover(roof + 0.08 - y, px) * (1 - edge)
    picture = paint(picture, glass, panes * 0.85)
    road = _hsv(f("background_hue"), 0.06, value * 0.6)
    picture = paint(picture, road, cover(0.42 - y, px))
    return picture, 0.06 * noise(x * 3, y * 3, seed, px * 3)
