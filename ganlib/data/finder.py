"""A small network that says whether a window on a picture shows a face, and where its points are.

A window is a square that may be turned: two complex numbers, its centre and its arm, in pixels, x
to the right and y down. The arm leads from the centre to the middle of the right edge; its length
is half a side, and its angle is how far the window is turned, clockwise. Window coordinates lie in
[-1, 1]: w is the place centre + arm · w.

The network was trained on portraits and on rendered people (data/train_finder.py). How many faces
it finds, and how often it is wrong, is on its card, ganlib/weights/finder.json.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, grid_sample

from ganlib.core import checkpoint
from ganlib.core.networks.base import Network, check_range
from ganlib.data.blocks import Residual, conv
from ganlib.twins.framing import CHIN, EYE_LINE
from ganlib.weights import FINDER

Complex = NDArray[np.complex128]

POINTS = (33, 133, 263, 362, 468, 473, 1, 61, 291, 152, 234, 454)
"""What is found, as points of the MediaPipe face mesh: the outer and inner corner of the eye on the
picture's left, and of that on its right, both irises, the tip of the nose, the corners of the
mouth, the chin, and the sides of the face."""
MIRRORED = (2, 3, 0, 1, 5, 4, 6, 8, 7, 9, 11, 10)
"""Where each point lies among `POINTS` once the picture is mirrored."""
LEFT_IRIS, RIGHT_IRIS = 4, 5
SIZE = 64
"""Side of the windows that the network sees, in pixels."""
VIEWS = (1.0, 0.85, 1.18)
"""Sizes of the windows of a close look, as multiples of the window's own."""
WINDOW = 0.69
"""Side of a window over the side of the house frame (`twins.framing`): little but the face."""
WINDOW_LOWER = 0.064
"""By how much a window's centre lies lower, in halves of that frame."""


def _mean_face() -> Complex:
    """The points of the mean portrait in window coordinates, placed by the house rule."""
    half = [
        *((-0.296, EYE_LINE + 0.007), (-0.117, EYE_LINE + 0.02), (-0.215, EYE_LINE)),
        *((-0.192, 0.303), (-0.448, -0.02)),
    ]
    outer, inner, iris, mouth, side = (complex(x, y) for x, y in half)
    left = [outer, inner, -outer.conjugate(), -inner.conjugate(), iris, -iris.conjugate(), 0.15j]
    rest = [mouth, -mouth.conjugate(), CHIN * 1j, side, -side.conjugate()]
    return (np.array(left + rest) - WINDOW_LOWER * 1j) / WINDOW


MEAN_FACE = _mean_face()


@dataclass(frozen=True)
class FinderConfig:
    """The shape of a `Finder`."""

    width: int = 24  # channels at 16 pixels; weights and time grow with its square
    hidden: int = 96  # units between the last map and the answers

    def __post_init__(self) -> None:
        check_range(self, width=(4, 256), hidden=(8, 1024))


class Finder(Network):
    """Windows (N, 3, SIZE, SIZE) in [-1, 1] to logits (N,), above 0 for a face, and its points
    (N, len(POINTS), 2) in window coordinates."""

    kind = "finder"
    Config = FinderConfig

    def __init__(self, config: FinderConfig | None = None) -> None:
        super().__init__(config)
        fine, middle, coarse = (self.config.width * k for k in (1, 2, 3))
        self.body = nn.Sequential(
            # Four pixels are one place: convolutions at full size would take most of the time.
            nn.PixelUnshuffle(4),
            conv(48, fine),
            Residual(fine),
            conv(fine, middle, 2),
            Residual(middle),
            conv(middle, coarse, 2),
            nn.Flatten(),
            nn.Linear(16 * coarse, self.config.hidden),
            nn.ReLU(),
            nn.Linear(self.config.hidden, 1 + 2 * len(POINTS)),
        )

    def forward(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        answers = self.body(windows)
        mean = torch.from_numpy(np.stack((MEAN_FACE.real, MEAN_FACE.imag), -1)).to(answers)
        return answers[:, 0], mean + 0.25 * answers[:, 1:].unflatten(1, mean.shape)


def as_windows(centre: ArrayLike, arm: ArrayLike) -> Complex:
    """Windows (n, 2) of their centres and arms."""
    return np.stack((np.asarray(centre, complex), np.asarray(arm, complex)), -1)


def fit_windows(points: Complex) -> Complex:
    """The windows (n, 2) in which the points (n, len(POINTS)) lie most like those of the mean face,
    by least squares."""
    mean, middle = MEAN_FACE.mean(), points.mean(-1)
    face = MEAN_FACE - mean
    arm = (face.conj() * (points - middle[:, None])).sum(-1) / (abs(face) ** 2).sum()
    return as_windows(middle - arm * mean, arm)


def cut(pictures: Tensor, windows: Complex, size: int = SIZE, coarsest: float = 2.0) -> Tensor:
    """Windows (n, 2) as (n, 3, size, size), of pictures (n, 3, H, W) or of one (1, 3, H, W).

    Beyond a picture its edge is repeated. Windows that would be reduced by more than `coarsest` are
    cut at twice the size, then averaged, which takes four times as long.
    """
    places = torch.from_numpy(windows.astype(np.complex64))[:, :, None, None]
    finer = 2 if 2 * abs(windows[:, 1]).max(initial=0) > coarsest * size else 1
    line = (2 * torch.arange(finer * size) + 1) / (finer * size) - 1
    (cx, ax), (cy, ay) = places.real.unbind(1), places.imag.unbind(1)
    x = cx + ax * line - ay * line[:, None]
    y = cy + ay * line + ax * line[:, None]
    height, width = pictures.shape[2:]
    grid = torch.stack((x * (2 / width) - 1, y * (2 / height) - 1), -1)
    pictures = pictures.expand(len(windows), -1, -1, -1)
    seen = grid_sample(pictures, grid, padding_mode="border", align_corners=False)
    return avg_pool2d(seen, 2) if finer == 2 else seen


@cache
def load_finder() -> Finder:
    """The network that ships, frozen and in eval mode, on the CPU; one object for all callers."""
    tensors, metadata = checkpoint.load(FINDER, Finder.kind)
    finder = Finder(FinderConfig(**metadata["settings"]))
    checkpoint.copy_into(finder, tensors, FINDER)
    finder.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return finder.eval().requires_grad_(False)


def look(finder: Finder, picture: Tensor, windows: Complex) -> tuple[NDArray[np.float64], Complex]:
    """(logits (n,), points (n, len(POINTS)) in pixels) of what windows on one picture show."""
    if not len(windows):
        return np.zeros(0), np.zeros((0, len(POINTS)), complex)
    with torch.inference_mode():
        logits, points = finder(cut(picture, windows).contiguous(memory_format=torch.channels_last))
    return logits.double().numpy(), _in_pixels(points, windows)


def look_closely(
    finder: Finder, picture: Tensor, windows: Complex
) -> tuple[NDArray[np.float64], Complex]:
    """`look`, as the mean of each window, of a smaller and of a larger one, and of their mirror
    images: surer and more accurate. What only looks like a face seldom does so in all of them."""
    if not len(windows):
        return look(finder, picture, windows)
    sizes = np.concatenate([windows * (1, factor) for factor in VIEWS])
    with torch.inference_mode():
        seen = cut(picture, sizes)
        both = torch.cat((seen, seen.flip(3))).contiguous(memory_format=torch.channels_last)
        logits, points = finder(both)
    here, there = points.chunk(2)
    unflipped = there[:, list(MIRRORED)] * there.new_tensor((-1.0, 1.0))
    places = _in_pixels((here + unflipped) / 2, sizes).reshape(len(VIEWS), *windows.shape[:1], -1)
    return logits.double().reshape(2 * len(VIEWS), -1).mean(0).numpy(), places.mean(0)


def _in_pixels(points: Tensor, windows: Complex) -> Complex:
    places = points.double().numpy()
    return windows[:, :1] + windows[:, 1:] * (places[..., 0] + 1j * places[..., 1])
