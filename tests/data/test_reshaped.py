"""Faces of other shapes: points, picture and regions move alike, and the rest stays."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from ganlib.data.drawn import twin_portraits
from ganlib.data.reshaped import laid_onto, reshaped
from ganlib.drawing import mesh
from ganlib.drawing.portrait import SKIN
from ganlib.twins import People, Person

SIDES = [mesh.LEFT_SIDE, mesh.RIGHT_SIDE]


@pytest.fixture(scope="module")
def both():
    return twin_portraits(People.of(Person(face_width=1.12), Person(face_width=0.9)), 192)


def proportion(points):
    """Width of the face over the height from nose to chin."""
    across = np.hypot(*np.diff(points[SIDES], axis=0)[0])
    return across / np.hypot(*(points[mesh.CHIN] - points[mesh.NOSE_TIP]))


def test_a_face_goes_towards_anothers_shape_or_away_from_it(both):
    wide, slim = both
    towards, away = reshaped(wide, slim, 0.8), reshaped(wide, slim, -0.6)
    of = [proportion(each.points) for each in (away, wide, towards, slim)]
    assert of == sorted(of, reverse=True)
    assert of[1] - of[2] == pytest.approx(0.8 * (of[1] - of[3]), rel=0.25)


def test_no_share_changes_nothing(both):
    same = reshaped(*both, 0.0)
    assert np.abs(same.points - both[0].points).max() < 1e-6
    assert np.array_equal(same.photo, both[0].photo)
    assert np.array_equal(same.regions, both[0].regions)


def test_picture_and_regions_go_where_the_points_go(both):
    """Every face point has the colour and the region that it had."""
    person, other = both
    changed = reshaped(person, other, 0.8)
    assert np.hypot(*(changed.points - person.points).T).max() > 2

    def at(portrait, points):
        y, x = points.T[::-1]
        return np.stack(
            [map_coordinates(c, (y, x), float, order=1) for c in portrait.photo.T.swapaxes(1, 2)]
        )

    old, new = at(person, person.points), at(changed, changed.points)
    still = at(changed, person.points)
    assert np.abs(new - old).mean() < 0.5 * np.abs(still - old).mean()
    places, there = (np.round(each.points[SIDES]).astype(int) for each in (person, changed))
    inward = [[4, 0], [-4, 0]]
    for (x, y), (u, v) in zip(places + inward, there + inward, strict=True):
        assert changed.regions[v, u] == person.regions[y, x] == SKIN


def test_the_edges_stay_and_the_same_input_gives_the_same(both):
    changed = reshaped(*both, 0.8)
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        before, after = (each.photo[edge].astype(float) for each in (both[0], changed))
        assert np.abs(before - after).mean() < 3
    assert np.array_equal(reshaped(*both, 0.8).photo, changed.photo)


def test_a_face_laid_onto_a_much_smaller_one_has_its_points_there(both):
    """Of 2.2 times its size, whose displacements are as large as what is moved."""
    person, _ = both
    middle = person.points.mean(0)
    large = person.points
    target = middle + (large - middle) / 2.2
    beard = (large[[*mesh.OVAL]],)
    laid = laid_onto(replace(person, beard=beard), target)
    assert np.hypot(*(laid.points - target).T).max() < 1.5
    assert np.hypot(*(laid.beard[0] - target[[*mesh.OVAL]]).T).max() < 1.5
