"""What people call a photograph is read, or refused with a sentence that names it."""

import io
import stat
import struct
import tracemalloc
import warnings
import zlib

import numpy as np
import pytest
import torch
from PIL import Image

from ganlib.core.errors import GanlibError
from ganlib.data.images import (
    MAX_PIXELS,
    MAX_SIDE,
    list_photos,
    read_photo,
    save_png,
    to_pil,
    to_tensor,
)

RED, BLUE = (220, 30, 40), (20, 40, 200)


def two_halves(width=96, height=64):
    """Left red, right blue: shows turns and flips."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    return image


def assert_two_halves(image, tolerance=6):
    assert image.mode == "RGB"
    for x, colour in ((0.2, RED), (0.8, BLUE)):
        pixel = image.getpixel((int(x * image.width), image.height // 2))
        assert np.abs(np.subtract(pixel, colour)).max() <= tolerance


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.bmp", "a.tiff", "a.JPEG"])
def test_common_formats(tmp_path, name):
    two_halves().save(tmp_path / name)
    image = read_photo(tmp_path / name)
    assert image.size == (96, 64)
    assert_two_halves(image, tolerance=16)


def test_a_name_without_a_suffix_is_no_obstacle(tmp_path):
    two_halves().save(tmp_path / "photo", format="PNG")
    assert_two_halves(read_photo(str(tmp_path / "photo")))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_followed(tmp_path, orientation):
    back = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = two_halves()
    if orientation in back:
        stored = stored.transpose(back[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "phone.jpg", exif=exif, quality=95)
    image = read_photo(tmp_path / "phone.jpg")
    assert image.size == (96, 64)
    assert_two_halves(image, tolerance=12)


def test_broken_exif_is_ignored(tmp_path):
    two_halves().save(tmp_path / "a.jpg", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff broken")
    assert read_photo(tmp_path / "a.jpg").size == (96, 64)


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

    def chunk(kind, body):
        checksum = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + checksum

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


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_forty_megapixels(tmp_path, name):
    size = (7300, 5500)
    Image.new("RGB", size, RED).save(tmp_path / name)
    tracemalloc.start()  # Pillow's own buffers are not traced: this bounds what we add to them.
    image = read_photo(tmp_path / name)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert max(image.size) <= MAX_SIDE
    assert image.width / image.height == pytest.approx(size[0] / size[1], rel=0.01)
    assert peak < 50e6


def test_a_decompression_bomb_is_refused_before_it_is_decoded(tmp_path):
    for side in (int(MAX_PIXELS**0.5) + 1, 14_000):
        # One bit a pixel, so that the file is made quickly; its size is all that is looked at.
        Image.new("1", (side, side)).save(tmp_path / "bomb.png")
        with pytest.raises(GanlibError, match="bomb.png has more than 100 million pixels"):
            read_photo(tmp_path / "bomb.png")


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
    Image.new("RGB", (1, 1)).save(folder / "dot.png")
    Image.new("RGB", (9000, 40)).save(folder / "strip.png")
    (folder / "folder.jpg").mkdir()
    return [
        (folder / "missing.jpg", "there is no file"),
        (folder / "cut.jpg", "damaged or cut short"),
        (folder / "cut.png", "damaged or cut short"),
        (folder / "text.jpg", "not a picture"),
        (folder / "empty.png", "not a picture"),
        (folder / "dot.png", "too small .* 1 × 1"),
        (folder / "strip.png", "too narrow .* 9000 × 40"),
        (folder / "folder.jpg", "is a folder"),
    ]


def test_every_bad_file_is_named_in_one_line(tmp_path):
    for path, says in bad_files(tmp_path):
        with pytest.raises(GanlibError, match=says) as caught:
            read_photo(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


def test_no_damaged_png_or_jpeg_escapes_as_another_error(tmp_path):
    """Bytes flipped at random: read, or refused; never an exception of the decoder's."""
    rng = np.random.default_rng(0)
    for kind in ("JPEG", "PNG", "TIFF", "GIF"):
        buffer = io.BytesIO()
        two_halves().save(buffer, kind)
        whole = np.frombuffer(buffer.getvalue(), np.uint8)
        for _ in range(60):
            damaged = whole.copy()
            damaged[rng.integers(0, min(600, len(whole)), 6)] = rng.integers(0, 256, 6)
            (tmp_path / "damaged").write_bytes(damaged.tobytes())
            try:
                with warnings.catch_warnings(action="error"):
                    assert read_photo(tmp_path / "damaged").mode == "RGB"
            except GanlibError as error:
                assert "damaged" in str(error)


def test_list_photos(tmp_path):
    for name in ("b.jpg", "a.PNG", "notes.txt", "._b.jpg"):
        (tmp_path / name).touch()
    (tmp_path / "inner.jpg").mkdir()
    missing = tmp_path / "missing.jpg"
    listed = list_photos([missing, tmp_path / "b.jpg", tmp_path])
    assert listed == [missing, tmp_path / "b.jpg", tmp_path / "a.PNG"]
    with pytest.raises(GanlibError, match="holds no picture"):
        list_photos([tmp_path / "inner.jpg"])


def test_tensors_and_pictures_are_exact_inverses():
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    images = [Image.fromarray(np.stack([levels, levels.T, levels[::-1]], 2)), two_halves(16, 16)]
    tensor = to_tensor(images)
    assert tensor.shape == (2, 3, 16, 16)
    assert tensor.dtype == torch.float32
    assert (tensor.min(), tensor.max()) == (-1, 1)
    assert tensor.is_contiguous(memory_format=torch.channels_last)
    for image, back in zip(images, to_pil(tensor), strict=True):
        assert np.array_equal(image, back)
    assert to_tensor(images[0]).shape == (1, 3, 16, 16)


def test_to_pil_clamps():
    (image,) = to_pil(torch.tensor([-3.0, 0.0, 3.0]).reshape(1, 3, 1, 1))
    assert image.getpixel((0, 0)) == (0, 128, 255)


def test_save_png(tmp_path):
    path = tmp_path / "new" / "a.png"
    save_png(two_halves(), path)
    save_png(two_halves(64, 64), path)
    assert read_photo(path).size == (64, 64)
    assert stat.S_IMODE(path.stat().st_mode) & 0o444
    assert [p.name for p in path.parent.iterdir()] == ["a.png"]


def test_save_png_says_where_it_cannot_write(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(GanlibError, match="file/a.png"):
        save_png(two_halves(), tmp_path / "file" / "a.png")
