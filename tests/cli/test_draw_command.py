"""`ganlib draw`: what is asked for is what is drawn."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from runs import SIZE

from ganlib.cli import draw
from ganlib.core.networks.dcgan import DCGANGenerator, DCGANGeneratorConfig
from ganlib.data.conditions import CONDITIONED
from ganlib.data.images import to_tensor
from ganlib.measure.attributes import DOMAINS
from ganlib.measure.probe import load_probe
from ganlib.twins import FIELDS
from ganlib.weights import save_model


@pytest.fixture
def noise_model(tmp_path):
    torch.manual_seed(0)
    path = tmp_path / "noise.safetensors"
    save_model(path, DCGANGenerator(DCGANGeneratorConfig(SIZE, width=8)), {"problem": "noise"})
    return path


def test_a_sheet(ganlib, tmp_path):
    out = tmp_path / "new" / "faces.png"
    done = ganlib("draw", "--n", 9, "--scale", 2, "--out", out)
    assert done == (0, f"drew 9 faces in {out}\n", "")
    with Image.open(out) as sheet:  # 8 columns, 2 rows, gaps of 2 pixels that grow too
        assert sheet.size[0] >= 8 * 128 and sheet.size[1] >= 2 * 128
        assert sheet.size[0] < 9 * 128 and sheet.size[1] < 3 * 128


def test_a_folder(ganlib, tmp_path):
    out = tmp_path / "faces"
    assert ganlib("draw", "--n", 1, "--out", out).out == f"drew 1 face in {out}/\n"
    assert ganlib("draw", "--n", 3, "--scale", 3, "--out", out).status == 0
    files = sorted(path.name for path in out.iterdir())
    assert files == ["face-0000.png", "face-0001.png", "face-0002.png"]
    with Image.open(out / files[0]) as face:
        assert face.size == (192, 192)
        large = np.asarray(face)
    assert np.array_equal(large, large[::3, ::3].repeat(3, 0).repeat(3, 1))  # pixels stay pixels


def test_the_seed_decides(ganlib, tmp_path):
    sheets = []
    for i, seed in enumerate((3, 3, 4)):
        out = tmp_path / f"{i}.png"
        assert ganlib("draw", "--n", 2, "--seed", seed, "--beard", "full", "--out", out).status == 0
        sheets.append(out.read_bytes())
    assert sheets[0] == sheets[1] != sheets[2]


def test_a_sheet_and_a_folder_show_the_same_faces(ganlib, tmp_path):
    ganlib("draw", "--n", 1, "--style", "flat", "--out", tmp_path / "sheet.png")
    ganlib("draw", "--n", 1, "--style", "flat", "--out", tmp_path / "folder")
    sheet = np.asarray(Image.open(tmp_path / "sheet.png"))
    assert np.array_equal(sheet, Image.open(tmp_path / "folder" / "face-0000.png"))


@pytest.mark.parametrize(
    ("option", "value"), [("style", "inky"), ("hair_colour", "mauve"), ("glasses", "monocle")]
)
def test_unknown_choices_are_refused_with_those_that_are_known(option, value, ganlib, tmp_path):
    words = f"--{option.replace('_', '-')}"
    done = ganlib("draw", words, value, "--out", tmp_path / "o")
    choices = next(about.choices for about in FIELDS if about.name == option)
    assert done.status == 1 and done.out == ""
    said = f"{words} must be one of {', '.join(choices)}, not '{value}'."
    assert done.err == f"ganlib: error: {said}\n"
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize("name", ["faces.jpg", "faces.JPEG", "faces.webp"])
def test_pictures_of_other_kinds_are_refused(name, ganlib, tmp_path):
    done = ganlib("draw", "--n", 1, "--out", tmp_path / name)
    said = f"--out must be a .png file or a folder, not {tmp_path / name}."
    assert (done.status, done.err) == (1, f"ganlib: error: {said}\n")
    assert not list(tmp_path.iterdir())


def test_every_condition_has_an_option(ganlib):
    out = ganlib("draw", "--help").out
    assert all(f"--{name.replace('_', '-')} " in out for name in CONDITIONED)


def test_translators_draw_no_faces_from_noise(ganlib, tmp_path):
    done = ganlib("draw", "--model", "unpaired", "--out", tmp_path / "o")
    assert done.status == 1 and "holds a translator, but a face generator" in done.err


def test_a_generator_without_conditions_draws_but_cannot_be_asked(ganlib, tmp_path, noise_model):
    words = ["draw", "--model", noise_model, "--n", 3]
    assert ganlib(*words, "--out", tmp_path / "o").status == 0
    with Image.open(tmp_path / "o" / "face-0002.png") as face:
        assert face.size == (SIZE, SIZE)
    done = ganlib(*words, "--hair-colour", "red", "--out", tmp_path / "p")
    assert done.status == 1 and "--hair-colour cannot be asked of" in done.err
    assert not (tmp_path / "p").exists()


def test_what_is_not_asked_for_differs(tmp_path):
    options = draw.Options(out=tmp_path, n=8, skin=0.9)
    assert options.asked() == {"skin": 0.9}
    faces = draw.make(options)
    assert torch.pdist(faces.flatten(1), 1).min() / faces[0].numel() > 0.02


@pytest.mark.parametrize("style", ["soft", "bold", "flat", "ink"])
def test_the_probe_reads_the_style_that_was_asked_for(style, ganlib, tmp_path):
    done = ganlib("draw", "--style", style, "--n", 64, "--out", tmp_path)
    assert done.status == 0
    assert share_read(tmp_path, "domain", DOMAINS.index(style)) >= 0.9


@pytest.mark.parametrize(
    ("option", "value", "attribute", "code"),
    [("glasses", "sunglasses", "sunglasses", 1), ("glasses", "none", "glasses", 0)],
)
def test_the_probe_reads_glasses_that_were_asked_for(
    option, value, attribute, code, ganlib, tmp_path
):
    done = ganlib("draw", f"--{option}", value, "--n", 64, "--out", tmp_path)
    assert done.status == 0
    assert share_read(tmp_path, attribute, code) >= 0.9


def share_read(folder: Path, attribute: str, code: int) -> float:
    """The share of the pictures in a folder of which the probe reads that."""
    faces = to_tensor([Image.open(path) for path in sorted(folder.iterdir())])
    return (load_probe().read(faces)[attribute].round() == code).float().mean().item()
