"""Photographs from the disk, and the ways between files, PIL images and tensors.

What phones, scanners and browsers write is read into one form, 8-bit RGB the right way up; what
cannot be read is refused with a sentence that names the file.
"""

import io
import struct
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from ganlib.core.errors import GanlibError
from ganlib.core.files import write_atomic
from ganlib.data.pixels import from_uint8, to_uint8

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif")
"""What counts as a picture in a folder. A file that is named by itself may be called anything."""
MIN_SIDE = 32
"""Pixels; below this there is no face to see."""
MAX_SIDE = 2048
"""Pixels; a larger photograph is reduced to this as it is read: no face needs more."""
MAX_PIXELS = 100_000_000
"""A picture of more is refused before it is decoded, for it may be a decompression bomb."""

# All that Pillow's decoders raise on damaged files; OSError is also "truncated".
_DAMAGED = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, struct.error)


def read_photo(path: Path | str, data: bytes | None = None) -> Image.Image:
    """The picture in a file: mode "RGB", upright, at most `MAX_SIDE` pixels on the longer side.

    With `data`, these are the file's bytes (an upload), and `path` only names it in messages.

    Follows the EXIF orientation, lays transparency on white, and takes grey, palette, CMYK and
    16-bit pictures. GanlibError if the file is missing, damaged, no picture, too small or too big.
    """
    path = Path(path)
    try:
        # Pillow's warnings (large, odd metadata) would only puzzle: what matters is said below.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path if data is None else io.BytesIO(data)) as file:
                image, size = _decode(file, path)
    except GanlibError:
        raise
    except FileNotFoundError as error:
        raise GanlibError(f"there is no file {path}; check the name and the folder.") from error
    except IsADirectoryError as error:
        raise GanlibError(f"{path} is a folder, but one picture is needed here.") from error
    except PermissionError as error:
        raise GanlibError(f"{path} may not be read; change its permissions.") from error
    except UnidentifiedImageError as error:
        raise GanlibError(
            f"{path} is not a picture of a known kind, whatever its name says; "
            "export it as JPEG or PNG (HEIC pictures of phones too)."
        ) from error
    except Image.DecompressionBombError as error:
        raise _too_large(path) from error
    except _DAMAGED as error:
        raise GanlibError(
            f"{path} is damaged or cut short ({error}); copy or download it again."
        ) from error
    if min(image.size) < MIN_SIDE:
        raise GanlibError(
            f"{path} is too small or too narrow for a face: {size[0]} × {size[1]} pixels; "
            f"give a photograph of at least {MIN_SIDE} × {MIN_SIDE}."
        )
    return image


def _decode(file: Image.Image, path: Path) -> tuple[Image.Image, tuple[int, int]]:
    """The upright 8-bit RGB picture, and the size that the file has."""
    size = file.size
    if size[0] * size[1] > MAX_PIXELS:
        raise _too_large(path)
    # A JPEG decodes straight to 1/2, 1/4 or 1/8: most of a huge one never comes into memory.
    file.draft(None, (MAX_SIDE, MAX_SIDE))
    file.load()
    try:
        upright = ImageOps.exif_transpose(file)
    except _DAMAGED:  # Broken metadata is no reason to refuse a picture that is whole.
        upright = file
    image = _to_rgb(upright)
    image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BICUBIC)
    return image, size


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _eight_bits(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    return image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 bits (65535 is white), or of floats, whose scale is guessed from the brightest."""
    grey = np.nan_to_num(np.asarray(image), nan=0.0, posinf=0.0, neginf=0.0)
    white = 65535
    if image.mode == "F":
        white = next((scale for scale in (1, 255) if grey.max() <= scale), 65535)
    grey = (grey.clip(0, white) * np.float32(255 / white)).round().astype(np.uint8)
    return Image.fromarray(grey).convert("RGB")


def _too_large(path: Path) -> GanlibError:
    return GanlibError(
        f"{path} has more than {MAX_PIXELS // 10**6} million pixels; save a smaller copy of it."
    )


def list_photos(paths: Iterable[Path | str]) -> list[Path]:
    """The files that `paths` mean, each once: a folder stands for the pictures in it, by name.

    Files are taken as they are, so that a bad one is reported when it is read and not before.
    GanlibError if a folder holds no picture. Hidden files and folders in a folder are left out.
    """
    found: dict[Path, None] = {}
    for path in map(Path, paths):
        try:
            if not path.is_dir():
                found[path] = None
                continue
            files = [p for p in sorted(path.iterdir()) if _is_photo(p)]
        except OSError as error:
            raise GanlibError(f"cannot look into {path}: {error.strerror or error}.") from error
        if not files:
            raise GanlibError(
                f"the folder {path} holds no picture ({', '.join(SUFFIXES)}); give another."
            )
        found |= dict.fromkeys(files)
    return list(found)


def _is_photo(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()


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
