"""Enlarged drawings are as near to those drawn large as may be, and never only look so."""

import numpy as np
import pytest
from faces_to_draw import painted
from PIL import Image, ImageFilter

from ganlib.data.images import to_tensor
from ganlib.drawing import STYLES, draw, enlarge
from ganlib.drawing.enlarge import enlarged
from ganlib.measure.portraits import sharpness

LANCZOS = Image.Resampling.LANCZOS


@pytest.mark.parametrize("style", STYLES)
def test_it_is_nearer_to_what_is_drawn_large_than_interpolation_or_sharpening(style, measured):
    large = draw(painted(), STYLES[style], size=512)
    small = large.resize((256, 256), Image.Resampling.BOX)
    smooth = small.resize((512, 512), LANCZOS)
    ways = {"enlarged": enlarged(small, 512), "interpolated": smooth}
    ways["sharpened"] = smooth.filter(ImageFilter.UnsharpMask(1.5, 120, 2))
    truth = to_tensor([large])
    found = {
        way: (float((to_tensor([it]) - truth).abs().mean()), sharpness(to_tensor([it]), truth))
        for way, it in ways.items()
    }
    measured(f"{style}, error and sharpness: {found}")
    error, sharp = found.pop("enlarged")
    assert all(error < 0.9 * other and sharp > lines + 0.03 for other, lines in found.values())


def test_any_size_will_do_and_flat_colours_stay():
    drawing = draw(painted(), STYLES["ink"], size=64)
    for size in (1, 40, 64, 100, 300):
        assert enlarged(drawing, size).size == (size, size)
    assert np.array_equal(enlarged(drawing, 64), drawing)
    flat = Image.new("RGBA", (16, 16), (10, 200, 30, 255))
    assert enlarged(flat, 50).getcolors() == [(2500, (10, 200, 30))]


def test_moving_pixels_adds_no_rim():
    """Beside a step between two tones interpolation leaves rims; more of them come from nothing."""
    step = Image.fromarray(np.repeat(np.uint8([[90] * 16 + [160] * 16] * 32)[..., None], 3, 2))
    smooth, found = (
        np.asarray(it, int) for it in (step.resize((64, 64), LANCZOS), enlarged(step, 64))
    )
    assert found.min() >= smooth.min() and found.max() <= smooth.max()
    between = [int(((it > 95) & (it < 155)).any(0).sum()) for it in (found, smooth)]
    assert between[0] < between[1]


def test_the_largest_are_interpolated(monkeypatch):
    drawing = draw(painted(), STYLES["cel"], size=32)
    largest, sharper = enlarged(drawing, 128).resize((400, 400), LANCZOS), enlarged(drawing, 400)
    monkeypatch.setattr(enlarge, "MOST", 100)
    assert np.array_equal(enlarged(drawing, 400), largest)
    assert not np.array_equal(sharper, largest)
