"""Rendered people become portraits whose points, regions and words are those of the renderer."""

import json
import sys
from importlib.resources import files
from itertools import cycle

import numpy as np
import pytest

from ganlib.core.errors import GanlibError
from ganlib.data.drawn import twin_portraits
from ganlib.data.pixels import to_uint8
from ganlib.drawing import REGIONS, STYLES, Traits, draw, mesh, photograph
from ganlib.twins import FIELDS, People, Person, layers, render_photographs, sample_people
from ganlib.twins.anatomy import landmarks

MEAN = np.array(
    json.loads(files("ganlib.data").joinpath("mean_face.json").read_text(encoding="utf-8"))
)
PARTNER = np.linalg.norm((MEAN * [-1, 1])[:, None] - MEAN, axis=-1).argmin(1)
"""Each point's place on the other side of the face."""


def portrait(size: int = 128, **fields):
    (made,) = twin_portraits(People.of(Person(**fields)), size)
    return made


def varied() -> People:
    """Twelve people, among them every hair style, covering, beard and pair of glasses."""
    people = sample_people(12, seed=40, style="soft")
    changes = {}
    for name in ("hair_style", "cover", "beard", "glasses", "earrings"):
        choices = len(next(about for about in FIELDS if about.name == name).choices)
        changes[name] = people.values.new_tensor([row % choices for row in range(12)])
    return people.replace(**changes)


def test_photographs_and_maps_are_those_of_the_renderer():
    people = sample_people(11, seed=2)
    portraits = twin_portraits(people, 48)
    photos = to_uint8(render_photographs(people, 48)).permute(0, 2, 3, 1).numpy()
    maps = layers.regions(people, 48).numpy()
    assert len(portraits) == 11
    for made, photo, kinds in zip(portraits, photos, maps, strict=True):
        assert np.array_equal(made.photo, photo) and np.array_equal(made.regions, kinds)
    assert REGIONS == layers.REGIONS


def test_nobody_is_refused():
    with pytest.raises(GanlibError, match="at least one person"):
        twin_portraits(People.of(Person())[:0], 64)


def test_the_mean_face_is_mirrored_and_in_head_units():
    assert MEAN.shape == (478, 2)
    assert np.array_equal(MEAN[PARTNER] * [-1, 1], MEAN) and len(set(PARTNER)) == 478
    assert np.abs(MEAN[[468, 473], 1]).max() < 1e-3 and np.allclose(MEAN[mesh.CHIN], [0, 1])


def test_points_of_the_mesh_are_where_the_renderer_draws_them():
    people = sample_people(5, seed=9)
    known = {name: points.numpy() for name, points in landmarks(people, 200).items()}
    for row, made in enumerate(twin_portraits(people, 200)):
        for name, index in (
            ("outline", mesh.OVAL),
            ("upper_outer_lip", mesh.UPPER_OUTER),
            ("lower_inner_lip", mesh.LOWER_INNER),
            ("right_lower_lid", mesh.RIGHT_EYE.lower),
            ("left_upper_lid", mesh.LEFT_EYE.upper),
            ("left_iris", range(468, 473)),
            ("right_iris", range(473, 478)),
        ):
            assert np.abs(made.points[list(index)] - known[name][row]).max() < 0.5, name
        brow = (
            made.points[list(mesh.LEFT_EYE.brow_top)],
            made.points[list(mesh.LEFT_EYE.brow_bottom)],
        )
        middle = (known["left_brow_top"][row] + known["left_brow_bottom"][row]) / 2
        assert np.abs(sum(brow) / 2 - middle).max() < 0.01


def test_a_brow_is_as_thick_as_its_weight_once():
    """The mesh has it at weight 1: a drawing multiplies by the weight."""
    thin, thick = portrait(brow_weight=0.5), portrait(brow_weight=1.5)
    assert np.allclose(thin.points, thick.points, atol=1e-3)


@pytest.mark.parametrize("pose", [{}, {"yaw": 0.9, "roll": 0.2}, {"pitch": 0.7, "yaw": -0.4}])
def test_the_mesh_does_not_fold(pose):
    """What lies left of something on a mean face does so on each: along brows, eyes and nose."""
    made = portrait(size=256, smile=1.0, mouth_open=0.6, **pose)
    turned = Person(**pose).roll
    axis = np.array([np.cos(turned), np.sin(turned)])
    for line in ((127, 116, 50, 205, 129, 4, 358, 425, 280, 345, 356), (162, 9, 389)):
        assert (np.diff(made.points[list(line)] @ axis) > 0).all()
    down = (10, 151, 9, 168, 197, 4, 2, 0, 13, 14, 17, 18, 200, 199, 152)
    along = made.points[list(down)] @ np.array([-axis[1], axis[0]])
    assert (np.diff(along) > 0).all()


def test_mirrored_people_have_a_mirrored_mesh():
    fields = {"yaw": 0.6, "roll": -0.2, "shift_x": 0.1, "pitch": 0.5, "smile": 0.8}
    other = {name: -fields[name] for name in ("yaw", "roll", "shift_x")}
    one, two = portrait(256, **fields), portrait(256, **(fields | other))
    flipped = two.points[PARTNER] * [-1, 1] + [256, 0]
    assert np.abs(one.points - flipped).max() < 0.1


def test_traits_are_the_words_of_the_person():
    shown = {"hair_style": "wavy", "cover": "cap", "beard": "none", "age": 0.7, "skin": 0.8}
    traits = portrait(size=32, mouth_open=0.3, **shown).traits
    assert all(getattr(traits, name) == pytest.approx(value) for name, value in shown.items())
    assert traits.teeth and traits.lid == "double"
    words = [about for about in FIELDS if about.choices and hasattr(Traits(), about.name)]
    rows = [{w.name: w.choices[row % len(w.choices)] for w in words} for row in range(12)]
    made = twin_portraits(People.of(*(Person(**row) for row in rows)), 8)
    for row, one in zip(rows, made, strict=True):
        assert {name: getattr(one.traits, name) for name in row} == row


@pytest.mark.parametrize(
    "sex, fields",
    [
        ("male", {"hair_style": "short"}),
        ("male", {"hair_style": "long", "beard": "full"}),
        ("female", {"hair_style": "short", "makeup": 0.5}),
        ("female", {"hair_style": "bob"}),
        ("female", {"hair_style": "bald", "cover": "scarf"}),
    ],
)
def test_people_present_as_their_hair_and_make_up_do(sex, fields):
    assert portrait(size=8, **fields).traits.sex == sex


def test_teeth_show_in_an_open_mouth_alone():
    assert not portrait(size=8, smile=1.0).traits.teeth
    assert portrait(size=8, mouth_open=0.2).traits.teeth


@pytest.fixture(params=[256, pytest.param(768, marks=pytest.mark.nightly)])
def working_size(request, monkeypatch):
    """Pixels at which drawings are made: by night those of the library, which take five times."""
    monkeypatch.setattr(sys.modules["ganlib.drawing.draw"], "WORKING_SIZE", request.param)


@pytest.mark.usefixtures("working_size")
@pytest.mark.parametrize("style", STYLES)
def test_a_rendered_person_is_drawn(style):
    made = portrait(160, hair_style="bob", hair_colour="red", zoom=0.75, background_value=0.9)
    photo, drawing = photograph(made, 128), draw(made, STYLES[style], 128)
    assert photo.size == drawing.size == (128, 128)
    # One frame: the drawn irises are where the photographed ones are.
    dark = [np.asarray(picture.convert("L"), float)[40:72] < 90 for picture in (photo, drawing)]
    assert all(mask.any() for mask in dark)


@pytest.mark.usefixtures("working_size")
def test_twelve_varied_people_are_drawn_in_turn_in_every_style():
    for made, style in zip(twin_portraits(varied(), 96), cycle(STYLES.values()), strict=False):
        picture = np.asarray(draw(made, style, 96))
        assert picture.shape == (96, 96, 3) and picture.std() > 10
