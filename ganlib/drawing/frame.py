"""The frame of a drawing: the head large and centred, the jaw narrowed as drawn faces are."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ganlib.drawing import mesh
from ganlib.drawing.canvas import Array, Curve, blurred
from ganlib.drawing.portrait import BACKGROUND, COVER, HAIR, SKIN, Portrait
from ganlib.drawing.styles import STYLES, Style

FACE_SHARE = 0.45
"""Width of the face over that of the frame (published drawings: 45 to 49 %)."""
SMALLEST_SHARE = 0.36
"""The same at least, under high hair or a turban."""
PUPILS_AT = 0.44
"""Height of the pupils, from the top of the frame."""
FOREHEAD = 0.86
"""Height of the drawn forehead over the photographed one: features are not to lie low."""
MARGIN = 0.035
"""Room above the head, as a share of the frame."""

# How a drawn face narrows: depth as a share of pupils to chin, and width over the photographed.
_DEPTHS = (0.0, 0.45, 0.57, 0.68, 0.77, 0.85, 0.905, 0.955, 1.0, 1.35, 2.2)
_WIDTHS = (1.0, 1.0, 0.97, 0.94, 0.92, 0.87, 0.80, 0.75, 0.73, 0.82, 1.0)
_OF_MEN, _TURNED = 0.65, 0.6
"""How much of it a man's jaw gets; how much of it a fully turned head loses."""
_MOUTHS, _BY_MOUTH = (0.34, 0.48), (1.25, 0.75)
"""Width of a mouth over the face's, and how much of it goes with that: features that fill a face
keep it full, small ones would get lost in a broad jaw."""


@dataclass
class Framed:
    """A portrait in the frame of its drawing, `size` pixels wide and high."""

    size: int
    photo: Array
    """(size, size, 3), colours in [0, 255]; soft where the photograph ends."""
    points: Curve
    regions: NDArray[np.uint8]
    beard: tuple[Curve, ...]
    unit: float
    """One percent of the face's width, in pixels: every length of a drawing is in these."""
    turn: float
    """Which way the head is turned: −1 to the picture's left, 0 frontal, +1 to its right."""
    bottom: int
    """The row where the photograph ends."""

    def at(self, *index: int) -> NDArray[np.float64]:
        """The mean of the named face points."""
        return self.points[list(index)].mean(0)


def head_turn(points: Curve) -> float:
    """From −1 (the nose lies towards the picture's left side) to 1; 0 is frontal."""
    left = np.hypot(*(points[mesh.NOSE_TIP] - points[mesh.LEFT_SIDE]))
    right = np.hypot(*(points[mesh.NOSE_TIP] - points[mesh.RIGHT_SIDE]))
    return float(np.clip(np.log(left / right) / np.log(2.5), -1, 1))


@dataclass(frozen=True)
class Placement:
    """The similarity that puts a photograph into the frame: frame = scale · photo + offset."""

    scale: float
    offset: NDArray[np.float64]


def place(
    points: Curve, size: int, top: float | None = None, share: float = FACE_SHARE
) -> Placement:
    """Where a face goes: its width, its pupils and its middle decide, and the top of its head."""
    pupils = points[[mesh.LEFT_EYE.outer, mesh.LEFT_EYE.inner]].mean(0) / 2
    pupils = pupils + points[[mesh.RIGHT_EYE.outer, mesh.RIGHT_EYE.inner]].mean(0) / 2
    chin = points[mesh.CHIN]
    width = np.hypot(*(points[mesh.LEFT_SIDE] - points[mesh.RIGHT_SIDE]))
    # A turned head is narrow on the photograph; the distance from pupils to chin stays.
    width = max(width, np.hypot(*(chin - pupils)) / 0.84)
    if top is not None and pupils[1] > top:
        fits = (PUPILS_AT - MARGIN) * width / (pupils[1] - top)
        share = float(np.clip(fits, SMALLEST_SHARE, FACE_SHARE))
    scale = share * size / width
    middle = 0.7 * pupils[0] + 0.3 * points[[mesh.LEFT_SIDE, mesh.RIGHT_SIDE], 0].mean()
    return Placement(
        scale, np.array([0.5, PUPILS_AT]) * size - scale * np.array([middle, pupils[1]])
    )


def _top(portrait: Portrait) -> float:
    """The top row of head, hair or hat above the face, in pixels of the photograph."""
    points = portrait.points
    left, right = points[mesh.LEFT_SIDE, 0], points[mesh.RIGHT_SIDE, 0]
    columns = slice(max(int(left), 0), max(int(right), 1))
    above = portrait.regions[: max(int(points[mesh.BRIDGE, 1]), 1), columns]
    rows = np.nonzero((above != BACKGROUND).mean(1) > 0.06)[0]
    if not len(rows):
        return float(points[mesh.FOREHEAD, 1])
    # A head that the photograph cuts off goes on above it, as far as heads do.
    pupils = points[[mesh.LEFT_EYE.iris, mesh.RIGHT_EYE.iris], 1].mean()
    return float(rows[0]) if rows[0] > 2 else float(min(rows[0], pupils - 0.98 * (right - left)))


class Warp:
    """Narrows the jaw, shortens chin and forehead; maps from the drawing back to the photograph."""

    def __init__(self, points: Curve, strength: float, depth: float) -> None:
        self.pupils = float(points[[mesh.LEFT_EYE.outer, mesh.RIGHT_EYE.outer], 1].mean())
        chin = points[mesh.CHIN]
        self.depth = float(chin[1]) - self.pupils
        self.shorter = depth
        self.width = float(np.hypot(*(points[mesh.LEFT_SIDE] - points[mesh.RIGHT_SIDE])))
        sides = points[[mesh.LEFT_SIDE, mesh.RIGHT_SIDE], 0].mean()
        self.middle = float(0.5 * sides + 0.5 * chin[0])
        self.widths = 1 - strength * (1 - np.array(_WIDTHS))

    def source(self, x: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Where the drawing's (x, y) come from."""
        down = y - self.pupils
        # Between pupils and chin all is closer together, and so it is above the brows.
        within = np.clip(down, 0, self.depth * self.shorter)
        above = np.clip(-0.24 * self.width - down, 0, 0.45 * self.width * FOREHEAD)
        source_y = y + within * (1 / self.shorter - 1) - above * (1 / FOREHEAD - 1)
        t = (source_y - self.pupils) / self.depth
        narrow = np.interp(t, _DEPTHS, self.widths)
        across = x - self.middle
        near = np.exp(-((np.abs(across) / (0.75 * self.width)) ** 4))
        return self.middle + across * (1 + (1 / narrow - 1) * near), source_y

    def inverse(self, points: Curve) -> Curve:
        """Where points of the photograph go."""
        moved = points.copy()
        for _ in range(12):
            x, y = self.source(moved[:, 0], moved[:, 1])
            moved += points - np.stack([x, y], 1)
        return moved


PHOTOGRAPHS = STYLES["cel"]
"""Photographs are warped as this style asks for, whatever they are drawn in."""


def strength(style: Style, points: Curve, male: bool) -> float:
    """How much a style narrows a jaw, 0 to 1."""
    narrowing = style.narrowing * (_OF_MEN if male else 1.0)
    left, right, *ends = points[[mesh.LEFT_SIDE, mesh.RIGHT_SIDE, *mesh.MOUTH_CORNERS]]
    mouth = np.hypot(*(ends[0] - ends[1])) / np.hypot(*(left - right))
    by_mouth = float(np.interp(mouth, _MOUTHS, _BY_MOUTH))
    return narrowing * by_mouth * (1 - _TURNED * abs(head_turn(points)))


def depth(style: Style, male: bool) -> float:
    """Height of a drawn face from pupils to chin over the photographed one."""
    return 1 - (1 - style.depth) * (0.3 if male else 0.9)


def frame(portrait: Portrait, size: int, style: Style) -> Framed:
    """The portrait in the frame of its drawing, warped as the style asks for."""
    traits = portrait.traits
    spot = place(portrait.points, size, _top(portrait))
    points = portrait.points * spot.scale + spot.offset
    turn = head_turn(points)
    warp = Warp(points, strength(style, points, traits.male), depth(style, traits.male))

    columns, rows = np.meshgrid(np.arange(size) + 0.5, np.arange(size) + 0.5)
    x, y = warp.source(columns, rows)
    x, y = (x - spot.offset[0]) / spot.scale - 0.5, (y - spot.offset[1]) / spot.scale - 0.5
    photo, inside = sample_photo(portrait.photo, x, y, spot.scale)
    regions = ndimage.map_coordinates(portrait.regions, (y, x), order=0, mode="nearest")
    regions = regions.astype(np.uint8)
    warped = warp.inverse(points)
    unit = float(np.hypot(*(warped[mesh.LEFT_SIDE] - warped[mesh.RIGHT_SIDE]))) / 100
    # A turned face is narrow, but its features are not small.
    depth_of_face = float(warped[mesh.CHIN][1] - warp.pupils)
    unit = max(unit, depth_of_face / warp.shorter / 84 * 0.95)
    _round_crown(regions, inside, warped, unit)
    beard = tuple(warp.inverse(b * spot.scale + spot.offset) for b in portrait.beard)
    within = np.flatnonzero(inside.any(1))
    bottom = int(within[-1]) + 1 if len(within) else size
    return Framed(size, photo, warped, regions, beard, unit, turn, bottom)


def sample_photo(
    photo: NDArray[np.uint8], x: NDArray[Any], y: NDArray[Any], scale: float
) -> tuple[Array, NDArray[np.bool_]]:
    """The photograph's colours at (x, y), and which of them lie on it."""
    source = photo.astype(np.float32)
    if scale < 1:
        source = ndimage.gaussian_filter(source, (0.4 / scale, 0.4 / scale, 0))
    height, width = photo.shape[:2]
    channels = [
        ndimage.map_coordinates(source[..., c], (y, x), order=1, mode="nearest") for c in range(3)
    ]
    picture = np.stack(channels, -1).astype(np.float32)
    inside = (x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5)
    if not inside.all():
        # Beyond the photograph its border goes on as a gradient, not as stripes.
        soft = blurred(picture, len(x) / 28)
        share = np.clip(blurred(inside, len(x) / 120) * 2 - 1, 0, 1)[..., None]
        picture = picture * share + soft * (1 - share)
    return picture, inside


def _round_crown(
    regions: NDArray[np.uint8], inside: NDArray[np.bool_], points: Curve, unit: float
) -> None:
    """A head cut off by the photograph's upper border ends in an arc, not in stripes."""
    head = np.isin(regions, (SKIN, HAIR, COVER))
    border = int(np.argmax(inside.any(1)))
    if border < 1 or not head[border + 1].any():
        return
    columns = np.nonzero(head[border + 1])[0]
    middle, half = (columns.min() + columns.max()) / 2, (columns.max() - columns.min()) / 2
    brow = points[[mesh.LEFT_EYE.iris, mesh.RIGHT_EYE.iris], 1].mean()
    # The head goes on as a circle as wide as it is above the brows.
    widest = max(head[border + 1 : max(int(brow), border + 2)].sum(1).max() / 2, half + 1.0)
    height = max(widest * (1 - np.sqrt(1 - (half / widest) ** 2)), 1.0)
    if border > brow - 98 * unit:
        height = max(min(height, border - (brow - 98 * unit)), 1.0)
    rows, across = np.mgrid[:border, : regions.shape[1]]
    arc = ((across - middle) / max(half, 1)) ** 2 + ((border - rows) / height) ** 2 <= 1
    above = regions[:border]
    above[np.isin(above, (SKIN, HAIR, COVER)) & ~arc] = BACKGROUND
