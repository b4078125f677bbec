"""Conditions as vectors: one-hot, in range, and back."""

import pytest
import torch

from ganlib.data.conditions import CONDITIONED, encode, parts, width
from ganlib.twins import FIELDS, People, Person, sample_people

PEOPLE = sample_people(50, seed=3)


def test_the_parts_fill_the_vector():
    places = sorted((columns.start, columns.stop) for columns in parts().values())
    assert [start for start, _ in places] == [0, *(stop for _, stop in places[:-1])]
    assert places[-1][1] == width() == encode(PEOPLE).shape[1]
    assert tuple(parts()) == CONDITIONED


@pytest.mark.parametrize(
    "about", [a for a in FIELDS if a.name in CONDITIONED], ids=lambda a: a.name
)
def test_each_field_has_its_columns(about):
    columns = encode(PEOPLE)[:, parts()[about.name]]
    values = PEOPLE.field(about.name).flatten()
    if about.choices:
        assert torch.equal(columns, torch.eye(len(about.choices))[values.long()])
    else:
        back = about.low + (columns[:, 0] + 1) / 2 * (about.high - about.low)
        torch.testing.assert_close(back, values)
        assert columns.abs().max() <= 1


def test_other_fields_change_nothing():
    plain = People.of(Person())
    others = {a.name: a.high for a in FIELDS if a.name not in CONDITIONED}
    assert torch.equal(encode(plain), encode(plain.replace(**others)))
