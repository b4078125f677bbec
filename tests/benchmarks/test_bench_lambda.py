"""Lesson 07's runs: the notebook's own cells, resumable row by row, one change at a time."""

import io
import json

import pytest
import torch
from PIL import Image
from resumed import goes_on, never, pictures

from benchmarks import lambda_sweep as bench
from benchmarks.__main__ import main
from benchmarks.lambda_sweep import Scale
from ganlib.core.errors import GanlibError
from ganlib.lessons import lambda_sweep
from ganlib.lessons.lambda_sweep import (
    LAMBDAS,
    MEASURES,
    SETTINGS,
    SUBJECT,
    picture_name,
    table,
    values,
)

TINY = Scale(images=16, start=0, runs=2, twins=8, size=64)


@pytest.fixture(autouse=True)
def few_held_out(monkeypatch):
    monkeypatch.setattr(bench, "HELD_OUT", 8)
    bench.held_out.cache_clear()
    yield
    bench.held_out.cache_clear()


def pretended(name, scale, seed):
    """A row without a training: what a sweep keeps of it is the same."""
    figures = {measure: 0.25 * seed + len(name) for measure in MEASURES}
    row = {"setting": name, "seed": seed, **figures, "training_seconds": 1.0}
    return row, bench.sheet(torch.zeros(2, 3, scale.size, scale.size))


def sweep(path, row, scale=TINY, workers=0):
    return bench.measure_sweep(scale, path, row=row, workers=workers)


def test_a_sweep_that_was_cut_off_goes_on_where_it_was(tmp_path):
    path = tmp_path / "sweep.json"
    order = [(name, seed) for name in SETTINGS for seed in range(2)]
    done = goes_on(sweep, path, pretended, "l2", SUBJECT, order)
    assert done == json.loads(json.dumps(sweep(tmp_path / "one.json", pretended)))
    assert pictures(path) == {picture_name(name) for name in SETTINGS}
    assert values(done, "10", "ratio") == [2.0, 2.25]


def test_a_sweep_of_another_scale_is_not_continued(tmp_path):
    path = tmp_path / "sweep.json"
    sweep(path, pretended)
    with pytest.raises(GanlibError, match="another scale"):
        sweep(path, never, Scale(images=24, runs=2, twins=8, size=64))
    path.write_text("[")
    with pytest.raises(GanlibError, match="holds no figures"):
        sweep(path, never)


@pytest.mark.parametrize("wrong", [{"images": 0}, {"runs": 0}, {"twins": 0}, {"size": 72}])
def test_wrong_scales_get_a_sentence(wrong):
    with pytest.raises(GanlibError, match="multiple of 16"):
        Scale(**wrong)


def test_settings_change_one_thing_each(monkeypatch):
    """What `play` hands to the lesson's loop."""
    seen, cells = {}, dict(bench.lesson())

    def train(one_round, g, d, photos, drawings, images, weight, seed):
        alone = one_round is not cells["paired_round"]
        distance = one_round.__closure__[0].cell_contents.__name__ if alone else "l1_loss"
        seen[name] = (float(weight), d.conditional, g.skips, distance.split("_")[0])

    monkeypatch.setattr(bench, "lesson", lambda: cells | {"train": train})
    for name in SETTINGS:
        bench.play(name, TINY, seed=0)
    usual = (10.0, True, True, "l1")
    assert seen["10"] == usual and seen["l2"][3] == "l2"

    def apart(a, b):
        return sum(x != y for x, y in zip(seen[a], seen[b], strict=True))

    assert all(apart("10", name) == 1 for name in LAMBDAS if name != "10")
    assert apart("l2", "inf") == apart("10", "10 without skips") == 1
    assert apart("0", "0 unconditional") == apart("10", "10 unconditional") == 1


def test_a_seed_decides_a_run():
    first, again, other = (bench.play("10", TINY, seed) for seed in (0, 0, 1))
    assert all(first[0][measure] == again[0][measure] for measure in MEASURES)
    assert first[0]["ratio"] != other[0]["ratio"]
    assert Image.open(io.BytesIO(first[1])).size == (4 * 64 + 3 * 2, 64)


def test_the_command_writes_and_prints_the_sweep(tmp_path, capsys, monkeypatch):
    path = tmp_path / "sweep.json"
    command = ["lambda", "--images", "8", "--runs", "1", "--twins", "8", "--size", "64"]
    whole = bench.measure_sweep

    def here(*given):
        return whole(*given, settings=("10",), row=pretended, workers=0)

    monkeypatch.setattr(bench, "measure_sweep", here)
    assert main([*command, "--json", str(path)]) == 0
    record = json.loads(path.read_text())[SUBJECT]
    assert [row["setting"] for row in record["rows"]] == ["10"]
    assert record["hardware"]["threads"] == 1 and record["scale"]["images"] == 8
    assert table(record) in capsys.readouterr().out
    assert "2.00 (2.00 to 2.00)" in table(record)


def test_the_stored_sweep_is_complete():
    """Lesson 07 reads it; its command is in benchmarks/README.md."""
    record = lambda_sweep.stored()
    assert record["settings"] == bench.fresh(Scale())["settings"]
    runs = record["scale"]["runs"]
    assert runs >= 3 and record["scale"]["images"] >= 2000
    assert [(r["setting"], r["seed"]) for r in record["rows"]] == [
        (name, seed) for name in SETTINGS for seed in range(runs)
    ]
    pictures = [lambda_sweep.picture(name) for name in SETTINGS]
    assert {picture.size for picture in pictures} == {(4 * 128 + 3 * 2, 128)}
