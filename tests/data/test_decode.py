"""What people call a photograph is read, or refused with a sentence that names it."""

import errno
import io
import struct
import subprocess
import zlib

import numpy as np
import pytest
from pictures import RED, assert_two_halves, chunk, saved, two_halves
from PIL import Image

from ganlib.core.errors import GanlibError
from ganlib.data import decode, srgb
from ganlib.data.decode import MAX_PIXELS, MAX_SIDE, check_photo, read_photo


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.bmp", "a.tiff", "a.JPEG"])
def test_common_formats(tmp_path, name):
    two_halves().save(tmp_path / name)
    image = read_photo(tmp_path / name)
    assert image.size == (96, 64)
    assert_two_halves(image, tolerance=16)


def test_a_name_without_a_suffix_is_no_obstacle(tmp_path):
    two_halves().save(tmp_path / "photo", format="PNG")
    assert_two_halves(read_photo(str(tmp_path / "photo")))


def test_transparency_is_laid_on_white(tmp_path):
    clear = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    half = Image.new("LA", (64, 64), (0, 128))
    palette = two_halves(64, 64).quantize(4)
    palette.info["transparency"] = palette.getpixel((5, 5))
    for name, image, expected in (
        ("clear", clear, (255, 255, 255)),
        ("half", half, (127, 127, 127)),
        ("palette", palette, (255, 255, 255)),
    ):
        path = tmp_path / f"{name}.png"
        image.save(path, **({"transparency": image.info["transparency"]} if image.info else {}))
        assert read_photo(path).getpixel((5, 5)) == expected, name


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr"])
def test_other_colour_modes(tmp_path, mode):
    grey = Image.new("RGB", (64, 64), "white")
    path = tmp_path / ("a.jpg" if mode in ("CMYK", "YCbCr") else "a.png")
    grey.convert(mode).save(path)
    image = read_photo(path)
    assert image.mode == "RGB"
    assert min(image.getpixel((30, 30))) >= 253


def test_cmyk_keeps_its_colours(tmp_path):
    two_halves().convert("CMYK").save(tmp_path / "print.jpg", quality=95)
    assert_two_halves(read_photo(tmp_path / "print.jpg"), tolerance=12)


def test_sixteen_bit_grey(tmp_path):
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)[None].repeat(64, 0)
    for name in ("a.png", "a.tiff"):
        Image.fromarray(ramp).save(tmp_path / name)
        pixels = np.asarray(read_photo(tmp_path / name))
        assert np.array_equal(pixels[0, :, 0], np.arange(256))
        assert np.ptp(pixels, axis=2).max() == 0


def test_sixteen_bit_colour(tmp_path):
    """Pillow cannot write such a PNG, so this one is put together by hand."""
    rows = np.zeros((64, 64, 3), dtype=">u2")
    rows[:] = np.array(RED, dtype=np.uint16) * 257
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", 64, 64, 16, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    (tmp_path / "deep.png").write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    assert read_photo(tmp_path / "deep.png").getpixel((9, 9)) == RED


@pytest.mark.parametrize("white", [1, 255, 65535])
def test_floats_are_scaled_by_their_brightest(tmp_path, white):
    ramp = np.linspace(0, white, 256, dtype=np.float32)[None].repeat(64, 0)
    ramp[0, 0] = np.nan
    Image.fromarray(ramp).save(tmp_path / "a.tiff")
    assert np.array_equal(np.asarray(read_photo(tmp_path / "a.tiff"))[1, :, 0], np.arange(256))


@pytest.mark.parametrize(("name", "decoded"), [("a.jpg", (3650, 2750)), ("a.png", (7300, 5500))])
def test_forty_megapixels(tmp_path, name, decoded, monkeypatch):
    """Of a JPEG no more is decoded than is needed."""
    sizes = []

    def upright(image, most):
        sizes.append(image.size)
        return srgb.upright_srgb(image, most)

    monkeypatch.setattr(decode, "upright_srgb", upright)
    size = (7300, 5500)
    Image.new("RGB", size, RED).save(tmp_path / name)
    image = read_photo(tmp_path / name)
    assert sizes == [decoded] and max(image.size) <= MAX_SIDE
    assert image.width / image.height == pytest.approx(size[0] / size[1], rel=0.01)


@pytest.mark.parametrize("size", [(12_000, 9_000), (16_320, 12_240)])
def test_the_largest_photographs_of_phones_are_decoded_at_a_part_of_their_size(size):
    """108 and 200 megapixels, of which a quarter of each side, or less, is decoded."""
    grey = saved(Image.new("L", size, 90), "JPEG")
    image = read_photo("phone.jpg", grey)
    assert max(image.size) == MAX_SIDE and image.getpixel((9, 9)) == (90, 90, 90)


def test_a_decompression_bomb_is_refused_before_it_is_decoded(tmp_path):
    for side in (int(MAX_PIXELS**0.5) + 1, 14_000):
        # One bit a pixel, so that the file is made quickly; its size is all that is looked at.
        Image.new("1", (side, side)).save(tmp_path / "bomb.png")
        with pytest.raises(GanlibError, match="bomb.png has more than 100 million pixels"):
            read_photo(tmp_path / "bomb.png")


@pytest.mark.parametrize("kind", ["JPEG", "ICO"])
def test_a_bomb_in_a_small_coat_is_refused_too(kind, monkeypatch):
    """A JPEG of more pixels than any camera's, and a large PNG within an icon of 64 pixels."""
    monkeypatch.setattr(decode, "MAX_PIXELS", 10_000)
    monkeypatch.setattr(decode, "MAX_STORED", 40_000)
    if kind == "JPEG":
        data = saved(Image.new("L", (256, 256)), kind)
    else:
        png = saved(Image.new("RGB", (128, 128)), "PNG")
        entry = struct.pack("<4B2H2I", 64, 64, 0, 0, 1, 32, len(png), 22)
        data = struct.pack("<3H", 0, 1, 1) + entry + png
    with pytest.raises(GanlibError, match="bomb has more than"):
        read_photo("bomb", data)


def test_pillows_own_limits_are_what_they_were(tmp_path):
    before = Image.MAX_IMAGE_PIXELS
    read_photo("a.png", saved(two_halves(), "PNG"))
    with pytest.raises(GanlibError):
        read_photo(tmp_path)
    assert before == Image.MAX_IMAGE_PIXELS


def bad_files(folder):
    """(path, what the sentence must say)."""
    buffer = io.BytesIO()
    Image.effect_noise((128, 128), 90).convert("RGB").save(buffer, "JPEG")
    (folder / "cut.jpg").write_bytes(buffer.getvalue()[: buffer.tell() // 2])
    buffer = io.BytesIO()
    Image.effect_noise((128, 128), 90).save(buffer, "PNG")
    (folder / "cut.png").write_bytes(buffer.getvalue()[: len(buffer.getvalue()) // 2])
    (folder / "text.jpg").write_text("this is not a photograph\n" * 20)
    (folder / "empty.png").touch()
    (folder / "print.jpg").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n")
    (folder / "gone.jpg").symlink_to("nowhere")
    (folder / "circle.jpg").symlink_to("circle.jpg")
    Image.new("RGB", (1, 1)).save(folder / "dot.png")
    Image.new("RGB", (9000, 40)).save(folder / "strip.png")
    Image.new("RGB", (20_000, 4)).save(folder / "line.jpg")
    (folder / "folder.jpg").mkdir()
    return [
        (folder / "missing.jpg", "there is no file"),
        (folder / "cut.jpg", "damaged or cut short"),
        (folder / "cut.png", "damaged or cut short"),
        (folder / "text.jpg", "not a picture"),
        (folder / "empty.png", "is empty"),
        (folder / "print.jpg", "is a document"),
        (folder / "gone.jpg", "a link to a file that is gone"),
        (folder / "circle.jpg", "a link that leads in a circle"),
        (folder / "dot.png", "too small .* 1 × 1"),
        (folder / "strip.png", "too narrow .* 9000 × 40"),
        (folder / "line.jpg", "too narrow .* 20000 × 4"),
        (folder / "dot.png" / "a.jpg", "there is no file"),
        (folder / "folder.jpg", "is a folder"),
    ]


def test_every_bad_file_is_named_in_one_line(tmp_path):
    for path, says in bad_files(tmp_path):
        with pytest.raises(GanlibError, match=says) as caught:
            read_photo(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"optimize": True}])
@pytest.mark.parametrize("lost", [1, 2])
def test_a_jpeg_that_lacks_its_end_marker_alone_is_whole(options, lost):
    image = Image.effect_noise((200, 120), 60).convert("RGB")
    data = saved(image, "JPEG", **options)
    whole = np.asarray(read_photo("a.jpg", data))
    assert np.array_equal(read_photo("a.jpg", data[:-lost]), whole)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("size", [(200, 120), (4200, 300)])
def test_a_jpeg_that_lacks_more_is_refused(progressive, size):
    tile = Image.effect_noise((200, 120), 60).convert("RGB").resize(size)
    data = saved(tile, "JPEG", progressive=progressive)
    for share in (0.5, 0.9, 0.99):
        with pytest.raises(GanlibError, match="damaged or cut short"):
            read_photo("a.jpg", data[: int(share * len(data))])


class OddError(Exception):
    """What no decoder of today raises."""


@pytest.mark.parametrize(
    ("raised", "says"),
    [
        (RuntimeError("Failed to decode frame 0"), r"damaged or cut short \(Failed to decode"),
        (NotImplementedError(), r"damaged or cut short \(NotImplementedError\)"),
        (OddError("line\nline"), r"damaged or cut short \(line line\)"),
        (AssertionError(), "damaged"),
        (RecursionError("deep"), "damaged"),
        (MemoryError(), "not enough memory to read a.png"),
        (OSError(5, "Input/output error"), r"could not be read \(Input/output error\)"),
    ],
)
@pytest.mark.parametrize("stage", ["open", "load"])
def test_whatever_a_decoder_raises_becomes_a_sentence(raised, says, stage, monkeypatch):
    data = saved(two_halves(), "PNG")

    def fail(*_, **__):
        raise raised

    plugin = Image.OPEN["PNG"][0]
    monkeypatch.setattr(plugin if stage == "load" else Image, stage, fail)
    with pytest.raises(GanlibError, match=says) as caught:
        read_photo("a.png", data)
    assert "a.png" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("raised", "says"),
    [
        (OSError(errno.EINVAL, "Invalid argument", "a?.png"), "a.png is no name of a file here"),
        (OSError(errno.EINVAL, "Invalid argument"), "a.png is damaged"),  # of a seek before 0
    ],
)
def test_a_name_that_cannot_be_is_told_from_a_damaged_file(raised, says, monkeypatch):
    def fail(*_):
        raise raised

    monkeypatch.setattr(decode, "_opened", fail)
    with pytest.raises(GanlibError, match=says):
        read_photo("a.png", b"")


def test_a_mistake_of_ours_is_no_damage_of_a_file(monkeypatch):
    """But too little memory is told."""
    data, raised = saved(two_halves(), "PNG"), [TypeError("ours"), MemoryError()]

    def fail(*_):
        raise raised.pop(0)

    monkeypatch.setattr(decode, "upright_srgb", fail)
    with pytest.raises(TypeError, match="ours"):
        read_photo("a.png", data)
    with pytest.raises(GanlibError, match="not enough memory to read a.png"):
        read_photo("a.png", data)


def test_only_a_png_is_read_again_without_its_texts(monkeypatch):
    data = saved(two_halves(), "GIF")

    def fail(*_, **__):
        raise ValueError("odd")

    monkeypatch.setattr(decode.Image, "open", fail)
    monkeypatch.setattr(decode, "_without_text", lambda data: pytest.fail("read again"))
    with pytest.raises(GanlibError, match=r"damaged or cut short \(odd\)"):
        read_photo("a.gif", data)


def test_no_other_program_is_started(tmp_path, monkeypatch):
    """Pillow hands EPS to Ghostscript."""
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("started a program"))
    (tmp_path / "a.jpg").write_bytes(saved(two_halves(), "EPS"))
    with pytest.raises(GanlibError, match="is a document"):
        read_photo(tmp_path / "a.jpg")


def test_the_preview_in_a_raw_file_is_not_taken_for_the_photograph(tmp_path):
    data = saved(two_halves(), "TIFF", tiffinfo={0xFE: 1})
    with pytest.raises(GanlibError, match="is a camera's raw file"):
        read_photo("a.nef", data)
    (tmp_path / "a.nef").write_bytes(data)
    with pytest.raises(GanlibError, match="is a camera's raw file"):
        check_photo(tmp_path / "a.nef")


def test_heic_is_read_where_the_extra_is_installed(tmp_path):
    heif = pytest.importorskip("pillow_heif", reason="needs the `heic` extra")
    heif.from_pillow(two_halves()).save(tmp_path / "a.heic")
    assert_two_halves(read_photo(tmp_path / "a.heic"), tolerance=16)
