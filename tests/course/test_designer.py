"""The portrait designer: a handle for every field, pictures that follow, files that come back."""

import io

import pytest
import torch
from PIL import Image

from ganlib.data.images import to_tensor
from ganlib.lessons.designer import Designer
from ganlib.twins import FIELDS, People, Person, render_twins


@pytest.fixture
def designer(tmp_path):
    return Designer(Person(skin=0.6, hair_style="afro"), size=32, folder=tmp_path)


def shown(designer):
    return Image.open(io.BytesIO(designer.picture.value))


def press(designer, label):
    (button,) = [b for b in designer.view.children[1].children if b.description == label]
    button.click()


def test_every_field_has_a_handle_within_its_range(designer):
    assert set(designer.handles) == {field.name for field in FIELDS}
    for field in FIELDS:
        handle = designer.handles[field.name]
        assert handle.description == field.name
        if field.choices:
            assert tuple(handle.options) == field.choices
        else:
            assert (handle.min, handle.max) == (field.low, field.high)
    assert designer.person == Person(skin=0.6, hair_style="afro")


def test_the_picture_is_of_the_person_and_follows_a_handle(designer):
    before = shown(designer)
    assert before.size == (66, 32)  # two of 32 pixels and a gap of 2
    photo, anime = render_twins(People.of(designer.person), 32)
    sheet = to_tensor(before.crop((0, 0, 32, 32)))
    assert torch.allclose(sheet, photo, atol=1 / 127)
    designer.handles["skin"].value = 0.1
    designer.handles["cover"].value = "turban"
    assert designer.person == Person(skin=0.1, hair_style="afro", cover="turban")
    assert shown(designer).tobytes() != before.tobytes()
    press(designer, "Reset")
    assert shown(designer).tobytes() == before.tobytes()


def test_somebody_else_is_drawn_at_random_and_is_another_each_time(designer):
    press(designer, "Somebody else")
    first = designer.person
    press(designer, "Somebody else")
    assert designer.person != first


def test_what_is_saved_comes_back(designer, tmp_path):
    press(designer, "Save as JSON")
    press(designer, "Save as PNG")
    assert Person.from_json((tmp_path / "person.json").read_text()) == designer.person
    assert Image.open(tmp_path / "person.png").tobytes() == shown(designer).tobytes()
    assert "person.png" in designer.note.value


def test_a_folder_that_cannot_be_written_is_said_and_nothing_raised(tmp_path):
    (tmp_path / "file").write_text("x")
    designer = Designer(size=32, folder=tmp_path / "file")
    press(designer, "Save as JSON")
    assert "file" in designer.note.value and "Saved" not in designer.note.value
