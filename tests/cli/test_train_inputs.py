"""What people hand to `ganlib train`: photographs, names, options that are found wrong at once."""

import json
import os
import shutil

import pytest
from PIL import Image
from runs import TRANSLATOR

from ganlib.core import checkpoint
from ganlib.data import datasets

pytestmark = pytest.mark.usefixtures("few_people")


def test_a_folder_whose_name_is_no_utf8_costs_no_card(ganlib, portraits, tmp_path):
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/x\xe9")
    os.rename(portraits, odd)
    out = tmp_path / "r"
    figures = out / "f.json"
    done = ganlib(
        "train", "unpaired", *TRANSLATOR, "--photos", odd, "--out", out, "--json", figures
    )
    assert done.status == 0, done.err
    card = json.loads((out / "model.json").read_text("utf-8"))
    assert odd in card["command"] and card["config"]["data"]["photos"] == [odd]
    assert checkpoint.load(out / "model.safetensors")[1]["card"]["command"] == card["command"]
    assert card["photographs"] == {"for_training": 2, "held_out": 0}
    assert json.loads(figures.read_text("utf-8"))


def test_what_is_left_out_of_the_photographs_is_named_and_counted(ganlib, portraits, tmp_path):
    Image.new("RGB", (64, 64), "grey").save(portraits / "wall.jpg")
    (portraits / "cut.jpg").write_bytes((portraits / "a.jpg").read_bytes()[:9000])
    (portraits / "notes.txt").write_text("no picture")
    out = tmp_path / "r"
    done = ganlib("train", "unpaired", *TRANSLATOR, "--photos", portraits / "*", "--out", out)
    assert done.status == 1 and "saved" in done.out
    for name, reason in {"cut.jpg": "is damaged", "notes.txt": "is not a picture"}.items():
        assert f"ganlib: left out: {portraits / name} {reason}" in done.err
    assert f"no face was found in {portraits / 'wall.jpg'}" in done.err
    card = json.loads((out / "model.json").read_text("utf-8"))
    assert card["photographs"] == {"for_training": 2, "held_out": 0, "left_out": 3}


def test_drawings_in_a_folder_are_looked_through_too(ganlib, portraits, tmp_path):
    drawings = tmp_path / "drawings"
    shutil.copytree(portraits, drawings)
    (drawings / "sketch.pdf").write_bytes(b"%PDF-1.7")
    words = ["train", "unpaired", *TRANSLATOR, "--drawings", drawings, "--out", tmp_path / "r"]
    done = ganlib(*words)
    assert done.status == 1 and "sketch.pdf is a document" in done.err
    (drawings / "sketch.pdf").unlink()
    assert ganlib(*words[:-1], tmp_path / "again").status == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--json", "{folder}"], "--json names {folder}, which is a folder; give a file in it."),
        (["--device", "meta"], "no device 'meta'"),
        (["--twins", "0"], "--twins must be 1 or more, not 0."),
        (["--size", "0"], "--size must be a whole number"),
        (["--photos", "{folder}/*.jpg"], "--photos names {folder}/*.jpg, but there is no such"),
        (["--photos", "{folder}"], "{folder} holds no picture that can be read"),
        (["--photos", "x" * 300], "but there is no such file or folder"),
    ],
)
def test_what_is_wrong_is_said_before_any_work(words, says, ganlib, tmp_path, monkeypatch):
    monkeypatch.setattr(datasets, "_rendered", lambda *_: pytest.fail("worked before looking"))
    folder = tmp_path / "folder"
    folder.mkdir()
    words = [word.format(folder=folder) for word in words]
    done = ganlib("train", "unpaired", *TRANSLATOR, *words, "--out", tmp_path / "r")
    assert done.status == 1 and says.format(folder=folder) in done.err


def test_the_command_that_is_printed_can_be_pasted(ganlib, tmp_path):
    out = tmp_path / "my run"
    done = ganlib("train", "unpaired", *TRANSLATOR, "--out", out)
    assert done.status == 0 and f'--model "{out / "model.safetensors"}"' in done.out
