"""The failures of lesson 09: resumable setting by setting, and each one what its name says."""

import io
import json

import pytest
import torch
from PIL import Image
from resumed import goes_on, never, pictures

from benchmarks import failures as bench
from benchmarks.__main__ import main
from benchmarks.failures import AFTER, SETTINGS, Scale
from ganlib.core.errors import GanlibError
from ganlib.core.trainer import Trainer
from ganlib.data.datasets import ImageDataset
from ganlib.lessons import failures
from ganlib.lessons.failures import SUBJECT
from ganlib.lessons.stored import picture_name
from ganlib.pipelines.build import build_run

TINY = Scale(images=32, runs=2, twins=80, size=16, width=8)
EVERY = [*SETTINGS, *AFTER]


@pytest.fixture(autouse=True)
def few_held_out(monkeypatch):
    monkeypatch.setattr(bench, "HELD_OUT", 8)
    bench.held_out.cache_clear()
    yield
    bench.held_out.cache_clear()


def pretended(name, scale, seed):
    """Rows without a training: what a record keeps of them is the same."""
    names = [name, *(AFTER if name == "healthy" else ())]
    figures = {"error": 0.25 * seed + len(name), "drawn": 0.5, "recognised": 1.0, "colour": 0.5}
    drawn = bench.sheet(torch.zeros(2, 3, scale.size, scale.size))
    return [({"setting": each, "seed": seed, **figures}, drawn) for each in names]


def runs(path, run, scale=TINY):
    return bench.measure_all(scale, path, run=run, workers=0)


def test_runs_that_were_cut_off_go_on_where_they_were(tmp_path):
    path = tmp_path / "failures.json"
    order = [(name, seed) for name in EVERY for seed in range(2)]
    goes_on(runs, path, pretended, "no λ", SUBJECT, order)
    assert pictures(path) == {picture_name(name) for name in EVERY}


def test_runs_of_another_scale_are_not_continued(tmp_path):
    path = tmp_path / "failures.json"
    runs(path, pretended)
    with pytest.raises(GanlibError, match="another scale"):
        runs(path, never, Scale(images=64, runs=2, twins=80, size=16, width=8))


@pytest.mark.parametrize("wrong", [{"images": 31}, {"runs": 0}, {"twins": 0}, {"size": 24}])
def test_wrong_scales_get_a_sentence(wrong):
    with pytest.raises(GanlibError, match="multiple of 16"):
        Scale(**wrong)


def given(name):
    return bench.data(SETTINGS[name], TINY)


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_do_what_their_names_say(name):
    run = build_run(bench.config(SETTINGS[name], TINY), data=given(name)[0])
    run.train_step()
    terms = run.records[-1].keys()
    assert ("g_low_frequency" in terms) == (name != "no λ")
    loss, healthy = run.objective.config, bench.HEALTHY.loss
    changes = {key: value for key, value in SETTINGS[name].items() if hasattr(healthy, key)}
    for key in vars(healthy):
        assert getattr(loss, key) == changes.get(key, getattr(healthy, key))


def test_few_drawings_are_few_and_closer_ones_are_closer():
    assert len(given("64 drawings")[0].anime) == 64
    whole, hidden, truth = given("healthy")
    near, same, answer = given("closer drawings")
    assert torch.equal(near.photo.images, whole.photo.images)
    assert torch.equal(same, hidden) and torch.equal(answer, truth)
    assert torch.equal(
        near.anime.first(4), ImageDataset.from_float(bench.closer(whole.anime.first(4))).first(4)
    )
    both, moved, answer = given("both closer")
    assert torch.equal(both.anime.images, near.anime.images)
    assert torch.equal(moved, bench.closer(hidden)) and torch.equal(answer, bench.closer(truth))
    disc = torch.zeros(1, 3, 64, 64)
    disc[..., 20:44, 20:44] = 1
    assert bench.closer(disc).mean() / disc.mean() == pytest.approx(bench.CLOSER**2, rel=0.05)


def numbers(words):
    return [float(word) for word in words.split()]


def test_a_healthy_run_has_its_remedies_beside_it():
    results = bench.play("healthy", TINY, 0)
    assert [row["setting"] for row, _ in results] == ["healthy", *AFTER]
    for row, picture in results:
        assert Image.open(io.BytesIO(picture)).size == (5 * 16, 16)
        assert 0 <= row["recognised"] <= 1 and row["error"] > 0
        curves = [numbers(row[name]) for name in ("images", "d_loss", "g_loss")]
        assert len({len(curve) for curve in curves}) == 1
    healthy, backward = results[0][0], results[2][0]
    assert len(numbers(healthy["real"])) == len(numbers(healthy["fake"])) > 0
    assert "memory" not in backward


def test_a_seed_decides_a_run():
    first, again, other = (bench.play("no λ", TINY, seed)[0][0] for seed in (0, 0, 1))
    same = [name for name in first if name != "seconds"]
    assert all(first[name] == again[name] for name in same)
    assert first["error"] != other["error"]


def test_scores_of_what_has_learnt_nothing_and_of_the_truth():
    photo, truth = bench.held_out(64)
    copy, right = (bench.figures(x, photo, truth) for x in (photo, truth))
    assert copy["error"] == 1 and copy["drawn"] == 0
    assert right["error"] == 0 == right["colour"] and right["recognised"] == 1
    assert right["drawn"] >= 0.8
    mean = bench.figures(truth.mean(0, keepdim=True).expand_as(truth), photo, truth)
    assert mean["colour"] == pytest.approx(1) and mean["recognised"] <= 0.2
    strangers = bench.figures(truth.roll(1, 0), photo, truth)
    assert strangers["recognised"] == 0 and strangers["drawn"] == right["drawn"]
    assert bench.figures(photo, truth, photo, domain=0)["drawn"] == 1


def test_the_command_writes_and_prints_the_runs(tmp_path, capsys, monkeypatch):
    path = tmp_path / "failures.json"
    whole = bench.measure_all
    monkeypatch.setattr(
        bench, "measure_all", lambda *given, **more: whole(*given, settings=("no λ",), **more)
    )
    command = ["failures", "--images", "32", "--runs", "1", "--twins", "8", "--size", "16"]
    command += ["--width", "8", "--workers", "0"]
    assert main([*command, "--json", str(path)]) == 0
    record = json.loads(path.read_text())[SUBJECT]
    assert [row["setting"] for row in record["rows"]] == ["no λ"]
    assert bench.table(record) in capsys.readouterr().out
    assert record["settings"]["no λ"] == {"low_frequency_weight": 0.0}


def test_a_run_that_was_stopped_is_no_row(monkeypatch):
    def stopped(trainer):
        trainer.interrupted = True
        return trainer

    monkeypatch.setattr(Trainer, "run", stopped)
    with pytest.raises(GanlibError, match="was stopped"):
        bench.play("no λ", TINY, 0)


def test_the_stored_runs_are_those_of_the_lesson():
    """Seed 0 of lesson 09's patients on faces; the command for more is in benchmarks/README.md."""
    record = failures.stored()
    new = bench.fresh(Scale(**record["scale"]))
    assert all(record[name] == new[name] for name in ("config", "settings", "closer"))
    assert record["held_out"] >= 128
    found = [(r["setting"], r["seed"]) for r in record["rows"]]
    order = [(name, seed) for name in EVERY for seed in range(record["scale"]["runs"])]
    assert found == [run for run in order if run in found]
    shown = ["healthy", "strong D", "strong D, saturating", "saturating", "weak D", *AFTER]
    assert {(name, 0) for name in shown} <= {*found}
    assert {failures.picture(name).shape for name, _ in found} == {(5, 3, 64, 64)}
