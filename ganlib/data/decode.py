"""Photographs decoded into one form, 8-bit sRGB the right way up, whatever wrote them.

What cannot be read is refused with a sentence that names the file, whatever its decoder raised."""

import errno
import io
import os
import stat
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageChops, PngImagePlugin, UnidentifiedImageError

from ganlib.core.errors import GanlibError
from ganlib.data.srgb import upright_srgb

MIN_SIDE = 32
"""Pixels; below this there is no face to see."""
MAX_SIDE = 2048
"""Pixels; a larger photograph is reduced to this as it is read: no face needs more."""
MAX_PIXELS = 100_000_000
"""More are never decoded: such a picture may be a decompression bomb."""
MAX_STORED = 4 * MAX_PIXELS
"""What a JPEG may have: it is decoded at down to an eighth of its sides."""
METADATA = 16 << 20
"""Bytes of one part of a PNG's metadata; colour profiles have up to a few million."""
NOT_DECODED = ("EPS", "WMF", "GRIB", "HDF5", "BUFR", "MPEG")
"""Kinds that Pillow hands to other programs, or knows by name only."""
HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_LIMITS = threading.RLock()


def read_photo(path: Path | str, data: bytes | None = None) -> Image.Image:
    """The picture in a file: mode "RGB", upright, at most `MAX_SIDE` pixels on the longer side.

    With `data`, these are the file's bytes (an upload), and `path` only names it in messages.

    Follows the EXIF orientation, turns the colours of a profile into those of sRGB, lays
    transparency on white, and takes grey, palette, CMYK and 16-bit pictures; of several pictures in
    a file, the first. GanlibError if the file is missing, damaged, no picture, too small or too
    big."""
    with _reading(path, data) as file:
        with _decoding(path):
            image, size = _decode(file, path)
        image = upright_srgb(image, MAX_SIDE)
    if min(image.size) < MIN_SIDE:
        raise GanlibError(
            f"{path} is too small or too narrow for a face: {size[0]} × {size[1]} pixels; "
            f"give a photograph of at least {MIN_SIDE} × {MIN_SIDE}."
        )
    return image


def check_photo(path: Path) -> None:
    """GanlibError, as from `read_photo`, unless a file begins as a picture does."""
    with _reading(path, None) as file, _decoding(path):
        _opened(file, path)


@contextmanager
def _reading(path: Path | str, data: bytes | None) -> Iterator[BinaryIO]:
    """A file of a picture; what the system raises, and too little memory, become a GanlibError."""
    head = b""
    try:
        with io.BytesIO(data) if data is not None else _regular(Path(path)) as file, _limits():
            head = file.read(32)
            file.seek(0)
            yield file
    except (FileNotFoundError, NotADirectoryError) as error:
        gone = f"{path} is a link to a file that is gone"
        problem = gone if Path(path).is_symlink() else f"there is no file {path}"
        raise GanlibError(f"{problem}; check the name and the folder.") from error
    except IsADirectoryError as error:
        raise GanlibError(f"{path} is a folder, not a picture; name it by itself.") from error
    except PermissionError as error:
        raise GanlibError(f"{path} may not be read; change its permissions.") from error
    except UnidentifiedImageError as error:
        raise GanlibError(f"{path} {_unknown(head)}") from error
    except Image.DecompressionBombError as error:
        most = f"{MAX_PIXELS // 10**6} million pixels to decode"
        raise GanlibError(f"{path} has more than {most}; save a smaller copy of it.") from error
    except MemoryError as error:
        problem = f"there is not enough memory to read {path}; close other programs"
        raise GanlibError(f"{problem}, or save a smaller copy of it.") from error
    except OSError as error:
        raise GanlibError(f"{path} {_why(error)}") from error


@contextmanager
def _decoding(path: Path | str) -> Iterator[None]:
    """Only around a decoder: its errors become a GanlibError, if `_reading` knows no better."""
    try:
        yield
    except (GanlibError, OSError, MemoryError, Image.DecompressionBombError):
        raise
    except Exception as error:  # Pillow's plugins raise what they like.
        raise GanlibError(f"{path} {_why(error)}") from error


def _regular(path: Path) -> BinaryIO:
    """A file, opened; a pipe would keep us waiting, and a device might never end."""
    mode = os.stat(path).st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(path)
    if not stat.S_ISREG(mode):
        raise GanlibError(f"{path} is a pipe or a device; save the picture as a file.")
    return path.open("rb")


def _why(error: Exception) -> str:
    number, named = getattr(error, "errno", None), getattr(error, "filename", None)
    if number == errno.ELOOP:
        return "is a link that leads in a circle; name the picture itself."
    if number in (errno.EINVAL, errno.ENAMETOOLONG) and named:
        return "is no name of a file here; check it."
    if number and number != errno.EINVAL:  # which damaged pictures lead to
        return f"could not be read ({os.strerror(number)}); copy it to this computer's own disk."
    said = " ".join(str(error).split())[:120] or type(error).__name__
    return f"is damaged or cut short ({said}); copy or download it again."


def _unknown(head: bytes) -> str:
    """What to say of a file that is no picture to Pillow, by its first bytes."""
    if not head:
        return "is empty: not one byte is in it; copy or download it again."
    if head[4:8] == b"ftyp" and any(brand in head[8:] for brand in HEIC) and b"avif" not in head:
        if "HEIF" not in Image.OPEN:
            mend = 'pip install "ganlib[heic]"; or export it as JPEG.'
            return f"is a HEIC picture, which one more package reads: {mend}"
        return "is a damaged HEIC picture; copy or download it again."
    if head.startswith((b"%PDF", b"%!PS", b"\xc5\xd0\xd3\xc6")):
        return "is a document, which is not opened here; export the picture in it as JPEG or PNG."
    return "is not a picture of a known kind, whatever its name says; export it as JPEG or PNG."


@contextmanager
def _limits() -> Iterator[None]:
    """Pillow's limits, which are the process's, set to ours for as long as a file is read."""
    png = PngImagePlugin
    with _LIMITS, warnings.catch_warnings():
        # Pillow's warnings (large, odd metadata) would only puzzle: what matters is said.
        warnings.simplefilter("ignore")
        before = Image.MAX_IMAGE_PIXELS, png.MAX_TEXT_CHUNK, png.MAX_TEXT_MEMORY
        # Pillow refuses twice as many pixels as it warns of.
        Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2
        png.MAX_TEXT_CHUNK, png.MAX_TEXT_MEMORY = METADATA, 4 * METADATA
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS, png.MAX_TEXT_CHUNK, png.MAX_TEXT_MEMORY = before


@cache
def _kinds() -> tuple[str, ...]:
    """The kinds of pictures that are read: Pillow's, and HEIC where the extra is installed."""
    Image.init()
    try:
        import_module("pillow_heif").register_heif_opener()
    except ImportError:
        pass
    return tuple(kind for kind in Image.ID if kind not in NOT_DECODED)


def _opened(file: BinaryIO, path: Path | str) -> Image.Image:
    """A picture whose header alone is read."""
    try:
        image = Image.open(file, formats=_kinds())
    except Image.DecompressionBombError as bomb:
        file.seek(0)
        Image.MAX_IMAGE_PIXELS = MAX_STORED // 2
        try:
            return Image.open(file, formats=("JPEG",))
        except UnidentifiedImageError:
            raise bomb from None
    except ValueError:  # of more text in a PNG than Pillow takes
        file.seek(0)
        if not (data := file.read()).startswith(b"\x89PNG\r\n\x1a\n"):
            raise
        return _without_text(data)
    if image.format == "TIFF" and getattr(image, "tag_v2", {}).get(0xFE, 0) & 1:
        problem = f"{path} is a camera's raw file, and only a small preview in it is a picture"
        raise GanlibError(f"{problem}; export it as JPEG.")
    return image


def _decode(file: BinaryIO, path: Path | str) -> tuple[Image.Image, tuple[int, int]]:
    """(the picture as it is stored, reduced if that saves time; the size that the file says)."""
    image = _opened(file, path)
    size = image.size
    _reduce(image)
    try:
        image.load()
    except (OSError, ValueError):
        file.seek(0)
        mended = {"JPEG": _with_end, "MPO": _with_end, "PNG": _without_text}.get(image.format or "")
        if mended is None:
            raise
        image = mended(file.read())
    return image, size


def _reduce(image: Image.Image) -> None:
    """Have a JPEG decoded at 1/2, 1/4 or 1/8, as far as it stays larger than `MAX_SIDE`."""
    scale = max(1.0, max(image.size) / MAX_SIDE)
    image.draft(None, (max(1, round(image.width / scale)), max(1, round(image.height / scale))))
    if image.width * image.height > MAX_PIXELS:
        raise Image.DecompressionBombError


def _with_end(data: bytes) -> Image.Image:
    """A JPEG whose end marker is missing; OSError if more is.

    Whatever follows the last pixel decides none: two different endings then give one picture."""
    ends = (bytes(512), bytes(range(1, 255)) * 2)
    first, second = (
        Image.open(io.BytesIO(data.rstrip(b"\xff") + end + b"\xff\xd9"), formats=("JPEG",))
        for end in ends
    )
    _reduce(first)
    _reduce(second)
    if ImageChops.difference(first, second).getbbox():
        raise OSError("its end is missing")
    return first


def _without_text(data: bytes) -> Image.Image:
    """A PNG without the texts in it, of which there are too many for Pillow."""
    kept, at = [data[:8]], 8
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] not in (b"tEXt", b"zTXt", b"iTXt"):
            kept.append(data[at:end])
        at = end
    image = Image.open(io.BytesIO(b"".join(kept)), formats=("PNG",))
    image.load()
    return image
