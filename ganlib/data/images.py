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
_OTHERS = "heic heif avif jfif jpe jp2 mpo tga psd pdf svg dng nef cr2 cr3 arw raf orf rw2"
_MEANT = (*SUFFIXES, *(f".{ending}" for ending in _OTHERS.split()))
"""What is called so and cannot be read is missed by somebody."""
_UNSEEN = ("thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx")
"""What systems put into folders, in small letters; what begins with a point is hidden as well."""


def list_photos(paths: Iterable[Path | str], out: Path | None = None) -> list[Path]:
    """The pictures that `paths` mean, each once: a folder stands for the pictures in it, by name,
    and a pattern such as `*.jpg`, if no file is called so, for what it matches.

    Files are taken as they are, so that a bad one is reported when it is read and not before. What
    a folder holds besides pictures is left out by name (`left_out`), except for hidden files; and
    the folder `out`, unless it alone is given. GanlibError if it holds no picture."""
    return [path for path, readable in places(paths, out).items() if readable]


def places(paths: Iterable[Path | str], out: Path | None = None) -> dict[Path, bool]:
    """The same, with those in folders that cannot be read: path -> whether it can. So the order
    does not hang on what is damaged, or on which formats are installed."""
    found: dict[Path, bool] = {}
    given = set(listed := list(expand(paths)))
    for path in listed:
        if not os.path.isdir(path):
            found[path] = True
        elif len(given) == 1 or not _is(path, out):
            found |= _pictures_in(path, out)
    return found


def _is(path: Path, out: Path | None) -> bool:
    return out is not None and path.is_dir() and out.is_dir() and path.samefile(out)


def expand(paths: Iterable[Path | str]) -> Iterator[Path]:
    """Paths, and for a pattern of * and ? that no shell has expanded (as on Windows) what it
    matches, below the folders that are called so."""
    for path in map(Path, paths):
        root = next(filter(os.path.lexists, [path, *path.parents]), Path(path.anchor))
        pattern = str(path.relative_to(root)).replace("[", "[[]")
        found = glob.glob(pattern, root_dir=root, recursive=True)
        yield from sorted(root / name for name in found) or [path]


def _pictures_in(folder: Path, out: Path | None) -> dict[Path, bool]:
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise GanlibError(f"cannot look into {folder}: {error.strerror or error}.") from error
    found: dict[Path, bool] = {}
    for path in entries:
        if path.name.startswith(".") or path.name.lower() in _UNSEEN or _is(path, out):
            continue
        try:
            check_photo(path)
            found[path] = True
        except GanlibError as error:
            meant = path.suffix.lower() in _MEANT and not os.path.isdir(path)
            leave_out(error, note=not meant)
            found |= {path: False} if meant else {}
    if True not in found.values():
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

    Rows are filled from the left; gaps are white."""
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
