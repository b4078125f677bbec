"""Curves, masks and strokes, against what geometry says of them."""

import numpy as np
import pytest
from scipy import ndimage

from ganlib.drawing.canvas import Canvas, blurred, curve, mix, moved, normals

SQUARE = np.array([(10.0, 10.0), (30.0, 10.0), (30.0, 30.0), (10.0, 30.0)])


def test_a_curve_passes_through_its_points():
    points = np.array([(0.0, 0.0), (3.0, 5.0), (7.0, 4.0), (9.0, -2.0)])
    path = curve(points, steps=10)
    assert np.allclose(path[::10], points)
    closed = curve(points, closed=True, steps=8)
    assert np.allclose(closed[::8], points)


def test_normals_stand_at_right_angles():
    path = curve([(0.0, 0.0), (4.0, 6.0), (10.0, 2.0)])
    across = normals(path)
    assert np.allclose((across * np.gradient(path, axis=0)).sum(1), 0, atol=1e-9)
    assert np.allclose(np.linalg.norm(across, axis=1), 1)


def test_a_shape_has_its_area_and_edges_between_pixels():
    canvas = Canvas(40)
    assert canvas.shape(SQUARE).sum() == pytest.approx(400, rel=0.03)
    half = canvas.shape(SQUARE + 0.5)
    assert half[20, 10] == pytest.approx(0.5, abs=0.13)


def test_a_shape_beyond_the_canvas_is_cut_not_refused():
    canvas = Canvas(40)
    assert canvas.shape(SQUARE + 25).sum() == pytest.approx(25, abs=6)
    assert canvas.shape(SQUARE + 100).sum() == 0


@pytest.mark.parametrize("width", [0.5, 1.0, 3.0])
def test_a_stroke_covers_its_width_times_its_length(width):
    canvas = Canvas(64)
    mask = canvas.line(np.array([(12.0, 32.0), (52.0, 32.0)]), width)
    # The middle columns, away from the round ends.
    assert mask[:, 20:44].sum(0).mean() == pytest.approx(width, rel=0.15)


def test_a_tapered_stroke_is_thickest_in_its_middle():
    canvas = Canvas(64)
    before = canvas.pixels.copy()
    canvas.stroke(np.stack([np.linspace(8, 56, 30), np.full(30, 32.0)], 1), (0, 0, 0), 6, 0.2)
    dark = (before - canvas.pixels)[..., 0].sum(0)
    assert dark[32] > 2 * dark[10] > 0


def test_over_mixes_by_the_mask_and_leaves_the_rest():
    canvas = Canvas(8)
    mask = np.zeros((8, 8), np.float32)
    mask[2, 3] = 0.25
    canvas.over(mask, (55, 155, 255))
    assert canvas.pixels[2, 3].tolist() == [205, 230, 255]
    assert (np.delete(canvas.pixels.reshape(64, 3), 19, 0) == 255).all()


def test_a_part_of_the_canvas_shares_its_pixels_and_its_coordinates():
    whole, other = Canvas(64), Canvas(64)
    small, window = other.part([(20.0, 20.0), (30.0, 24.0)], 12)
    for canvas in (whole, small):
        canvas.fill(SQUARE * 0.5 + 14, (10, 20, 30))
        canvas.stroke(SQUARE * 0.3 + 16, (200, 0, 0), 2)
    assert np.array_equal(whole.pixels, other.pixels)
    assert small.pixels.shape == other.pixels[window].shape


@pytest.mark.parametrize("sigma", [1.0, 4.0, 12.0])
def test_a_blur_is_gaussian_also_on_the_coarser_grid(sigma):
    image = np.zeros((97, 97), np.float32)
    image[40:60, 30:70] = 1
    exact = ndimage.gaussian_filter(image, sigma, mode="nearest")
    assert np.abs(blurred(image, sigma) - exact).max() < 0.035


def test_moving_a_mask_and_mixing():
    image = np.arange(16, dtype=np.float32).reshape(4, 4)
    assert moved(image, 1, -2)[0].tolist() == [0, 8, 9, 10]
    assert moved(image, 0, 2, outside=5)[0].tolist() == [5, 5, 5, 5]
    assert mix([0, 10], [10, 20], 0.25).tolist() == [2.5, 12.5]
