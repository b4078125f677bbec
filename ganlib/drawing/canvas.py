"""Smooth curves, and a canvas of float colours on which shapes and strokes are laid."""

from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

Array = NDArray[np.float32]
"""Images and masks, (size, size, 3) and (size, size); colours in [0, 255], masks in [0, 1]."""
Curve = NDArray[np.float64]
"""(n, 2) points, x to the right, y down, in pixels."""

_SUBPIXELS = 4


def curve(points: ArrayLike, closed: bool = False, steps: int = 10) -> Curve:
    """The Catmull-Rom curve through the points (n, 2): `steps` pieces between neighbours."""
    knots = np.asarray(points, np.float64)
    if closed:
        knots = np.vstack([knots[-1], knots, knots[:2]])
    else:
        knots = np.vstack([2 * knots[0] - knots[1], knots, 2 * knots[-1] - knots[-2]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = []
    for a, b, c, d in zip(knots, knots[1:], knots[2:], knots[3:], strict=False):
        cubic = 2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2
        pieces.append((cubic + (3 * b - a - 3 * c + d) * t**3) / 2)
    whole = np.vstack(pieces)
    return whole if closed else np.vstack([whole, knots[-2]])


def normals(points: Curve) -> Curve:
    """Unit normals of a polyline, to the right of its direction (y down)."""
    step = np.gradient(points, axis=0)
    return np.stack([-step[:, 1], step[:, 0]], 1) / (np.linalg.norm(step, axis=1)[:, None] + 1e-9)


def ribbon(path: Curve, widths: NDArray[Any]) -> Curve:
    """The outline of a stroke along a path, a width for each of its points."""
    across = normals(path) * np.asarray(widths)[:, None] / 2
    return np.vstack([path + across, (path - across)[::-1]])


def tapered(path: Curve, width: float, ends: float) -> NDArray[np.float64]:
    """The widths of a stroke: `width` in its middle, that share of it at its ends."""
    t = np.linspace(0, 1, len(path))
    return width * (ends + (1 - ends) * np.sin(np.pi * t) ** 0.7)


def mix(a: ArrayLike, b: ArrayLike, share: float) -> NDArray[np.float64]:
    """a + share (b − a), of points or of colours."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    return a + share * (b - a)


def blurred(mask: NDArray[Any], sigma: float) -> Array:
    """A Gaussian blur of a mask, or of each colour of a picture; sigma in pixels.

    A wide one is made on a coarser grid, for speed.
    """
    if mask.ndim == 3:
        return np.stack([blurred(mask[..., c], sigma) for c in range(3)], -1)
    image = np.asarray(mask, np.float32)
    coarse = int(sigma / 2.5)
    if coarse < 2:
        return cast(Array, ndimage.gaussian_filter(image, sigma, mode="nearest", truncate=3))
    height, width = image.shape
    padded = np.pad(image, ((0, -height % coarse), (0, -width % coarse)), mode="edge")
    rows, columns = padded.shape[0] // coarse, padded.shape[1] // coarse
    small = padded.reshape(rows, coarse, columns, coarse).mean((1, 3))
    small = ndimage.gaussian_filter(small, sigma / coarse, mode="nearest", truncate=3)
    large = Image.fromarray(small).resize(padded.shape[::-1], Image.Resampling.BILINEAR)
    return np.asarray(large, np.float32)[:height, :width]


def filled(values: NDArray[Any], holes: NDArray[np.bool_]) -> NDArray[Any]:
    """The values (h, w); each hole takes that of the nearest place outside them."""
    nearest = ndimage.distance_transform_edt(holes, return_distances=False, return_indices=True)
    return values[tuple(nearest)]


def moved(mask: NDArray[Any], x: float, y: float, outside: float = 0.0) -> Array:
    """The mask moved by (x, y), rounded to whole pixels."""
    right, down = round(x), round(y)
    image = np.asarray(mask, np.float32)
    result = np.full_like(image, outside)
    height, width = image.shape
    to_rows = slice(max(down, 0), height + min(down, 0))
    to_columns = slice(max(right, 0), width + min(right, 0))
    from_rows = slice(max(-down, 0), height - max(down, 0))
    from_columns = slice(max(-right, 0), width - max(right, 0))
    result[to_rows, to_columns] = image[from_rows, from_columns]
    return result


class Canvas:
    """A square picture of colours in [0, 255], drawn upon from back to front."""

    def __init__(self, size: int) -> None:
        self.pixels: Array = np.full((size, size, 3), 255, np.float32)
        rows, columns = np.mgrid[:size, :size].astype(np.float32)
        self.x: Array = columns + 0.5
        self.y: Array = rows + 0.5
        self.origin = np.zeros(2, int)

    def part(self, points: ArrayLike, margin: float) -> tuple["Canvas", tuple[slice, slice]]:
        """The canvas around some points, sharing its pixels, and where it lies: small is fast."""
        places = np.asarray(points, np.float64).reshape(-1, 2)
        window = self._window(places.min(0) - margin, places.max(0) + margin)
        small = Canvas.__new__(Canvas)
        small.pixels, small.x, small.y = self.pixels[window], self.x[window], self.y[window]
        small.origin = self.origin + [window[1].start, window[0].start]
        return small, window

    def _window(self, low: NDArray[Any], high: NDArray[Any]) -> tuple[slice, slice]:
        """Rows and columns from one point to another, within the canvas."""
        sides = np.array(self.x.shape[::-1])
        first = np.clip(np.floor(low).astype(int) - self.origin, 0, sides)
        last = np.clip(np.ceil(high).astype(int) - self.origin, 0, sides)
        return slice(first[1], last[1]), slice(first[0], last[0])

    def over(self, mask: NDArray[Any], colour: ArrayLike) -> None:
        """Lay a colour, or a picture of colours, over what is there."""
        rows, columns = np.nonzero(mask.any(1))[0], np.nonzero(mask.any(0))[0]
        if not len(rows):
            return
        window = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        paint = np.asarray(colour, np.float32)
        paint = paint[window] if paint.ndim == 3 else paint
        below = self.pixels[window]
        below += (paint - below) * mask[window].astype(np.float32)[..., None]

    def disc(self, centre: ArrayLike, radius: float, soft: float = 1.0) -> Array:
        """The mask of a disc; its edge is `soft` pixels wide."""
        x, y = np.asarray(centre, np.float64)
        distance = np.hypot((self.x - x) / radius, (self.y - y) / radius)
        return np.clip((1 - distance) * radius / soft + 0.5, 0, 1)

    def glow(self, centre: ArrayLike, radii: tuple[float, float]) -> Array:
        """A soft spot: exp(−r²) with the given radii."""
        x, y = np.asarray(centre, np.float64)
        return np.exp(-(((self.x - x) / radii[0]) ** 2) - ((self.y - y) / radii[1]) ** 2)

    def shape(self, points: ArrayLike, blur: float = 0.0) -> Array:
        """The mask of a closed outline, its edge smooth; blur in pixels."""
        outline = np.asarray(points, np.float64)
        rows, columns = self._window(outline.min(0) - 2, outline.max(0) + 2)
        mask = np.zeros_like(self.x)
        width, height = columns.stop - columns.start, rows.stop - rows.start
        if width > 0 and height > 0:
            fine = Image.new("L", (width * _SUBPIXELS, height * _SUBPIXELS))
            corners = (outline - self.origin - [columns.start, rows.start]) * _SUBPIXELS
            ImageDraw.Draw(fine).polygon(corners.ravel().tolist(), fill=255)
            mask[rows, columns] = np.asarray(fine.reduce(_SUBPIXELS), np.float32) / 255
        return blurred(mask, blur) if blur else mask

    def line(self, points: ArrayLike, widths: ArrayLike, onto: Array | None = None) -> Array:
        """The mask of a stroke: widths in pixels, one for all or one for each point.

        With `onto`, a mask of the canvas's size, the stroke is added to it in place.
        """
        path = np.asarray(points, np.float64)
        half = np.broadcast_to(np.asarray(widths, np.float64), (len(path),)) / 2
        mask = np.zeros_like(self.x) if onto is None else onto
        for a, b, r, s in zip(path, path[1:], half, half[1:], strict=False):
            reach = max(r, s) + 1
            window = self._window(np.minimum(a, b) - reach, np.maximum(a, b) + reach)
            target = mask[window]
            if not target.size:
                continue
            x, y = self.x[window] - a[0], self.y[window] - a[1]
            dx, dy = b - a
            t = np.clip((x * dx + y * dy) / (dx * dx + dy * dy + 1e-9), 0, 1)
            distance = np.hypot(x - t * dx, y - t * dy)
            # A stroke thinner than a pixel is a pixel wide and fainter.
            radius = r + (s - r) * t
            thin = np.clip(radius * 2, 0, 1)
            cover = np.clip(np.maximum(radius, 0.5) - distance + 0.5, 0, 1) * thin
            np.maximum(target, cover, out=target)
        return mask

    def outlines(self, outlines: list[Curve]) -> Array:
        """The mask of many closed outlines at once, such as strands of hair."""
        fine = 3
        picture = Image.new("L", (len(self.x) * fine,) * 2)
        pen = ImageDraw.Draw(picture)
        for outline in outlines:
            pen.polygon((outline * fine).ravel().tolist(), fill=255)
        return np.asarray(picture.reduce(fine), np.float32) / np.float32(255)

    def fill(
        self,
        points: ArrayLike,
        colour: ArrayLike,
        opacity: float = 1.0,
        within: NDArray[Any] | None = None,
    ) -> None:
        """Fill a closed outline."""
        small, window = self.part(points, 3)
        inside = opacity if within is None else opacity * within[window]
        small.over(small.shape(points) * inside, colour)

    def stroke(
        self,
        points: ArrayLike,
        colour: ArrayLike,
        width: float,
        ends: float = 0.3,
        opacity: float = 1.0,
        within: NDArray[Any] | None = None,
    ) -> None:
        """A line through the points, `width` in its middle, tapering to that share at its ends."""
        path = np.asarray(points, np.float64)
        small, window = self.part(path, width + 2)
        inside = opacity if within is None else opacity * within[window]
        small.over(small.line(path, tapered(path, width, ends)) * inside, colour)
