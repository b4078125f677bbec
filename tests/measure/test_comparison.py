"""The table of `ganlib evaluate`: its figures by hand, its columns against one another."""

import os
from pathlib import Path

import pytest
import torch
from torch import nn

from ganlib.measure import attributes, probe_scores
from ganlib.measure.attributes import ATTRIBUTES
from ganlib.measure.baselines import NAMES
from ganlib.cli.output import columns
from ganlib.measure.comparison import (
    PREFIX,
    Evaluator,
    agreement,
    asked_of,
    compare_noise,
    compare_photos,
    compare_twins,
    of_a_set,
)
from ganlib.core.errors import GanlibError
from ganlib.measure.translation import draw
from ganlib.twins import render_twins, sample_people
from ganlib.measure.probe import Probe, ProbeConfig, load_probe
from ganlib.data.datasets import HOUSE_STYLE

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
    return Evaluator.of(render_twins(sample_people(120, 0, HOUSE_STYLE), 64)[1])


@pytest.fixture(scope="module")
def twins(ruler):
    drawn = draw(Copy(), 64, n=60)
    return drawn, compare_twins(drawn, ruler)


def test_agreement_by_hand():
    truth = {"glasses": torch.tensor([True, False, True]), "yaw": torch.tensor([0.0, 0.1, 0.2])}
    answers = {"glasses": torch.tensor([0.9, 0.8, 0.1]), "yaw": torch.tensor([0.05, 0.3, 0.2])}
    asked = {"glasses": torch.tensor([True, True, False]), "yaw": torch.tensor([True] * 3)}
    rows = agreement(answers, truth, asked, {"yaw": 0.1})
    averages = dict.fromkeys(("kept average", "kept plain average"), (2 / 3 + 1 / 2) / 2)
    assert rows == pytest.approx({"kept yaw": 2 / 3, "kept glasses": 1 / 2, **averages})
    # Who never draws glasses keeps half of the answers, however few wear them; of choices likewise.
    cuts = torch.tensor([0, 0, 0, 2])
    truth = {"glasses": torch.tensor([True, False, False, False]), "hair_style": cuts}
    answers = {"glasses": torch.zeros(4), "hair_style": torch.tensor([0, 0, 1, 2])}
    everybody = dict.fromkeys(("glasses", "hair_style"), torch.ones(4, dtype=torch.bool))
    rows = agreement(answers, truth, everybody, {})
    assert rows["kept glasses"] == 1 / 2
    assert rows["kept hair_style"] == pytest.approx((2 / 3 + 1) / 2)
    assert rows["kept average"] == pytest.approx((1 / 2 + 5 / 6) / 2)
    assert rows["kept plain average"] == pytest.approx(3 / 4)


def test_who_is_not_asked_has_no_row():
    truth = {"glasses": torch.tensor([True]), "yaw": torch.tensor([0.0])}
    asked = {"glasses": torch.tensor([False]), "yaw": torch.tensor([True])}
    answers = {"glasses": torch.tensor([0.9]), "yaw": torch.tensor([0.05])}
    assert agreement(answers, truth, asked, {"yaw": 0.1}).keys() == {
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
    return Probe(ProbeConfig(width=width)).eval()


def test_a_ruler_wants_a_probe_and_its_card_or_neither():
    seen, card = torch.zeros(2, 3, 64, 64), {"tolerance": {"yaw": 0.1}}
    assert Evaluator.of(seen, untaught(), card).tolerance == {"yaw": 0.1}
    for half in ({"probe": untaught()}, {"card": card}):
        with pytest.raises(GanlibError, match="own card"):
            Evaluator.of(seen, **half)


def test_a_set_is_compared_with_as_many():
    """However many of either: the figures are those of equal sets."""
    generator = torch.Generator().manual_seed(0)
    pictures = torch.rand(80, 3, 64, 64, generator=generator) * 2 - 1
    probe, card = untaught(), {"tolerance": {}}
    few = of_a_set(pictures[:30], Evaluator.of(pictures[40:70], probe, card))
    more = of_a_set(pictures[:40], Evaluator.of(pictures[40:70], probe, card))
    assert few["set_size"] == more["set_size"] == 30
    assert few["probe_kid"] == more["probe_kid"] and few["probe_fid"] == more["probe_fid"]
    assert of_a_set(pictures[:20], Evaluator.of(pictures[40:], probe, card))["set_size"] == 20


def test_copies_in_a_twentieth_are_found_by_the_quantile_alone():
    generator = torch.Generator().manual_seed(0)
    pictures = torch.rand(80, 3, 64, 64, generator=generator) * 2 - 1
    ruler = Evaluator.of(pictures[:40], untaught(), {"tolerance": {}})
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
