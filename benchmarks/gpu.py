"""What `gpu.sh` asks of one GPU beside the core loop: parity of the trainers, and a profile."""

import time
from operator import attrgetter
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

from benchmarks.core_loop import trainer
from benchmarks.records import publish
from ganlib.core.config import NoiseLoss, TrainConfig
from ganlib.core.device import find_device
from ganlib.core.trainer import Trainer
from ganlib.data.datasets import ImageDataset, twin_datasets
from ganlib.pipelines.build import build_run
from ganlib.pipelines.options import NoiseShape
from ganlib.pipelines.parts import Data
from ganlib.pipelines.problems import NoiseConfig


def _played(dataset: ImageDataset, config: NoiseConfig) -> dict[str, Tensor]:
    """The weights of G and D, of the average, and every loss, at the end of a run."""
    run = build_run(config, device=dataset.images.device.type, data=Data(anime=dataset))
    while run.images < config.train.images:
        run.train_step()
    networks = (*run.objective.generators, *run.objective.discriminators)
    weights = [p.detach().flatten() for network in networks for p in network.parameters()]
    names = ("d_adversarial", "g_adversarial")
    losses = [torch.stack([record[name] for name in names]) for record in run.records]
    return {
        "weights": torch.cat(weights).double().cpu(),
        "ema": torch.cat([p.flatten() for p in run.ema.parameters()]).double().cpu(),
        "losses": torch.stack(losses).double().cpu(),
    }


def _difference(a: Tensor, b: Tensor) -> dict[str, Any]:
    return {
        "relative": ((a - b).norm() / b.norm()).item(),
        "largest": (a - b).abs().max().item(),
        "equal": torch.equal(a, b),
    }


def parity(
    size: int = 64,
    width: int = 64,
    batch: int = 64,
    steps: int = 50,
    device: str = "cuda",
    json: Path | None = None,
) -> dict[str, Any]:
    """How far compiled and captured runs are from the eager one, beside what bfloat16 does.

    Convolutions are held to deterministic algorithms, so "again", an eager run played twice, should
    be equal bit for bit, and so should "step". Compiled networks round differently. The tolerance
    is the distance of eager bfloat16 from eager float32; `within_tolerance` says whether a run's
    weights, average and losses are all nearer to eager than that.

    Args:
        size: side of the images, pixels.
        width: channels at the finest level.
        batch: images in a step.
        steps: steps of each run, with augmentation, lazy R1 and falling learning rates.
        device: cuda, or cpu for a test of this script.
        json: keep the figures in this file.
    """
    begun, where = time.perf_counter(), find_device(device)
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = True
    _, dataset = twin_datasets(256, seed=0, size=size, device=where)

    def played(precision: str, mode: str) -> dict[str, Tensor]:
        train = TrainConfig(steps * batch, batch, precision=precision, compile=mode)
        loss = NoiseLoss(augment="color,translation,cutout", penalty_every=8)
        shape = NoiseShape(size, width=width)
        return _played(dataset, NoiseConfig(network=shape, loss=loss, train=train))

    eager = played("bf16", "off")
    others = {"float32": played("fp32", "off"), "again": played("bf16", "off")}
    others |= {mode: played("bf16", mode) for mode in ("step", "nets", "both")}
    figures: dict[str, Any] = {"steps": steps, "batch": batch}
    for name, other in others.items():
        figures[name] = {part: _difference(other[part], eager[part]) for part in eager}
    granted = {part: figures["float32"][part]["relative"] for part in eager}
    figures["within_tolerance"] = {
        name: all(figures[name][part]["relative"] <= granted[part] for part in eager)
        for name in ("again", "step", "nets", "both")
    }
    return publish("parity", figures, json, begun, device)


def profiled(
    size: int = 64,
    width: int = 64,
    batch: int = 64,
    steps: int = 50,
    device: str = "cuda",
    json: Path | None = None,
) -> dict[str, Any]:
    """Where the time of a step goes: kernels that take most, and how long the device had none.

    Args:
        size: side of the images, pixels.
        width: channels at the finest level.
        batch: images in a step.
        steps: steps that are timed.
        device: cuda, or cpu for a test of this script.
        json: keep the figures in this file.
    """
    begun, where = time.perf_counter(), find_device(device)
    _, dataset = twin_datasets(256, seed=0, size=size, device=where)
    figures: dict[str, Any] = {"batch": batch, "steps": steps}
    for mode in ("off", "step", "both"):
        run = trainer(dataset, batch, width, mode)
        for _ in range(8 if where.type == "cuda" else 1):
            run.train_step()
        run.read_records()
        figures[mode] = _profile(run, steps)
    return publish("profile", figures, json, begun, device)


def _profile(run: Trainer, steps: int) -> dict[str, Any]:
    cuda = run.device.type == "cuda"
    start = time.perf_counter()
    _train(run, steps)
    seconds = (time.perf_counter() - start) / steps
    activities = [ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * cuda
    with profile(activities=activities) as seen:
        _train(run, steps)
    rows = seen.key_averages()
    time_of = attrgetter("self_device_time_total" if cuda else "self_cpu_time_total")
    if cuda:
        rows = [row for row in rows if row.device_type == torch.autograd.DeviceType.CUDA]
    rows = sorted((row for row in rows if time_of(row) > 0), key=time_of, reverse=True)
    busy = sum(map(time_of, rows)) / 1e6 / steps
    return {
        "seconds_per_step": seconds,
        "busy_seconds_per_step": busy,
        "busy_share": busy / seconds,
        "launches_per_step": sum(row.count for row in rows) / steps,
        "most": [
            {
                "name": row.key[:120],
                "calls_per_step": row.count / steps,
                "microseconds_per_step": time_of(row) / steps,
            }
            for row in rows[:20]
        ],
    }


def _train(run: Trainer, steps: int) -> None:
    for _ in range(steps):
        run.train_step()
    run.read_records()  # waits for the device
