"""`ganlib stylize`: every photograph that can be drawn is, and no file is ever overwritten."""

import numpy as np
import pytest
import torch
from PIL import Image
from runs import SIZE, translator

from ganlib.core import checkpoint
from ganlib.core.networks.dcgan import DCGANGenerator, DCGANGeneratorConfig
from ganlib.data.faces import find_faces
from ganlib.data.images import read_photo
from ganlib.drawing import STYLES
from ganlib.drawing.enlarge import enlarged
from ganlib.pipelines import stylize
from ganlib.pipelines.stylize import Stylizer
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
    assert "1 of 3 photographs could not be used" in done.err
    assert f"there is no file {missing}" in done.err
    assert f"left out: {photos / 'broken.jpg'} is not a picture" in done.err
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["astronaut.png", "wall.png"]


@pytest.mark.parametrize(
    ("options", "size"),
    [
        (["--side-by-side"], (2 * SIZE, SIZE)),
        (["--size", 40], (40, 40)),  # whatever the model's own size
        (["--size", 30, "--side-by-side"], (60, 30)),
        (["--size", 0], (SIZE, SIZE)),
    ],
)
def test_shapes(options, size, ganlib, photos, model, tmp_path):
    out = tmp_path / "o"
    done = ganlib("stylize", photos / "wall.png", "--out", out, "--model", model, *options)
    assert done.status == 0
    with Image.open(out / "wall.png") as image:
        assert image.size == size


def test_a_larger_drawing_has_sharp_lines(ganlib, photos, model, tmp_path):
    def drawing(*options):
        out = tmp_path / str(len(options))
        ganlib("stylize", photos / "wall.png", "--out", out, "--model", model, *options)
        with Image.open(out / "wall.png") as image:
            return image.convert("RGB")

    own = drawing()
    both = drawing("--size", 50, "--side-by-side")
    assert both.crop((50, 0, 100, 50)).tobytes() == enlarged(own, 50).tobytes()
    assert enlarged(own, 50).tobytes() != own.resize((50, 50), Image.Resampling.LANCZOS).tobytes()


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
    [
        (["--device", "abacus"], "no device 'abacus'"),
        (["--style", "cel"], "--style of this model must be left out: it has one, not 'cel'."),
        (["--whole"], "--whole needs a model with styles"),
        (["--whole", "--size", "64"], "--whole and --size exclude one another: give one"),
        (["--whole", "--side-by-side"], "--whole and --side-by-side exclude one another"),
    ],
)
def test_bad_options(ganlib, photos, model, tmp_path, options, says):
    done = ganlib("stylize", photos / "wall.png", "--out", tmp_path, "--model", model, *options)
    assert done.status == 1
    assert done.err.startswith("ganlib: error: ")
    assert says in done.err


def test_drawings_lie_in_a_folder_of_their_own_unless_another_is_named(
    ganlib, photos, model, monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    done = ganlib("stylize", photos / "wall.png", "--model", model)
    assert done.status == 0
    assert done.out.startswith(f"{photos / 'wall.png'} → drawings/wall.png (")
    assert (tmp_path / "drawings" / "wall.png").is_file()


def test_the_style_is_the_one_that_is_asked_for(ganlib, photos, styled, tmp_path):
    photo, drawn = photos / "astronaut.png", {}
    for style in ("", *STYLES):
        out, words = tmp_path / f"o{style}", ["--style", style] * bool(style)
        assert ganlib("stylize", photo, "--out", out, "--model", styled, *words).status == 0
        drawn[style] = pixels(out / "astronaut.png")
        wanted = Stylizer.load(styled, style=style).convert(read_photo(photo)).anime
        assert np.array_equal(drawn[style], wanted)
    assert np.array_equal(drawn[""], drawn[next(iter(STYLES))])
    assert len({picture.tobytes() for picture in drawn.values()}) == len(STYLES)


def test_a_style_that_the_model_has_not_is_refused_with_those_it_has(
    ganlib, photos, styled, tmp_path
):
    photo = photos / "wall.png"
    done = ganlib("stylize", photo, "--out", tmp_path / "o", "--model", styled, "--style", "manga")
    assert (done.status, done.out) == (1, "")
    said = f"--style of this model must be one of {', '.join(STYLES)}, not 'manga'."
    assert done.err == f"ganlib: error: {said}\n"


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image).astype(int)


@pytest.fixture
def crowd(photos, monkeypatch):
    """Two faces are found on the photograph with one: its own, and one in the lower right."""
    (face,) = find_faces(read_photo(photos / "astronaut.png"))
    small = (face.points - face.points.mean(0)) * 0.7 + (380, 380)
    faces = [face, type(face)(small, face.confidence)]

    def found(image):
        return faces if image.size == (512, 512) else []

    monkeypatch.setattr(stylize, "find_faces", found)
    return faces


def test_every_face_has_a_file_if_that_is_asked_for(ganlib, photos, crowd, styled, tmp_path):
    words = ["stylize", photos / "astronaut.png", photos / "wall.png", "--model", styled]
    one, all_of_them = tmp_path / "one", tmp_path / "all"
    assert ganlib(*words, "--out", one).status == 0
    assert {path.name for path in one.iterdir()} == {"astronaut.png", "wall.png"}
    done = ganlib(*words, "--out", all_of_them, "--all-faces")
    assert done.status == 0 and done.out.count("→") == 3
    names = {path.name for path in all_of_them.iterdir()}
    assert names == {"astronaut.png", "astronaut-2.png", "wall.png"}
    first, second = (pixels(all_of_them / f"astronaut{end}.png") for end in ("", "-2"))
    assert np.array_equal(first, pixels(one / "astronaut.png")) and not np.array_equal(
        first, second
    )


def test_portraits_are_put_back_into_the_whole_picture(ganlib, photos, crowd, styled, tmp_path):
    photo = photos / "astronaut.png"
    before = pixels(photo)
    words = ["stylize", photo, "--model", styled, "--whole"]
    changed = {}
    for name, extra in (("one", []), ("all", ["--all-faces"])):
        assert ganlib(*words, *extra, "--out", tmp_path / name).status == 0
        (written,) = (tmp_path / name).iterdir()  # one picture, however many faces
        after = pixels(written)
        assert after.shape == before.shape
        changed[name] = [
            bool((after != before)[round(y) - 3 : round(y) + 3, round(x) - 3 : round(x) + 3].any())
            for x, y in (face.points.mean(0) for face in crowd)
        ]
        assert np.array_equal(after[-60:, :60], before[-60:, :60])
    assert changed == {"one": [True, False], "all": [True, True]}
    done = ganlib("stylize", photos / "wall.png", *words[2:], "--out", tmp_path / "wall")
    assert done.status == 1 and "wall.png has no face to draw; leave out --whole." in done.err
    assert not [*(tmp_path / "wall").iterdir()]


def test_a_run_that_goes_on_leaves_out_what_is_drawn(ganlib, photos, model, tmp_path):
    (photos / "broken.jpg").unlink()
    out = tmp_path / "o"
    words = ["stylize", photos, "--out", out, "--model", model]
    assert ganlib("stylize", photos / "wall.png", *words[2:]).status == 0
    before = (out / "wall.png").read_bytes()
    done = ganlib(*words, "--resume")
    assert done.status == 0 and done.out.count("→") == 1 and "astronaut" in done.out
    assert {path.name for path in out.iterdir()} == {"astronaut.png", "wall.png"}
    assert (out / "wall.png").read_bytes() == before
    assert ganlib(*words, "--resume") == (0, "", "")  # nothing is left to do
    assert ganlib(*words).status == 0
    assert len(list(out.iterdir())) == 4  # without it, all are drawn again, beside the others


def test_photographs_in_the_folder_of_the_drawings_are_no_drawings(ganlib, photos, model):
    (photos / "broken.jpg").unlink()
    words = ["stylize", photos / "astronaut.png", "--out", photos, "--model", model, "--resume"]
    for count in (1, 0):  # the first run draws it, the second finds it drawn
        done = ganlib(*words)
        assert done.status == 0 and done.out.count("→") == count
    assert (photos / "astronaut-2.png").exists()
