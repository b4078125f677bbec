"""`ganlib evaluate` as a user calls it, labels by hand, and Inception weights of the user's own."""

import argparse
import json
import os
import sys
import types
from pathlib import Path

import pytest
import torch
from PIL import Image
from skimage import data
from torch import nn

from ganlib.core import checkpoint as checkpoints
from ganlib.data import conditions
from ganlib.cli.main import main
from ganlib.cli import evaluate
from ganlib.core.networks.conditional import ConditionalGenerator, ConditionalGeneratorConfig
from ganlib.core.networks.conditional import draw as draw_faces
from ganlib.core.networks.dcgan import DCGANGenerator, DCGANGeneratorConfig
from ganlib.core.errors import GanlibError
from ganlib.data.faces import FaceFrame
from ganlib.measure.hand_labels import _figures, compare, read_labels
from ganlib.measure.inception import Inception
from ganlib.measure.metrics import diversity
from ganlib.core.networks.translator import Translator, TranslatorConfig
from ganlib.twins import render_drawings
from ganlib.measure.probe import load_probe
from ganlib.data.datasets import HELD_OUT_SEED, face_people

LABELS = Path(__file__).parent / "data" / "portrait_labels.csv"
PORTRAITS = os.environ.get("GANLIB_PORTRAITS")


def saved(path, model, **card):
    checkpoints.save_model(path, model, card)
    return str(path)


def evaluated(tmp_path, *arguments):
    file = tmp_path / "figures.json"
    assert main(["evaluate", *arguments, "--json", str(file)]) == 0
    return json.loads(file.read_text())


@pytest.mark.parametrize("size", [64, 128])
def test_the_command_on_a_translator(size, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("ganlib.cli.evaluate.SEEN", 24)
    model = Translator(TranslatorConfig(size=size, patch=2, width=8, blocks=1))
    path = saved(tmp_path / "m.safetensors", model, seed=4, problem="unpaired")
    record = evaluated(tmp_path, path, "--twins", "12")
    assert {"l1", "l1_copy", "ratio", "l1_tones", "columns", "seen", "probe"} <= record.keys()
    assert record["columns"]["copy"]["l1"] == pytest.approx(record["l1_copy"])
    assert record["columns"]["tones"]["l1"] == pytest.approx(record["l1_tones"])
    assert record["columns"]["model"]["l1"] == pytest.approx(record["l1"])
    assert "kept average" in capsys.readouterr().out


def test_the_command_below_the_probes_size(tmp_path, capsys):
    model = Translator(TranslatorConfig(size=32, patch=1, width=8, blocks=1))
    path = saved(tmp_path / "m.safetensors", model)
    assert "columns" not in evaluated(tmp_path, path, "--twins", "4")
    assert "64 pixels or more" in capsys.readouterr().out


def test_the_command_on_a_generator_from_noise(tmp_path, monkeypatch):
    monkeypatch.setattr("ganlib.cli.evaluate.SEEN", 24)
    path = saved(tmp_path / "m.safetensors", DCGANGenerator(DCGANGeneratorConfig(width=8)))
    record = evaluated(tmp_path, path, "--twins", "12")
    assert record["samples"] == 12 and set(record["columns"]) == {"model", "mean_face", "truth"}
    assert main(["evaluate", path, "--photos", "x.png"]) == 1


def test_the_command_on_a_generator_that_is_told_whom_to_draw(tmp_path, monkeypatch):
    """It is asked for the held-out people, and compared with their drawings."""
    monkeypatch.setattr("ganlib.cli.evaluate.SEEN", 24)
    model = ConditionalGenerator(ConditionalGeneratorConfig(conditions.width(), width=8))
    path = saved(tmp_path / "m.safetensors", model, seed=4, twins=30)
    record = evaluated(tmp_path, path, "--twins", "12")
    assert record["samples"] == 12 and record["seen"] == 24
    people = face_people(12, HELD_OUT_SEED)
    true = diversity(render_drawings(people, 64), load_probe())
    assert record["columns"]["truth"]["diversity_probe"] == pytest.approx(true.probe)
    ours = diversity(draw_faces(model, conditions.encode(people)).detach(), load_probe())
    assert record["columns"]["model"]["diversity_probe"] == pytest.approx(ours.probe, rel=1e-3)


def test_the_command_on_photographs(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("ganlib.cli.evaluate.SEEN", 24)
    folder = tmp_path / "photos"
    folder.mkdir()
    face = Image.fromarray(data.astronaut())
    for k in range(2):
        face.crop((4 * k, 0, 500, 500)).save(folder / f"{k}.png")
    Image.fromarray(data.coffee()).save(folder / "z.png")
    model = Translator(TranslatorConfig(size=64, patch=2, width=8, blocks=1))
    path = saved(tmp_path / "m.safetensors", model)
    real = evaluated(tmp_path, path, "--twins", "8", "--photos", str(folder))["photographs"]
    assert real["n"] + real["without_face"] == 3 and real["n"] >= 2
    assert set(real["columns"]) == {"model", "copy", "filter", "mean_face"}
    assert real["columns"]["copy"]["kept average"] == 1
    assert real["columns"]["copy"]["reads_as_soft"] < 0.5


def test_photographs_that_cannot_be_read_are_told_before_anything_is_measured(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("ganlib.cli.evaluate.draw", None)
    model = Translator(TranslatorConfig(size=64, patch=2, width=8, blocks=1))
    path = saved(tmp_path / "m.safetensors", model)
    assert main(["evaluate", path, "--photos", str(tmp_path / "none.png")]) == 1
    assert "none.png" in capsys.readouterr().err
    assert main(["evaluate", path, "--held-out-photos"]) == 1
    assert "give those too" in capsys.readouterr().err


def test_photographs_that_training_saw_are_left_out_if_wanted(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(evaluate, "read_photo", seen.append)
    monkeypatch.setattr(evaluate, "find_face", lambda image: FaceFrame(0, 0, 1, False))
    for k in range(20):
        (tmp_path / f"{k:02}.png").touch()
    for held_out, names in ((True, ["09.png", "19.png"]), (False, None)):
        seen.clear()
        args = argparse.Namespace(photos=[tmp_path], held_out_photos=held_out)
        with pytest.raises(GanlibError, match="two photographs"):
            evaluate._framed(args, 64)
        assert [path.name for path in seen] == (names or sorted(p.name for p in tmp_path.iterdir()))


def test_a_model_trained_on_the_held_out_people_is_refused(tmp_path, capsys):
    model = Translator(TranslatorConfig(size=64, patch=2, width=8, blocks=1))
    path = saved(tmp_path / "m.safetensors", model, seed=999_983)
    assert main(["evaluate", path, "--twins", "4"]) == 1
    assert "trained on the held-out" in capsys.readouterr().err


def test_inception_weights_must_be_weights(tmp_path, monkeypatch):
    with pytest.raises(GanlibError, match="no Inception weights"):
        Inception(tmp_path / "none.pth")
    torch.save(nn.Linear(2, 2), tmp_path / "code.pth")
    with pytest.raises(GanlibError, match="weights alone"):
        Inception(tmp_path / "code.pth")
    torch.save([1, 2], tmp_path / "list.pth")
    with pytest.raises(GanlibError, match="no state dict"):
        Inception(tmp_path / "list.pth")
    torch.save({"w": torch.zeros(2)}, tmp_path / "other.pth")
    monkeypatch.setitem(sys.modules, "torch_fidelity", None)
    with pytest.raises(GanlibError, match="ganlib\\[inception\\]"):
        Inception(tmp_path / "other.pth")


class Extractor(nn.Module):
    """As torch-fidelity's, of one weight: bytes in, a tuple of features out."""

    def __init__(self, name, features, path):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.load_state_dict(torch.load(path, weights_only=True))
        self.asked = (name, features)

    def forward(self, pixels):
        assert pixels.dtype == torch.uint8
        return (pixels.float().mean((2, 3)) * self.weight,)


def test_inception_gets_bytes_and_the_users_weights(tmp_path, monkeypatch):
    fake = types.ModuleType("torch_fidelity.feature_extractor_inceptionv3")
    fake.FeatureExtractorInceptionV3 = Extractor
    monkeypatch.setitem(sys.modules, "torch_fidelity", types.ModuleType("torch_fidelity"))
    monkeypatch.setitem(sys.modules, fake.__name__, fake)
    torch.save({"weight": torch.tensor([2.0])}, tmp_path / "w.pth")
    network = Inception(tmp_path / "w.pth")
    assert network.network.asked == ("inception-v3-compat", ["2048"])
    white = torch.ones(3, 3, 8, 8)
    assert torch.equal(network.embed(white, batch=2), torch.full((3, 3), 510.0))
    torch.save({"other": torch.zeros(1)}, tmp_path / "o.pth")
    with pytest.raises(GanlibError, match="another network"):
        Inception(tmp_path / "o.pth")


def test_labels_by_hand_are_read_strictly(tmp_path):
    rows = read_labels(LABELS)
    assert len(rows) == 60 and len({row["file"] for row in rows}) == 60
    (tmp_path / "bad.csv").write_text(LABELS.read_text().replace("stubble\n", "some\n", 1) + "a,b")
    with pytest.raises(GanlibError, match="row 61"):
        read_labels(tmp_path / "bad.csv")
    with pytest.raises(GanlibError, match="cannot read"):
        read_labels(tmp_path / "none.csv")
    (tmp_path / "latin.csv").write_bytes("é".encode("latin-1"))
    with pytest.raises(GanlibError, match="UTF-8"):
        read_labels(tmp_path / "latin.csv")


def test_labels_that_nobody_is_asked_for_have_no_figures():
    assert _figures(["stubble", "stubble"], ["yes", "no"], ("yes", "no")) == {"n": 0}
    figures = _figures(["stubble", "yes"], ["yes", "no"], ("yes", "no"))
    assert figures == {"n": 1, "agreement": 0, "majority": 1, "confusion": {"yes → no": 1}}


@pytest.mark.skipif(not PORTRAITS, reason="set GANLIB_PORTRAITS to a folder of the CC0 portraits")
def test_the_probe_agrees_with_people(measured):
    record = compare(load_probe(), read_labels(LABELS), PORTRAITS)
    for name in ("glasses", "cover", "beard", "hair_shade"):
        figures = record[name]
        measured(
            f"probe against labels by hand, {name}: {figures['agreement']:.3f} of {figures['n']}, "
            f"majority {figures['majority']:.3f}, {figures['confusion']}"
        )
    # Nobody of the sixty wears glasses, so no guess beats "no". Beards and shades of hair are read
    # no better than by guessing, which the report says; what covers a head is.
    assert record["cover"]["agreement"] > record["cover"]["majority"]
