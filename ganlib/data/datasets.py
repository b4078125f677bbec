"""Datasets: images in memory, rendered or read from photographs of faces."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor

from ganlib.core.errors import ConfigError, GanlibError
from ganlib.core.log import progress
from ganlib.data.faces import crop_face, find_face
from ganlib.data.images import places, read_photo, to_tensor
from ganlib.data.left_out import leave_out
from ganlib.data.pixels import from_uint8, to_uint8
from ganlib.twins import People, render_drawings, render_photographs, render_twins, sample_people

T = TypeVar("T")
HELD_OUT_SEED = 999_983
"""Seed of the people that every evaluation uses, and no training may."""
HOUSE_STYLE = "soft"
"""Style of the drawings that translators learn and are measured on (data/README.md)."""
ALIGNED: dict[str, Any] = {
    **{"zoom": 1.1, "roll": 0, "shift_x": 0, "shift_y": 0, "background": "plain"},
    **{"pattern": "plain", "screentone": "none", "line_weight": 1},
}
"""What `face_people` have in common."""
HOLD_OUT_EVERY = 10
"""Every tenth photograph, in order of name, is held out."""
FRAMINGS = 12
"""Crops made of each photograph of a real face, each framed a little differently."""


class ImageDataset:
    """All images of one domain in memory: uint8 (N, 3, H, W), on the dataset's device.

    10,000 of 128 pixels take 0.5 GB. GanlibError for other tensors, and for none."""

    def __init__(self, images: Tensor) -> None:
        if images.dtype != torch.uint8 or images.ndim != 4 or images.shape[1] != 3:
            raise GanlibError(
                "an ImageDataset holds uint8 images (N, 3, H, W), not "
                f"{images.dtype} {tuple(images.shape)}; ImageDataset.from_float takes [-1, 1]."
            )
        if not len(images):
            raise GanlibError("an ImageDataset needs at least one image, and was given none.")
        self.images = images

    @classmethod
    def from_float(cls, images: Tensor) -> "ImageDataset":
        """A dataset of float images (N, 3, H, W) in [-1, 1]."""
        return cls(to_uint8(images))

    def __len__(self) -> int:
        return len(self.images)

    def draw(self, n: int) -> Tensor:
        """n random indices, with repeats."""
        return torch.randint(len(self), (n,), device=self.images.device)

    def at(self, index: Tensor) -> Tensor:
        """The images of an index (n,), float (n, 3, H, W) in [-1, 1], channels last in memory."""
        return from_uint8(self.images[index])

    def first(self, n: int) -> Tensor:
        """The first n images, or all if there are fewer, as `at` gives them."""
        return from_uint8(self.images[:n])

    def map(self, function: Callable[[Tensor], Tensor], chunk: int = 64) -> Tensor:
        """`function` of every image in the dataset's order, `chunk` at a time, joined."""
        joined, done = torch.empty(0), 0
        for part in self.images.split(chunk):
            made = function(from_uint8(part))
            if not done:
                joined = made.new_empty(len(self.images), *made.shape[1:])
            # Put where it stays: small results kept between large temporaries take twenty times
            # their memory, as no temporary fits into the gap that the one before left.
            joined[done : done + len(made)] = made
            done += len(made)
        return joined

    def sample(self, n: int) -> Tensor:
        """n random images, as `at` gives them."""
        return self.at(self.draw(n))


def twin_datasets(
    n: int, seed: int, size: int, device: torch.device | str = "cpu"
) -> tuple[ImageDataset, ImageDataset]:
    """(photographs, drawings in the house style) of n people, row i of both twins.

    `seed` is that of `sample_people` (the held-out one is refused), `size` the side in pixels,
    `device` where they are rendered and kept."""
    refuse_held_out(seed)
    people = sample_people(n, seed, HOUSE_STYLE)
    photo, anime = _rendered(people, size, device, render_twins, "rendering twins")
    return photo, anime


def drawing_dataset(people: People, size: int, device: torch.device | str = "cpu") -> ImageDataset:
    """Everybody's drawing, without the photograph."""
    return _rendered(people, size, device, render_drawings, "rendering drawings")[0]


def photo_dataset(people: People, size: int, device: torch.device | str = "cpu") -> ImageDataset:
    """Everybody's photograph, without the drawing."""
    return _rendered(people, size, device, render_photographs, "rendering photographs")[0]


def _rendered(
    people: People,
    size: int,
    device: torch.device | str,
    render: Callable[..., Tensor | tuple[Tensor, ...]],
    doing: str,
    chunk: int = 64,
) -> list[ImageDataset]:
    """What `render` gives of everybody, a dataset for each domain."""
    parts = []
    for start in progress(
        range(0, len(people), chunk), desc=doing, unit_scale=chunk, unit="person"
    ):
        made = render(people[start : start + chunk], size, device)
        domains = (made,) if isinstance(made, Tensor) else made
        parts.append([to_uint8(images) for images in domains])
    return [ImageDataset(torch.cat(images)) for images in zip(*parts, strict=True)]


def face_people(n: int, seed: int, style: str | None = None) -> People:
    """People in one pose and frame, before a plain wall: upright, in the middle, at one distance.

    Arguments as of `sample_people`. A small network that makes faces from noise then spends its
    weights on faces."""
    return sample_people(n, seed, style).replace(**ALIGNED)


def refuse_held_out(seed: int) -> None:
    """ConfigError for the seed that no training may use."""
    if seed == HELD_OUT_SEED:
        raise ConfigError("seed", f"{seed} is that of the held-out people; train on another one.")


def held_out_people(n: int, style: str | None = HOUSE_STYLE) -> People:
    """The first n of the people that no training may see."""
    return sample_people(n, HELD_OUT_SEED, style)


def hold_out(items: list[T]) -> tuple[list[T], list[T]]:
    """(for training, held out): every tenth, in order, is held out."""
    held = items[HOLD_OUT_EVERY - 1 :: HOLD_OUT_EVERY]
    kept = [item for i, item in enumerate(items) if (i + 1) % HOLD_OUT_EVERY]
    return kept, held


def split_photos(paths: list[Path]) -> tuple[list[Path], list[Path]]:
    """(for training, held out): every tenth photograph by name is held out, read or unreadable."""
    readable = places(paths)
    training, held = hold_out(list(readable))
    return [p for p in training if readable[p]], [p for p in held if readable[p]]


def framed_photo_dataset(
    photos: list[Path],
    size: int,
    framings: int = FRAMINGS,
    seed: int = 0,
    device: torch.device | str = "cpu",
) -> ImageDataset:
    """Real faces, each framed `framings` times a little differently.

    The frame is the detector's; the jitter (place ±8 %, size −15 % to +18 %, lean ±8°) covers its
    errors, and is about that of the rendered people. Photographs that cannot be read, or show no
    face, are left out by name."""
    draw = torch.Generator().manual_seed(seed)
    # Bytes, each crop put where it stays: floats, or parts to join, would take many times as much.
    crops = torch.empty(framings * len(photos), 3, size, size, dtype=torch.uint8)
    made = 0
    for path in progress(photos, desc="framing photographs", unit="photo"):
        try:
            image = read_photo(path)
        except GanlibError as error:
            leave_out(error)
            continue
        frame = find_face(image)
        if not frame.found:
            leave_out(f"no face was found in {path}.", note=True)
            continue
        for _ in range(framings):
            a, b, c, d = (torch.rand(4, generator=draw) * 2 - 1).tolist()
            moved = frame.moved(0.08 * a, 0.08 * b, 1.18**c, 8.0 * d)
            crops[made] = to_uint8(to_tensor(crop_face(image, moved, size)))[0]
            made += 1
    if not made:
        raise GanlibError(
            "no face was found in any of the photographs for training; give upright portraits in "
            "which the face is at least a quarter of the picture's height."
        )
    whole = made == len(crops)  # a part would keep the memory of all
    return ImageDataset((crops if whole else crops[:made].clone()).to(device))
