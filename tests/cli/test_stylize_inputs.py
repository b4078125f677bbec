"""What people hand to `ganlib stylize`: names, folders, streams, memory."""

import os
import subprocess
import sys

import pytest
import torch
from pictures import saved, two_halves
from PIL import Image

from ganlib.cli import main as command_line
from ganlib.cli.main import is_out_of_memory
from ganlib.cli.stylize import drawing_name
from ganlib.pipelines import stylize
from ganlib.pipelines.stylize import Stylizer


@pytest.fixture
def draw(ganlib, model, tmp_path):
    """Stylize into the folder `out`."""
    return lambda *words: ganlib("stylize", *words, "--out", tmp_path / "out", "--model", model)


def names(tmp_path):
    return sorted(path.name for path in (tmp_path / "out").iterdir())


def put(folder, name, kind="JPEG"):
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(saved(two_halves(), kind))
    return folder / name


def test_a_folder_of_mixed_kinds_is_drawn_and_the_rest_named(draw, tmp_path):
    folder = tmp_path / "in"
    kinds = {"B.JPG": "JPEG", "c.mpo": "MPO", "x.avif": "AVIF", "x2.jfif": "JPEG", "x3": "WEBP"}
    for name, kind in kinds.items():
        put(folder, name, kind)
    (folder / "2024").mkdir()
    (folder / "gone.jpg").symlink_to("nowhere")
    (folder / "._B.JPG").touch()
    done = draw(folder)
    assert done.status == 1 and done.out.count("→") == 5
    left = [line for line in done.err.splitlines() if line.startswith("ganlib: left out: ")]
    assert len(left) == 1 and "gone.jpg" in left[0]
    (folder / "gone.jpg").unlink()
    again = draw(folder, "--resume")
    assert again.status == 0 and f"note: left out: {folder / '2024'} is a folder" in again.err


def test_drawings_in_a_folder_of_the_photographs_are_not_left_out(ganlib, model, tmp_path):
    put(tmp_path / "in", "a.jpg")
    for _ in range(2):
        done = ganlib(
            *("stylize", tmp_path / "in", "--out", tmp_path / "in" / "drawings"), "--model", model
        )
        assert done.status == 0 and "left out" not in done.err


def test_a_photograph_that_fails_to_decode_does_not_stop_the_next(draw, tmp_path):
    whole = put(tmp_path / "in", "b.avif", "AVIF").read_bytes()
    cut = bytearray(whole)
    cut[-60:] = bytes(60)
    (tmp_path / "in" / "a.avif").write_bytes(cut[:-5])
    done = draw(tmp_path / "in")
    assert done.status == 1 and names(tmp_path) == ["b.png"]
    assert "a.avif is damaged or cut short" in done.err


def test_long_names_are_cut_and_numbered(draw, tmp_path):
    stem = "漢" * 83
    for ending in (".jpg", ".jfif", ""):
        put(tmp_path / "in", stem + "漢" * (not ending) * 2 + ending)
    put(tmp_path / "in", "z.jpg")
    assert draw(tmp_path / "in").status == 0
    found = names(tmp_path)
    assert len(found) == 4 and "z.png" in found
    assert all(len(os.fsencode(name)) <= 255 for name in found)
    assert draw(tmp_path / "in", "--resume") == (0, "", "")


def test_a_name_is_cut_between_characters(tmp_path):
    for stem in ("x" * 400, "é" * 200, "漢" * 100, "x\udce9" * 200):
        name = drawing_name(tmp_path, stem, 12).name
        assert len(os.fsencode(name)) in range(250, 256) and name.endswith("-12.png")
        assert stem.startswith(name.removesuffix("-12.png"))


def test_a_name_that_is_no_utf8(draw, tmp_path):
    folder = os.fsdecode(os.fsencode(tmp_path) + b"/x\xe9")
    os.mkdir(folder)
    with open(folder + "/a\udce9.jpg", "wb") as file:
        file.write(saved(two_halves(), "JPEG"))
    assert draw(folder).status == 0
    assert os.listdir(os.fsencode(tmp_path / "out")) == [b"a\xe9.png"]


def test_patterns_are_expanded(draw, tmp_path):
    for name in ("a.jpg", "b.jpg", "c.png"):
        put(tmp_path / "in", name)
    assert draw(tmp_path / "in" / "*.jpg").status == 0
    assert names(tmp_path) == ["a.png", "b.png"]


def test_resume_tells_photographs_of_one_name_apart(draw, tmp_path):
    put(tmp_path / "in", "a.jpg")
    assert draw(tmp_path / "in").status == 0
    put(tmp_path / "in", "a.png", "PNG")
    assert draw(tmp_path / "in", "--resume").out.count("→") == 1
    assert draw(tmp_path / "in", "--resume") == (0, "", "")


def test_resume_counts_no_file_that_is_no_picture(draw, tmp_path):
    (tmp_path / "a.jpg").write_text("no picture")
    photos = tmp_path / "a.jpg", put(tmp_path, "a.png", "PNG")
    for words in ((), ("--resume",)):
        assert draw(*photos, *words).status == 1 and names(tmp_path) == ["a.png"]


def test_resume_tells_long_names_apart_that_are_cut_alike(draw, tmp_path):
    folder, stem = tmp_path / "in", "漢" * 83
    put(folder, stem + ".jpg")
    assert draw(folder).status == 0
    put(folder, stem + "漢漢")
    assert draw(folder, "--resume").out.count("→") == 1
    assert draw(folder, "--resume") == (0, "", "") and len(names(tmp_path)) == 2


def test_a_picture_as_the_folder_is_refused(ganlib, model, tmp_path):
    done = ganlib("stylize", put(tmp_path, "a.jpg"), "--out", tmp_path / "x.png", "--model", model)
    assert done.status == 1 and "--out must be a folder, not a picture" in done.err
    assert not (tmp_path / "x.png").exists()


def test_further_faces_are_mentioned(draw, photos, monkeypatch):
    (face,) = stylize.find_faces(Image.open(photos / "astronaut.png").convert("RGB"))
    monkeypatch.setattr(stylize, "find_faces", lambda image: [face, face, face])
    photo = photos / "astronaut.png"
    said = f"ganlib: note: 3 faces in {photo}: the largest is drawn; --all-faces draws all.\n"
    assert draw(photo).err == said
    assert draw(photo, "--all-faces").err == draw(photo, "--quiet").err == ""


NO_MEMORY = [
    MemoryError(),
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB"),
    RuntimeError(
        "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate"
        " memory: you tried to allocate 983040000 bytes."
    ),
    RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 98304 bytes."),
    RuntimeError("MPS backend out of memory (MPS allocated: 18.0 GB)"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    OSError(12, "Cannot allocate memory"),
    ImportError("libtorch_cpu.so: failed to map segment from shared object"),
]


@pytest.mark.parametrize("raised", NO_MEMORY, ids=lambda error: str(error)[:20])
def test_out_of_memory_names_what_to_lower(raised, draw, photos, monkeypatch):
    def fail(*_):
        raise raised

    monkeypatch.setattr(Stylizer, "translate", fail)
    done = draw(photos / "wall.png")
    said = "ganlib: error: out of memory; give a lower --size, or close other programs.\n"
    assert done.status == 1 and done.err.endswith(said)


def test_other_errors_are_not_taken_for_it(draw, photos, monkeypatch):
    assert not is_out_of_memory(RuntimeError("shape mismatch"))
    monkeypatch.setattr(Stylizer, "translate", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        draw(photos / "wall.png")


def test_every_command_that_may_need_much_says_what_to_lower():
    assert set(command_line.COMMANDS) - set(command_line.LOWER) == {"models", "lessons", "doctor"}
    assert set(command_line.LOWER) <= set(command_line.COMMANDS)


def run(words, **options):
    return subprocess.run(
        [sys.executable, "-m", "ganlib", *map(str, words)],
        **{"stderr": subprocess.PIPE, "text": True, "timeout": 300, **options},
    )


@pytest.mark.parametrize("way", ["gone", "full", "closed", "both closed"])
def test_pictures_go_on_when_nobody_takes_the_words(way, model, tmp_path):
    """`| head -1`, `> /dev/full`, `>&-`, `>&- 2>&-`."""
    for i in range(3):
        put(tmp_path / "in", f"{i}.jpg")
    words = ["stylize", tmp_path / "in", "--out", tmp_path / "out", "--model", model]
    if way == "gone":
        read, write = os.pipe()
        os.close(read)
        with os.fdopen(write, "w") as gone:
            done = run(words, stdout=gone)
    elif way == "full":
        if not os.path.exists("/dev/full"):
            pytest.skip("needs /dev/full")
        with open("/dev/full", "w") as full:
            done = run(words, stdout=full)
    else:
        shut = [1, 2] if way == "both closed" else [1]
        done = run(words, preexec_fn=lambda: [os.close(fd) for fd in shut])
    assert len(names(tmp_path)) == 3
    warnings = [line for line in done.stderr.splitlines() if "no face seen" not in line]
    said = "ganlib: error: standard output could not be written: No space left on device; "
    wanted = {"gone": (141, []), "full": (1, [said + "all else is done."])}
    assert (done.returncode, warnings) == wanted.get(way, (0, []))
