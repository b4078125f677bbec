"""Finding a face and framing it by the one rule that rendered people are framed by too."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from PIL import Image, ImageOps

from ganlib.framing import CROP_SCALE

_SEARCH_SIDE = 256
"""Short side of the copy that is searched, pixels: one speed for every photograph."""


@dataclass(frozen=True)
class FaceFrame:
    """A square on a photograph: centre and side in its pixels, lean in degrees clockwise."""

    cx: float
    cy: float
    side: float
    found: bool
    lean: float = 0.0

    def moved(self, right: float, down: float, larger: float, lean: float) -> "FaceFrame":
        """The frame shifted by shares of its side, its side multiplied, and turned by degrees."""
        return replace(
            self,
            cx=self.cx + right * self.side,
            cy=self.cy + down * self.side,
            side=self.side * larger,
            lean=self.lean + lean,
        )


@cache
def _detector():
    # Imported late: scikit-image takes a second to load, and most commands need no face.
    from skimage import data
    from skimage.feature import Cascade

    return Cascade(data.lbp_frontal_face_cascade_filename())


def _boxes(image: Image.Image, smallest: int) -> np.ndarray:
    """Faces as rows (cx, cy, side), in the image's pixels."""
    pixels = np.asarray(image)
    largest = min(pixels.shape[:2])
    found = _detector().detect_multi_scale(pixels, 1.1, 1, (smallest,) * 2, (largest,) * 2)
    rows = [(f["c"] + f["width"] / 2, f["r"] + f["height"] / 2, f["width"]) for f in found]
    return np.array(rows, dtype=float).reshape(-1, 3)


def _attempts(image: Image.Image):
    """(copy to search, function from its coordinates to the image's), easiest first."""
    width, height = image.size

    def rotated(degrees: float):
        angle = np.deg2rad(degrees)
        cos, sin = np.cos(angle), np.sin(angle)

        def back(x: float, y: float) -> tuple[float, float]:
            dx, dy = x - width / 2, y - height / 2
            return width / 2 + cos * dx - sin * dy, height / 2 + sin * dx + cos * dy

        return image.rotate(degrees, resample=Image.Resampling.BILINEAR), back

    def same(x: float, y: float) -> tuple[float, float]:
        return x, y

    yield image, same
    yield ImageOps.mirror(image), lambda x, y: (width - x, y)
    yield ImageOps.autocontrast(image, cutoff=2), same
    yield ImageOps.equalize(image), same
    for degrees in (12, -12, 22, -22):
        yield rotated(degrees)


def find_face(image: Image.Image) -> FaceFrame:
    """The frame of the largest face in an RGB image, or its centre square with found=False.

    The detector is scikit-image's copy of a local-binary-pattern cascade for frontal faces. Where
    it sees nothing, mirrored, contrasted, slightly turned copies and smaller faces are tried.
    """
    scale = _SEARCH_SIDE / min(image.size)
    side = [max(1, round(edge * scale)) for edge in image.size]
    small = image.resize(side, Image.Resampling.BILINEAR)
    for smallest in (60, 34):
        for copy, back in _attempts(small):
            boxes = _boxes(copy, smallest)
            if len(boxes):
                cx, cy, box = boxes[boxes[:, 2].argmax()]
                cx, cy = back(cx, cy)
                return FaceFrame(cx / scale, cy / scale, CROP_SCALE * box / scale, found=True)
    width, height = image.size
    return FaceFrame(width / 2, height / 2, min(width, height), found=False)


def crop_face(image: Image.Image, frame: FaceFrame, size: int) -> Image.Image:
    """Cut the frame out as a size × size RGB image; beyond the photograph its edge is repeated."""
    reach = frame.side * 0.75  # holds the frame at any lean up to 45°, and then some
    window = (frame.cx - reach, frame.cy - reach, frame.cx + reach, frame.cy + reach)
    left, top = (int(np.floor(edge)) for edge in window[:2])
    right, bottom = (int(np.ceil(edge)) for edge in window[2:])
    width, height = image.size
    inside = (max(left, 0), max(top, 0), min(right, width), min(bottom, height))
    pixels = np.asarray(image.crop(inside))
    margins = (
        (inside[1] - top, bottom - inside[3]),
        (inside[0] - left, right - inside[2]),
        (0, 0),
    )
    # Shrink first: a 40-megapixel crop is not rotated and padded at full size.
    patch = Image.fromarray(np.pad(pixels, margins, mode="edge"))
    factor = max(1.0, frame.side / (2 * size))
    if factor > 1:
        edges = (max(1, round(patch.width / factor)), max(1, round(patch.height / factor)))
        patch = patch.resize(edges, Image.Resampling.BOX)
    sx, sy = patch.width / (right - left), patch.height / (bottom - top)
    cx, cy = (frame.cx - left) * sx, (frame.cy - top) * sy
    if frame.lean:
        patch = patch.rotate(frame.lean, Image.Resampling.BICUBIC, center=(cx, cy))
    half_x, half_y = frame.side / 2 * sx, frame.side / 2 * sy
    box = (cx - half_x, cy - half_y, cx + half_x, cy + half_y)
    return patch.resize((size, size), Image.Resampling.LANCZOS, box=box)
