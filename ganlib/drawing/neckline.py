"""What clothes leave bare: the opening at the neck as one clean shape, straps, raised hands."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ganlib.drawing.canvas import Canvas, Curve, blurred, normals, ribbon
from ganlib.drawing.portrait import CLOTH, COVER, HAIR, SKIN

_POWERS = {"round": (1.7, 2.0, 2.6, 3.4)}
"""Exponents of the super-ellipses that an opening may be: 1 is a V, 2 half an ellipse."""
_POINTED = (1.0, 1.15, 1.35)
_CLOSING = {"round": 2.6}
"""How fast an opening that leaves the photograph closes: its width over its depth there."""


@dataclass(frozen=True)
class Opening:
    """The border of cloth around neck and chest, from its left top over its foot to its right."""

    left: Curve
    right: Curve
    foot: Curve
    power: float

    def border(self, out: float = 0.0) -> Curve:
        """Points along it, moved outwards by so many pixels."""
        turn = np.linspace(np.pi, 0, 61)[:, None]
        across = np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** (2 / self.power)
        down = np.abs(np.sin(turn)) ** (2 / self.power)
        points = self.left + (self.right - self.left) * (across + 1) / 2
        points = points + down * (self.foot - (self.left + self.right) / 2)
        return points + out * normals(points)

    def side(self, side: int, out: float = 0.0) -> Curve:
        """One half of the border, from its top to the foot."""
        return self.border(out)[:31] if side < 0 else self.border(out)[:29:-1]

    @property
    def width(self) -> float:
        return float(np.hypot(*(self.right - self.left)))


def find_opening(
    regions: NDArray[np.uint8],
    raw: NDArray[np.uint8],
    chin: Curve,
    unit: float,
    bottom: int,
    kind: str,
) -> tuple[Opening | None, NDArray[np.bool_]]:
    """The opening that regions show below a chin, and the skin in it.

    `bottom` is the row where the photograph ends: below it the opening closes.
    """
    ends, tops, inside = _trace(regions, raw, chin, unit)
    if len(tops) < 2 or max(top[1] for top in tops.values()) > bottom - 4 * unit:
        return None, inside
    start = int((tops[-1][1] + tops[1][1]) / 2)
    wide = np.array([[y, (b - a)] for y, (a, b) in ends.items() if start <= y < bottom], float)
    if len(wide) < 6 * unit or not 18 * unit < tops[1][0] - tops[-1][0] < 110 * unit:
        return None, inside
    # Nothing narrower than a finger is an opening: what follows is a slit between two edges.
    slit = np.nonzero(wide[:, 1] < 7 * unit)[0]
    wide = wide[: slit[0]] if len(slit) and slit[0] > 6 * unit else wide
    last, width = int(wide[-1, 0]), float(wide[-1, 1])
    taper = (wide[max(-len(wide), -int(8 * unit)), 1] - width) / (8 * unit)
    foot = float(last) + (width / max(taper, _CLOSING.get(kind, 1.3)) if last > bottom - 4 else 0)
    if kind == "round" and width < 75 * unit:
        foot = min(foot, len(regions) - 5 * unit)
    sides = tops[-1][0] + 6 * unit, tops[1][0] - 6 * unit
    middle = float(np.clip(np.mean(ends[last]), *sides))
    down = np.clip((wide[:, 0] - start) / max(foot - start, 1), 0, 1)
    if foot < chin[1] + 4 * unit:
        return None, inside
    full = tops[1][0] - tops[-1][0]

    def miss(power: float) -> float:
        return float(np.abs(full * (1 - down**power) ** (1 / power) - wide[:, 1]).sum())

    power = min(_POWERS.get(kind, _POINTED), key=miss)
    return Opening(tops[-1], tops[1], np.array([middle, foot]), power), inside


def _trace(
    regions: NDArray[np.uint8], raw: NDArray[np.uint8], chin: Curve, unit: float
) -> tuple[dict[int, tuple[int, int]], dict[int, Curve], NDArray[np.bool_]]:
    """Neck and chest row by row: from where to where they are bare, where cloth begins on each
    side, and the skin from there on.
    """
    skin = _bare(regions)
    inside = np.zeros(regions.shape, bool)
    centre, step = int(np.clip(chin[0], 0, len(regions) - 1)), max(int(2 * unit), 1)
    ends: dict[int, tuple[int, int]] = {}
    tops: dict[int, Curve] = {}
    for y in range(max(int(chin[1] - 12 * unit), 0), len(regions)):
        if not skin[y, centre]:
            break
        left = centre - int(np.argmin(np.append(skin[y, centre::-1], False)))
        right = centre + int(np.argmin(np.append(skin[y, centre:], False)))
        ends[y] = left + 1, right - 1
        for side, place in ((-1, left + 1 - step), (1, right - 1 + step)):
            dressed = 0 <= place < len(regions) and regions[y, place] == CLOTH
            # The drawing narrows a neck: only where the photograph has cloth too it begins, and
            # more than a strap.
            reach = np.clip(place + side * step * np.array([3, 5, 7]), 0, len(regions) - 1)
            beyond = raw[y, reach]
            if side not in tops and dressed and beyond[0] == CLOTH and SKIN not in beyond:
                tops[side] = np.array([(left + 1, right - 1)[side > 0], y], np.float64)
        inside[y, left + 1 if -1 in tops else centre : right if 1 in tops else centre] = True
        centre = int(np.clip((left + right) // 2, centre - 1, centre + 1))
    if len(tops) == 1:
        _complete(tops, ends, inside, regions == CLOTH, float(chin[0]))
    if len(tops) == 2:
        # Skin beside the neck, such as a hand's, leads one side astray.
        near, far = sorted((-1, 1), key=lambda side: abs(tops[side][0] - chin[0]))
        reach = abs(tops[near][0] - chin[0])
        if abs(tops[far][0] - chin[0]) > max(2.5 * reach, 40 * unit):
            tops[far] = np.array([chin[0] + far * 1.3 * reach, tops[near][1]])
    return ends, tops, inside


def _complete(
    tops: dict[int, Curve],
    ends: dict[int, tuple[int, int]],
    inside: NDArray[np.bool_],
    cloth: NDArray[np.bool_],
    middle: float,
) -> None:
    """Hair or a hand covers one side: the opening begins as high there as on the other."""
    ((side, top),) = tops.items()
    row = int(top[1])
    reach = 1.2 * abs(top[0] - middle)
    place = int(np.clip(ends[row][side < 0], middle - reach, middle + reach))
    beyond = cloth[row:, place:] if side < 0 else cloth[row:, : place + 1]
    if beyond.any():
        tops[-side] = np.array([place, row], np.float64)
        for y, (left, right) in ends.items():
            inside[y, left : right + 1] = y >= row


def cut_opening(
    regions: NDArray[np.uint8],
    opening: Opening,
    inside: NDArray[np.bool_],
    canvas: Canvas,
    unit: float,
) -> None:
    """Make the bare skin that shape, and all around it cloth."""
    above = np.array([opening.right, opening.left]) - [0, 40 * unit]
    shape = canvas.shape(np.vstack([opening.border(), above])) > 0.5
    regions[shape & (regions == CLOTH)] = SKIN
    regions[inside & ~shape & (regions == SKIN)] = CLOTH
    # Its tops go over smoothly into what lies above them.
    near = canvas.disc(opening.left, 10 * unit) + canvas.disc(opening.right, 10 * unit) > 0.5
    near &= np.isin(regions, (CLOTH, SKIN))
    bare, cloth = (blurred(where, 3 * unit) for where in (_bare(regions), regions == CLOTH))
    regions[near] = np.where(bare > cloth, SKIN, CLOTH)[near]


def hide_hands(
    regions: NDArray[np.uint8],
    opening: Opening | None,
    inside: NDArray[np.bool_],
    low: NDArray[np.bool_],
    unit: float,
) -> NDArray[np.uint8]:
    """Raised hands, skin in the hair that no neck leads to, go to cloth where `low`, or to hair.

    Of the outline of bare shoulders less is hair.
    """
    beside, least = _bare(regions), 0.6
    if opening:
        # Not the neck above it.
        y, x = np.ogrid[: len(regions), : regions.shape[1]]
        below = y > max(opening.left[1], opening.right[1])
        aside = np.abs(x - (opening.left[0] + opening.right[0]) / 2) > 45 * unit
        beside, least = (regions == SKIN) & ~inside & (below | aside), 0.15
    labels, count = ndimage.label(beside)
    for label in range(1, count + 1):
        part = labels == label
        around = regions[ndimage.binary_dilation(part, iterations=3) & ~part]
        alone = np.all(regions[part] == SKIN) and not (around > COVER).any()
        if alone and around.size and (around == HAIR).mean() > least:
            regions = np.where(part, np.where(low, CLOTH, HAIR), regions).astype(np.uint8)
    # Hair between fingers stays behind in pieces.
    labels, count = ndimage.label((regions == HAIR) & low)
    for label in range(1, count + 1):
        part = labels == label
        around = regions[ndimage.binary_dilation(part, iterations=3) & ~part]
        if part.sum() < 600 * unit**2 and around.size and (around == CLOTH).mean() > 0.7:
            regions[part] = CLOTH
    return regions


def lay_straps(
    regions: NDArray[np.uint8], raw: NDArray[np.uint8], canvas: Canvas, top: float, unit: float
) -> None:
    """Straps of the photograph, too thin for smooth borders, as ribbons of one width."""
    cloth = (raw == CLOTH) & (canvas.y > top)
    wide = ndimage.distance_transform_edt(cloth) > 3.6 * unit
    open_ = ndimage.distance_transform_edt(~wide) <= 4.6 * unit if wide.any() else wide
    labels, count = ndimage.label(cloth & ~open_)
    for label in range(1, count + 1):
        y, x = np.nonzero(labels == label)
        path = _backbone(x, y, unit)
        if path is None:
            continue
        width = np.clip(len(x) / len(path), 4 * unit, 8 * unit)
        # Its ends, where it goes over a shoulder or under hair, are thinner.
        along = np.linspace(0, 1, len(path))
        widths = width * np.clip(0.4 + 6 * np.minimum(along, 1 - along), 0, 1)
        strap = canvas.shape(ribbon(path, widths)) > 0.5
        regions[strap & (regions == SKIN)] = CLOTH


def _backbone(x: NDArray[Any], y: NDArray[Any], unit: float) -> Curve | None:
    """A smooth path along a long piece, a point for each pixel of its length; None if short."""
    upright = np.ptp(y) >= np.ptp(x)
    along, across = (y, x) if upright else (x, y)
    reach = np.ptp(along)
    if reach < 14 * unit or len(x) > 14 * unit * reach:
        return None
    fit = np.polynomial.Polynomial.fit(along, across, 3 if reach > 30 * unit else 1)
    at = np.arange(along.min() - 2 * unit, along.max() + 2 * unit)
    path = np.stack([fit(at), at] if upright else [at, fit(at)], 1)
    return path.astype(np.float64)


def _bare(regions: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Skin of every part: those of the face come after the regions of a portrait."""
    return (regions == SKIN) | (regions > COVER)
