"""`ganlib stylize`: every photograph that can be drawn is, and no file is ever overwritten."""

import pytest
import torch
from PIL import Image
from runs import SIZE, translator

from ganlib.core import checkpoint
from ganlib.core.networks.dcgan import DCGANGenerator, DCGANGeneratorConfig
from ganlib.weights import save_model


def test_one_photograph(ganlib, photos, model, tmp_path):
    out = tmp_path / "new" / "anime"
    photo = photos / "astronaut.png"
    done = ganlib("stylize", photo, "--out", out, "--model", model)
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith(f"{photo} → {out / 'astronaut.png'} (")
    assert done.out.endswith(" s)\n")
    with Image.open(out / "astronaut.png") as image:
        assert image.size == (SIZE, SIZE)


def test_quiet_names_only_what_went_wrong(ganlib, photos, model, tmp_path):
    done = ganlib("stylize", photos, "--out", tmp_path / "o", "--model", model, "--quiet")
    assert (done.status, done.out) == (1, "")
    assert "broken.jpg" in done.err and "astronaut" not in done.err
    assert len(list((tmp_path / "o").iterdir())) == 2


def test_it_goes_on_over_broken_photographs(ganlib, photos, model, tmp_path):
    missing = tmp_path / "missing.jpg"
    done = ganlib("stylize", missing, photos, "--out", tmp_path, "--model", model)
    assert done.status == 1
    assert done.out.count("→") == 2
    assert f"warning: no face seen in {photos / 'wall.png'}" in done.err
    assert "2 of 4 photographs could not be used" in done.err
    assert f"there is no file {missing}" in done.err
    assert f"{photos / 'broken.jpg'} is not a picture" in done.err
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["astronaut.png", "wall.png"]


@pytest.mark.parametrize(
    ("options", "size"),
    [
        (["--side-by-side"], (2 * SIZE, SIZE)),
        (["--scale", 3], (3 * SIZE, 3 * SIZE)),
        (["--size", 40, "--scale", 2, "--side-by-side"], (160, 80)),
    ],
)
def test_shapes(options, size, ganlib, photos, model, tmp_path):
    out = tmp_path / "o"
    done = ganlib("stylize", photos / "wall.png", "--out", out, "--model", model, *options)
    assert done.status == 0
    with Image.open(out / "wall.png") as image:
        assert image.size == size


def test_nothing_is_overwritten(ganlib, photos, model):
    """Not the photographs, not earlier drawings, not a drawing of the same name."""
    wall = photos / "wall.png"
    before = wall.read_bytes()
    (photos / "inner").mkdir()
    (photos / "inner" / "wall.png").write_bytes(before)
    pair = (wall, photos / "inner" / "wall.png")
    assert ganlib("stylize", *pair, "--out", photos, "--model", model).status == 0
    assert wall.read_bytes() == before
    assert {path.name for path in photos.glob("wall*")} == {"wall.png", "wall-2.png", "wall-3.png"}


def test_a_file_where_a_folder_is_needed(ganlib, photos, model, tmp_path):
    (tmp_path / "file").touch()
    for out in (tmp_path / "file", tmp_path / "file" / "inner"):
        done = ganlib("stylize", photos / "wall.png", "--out", out, "--model", model)
        assert (done.status, done.out) == (1, "")
        assert done.err.startswith(f"ganlib: error: --out cannot be {out} (")


def test_a_folder_that_may_not_be_written(ganlib, photos, model, tmp_path):
    out = tmp_path / "locked"
    out.mkdir(mode=0o500)
    try:
        (out / "probe").touch()
    except PermissionError:
        pass
    else:
        pytest.skip("this user may write everywhere")
    done = ganlib("stylize", photos / "wall.png", "--out", out, "--model", model)
    assert done.status == 1
    assert f"could not write {out / 'wall.png'}" in done.err


def test_an_empty_folder(ganlib, model, tmp_path):
    done = ganlib("stylize", tmp_path, "--out", tmp_path / "out", "--model", model)
    assert done.status == 1
    assert f"the folder {tmp_path} holds no picture" in done.err
    assert not (tmp_path / "out").exists()


def test_bad_models(ganlib, photos, model, tmp_path):
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(model.read_bytes()[: model.stat().st_size // 2])
    other = tmp_path / "other.safetensors"
    checkpoint.save(other, {"x": torch.zeros(2)}, {"kind": "training state"})
    text = tmp_path / "text.safetensors"
    text.write_text("no weights")
    noise, backward = tmp_path / "noise.safetensors", tmp_path / "backward.safetensors"
    save_model(noise, DCGANGenerator(DCGANGeneratorConfig(SIZE, width=8)), {"problem": "noise"})
    save_model(backward, translator(), {"problem": "backward"})
    for path, says in (
        (cut, "cut short"),
        (other, "holds a training state"),
        (text, "not a safetensors file"),
        (noise, "holds a noise generator, but a translator"),
        (backward, "makes photographs of drawings: it is for `ganlib train back-translation"),
        (tmp_path / "none.safetensors", "no checkpoint at"),
        ("nosuchmodel", "no shipped model called 'nosuchmodel'"),
    ):
        words = ["stylize", photos / "wall.png", "--out", tmp_path / "out", "--model", path]
        done = ganlib(*words)
        assert (done.status, done.out) == (1, ""), path
        assert done.err.startswith("ganlib: error: ")
        assert says in done.err
        assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [(["--device", "abacus"], "no device 'abacus'"), (["--size", 30], "4 divides, not 30")],
)
def test_bad_options(ganlib, photos, model, tmp_path, options, says):
    done = ganlib("stylize", photos / "wall.png", "--out", tmp_path, "--model", model, *options)
    assert done.status == 1
    assert done.err.startswith("ganlib: error: ")
    assert says in done.err
