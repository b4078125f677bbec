"""Beards, covered heads and glasses on other people: what comes along, and what must not."""

import numpy as np
import pytest
from scipy.ndimage import binary_dilation

from ganlib.data.drawn import twin_portraits
from ganlib.data.swapped import bearded, in_glasses, with_face
from ganlib.drawing import mesh
from ganlib.drawing.canvas import Canvas
from ganlib.drawing.portrait import COVER, SKIN
from ganlib.twins import People, Person

SIZE = 256


@pytest.fixture(scope="module")
def people():
    clean = Person(skin=0.3, hair_style="short")
    full = Person(skin=0.35, hair_style="short", beard="full", hair_colour="black")
    scarf = Person(cover="scarf", skin=0.3, eye_colour="brown")
    blue = Person(skin=0.6, eye_colour="blue")
    return twin_portraits(People.of(clean, full, scarf, blue), SIZE)


def changed(one, other):
    """Where photographs differ by more than their rounding."""
    return np.abs(one.photo.astype(int) - other.photo).max(-1) > 1


def outline(portrait, points):
    return Canvas(SIZE).shape(portrait.points[[*points]]) > 0.5


def test_a_beard_comes_with_its_trait_and_all_else_stays(people):
    clean, full, *_ = people
    made = bearded(clean, full)
    assert made.traits.beard == full.traits.beard != clean.traits.beard
    assert made.points is clean.points and made.regions is clean.regions
    face = outline(clean, mesh.OVAL)
    where = changed(made, clean)
    assert where.any() and not (where & ~face).any()
    eyes = clean.points[[eye.lower[3] for eye in mesh.EYES], 1]
    assert np.flatnonzero(where.any(1)).min() > eyes.max()
    lips = outline(clean, (*mesh.UPPER_OUTER, *mesh.LOWER_OUTER[::-1]))
    assert not (where & lips).any()
    x, y = np.round(clean.points[[mesh.CHIN]].mean(0) - [0, 6]).astype(int)
    assert made.photo[y, x].mean() < 0.7 * clean.photo[y, x].mean()  # hair, not skin


def test_a_shaved_face_is_lent_in_the_colours_of_this_ones_skin(people):
    clean, *_, blue = people
    made = bearded(clean, blue)
    assert made.traits.beard == "none"
    face = outline(clean, mesh.OVAL)
    before, after = (each.photo[face].mean(0) for each in (clean, made))
    assert np.abs(after - before).max() < 12 < np.abs(blue.photo[face].mean(0) - before).max()


def test_a_head_keeps_its_scarf_and_shows_the_others_face(people):
    *_, scarf, blue = people
    made = with_face(scarf, blue)
    assert (made.traits.cover, made.traits.skin) == ("scarf", scarf.traits.skin)
    assert made.traits.eye_colour == blue.traits.eye_colour != scarf.traits.eye_colour
    where = changed(made, scarf)
    assert where.any() and not (where & (scarf.regions != SKIN)).any()
    assert (scarf.regions == COVER).any()


def test_glasses_lie_about_the_eyes_and_leave_the_rest(people):
    clean = people[0]
    seen = set()
    for seed in range(8):
        made = in_glasses(clean, seed)
        assert made.traits.glasses in ("round", "square")
        seen.add(made.traits.glasses)
        where = changed(made, clean)
        eyes = np.concatenate([clean.points[[*eye.upper, *eye.lower]] for eye in mesh.EYES])
        wide = np.ptp(clean.points[[mesh.LEFT_SIDE, mesh.RIGHT_SIDE], 0])
        rows = np.flatnonzero(where.any(1))
        assert (
            eyes[:, 1].min() - 0.2 * wide < rows.min() < rows.max() < eyes[:, 1].max() + 0.3 * wide
        )
        near = binary_dilation(outline(clean, mesh.OVAL), iterations=round(0.1 * wide))
        assert 0.02 < where[near].mean() < 0.5 and not (where & ~near).any()
        assert np.array_equal(made.photo, in_glasses(clean, seed).photo)
    assert seen == {"round", "square"}
