"""What stands beside the pixels: orientation, colour profiles, texts."""

import io
import struct
import zlib

import numpy as np
import pytest
from pictures import assert_two_halves, exif, profile, saved, two_halves, with_chunk
from PIL import Image, ImageCms

from ganlib.data.decode import read_photo

BACK = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a picture is stored that an orientation turns upright."""


def stored(orientation):
    image = two_halves()
    return image.transpose(BACK[orientation]) if orientation in BACK else image


def assert_upright(data, tolerance=16):
    image = read_photo("photo", data)
    assert image.size == (96, 64)
    assert_two_halves(image, tolerance)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "MPO"])
def test_exif_orientation_is_followed(kind, orientation):
    if kind == "TIFF":
        about = Image.Exif()
        about[0x0112] = orientation
        options = {"exif": about}
    else:
        options = {"exif": exif(orientation)[6 * (kind == "AVIF") :]}
    assert_upright(saved(stored(orientation), kind, **options))


ODD = {
    "beyond the end": struct.pack(">HHII", 0x010F, 2, 400, 9_000_000),
    "of an unknown type": struct.pack(">HHII", 0x010F, 99, 1, 0),
    "huge": struct.pack(">HHII", 0x010F, 12, 2**32 - 1, 8),
    "a fraction of nothing": struct.pack(">HHII", 0x011A, 5, 1, 8),
    "a directory that is none": struct.pack(">HHII", 0x8769, 4, 1, 2**32 - 1),
    "text in place of a number": struct.pack(">HHI4s", 0x0128, 2, 4, b"abc"),
    "maker's notes": struct.pack(">HHI4s", 0x927C, 7, 4, b"\xff\xfe\xfd\xfc"),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_an_odd_entry_does_not_hide_the_orientation(odd):
    assert_upright(saved(stored(6), "JPEG", exif=exif(6, odd)))


@pytest.mark.parametrize("kind", [1, 3, 4])
@pytest.mark.parametrize("order", "<>")
def test_the_orientation_in_all_its_forms(order, kind):
    assert_upright(saved(stored(8), "JPEG", exif=exif(8, b"", order, kind)))


def test_the_orientation_of_xmp():
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a tiff:Orientation="6"/></x:xmpmeta>'
    assert_upright(saved(stored(6), "JPEG", xmp=xmp))


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_is_none_is_ignored(orientation):
    assert_upright(saved(two_halves(), "JPEG", exif=exif(orientation)))


def test_broken_exif_is_ignored():
    assert_upright(saved(two_halves(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff broken"))


COLOURS = [(200, 60, 60), (60, 200, 60), (60, 60, 200), (224, 172, 140), (128, 128, 128)]


def patches(colours=COLOURS):
    image = Image.new("RGB", (32 * len(colours), 32))
    for i, colour in enumerate(colours):
        image.paste(colour, (32 * i, 0, 32 * i + 32, 32))
    return image


def seen(data):
    image = read_photo("photo", data)
    return np.array([image.getpixel((32 * i + 16, 16)) for i in range(len(COLOURS))])


def as_srgb(values):
    """What colours of Adobe RGB (1998) are in sRGB, by the numbers of both standards."""
    to_xyz = np.array(
        [[0.57667, 0.18556, 0.18823], [0.29734, 0.62736, 0.07529], [0.02703, 0.07069, 0.99134]]
    )
    from_xyz = np.array(
        [[3.24097, -1.53738, -0.49861], [-0.96924, 1.87597, 0.04156], [0.05563, -0.20398, 1.05697]]
    )
    linear = (np.array(values) / 255) ** (563 / 256) @ to_xyz.T @ from_xyz.T
    linear = linear.clip(0, 1)
    return 255 * np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG", "WEBP"])
def test_colours_of_a_profile_are_those_of_srgb(kind):
    lossless = {"JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}}
    data = saved(patches(), kind, icc_profile=profile(), **lossless.get(kind, {}))
    assert np.abs(seen(data) - as_srgb(COLOURS)).max() <= 2.5
    assert np.abs(as_srgb(COLOURS) - COLOURS).max() > 20


def test_colours_under_transparency_and_of_palettes_have_profiles_too():
    clear = patches()
    clear.putalpha(255)
    clear.putpixel((0, 0), (0, 0, 0, 0))
    for image in (clear, patches().quantize(8)):
        data = saved(image, "PNG", icc_profile=profile())
        assert np.abs(seen(data) - as_srgb(COLOURS)).max() <= 2.5
    assert read_photo("photo", saved(clear, "PNG", icc_profile=profile())).getpixel((0, 0)) == (
        255,
        255,
        255,
    )


def test_grey_has_profiles_too():
    grey = Image.new("L", (64, 64), 128)
    linear = profile(gamma=1, space=b"GRAY")
    (level,) = set(read_photo("a", saved(grey, "PNG", icc_profile=linear)).getpixel((9, 9)))
    assert abs(level - 188) <= 1
    of_rgb = read_photo("a", saved(grey, "PNG", icc_profile=profile(gamma=1)))
    assert abs(of_rgb.getpixel((9, 9))[0] - 188) <= 1


PAPER, INK = bytes([255, 128, 128]), bytes([0, 128, 128])


def test_prints_have_profiles_too():
    """A press on which cyan alone darkens, from L* = 100 to 0."""
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0])
    table += struct.pack(">9i", *(65536 * (i % 4 == 0) for i in range(9)))
    table += bytes(range(256)) * 4 + PAPER * 8 + INK * 8 + bytes(range(256)) * 3
    body = profile()
    head = body[4:12] + b"prtr" + b"CMYK" + b"Lab " + body[24:128]
    tags = struct.pack(">I4sII", 1, b"A2B0", 144, len(table))
    press = struct.pack(">I", 144 + len(table)) + head + tags + table
    image = Image.new("CMYK", (64, 64), (128, 200, 90, 10))
    for kind in ("JPEG", "TIFF"):
        pixel = read_photo("a", saved(image, kind, icc_profile=press)).getpixel((9, 9))
        assert np.abs(np.subtract(pixel, 119)).max() <= 3, pixel


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize(
    "broken",
    [b"", b"no profile", SRGB[:200], bytes(500), profile(space=b"GRAY"), SRGB[:128] + bytes(400)],
    ids=["empty", "text", "cut", "zeros", "of another space", "without tags"],
)
def test_a_profile_that_is_damaged_or_does_not_fit_is_ignored(broken):
    assert np.array_equal(seen(saved(patches(), "PNG", icc_profile=broken)), COLOURS)


def test_no_byte_of_a_profile_makes_a_picture_unreadable():
    rng = np.random.default_rng(0)
    whole = np.frombuffer(profile(), np.uint8)
    for _ in range(100):
        changed = whole.copy()
        changed[rng.integers(0, len(whole), 4)] = rng.integers(0, 256, 4)
        assert seen(saved(patches(), "PNG", icc_profile=changed.tobytes())).shape == (5, 3)


@pytest.mark.parametrize("last", [False, True], ids=["before", "behind"])
def test_a_png_may_have_any_amount_of_text(last, monkeypatch):
    """Of a profile of a megabyte, of a history of edits, of more than is ever read."""
    png = saved(two_halves(), "PNG")
    noise = np.random.default_rng(0).bytes(1_200_000)
    text = zlib.compress(b"A" * 20_000_000, 1)
    for kind, body in (
        (b"iCCP", b"large\0\0" + zlib.compress(noise, 1)),
        (b"zTXt", b"history\0\0" + zlib.compress(noise.hex().encode(), 1)),
        (b"zTXt", b"history\0\0" + text),
        (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + text),
    ):
        assert_two_halves(read_photo("a.png", with_chunk(png, kind, body, last)))
    many, text = png, zlib.compress(b"B" * 15_000_000, 1)
    for _ in range(6):
        many = with_chunk(many, b"zTXt", b"k\0\0" + text, last)
    assert_two_halves(read_photo("a.png", many))


def test_pillow_would_refuse_that_much():
    """Else the test above tests nothing."""
    png = with_chunk(saved(two_halves(), "PNG"), b"zTXt", b"k\0\0" + zlib.compress(bytes(2 << 20)))
    with pytest.raises(ValueError, match="MAX_TEXT_CHUNK"):
        Image.open(io.BytesIO(png)).load()
