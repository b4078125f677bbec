"""The bench of recipes: equal seconds, whole records, and a bench that goes on."""

import json
import runpy
from pathlib import Path

import pytest

from ganlib.bench import recipes as bench_recipes
from ganlib.bench.recipes import SIDES, SUBJECT, play, recipe_table, spend
from ganlib.bench.records import keep
from ganlib.bench.records import stored as stored_by_subject
from ganlib.cli.main import main
from ganlib.pipelines.recipes import recipe, trainer
from ganlib.data.datasets import twin_datasets

ROOT = Path(__file__).parent.parent
TINY = ["--size", "32", "--twins", "8", "--held-out", "8", "--seconds", "0.5"]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("recipes") / "recipes.json"
    assert main(["bench", "recipes", *TINY, "--runs", "1", "--json", str(path)]) == 0
    return path


def stored(path):
    return json.loads(path.read_text())["recipes"]


def test_the_record_is_complete(path):
    record = stored(path)
    assert record["seconds"] == 0.5 and record["seeds"] == 1 and "cpu" in record["hardware"]
    for name in SIDES:
        (run,) = record["runs"][name].values()
        assert run["cpu_seconds"] >= 0.5 and run["images"] > 0
        assert run["ratio"] == pytest.approx(run["l1"] / run["l1_copy"])
        assert record["mean"][name] == run
    ours, theirs = (record["mean"][name]["l1"] for name in SIDES)
    assert record["lower"] == record["least_lower"] == pytest.approx(1 - ours / theirs)
    assert f"{100 * record['lower']:.0f} % lower" in recipe_table(record)


def test_it_goes_on_where_it_was(path, monkeypatch):
    before = stored(path)
    del before["runs"]["ganlib"]["0"]
    path.write_text(json.dumps({"recipes": before}))
    assert main(["bench", "recipes", *TINY, "--runs", "1", "--json", str(path)]) == 0
    after = stored(path)
    assert after["runs"]["cyclegan"] == before["runs"]["cyclegan"]
    assert set(after["runs"]["ganlib"]) == {"0"} and after["seeds"] == 1


def test_others_runs_are_not_mixed_in(path, tmp_path, capsys):
    again = ["bench", "recipes", *TINY[:-1], "0.6", "--json", str(path)]
    assert main(again) == 1
    assert "other settings" in capsys.readouterr().err
    other = tmp_path / "other.json"
    other.write_text("[]")
    assert main([*again[:-1], str(other)]) == 1
    assert "holds no figures" in capsys.readouterr().err
    assert other.read_text() == "[]"


def test_records_of_others_stay_in_the_file(tmp_path):
    path, other = tmp_path / "both.json", {"rows": ["λ"]}
    path.write_text(json.dumps({"lambda": other}))
    keep(path, SUBJECT, {"runs": {}})
    keep(path, SUBJECT, {"runs": {"ganlib": {}}})
    assert stored_by_subject(path) == {"lambda": other, SUBJECT: {"runs": {"ganlib": {}}}}
    assert stored_by_subject(None) == stored_by_subject(tmp_path / "none.json") == {}


@pytest.mark.parametrize("option", [["--runs", "0"], ["--seconds", "0"]])
def test_nothing_to_run_gets_a_sentence(option, capsys):
    assert main(["bench", "recipes", *option]) == 1
    assert "a run and time" in capsys.readouterr().err


def test_the_budget_is_spent_and_the_step_sizes_end_at_nothing():
    photo, anime = twin_datasets(4, 1, 32)
    chosen = bench_recipes._scaled(recipe("ganlib", width=8, blocks=1, batch=2), 32)
    run = trainer(chosen, photo, anime, images=10**9)
    spent = spend(run, 1.0)
    assert 1.0 <= spent and run.config.images == run.images
    assert run.adam_g.param_groups[0]["lr"] < 0.5 * chosen.lr_g


def test_a_seed_has_people_of_its_own_and_no_twins(monkeypatch):
    asked = []

    def stores(n, seed, size):
        asked.append(seed)
        return twin_datasets(n, seed, size)

    monkeypatch.setattr(bench_recipes, "twin_datasets", stores)
    threads = bench_recipes.torch.get_num_threads()
    for seed in (0, 1):
        play("ganlib", seed, 0.01, 32, 4, 4)
    bench_recipes.torch.set_num_threads(threads)
    assert asked == [0, 1, 2, 3]


def test_the_stored_table_is_that_of_the_stored_record():
    report = runpy.run_path(str(ROOT / "benchmarks" / "report.py"))
    found = report["recipe_records"](report["RESULTS"])
    assert found, "benchmarks/results holds no record of `ganlib bench recipes`"
    stored = (report["RESULTS"] / "recipes.md").read_text(encoding="utf-8")
    assert stored == report["recipes_markdown"](found)
