"""Faces are found in photographs of real people, and framed by the house rule."""

import os
import time
from pathlib import Path

import matplotlib.cbook
import numpy as np
import pytest
from PIL import Image, ImageOps
from skimage import data

from ganlib.data.faces import FaceFrame, crop_face, find_face
from ganlib.data.images import list_photos, read_photo
from ganlib.twins.framing import CHEEK


def astronaut():
    return Image.fromarray(data.astronaut())


def hopper():
    return read_photo(matplotlib.cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))


# The middle between the eyes and the chin, and half the width of the face, read off by eye.
PEOPLE = {"astronaut": (astronaut, (222, 120), 45), "hopper": (hopper, (262, 205), 95)}


@pytest.mark.parametrize("name", PEOPLE)
def test_faces_are_where_they_are(name):
    make, (x, y), half_width = PEOPLE[name]
    frame = find_face(make())
    assert frame.found
    assert np.hypot(frame.cx - x, frame.cy - y) < half_width / 2
    # The house rule puts the cheeks at ±CHEEK of a frame that runs from -1 to 1.
    assert frame.side == pytest.approx(2 * half_width / CHEEK, rel=0.25)


@pytest.mark.parametrize("name", PEOPLE)
def test_frame_follows_the_photograph(name):
    image = PEOPLE[name][0]()
    frame = find_face(image)
    twice = find_face(image.resize((2 * image.width, 2 * image.height), Image.Resampling.BICUBIC))
    mirrored = find_face(ImageOps.mirror(image))
    tolerance = 0.03 * frame.side
    assert abs(twice.cx / 2 - frame.cx) < tolerance
    assert abs(twice.side / 2 - frame.side) < tolerance
    assert abs(image.width - mirrored.cx - frame.cx) < tolerance
    assert abs(mirrored.cy - frame.cy) < tolerance


@pytest.mark.parametrize("degrees", [-25, -15, 15, 25])
def test_a_tilted_head_is_found_where_it_is(degrees):
    image = hopper()
    upright = find_face(image)
    tilted = find_face(image.rotate(degrees, Image.Resampling.BICUBIC))
    turn = np.deg2rad(degrees)
    dx, dy = upright.cx - image.width / 2, upright.cy - image.height / 2
    x = image.width / 2 + np.cos(turn) * dx + np.sin(turn) * dy
    y = image.height / 2 - np.sin(turn) * dx + np.cos(turn) * dy
    assert tilted.found
    assert np.hypot(tilted.cx - x, tilted.cy - y) < 0.05 * upright.side


LONG = pytest.param((2048, 64), marks=pytest.mark.nightly)


@pytest.mark.parametrize("size", [(300, 200), (200, 300), (33, 33), (640, 64), LONG])
def test_without_a_face_the_central_square(size):
    frame = find_face(Image.new("RGB", size, "grey"))
    assert frame == FaceFrame(size[0] / 2, size[1] / 2, min(size), found=False)


@pytest.mark.parametrize("name", ["chelsea", "coffee", "rocket", "brick", "gravel", "coins"])
def test_no_face_is_seen_where_there_is_none(name):
    assert not find_face(Image.fromarray(getattr(data, name)()).convert("RGB")).found


def ramp(width=200, height=100):
    """Red tells x, green tells y."""
    pixels = np.zeros((height, width, 3), dtype=np.uint8)
    pixels[..., 0], pixels[..., 1] = np.arange(width), np.arange(height)[:, None]
    return Image.fromarray(pixels)


def test_a_whole_frame_is_cut_out_exactly():
    crop = crop_face(ramp(), FaceFrame(70, 50, 60, True), 60)
    assert np.array_equal(crop, np.asarray(ramp())[20:80, 40:100])


def test_beyond_the_edges_the_outermost_pixels_go_on():
    crop = np.asarray(crop_face(ramp(), FaceFrame(10, 10, 60, True), 60))
    assert np.array_equal(crop[20:, 20:], np.asarray(ramp())[:40, :40])
    assert np.array_equal(crop[5, 20:], crop[20, 20:])
    assert np.array_equal(crop[20:, 5], crop[20:, 20])
    far = np.asarray(crop_face(ramp(), FaceFrame(100, 50, 400, True), 400))
    assert np.array_equal(far[150:250, 100:300], ramp())
    assert (far[:150] == far[150]).all()


def test_a_frame_between_pixels_is_not_shifted():
    crop = np.asarray(crop_face(ramp(), FaceFrame(70.5, 50.5, 60, True), 60)).astype(float)
    assert abs(crop[30, 30, :2] - (70.5, 50.5)).max() <= 0.5


def test_reducing_is_antialiased():
    stripes = np.zeros((512, 512, 3), dtype=np.uint8)
    stripes[:, ::2] = 255
    crop = np.asarray(crop_face(Image.fromarray(stripes), FaceFrame(256, 256, 400, True), 64))
    assert abs(crop.astype(int) - 127).max() <= 8


def test_a_large_photograph_is_framed_in_bounded_time():
    image = Image.new("RGB", (2048, 1536), "grey")
    start = time.perf_counter()
    crop_face(image, find_face(image), 128)
    assert time.perf_counter() - start < 10


@pytest.mark.nightly
def test_portraits():
    """By day test_finder.py finds the same faces, and each where it is."""
    folder = os.environ.get("GANLIB_PORTRAITS")
    if not folder:
        pytest.skip("GANLIB_PORTRAITS names no folder of real portraits")
    photos = list_photos([Path(folder)])
    found = sum(find_face(read_photo(photo)).found for photo in photos)
    assert found >= 0.99 * len(photos)
