"""Drawings in larger sizes, with lines that stay as sharp as drawn ones."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter, map_coordinates, sobel

from ganlib.drawing.palette import LUMA

STEEP = 24.0
"""Gradient of luma, in levels (of 255) per pixel, from which on an edge counts in full."""
NEAR = 1.2
"""Standard deviation of the blur of the map of edges, in pixels: how far around one pixels move."""
REACH = 7.2
"""Displacement in pixels for a gradient of 1 per pixel of that map, which is from 0 to 1."""

MOST = 1024
"""Drawings narrower than this are doubled once more, with their edges drawn together. What is left
is only interpolated: nobody looks that closely, and each doubling takes four times as long."""


def enlarged(drawing: Image.Image, size: int) -> Image.Image:
    """A drawing, as wide as high, in `size` × `size` pixels, RGB: doubled, with its edges drawn
    together, until it is as large or has `MOST`; for a smaller size it is only reduced.

    Interpolation makes edges wide, and sharpening gives them rims of light. Here pixels move
    towards the middle of the edge that they are part of (Arad and Gotsman 1999): lines become thin
    again, and moving adds no rim.
    """
    drawing = drawing.convert("RGB")
    while drawing.width < min(size, MOST):
        double = (2 * drawing.width, 2 * drawing.height)
        drawing = _drawn_together(drawing.resize(double, Image.Resampling.LANCZOS))
    return drawing.resize((size, size), Image.Resampling.LANCZOS)


def _drawn_together(picture: Image.Image) -> Image.Image:
    pixels: NDArray[np.float32] = np.asarray(picture, np.float32)
    luma = pixels @ LUMA.astype(np.float32)
    gradient = np.hypot(sobel(luma, 0), sobel(luma, 1)) / 8
    edge = gaussian_filter(np.minimum(gradient / STEEP, 1), NEAR)
    rows, columns = np.mgrid[: picture.height, : picture.width].astype(np.float32)
    at = rows - REACH * sobel(edge, 0) / 8, columns - REACH * sobel(edge, 1) / 8
    channels = np.moveaxis(pixels, 2, 0)
    moved = [map_coordinates(channel, at, order=1, mode="nearest") for channel in channels]
    return Image.fromarray(np.clip(np.round(np.stack(moved, -1)), 0, 255).astype(np.uint8))
