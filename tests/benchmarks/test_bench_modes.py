"""The mode benchmark scores what it trained, and reports what it promises."""

import json

import pytest
import torch

from benchmarks import report
from benchmarks.__main__ import main
from benchmarks.modes import as_json, configs, held_out
from ganlib.lessons import modes
from ganlib.lessons.mlp import MLP, MLPConfig
from ganlib.lessons.toys import TOYS, mode_report
from ganlib.pipelines.build import build_run


@pytest.fixture(scope="module")
def record(tmp_path_factory, played):
    path = tmp_path_factory.mktemp("modes") / "modes.json"
    assert main(["modes", "--seeds", "2", "--steps", "3", "--json", str(path)]) == 0
    return json.loads(path.read_text())["modes"]


def test_the_record_is_complete(record):
    assert {"seeds", "samples", "seconds", "device", "hardware", "published"} <= record.keys()
    assert (record["seeds"], record["samples"], record["device"]) == (2, 2500, "cpu")
    assert record["toys"].keys() == TOYS.keys()
    for toy, rows in record["toys"].items():
        assert list(rows) == ["ganlib", "plain", "true samples"]
        for name, row in rows.items():
            for figure, values in row["per_seed"].items():
                assert len(values) == 2
                assert row["mean"][figure] == pytest.approx(sum(values) / 2)
            assert ("config" in row) == (name != "true samples")
        true = rows["true samples"]["mean"]
        assert true["modes"] == len(TOYS[toy]().modes)
        assert 0.97 < true["quality"] < 1 and true["reverse_kl"] < 0.02


def test_the_baseline_differs_by_its_penalty_alone(record):
    for rows in record["toys"].values():
        ours, plain = rows["ganlib"]["config"], rows["plain"]["config"]
        assert plain["r1_gamma"] == plain["r2_gamma"] == 0
        (_, first), (_, last) = ours["r1_gamma"]["points"]
        assert 0 < last <= first
        assert ours | {"r1_gamma": 0, "r2_gamma": 0} == plain


def test_a_run_of_the_record_is_that_run(record):
    """A seed's figures are those of the seed trained alone."""
    truth, config = TOYS["grid"](), configs("grid", range(1, 2), 3)["ganlib"]
    alone = build_run(config, device="cpu").run()
    scored = mode_report(held_out(alone.ema, 2, truth, range(1, 2))[0], truth)
    figures = {k: v[1] for k, v in record["toys"]["grid"]["ganlib"]["per_seed"].items()}
    assert scored.quality == pytest.approx(figures["quality"], abs=2 / 2500)
    assert scored.reverse_kl == pytest.approx(figures["reverse_kl"], rel=0.01)


def test_held_out_points_are_the_generators_in_the_truths_unit():
    truth, generator = TOYS["grid"](), MLP(MLPConfig(2, 2, depth=0), (0,))
    with torch.no_grad():
        generator.weights[0].copy_(torch.eye(2)[None])
        generator.biases[0].zero_()
    points = held_out(generator, 2, truth, range(1), samples=20_000)
    assert points.shape == (1, 20_000, 2)
    assert points.std().item() == pytest.approx(truth.spread, rel=0.02)


def test_the_table_has_the_records_means(record):
    text = report.modes_markdown([{"file": "modes.json"} | record])
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
    assert main(["modes", option, "0"]) == 1
    assert "a seed and a step or more" in capsys.readouterr().err


def test_the_stored_table_is_that_of_the_stored_record():
    stored = (report.RESULTS / "modes.md").read_text(encoding="utf-8")
    assert stored == report.modes_markdown([{"file": "modes.json"} | modes.stored()])


def test_the_stored_runs_are_those_of_the_configs():
    for toy, rows in modes.stored()["toys"].items():
        for name, config in configs(toy).items():
            assert rows[name]["config"] == as_json(config)
