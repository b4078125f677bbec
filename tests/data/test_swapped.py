"""Beards, covered heads and glasses on other people: what comes along, and what must not."""

import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import ganlib.data.swapped as module
from ganlib.core.errors import GanlibError
from ganlib.data.drawn import twin_portraits
from ganlib.data.portraits import PortraitFolder
from ganlib.data.swapped import bearded, in_glasses, with_face
from ganlib.drawing import Traits, mesh
from ganlib.drawing.canvas import Canvas
from ganlib.drawing.frame import head_turn
from ganlib.drawing.portrait import SKIN
from ganlib.twins import People, Person

SIZE = 256
DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="module")
def people():
    clean = Person(skin=0.3, hair_style="short", roll=0.25)
    full = Person(skin=0.35, hair_style="short", beard="full", hair_colour="black")
    scarf = Person(cover="scarf", skin=0.3, eye_colour="brown")
    blue = Person(skin=0.6, eye_colour="blue", hair_colour="blond")
    return twin_portraits(People.of(clean, full, scarf, blue), SIZE)


def changed(one, other):
    """Where photographs differ by more than their rounding."""
    return np.abs(one.photo.astype(int) - other.photo).max(-1) > 1


def outline(portrait, points):
    return Canvas(SIZE).shape(portrait.points[[*points]])


def test_a_beard_comes_with_its_trait_and_outline_and_all_else_stays(people):
    clean, full, *_ = people
    made = bearded(clean, full)
    assert made.traits.beard == full.traits.beard != clean.traits.beard
    assert made.points is clean.points and made.regions is clean.regions
    where = changed(made, clean)
    assert where.mean() > 0.03 and not (where & (outline(clean, mesh.OVAL) < 0.5)).any()
    assert not (where & (outline(clean, module._LIPS) > 0)).any()
    x, y = np.round(clean.points[mesh.CHIN] - [0, 6]).astype(int)
    assert made.photo[y, x].mean() < 0.7 * clean.photo[y, x].mean()  # hair, not skin
    assert len(made.beard) == len(full.beard) > 0
    inside = Canvas(SIZE).shape(max(made.beard, key=lambda line: np.ptp(line, 0).prod())) > 0.5
    dark = made.photo.mean(-1) < 0.7 * np.median(clean.photo[outline(clean, mesh.OVAL) > 0.5])
    assert dark[inside].mean() > 2 * dark[~inside & (outline(clean, mesh.OVAL) > 0.5)].mean()


@pytest.mark.parametrize("fitted", [True, False])
def test_what_is_lent_takes_the_colours_of_this_ones_skin(people, fitted, monkeypatch):
    clean, *_, blue = people
    if not fitted:
        monkeypatch.setattr(module, "_GAIN", (1.0, 1.0))
    made = bearded(clean, blue)
    assert made.traits.beard == "none" and made.beard == ()
    where = changed(made, clean)
    before, after = (np.median(each.photo[where], 0) for each in (clean, made))
    assert (np.abs(after - before).max() < 15) == fitted


def test_a_head_keeps_its_scarf_and_shows_the_others_face(people):
    *_, scarf, blue = people
    made = with_face(scarf, blue)
    assert (made.traits.cover, made.traits.skin) == ("scarf", scarf.traits.skin)
    assert made.traits.eye_colour == blue.traits.eye_colour != scarf.traits.eye_colour
    # Under a scarf only brows tell of a hair's colour, and they come with the face.
    assert made.traits.hair_colour == blue.traits.hair_colour
    assert made.points is scarf.points and made.regions is scarf.regions
    where = changed(made, scarf)
    assert where[outline(scarf, mesh.OVAL) > 0.5].mean() > 0.5
    assert not (where & (scarf.regions != SKIN)).any()


def test_glasses_lie_about_the_eyes_of_a_leaning_head(people):
    clean = people[0]
    kinds = set()
    for seed in range(8):
        made = in_glasses(clean, seed)
        kinds.add(made.traits.glasses)
        assert np.array_equal(made.photo, in_glasses(clean, seed).photo)
        where = changed(made, clean)
        assert 0.01 < where.mean() < 0.2
        y, x = np.nonzero(where)
        along, across = _in_units(clean, x, y)
        assert -60 < along.min() < -30 and 30 < along.max() < 60
        assert -25 < across.min() and across.max() < 30
        assert abs(np.median(across[along < -10]) - np.median(across[along > 10])) < 4
        assert (np.abs(along) < 3).any()  # the bridge
    assert kinds == {"round", "square"}


def _in_units(portrait, x, y):
    """Places along and across the line of the eyes from the bridge of the nose, in percent of the
    width of the face."""
    from_bridge = np.stack([x, y], 1) - portrait.points[mesh.BRIDGE]
    left, right = (portrait.points[eye.outer] for eye in mesh.EYES)
    along = (right - left) / np.hypot(*(right - left))
    sides = portrait.points[[mesh.LEFT_SIDE, mesh.RIGHT_SIDE]]
    unit = np.hypot(*(sides[1] - sides[0])) / 100
    return (from_bridge @ np.array([along, [-along[1], along[0]]]).T / unit).T


def test_photographs_that_do_not_fit_are_refused(people):
    clean, full, *_ = people
    small = twin_portraits(People.of(Person()), 64)[0]
    with pytest.raises(GanlibError, match="square and of one size"):
        bearded(clean, small)
    with pytest.raises(GanlibError, match="square and of one size"):
        in_glasses(replace(clean, photo=clean.photo[:-8], regions=clean.regions[:-8]), 0)
    with pytest.raises(GanlibError, match="show no skin"):
        bearded(replace(clean, regions=np.zeros_like(clean.regions)), full)


@pytest.fixture(scope="module")
def folder():
    return PortraitFolder(DATA / "portraits", DATA)  # no photograph is read


@pytest.fixture(scope="module")
def script():
    return runpy.run_path(str(DATA / "draw_portraits.py"))


def test_who_lends_something_is_alike_and_was_not_held_out(folder, script):
    seen = script["trained_on"](folder)
    frontal = [n for n in seen if abs(head_turn(folder.landmarks[n])) <= script["TURNED"]]
    served = script["rare"](folder, frontal)
    assert set(served) == set("bcg") and all(len(names) > 30 for names in served.values())
    for kind in "bc":
        for name in served[kind]:
            own, lenders = folder.traits(name), script["lenders"](folder, name, kind)
            assert lenders and not any(map(folder.held_out, lenders)) and name not in lenders
            for other in lenders:
                traits: Traits = folder.traits(other)
                assert traits.sex == own.sex and abs(traits.skin - own.skin) <= 0.25
                if kind == "c":
                    assert traits.covered and traits.teeth == own.teeth
                    assert folder.outlined(other) == folder.outlined(name)
    assert not any(folder.outlined(name) for name in served["b"])
    assert all(folder.traits(name).glasses == "none" for name in served["g"] + served["c"])
