"""The benchmarks compare like with like, and report what they promise."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from benchmarks import core_loop, report, speed, timing
from benchmarks.__main__ import main
from ganlib.core.config import TrainConfig, UnpairedLoss
from ganlib.core.networks.patch_discriminator import PatchDiscriminator, PatchDiscriminatorConfig
from ganlib.core.networks.translator import Translator, TranslatorConfig
from ganlib.core.objectives import UnpairedTranslation
from ganlib.core.trainer import Trainer
from ganlib.data.datasets import ImageDataset

ROOT = Path(__file__).parents[2]


def test_the_plain_step_computes_what_the_trainer_computes():
    """Otherwise their speeds could not be compared: one step of each, from the same weights."""
    loss = UnpairedLoss(augment="", r1_gamma=0, factor=4)

    def networks():
        torch.manual_seed(1)
        shape = {"size": 16, "patch": 1, "width": 8}
        return (
            Translator(TranslatorConfig(**shape, blocks=1)),
            PatchDiscriminator(PatchDiscriminatorConfig(**shape)),
        )

    batch = {name: torch.rand(3, 3, 16, 16) * 2 - 1 for name in ("photo", "anime")}
    reports = []
    run = TrainConfig(3, batch=3, precision="fp32", decay=0, report_every=3)
    trainer = Trainer(UnpairedTranslation(*networks(), loss), lambda n: batch, run)
    trainer.on_report.append(reports.append)
    trainer.run()

    generator, discriminator = networks()
    d_loss, g_loss = speed.plain_step(generator, discriminator, loss)(**batch)
    (report,) = reports
    assert abs(d_loss - report["d_adversarial"]) < 1e-5
    assert abs(g_loss - report["g_adversarial"] - report["g_low_frequency"]) < 1e-4
    for ours, plain in zip(
        trainer.objective.generator.parameters(), generator.parameters(), strict=True
    ):
        # Adam's first step is about the sign of the gradient, so rounding can move single weights.
        assert (ours - plain).abs().mean() < 1e-5


def test_the_tutorials_step_computes_what_the_trainer_computes():
    """One DCGAN step of each from the same weights, pictures and noise."""
    torch.manual_seed(1)
    dataset = ImageDataset.from_float(torch.rand(1, 3, 16, 16) * 2 - 1)
    trainer = core_loop.trainer(dataset, 3, width=16, precision="fp32", decay=0)
    # Width 8 would give a norm one channel a group: biases without effect, gradients of rounding.
    torch.manual_seed(2)
    pair = core_loop.networks(16, width=16)
    mine = (trainer.objective.generator, trainer.objective.discriminator)
    for net, start in zip(mine, pair, strict=True):
        net.load_state_dict(start.state_dict())
    real, noise = dataset.at(torch.zeros(3, dtype=torch.long)), torch.randn(3, 100)
    trainer.sampler = lambda n: {"anime": real}
    trainer.objective.noise = lambda like: noise
    trainer.train_step()
    (record,) = trainer.records

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, "randn", lambda *shape, **_: noise)
        d_loss, g_loss = core_loop.tutorial_step(*pair)(real.contiguous())
    assert d_loss == pytest.approx(record["d_adversarial"].item(), abs=1e-5)
    assert g_loss == pytest.approx(record["g_adversarial"].item(), abs=1e-5)
    for net, plain in zip(mine, pair, strict=True):
        for (name, ours), theirs in zip(net.named_parameters(), plain.parameters(), strict=True):
            # Adam's first step is about the sign of the gradient: rounding can move single weights.
            moved = (ours - theirs).abs()
            assert moved.median() < 1e-6 and moved.mean() < 2e-5, name


def test_operations_are_counted_by_hand_too():
    # 8 pixels: G is a linear layer and one transposed convolution, D a convolution and a product.
    dataset = ImageDataset(torch.zeros(2, 3, 8, 8, dtype=torch.uint8))
    g = 2 * (100 * 8 * 16 + 16 * 16 * 8 * 3)
    first, last = 2 * (16 * 16 * 3 * 8), 2 * (16 * 8)
    # G: forward, gradient by weights, by inputs, though none for the noise.
    g_all = 3 * g - 2 * 100 * 8 * 16
    # D: on two kinds of images forward, gradient by weights, by inputs, but not by the images; then
    # in G's step forward and gradient by inputs.
    d_all = 2 * (2 * first + 3 * last) + 2 * (first + last)
    assert core_loop.flops_per_image(dataset, 2, width=8) == g_all + d_all


def test_core_writes_what_its_report_reads(tmp_path, capsys):
    tiny = ["--size", "8", "--width", "8", "--batch", "2", "--pictures", "4", "--seconds", "0.01"]
    path = tmp_path / "core.json"
    assert main(["core", *tiny, "--windows", "2", "--json", str(path)]) == 0
    record = json.loads(path.read_text())["core"]
    rates = record["images_per_second"]
    assert {"tutorial", "tutorial_device", "eager"} <= rates.keys()
    assert all(0 < r["least"] <= r["median"] <= r["most"] for r in rates.values())
    assert record["share_of_matrix_peak"]["eager"] == pytest.approx(
        rates["eager"]["median"] * record["flops_per_image"] / record["matrix_flops_per_second"]
    )
    assert record["hardware"]["torch"] == torch.__version__ and record["windows"] == 2

    text = report.markdown(report.records("core", tmp_path))
    (row,) = [line for line in text.splitlines() if "| eager |" in line]
    times = record["times_tutorial"]["eager"]["median"]
    assert f"| {rates['eager']['median']:.0f} |" in row and f"| {times:.2f} |" in row
    assert row.count("|") == report.HEAD.count("|")
    assert main(["report", "--folder", str(tmp_path)]) == 0
    assert (tmp_path / "speed.md").read_text(encoding="utf-8") == text
    assert (tmp_path / "speed.png").stat().st_size > 1000


def test_core_needs_a_batch_of_pictures(capsys):
    assert main(["core", "--batch", "8", "--pictures", "4"]) == 1
    assert "--pictures must be 8 or more, not 4" in capsys.readouterr().err


@pytest.fixture(params=["here", pytest.param("apart", marks=pytest.mark.nightly)])
def python(request, tmp_path):
    """What the script calls: a shell that only writes down what is then run here; by night it is a
    Python for each part."""
    if request.param == "apart":
        return sys.executable
    path = tmp_path / "python"
    path.write_text(f"#!/bin/sh\necho \"$*\" >> '{tmp_path}/calls'\n")
    path.chmod(0o755)
    return str(path)


def test_the_gpu_script_runs_dry(tmp_path, python):
    wanted = {"DRY": "1", "OUT": str(tmp_path), "PYTHON": python}
    script = ["bash", str(ROOT / "benchmarks" / "gpu.sh")]
    done = subprocess.run(script, env=os.environ | wanted, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    if python != sys.executable:
        for call in (tmp_path / "calls").read_text().splitlines():
            module, *words = call.removeprefix("-m ").split()
            assert module == "benchmarks" and main(words) == 0
    parity = json.loads((tmp_path / "gpu_parity.json").read_text())["parity"]
    assert all(parity["within_tolerance"].values()) and parity["again"]["weights"]["equal"]
    made = {path.name for path in tmp_path.iterdir()}
    assert {"gpu_render.json", "gpu_profile.json", "speed.md", "speed.png"} <= made


def test_records_say_what_where_and_how_long(tmp_path, capsys):
    tiny = ["--size", "16", "--windows", "3", "--n", "2"]
    assert main(["render", *tiny, "--json", str(tmp_path / "b.json")]) == 0
    record = json.loads((tmp_path / "b.json").read_text())["render"]
    assert {"pairs_per_second", "seconds", "device", "hardware"} <= record.keys()
    rates = record["pairs_per_second"]
    assert 0 < rates["least"] <= rates["median"] <= rates["most"]
    assert "pairs_per_second" in capsys.readouterr().out


def test_windows_take_turns():
    order = []
    work = {name: lambda name=name: order.append(name) or 1 for name in "ab"}
    rates = timing.rates(work, windows=2)
    assert order == list("ab" + "abab") and all(len(r) == 2 for r in rates.values())


def test_steps_are_compared_on_one_problem(tmp_path):
    tiny = ["--size", "16", "--batch", "2", "--windows", "1", "--steps", "1"]
    assert main(["step", *tiny, "--json", str(tmp_path / "b.json")]) == 0
    record = json.loads((tmp_path / "b.json").read_text())["step"]
    rates = (record[f"{name}_images_per_second"]["median"] for name in ("ganlib", "plain"))
    assert record["speed_up"]["median"] == pytest.approx(next(rates) / next(rates))


def test_an_unknown_benchmark_is_bad_usage(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["coffee"])
    assert ended.value.code == 2
