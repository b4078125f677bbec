"""The sweep over λ: resumable row by row, and measured by what the figures say they measure."""

import io
import json
from dataclasses import replace

import pytest
import torch
from PIL import Image
from torch.nn.functional import avg_pool2d

from benchmarks import lambda_sweep as bench
from benchmarks.__main__ import main
from benchmarks.lambda_sweep import Scale
from ganlib.core.errors import GanlibError
from ganlib.core.networks.translator import Translator, TranslatorConfig
from ganlib.core.trainer import Trainer
from ganlib.lessons import lambda_sweep
from ganlib.lessons.lambda_sweep import (
    LAMBDAS,
    MEASURES,
    SETTINGS,
    SUBJECT,
    lambda_table,
    means,
    measure,
    picture_name,
)
from ganlib.pipelines.build import build_run
from ganlib.pipelines.parts import Data
from ganlib.weights import save_model

TINY = Scale(images=16, runs=2, twins=8, size=16, width=8)


@pytest.fixture(autouse=True)
def few_held_out(monkeypatch):
    monkeypatch.setattr(bench, "HELD_OUT", 8)
    bench.held_out.cache_clear()


def pretended(name, scale, seed):
    """A row without a training: what a sweep keeps of it is the same."""
    figures = {measure: 0.25 * seed + len(name) for measure in MEASURES}
    row = {"setting": name, "seed": seed, **figures, "training_seconds": 1.0, "seconds": 2.0}
    return row, bench.sheet(torch.zeros(2, 3, scale.size, scale.size))


def killed_at_l2(name, scale, seed):
    if name == "l2":
        raise GanlibError("the power failed")
    return pretended(name, scale, seed)


def never(name, scale, seed):
    raise AssertionError(f"{name} was done already")


def sweep(path, row, scale=TINY, workers=0):
    return bench.measure_sweep(scale, path, row=row, workers=workers)


def test_a_sweep_that_was_cut_off_goes_on_where_it_was(tmp_path):
    path = tmp_path / "sweep.json"
    path.write_text('{"step": {"other": "figures"}}')
    with pytest.raises(GanlibError, match="power failed"):
        sweep(path, killed_at_l2)
    kept = json.loads(path.read_text())
    assert kept["step"] == {"other": "figures"}, "what else the file holds stays"
    assert 0 < len(kept[SUBJECT]["rows"]) < 2 * len(SETTINGS)
    done = sweep(path, pretended)
    assert done == json.loads(path.read_text())[SUBJECT]
    assert done == json.loads(json.dumps(sweep(tmp_path / "one.json", pretended)))
    assert [(r["setting"], r["seed"]) for r in done["rows"]] == [
        (name, seed) for name in SETTINGS for seed in range(2)
    ]
    assert sweep(path, never) == done
    assert {p.name for p in (tmp_path / "sweep").iterdir()} == {
        picture_name(name) for name in SETTINGS
    }
    assert means(done, "10")["ratio"] == pytest.approx(2.125)


def test_a_sweep_of_another_scale_is_not_continued(tmp_path):
    path = tmp_path / "sweep.json"
    sweep(path, pretended)
    with pytest.raises(GanlibError, match="another scale"):
        sweep(path, never, Scale(images=24, runs=2, twins=8, size=16, width=8))
    path.write_text("[")
    with pytest.raises(GanlibError, match="holds no figures"):
        sweep(path, never)


@pytest.mark.parametrize("wrong", [{"images": 0}, {"runs": 0}, {"twins": 0}, {"size": 24}])
def test_wrong_scales_get_a_sentence(wrong):
    with pytest.raises(GanlibError, match="multiple of 16"):
        Scale(**wrong)


@pytest.mark.parametrize("name", ["0", "inf", "l2", "small patches", "whole image"])
def test_settings_do_what_their_names_say(name):
    row, picture = bench.play(name, TINY, seed=0)
    assert (row["setting"], row["seed"]) == (name, 0)
    assert all(row[measure] > 0 for measure in MEASURES)
    assert Image.open(io.BytesIO(picture)).size == (4 * 16 + 3 * 2, 16)
    run = build_run(bench.config(name, TINY), data=Data(*bench.twins(TINY)))
    run.train_step()
    terms = run.records[-1].keys()
    assert ("g_paired" in terms) == (name != "0")
    adversarial = name not in ("inf", "l2")
    assert ("g_adversarial" in terms) == ("d_adversarial" in terms) == adversarial
    logits = run.objective.discriminator(torch.zeros(1, 3, 16, 16))
    assert logits.shape[-1] == {"small patches": 4}.get(name, 1)


def test_a_seed_decides_a_run():
    first, again, other = (bench.play("10", TINY, seed)[0] for seed in (0, 0, 1))
    assert all(first[measure] == again[measure] for measure in MEASURES)
    assert first["ratio"] != other["ratio"]


def test_figures_are_1_for_the_copy_and_0_for_the_twin():
    photo, anime = bench.held_out(16)
    copy, twin = measure(photo, photo, anime), measure(anime, photo, anime)
    assert [copy[name] for name in MEASURES[:3]] == [1, 1, 1]
    assert [twin[name] for name in MEASURES] == [0, 0, 0, 1]
    blurred = avg_pool2d(anime, 2).repeat_interleave(2, 2).repeat_interleave(2, 3)
    assert measure(blurred, photo, anime)["content"] < 1e-5, "squares of 8 pixels see no blur"
    # Drawings of other people: style is there, content is not.
    swapped = measure(anime.roll(1, 0), photo, anime)
    assert swapped["style"] == 0 and swapped["content"] > 0.5


def test_the_command_writes_and_prints_the_sweep(tmp_path, capsys, monkeypatch):
    path = tmp_path / "sweep.json"
    command = ["lambda", "--images", "8", "--runs", "1", "--twins", "8", "--size", "16"]
    whole = bench.measure_sweep
    monkeypatch.setattr(bench, "measure_sweep", lambda *given: whole(*given, settings=("10",)))
    assert main([*command, "--json", str(path)]) == 0
    record = json.loads(path.read_text())[SUBJECT]
    assert [row["setting"] for row in record["rows"]] == ["10"]
    assert record["hardware"]["threads"] == 1 and record["scale"]["images"] == 8
    table = lambda_table(record)
    assert table in capsys.readouterr().out
    assert f"| 10 | {means(record, '10')['ratio']:.3f} (" in table


def test_the_stored_sweep_is_complete():
    """Lesson 07 reads it; its command is in benchmarks/README.md."""
    record = lambda_sweep.stored()
    new = bench.fresh(Scale(**record["scale"]))
    assert all(record[name] == new[name] for name in ("config", "settings"))
    runs = record["scale"]["runs"]
    assert runs >= 3 and record["scale"]["images"] >= 4000
    assert [(r["setting"], r["seed"]) for r in record["rows"]] == [
        (name, seed) for name in SETTINGS for seed in range(runs)
    ]
    pictures = [lambda_sweep.picture(name) for name in SETTINGS]
    assert {picture.size for picture in pictures} == {(4 * 64 + 3 * 2, 64)}


def test_the_sweep_is_at_least_five_weights_and_both_ends():
    assert LAMBDAS[0] == "0" and LAMBDAS[-1] == "inf" and len(LAMBDAS[1:-1]) >= 5
    assert SETTINGS["inf"].loss.adversarial_weight == 0 == SETTINGS["0"].loss.paired_weight


def test_a_run_that_was_stopped_is_no_row(monkeypatch):
    def stopped(trainer):
        trainer.interrupted = True
        return trainer

    monkeypatch.setattr(Trainer, "run", stopped)
    with pytest.raises(GanlibError, match="was stopped"):
        bench.play("10", TINY, 0)


def test_every_run_starts_from_the_model_it_is_given(tmp_path):
    torch.manual_seed(5)
    model = Translator(TranslatorConfig(TINY.size, 2, TINY.width))
    save_model(tmp_path / "first.safetensors", model, {})
    scale = replace(TINY, init=str(tmp_path / "first.safetensors"))
    rates = [bench.config("10", each).train.lr_g for each in (TINY, scale)]
    assert rates == [6e-4, 1.5e-4], "a smaller learning rate from a model on than from nothing"
    for seed in range(2):
        run = build_run(bench.config("10", scale, seed), data=Data(*bench.twins(TINY)))
        for ours, given in zip(run.ema.parameters(), model.parameters(), strict=True):
            assert torch.equal(ours, given)
