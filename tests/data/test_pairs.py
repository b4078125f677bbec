"""Pairs of one's own: found by name, cut to squares, split by a rule."""

import numpy as np
import pytest
from PIL import Image

from ganlib.core.errors import GanlibError
from ganlib.data.datasets import hold_out
from ganlib.data.pairs import matching, pair_datasets


@pytest.fixture
def folders(tmp_path):
    photos, drawings = tmp_path / "photos", tmp_path / "drawings"
    for folder in (photos, drawings):
        folder.mkdir()
    return photos, drawings


def save(path, colour, size=(40, 40)):
    Image.new("RGB", size, colour).save(path)


def test_pairs_have_one_name_whatever_their_ending(folders):
    photos, drawings = folders
    save(photos / "anna.jpg", (10, 20, 30))
    save(drawings / "anna.png", (200, 0, 0))
    save(photos / "bert.png", (1, 2, 3))
    save(drawings / "carl.png", (1, 2, 3))
    found, single = matching(photos, drawings)
    assert found == [(photos / "anna.jpg", drawings / "anna.png")]
    assert single == [photos / "bert.png", drawings / "carl.png"]


def test_of_several_pictures_of_one_name_that_of_a_usual_kind_counts(folders):
    photos, drawings = folders
    for name in ("anna.avif", "anna.jp2", "anna.png"):
        save(photos / name, (10, 20, 30))
    save(drawings / "anna.png", (200, 0, 0))
    assert matching(photos, drawings)[0] == [(photos / "anna.png", drawings / "anna.png")]
    (photos / "anna.png").unlink()
    with pytest.raises(GanlibError, match=r"anna\.avif and .*anna\.jp2 have one name"):
        matching(photos, drawings)


def test_folders_without_a_common_name_and_double_names_are_refused(folders):
    photos, drawings = folders
    save(photos / "anna.jpg", (0, 0, 0))
    save(drawings / "bert.png", (0, 0, 0))
    with pytest.raises(GanlibError, match="no picture in .* has the name of one in"):
        matching(photos, drawings)
    save(photos / "anna.png", (0, 0, 0))
    with pytest.raises(GanlibError, match="have one name"):
        matching(photos, drawings)


def test_rows_are_pairs_cut_to_their_middle_squares(folders):
    photos, drawings = folders
    for i in range(3):
        wide = np.full((40, 80, 3), 255, np.uint8)
        wide[:, 20:60] = 60 * i
        Image.fromarray(wide).save(photos / f"{i}.png")
        save(drawings / f"{i}.png", (60 * i, 0, 0))
    photo, anime = pair_datasets(matching(photos, drawings)[0], 32)
    assert photo.images.shape == anime.images.shape == (3, 3, 32, 32)
    for i in range(3):
        assert (photo.images[i, :, 4:-4, 4:-4] == 60 * i).all()
        assert (anime.images[i, 0] == 60 * i).all()


def test_every_tenth_pair_is_held_out():
    pairs = [(i, i) for i in range(25)]
    training, held = hold_out(pairs)
    assert held == [(9, 9), (19, 19)]
    assert len(training) == 23
    assert hold_out(pairs[:5]) == (pairs[:5], [])
