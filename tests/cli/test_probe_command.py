"""`ganlib probe`: how well a probe reads, as a table and as figures."""

import json

import pytest

from ganlib.cli import probe
from ganlib.measure.attributes import DOMAINS


@pytest.mark.parametrize(
    ("words", "says", "status"),
    [
        ("--held-out 1", "--held-out must be 2 or more, not 1.", 1),
        ("--file none.safetensors", "there is no", 1),
        ("--file file", "file", 1),
        ("--epochs 3", "Unrecognized options: --epochs", 2),  # it trains none
    ],
)
def test_what_cannot_be_done_is_said_before_any_work(
    words, says, status, ganlib, tmp_path, monkeypatch
):
    monkeypatch.setattr(probe, "held_out", lambda *a: pytest.fail("worked before looking"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    done = ganlib("probe", *words.split())
    assert (done.status, done.out) == (status, "")
    assert says in done.said
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_probe_that_ships_is_scored(ganlib):
    done = ganlib("probe", "--held-out", 24, "--threads", 1, "--json", "-")
    assert done.status == 0 and "photograph" in done.err
    record = json.loads(done.out)
    assert set(record) == {"photograph", "drawing", *DOMAINS[1:]}
    assert record["drawing"]["hair"]["n"] <= 24


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
