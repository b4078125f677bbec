"""`ganlib evaluate` as a user calls it."""

import json

import pytest
import torch
from PIL import Image
from skimage import data

from ganlib.cli import evaluate
from ganlib.core.errors import ConfigError, GanlibError
from ganlib.core.networks.conditional import ConditionalGenerator, ConditionalGeneratorConfig
from ganlib.core.networks.dcgan import DCGANGenerator, DCGANGeneratorConfig
from ganlib.core.networks.translator import Translator, TranslatorConfig
from ganlib.data import conditions
from ganlib.data.datasets import HELD_OUT_SEED, face_people
from ganlib.data.faces import FaceFrame
from ganlib.drawing.illustrator import Illustrator, IllustratorConfig
from ganlib.measure.control import draw as draw_faces
from ganlib.measure.metrics import diversity
from ganlib.measure.probe import load_probe
from ganlib.twins import render_drawings
from ganlib.weights import save_model

pytestmark = pytest.mark.usefixtures("few_seen")


@pytest.fixture
def few_seen(monkeypatch):
    """Nearest neighbours are looked for among 24 training drawings."""
    monkeypatch.setattr(evaluate, "SEEN", 24)


@pytest.fixture
def evaluated(ganlib):
    """What a command writes as JSON, and what it says."""

    def run(*words):
        done = ganlib("evaluate", *words, "--device", "cpu", "--json", "-")
        assert done.status == 0, done.err
        return json.loads(done.out), done.err

    return run


def translator(size=64, styles=0):
    if styles:
        return Illustrator(IllustratorConfig(size, patch=2, width=8, blocks=1, styles=styles))
    return Translator(TranslatorConfig(size, 2 if size > 32 else 1, width=8, blocks=1))


def saved(path, model, **card):
    save_model(path, model, card)
    return str(path)


@pytest.mark.parametrize(("size", "twins"), [(64, 12), (128, 6)])
def test_a_translator(size, twins, tmp_path, evaluated):
    path = saved(tmp_path / "m.safetensors", translator(size), seed=4, problem="unpaired")
    record, said = evaluated(path, "--twins", twins)
    assert {"l1", "l1_copy", "ratio", "l1_tones", "columns", "seen", "probe"} <= record.keys()
    assert record["columns"]["copy"]["l1"] == pytest.approx(record["l1_copy"])
    assert record["columns"]["tones"]["l1"] == pytest.approx(record["l1_tones"])
    assert record["columns"]["model"]["l1"] == pytest.approx(record["l1"])
    assert record["seen"] == 24 and "kept average" in said


@pytest.mark.parametrize("styles", [0, 1])
def test_a_translator_below_the_probes_size(styles, tmp_path, evaluated):
    path = saved(tmp_path / "m.safetensors", translator(32, styles))
    record, said = evaluated(path, "--twins", "4")
    assert "columns" not in record and "64 pixels or more" in said


def test_a_generator_from_noise(tmp_path, evaluated, ganlib):
    path = saved(tmp_path / "m.safetensors", DCGANGenerator(DCGANGeneratorConfig(width=8)))
    record, _ = evaluated(path, "--twins", "12")
    assert record["samples"] == 12 and set(record["columns"]) == {"model", "mean_face", "truth"}
    done = ganlib("evaluate", path, "--photos", "x.png")
    assert done.status == 1 and "--photos are of no use" in done.err
    small = DCGANGenerator(DCGANGeneratorConfig(32, width=8))
    done = ganlib("evaluate", saved(tmp_path / "small.safetensors", small))
    assert done.status == 1 and "64 pixels or more, this draws 32" in done.err


def test_a_conditional_generator(tmp_path, evaluated):
    """It is asked for the held-out people, and compared with their drawings."""
    model = ConditionalGenerator(ConditionalGeneratorConfig(conditions.width(), width=8))
    path = saved(tmp_path / "m.safetensors", model, seed=4, twins=30)
    record, _ = evaluated(path, "--twins", "12", "--precision", "fp32")
    assert record["samples"] == 12 and record["seen"] == 24
    people = face_people(12, HELD_OUT_SEED)
    true = diversity(render_drawings(people, 64), load_probe())
    assert record["columns"]["truth"]["diversity_probe"] == pytest.approx(true.probe)
    ours = diversity(draw_faces(model, conditions.encode(people)).detach(), load_probe())
    assert record["columns"]["model"]["diversity_probe"] == pytest.approx(ours.probe, rel=1e-3)


def test_generators_from_noise_draw_in_the_precision_asked_for(tmp_path, ganlib, monkeypatch):
    drew = []

    def stop(images, *_):
        drew.append(images)
        raise GanlibError("enough")

    monkeypatch.setattr(evaluate, "compare_noise", stop)
    faces = ConditionalGenerator(ConditionalGeneratorConfig(conditions.width(), width=8))
    for model in (faces, DCGANGenerator(DCGANGeneratorConfig(width=8))):
        drew.clear()
        path = saved(tmp_path / "m.safetensors", model)
        for precision in ("fp32", "bf16"):
            ganlib("evaluate", path, "--twins", 2, "--precision", precision, "--device", "cpu")
        full, half = drew
        assert full.dtype == half.dtype == torch.float32
        assert 0 < (full - half).abs().max() < 0.2


@pytest.fixture
def folder(tmp_path):
    """Two photographs with a face, and one without."""
    folder = tmp_path / "photos"
    folder.mkdir()
    face = Image.fromarray(data.astronaut())
    for k in range(2):
        face.crop((4 * k, 0, 500, 500)).save(folder / f"{k}.png")
    Image.fromarray(data.coffee()).save(folder / "z.png")
    return folder


def test_photographs(tmp_path, folder, evaluated):
    path = saved(tmp_path / "m.safetensors", translator(), problem="unpaired")
    record, said = evaluated(path, "--twins", "8", "--photos", folder)
    real = record["photographs"]
    assert real["n"] + real["without_face"] == 3 and real["n"] >= 2
    assert set(real["columns"]) == {"model", "copy", "filter", "mean_face"}
    assert real["columns"]["copy"]["kept average"] == 1
    assert real["columns"]["copy"]["reads_as_soft"] < 0.5
    assert "trained on photographs" not in said


def test_a_model_that_may_have_seen_the_photographs_is_pointed_out(
    tmp_path, folder, ganlib, monkeypatch
):
    def stop(*_):
        raise GanlibError("enough")

    monkeypatch.setattr(evaluate, "draw", stop)
    path = saved(tmp_path / "m.safetensors", translator(), photographs={"for_training": 2})
    done = ganlib("evaluate", path, "--photos", folder)
    assert "trained on photographs" in done.out and "--held-out-photos" in done.out
    assert done.err == "ganlib: error: enough\n"


def test_photographs_are_read_before_anything_is_measured(tmp_path, monkeypatch, ganlib):
    monkeypatch.setattr(evaluate, "draw", None)
    path = saved(tmp_path / "m.safetensors", translator())
    done = ganlib("evaluate", path, "--photos", tmp_path / "none.png")
    assert done.status == 1 and "none.png" in done.err


def test_a_damaged_photograph_is_left_out_by_name(tmp_path, folder, ganlib, monkeypatch):
    (folder / "cut.png").write_bytes((folder / "0.png").read_bytes()[:9999])
    (folder / "notes.txt").touch()
    monkeypatch.setattr(evaluate, "compare_photos", lambda *_: {"model": {}})
    monkeypatch.setattr(evaluate, "compare_twins", lambda *_: {"model": {"l1": 0.0}})
    path = saved(tmp_path / "m.safetensors", translator())
    done = ganlib("evaluate", path, "--twins", 2, "--photos", folder)
    assert done.status == 1 and "2 photographs (1 more without a face)" in done.out
    for name in ("cut.png is damaged", "notes.txt is empty"):
        assert f"left out: {folder / name}" in done.err


def test_photographs_that_training_saw_are_left_out_on_request(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(evaluate, "read_photo", seen.append)
    monkeypatch.setattr(evaluate, "find_face", lambda image: FaceFrame(0, 0, 1, False))
    for k in range(20):
        Image.new("RGB", (8, 8)).save(tmp_path / f"{k:02}.png")
    for held_out, names in ((True, ["09.png", "19.png"]), (False, None)):
        seen.clear()
        options = evaluate.Options(model="m", photos=(tmp_path,), held_out_photos=held_out)
        with pytest.raises(ConfigError, match="two photographs"):
            evaluate._framed(options, 64)
        assert [path.name for path in seen] == (names or sorted(p.name for p in tmp_path.iterdir()))


@pytest.mark.parametrize(
    ("card", "rendered"),
    [
        ({"problem": "paired", "seed": 4, "twins": 30}, (24, 4)),
        ({"problem": "unpaired", "seed": 4, "twins": 30}, (24, 5)),
        ({"problem": "cyclegan", "seed": 4, "twins": 10}, (10, 5)),
        ({"problem": "unpaired", "seed": 4, "twins": 30, "people_drawn": 7}, (7, 5)),
        ({}, (24, 0)),
    ],
)
def test_the_drawings_that_training_saw_are_those_of_the_card(card, rendered, monkeypatch):
    """Drawings of unpaired problems are of other people, of the next seed."""
    asked = []
    monkeypatch.setattr(evaluate, "render_drawings", lambda people, size: people)
    monkeypatch.setattr(evaluate, "sample_people", lambda n, seed, style: asked.append((n, seed)))
    evaluate._seen(card, 64)
    assert asked == [rendered]


def test_a_model_trained_on_the_held_out_people_is_refused(tmp_path, ganlib):
    path = saved(tmp_path / "m.safetensors", translator(), seed=HELD_OUT_SEED)
    done = ganlib("evaluate", path, "--twins", "4")
    assert done.status == 1 and "trained on the held-out" in done.err


def test_json_goes_to_a_file_and_words_to_standard_output(tmp_path, ganlib):
    path = saved(tmp_path / "m.safetensors", translator(32))
    done = ganlib("evaluate", path, "--twins", 4, "--json", tmp_path / "f.json")
    assert done.status == 0 and "l1_copy" in done.out
    assert json.loads((tmp_path / "f.json").read_text())["twins"] == 4
