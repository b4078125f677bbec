"""The benchmarks compare like with like, and report what they promise."""

import functools
import json

import torch

from ganlib import bench
from ganlib.cli import main
from ganlib.models import (
    PatchDiscriminator,
    PatchDiscriminatorSettings,
    Translator,
    TranslatorSettings,
)
from ganlib.objectives import ObjectiveSettings, UnpairedTranslation
from ganlib.training import Trainer, TrainSettings


def test_the_plain_step_computes_what_the_trainer_computes():
    """Otherwise their speeds could not be compared: one step of each, from the same weights."""
    settings = ObjectiveSettings(augment="", r1_gamma=0, factor=4)

    def networks():
        torch.manual_seed(1)
        shape = {"size": 16, "patch": 1, "width": 8}
        return (
            Translator(TranslatorSettings(**shape, blocks=1)),
            PatchDiscriminator(PatchDiscriminatorSettings(**shape)),
        )

    batch = {name: torch.rand(3, 3, 16, 16) * 2 - 1 for name in ("photo", "anime")}
    reports = []
    run = TrainSettings(3, batch=3, precision="fp32", decay_fraction=0, report_every=3)
    trainer = Trainer(UnpairedTranslation(*networks(), settings), lambda n: batch, run)
    trainer.on_report.append(reports.append)
    trainer.run()

    generator, discriminator = networks()
    d_loss, g_loss = bench.plain_step(generator, discriminator, settings)(**batch)
    (report,) = reports
    assert abs(d_loss - report["d_game"]) < 1e-5
    assert abs(g_loss - report["g_game"] - report["g_low_frequency"]) < 1e-4
    for ours, plain in zip(
        trainer.objective.generator.parameters(), generator.parameters(), strict=True
    ):
        # Adam's first step is about the sign of the slope, so rounding can move single weights.
        assert (ours - plain).abs().mean() < 1e-5


def test_records_say_what_where_and_how_long(tmp_path, monkeypatch, capsys):
    tiny = functools.partial(bench.bench_render, size=16, windows=3, n=2)
    monkeypatch.setattr(bench, "bench_render", tiny)
    assert main(["bench", "render", "--json", str(tmp_path / "b.json")]) == 0
    record = json.loads((tmp_path / "b.json").read_text())["render"]
    assert {"pairs_per_second", "seconds", "device", "hardware"} <= record.keys()
    rates = record["pairs_per_second"]
    assert 0 < rates["least"] <= rates["median"] <= rates["most"]
    assert "pairs_per_second" in capsys.readouterr().out


def test_windows_take_turns():
    order = []
    work = {name: lambda name=name: order.append(name) or 1 for name in "ab"}
    rates = bench._rates(work, windows=2)
    assert order == list("ab" + "abab") and all(len(r) == 2 for r in rates.values())


def test_an_unknown_subject_gets_a_sentence(capsys):
    assert main(["bench", "coffee"]) == 1
    assert "step, render, stylize" in capsys.readouterr().err
