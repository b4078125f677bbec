"""`ganlib lessons`: every notebook is copied, and nobody's work is lost."""

from pathlib import Path

import pytest

from ganlib.cli import lessons
from ganlib.cli.doctor import EXTRAS
from ganlib.core.errors import GanlibError

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
NAMES = sorted(path.name for path in NOTEBOOKS.glob("[0-9]*.ipynb"))


def test_every_lesson_is_copied_as_it_is(ganlib, tmp_path):
    folder = tmp_path / "my course"
    done = ganlib("lessons", folder)
    assert done.status == 0, done.err
    assert sorted(path.name for path in folder.iterdir()) == NAMES
    assert all((folder / n).read_bytes() == (NOTEBOOKS / n).read_bytes() for n in NAMES)
    assert f'jupyter lab "{folder / NAMES[0]}"' in done.out
    assert "pip install" not in done.out
    assert ganlib("lessons", folder).status == 0, "the same again changes nothing"


def test_work_on_a_lesson_is_never_overwritten(ganlib, tmp_path):
    (tmp_path / NAMES[1]).write_text("my answers")
    done = ganlib("lessons", tmp_path)
    assert done.status == 1
    assert NAMES[1] in done.err and "give another folder" in done.err
    assert [path.name for path in tmp_path.iterdir()] == [NAMES[1]]
    assert (tmp_path / NAMES[1]).read_text() == "my answers"


def test_what_the_core_install_lacks_is_named(ganlib, tmp_path, monkeypatch):
    monkeypatch.setitem(EXTRAS, "lessons", ("torch", "no_such_package"))
    assert 'pip install "ganlib[lessons]"' in ganlib("lessons", tmp_path).out


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_folder_that_cannot_be(ganlib, tmp_path, place):
    (tmp_path / "file").write_text("in the way")
    done = ganlib("lessons", tmp_path / place)
    assert done.status == 1 and "file" in done.err


def test_all_lessons_are_copied_or_none(ganlib, tmp_path, monkeypatch):
    def full(path, data):
        if path.name == NAMES[-1]:
            raise GanlibError("the disk is full.")
        path.write_bytes(data)

    (tmp_path / NAMES[0]).write_bytes((NOTEBOOKS / NAMES[0]).read_bytes())
    monkeypatch.setattr(lessons, "write_atomic", full)
    done = ganlib("lessons", tmp_path)
    assert done.status == 1 and "the disk is full" in done.err
    assert [path.name for path in tmp_path.iterdir()] == NAMES[:1]


def test_a_file_that_cannot_be_read_is_named(ganlib, tmp_path):
    (tmp_path / NAMES[1]).mkdir()
    done = ganlib("lessons", tmp_path)
    assert done.status == 1 and f"cannot read {tmp_path / NAMES[1]}" in done.err


def test_other_notebooks_beside_the_package_are_no_lessons(ganlib, tmp_path, monkeypatch):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "2024.ipynb").touch()
    monkeypatch.setattr(lessons, "FOLDERS", (tmp_path / "other", NOTEBOOKS))
    assert ganlib("lessons", tmp_path / "new").status == 0
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == NAMES


def test_a_package_without_lessons(ganlib, tmp_path, monkeypatch):
    monkeypatch.setattr(lessons, "FOLDERS", (tmp_path,))
    done = ganlib("lessons", tmp_path / "new")
    assert done.status == 1 and "install ganlib again" in done.err
