"""Putting a face on a photograph into the frame of portraits, and its portrait back into the whole.

The pairs that a portrait model learns from are framed and warped by `ganlib.drawing`: head centred,
jaw narrowed as drawn ones are. A photograph to be drawn is treated alike, by the points of the face
finder.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import map_coordinates

from ganlib.data.faces import Face
from ganlib.data.finder import POINTS
from ganlib.drawing.enlarge import MOST, enlarged
from ganlib.drawing.frame import PHOTOGRAPHS, Placement, Warp, depth, place, sample_photo, strength

SHARE = 0.425
"""Width of a face over that of its frame: what the frames of the portraits have on average."""
_FADE = 0.12
"""Share of the frame over which a portrait fades into the whole picture, at each border."""


@dataclass(frozen=True)
class Alignment:
    """How one face lies in a square frame of `size` pixels, as a portrait model sees it."""

    size: int
    turn: int
    """Quarter turns clockwise by which the head lies in the photograph."""
    placement: Placement
    warp: Warp
    upright: tuple[int, int]
    """Width and height of the photograph, once it is turned upright."""

    def photo(self, image: Image.Image) -> Image.Image:
        """What of an RGB image lies in the frame, size × size."""
        upright = np.asarray(_turned(image, self.turn))
        x, y = self._source(self.size)
        pixels = sample_photo(upright, x, y, self.placement.scale)[0]
        return Image.fromarray(np.clip(np.round(pixels), 0, 255).astype(np.uint8))

    def _source(self, size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Pixels of the upright photograph (x, y), of each pixel of a frame of any size."""
        line = (np.arange(size) + 0.5) * self.size / size
        x, y = self.warp.source(*np.meshgrid(line, line))
        (left, top), scale = self.placement.offset, self.placement.scale
        return (x - left) / scale - 0.5, (y - top) / scale - 0.5

    def blend(self, image: Image.Image, portrait: Image.Image) -> Image.Image:
        """The whole picture with the portrait in the face's place, fading out at its borders."""
        upright = _turned(image, self.turn)
        (left, top), scale = self.placement.offset, self.placement.scale
        # On a large face interpolation alone would leave lines soft.
        portrait = enlarged(portrait, max(portrait.width, min(round(self.size / scale), MOST)))
        # A drawn face is shorter: above and below it, the frame shows more of the photograph.
        first, last = self.warp.source(np.zeros(2), np.array([0.0, self.size]))[1]
        box = np.array([-left, first - top, self.size - left, last - top]) / scale
        x0, y0 = (max(int(np.floor(edge)), 0) for edge in box[:2])
        x1 = min(int(np.ceil(box[2])), upright.width)
        y1 = min(int(np.ceil(box[3])), upright.height)
        columns, rows = np.meshgrid(np.arange(x0, x1) + 0.5, np.arange(y0, y1) + 0.5)
        places = np.stack((columns.ravel() * scale + left, rows.ravel() * scale + top), -1)
        there = self.warp.inverse(places).T.reshape(2, *columns.shape) * portrait.width / self.size
        drawn = np.asarray(portrait)
        at = (there[1] - 0.5, there[0] - 0.5)
        sample = partial(
            map_coordinates, coordinates=at, output=np.float64, order=1, mode="nearest"
        )
        seen = np.stack([sample(drawn[..., c]) for c in range(3)])
        away = np.minimum(there, portrait.width - there).min(0) / (_FADE * portrait.width)
        share = np.clip(away, 0, 1)
        share = (share * share * (3 - 2 * share))[..., None]
        whole = np.asarray(upright).copy()
        old = whole[y0:y1, x0:x1]
        whole[y0:y1, x0:x1] = np.round(seen.transpose(1, 2, 0) * share + old * (1 - share))
        return _turned(Image.fromarray(whole), -self.turn)


def align(face: Face, image: Image.Image, size: int) -> Alignment:
    """The alignment of a face found on an RGB image."""
    width, height = image.size
    places = face.points.copy()
    for _ in range(face.turn % 4):  # the picture is turned back, counterclockwise
        places = np.stack((places[:, 1], width - places[:, 0]), -1)
        width, height = height, width
    points = np.zeros((478, 2))
    points[list(POINTS)] = places
    placement = place(points, size, share=SHARE)
    framed = points * placement.scale + placement.offset
    # Whether somebody is a man is not known here: the mean of both is right enough for either.
    narrow = np.mean([strength(PHOTOGRAPHS, points, male) for male in (True, False)])
    deep = np.mean([depth(PHOTOGRAPHS, male) for male in (True, False)])
    warp = Warp(framed, float(narrow), float(deep))
    return Alignment(size, face.turn, placement, warp, (width, height))


def _turned(image: Image.Image, quarters: int) -> Image.Image:
    """An image turned back by quarter turns clockwise."""
    ways = {1: Image.Transpose.ROTATE_90, 2: Image.Transpose.ROTATE_180}
    ways[3] = Image.Transpose.ROTATE_270
    return image.transpose(ways[quarters % 4]) if quarters % 4 else image
