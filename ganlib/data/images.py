"""Lists of photographs, and the ways between files, PIL images and tensors."""

import glob
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ganlib.core.errors import GanlibError
from ganlib.core.files import write_atomic
from ganlib.data.decode import check_photo
from ganlib.data.decode import read_photo as read_photo
from ganlib.data.left_out import leave_out
from ganlib.data.pixels import from_uint8, to_uint8

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif")
"""Endings by which a name is meant as that of a picture. What a file holds is seen in the file."""
_UNSEEN = ("thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx")
"""What systems put into folders, in small letters; what begins with a point is hidden as well."""


def list_photos(paths: Iterable[Path | str], out: Path | None = None) -> list[Path]:
    """The pictures that `paths` mean, each once: a folder stands for the pictures in it, by name,
    and a pattern such as `*.jpg`, if no file is called so, for what it matches.

    Files are taken as they are, so that a bad one is reported when it is read and not before. What
    a folder holds besides pictures is left out by name (`left_out`), except for hidden files and
    the folder `out`. GanlibError if it holds no picture.
    """
    found: dict[Path, None] = {}
    for path in expand(paths):
        found |= dict.fromkeys(_pictures_in(path, out) if os.path.isdir(path) else [path])
    return list(found)


def expand(paths: Iterable[Path | str]) -> Iterator[Path]:
    """Paths, and for a pattern that no shell has expanded (as on Windows) what it matches."""
    for path in map(Path, paths):
        matches = [] if os.path.lexists(path) else glob.glob(str(path), recursive=True)
        yield from sorted(Path(match) for match in matches) or [path]


def _pictures_in(folder: Path, out: Path | None) -> list[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise GanlibError(f"cannot look into {folder}: {error.strerror or error}.") from error
    found = []
    for path in entries:
        hidden = path.name.startswith(".") or path.name.lower() in _UNSEEN
        if hidden or (out and path.is_dir() and out.is_dir() and path.samefile(out)):
            continue
        try:
            check_photo(path)
            found.append(path)
        except GanlibError as error:
            leave_out(error)
    if not found:
        raise GanlibError(f"the folder {folder} holds no picture that can be read; give another.")
    return found


def to_tensor(images: Image.Image | Sequence[Image.Image]) -> Tensor:
    """RGB pictures of one size as float32 (N, 3, H, W) in [-1, 1]; one picture gives N = 1."""
    images = [images] if isinstance(images, Image.Image) else images
    pixels = torch.from_numpy(np.stack([np.asarray(image.convert("RGB")) for image in images]))
    return from_uint8(pixels.permute(0, 3, 1, 2))


def to_pil(images: Tensor) -> list[Image.Image]:
    """(N, 3, H, W) in [-1, 1], clamped to it, as N RGB pictures."""
    pixels = to_uint8(images).permute(0, 2, 3, 1).cpu().contiguous().numpy()
    return [Image.fromarray(array) for array in pixels]


def grid(images: Tensor, columns: int, zoom: int = 1, gap: int = 2) -> Image.Image:
    """Lay images (n, 3, h, w) in [-1, 1] out in rows, each pixel shown as zoom × zoom pixels.

    Rows are filled from the left; gaps are white.
    """
    n, _, height, width = images.shape
    rows = -(-n // columns)
    step_y, step_x = height * zoom + gap, width * zoom + gap
    page = torch.full((3, rows * step_y - gap, columns * step_x - gap), 255, dtype=torch.uint8)
    pixels = to_uint8(images.cpu()).repeat_interleave(zoom, 2).repeat_interleave(zoom, 3)
    for i, picture in enumerate(pixels):
        y, x = i // columns * step_y, i % columns * step_x
        page[:, y : y + height * zoom, x : x + width * zoom] = picture
    return Image.fromarray(page.permute(1, 2, 0).numpy())


def png(image: Image.Image, **options: Any) -> bytes:
    """A picture as the bytes of a PNG file."""
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", **options)
    return buffer.getvalue()


def save_png(image: Image.Image, path: Path | str) -> None:
    """Write a PNG, whole or not at all; GanlibError if it cannot be written."""
    write_atomic(Path(path), png(image, optimize=True))
