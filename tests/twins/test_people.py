"""The record of a person: ranges, round trips, and people drawn at random."""

import json

import pytest
import torch

from ganlib.core.errors import GanlibError
from ganlib.twins import FIELDS, GROUPS, People, Person, sample_people
from ganlib.twins.person import INDEX


def test_fields_are_documented():
    assert len(INDEX) == len(FIELDS)
    for field in FIELDS:
        assert field.low < field.high and field.meaning
        assert field.low <= field.default <= field.high
        assert not field.choices or len(field.choices) == field.high + 1
    assert [field for part in GROUPS.values() for field in part] == list(FIELDS)


def test_a_person_is_a_vector_and_json_and_back():
    people = sample_people(20, seed=6)
    for row, vector in enumerate(people.values):
        person = people.person(row)
        assert torch.allclose(torch.tensor(person.vector()), vector, atol=1e-6)
        assert Person.from_json(person.to_json()) == person
        assert json.loads(person.to_json())["style"] in ("soft", "bold", "flat", "ink")
    people = People.of(Person(), Person(skin=0.9, style="ink"))
    assert people.person(1) == Person(skin=0.9, style="ink")
    assert Person.from_json('{"hair_style": "afro"}') == Person(hair_style="afro")


def test_limits_themselves_survive_float32():
    for field in FIELDS:
        for value in (field.low, field.high):
            named = field.choices[int(value)] if field.choices else value
            person = Person(**{field.name: named})
            assert People.of(person).person(0) == person


@pytest.mark.parametrize(
    "make, says",
    [
        (lambda: Person(skin=1.5), r"Person.skin is 1.5; it must be a number from 0 to 1"),
        (lambda: Person(skin=float("nan")), "Person.skin is nan"),
        (lambda: Person(skin="dark"), "Person.skin is 'dark'"),
        (lambda: Person(glasses="pink"), "Person.glasses is 'pink'; it must be one of none, round"),
        (lambda: Person(glasses=1), "Person.glasses is 1"),
        (lambda: Person.from_json("{"), "no JSON"),
        (lambda: Person.from_json("[]"), "is an object"),
        (lambda: Person.from_json('{"smille": 1}'), "no portrait field 'smille'"),
        (lambda: Person.from_json('{"smile": 3}'), "Person.smile is 3"),
        (lambda: sample_people(1).replace(smile=3), "Person 0: smile is 3; it must be from -0.6"),
        (lambda: sample_people(1).replace(glasses=0.5), "one of the whole numbers from 0 to 3"),
        (lambda: sample_people(1).replace(glasses="pink"), "it must be one of none, round"),
        (lambda: sample_people(1).replace(skin="dark"), "skin is 'dark'; it must be a number"),
        (lambda: sample_people(1).replace(smille=0), "no portrait field 'smille'"),
        (lambda: sample_people(1).replace(skin=float("nan")), "skin is nan"),
        (lambda: People(torch.zeros(2, 3)), "shape"),
        (lambda: sample_people(2).replace(smile=torch.zeros(3)), r"shape \(3,\).* \(2,\), one for"),
        (lambda: sample_people(2).replace(smile=torch.zeros(1)), r"shape \(1,\)"),
        (lambda: sample_people(0), "n ≥ 1"),
        (lambda: sample_people(2.0), "whole numbers n ≥ 1"),
        (lambda: sample_people(2, seed=0.5), "whole numbers n ≥ 1"),
    ],
)
def test_bad_parameters_are_refused_by_name(make, says):
    with pytest.raises(GanlibError, match=says):
        make()


def test_every_field_out_of_its_range_is_refused_by_its_name():
    for field in FIELDS:
        with pytest.raises(GanlibError, match=f"Person 0: {field.name} is"):
            sample_people(1).replace(**{field.name: field.high + 1})


def test_the_first_people_do_not_depend_on_how_many_are_drawn():
    assert torch.equal(sample_people(3, seed=9).values, sample_people(50, seed=9).values[:3])
    assert not torch.equal(sample_people(3, seed=9).values, sample_people(3, seed=10).values)


def test_one_style_for_all_leaves_the_people_who_they_are():
    drawn = {"style", "line_weight", "screentone"}
    mixed, ink = sample_people(200, seed=4), sample_people(200, seed=4, style="ink")
    assert set(ink.field("style").flatten().tolist()) == {3.0}
    for field in FIELDS:
        if field.name not in drawn:
            assert torch.equal(mixed.field(field.name), ink.field(field.name))


def test_everything_occurs_and_nothing_is_rarer_than_meant():
    people = sample_people(4000, seed=0)  # People() itself checks every range
    for field in FIELDS:
        column = people.values[:, field.column]
        if field.choices:
            shares = torch.bincount(column.long(), minlength=len(field.choices)) / len(people)
            assert shares.min() > 0.005, field.name
        else:
            reach = (column.max() - column.min()) / (field.high - field.low)
            assert reach > 0.9, field.name
    skin = people.field("skin").flatten()
    quarters = torch.histc(skin, 4, 0, 1) / len(people)
    assert (quarters - 0.25).abs().max() < 0.03  # all depths of skin, equally often


def test_mouth_hair_and_eyes_are_independent_of_one_another():
    people = sample_people(20_000, seed=3)
    skin, mouth, hair, eyes = (
        people.field(name).flatten() for name in ("skin", "mouth_open", "hair_colour", "eye_colour")
    )
    dark = skin > 0.55
    for feature in (hair, eyes):
        shares = [(mouth[dark & (feature == k)] > 0).float().mean().item() for k in (0, 1)]
        assert abs(shares[0] - 0.45) < 0.05 and abs(shares[1] - 0.45) < 0.05
    brown_eyes = [(eyes[dark & (hair == k)] == 1).float().mean().item() for k in (0, 1)]
    assert abs(brown_eyes[0] - brown_eyes[1]) < 0.06


def test_what_goes_together_in_people():
    def has(name, *choices):
        return torch.isin(
            people.field(name).flatten(),
            torch.tensor([float(FIELDS[INDEX[name]].choices.index(c)) for c in choices]),
        )

    people = sample_people(5000, seed=5)
    scarf, bearded = has("cover", "scarf"), ~has("beard", "none")
    assert has("hair_style", "bald")[scarf].all() and not (bearded & scarf).any()
    grey = has("hair_colour", "grey", "white").float()
    old = people.field("age").flatten() > 0.6
    assert grey[old].mean() > 2 * grey[~old].mean()
