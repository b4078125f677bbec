"""The table of `ganlib evaluate`: its figures by hand, its columns against one another."""

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

from ganlib import attributes, checkpoints, conditions, probe_scores
from ganlib.attributes import ATTRIBUTES
from ganlib.baselines import NAMES
from ganlib.cli import main
from ganlib.commands import evaluate
from ganlib.commands.output import columns
from ganlib.comparison import (
    PREFIX,
    Ruler,
    agreement,
    asked_of,
    compare_noise,
    compare_photos,
    compare_twins,
    of_a_set,
)
from ganlib.conditional import ConditionalGenerator, ConditionalGeneratorSettings
from ganlib.conditional import draw as draw_faces
from ganlib.dcgan import DCGANGenerator, DCGANGeneratorSettings
from ganlib.errors import GanlibError
from ganlib.evaluation import draw
from ganlib.faces import FaceFrame
from ganlib.hand_labels import _figures, compare, read_labels
from ganlib.inception import Inception
from ganlib.metrics import diversity
from ganlib.models import Translator, TranslatorSettings
from ganlib.portraits import render_drawings, render_twins, sample_people
from ganlib.probe import Probe, ProbeSettings, load_probe
from ganlib.worlds import HELD_OUT_SEED, HOUSE_STYLE, face_people

LABELS = Path(__file__).parent / "data" / "portrait_labels.csv"
PORTRAITS = os.environ.get("GANLIB_PORTRAITS")


class Copy(nn.Module):
    """Hands its input back; the weight only says which device it is on."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, photo):
        return photo


@pytest.fixture(scope="module")
def ruler():
    return Ruler.of(render_twins(sample_people(120, 0, HOUSE_STYLE), 64)[1])


@pytest.fixture(scope="module")
def twins(ruler):
    drawn = draw(Copy(), 64, n=60)
    return drawn, compare_twins(drawn, ruler)


def test_agreement_by_hand():
    truth = {"glasses": torch.tensor([True, False, True]), "yaw": torch.tensor([0.0, 0.1, 0.2])}
    answers = {"glasses": torch.tensor([0.9, 0.8, 0.1]), "yaw": torch.tensor([0.05, 0.3, 0.2])}
    asked = {"glasses": torch.tensor([True, True, False]), "yaw": torch.tensor([True] * 3)}
    rows = agreement(answers, truth, asked, {"yaw": 0.1})
    assert rows == pytest.approx(
        {"kept yaw": 2 / 3, "kept glasses": 1 / 2, "kept average": (2 / 3 + 1 / 2) / 2}
    )
    # Who never draws glasses keeps half of the answers, however few wear them; of choices likewise.
    cuts = torch.tensor([0, 0, 0, 2])
    truth = {"glasses": torch.tensor([True, False, False, False]), "hair_style": cuts}
    answers = {"glasses": torch.zeros(4), "hair_style": torch.tensor([0, 0, 1, 2])}
    everybody = dict.fromkeys(("glasses", "hair_style"), torch.ones(4, dtype=torch.bool))
    rows = agreement(answers, truth, everybody, {})
    assert rows["kept glasses"] == 1 / 2
    assert rows["kept hair_style"] == pytest.approx((2 / 3 + 1) / 2)


def test_who_is_not_asked_has_no_row():
    truth = {"glasses": torch.tensor([True]), "yaw": torch.tensor([0.0])}
    asked = {"glasses": torch.tensor([False]), "yaw": torch.tensor([True])}
    answers = {"glasses": torch.tensor([0.9]), "yaw": torch.tensor([0.05])}
    assert agreement(answers, truth, asked, {"yaw": 0.1}).keys() == {"kept yaw", "kept average"}


def test_a_model_that_copies_is_the_copy(twins):
    model, copy = (dict(twins[1][name]) for name in ("model", "copy"))
    assert model.pop("images_per_second") > 0
    assert model == copy


def test_the_truth_is_the_ceiling(twins):
    found = twins[1]
    assert tuple(found) == ("model", *NAMES)
    assert found["truth"]["l1"] == 0 and found["truth"]["ssim"] == pytest.approx(1)
    assert found["truth"]["probe_distance"] == 0
    for name in ("model", "copy", "filter", "mean_face", "tones"):
        assert found[name]["probe_distance"] > 0
        assert found[name]["probe_kid"] > found["truth"]["probe_kid"]
    low, high = found["truth"]["probe_kid_interval"]
    assert low <= found["truth"]["probe_kid"] <= high


def test_what_the_truth_keeps_is_what_the_probe_reads_right(twins):
    drawn, found = twins
    scores = probe_scores.score(load_probe(), drawn.people, drawn.anime, drawn=True)
    for name, figures in scores.items():
        if "balanced" in figures:
            assert found["truth"][PREFIX + name] == pytest.approx(figures["balanced"]), name


def test_one_mean_face_has_no_diversity_and_keeps_little(twins):
    found = twins[1]
    assert found["mean_face"]["diversity_probe"] == found["mean_face"]["diversity_pixels"] == 0
    assert found["mean_face"]["kept average"] < found["truth"]["kept average"] - 0.1
    # One picture gives one answer, right for those with a scarf or for those without.
    assert attributes.truths(twins[0].people, twins[0].anime)["scarf"].unique().numel() == 2
    assert found["mean_face"]["kept scarf"] == pytest.approx(0.5)


def test_photographs_agree_with_themselves(ruler):
    photo, _ = render_twins(sample_people(40, 3), 64)
    found = compare_photos(Copy(), photo, ruler, "fp32")
    assert {row: 1.0 for row in found["model"] if row.startswith(PREFIX)} == {
        row: value for row, value in found["model"].items() if row.startswith(PREFIX)
    }
    assert PREFIX + "background" not in found["model"] and "l1" not in found["model"]
    assert found["mean_face"]["kept average"] < 0.9
    with pytest.raises(GanlibError, match="two photographs"):
        compare_photos(Copy(), photo[:1], ruler, "fp32")


def test_who_the_probe_finds_covered_is_not_asked_for_hair():
    answers = {about.name: torch.zeros(2) for about in ATTRIBUTES if about.kind == "binary"}
    answers |= {"world": torch.zeros(2), "hair_style": torch.tensor([2, 2])}
    answers |= {"zoom": torch.tensor([1.0, 0.6]), "cover": torch.tensor([0.9, 0.1])}
    asked = asked_of(answers)
    assert asked["clothes"].tolist() == [False, True]
    assert not asked_of(answers | {"scarf": torch.ones(2)})["clothes"].any()
    assert asked["hair"].tolist() == asked["hair_style"].tolist() == [False, True]
    assert asked["glasses"].tolist() == [True, False] and asked["yaw"].tolist() == [True, True]


def untaught(width=8):
    """A probe that was never taught."""
    torch.manual_seed(0)
    return Probe(ProbeSettings(width=width)).eval()


def test_a_ruler_wants_a_probe_and_its_card_or_neither():
    seen, card = torch.zeros(2, 3, 64, 64), {"tolerance": {"yaw": 0.1}}
    assert Ruler.of(seen, untaught(), card).tolerance == {"yaw": 0.1}
    for half in ({"probe": untaught()}, {"card": card}):
        with pytest.raises(GanlibError, match="own card"):
            Ruler.of(seen, **half)


def test_a_set_is_compared_with_as_many():
    """However many of either: the figures are those of equal sets."""
    generator = torch.Generator().manual_seed(0)
    pictures = torch.rand(80, 3, 64, 64, generator=generator) * 2 - 1
    probe, card = untaught(), {"tolerance": {}}
    few = of_a_set(pictures[:30], Ruler.of(pictures[40:70], probe, card))
    more = of_a_set(pictures[:40], Ruler.of(pictures[40:70], probe, card))
    assert few["set_size"] == more["set_size"] == 30
    assert few["probe_kid"] == more["probe_kid"] and few["probe_fid"] == more["probe_fid"]
    assert of_a_set(pictures[:20], Ruler.of(pictures[40:], probe, card))["set_size"] == 20


def test_copies_in_a_twentieth_are_found_by_the_quantile_alone():
    generator = torch.Generator().manual_seed(0)
    pictures = torch.rand(80, 3, 64, 64, generator=generator) * 2 - 1
    ruler = Ruler.of(pictures[:40], untaught(), {"tolerance": {}})
    ours = torch.cat([pictures[:4], pictures[44:]])
    column = of_a_set(ours, ruler)
    assert column["nearest_training_05"] < 1e-3 < column["nearest_training"]
    assert 0 <= column["reads_as_soft"] <= 1


def test_samples_of_noise_have_the_columns_that_make_sense(ruler):
    truth = render_twins(sample_people(40, 3, HOUSE_STYLE), 64)[1]
    found = compare_noise(lambda n: torch.rand(n, 3, 64, 64) * 2 - 1, truth, ruler)
    assert found["model"].keys() == found["truth"].keys()
    assert not any(row.startswith(PREFIX) or row in ("l1", "ssim") for row in found["model"])
    assert found["model"]["probe_fid"] > found["truth"]["probe_fid"]
    assert found["model"]["nearest_training"] > found["truth"]["nearest_training"]


def test_columns_are_aligned_and_gaps_shown():
    text = columns({"a": {"x": 0.5, "x_interval": [0.25, 1.0]}, "b": {"y": 3}})
    lines = text.splitlines()
    assert len({len(line) for line in lines}) == 1 and len(lines) == 4
    assert lines[1].split() == ["x", "0.5", "–"] and lines[2].split()[-1] == "–"
    assert "[0.25, 1]" in lines[2] and lines[3].split() == ["y", "–", "3"]


def saved(path, model, **card):
    checkpoints.save_model(path, model, card)
    return str(path)


def evaluated(tmp_path, *arguments):
    file = tmp_path / "figures.json"
    assert main(["evaluate", *arguments, "--json", str(file)]) == 0
    return json.loads(file.read_text())


@pytest.mark.parametrize("size", [64, 128])
def test_the_command_on_a_translator(size, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("ganlib.commands.evaluate.SEEN", 24)
    model = Translator(TranslatorSettings(size=size, patch=2, width=8, blocks=1))
    path = saved(tmp_path / "m.safetensors", model, seed=4, problem="unpaired")
    record = evaluated(tmp_path, path, "--twins", "12")
    assert {"l1", "l1_copy", "ratio", "l1_tones", "columns", "seen", "probe"} <= record.keys()
    assert record["columns"]["copy"]["l1"] == pytest.approx(record["l1_copy"])
    assert record["columns"]["tones"]["l1"] == pytest.approx(record["l1_tones"])
    assert record["columns"]["model"]["l1"] == pytest.approx(record["l1"])
    assert "kept average" in capsys.readouterr().out


def test_the_command_below_the_probes_size(tmp_path, capsys):
    model = Translator(TranslatorSettings(size=32, patch=1, width=8, blocks=1))
    path = saved(tmp_path / "m.safetensors", model)
    assert "columns" not in evaluated(tmp_path, path, "--twins", "4")
    assert "64 pixels or more" in capsys.readouterr().out


def test_the_command_on_a_generator_from_noise(tmp_path, monkeypatch):
    monkeypatch.setattr("ganlib.commands.evaluate.SEEN", 24)
    path = saved(tmp_path / "m.safetensors", DCGANGenerator(DCGANGeneratorSettings(width=8)))
    record = evaluated(tmp_path, path, "--twins", "12")
    assert record["samples"] == 12 and set(record["columns"]) == {"model", "mean_face", "truth"}
    assert main(["evaluate", path, "--photos", "x.png"]) == 1


def test_the_command_on_a_generator_that_is_told_whom_to_draw(tmp_path, monkeypatch):
    """It is asked for the held-out people, and compared with their drawings."""
    monkeypatch.setattr("ganlib.commands.evaluate.SEEN", 24)
    model = ConditionalGenerator(ConditionalGeneratorSettings(conditions.width(), width=8))
    path = saved(tmp_path / "m.safetensors", model, seed=4, twins=30)
    record = evaluated(tmp_path, path, "--twins", "12")
    assert record["samples"] == 12 and record["seen"] == 24
    people = face_people(12, HELD_OUT_SEED)
    true = diversity(render_drawings(people, 64), load_probe())
    assert record["columns"]["truth"]["diversity_probe"] == pytest.approx(true.probe)
    ours = diversity(draw_faces(model, conditions.encode(people)).detach(), load_probe())
    assert record["columns"]["model"]["diversity_probe"] == pytest.approx(ours.probe, rel=1e-3)


def test_the_command_on_photographs(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("ganlib.commands.evaluate.SEEN", 24)
    folder = tmp_path / "photos"
    folder.mkdir()
    face = Image.fromarray(data.astronaut())
    for k in range(2):
        face.crop((4 * k, 0, 500, 500)).save(folder / f"{k}.png")
    Image.fromarray(data.coffee()).save(folder / "z.png")
    model = Translator(TranslatorSettings(size=64, patch=2, width=8, blocks=1))
    path = saved(tmp_path / "m.safetensors", model)
    real = evaluated(tmp_path, path, "--twins", "8", "--photos", str(folder))["photographs"]
    assert real["n"] + real["without_face"] == 3 and real["n"] >= 2
    assert set(real["columns"]) == {"model", "copy", "filter", "mean_face"}
    assert real["columns"]["copy"]["kept average"] == 1
    assert real["columns"]["copy"]["reads_as_soft"] < 0.5


def test_photographs_that_cannot_be_read_are_told_before_anything_is_measured(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("ganlib.commands.evaluate.draw", None)
    model = Translator(TranslatorSettings(size=64, patch=2, width=8, blocks=1))
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
    model = Translator(TranslatorSettings(size=64, patch=2, width=8, blocks=1))
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
    # Nobody of the sixty wears glasses, so no guess beats "no"; of the rest the report tells.
    assert record["hair_shade"]["agreement"] > record["hair_shade"]["majority"]
