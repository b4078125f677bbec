"""Lists of photographs, and the ways between files, pictures and tensors."""

import os
import stat
from pathlib import Path

import numpy as np
import pytest
import torch
from pictures import saved, two_halves
from PIL import Image

from ganlib.core.errors import GanlibError
from ganlib.data.images import expand, list_photos, read_photo, save_png, to_pil, to_tensor
from ganlib.data.left_out import left_out


@pytest.fixture(autouse=True)
def nothing_left_out():
    left_out.clear()


def test_a_folder_is_what_its_files_hold_whatever_they_are_called(tmp_path):
    kinds = {"b.jpg": "PNG", "a.PNG": "PNG", "c": "JPEG", "d.jfif": "JPEG", "e.mpo": "MPO"}
    kinds |= {"f.txt": "TIFF", "g.avif": "AVIF", "h.jp2": "JPEG2000", "i.tga": "TGA"}
    for name, kind in kinds.items():
        (tmp_path / name).write_bytes(saved(two_halves(), kind))
    assert [path.name for path in list_photos([tmp_path])] == sorted(kinds)
    assert left_out == []


def test_what_a_folder_holds_besides_pictures_is_named_with_its_reason(tmp_path, capsys):
    folder = tmp_path / "photos"
    (folder / "2024").mkdir(parents=True)
    (folder / "a.jpg").write_bytes(saved(two_halves(), "JPEG"))
    (folder / "gone.jpg").symlink_to("nowhere.jpg")
    (folder / "circle.jpg").symlink_to("circle.jpg")
    (folder / "notes.txt").write_text("no picture")
    (folder / "empty.png").touch()
    (folder / "IMG_1.HEIC").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99))
    (folder / "print.jpg").write_bytes(b"%PDF-1.7 and so on")
    os.mkfifo(folder / "pipe.jpg")
    assert list_photos([folder]) == [folder / "a.jpg"]
    reasons = {
        "2024": "is a folder, not a picture; name it by itself",
        "gone.jpg": "is a link to a file that is gone",
        "circle.jpg": "is a link that leads in a circle",
        "notes.txt": "is not a picture of a known kind",
        "empty.png": "is empty",
        "IMG_1.HEIC": 'is a HEIC picture, which one more package reads: pip install "ganlib[heic]"',
        "print.jpg": "is a document",
        "pipe.jpg": "is a pipe or a device",
    }
    said = capsys.readouterr().err.splitlines()
    notes = {"2024", "notes.txt"}
    assert len(said) == len(reasons) and len(left_out) == len(reasons) - len(notes)
    for name, reason in reasons.items():
        (line,) = [line for line in said if f"{folder / name} {reason}" in line]
        start = "ganlib: note: left out: " if name in notes else "ganlib: left out: "
        assert line.startswith(start)


def test_what_phones_put_beside_pictures_is_noted_and_no_mistake(tmp_path, capsys):
    (tmp_path / "a.jpg").write_bytes(saved(two_halves(), "JPEG"))
    (tmp_path / "album.jpg").mkdir()
    beside = (
        "IMG_1.AAE",
        "IMG_1.MOV",
        "IMG_1.xmp",
        "b.mp4",
        "README",
        "c.txt",
        "d.json",
        "album.jpg",
    )
    for name in beside[:-1]:
        (tmp_path / name).write_bytes(b"\0\0\0\x14ftypqt  ")
    assert list_photos([tmp_path]) == [tmp_path / "a.jpg"] and left_out == []
    said = capsys.readouterr().err.splitlines()
    assert len(said) == len(beside) and all(line.startswith("ganlib: note: ") for line in said)


def test_what_systems_put_into_folders_is_no_ones_loss(tmp_path, capsys):
    (tmp_path / "a.jpg").write_bytes(saved(two_halves(), "JPEG"))
    for name in ("._a.jpg", ".DS_Store", "Thumbs.db", "desktop.ini", ".hidden.jpg"):
        (tmp_path / name).write_bytes(b"\0\5\x16\7")
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "out").mkdir()
    assert list_photos([tmp_path], tmp_path / "out") == [tmp_path / "a.jpg"]
    assert left_out == [] and capsys.readouterr().err == ""


def test_the_folder_for_drawings_is_looked_into_only_if_it_alone_is_given(tmp_path):
    out = tmp_path / "drawings"
    for path in (tmp_path / "a.png", out / "a.png"):
        save_png(two_halves(), path)
    assert list_photos([tmp_path / "*"], out) == list_photos([tmp_path / "a.png", out], out)
    assert list_photos([tmp_path / "*"], out) == [tmp_path / "a.png"]
    assert list_photos([out], out) == [out / "a.png"]


def test_files_that_are_named_are_taken_as_they_are_each_once(tmp_path):
    save_png(two_halves(), tmp_path / "b.png")
    save_png(two_halves(), tmp_path / "a.png")
    missing = tmp_path / "missing.jpg"
    listed = list_photos([missing, tmp_path / "b.png", tmp_path])
    assert listed == [missing, tmp_path / "b.png", tmp_path / "a.png"]


def test_a_folder_without_pictures_is_refused(tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(GanlibError, match="holds no picture that can be read"):
        list_photos([tmp_path])


def test_patterns_that_no_shell_expanded(tmp_path, monkeypatch):
    """As Windows hands them over; a file that is called so goes before."""
    (tmp_path / "inner").mkdir()
    for name in ("b.png", "a.png", "inner/c.png", "d.txt"):
        save_png(two_halves(), tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert [str(path) for path in list_photos(["*.png"])] == ["a.png", "b.png"]
    assert len(list_photos(["**/*.png"])) == 3
    assert [str(path) for path in list_photos(["*.jpg"])] == ["*.jpg"]  # reported when it is read
    save_png(two_halves(), tmp_path / "[ab].png")
    assert [str(path) for path in expand(["[ab].png"])] == ["[ab].png"]


def test_brackets_are_part_of_a_name(tmp_path):
    folder = tmp_path / "me [2024] *"
    for path in (folder / "a [1].png", folder / "b [2].png", tmp_path / "me 2 x" / "c.png"):
        save_png(two_halves(), path)
    assert list_photos([folder / "*.png"]) == [folder / "a [1].png", folder / "b [2].png"]
    assert list_photos([folder / "a [?].png"]) == [folder / "a [1].png"]
    missing = tmp_path / "me [2024] *" / "[ab].png"
    assert list(expand([missing, "/", "."])) == [missing, Path("/"), Path()]


def test_a_path_too_long_for_the_disk_is_a_file_that_is_not_there(tmp_path):
    path = tmp_path / ("x" * 300)
    assert list_photos([path]) == [path]
    with pytest.raises(GanlibError, match="is no name of a file here"):
        read_photo(path)


def test_tensors_and_pictures_are_exact_inverses():
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    images = [Image.fromarray(np.stack([levels, levels.T, levels[::-1]], 2)), two_halves(16, 16)]
    tensor = to_tensor(images)
    assert tensor.shape == (2, 3, 16, 16)
    assert tensor.dtype == torch.float32
    assert (tensor.min(), tensor.max()) == (-1, 1)
    assert tensor.is_contiguous(memory_format=torch.channels_last)
    for image, back in zip(images, to_pil(tensor), strict=True):
        assert np.array_equal(image, back)
    assert to_tensor(images[0]).shape == (1, 3, 16, 16)


def test_to_pil_clamps():
    (image,) = to_pil(torch.tensor([-3.0, 0.0, 3.0]).reshape(1, 3, 1, 1))
    assert image.getpixel((0, 0)) == (0, 128, 255)


def test_save_png(tmp_path):
    path = tmp_path / "new" / "a.png"
    save_png(two_halves(), path)
    save_png(two_halves(64, 64), path)
    assert read_photo(path).size == (64, 64)
    assert stat.S_IMODE(path.stat().st_mode) & 0o444
    assert [p.name for p in path.parent.iterdir()] == ["a.png"]


def test_save_png_says_where_it_cannot_write(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(GanlibError, match="file/a.png"):
        save_png(two_halves(), tmp_path / "file" / "a.png")
