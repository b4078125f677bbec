"""Damaged files of pictures, the same for the same seed, and a process that reads them."""

import io
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from pictures import exif, profile
from PIL import Image, ImageDraw

KINDS = {
    **{name: (name, {}) for name in ("PNG", "GIF", "BMP", "DIB", "WEBP", "AVIF", "TGA", "PCX")},
    **{name: (name, {}) for name in ("SGI", "ICO", "ICNS", "DDS", "EPS", "PDF", "IM", "QOI")},
    **{name: (name, {}) for name in ("MSP", "XBM", "SPIDER", "PPM", "JPEG2000", "BLP")},
    "JPEG": ("JPEG", {"exif": exif(6), "icc_profile": profile()}),
    "JPEG, progressive": ("JPEG", {"progressive": True}),
    "MPO": ("MPO", {"save_all": True}),
    "PNG, with all there is": ("PNG", {"exif": exif(3), "icc_profile": profile()}),
    "GIF, moving": ("GIF", {"save_all": True, "duration": 40}),
    "WEBP, lossless": ("WEBP", {"lossless": True, "exif": exif(8)}),
    "J2K": ("JPEG2000", {"no_jp2": True}),
    **{
        f"TIFF, {name}": ("TIFF", {"compression": name})
        for name in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "group4")
    },
}
"""What is written, in Pillow's words: most kinds that it can."""
MODES = {
    **dict.fromkeys(("MSP", "XBM", "TIFF, group4"), "1"),
    **dict.fromkeys(("GIF", "GIF, moving", "BLP"), "P"),
    **{"SPIDER": "F", "PNG": "RGBA", "BMP": "L"},
}


def picture(mode: str) -> Image.Image:
    """Small, with something of everything."""
    image = Image.linear_gradient("L").resize((80, 60)).convert("RGB")
    draw = ImageDraw.Draw(image)
    draw.ellipse((20, 10, 60, 50), (220, 30, 40))
    draw.line((0, 59, 79, 0), (20, 40, 200), 3)
    return image.quantize(32) if mode == "P" else image.convert(mode)


def whole_files() -> dict[str, bytes]:
    """{kind: a file of it}, of all kinds that Pillow was built with."""
    files = {}
    for name, (kind, options) in KINDS.items():
        buffer = io.BytesIO()
        more = {"append_images": [picture(MODES.get(name, "RGB"))] * ("save_all" in options)}
        try:
            picture(MODES.get(name, "RGB")).save(buffer, kind, **options, **more)
        except (KeyError, OSError):
            continue
        files[name] = buffer.getvalue()
    return files


def damaged(whole: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """A file with bits flipped, bytes changed, cut, doubled, or with the head of another kind."""
    data = bytearray(whole)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at = chance.randrange(min(len(data), chance.choice((128, len(data)))))
        way = chance.randrange(7)
        if way == 0:
            data[at : at + 1] = bytes([data[at] ^ 1 << chance.randrange(8)])
        elif way == 1:
            n = chance.choice((1, 2, 4))
            data[at : at + n] = chance.choice((b"\0" * n, b"\xff" * n, chance.randbytes(n)))
        elif way == 2:
            data = data[: max(1, at)]
        elif way == 3:
            data[at:at] = chance.randbytes(chance.randrange(1, 64))
        elif way == 4:
            del data[at : at + chance.randrange(1, 64)]
        elif way == 5:
            data[at:at] = data[at : at + chance.randrange(1, 999)]
        else:
            other = chance.choice(others)
            n = chance.choice((4, 12, 32))
            data[:n] = other[:n]
        if not data:
            data = bytearray(b"\0")
    return bytes(data)


def files(seed: int, n: int) -> Iterator[tuple[str, bytes]]:
    """n damaged files (kind, bytes), all kinds in turn."""
    chance, made = random.Random(seed), whole_files()
    others, names = list(made.values()), list(made)
    for i in range(n):
        name = names[i % len(names)]
        yield name, damaged(made[name], others, chance)


def main(seed: int, n: int) -> None:
    """Read them, and say of each: its number, before; what became of it, after."""
    from ganlib.core.errors import GanlibError
    from ganlib.data.decode import read_photo

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "damaged"
        for i, (kind, data) in enumerate(files(seed, n)):
            path.write_bytes(data)
            print(f"{i}\t{kind}", end="\t", flush=True)
            start = time.perf_counter()
            try:
                image = read_photo(path)
                said = f"read {image.mode} {max(image.size) <= 2048}"
            except GanlibError as error:
                said = f"refused {str(path) in str(error)} {chr(10) in str(error)}"
            except BaseException as error:
                said = f"escaped {error!r}"
            print(f"{time.perf_counter() - start:.3f}\t{said}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
