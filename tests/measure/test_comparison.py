"""The comparison with baselines: figures by hand, and columns against one another."""

import sys
import weakref
from pathlib import Path

import pytest
import torch
from torch import nn

from ganlib.core.errors import GanlibError
from ganlib.data.datasets import HOUSE_STYLE
from ganlib.measure import attributes, comparison
from ganlib.measure.attributes import ATTRIBUTES
from ganlib.measure.comparison import (
    PREFIX,
    Evaluator,
    agreement,
    compare_noise,
    compare_photos,
    compare_twins,
    of_a_set,
    shown_in,
)
from ganlib.measure.probe import Probe, ProbeConfig, load_probe
from ganlib.measure.translation import draw
from ganlib.twins import render_drawings, render_photographs, sample_people

sys.path.insert(0, str(Path(__file__).parents[2] / "data"))
import score_probe  # noqa: E402


class Copy(nn.Module):
    """Hands its input back; the weight only says which device it is on."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, photo):
        return photo


@pytest.fixture(scope="module")
def evaluator():
    return Evaluator.of(render_drawings(sample_people(120, 0, HOUSE_STYLE), 64))


@pytest.fixture(scope="module")
def twins(evaluator):
    drawn = draw(Copy(), 64, n=60)
    return drawn, compare_twins(drawn, evaluator)


def test_agreement_by_hand():
    truth = {"glasses": torch.tensor([True, False, True]), "yaw": torch.tensor([0.0, 0.1, 0.2])}
    answers = {"glasses": torch.tensor([0.9, 0.8, 0.1]), "yaw": torch.tensor([0.05, 0.3, 0.2])}
    shown = {"glasses": torch.tensor([True, True, False]), "yaw": torch.tensor([True] * 3)}
    rows = agreement(answers, truth, shown, {"yaw": 0.1})
    averages = dict.fromkeys(("kept average", "kept plain average"), (2 / 3 + 1 / 2) / 2)
    assert rows == pytest.approx({"kept yaw": 2 / 3, "kept glasses": 1 / 2, **averages})
    # Shares are balanced: never to draw glasses keeps a half, however few wear them.
    cuts = torch.tensor([0, 0, 0, 2])
    truth = {"glasses": torch.tensor([True, False, False, False]), "hair_style": cuts}
    answers = {"glasses": torch.zeros(4), "hair_style": torch.tensor([0, 0, 1, 2])}
    all_shown = dict.fromkeys(("glasses", "hair_style"), torch.ones(4, dtype=torch.bool))
    rows = agreement(answers, truth, all_shown, {})
    assert rows["kept glasses"] == 1 / 2
    assert rows["kept hair_style"] == pytest.approx((2 / 3 + 1) / 2)
    assert rows["kept average"] == pytest.approx((1 / 2 + 5 / 6) / 2)
    assert rows["kept plain average"] == pytest.approx(3 / 4)


def test_what_shows_in_no_picture_has_no_row():
    truth = {"glasses": torch.tensor([True]), "yaw": torch.tensor([0.0])}
    shown = {"glasses": torch.tensor([False]), "yaw": torch.tensor([True])}
    answers = {"glasses": torch.tensor([0.9]), "yaw": torch.tensor([0.05])}
    assert agreement(answers, truth, shown, {"yaw": 0.1}).keys() == {
        "kept yaw",
        "kept average",
        "kept plain average",
    }


def test_a_model_that_copies_is_the_copy(twins):
    model, copy = (dict(twins[1][name]) for name in ("model", "copy"))
    assert model.pop("images_per_second") > 0
    assert model == copy


def test_the_truth_is_the_ceiling(twins):
    found = twins[1]
    assert tuple(found) == ("model", "copy", "filter", "mean_face", "tones", "truth")
    assert found["truth"]["l1"] == 0 and found["truth"]["ssim"] == pytest.approx(1, abs=1e-5)
    assert found["truth"]["probe_distance"] == 0
    for name in ("model", "copy", "filter", "mean_face", "tones"):
        assert found[name]["probe_distance"] > 0
        assert found[name]["probe_kid"] > found["truth"]["probe_kid"]
    low, high = found["truth"]["probe_kid_interval"]
    assert low <= found["truth"]["probe_kid"] <= high


def test_what_the_truth_keeps_is_what_the_probe_reads_right(twins):
    drawn, found = twins
    scores = score_probe.score(load_probe(), drawn.people, drawn.anime, drawn=True)
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


def test_photographs_agree_with_themselves(evaluator):
    photo = render_photographs(sample_people(40, 3), 64)
    found = compare_photos(Copy(), photo, evaluator, "fp32")
    assert {row: 1.0 for row in found["model"] if row.startswith(PREFIX)} == {
        row: value for row, value in found["model"].items() if row.startswith(PREFIX)
    }
    assert PREFIX + "background" not in found["model"] and "l1" not in found["model"]
    assert found["mean_face"]["kept average"] < 0.9
    with pytest.raises(GanlibError, match="two photographs"):
        compare_photos(Copy(), photo[:1], evaluator, "fp32")


def test_the_pictures_of_one_method_at_a_time_are_in_memory(evaluator, monkeypatch):
    made = []

    def kept(images):
        assert sum(each() is not None for each in made) <= 1
        made.append(weakref.ref(images))
        return images

    def methods(photos, seen):
        yield "one", kept(photos.clone())
        yield "two", kept(photos.clone())
        yield "three", kept(photos.clone())

    monkeypatch.setattr(comparison, "translate", lambda model, photos, precision: kept(0 - photos))
    monkeypatch.setattr(comparison, "baselines", methods)
    photos = render_photographs(sample_people(4, 3), 64)
    assert list(compare_photos(Copy(), photos, evaluator, "fp32")) == [
        "model",
        "one",
        "two",
        "three",
    ]


def test_hair_that_the_probe_finds_covered_does_not_show():
    answers = {about.name: torch.zeros(2) for about in ATTRIBUTES if about.kind == "binary"}
    answers |= {"domain": torch.zeros(2), "hair_style": torch.tensor([2, 2])}
    answers |= {"zoom": torch.tensor([1.0, 0.6]), "cover": torch.tensor([0.9, 0.1])}
    shown = shown_in(answers)
    assert shown["clothes"].tolist() == [False, True]
    assert not shown_in(answers | {"scarf": torch.ones(2)})["clothes"].any()
    assert shown["hair"].tolist() == shown["hair_style"].tolist() == [False, True]
    assert shown["glasses"].tolist() == [True, False] and shown["yaw"].tolist() == [True, True]


def untrained(width=8):
    torch.manual_seed(0)
    return Probe(ProbeConfig(width=width)).eval()


def blunt(seen):
    """An evaluator that costs little."""
    probe = untrained()
    return Evaluator(probe, {}, seen, probe.embed(seen))


def test_a_set_is_compared_with_as_many():
    """However many of either: the figures are those of equal sets."""
    generator = torch.Generator().manual_seed(0)
    pictures = torch.rand(80, 3, 64, 64, generator=generator) * 2 - 1
    few = of_a_set(pictures[:30], blunt(pictures[40:70]))
    more = of_a_set(pictures[:40], blunt(pictures[40:70]))
    assert few["set_size"] == more["set_size"] == 30
    assert few["probe_kid"] == more["probe_kid"] and few["probe_fid"] == more["probe_fid"]
    assert of_a_set(pictures[:20], blunt(pictures[40:]))["set_size"] == 20


def test_copies_in_a_twentieth_are_found_by_the_quantile_alone():
    generator = torch.Generator().manual_seed(0)
    pictures = torch.rand(80, 3, 64, 64, generator=generator) * 2 - 1
    evaluator = blunt(pictures[:40])
    ours = torch.cat([pictures[:4], pictures[44:]])
    column = of_a_set(ours, evaluator)
    assert column["nearest_training_05"] < 1e-3 < column["nearest_training"]
    assert 0 <= column["reads_as_soft"] <= 1


def test_samples_of_noise_have_the_columns_that_make_sense(evaluator):
    truth = render_drawings(sample_people(40, 3, HOUSE_STYLE), 64)
    found = compare_noise(torch.rand(40, 3, 64, 64) * 2 - 1, truth, evaluator)
    assert found["model"].keys() == found["truth"].keys()
    assert not any(row.startswith(PREFIX) or row in ("l1", "ssim") for row in found["model"])
    assert found["model"]["probe_fid"] > found["truth"]["probe_fid"]
    assert found["model"]["nearest_training"] > found["truth"]["nearest_training"]
