"""Photographs of one half of the people, drawings of the other; scored by those held out."""

import json

import pytest
import runs
import torch

from benchmarks import portraits_unpaired as bench
from benchmarks.__main__ import main
from ganlib.lessons.configs import changed
from ganlib.weights import save_model


@pytest.fixture
def small(monkeypatch, tmp_path):
    """Networks of a few channels, from a model of that size, and two frames of each picture."""
    config, start = bench.config, tmp_path / "start.safetensors"
    save_model(start, runs.translator(bench.SIZE), {"problem": "unpaired"})
    monkeypatch.setattr(bench, "START", str(start))

    def tiny(images, seed=0):
        return changed(config(images, seed), width=8, blocks=1, batch=2, augment="")

    monkeypatch.setattr(bench, "config", tiny)
    monkeypatch.setattr(bench, "FRAMINGS", 2)


NAMES = ["female_001", "female_002", "female_v1_001", "male_003", "male_004", "twin_0001"]


def test_no_person_is_in_both_halves_and_seeds_exchange_them():
    ours, others = bench.halves(NAMES, 0)
    assert (ours, others) == ([0, 3], [1, 4])
    assert bench.halves(NAMES, 1) == (others, ours)


def test_frames_are_cut_from_within_and_differ():
    pictures = torch.arange(2, dtype=torch.uint8).view(2, 1, 1, 1).expand(2, 3, 96, 96)
    noisy = torch.randint(0, 256, (2, 3, 96, 96), dtype=torch.uint8)
    assert bench.framed(pictures, 0).shape == (2 * bench.FRAMINGS, 3, bench.SIZE, bench.SIZE)
    assert torch.equal(bench.framed(noisy, 3), bench.framed(noisy, 3))
    first = bench.framed(noisy, 3)[: bench.FRAMINGS]
    assert len({frame.numpy().tobytes() for frame in first}) == bench.FRAMINGS


def test_the_record_is_complete_and_goes_on(tmp_path, small, capsys):
    pairs, path = runs.write_pairs(tmp_path / "pairs", 96), tmp_path / "portraits_unpaired.json"
    command = ["portraits-unpaired", "--pairs", str(pairs), "--images", "4", "--json", str(path)]
    assert main([*command, "--runs", "1"]) == 0
    first = json.loads(path.read_text())[bench.SUBJECT]
    row = first["runs"]["0"]
    assert (row["photographs"], row["drawings"], row["held_out"], row["copy"]) == (1, 1, 1, 1)
    assert row["images"] == 4 and min(row["drawn"], row["tones"], row["a·x + b"]) > 0
    kept = {picture.name for picture in path.with_suffix("").iterdir()}
    assert kept == {"drawn.png", "truth.png"}, "no photograph of a person"
    assert main([*command, "--runs", "2"]) == 0
    second = json.loads(path.read_text())[bench.SUBJECT]
    assert second["runs"]["0"] == row and second["seeds"] == 2
    assert main([*command[:4], "6", *command[5:]]) == 1
    assert "another length" in capsys.readouterr().err
