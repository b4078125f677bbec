"""A face is put into the frame of portraits, and its portrait back into the whole picture."""

import json
from importlib.resources import files

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from ganlib.data import aligned
from ganlib.data.aligned import SHARE, align
from ganlib.data.faces import Face
from ganlib.data.finder import POINTS
from ganlib.drawing import mesh
from ganlib.drawing.enlarge import MOST
from ganlib.drawing.frame import PHOTOGRAPHS, PUPILS_AT

SIZE, SCALE, MIDDLE = 96, 60.0, (110.0, 90.0)
"""Side of the frame; pixels of a photograph for the mean face's unit, and where its pupils lie."""
WIDTH, HEIGHT = 240, 200
CLOCKWISE = {
    1: Image.Transpose.ROTATE_270,
    2: Image.Transpose.ROTATE_180,
    3: Image.Transpose.ROTATE_90,
}
MEAN = np.array(json.loads(files("ganlib.data").joinpath("mean_face.json").read_text("utf-8")))


def face(middle=MIDDLE, scale=SCALE):
    """A frontal face, upright."""
    return Face(MEAN[list(POINTS)] * scale + middle, 1.0)


def photograph(seed=0, blur=6.0):
    """Soft colours."""
    noise = np.random.default_rng(seed).uniform(0, 255, (HEIGHT, WIDTH, 3))
    soft = gaussian_filter(noise, (blur, blur, 0))
    soft = (soft - soft.min()) / (soft.max() - soft.min()) * 255
    return Image.fromarray(soft.astype(np.uint8))


def turned(face, quarters, width=WIDTH, height=HEIGHT):
    """The face as it lies in the photograph turned by quarters clockwise."""
    points = face.points
    for _ in range(quarters):
        points = np.stack((height - points[:, 1], points[:, 0]), -1)
        width, height = height, width
    return Face(points, 1.0, quarters)


def apart(one, other):
    return np.abs(np.asarray(one, int) - np.asarray(other, int))


def marked(*points):
    """A photograph, black but for soft spots at points of the mean face."""
    spots = np.zeros((HEIGHT, WIDTH))
    for x, y in MEAN[list(points)] * SCALE + MIDDLE:
        columns, rows = np.arange(WIDTH) + 0.5 - x, np.arange(HEIGHT)[:, None] + 0.5 - y
        spots += 255 * np.exp(-(columns**2 + rows**2) / 18)
    return Image.fromarray(np.clip(np.round(spots), 0, 255).astype(np.uint8)).convert("RGB")


def centre(picture):
    """Centre of what is bright, x and y."""
    light = np.asarray(picture, float)[..., 0]
    place = np.arange(len(light)) + 0.5
    return light.sum(0) @ place / light.sum(), light.sum(1) @ place / light.sum()


def test_pupils_and_sides_lie_where_those_of_portraits_do():
    how = align(face(), photograph(), SIZE)
    spots = {p: centre(how.photo(marked(p))) for p in (33, 133, 263, 362)}
    x, y = np.mean(list(spots.values()), 0)
    assert x == pytest.approx(SIZE / 2, abs=0.5) and y == pytest.approx(PUPILS_AT * SIZE, abs=1)
    left, right = (centre(how.photo(marked(p))) for p in (mesh.LEFT_SIDE, mesh.RIGHT_SIDE))
    assert right[0] - left[0] == pytest.approx(SHARE * SIZE, abs=1.5)
    placed = face().points * how.placement.scale + how.placement.offset
    sides = placed[[POINTS.index(mesh.LEFT_SIDE), POINTS.index(mesh.RIGHT_SIDE)], 0]
    assert sides[1] - sides[0] == pytest.approx(SHARE * SIZE)


def test_the_frame_follows_the_face():
    """Whatever place and size it has on the photograph."""
    first = align(face(), photograph(), SIZE).photo(marked(33, 263))
    large = marked(33, 263).resize((2 * WIDTH, 2 * HEIGHT), Image.Resampling.BICUBIC)
    other = face((2 * MIDDLE[0], 2 * MIDDLE[1]), 2 * SCALE)
    twice = align(other, large, SIZE).photo(large)
    assert first.size == twice.size == (SIZE, SIZE)
    assert centre(first) == pytest.approx(centre(twice), abs=0.3)


def test_the_face_is_shortened_as_photographs_of_pairs_are():
    chin = centre(align(face(), photograph(), SIZE).photo(marked(mesh.CHIN)))[1]
    full = (1 - MEAN[[33, 133], 1].mean()) * SHARE * SIZE / (2 * MEAN[mesh.RIGHT_SIDE, 0])
    # The mean of men's and women's depths.
    shortened = 1 - 0.8 * (1 - PHOTOGRAPHS.depth)
    assert (chin - PUPILS_AT * SIZE) / full == pytest.approx(shortened, abs=0.03)
    assert shortened < 0.96


@pytest.mark.parametrize("quarters", CLOCKWISE)
def test_heads_that_lie_give_the_picture_of_the_upright_photograph(quarters):
    upright, lying = photograph(), photograph().transpose(CLOCKWISE[quarters])
    first = align(face(), upright, SIZE)
    how = align(turned(face(), quarters), lying, SIZE)
    assert how.upright == (WIDTH, HEIGHT) and how.turn == quarters
    assert apart(first.photo(upright), how.photo(lying)).max() <= 1
    portrait = Image.new("RGB", (64, 64), "red")
    back = how.blend(lying, portrait)
    assert back.size == lying.size
    there = first.blend(upright, portrait).transpose(CLOCKWISE[quarters])
    assert apart(back, there).max() <= 1


def test_a_portrait_covers_the_face_and_nothing_beyond_its_frame():
    image = photograph(blur=1.0)
    how = align(face(), image, SIZE)
    blended = how.blend(image, Image.new("RGB", (128, 128), "red"))
    assert blended.size == image.size and blended.mode == "RGB"
    (left, top), scale = how.placement.offset, how.placement.scale
    above, bottom = how.warp.source(np.zeros(2), np.array([0.0, SIZE]))[1]  # it is shortened
    x0, y0 = int(np.floor(-left / scale)), int(np.floor((above - top) / scale))
    x1, y1 = int(np.ceil((SIZE - left) / scale)), int(np.ceil((bottom - top) / scale))
    assert 0 < x0 < x1 < WIDTH and 0 < y0 < y1 < HEIGHT  # the frame lies on the photograph
    changed = apart(blended, image).any(2)
    rows, columns = np.nonzero(changed)
    assert x0 <= columns.min() and columns.max() < x1 and y0 <= rows.min() and rows.max() < y1
    assert np.asarray(blended)[int(MIDDLE[1]), int(MIDDLE[0])].tolist() == [255, 0, 0]
    # It fades: no step at the border of the frame.
    assert apart(blended, image)[[y0, y1 - 1], x0:x1].max() <= 3
    assert np.array_equal(image, photograph(blur=1.0))  # the given picture is left alone


def test_a_photographs_own_frame_put_back_changes_it_hardly():
    image = photograph()
    how = align(face(), image, 2 * SIZE)
    own = how.photo(image)
    assert own.size == (2 * SIZE, 2 * SIZE)
    difference = apart(how.blend(image, own), image)
    assert difference.mean() < 0.5 and difference.max() <= 6


@pytest.mark.parametrize("middle", [(15.0, 20.0), (WIDTH - 15.0, HEIGHT - 40.0)])
def test_a_face_at_the_border_of_a_photograph(middle):
    image = photograph()
    how = align(face(middle), image, SIZE)
    assert how.photo(image).size == (SIZE, SIZE)
    blended = how.blend(image, Image.new("RGB", (64, 64), "red"))
    assert blended.size == image.size
    assert np.asarray(blended)[int(middle[1]), int(middle[0])].tolist() == [255, 0, 0]


def test_a_large_face_gets_sharp_lines():
    """Between the drawing's pixels a line stays as thin as it is drawn in the size of the face."""
    image = photograph()
    how = align(face(), image, 24)  # the face is about four times as large
    drawing = Image.new("RGB", (24, 24), "white")
    drawing.paste("black", (11, 0, 13, 24))
    grey = {}
    for name, it in (
        ("own", drawing),
        ("smooth", drawing.resize((96, 96), Image.Resampling.LANCZOS)),
    ):
        row = np.asarray(how.blend(image, it), int)[int(MIDDLE[1]), 80:140].mean(-1)
        grey[name] = int(((row > 60) & (row < 200)).sum())
    assert 0 < grey["own"] < grey["smooth"]


def test_an_enormous_face_takes_little_memory(monkeypatch):
    asked = []
    monkeypatch.setattr(aligned, "enlarged", lambda it, size: asked.append(size) or it)
    image = photograph().resize((4 * WIDTH, 4 * HEIGHT))
    large = Face(MEAN[list(POINTS)] * 1500.0 + np.array(MIDDLE) * 4, 1.0)
    align(large, image, 64).blend(image, Image.new("RGB", (64, 64), "red"))
    assert asked == [MOST]
