"""Small pictures for tests, and files of them."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

RED, BLUE, GREEN = (220, 30, 40), (20, 40, 200), (30, 150, 60)


def two_halves(width=96, height=64):
    """Left red, right blue above and green below: shows turns and flips."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    image.paste(GREEN, (width // 2, height // 2, width, height))
    return image


def assert_two_halves(image, tolerance=6):
    assert image.mode == "RGB"
    for x, y, colour in ((1, 1, RED), (1, 3, RED), (3, 1, BLUE), (3, 3, GREEN)):
        pixel = image.getpixel((x * image.width // 4, y * image.height // 4))
        assert np.abs(np.subtract(pixel, colour)).max() <= tolerance, (x, y)


def saved(image, kind, **options):
    """The bytes of a file of that kind."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(kind, body):
    """A part of a PNG."""
    checksum = struct.pack(">I", zlib.crc32(kind + body))
    return struct.pack(">I", len(body)) + kind + body + checksum


def with_chunk(png, kind, body, last=False):
    """A PNG with one more part, behind its header or before its end."""
    at = len(png) - 12 if last else 33
    return png[:at] + chunk(kind, body) + png[at:]


def exif(orientation, odd=b"", order=">", kind=3):
    """EXIF with an orientation, after an odd entry of 12 bytes, if one is given."""
    value = struct.pack(order + {1: "Bxxx", 3: "Hxx", 4: "I"}[kind], orientation)
    entries = odd + struct.pack(order + "HHI", 0x0112, kind, 1) + value
    start = {">": b"MM\0*", "<": b"II*\0"}[order] + struct.pack(order + "I", 8)
    count = struct.pack(order + "H", len(entries) // 12)
    return b"Exif\0\0" + start + count + entries + bytes(4)


def profile(red=(0.64, 0.33), green=(0.21, 0.71), blue=(0.15, 0.06), gamma=2.2, space=b"RGB "):
    """An ICC profile of three primaries and one gamma (those of Adobe RGB), or grey, of D65."""

    def xyz(x, y):
        return np.array([x / y, 1, (1 - x - y) / y])

    def tag_xyz(value):
        return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(v * 65536) for v in value))

    d65, d50 = xyz(0.3127, 0.3290), np.array([0.9642, 1, 0.8249])
    bradford = np.array(
        [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
    )
    adapt = np.linalg.inv(bradford) @ np.diag(bradford @ d50 / (bradford @ d65)) @ bradford
    primaries = np.stack([xyz(*p) for p in (red, green, blue)], 1)
    primaries = adapt @ (primaries * np.linalg.solve(primaries, d65))
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    tags = {b"wtpt": tag_xyz(d50), b"desc": b"desc" + bytes(4) + struct.pack(">I", 1) + bytes(79)}
    tags[b"cprt"] = b"text" + bytes(8)
    if space == b"GRAY":
        tags[b"kTRC"] = curve
    else:
        for i, name in enumerate(b"rgb"):
            letter = bytes([name])
            tags[letter + b"XYZ"], tags[letter + b"TRC"] = tag_xyz(primaries[:, i]), curve
    table, body, at = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        value += bytes(-len(value) % 4)
        table += name + struct.pack(">II", at + len(body), len(value))
        body += value
    head = struct.pack(">I", at + len(body)) + b"\0\0\0\0\x02\x10\0\0mntr" + space + b"XYZ "
    head += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + table + body
