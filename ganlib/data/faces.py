"""Finding a face and framing it by the one rule that rendered people are framed by too."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn.functional import avg_pool2d

from ganlib.data.finder import (
    WINDOW,
    WINDOW_LOWER,
    Complex,
    Finder,
    as_windows,
    fit_windows,
    load_finder,
    look,
    look_closely,
)
from ganlib.data.images import to_tensor


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


@dataclass(frozen=True)
class Face:
    """One face on a photograph.

    Args:
        points: (len(finder.POINTS), 2), x and y in the photograph's pixels.
        confidence: that it is a face, from 0 to 1.
        turn: by how many quarter turns clockwise the head lies in the photograph; 0 is upright.
    """

    points: NDArray[np.float64]
    confidence: float
    turn: int = 0

    def frame(self) -> FaceFrame:
        """The square about the face by the house rule, turned so that the crop is upright.

        Only quarter turns are undone: the lean of a head belongs to the portrait.
        """
        points = self.points[:, 0] + 1j * self.points[:, 1]
        centre, arm = fit_windows(points[None])[0]
        centre -= arm * 1j * WINDOW_LOWER / WINDOW
        side = float(2 * abs(arm) / WINDOW)
        return FaceFrame(
            float(centre.real), float(centre.imag), side, found=True, lean=90.0 * self.turn
        )


_SHORT, _LONG = 256, 2048
"""Sides in pixels of the copy that is searched: the short one is made so, the long one no more."""
_LARGE, _SMALL = (0.36, 0.54, 0.8, 1.0), (0.24,)
"""Sides of the windows that are tried everywhere, as shares of the short side."""
_STRIDE = 0.4
"""From one of these windows to the next, as a share of their side."""
_WORTH_A_LOOK = -1.0
"""Logit from which a window is looked at again."""
_MOST, _EACH = 12, 3
"""How many windows are, the surest first, and how many of these at one place."""
FOUND, SURE = 0.95, 0.98
"""Confidence from which something is a face; and from which nothing else is tried."""


def _everywhere(size: tuple[int, int], shares: tuple[float, ...]) -> Complex:
    """Upright windows that cover a picture, each place by several."""
    places = []
    for share in shares:
        half = share * min(size) / 2
        steps = (round((edge - 2 * half) / (2 * half * _STRIDE)) + 1 for edge in size)
        x, y = (
            np.linspace(half, edge - half, n) if n > 1 else np.array([edge / 2])
            for edge, n in zip(size, steps, strict=True)
        )
        places.append(as_windows((x + 1j * y[:, None]).ravel(), np.full(len(x) * len(y), half)))
    return np.concatenate(places)


def _promising(picture: Tensor, windows: Complex, finder: Finder) -> Complex:
    """Windows about what may be faces, of all windows on a picture (1, 3, H, W)."""
    logits, points = look(finder, picture, windows)
    framed, kept = fit_windows(points), as_windows([], [])
    for row in logits.argsort()[::-1]:
        centre, arm = framed[row]
        beside = abs(kept[:, 0] - centre) < abs(arm) / 2
        if logits[row] > _WORTH_A_LOOK and beside.sum() < _EACH and len(kept) < _MOST:
            kept = np.concatenate((kept, framed[row : row + 1]))
    return kept


def _confirmed(picture: Tensor, windows: Complex, finder: Finder) -> list[Face]:
    """The faces in windows on a picture (1, 3, H, W), each once, in its pixels."""
    logits, points = look(finder, picture, windows)
    framed, places = fit_windows(points), as_windows([], [])
    for row in logits.argsort()[::-1]:
        centre, arm = framed[row]
        if (abs(places[:, 0] - centre) > abs(arm)).all():
            places = np.concatenate((places, framed[row : row + 1]))
    logits, points = look_closely(finder, picture, places)
    turns = np.round(np.angle(places[:, 1]) / (np.pi / 2)).astype(int) % 4
    confidences = 1 / (1 + np.exp(-logits))
    return [
        Face(np.stack((place.real, place.imag), -1), float(confidence), int(turn))
        for place, confidence, turn in zip(points, confidences, turns, strict=True)
        if confidence >= FOUND
    ]


def _proposed(picture: Tensor, finder: Finder) -> Iterator[Complex]:
    """Windows that may show faces, by one search after another: large upright faces, small ones,
    and heads that lie or stand upside down."""
    height, width = picture.shape[2:]
    # Large faces are seen at half the size as well, and cutting windows takes a part of the time.
    half = avg_pool2d(picture, 2, ceil_mode=True)
    upright = _everywhere((width, height), _LARGE)
    yield 2 * _promising(half, upright / 2, finder)
    yield _promising(picture, _everywhere((width, height), _SMALL), finder)
    turned: Complex = np.concatenate([upright * (1, 1j**turn) for turn in (1, 2, 3)])
    yield 2 * _promising(half, turned / 2, finder)


def _surest(faces: list[Face]) -> float:
    return max((face.confidence for face in faces), default=0.0)


def find_faces(image: Image.Image, finder: Finder | None = None) -> list[Face]:
    """The faces in an RGB image, the largest first; smaller ones than about a fifth of its shorter
    side are not seen.

    A small network (`data.finder`, by default the one that ships) looks at windows everywhere, then
    again, closer, at what may be faces. Until it is sure of one, it looks for smaller faces, then
    for heads that lie or stand upside down.
    """
    finder = finder or load_finder()
    scale = min(_SHORT / min(image.size), _LONG / max(image.size))
    width, height = (max(1, round(edge * scale)) for edge in image.size)
    copy = image.resize((width, height), Image.Resampling.BILINEAR)
    faces: list[Face] = []
    picture = to_tensor(copy)
    for windows in _proposed(picture, finder):
        found = _confirmed(picture, windows, finder)
        if _surest(found) > _surest(faces):
            faces = found
        if _surest(faces) >= SURE:
            break
    back = np.array(image.size) / copy.size
    faces = [replace(face, points=face.points * back) for face in faces]
    return sorted(faces, key=lambda face: -face.frame().side)


def find_face(image: Image.Image) -> FaceFrame:
    """The frame of the largest face in an RGB image, or its centre square with found=False."""
    faces = find_faces(image)
    return faces[0].frame() if faces else central_square(image)


def central_square(image: Image.Image) -> FaceFrame:
    """The frame of an image on which no face was found."""
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
