"""Pairs of one's own: a folder of photographs and one of their drawings, under the same names."""

from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image

from ganlib.core.errors import GanlibError
from ganlib.core.log import progress
from ganlib.data.datasets import ImageDataset
from ganlib.data.images import SUFFIXES, list_photos, read_photo, to_tensor
from ganlib.data.pixels import to_uint8

Pair = tuple[Path, Path]


def matching(photos: Path, drawings: Path) -> tuple[list[Pair], list[Path]]:
    """(photograph, drawing) of each name that both folders have, endings aside; and the rest.

    Of several pictures of one name in a folder, that of a usual kind (`SUFFIXES`) counts: others
    are a phone's own. GanlibError for two of a kind, and where no name is in both folders."""
    seen, drawn = _by_name(photos), _by_name(drawings)
    shared = sorted(seen.keys() & drawn.keys())
    single = [kind[name] for kind in (seen, drawn) for name in kind if name not in shared]
    if not shared:
        raise GanlibError(
            f"no picture in {photos} has the name of one in {drawings}; give photograph and "
            "drawing of a pair the same name, such as photos/anna.jpg and drawings/anna.png."
        )
    return [(seen[name], drawn[name]) for name in shared], single


def _by_name(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise GanlibError(f"there is no folder {folder}; give one of pictures.")
    named: dict[str, Path] = {}

    def usual(path: Path) -> bool:
        return path.suffix.lower() in SUFFIXES

    for path in sorted(list_photos([folder]), key=usual, reverse=True):
        other = named.setdefault(path.stem, path)
        if other != path and usual(other) == usual(path):
            raise GanlibError(f"{other} and {path} have one name; a pair needs one of each.")
    return named


def pair_datasets(
    pairs: list[Pair], size: int, device: torch.device | str = "cpu"
) -> tuple[ImageDataset, ImageDataset]:
    """(photographs, drawings), row i of both a pair: the middle squares, `size` pixels a side."""
    photo, anime = (square_dataset(files, size, device) for files in zip(*pairs, strict=True))
    return photo, anime


def square_dataset(
    files: Sequence[Path], size: int, device: torch.device | str = "cpu"
) -> ImageDataset:
    """The middle squares of pictures, `size` pixels a side; GanlibError for an unreadable one."""
    bar = progress(files, desc="reading pictures", unit="picture")
    pictures = torch.empty(len(files), 3, size, size, dtype=torch.uint8)
    for place, path in enumerate(bar):
        pictures[place] = to_uint8(to_tensor(_square(read_photo(path), size)))[0]
    return ImageDataset(pictures.to(device))


def _square(image: Image.Image, size: int) -> Image.Image:
    side = min(image.size)
    left, top = (image.width - side) / 2, (image.height - side) / 2
    box = (left, top, left + side, top + side)
    return image.resize((size, size), Image.Resampling.LANCZOS, box=box, reducing_gap=3)
