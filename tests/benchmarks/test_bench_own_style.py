"""The benchmark of a style of one's own, tiny: its rows, and that it goes on."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from runs import translator

from benchmarks import own_style as bench
from benchmarks import report
from ganlib.core.errors import GanlibError
from ganlib.core.trainer import Trainer
from ganlib.drawing import STYLES
from ganlib.weights import save_model


@pytest.fixture
def options(tmp_path, monkeypatch):
    """Of a benchmark on two people, drawn in this process by a small model."""
    threads = torch.get_num_threads()
    monkeypatch.setattr(bench, "ProcessPoolExecutor", lambda *_: ThreadPoolExecutor(1))
    save_model(tmp_path / "m.safetensors", translator(64, styles=3), {"styles": list(STYLES)})
    yield {
        **{"counts": (1,), "images": 8, "held_out": 2, "init": str(tmp_path / "m.safetensors")},
        **{"folder": tmp_path / "own", "json": tmp_path / "f.json"},
    }
    torch.set_num_threads(threads)


def test_every_number_of_pairs_has_a_row_once(options, monkeypatch, capsys):
    record = bench.own_style(**options)
    assert [row["pairs"] for row in record["rows"]] == [0, 1]
    assert all(
        {"l1_over_copy", "line_sharpness", "eye_sharpness"} == set(row["rendered"])
        for row in record["rows"]
    )
    assert json.loads(options["json"].read_text())[bench.NAME]["rows"] == record["rows"]
    assert "| 0 | 0 | " in capsys.readouterr().out
    report.report(options["json"].parent)
    text = options["json"].with_name("own_style.md").read_text()
    assert bench.markdown(record) in text and "goes on for 8 images" in text
    monkeypatch.setattr(bench, "play", lambda *_: pytest.fail("ran again"))
    assert bench.own_style(**options)["rows"] == record["rows"]
    with pytest.raises(GanlibError, match="another scale"):
        bench.own_style(**options | {"images": 12})


def test_a_run_that_was_stopped_is_no_row(options, monkeypatch):
    def stopped(trainer):
        trainer.interrupted = True
        return trainer

    monkeypatch.setattr(Trainer, "run", stopped)
    with pytest.raises(GanlibError, match="goes on with it"):
        bench.own_style(**options)


def test_the_style_is_new_and_the_truth_scores_best():
    """Whatever is drawn, a style that the house had already would be no test."""
    for style in STYLES.values():
        same = {k for k, v in vars(bench.STYLE).items() if v == vars(style)[k]}
        assert len(same) <= 2, same
    torch.manual_seed(0)
    photo, anime = torch.rand(2, 2, 3, 32, 32) * 2 - 1
    held = photo, anime, torch.ones(2, 1, 32, 32, dtype=torch.bool)
    truth = {"l1_over_copy": 0.0, "line_sharpness": 1.0, "eye_sharpness": 1.0}
    assert bench.score(anime, held) == pytest.approx(truth)
    assert bench.score(photo, held)["l1_over_copy"] == 1
