"""Finding a face and framing it by the one rule that rendered people are framed by too."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from ganlib.twins.framing import CROP_SCALE


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
def _detector() -> Any:
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


@dataclass(frozen=True)
class Look:
    """One way to look for a face: the short side searched, the least face (pixels), a change."""

    short: int = 256
    least: int = 60
    mirrored: bool = False
    tilt: float = 0.0
    """Degrees, anticlockwise."""


# From the surest to the one with most false alarms; the first that sees a face decides. The cascade
# is not symmetric, so a mirrored copy is a second chance; small faces need finer pixels.
_LOOKS = (Look(), Look(mirrored=True), Look(384, 48), Look(tilt=-8), Look(tilt=8))
_LONG_SIDE = 2048
"""Pixels that a panorama's long side may have: the detector's time goes with the area."""


def _look(image: Image.Image, look: Look) -> tuple[float, float, float] | None:
    """(cx, cy, side) of the detector's largest box, in the photograph's pixels."""
    scale = min(look.short / min(image.size), _LONG_SIDE / max(image.size))
    width, height = (max(1, round(edge * scale)) for edge in image.size)
    copy = image.resize((width, height), Image.Resampling.BICUBIC)
    if look.mirrored:
        copy = ImageOps.mirror(copy)
    if look.tilt:
        copy = copy.rotate(look.tilt, Image.Resampling.BICUBIC)
    if min(width, height) < look.least:
        return None
    boxes = _boxes(copy, look.least)
    if not len(boxes):
        return None
    cx, cy, side = (float(value) for value in boxes[boxes[:, 2].argmax()])
    if look.tilt:
        cos, sin = np.cos(np.deg2rad(look.tilt)), np.sin(np.deg2rad(look.tilt))
        x, y = cx - width / 2, cy - height / 2
        cx, cy = float(width / 2 + cos * x - sin * y), float(height / 2 + sin * x + cos * y)
    if look.mirrored:
        cx = width - cx
    return cx / scale, cy / scale, side / scale


def find_face(image: Image.Image) -> FaceFrame:
    """The frame of the largest face in an RGB image, or its centre square with found=False.

    The detector is scikit-image's copy of a local-binary-pattern cascade for frontal faces. Where
    it sees nothing, a mirrored, a finer and two slightly turned copies are tried.
    """
    for look in _LOOKS:
        if (face := _look(image, look)) is not None:
            cx, cy, side = face
            return FaceFrame(cx, cy, CROP_SCALE * side, found=True)
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
    margins = ((inside[1] - top, bottom - inside[3]), (inside[0] - left, right - inside[2]), (0, 0))
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
