"""Files are whole at every moment, and what cannot be written is explained."""

import errno
import os

import pytest

from ganlib.core import files
from ganlib.core.errors import GanlibError
from ganlib.core.files import write_atomic


def test_a_file_in_use_elsewhere_is_explained(tmp_path, monkeypatch):
    """Windows replaces no file that a program has open."""

    def refuse(old, new):
        raise PermissionError(errno.EACCES, "Access is denied", str(new))

    path = tmp_path / "me.png"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(GanlibError, match="close the program that has it open"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_explained(tmp_path, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(GanlibError, match="No space left on device; .* so make room"):
        write_atomic(tmp_path / "me.png", b"new")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_permission_is_no_open_file(tmp_path, monkeypatch):
    def refuse(*words):
        raise PermissionError(errno.EACCES, "Permission denied")

    (tmp_path / "me.png").write_bytes(b"old")
    monkeypatch.setattr(files.tempfile, "mkstemp", refuse)
    with pytest.raises(GanlibError, match="Permission denied; .* choose another folder"):
        write_atomic(tmp_path / "me.png", b"new")


def test_a_temporary_file_that_another_writer_holds_is_no_error(tmp_path, monkeypatch):
    """Windows removes no file that is open."""
    path = tmp_path / "a"
    monkeypatch.setattr(os, "replace", lambda *_: None)
    monkeypatch.setattr(files.Path, "unlink", lambda *_, **__: None)
    write_atomic(path, b"of another")
    (held,) = tmp_path.iterdir()
    monkeypatch.undo()
    remove = files.Path.unlink

    def refuse(self, missing_ok=False):
        if self == held:
            raise PermissionError(errno.EACCES, "in use")
        remove(self, missing_ok)

    monkeypatch.setattr(files.Path, "unlink", refuse)
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new" and set(tmp_path.iterdir()) == {path, held}


def test_a_name_as_long_as_the_disk_takes(tmp_path):
    for name in ("x" * 255, "漢" * 85):
        write_atomic(tmp_path / name, b"data")
        assert (tmp_path / name).read_bytes() == b"data"
    assert len(list(tmp_path.iterdir())) == 2


def test_what_a_killed_writer_left_goes_and_what_others_write_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "replace", lambda *_: None)
    monkeypatch.setattr(files.Path, "unlink", lambda *_, **__: None)
    write_atomic(tmp_path / "a", b"")
    write_atomic(tmp_path / "b", b"")
    monkeypatch.undo()
    assert len(list(tmp_path.iterdir())) == 2
    write_atomic(tmp_path / "a", b"new")
    left = [path.name for path in tmp_path.iterdir() if path.name != "a"]
    assert len(left) == 1 and left[0].endswith(".tmp")
