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


def test_no_size_is_refused_and_no_colour_is_new():
    drawing = draw(painted(), STYLES["ink"], size=64)
    for size in (1, 40, 64, 100, 300):
        assert enlarged(drawing, size).size == (size, size)
    assert np.array_equal(enlarged(drawing, 64), drawing)
    flat = Image.new("RGB", (16, 16), (10, 200, 30))
    assert enlarged(flat, 50).getcolors() == [(2500, (10, 200, 30))]
    inside = np.asarray(enlarge._drawn_together(drawing)).reshape(-1, 3)
    before = np.asarray(drawing).reshape(-1, 3)
    assert (inside.min(0) >= before.min(0)).all() and (inside.max(0) <= before.max(0)).all()


def test_the_largest_are_interpolated(monkeypatch):
    drawing, sides, whole = draw(painted(), STYLES["cel"], size=32), [], enlarge._drawn_together
    monkeypatch.setattr(enlarge, "MOST", 100)
    monkeypatch.setattr(enlarge, "_drawn_together", lambda it: sides.append(it.width) or whole(it))
    assert enlarged(drawing, 400).size == (400, 400)
    assert sides == [64, 128]
