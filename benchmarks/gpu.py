"""What `gpu.sh` asks of one GPU beside `ganlib bench core`: parity, rendering, a profile.

python benchmarks/gpu.py {parity,render,profile} --json FILE [--device D] [--size S]
                         [--width W] [--batch N] [--steps N]
"""

import argparse
import time
from pathlib import Path

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

from ganlib.scale import cuda_graphs as capture
from ganlib.core.device import find_device
from ganlib.measure.hardware import hardware
from ganlib.bench import bench_render
from ganlib.bench.core_loop import networks
from ganlib.bench.core_loop import trainer as bench_trainer
from ganlib.cli.output import table, write_json
from ganlib.core.config import NoiseConfig
from ganlib.core.objectives import NoiseToImage
from ganlib.data.samplers import ImageSampler
from ganlib.data.datasets import ImageDataset
from ganlib.core.trainer import Trainer
from ganlib.core.config import TrainConfig
from ganlib.data.datasets import twin_datasets


def _trainer(store: ImageDataset, args: argparse.Namespace, mode: str, precision: str) -> Trainer:
    """Everything that a run has: augmentation, the lazy penalty, falling rates."""
    torch.manual_seed(0)
    settings = NoiseConfig(augment="color,translation,cutout", r1_every=8)
    objective = NoiseToImage(*networks(args.size, args.width), settings).to(store.images.device)
    run = TrainConfig(args.steps * args.batch, args.batch, precision=precision, compile=mode)
    return Trainer(objective, ImageSampler(store), run)


def _played(store: ImageDataset, args: argparse.Namespace, mode: str, precision: str) -> dict:
    """The weights of G, D and the average, and every loss, after `steps` steps."""
    run = _trainer(store, args, mode, precision)
    advance = capture.stepper(run)
    for _ in range(args.steps):
        advance()
    weights = [p.detach().flatten() for p in (*run.g_parameters, *run.d_parameters)]
    losses = [torch.stack([record["d_game"], record["g_game"]]) for record in run._records]
    return {
        "weights": torch.cat(weights).double().cpu(),
        "ema": torch.cat([p.flatten() for p in run.ema.parameters()]).double().cpu(),
        "losses": torch.stack(losses).double().cpu(),
    }


def _difference(a: Tensor, b: Tensor) -> dict:
    return {
        "relative": ((a - b).norm() / b.norm()).item(),
        "largest": (a - b).abs().max().item(),
        "equal": torch.equal(a, b),
    }


def parity(args: argparse.Namespace) -> dict:
    """How far each mode is from the eager run, beside what bfloat16 itself does to a run.

    Convolutions are held to deterministic algorithms, so "again", an eager run played twice, should
    be equal bit for bit, and so should "step". Compiled networks round differently. The tolerance
    is the distance of eager bfloat16 from eager float32; `within_tolerance` says whether a mode's
    weights, average and losses are all nearer to eager than that.
    """
    device = find_device(args.device)
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = True
    _, store = twin_datasets(256, seed=0, size=args.size, device=device)
    eager = _played(store, args, "off", "bf16")
    others = {
        "float32": _played(store, args, "off", "fp32"),
        "again": _played(store, args, "off", "bf16"),
        "step": _played(store, args, "step", "bf16"),
        "nets": _played(store, args, "nets", "bf16"),
        "both": _played(store, args, "both", "bf16"),
    }
    record: dict = {"steps": args.steps, "batch": args.batch}
    for name, other in others.items():
        record[name] = {part: _difference(other[part], eager[part]) for part in eager}
    record["within_tolerance"] = {
        name: all(
            record[name][part]["relative"] <= record["float32"][part]["relative"] for part in eager
        )
        for name in ("again", "step", "nets", "both")
    }
    return record


def render(args: argparse.Namespace) -> dict:
    """Twin pairs per second on the device."""
    return bench_render(args.size, n=args.batch * 8, device=args.device)


def profiled(args: argparse.Namespace) -> dict:
    """Where the time of a step goes: kernels that take most, and how long the device had none."""
    device = find_device(args.device)
    cuda = device.type == "cuda"
    _, store = twin_datasets(256, seed=0, size=args.size, device=device)
    activities = [ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * cuda
    record: dict = {"batch": args.batch, "steps": args.steps}
    for mode in ("off", "step", "both"):
        run = bench_trainer(store, args.batch, args.width, mode)
        advance = capture.stepper(run)
        for _ in range(8 if cuda else 1):
            advance()
        run._read()
        start = time.perf_counter()
        for _ in range(args.steps):
            advance()
        run._read()
        seconds = (time.perf_counter() - start) / args.steps
        with profile(activities=activities) as seen:
            for _ in range(args.steps):
                advance()
            run._read()
        time_of = "self_device_time_total" if cuda else "self_cpu_time_total"
        rows = [row for row in seen.key_averages() if getattr(row, time_of) > 0]
        if cuda:
            rows = [row for row in rows if row.device_type == torch.autograd.DeviceType.CUDA]
        rows.sort(key=lambda row: -getattr(row, time_of))
        busy = sum(getattr(row, time_of) for row in rows) / 1e6 / args.steps
        record[mode] = {
            "seconds_per_step": seconds,
            "busy_seconds_per_step": busy,
            "busy_share": busy / seconds,
            "launches_per_step": sum(row.count for row in rows) / args.steps,
            "most": [
                {
                    "name": row.key[:120],
                    "calls_per_step": row.count / args.steps,
                    "microseconds_per_step": getattr(row, time_of) / args.steps,
                }
                for row in rows[:20]
            ],
        }
    return record


PARTS = {"parity": parity, "render": render, "profile": profiled}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--device", default="cuda")
    for name, default in (("size", 64), ("width", 64), ("batch", 64), ("steps", 50)):
        parser.add_argument(f"--{name}", type=int, default=default)
    args = parser.parse_args()
    start = time.perf_counter()
    record = PARTS[args.part](args)
    record |= {"device": args.device, "hardware": hardware()}
    record["seconds"] = time.perf_counter() - start
    write_json(args.json, {args.part: record})
    print(table({name: value for name, value in record.items() if name != "hardware"}))


if __name__ == "__main__":
    main()
