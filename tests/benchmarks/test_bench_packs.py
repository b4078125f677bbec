"""Two runs that differ by their packs alone, measured as they go; what ships shows the collapse."""

import json

import pytest
import torch

from benchmarks import packs as bench
from benchmarks.__main__ import main
from ganlib.lessons import packs

TINY = ["--images", "160", "--twins", "16", "--people", "3", "--width", "8"]


def test_the_record_is_complete(tmp_path):
    path = tmp_path / "packs.json"
    assert main(["packs", *TINY, "--json", str(path)]) == 0
    record = json.loads(path.read_text())["packs"]
    assert record["scale"]["twins"] == 16 and "cpu" in record["hardware"]
    assert [row["pack"] for row in record["rows"]] == list(packs.PACKS)
    for row in record["rows"]:
        assert row["images"] == [32, 64, 96, 128, 160]
        assert all(0 <= share <= 1 for share in row["obeyed"]) and min(row["diversity"]) > 0
    kept = {picture.name for picture in (tmp_path / "packs").iterdir()}
    assert kept == {f"{pack}.webp" for pack in packs.PACKS}


def test_true_drawings_have_a_diversity_of_one(monkeypatch):
    """G is replaced by one that hands out what `diversity` is measured by."""
    truth = {}

    def rendered(people, size):
        truth["images"] = torch.rand(len(people), 3, size, size) * 2 - 1
        return truth["images"]

    monkeypatch.setattr(bench, "render_drawings", rendered)
    monkeypatch.setattr(bench, "draw", lambda generator, known: truth["images"][: len(known)])
    scale = bench.Scale(160, 8, 2, 8)
    people = bench.alike_as_asked(bench.face_people(2, 0), bench.ALIKE, 1)
    data = bench.Data(
        anime=bench.drawing_dataset(people, bench.SIZE), conditions=bench.encode(people)
    )
    row, _ = bench.play(1, scale, data)
    assert row["diversity"] == pytest.approx([1.0] * 5, abs=1e-3)


def test_too_small_a_benchmark_gets_a_sentence(capsys):
    assert main(["packs", "--images", "64"]) == 1
    assert "packs needs 160 images" in capsys.readouterr().err


def test_the_stored_runs_show_what_the_lesson_says_and_only_packs_differ():
    record = packs.stored()
    alone, together = record["rows"]
    assert alone["diversity"][-1] < 0.3 < 0.6 < together["diversity"][-1]
    assert alone["obeyed"][-1] > together["obeyed"][-1] > 0.7
    wide = 8 * bench.SIZE
    assert all(packs.picture(pack).width > wide for pack in packs.PACKS)
