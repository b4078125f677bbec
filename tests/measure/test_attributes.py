"""Attributes of a portrait: true answers by hand, and what does not show."""

import pytest
import torch

from ganlib.core.errors import GanlibError
from ganlib.measure import attributes
from ganlib.measure.attributes import ATTRIBUTES, BY_NAME, CUTS, IRISES, SHADES, truths, visible
from ganlib.twins import FIELDS, People, Person, colours, sample_people

GREY = torch.zeros(1, 3, 64, 64)


def answers(**fields):
    """({attribute: its true answer}, {attribute: whether it shows}) for one person."""
    people = People.of(Person(**fields))
    true, shown = truths(people, GREY), visible(people, drawn=True)
    return {name: true[name][0] for name in true}, {name: bool(shown[name]) for name in shown}


def test_every_answer_has_the_shape_and_range_of_its_kind():
    people = sample_people(64, 3)
    pictures = torch.rand(64, 3, 64, 64) * 2 - 1
    true, shown = truths(people, pictures), visible(people, drawn=True)
    assert list(true) == list(shown) == [about.name for about in ATTRIBUTES]
    for about in ATTRIBUTES:
        answer = true[about.name]
        assert answer.shape == ((64, 3) if about.kind == "colour" else (64,))
        assert shown[about.name].dtype == torch.bool and shown[about.name].shape == (64,)
        if about.kind == "binary":
            assert answer.dtype == torch.bool
        elif about.kind == "choice":
            assert answer.min() >= 0 and answer.max() < len(about.choices)
        elif about.kind == "colour":
            assert answer.min() >= 0 and answer.max() <= 1


@pytest.mark.parametrize(
    ("field", "groups"), [("hair_colour", SHADES), ("hair_style", CUTS)], ids=str
)
def test_every_choice_is_in_one_group(field, groups):
    (about,) = (about for about in FIELDS if about.name == field)
    assert sorted(sum(groups.values(), ())) == sorted(about.choices)


@pytest.mark.parametrize(
    ("fields", "name", "expected"),
    [
        ({"glasses": "none"}, "glasses", False),
        ({"glasses": "round"}, "glasses", True),
        ({"glasses": "sunglasses"}, "glasses", True),
        ({"glasses": "square"}, "sunglasses", False),
        ({"glasses": "sunglasses"}, "sunglasses", True),
        ({"cover": "cap"}, "cover", True),
        ({"cover": "turban"}, "scarf", False),
        ({"cover": "scarf"}, "scarf", True),
        ({"beard": "goatee"}, "beard", True),
        ({"beard": "none"}, "beard", False),
        ({"mouth_open": 0.9}, "mouth_open", True),
        ({"mouth_open": 0.0}, "mouth_open", False),
        ({"eye_open": 0.1}, "eyes_closed", True),
        ({"eye_open": 1.0}, "eyes_closed", False),
        ({"eye_colour": "grey"}, "eye_colour", list(IRISES).index("blue or grey")),
        ({"hair_colour": "blond"}, "hair_shade", list(SHADES).index("light")),
        ({"hair_colour": "white"}, "hair_shade", list(SHADES).index("grey or white")),
        ({"hair_style": "braids"}, "hair_style", list(CUTS).index("braids")),
        ({"hair_style": "shaved"}, "hair_style", 0),
    ],
)
def test_true_answers(fields, name, expected):
    assert answers(**fields)[0][name] == expected


def test_numbers_and_colours_are_the_persons_own():
    true, _ = answers(yaw=-0.4, roll=0.2, skin=1.0, hair_colour="red", hair_tone=0.9, zoom=1.2)
    assert true["yaw"] == pytest.approx(-0.4) and true["roll"] == pytest.approx(0.2)
    assert true["zoom"] == pytest.approx(1.2)
    assert true["skin"].tolist() == pytest.approx(colours.SKIN[-1])
    red = next(about for about in FIELDS if about.name == "hair_colour").choices.index("red")
    assert true["hair"].tolist() == pytest.approx([0.9 * c for c in colours.HAIR[red]])
    plain, _ = answers(clothes_saturation=0.0, clothes_value=0.3)
    assert plain["clothes"].tolist() == pytest.approx([0.3] * 3)


def test_the_background_is_the_upper_corners_mean():
    picture = torch.rand(1, 3, 60, 60) * 2 - 1
    true = truths(People.of(Person()), picture)["background"][0]
    corners = torch.cat([picture[0, :, :10, :10], picture[0, :, :10, 50:]], 2)
    assert torch.allclose(true, corners.mean((1, 2)) / 2 + 0.5)


@pytest.mark.parametrize(
    ("fields", "hidden"),
    [
        ({}, set()),
        ({"cover": "scarf"}, {"hair", "hair_shade", "hair_style", "clothes"}),
        ({"zoom": 1.35}, {"clothes"}),
        ({"pattern": "checks"}, {"clothes"}),
        ({"cover": "cap"}, {"hair", "hair_shade", "hair_style"}),
        ({"hair_style": "bald"}, {"hair", "hair_shade"}),
        ({"glasses": "sunglasses"}, {"eye_colour", "eyes_closed"}),
        ({"eye_open": 0.1}, {"eye_colour"}),
        ({"mouth_open": 0.2}, {"mouth_open"}),
        ({"beard": "stubble"}, {"beard"}),
        ({"zoom": 0.7}, {about.name for about in ATTRIBUTES if about.fine}),
    ],
    ids=str,
)
def test_what_does_not_show_is_masked(fields, hidden):
    _, shown = answers(**{"hair_style": "short", "zoom": 0.9, **fields})
    assert {name for name, shows in shown.items() if not shows} == hidden


def test_ink_hides_colours_in_the_drawing_and_not_in_the_photograph():
    people = People.of(Person(style="ink", hair_style="short", zoom=0.9))
    hidden = {name for name, shows in visible(people, drawn=True).items() if not shows}
    assert hidden == {"skin", "hair", "clothes", "eye_colour", "hair_shade"}
    assert all(visible(people, drawn=False).values())


def test_pose_shows_in_every_picture():
    people = sample_people(200, 1)
    for name in ("yaw", "roll", "zoom", "skin"):
        assert visible(people, drawn=False)[name].all() and not BY_NAME[name].fine


def test_pictures_must_be_as_many_as_people():
    with pytest.raises(GanlibError, match="one picture for each person"):
        truths(sample_people(2, 0), GREY)


def test_domains_are_the_photograph_and_every_house_style():
    (style,) = (about for about in FIELDS if about.name == "style")
    assert attributes.DOMAINS == ("photograph", *style.choices)
