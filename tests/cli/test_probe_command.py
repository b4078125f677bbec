"""`ganlib probe`: it trains or scores, and writes what it found on the card."""

import json

import pytest

from ganlib.cli import probe
from ganlib.measure.attributes import DOMAINS
from ganlib.measure.probe import load_probe, probe_card
from ganlib.pipelines.card import provenance

TRAINING = "--people 16 --epochs 1 --batch 32 --precision fp32 --threads 1 --held-out 24".split()


@pytest.fixture
def no_work(monkeypatch):
    for name in ("train", "held_out"):
        monkeypatch.setattr(probe, name, lambda *a: pytest.fail("worked before looking"))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("", "probe trains one with --out FILE, or scores one with --score."),
        ("--score --out x.safetensors", "--out FILE, or scores"),
        ("--out x.pt", "saved as .safetensors, not as 'x.pt'"),
        ("--out x.safetensors --held-out 1", "--held-out must be 2 or more, not 1."),
        ("--out x.safetensors --epochs 0", "--epochs must be 1 or more, not 0."),
        ("--out x.safetensors --people 3", "--people must be"),
        ("--out file/x.safetensors", "could not write file"),
        ("--score --file none.safetensors", "there is no"),
        ("--score --file file", "file"),
    ],
)
def test_what_cannot_be_done_is_said_before_any_work(
    words, says, ganlib, no_work, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    done = ganlib("probe", *words.split())
    assert (done.status, done.out) == (1, "")
    assert says in done.err and done.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_training_leaves_a_probe_with_a_card_that_can_be_scored_again(ganlib, tmp_path):
    out = tmp_path / "new" / "probe.safetensors"
    done = ganlib("probe", *TRAINING, "--out", out, "--json", "-")
    assert done.status == 0, done.err
    assert f"saved {out}" in done.err and "below its bar" in done.err
    record, card = json.loads(done.out), probe_card(out)
    assert card["held_out"] == record and card["held_out_people"] == 24
    assert {"photograph", "drawing"} <= record.keys()
    assert card["command"].startswith("ganlib probe --people 16 --epochs 1")
    assert card["commit"] == provenance() and card["training"]["people"] == 16
    assert card["training"]["precision"] == "fp32" and card["seed"] == card["training"]["seed"]
    assert load_probe(out) is not None
    again = ganlib("probe", "--score", "--file", out, "--held-out", 24, "--json", "-")
    assert again.status == 0
    for domain, scores in json.loads(again.out).items():
        for name, figures in scores.items():
            known = record[domain][name]
            assert figures["n"] == known["n"] and figures.keys() == known.keys()
            if "r2" in figures:  # a file's weights lie in memory otherwise, and round otherwise
                assert figures["r2"] == pytest.approx(known["r2"], abs=1e-3)


def test_scores_have_a_line_for_each_attribute_and_a_column_for_each_domain():
    record = {
        "photograph": {"glasses": {"accuracy": 0.9}, "yaw": {"r2": 0.5}},
        "drawing": {"glasses": {"accuracy": 0.8}},
    }
    lines = [line.split() for line in probe.scores(record).splitlines()]
    assert lines == [
        ["photograph", "drawing"],
        ["glasses", "accuracy", "0.900", "0.800"],
        ["yaw", "R²", "0.500", "–"],
    ]
    assert DOMAINS[0] == "photograph"
