"""data/score_probe.py: how well a probe reads, as a table and as figures."""

import json
import runpy
import sys
from pathlib import Path

import pytest
import torch

from ganlib.core.errors import GanlibError
from ganlib.measure.attributes import DOMAINS

sys.path.insert(0, str(Path(__file__).parents[2] / "data"))
import score_probe  # noqa: E402


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--held-out 1", "held_out must be 2 or more, not 1."),
        ("--file none.safetensors", "there is no"),
        ("--file file", "file"),
    ],
)
def test_what_cannot_be_done_is_said_before_any_work(words, says, tmp_path, monkeypatch):
    monkeypatch.setattr(score_probe, "held_out", lambda *a: pytest.fail("worked before looking"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(GanlibError, match=says):
        score_probe.main(words.split())
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_errors_are_in_the_words_of_the_command_line(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [score_probe.__file__, "--held-out", "1"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(score_probe.__file__, run_name="__main__")
    # Python prints such a code on standard error, and its status is 1.
    assert ended.value.code == "error: --held-out must be 2 or more, not 1."
    assert capsys.readouterr() == ("", "")


def test_the_probe_that_ships_is_scored(capsys):
    threads = torch.get_num_threads()
    score_probe.main("--held-out 24 --threads 1 --json -".split())
    torch.set_num_threads(threads)
    said = capsys.readouterr()
    assert "photograph" in said.err
    record = json.loads(said.out)
    assert set(record) == {"photograph", "drawing", *DOMAINS[1:]}
    assert record["drawing"]["hair"]["n"] <= 24


def test_scores_have_a_line_for_each_attribute_and_a_column_for_each_domain():
    record = {
        "photograph": {"glasses": {"accuracy": 0.9}, "yaw": {"r2": 0.5}},
        "drawing": {"glasses": {"accuracy": 0.8}},
    }
    lines = [line.split() for line in score_probe.scores(record).splitlines()]
    assert lines == [
        ["photograph", "drawing"],
        ["glasses", "accuracy", "0.900", "0.800"],
        ["yaw", "R²", "0.500", "–"],
    ]
