"""Two sides at equal compute: nothing but their terms differs, equal seconds, whole records."""

import itertools
import json

import pytest

from benchmarks import equal_compute as bench
from benchmarks import records, report
from benchmarks.__main__ import main
from ganlib.data.datasets import twin_datasets
from ganlib.lessons import equal_compute
from ganlib.lessons.configs import changed
from ganlib.lessons.equal_compute import SIDES, SUBJECT, equal_compute_table
from ganlib.pipelines.build import build_run
from ganlib.pipelines.parts import Data

TINY = ["--twins", "8", "--held-out", "8", "--seconds", "0.2"]


@pytest.fixture(scope="module")
def path(tmp_path_factory, played):
    path = tmp_path_factory.mktemp("equal") / "equal_compute.json"
    assert main(["equal-compute", *TINY, "--runs", "1", "--json", str(path)]) == 0
    return path


def stored(path):
    return json.loads(path.read_text())[SUBJECT]


def test_the_record_is_complete(path):
    record = stored(path)
    assert record["seconds"] == 0.2 and record["seeds"] == 1 and "cpu" in record["hardware"]
    for name in SIDES:
        (run,) = record["runs"][name].values()
        assert run["cpu_seconds"] >= 0.2 and run["images"] > 0 and run["distance"] > 0
        assert record["mean"][name] == run
    assert record["baselines"]["copy"]["ratio"] == 1 and record["baselines"]["truth"]["ratio"] == 0
    better = min(SIDES, key=lambda name: record["mean"][name]["ratio"])
    assert record["wins"] == {name: int(name == better) for name in SIDES}
    assert f"Less error: {better}, in 1 of 1" in equal_compute_table(record)
    assert ("noise_gain" in record["mean"]["cycle"]) and "–" in equal_compute_table(record)


def test_pictures_are_kept_beside_the_record(path):
    kept = {picture.stem for picture in path.with_suffix("").iterdir()}
    assert kept == {"copy", "tones", "low_frequencies", "cycle", "truth"}


def test_both_sides_have_the_same_networks_weights_data_and_settings():
    photo, anime = twin_datasets(4, 1, 64)
    data, settings = Data(photo=photo, anime=anime), bench.config(twins=4, seed=3)
    ours, theirs = (bench.build(name, settings, data) for name in SIDES)
    for part in ("generator", "discriminator"):
        both = (getattr(run.objective, part).state_dict() for run in (ours, theirs))
        pairs = zip(*(state.values() for state in both), strict=True)
        assert all(bench.torch.equal(a, b) for a, b in pairs)
    assert ours.config == theirs.config == settings.train
    for name in ("loss", "adversarial_weight", "augment", "r1_gamma"):
        assert getattr(ours.objective.config, name) == getattr(theirs.objective.config, name)
    assert ours.objective.config.low_frequency_weight == theirs.objective.config.cycle_weight
    assert len(ours.objective.history.images) == len(theirs.objective.pools["anime"].images) == 50
    batches = []
    for run in (ours, theirs):
        bench.torch.manual_seed(0)
        batches.append(run.sampler(2))
    assert all(bench.torch.equal(batches[0][name], batches[1][name]) for name in batches[0])
    assert ours.objective.transport is None  # both are given the tones, neither is told more


def test_it_goes_on_where_it_was(path, monkeypatch):
    before = stored(path)
    del before["runs"]["low frequencies"]["0"]
    path.write_text(json.dumps({SUBJECT: before}))
    assert main(["equal-compute", *TINY, "--runs", "1", "--json", str(path)]) == 0
    after = stored(path)
    assert after["runs"]["cycle"] == before["runs"]["cycle"]
    assert set(after["runs"]["low frequencies"]) == {"0"} and after["seeds"] == 1


def test_others_runs_are_not_mixed_in(path, tmp_path, capsys):
    again = ["equal-compute", *TINY[:-1], "0.3", "--json", str(path)]
    assert main(again) == 1
    assert "other options" in capsys.readouterr().err
    other = tmp_path / "other.json"
    other.write_text("[]")
    assert main([*again[:-1], str(other)]) == 1
    assert "holds no figures" in capsys.readouterr().err
    assert other.read_text() == "[]"


def test_records_of_others_stay_in_the_file(tmp_path):
    path, other = tmp_path / "both.json", {"rows": ["λ"]}
    path.write_text(json.dumps({"lambda": other}))
    records.keep(path, SUBJECT, {"runs": {}})
    records.keep(path, SUBJECT, {"runs": {"cyclegan": {}}})
    assert records.stored(path) == {"lambda": other, SUBJECT: {"runs": {"cyclegan": {}}}}
    assert records.stored(None) == records.stored(tmp_path / "none.json") == {}


@pytest.mark.parametrize("option", [["--runs", "0"], ["--seconds", "0"]])
def test_nothing_to_run_gets_a_sentence(option, capsys):
    assert main(["equal-compute", *option]) == 1
    assert "a run and time" in capsys.readouterr().err


def test_the_budget_is_spent_and_the_learning_rates_end_at_nothing():
    photo, anime = twin_datasets(4, 1, 32)
    config = changed(bench.config(32), width=8, blocks=1, batch=2)
    run = build_run(config, device="cpu", data=Data(photo=photo, anime=anime))
    clock = itertools.count().__next__  # a step takes a second
    assert bench.spend(run, 20, clock) == 20 and run.step == 20
    assert run.config.images == run.images
    assert run.optimizer_g.param_groups[0]["lr"] < 0.2 * config.train.lr_g


def test_a_seed_has_people_of_its_own_and_no_twins(monkeypatch):
    asked = []

    def datasets(n, seed, size):
        asked.append(seed)
        return twin_datasets(n, seed, size)

    monkeypatch.setattr(bench, "twin_datasets", datasets)
    threads = bench.torch.get_num_threads()
    for seed in (0, 1):
        bench.play("low frequencies", seed, 0.01, 64, 4, 4)
    bench.torch.set_num_threads(threads)
    assert asked == [0, 1, 2, 3]


def test_the_stored_table_is_that_of_the_stored_record():
    record = equal_compute.stored()
    text = (report.RESULTS / "equal_compute.md").read_text(encoding="utf-8")
    assert text == report.equal_compute_markdown([{"file": "equal_compute.json"} | record])
    assert record["config"] == bench.settings(record["size"], record["twins"])
