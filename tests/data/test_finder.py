"""The face finder: windows by hand, the shipped network on faces and on what is none, and its
training from end to end."""

import json
import os
import sys
from pathlib import Path

import matplotlib.cbook
import numpy as np
import pytest
import torch
from PIL import Image, ImageOps
from safetensors.numpy import save_file
from skimage import data

from ganlib.core import checkpoint
from ganlib.core.errors import GanlibError
from ganlib.data.faces import crop_face, find_face, find_faces
from ganlib.data.finder import (
    MEAN_FACE,
    MIRRORED,
    POINTS,
    Finder,
    FinderConfig,
    as_windows,
    cut,
    fit_windows,
    load_finder,
    look,
    look_closely,
)
from ganlib.data.images import read_photo, to_pil, to_tensor
from ganlib.data.portraits import LANDMARK_SCALE, PortraitFolder
from ganlib.twins import render_photographs, sample_people
from ganlib.twins.framing import CHIN, EYE_LINE
from ganlib.weights import FINDER, card

sys.path.insert(0, str(Path(__file__).parents[2] / "data"))
import finder_pictures  # noqa: E402
import finder_scores  # noqa: E402
import train_finder  # noqa: E402

# Read off by eye: pupils on the picture's left and right, tip of the nose, chin.
SEEN = (4, 5, 6, 9)
ASTRONAUT = (203 + 101j, 247 + 103j, 223 + 125j, 224 + 178j)
SMALL = "--steps 3 --people 4 --pictures 16 --held-out 3".split()


def astronaut():
    return Image.fromarray(data.astronaut())


def hopper():
    return read_photo(matplotlib.cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))


def as_complex(points):
    return points[:, 0] + 1j * points[:, 1]


def test_a_window_is_where_the_mean_face_lies_in_it():
    windows = as_windows([30 + 40j, -5 + 2j], [20, 3 + 4j])
    points = windows[:, :1] + windows[:, 1:] * MEAN_FACE
    assert np.allclose(fit_windows(points), windows)
    moved = points + 0.01 * np.random.default_rng(0).normal(size=points.shape)
    assert abs(fit_windows(moved) - windows).max() < 0.02


def test_the_mean_face_is_mirrored_and_framed_by_the_house_rule():
    assert np.allclose(-MEAN_FACE.conj()[list(MIRRORED)], MEAN_FACE)
    eyes, chin = MEAN_FACE[4].imag, MEAN_FACE[9].imag
    assert (chin - eyes) * 0.69 == pytest.approx(CHIN - EYE_LINE)
    assert len(POINTS) == len(MIRRORED) == len(MEAN_FACE) == 12


def test_cut_takes_what_lies_in_a_window():
    picture = torch.rand(1, 3, 40, 60, generator=torch.Generator().manual_seed(0))
    square = as_windows([30 + 20j], [16])
    assert torch.allclose(cut(picture, square, 32), picture[..., 4:36, 14:46], atol=1e-5)
    # The top of a window that is turned clockwise points to the right of the picture.
    turned = cut(picture, square * (1, 1j), 32)
    assert torch.allclose(turned, picture[..., 4:36, 14:46].rot90(1, (2, 3)), atol=1e-5)
    halved = torch.nn.functional.avg_pool2d(picture[..., 4:36, 14:46], 2)
    assert torch.allclose(cut(picture, square, 16), halved, atol=1e-5)
    outside = cut(picture, as_windows([-50 - 50j], [16]), 32)
    assert torch.allclose(outside, picture[..., :1, :1].expand_as(outside), atol=1e-5)


def test_a_close_look_is_the_same_in_a_mirror():
    torch.manual_seed(0)
    finder = Finder().eval()
    picture = torch.rand(1, 3, 80, 80) * 2 - 1
    windows = as_windows([40 + 40j, 30 + 45j], [30, 25 + 5j])
    logits, points = look_closely(finder, picture, windows)
    there = as_windows(80 - windows[:, 0].conj(), windows[:, 1].conj())
    others, mirrored = look_closely(finder, picture.flip(3), there)
    assert np.allclose(logits, others, atol=1e-4)
    assert np.allclose(80 - mirrored.conj()[:, list(MIRRORED)], points, atol=1e-2)


def test_looking_at_no_window_sees_nothing():
    for see in (look, look_closely):
        logits, points = see(Finder(), torch.zeros(1, 3, 64, 64), as_windows([], []))
        assert logits.shape == (0,) and points.shape == (0, 12)


def test_the_shipped_finder_is_small_and_its_card_says_how_good_it_is():
    assert FINDER.stat().st_size <= 2**20
    figures = card(FINDER)["held_out"]
    assert figures["faceless"] == 240 and figures["false_alarms"] <= 0.02
    assert figures["portraits"] == 160 and figures["portraits_found"] >= 0.99
    assert min(figures["rendered"].values()) >= 1000
    assert min(figures["rendered_found"].values()) >= 0.99
    assert load_finder() is load_finder() and not load_finder().training


@pytest.mark.parametrize("turn", range(4))
def test_a_lying_picture_is_turned(turn):
    image = astronaut().rotate(-90 * turn, expand=True)
    face = find_faces(image)[0]
    assert face.turn == turn and face.confidence > 0.9
    # Where the points are once the picture stands upright again.
    middle = (1 + 1j) * image.width / 2
    upright = (as_complex(face.points) - middle) * (-1j) ** turn + middle
    assert abs(upright[list(SEEN)] - ASTRONAUT).mean() < 0.15 * 44
    frame = face.frame()
    assert frame.found and frame.lean == 90 * turn
    plain = np.asarray(crop_face(astronaut(), find_face(astronaut()), 32), float)
    turned = np.asarray(crop_face(image, frame, 32), float)
    assert abs(plain - turned).mean() < 12


def test_points_are_in_the_pixels_of_the_photograph():
    small = as_complex(find_faces(hopper())[0].points)
    image = hopper()
    large = image.resize((2 * image.width, 2 * image.height), Image.Resampling.BICUBIC)
    distance = abs(small[5] - small[4])
    assert abs(as_complex(find_faces(large)[0].points) / 2 - small).mean() < 0.05 * distance
    mirrored = as_complex(find_faces(ImageOps.mirror(image))[0].points)
    there = image.width - mirrored.conj()[list(MIRRORED)]
    assert abs(there - small).mean() < 0.05 * distance


def test_of_several_faces_the_largest_comes_first():
    page = Image.new("RGB", (700, 512), "grey")
    page.paste(astronaut().crop((100, 0, 356, 256)), (0, 100))
    page.paste(hopper().resize((384, 450)), (300, 30))
    faces = find_faces(page)
    assert len(faces) == 2
    assert faces[0].frame().cx > 350 > 256 > faces[1].frame().cx
    assert faces[0].frame().side > faces[1].frame().side


def test_no_face_among_coins():
    coins = Image.fromarray(data.coins()).convert("RGB")
    for part in (coins, coins.crop((0, 0, 300, 300)), coins.rotate(180)):
        assert find_faces(part) == []


def test_few_false_alarms(measured):
    images = to_pil(finder_pictures.faceless(48, 4321, 128).float() / 127.5 - 1)
    alarms = sum(bool(find_faces(image)) for image in images)
    measured(f"face finder: {alarms} false alarms in 48 pictures")
    assert alarms <= 1


def test_rendered_people_are_found(measured):
    people = sample_people(30, 77)
    true = finder_pictures.true_points(people, 128)
    found = [find_faces(image)[:1] for image in to_pil(render_photographs(people, 128))]
    errors = [
        finder_scores.point_error(face, points)
        for (face,), points in zip(filter(None, found), true, strict=False)
    ]
    assert sum(map(bool, found)) >= 29
    measured(f"face finder: points of rendered people {np.mean(errors):.1f} % of the eyes apart")


@pytest.mark.parametrize("faceless", [24, pytest.param(240, marks=pytest.mark.nightly)])
def test_portraits_and_what_lies_behind_them(faceless, measured, monkeypatch):
    monkeypatch.setattr(finder_scores, "FACELESS", faceless)
    photos = os.environ.get("GANLIB_PORTRAITS")
    if not photos:
        pytest.skip("GANLIB_PORTRAITS names no folder of portraits")
    folder = PortraitFolder(train_finder.PORTRAITS, Path(photos))
    figures = finder_scores.score_portraits(load_finder(), folder)
    figures |= finder_scores.score_faceless(load_finder(), folder)
    measured(f"face finder: {figures}")
    assert figures["portraits_found"] >= 0.99 and figures["false_alarms"] <= 0.02
    known = card(FINDER)["held_out"]["portraits_point_error"]
    assert figures["portraits_point_error"] == pytest.approx(known, abs=0.3)


def test_what_is_held_out_is_not_trained_on():
    assert not set(finder_pictures.TRAINED_ON) & set(finder_pictures.HELD_OUT)


def test_misframed_windows_are_far_from_the_face():
    points = np.repeat(MEAN_FACE[None] * 20 + (50 + 50j), 400, 0)
    draw = np.random.default_rng(0)
    missed = finder_pictures.misframed(points, draw)
    moved, factor = abs(missed[:, 0] - 50 - 50j) / 20, missed[:, 1] / 20
    far = (moved > 0.6) | (abs(factor) < 0.7) | (abs(factor) > 1.4)
    assert (far | (abs(np.angle(factor, deg=True)) > 39)).all()
    near = finder_pictures.jittered(points, draw, 0.1, 0.1, 8)
    assert abs(near[:, 0] - 50 - 50j).max() <= 20 * 0.1 * 2**0.5 + 1e-6


def test_scrambled_quarters_are_never_in_their_order():
    image, draw = torch.arange(48.0).reshape(3, 4, 4), np.random.default_rng(0)
    for _ in range(60):
        other = train_finder.scrambled(image, draw)
        assert not torch.equal(other, image)
        assert torch.equal(other.flatten().sort().values, image.flatten().sort().values)


@pytest.fixture
def rendered_folder(tmp_path, monkeypatch):
    """A folder as that of the portraits, of rendered people."""
    people, size = sample_people(4, 5), 128
    names = [f"female_{k:03}" for k in range(8, 12)]
    points = np.zeros((4, 478, 2), np.int16)
    true = finder_pictures.true_points(people, size) / size * LANDMARK_SCALE
    points[:, list(POINTS)] = np.stack((true.real, true.imag), -1)
    folder, photos = tmp_path / "portraits", tmp_path / "photos"
    (folder / "regions").mkdir(parents=True)
    photos.mkdir()
    save_file(dict(zip(names, points, strict=True)), folder / "landmarks.safetensors")
    (folder / "labels.json").write_text(json.dumps({name: {"skin": 0.2} for name in names}))
    (folder / "corrections.json").write_text("{}")
    for name, image in zip(names, to_pil(render_photographs(people, size)), strict=True):
        image.save(photos / f"{name}.png")
        Image.new("P", (size, size), 2).save(folder / "regions" / f"{name}.png")
    monkeypatch.setattr(train_finder, "PORTRAITS", folder)
    monkeypatch.setattr(finder_scores, "FACELESS", 4)
    return photos


def test_a_training_leaves_a_finder_with_a_card(rendered_folder, tmp_path, capsys):
    out, threads = tmp_path / "new" / "finder.safetensors", torch.get_num_threads()
    train_finder.main([*SMALL, "--photos", str(rendered_folder), "--out", str(out), "--json", "-"])
    torch.set_num_threads(threads)
    said = capsys.readouterr()
    record, about = json.loads(said.out), card(out)
    assert f"saved {out}" in said.err and about["held_out"] == record
    assert about["command"].startswith("python data/train_finder.py --steps 3 --people 4")
    assert "--photos PHOTOS" in about["command"]
    assert record["portraits"] == 4 and record["faceless"] == 4
    tensors, metadata = checkpoint.load(out, Finder.kind)
    finder = Finder(FinderConfig(**metadata["settings"]))
    checkpoint.copy_into(finder, tensors, out)
    config = train_finder.FinderTraining(steps=3, people=4, pictures=16)
    again, _ = train_finder.train(config, PortraitFolder(train_finder.PORTRAITS, rendered_folder))
    pictures = to_tensor(astronaut().resize((64, 64)))
    assert torch.equal(finder.eval()(pictures)[1], again(pictures)[1])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--out x.pt", "out must be a .safetensors file"),
        ("--out x.safetensors --steps 0", "steps must be 1 or more"),
        ("--out x.safetensors --seed 999983", "seed must be another than that of held-out"),
        ("--out file/x.safetensors", "could not write file"),
    ],
)
def test_what_cannot_be_done_is_said_before_any_work(words, says, tmp_path, monkeypatch):
    monkeypatch.setattr(train_finder, "train", lambda *a: pytest.fail("worked before looking"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(GanlibError) as refused:
        train_finder.main([*words.split(), "--photos", "photos"])
    assert str(refused.value).startswith(says)
