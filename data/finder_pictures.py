"""What the face finder is trained and measured on: faces with their points, and pictures without
a face. Nothing here is kept on disk: everything is made again from its seed."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from skimage import data
from torch import Tensor

from ganlib.data.finder import POINTS, as_windows, cut, fit_windows
from ganlib.data.images import to_pil, to_tensor
from ganlib.data.pixels import from_uint8, to_uint8
from ganlib.data.portraits import PortraitFolder
from ganlib.drawing.portrait import BACKGROUND
from ganlib.twins import People, render_photographs, sample_people
from ganlib.twins.anatomy import landmarks
from ganlib.twins.head import Head
from ganlib.twins.place import photographed

Random = np.random.Generator
Pixels = NDArray[np.uint8]

TRAINED_ON = (
    *("coffee", "brick", "page", "grass", "retina", "immunohistochemistry", "hubble_deep_field"),
    *("stereo_motorcycle", "rocket", "logo", "cell", "colorwheel"),
)
"""Pictures of skimage.data that training sees."""
HELD_OUT = (
    *("coins", "chelsea", "gravel", "text", "moon", "clock", "horse", "microaneurysms"),
    *("shepp_logan_phantom", "checkerboard"),
)
"""Pictures of skimage.data that it does not see."""
AROUND, CLOSE_SIZE = 2.5, 160
"""Portraits are kept as squares of that many times the window, of that many pixels."""
RENDERED_SIZE = 96


@dataclass(frozen=True)
class Faces:
    """Pictures (n, 3, S, S) as bytes, and the points (n, len(POINTS)) of the face in each, complex,
    in pixels."""

    images: Tensor
    points: NDArray[np.complex128]

    def __len__(self) -> int:
        return len(self.images)


def true_points(people: People, size: int) -> NDArray[np.complex128]:
    """`POINTS` of people's photographs of `size` pixels, complex (n, len(POINTS))."""
    at = landmarks(people, size)
    places = [
        *((f"{side}_upper_lid", k) for side in ("left", "right") for k in (0, -1)),
        *(("left_iris", 0), ("right_iris", 0), ("nose", 6)),
        *(("upper_outer_lip", 0), ("upper_outer_lip", -1)),
        # Of the 36 points of the outline, the chin and those at the height of the ears.
        *(("outline", 18), ("outline", 28), ("outline", 8)),
    ]
    rows = torch.stack([at[name][:, k] for name, k in places], 1).double().numpy()
    return rows[..., 0] + 1j * rows[..., 1]


def portrait_points(folder: PortraitFolder, name: str) -> NDArray[np.complex128]:
    """`POINTS` of a portrait, complex, in pixels of `folder[name].photo`."""
    points = folder[name].points[list(POINTS)]
    return points[:, 0] + 1j * points[:, 1]


def portrait_faces(folder: PortraitFolder, names: list[str]) -> Faces:
    """Portraits, each cut to what lies about the face."""
    images, kept = [], []
    for name in names:
        points = portrait_points(folder, name)[None]
        window = fit_windows(points) * (1, AROUND)
        photo = to_tensor(Image.fromarray(folder[name].photo))
        images.append(to_uint8(cut(photo, window, CLOSE_SIZE, coarsest=1.5)))
        kept.append(((points - window[:, :1]) / window[:, 1:] + (1 + 1j)) * (CLOSE_SIZE / 2))
    return Faces(torch.cat(images), np.concatenate(kept))


def rendered_faces(n: int, seed: int) -> Faces:
    """n rendered people."""
    people, parts = sample_people(n, seed), []
    for start in range(0, n, 64):
        parts.append(to_uint8(render_photographs(people[start : start + 64], RENDERED_SIZE)))
    return Faces(torch.cat(parts), true_points(people, RENDERED_SIZE))


def _pictures(names: tuple[str, ...]) -> Iterator[Pixels]:
    for name in names:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = getattr(data, name)()
        picture = np.asarray(picture[0] if isinstance(picture, tuple) else picture)
        if picture.dtype != np.uint8:
            picture = (255 * np.clip(picture / max(1e-9, picture.max()), 0, 1)).astype(np.uint8)
        yield np.asarray(Image.fromarray(picture).convert("RGB"))


def _square(picture: Pixels, draw: Random, least: int, most: int) -> Pixels:
    side = int(draw.integers(least, most + 1))
    top, left = (int(draw.integers(0, edge - side + 1)) for edge in picture.shape[:2])
    return picture[top : top + side, left : left + side]


def photographed_things(names: tuple[str, ...], n: int, draw: Random) -> Iterator[Pixels]:
    """n squares of pictures of skimage.data, every picture in turn."""
    pictures = list(_pictures(names))
    for k in range(n):
        picture = pictures[k % len(pictures)]
        short = min(picture.shape[:2])
        yield _square(picture, draw, min(96, short // 2), short)


def behind_portraits(
    folder: PortraitFolder, names: list[str], n: int, draw: Random
) -> Iterator[Pixels]:
    """Up to n squares of portraits in which nothing of the person lies."""
    each = -(-n // len(names))
    for name in names:
        portrait = folder[name]
        both = np.dstack((portrait.photo, portrait.regions))
        most = min(200, *both.shape[:2])
        tries = (_square(both, draw, 72, most) for _ in range(40 * each))
        free = (part for part in tries if (part[..., 3] == BACKGROUND).mean() > 0.995)
        for part in islice(free, min(n, each)):
            yield part[..., :3]
            n -= 1


def behind_rendered(n: int, seed: int, size: int) -> Iterator[Pixels]:
    """n rendered places without a person."""
    people = sample_people(n, seed)
    for start in range(0, n, 64):
        places = photographed(Head(people[start : start + 64], size))
        yield from (np.asarray(image) for image in to_pil(places * 2 - 1))


def _noise(draw: Random, size: int) -> Pixels:
    """Noise of a random spectrum, from sand to clouds, in colours."""
    frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.fftfreq(size)) + 1 / size
    waves = np.fft.fft2(draw.normal(size=(3, size, size))) / frequency ** draw.uniform(0, 2.2)
    noise = np.fft.ifft2(waves).real.transpose(1, 2, 0)
    noise = noise.mean(2, keepdims=True) + draw.uniform(0, 0.7) * noise
    level = 128 + draw.uniform(20, 80) * noise / noise.std() + draw.uniform(-60, 60, 3)
    return level.clip(0, 255).astype(np.uint8)


def _lattice(draw: Random, size: int) -> Pixels:
    """Stripes, checks, or discs in rows."""
    y, x = np.mgrid[:size, :size] / size - 0.5
    angle, count = draw.uniform(0, np.pi), draw.uniform(2, 14)
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    across, down = np.sin(2 * np.pi * count * u), np.sin(2 * np.pi * count * v)
    kind = draw.integers(4)
    share = [across, across * down, np.minimum(across, down), np.maximum(abs(across), down)][kind]
    share = 1 / (1 + np.exp(-(share - draw.uniform(-0.6, 0.6)) * draw.uniform(2, 20)))[..., None]
    light, dark = draw.uniform(0, 255, 3), draw.uniform(0, 255, 3)
    picture = light * share + dark * (1 - share) + draw.normal(size=(size, size, 1)) * 6
    return picture.clip(0, 255).astype(np.uint8)


def _discs(draw: Random, size: int) -> Pixels:
    """Round and oval things that lie about, shaded from one side, with marks upon them."""
    y, x = np.mgrid[:size, :size] / size
    picture = np.broadcast_to(draw.uniform(0, 255, 3), (size, size, 3)).copy()
    for _ in range(draw.integers(2, 24)):
        (cx, cy), radius = draw.uniform(0, 1, 2), draw.uniform(0.03, 0.35)
        flat = draw.uniform(0.6, 1.6)
        r = np.hypot((x - cx) * flat, y - cy) / radius
        inside = (1 / (1 + np.exp((r - 1) * radius * size)))[..., None]
        shade = 1 + draw.uniform(-0.5, 0.5) * ((x - cx) / radius)[..., None].clip(-1, 1)
        marks = 1 + draw.uniform(0, 0.4) * np.sin(draw.uniform(3, 25) * r)[..., None]
        picture = picture * (1 - inside) + draw.uniform(0, 255, 3) * shade * marks * inside
    return picture.clip(0, 255).astype(np.uint8)


def textures(n: int, draw: Random, size: int) -> Iterator[Pixels]:
    """n textures made from formulas."""
    kinds: tuple[Callable[[Random, int], Pixels], ...] = (_noise, _lattice, _discs)
    for k in range(n):
        yield kinds[k % len(kinds)](draw, size)


def faceless(
    n: int,
    seed: int,
    size: int,
    names: tuple[str, ...] = HELD_OUT,
    folder: PortraitFolder | None = None,
    portraits: list[str] | None = None,
) -> Tensor:
    """About n pictures (n, 3, size, size) without a face, as bytes: an equal share each of
    photographed things, of portraits' backgrounds (without a folder, more things), of rendered
    places, and of textures."""
    draw, share = np.random.default_rng(seed), n // 4
    behind: list[Pixels] = []
    if folder is not None and portraits:
        behind = list(behind_portraits(folder, portraits, share, draw))
    made = [
        *photographed_things(names, n - 2 * share - len(behind), draw),
        *behind,
        *behind_rendered(share, seed, size),
        *textures(share, draw, size),
    ]
    images = (
        Image.fromarray(part).resize((size, size), Image.Resampling.BILINEAR) for part in made
    )
    return torch.from_numpy(np.stack([np.asarray(image) for image in images])).permute(0, 3, 1, 2)


def jittered(
    points: NDArray[np.complex128], draw: Random, shift: float, scale: float, roll: float
) -> NDArray[np.complex128]:
    """Windows about faces, moved by up to `shift` arms, larger or smaller by a factor of up to
    exp(`scale`), and turned by up to `roll` degrees."""
    n, true = len(points), fit_windows(points)
    moved = draw.uniform(-shift, shift, n) + 1j * draw.uniform(-shift, shift, n)
    turned = np.exp(draw.uniform(-scale, scale, n) + 1j * np.deg2rad(draw.uniform(-roll, roll, n)))
    return as_windows(true[:, 0] + moved * true[:, 1], true[:, 1] * turned)


def misframed(points: NDArray[np.complex128], draw: Random) -> NDArray[np.complex128]:
    """Windows that no face fills: turned by 60° or more, beside the face, on a part of it, or much
    larger."""
    near, n = jittered(points, draw, 0.3, 0.3, 20), len(points)
    kind = draw.integers(0, 4, n)
    turn = np.exp(1j * np.deg2rad(draw.uniform(60, 300, n)))
    away = draw.uniform(1.1, 2.2, n) * np.exp(1j * draw.uniform(0, 2 * np.pi, n))
    part, whole = draw.uniform(0.3, 0.5, n), draw.uniform(2.0, 3.0, n)
    factor = np.select([kind == 0, kind == 2, kind == 3], [turn, part, whole], 1)
    beside = np.select([kind == 1, kind == 2], [away, away * 0.3], 0)
    return as_windows(near[:, 0] + beside * near[:, 1], near[:, 1] * factor)


def anywhere(n: int, size: int, draw: Random) -> NDArray[np.complex128]:
    """Windows of all sizes and turns on a picture of `size` pixels."""
    arm = size / 2 * draw.uniform(0.4, 1, n) * np.exp(0.5j * np.pi * draw.integers(0, 4, n))
    arm = arm * np.exp(1j * np.deg2rad(draw.uniform(-20, 20, n)))
    reach = size / 2 - abs(arm)
    middle = size / 2 * (1 + 1j)
    return as_windows(middle + reach * (draw.uniform(-1, 1, n) + 1j * draw.uniform(-1, 1, n)), arm)


def windows_of(images: Tensor, rows: NDArray[np.int64], windows: NDArray[np.complex128]) -> Tensor:
    """What windows on some rows of pictures show, (n, 3, SIZE, SIZE) in [-1, 1]."""
    return cut(from_uint8(images[torch.from_numpy(rows)]), windows, coarsest=1.5)
