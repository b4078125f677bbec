"""The mode benchmark judges what it trained, and reports what it promises."""

import json
import runpy
from pathlib import Path

import pytest
import torch

from ganlib.bench import modes as bench_modes
from ganlib.cli.main import main
from ganlib.lessons.mlp import MLP, MLPConfig
from ganlib.lessons.toys import TOYS, mode_report

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    path = tmp_path_factory.mktemp("modes") / "modes.json"
    assert main(["bench", "modes", "--seeds", "2", "--steps", "3", "--json", str(path)]) == 0
    return json.loads(path.read_text())["modes"]


def test_the_record_is_complete(record):
    assert {"seeds", "samples", "seconds", "device", "hardware", "published"} <= record.keys()
    assert (record["seeds"], record["samples"], record["device"]) == (2, 2500, "cpu")
    assert record["toys"].keys() == bench_modes.TOYS.keys()
    for toy, rows in record["toys"].items():
        assert list(rows) == ["ganlib", "plain", "true samples"]
        for name, row in rows.items():
            for figure, values in row["per_seed"].items():
                assert len(values) == 2
                assert row["mean"][figure] == pytest.approx(sum(values) / 2)
            assert ("settings" in row) == (name != "true samples")
        true = rows["true samples"]["mean"]
        assert true["modes"] == len(TOYS[toy]().modes)
        assert 0.97 < true["quality"] < 1 and true["reverse_kl"] < 0.02


def test_the_baseline_differs_by_its_penalty_alone(record):
    for rows in record["toys"].values():
        ours, plain = rows["ganlib"]["settings"], rows["plain"]["settings"]
        assert plain["gamma"] == plain["gamma_end"] == 0 < ours["gamma_end"] <= ours["gamma"]
        assert ours | {"gamma": 0, "gamma_end": 0} == plain


def test_a_run_of_the_record_is_that_run(record):
    """A seed's figures are those of the seed trained alone."""
    truth, recipe = TOYS["grid"](), bench_modes.recipes("grid", 3)["ganlib"]
    alone = bench_modes.trainer(truth, recipe, range(1, 2)).run()
    report = mode_report(
        bench_modes.held_out(alone.ema, recipe.latent, truth, range(1, 2))[0], truth
    )
    figures = {k: v[1] for k, v in record["toys"]["grid"]["ganlib"]["per_seed"].items()}
    assert report.quality == pytest.approx(figures["quality"], abs=2 / 2500)
    assert report.reverse_kl == pytest.approx(figures["reverse_kl"], rel=0.01)


def test_held_out_points_are_the_generators_in_the_truths_unit():
    truth, generator = TOYS["grid"](), MLP(MLPConfig(2, 2, depth=0), (0,))
    with torch.no_grad():
        generator.weights[0].copy_(torch.eye(2)[None])
        generator.biases[0].zero_()
    points = bench_modes.held_out(generator, 2, truth, range(1), samples=20_000)
    assert points.shape == (1, 20_000, 2)
    assert points.std().item() == pytest.approx(truth.spread, rel=0.02)


def test_the_table_has_the_records_means(record):
    report = runpy.run_path(str(ROOT / "benchmarks" / "report.py"))
    text = report["modes_markdown"]([{"file": "modes.json"} | record])
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len({row.count("|") for row in rows}) == 1 and len(rows) == 2 + 4 + 3
    (row,) = [line for line in rows if line.startswith("| ganlib |")]
    for toy in record["toys"].values():
        mean = toy["ganlib"]["mean"]
        assert f"{mean['modes']:.1f} | {100 * mean['quality']:.1f} %" in row
    (pac4,) = [line for line in rows if line.startswith("| PacGAN4")]
    assert pac4.endswith("| 7.8 | 95.9 % | 0.07 | 24.8 | 93.6 % | 0.04 |")


@pytest.mark.parametrize("option", ["--seeds", "--steps"])
def test_nothing_to_run_gets_a_sentence(option, capsys):
    assert main(["bench", "modes", option, "0"]) == 1
    assert "a seed and a step or more" in capsys.readouterr().err


def test_the_stored_table_is_that_of_the_stored_record():
    report = runpy.run_path(str(ROOT / "benchmarks" / "report.py"))
    found = report["mode_records"](report["RESULTS"])
    assert found, "benchmarks/results holds no record of `ganlib bench modes`"
    stored = (report["RESULTS"] / "modes.md").read_text(encoding="utf-8")
    assert stored == report["modes_markdown"](found)
