"""Mode coverage by the PacGAN protocol: the runs behind `ganlib.lessons.modes`.

Per run, 2,500 points of the averaged generator, from noise that no training has seen, are scored by
`toys.mode_report`; means are over runs of different seeds, all trained as one stack. Two configs
have equal networks, batches and steps: "ganlib" has zero-centred penalties, "plain" none.
"""

import multiprocessing
import os
import statistics
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import redirect_stderr
from dataclasses import asdict
from json import dumps, loads
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.points import PointsConfig, PointsLoss, PointsShape
from benchmarks.records import publish
from ganlib.core.config import Schedule, TrainConfig
from ganlib.core.errors import GanlibError
from ganlib.core.log import progress
from ganlib.lessons.configs import changed, flat
from ganlib.lessons.modes import SUBJECT, mode_table
from ganlib.lessons.toys import TOYS, Mixture, ModeReport, mode_report
from ganlib.pipelines.build import build_run

SAMPLES = 2500
PUBLISHED = {
    "source": "Lin et al. 2018 (PacGAN), table 1: means over 10 runs",
    "ring": {
        "GAN": {"modes": 6.3, "quality": 0.982, "reverse_kl": 0.45},
        "ALI": {"modes": 6.6, "quality": 0.976, "reverse_kl": 0.36},
        "PacGAN2": {"modes": 7.9, "quality": 0.956, "reverse_kl": 0.07},
        "PacGAN4": {"modes": 7.8, "quality": 0.959, "reverse_kl": 0.07},
    },
    "grid": {
        "GAN": {"modes": 17.3, "quality": 0.948, "reverse_kl": 0.70},
        "ALI": {"modes": 24.1, "quality": 0.957, "reverse_kl": 0.14},
        "PacGAN2": {"modes": 23.8, "quality": 0.913, "reverse_kl": 0.13},
        "PacGAN4": {"modes": 24.8, "quality": 0.936, "reverse_kl": 0.04},
    },
}
BATCH = 128
BY_TOY: dict[str, dict[str, Any]] = {
    "ring": {"gamma_end": 0.0002, "depth_g": 4, "lr_d": 3e-3},
    # With a learning rate of D as large as G's, seeds differ more in quality.
    "grid": {"gamma_end": 0.0001, "depth_g": 6, "lr_d": 2e-3},
}


def configs(
    toy: str, seeds: Iterable[int] = range(10), steps: int = 8000
) -> dict[str, PointsConfig]:
    """{"ganlib", "plain"} for a name in `toys.TOYS`, all seeds as one stack."""
    own = BY_TOY[toy]
    # γ falls: a strong penalty keeps the runs steady while the modes are found, a weak one lets D
    # see what is finer.
    gamma = Schedule(((0, 0.01), (steps * BATCH, own["gamma_end"])))
    ours = PointsConfig(
        distribution=toy,
        seeds=tuple(seeds),
        # A deep G has large gradients, and leaves few points between two modes.
        network=PointsShape(depth_g=own["depth_g"], depth_d=4, negative_slope=0.0),
        loss=PointsLoss(r1_gamma=gamma, r2_gamma=gamma, penalty_every=2),
        train=TrainConfig(
            steps * BATCH,
            BATCH,
            lr_g=3e-3,
            lr_d=own["lr_d"],
            betas=(0.0, 0.99),
            ema_half_life=6_000,
            precision="fp32",
            report_every=100 * BATCH,
        ),
    )
    return {"ganlib": ours, "plain": changed(ours, r1_gamma=0.0, r2_gamma=0.0)}


@torch.no_grad()
def held_out(
    generator: nn.Module, latent: int, truth: Mixture, seeds: Sequence[int], samples: int = SAMPLES
) -> Tensor:
    """(S, samples, 2) points in the coordinates of `truth`, from fresh noise for each seed."""
    draws = [torch.Generator().manual_seed(1_000_003 + seed) for seed in seeds]
    noise = torch.stack([torch.randn(samples, latent, generator=draw) for draw in draws])
    points: Tensor = generator(noise)
    return points * truth.spread


def figures(reports: list[ModeReport]) -> dict[str, list[float]]:
    """Name -> a figure for each seed; "modes" as the protocol counts them."""
    return {
        "modes": [report.reached for report in reports],
        "quality": [report.quality for report in reports],
        "reverse_kl": [report.reverse_kl for report in reports],
    }


def means(per_seed: dict[str, list[float]]) -> dict[str, float]:
    """Name -> the mean over seeds."""
    return {name: statistics.mean(values) for name, values in per_seed.items()}


def play(config: PointsConfig) -> dict[str, Any]:
    """One config: what decides it, the figures of each seed, means, seconds for all seeds."""
    begun, truth = time.perf_counter(), TOYS[config.distribution]()
    run = build_run(config, device="cpu").run()
    points = held_out(run.ema, config.network.latent, truth, config.seeds)
    per_seed = figures([mode_report(one, truth) for one in points])
    return {
        "config": as_json(config),
        "per_seed": per_seed,
        "mean": means(per_seed),
        "seconds": time.perf_counter() - begun,
    }


def as_json(config: PointsConfig) -> dict[str, Any]:
    """What decides a run, as a file holds it."""
    return loads(dumps(flat(config), default=asdict))


def _play_alone(config: PointsConfig) -> dict[str, Any]:
    # In a process of its own: products this small lose more by a second thread than they gain, and
    # several bars would write over each other.
    torch.set_num_threads(1)
    with open(os.devnull, "w") as nowhere, redirect_stderr(nowhere):
        return play(config)


def true_samples(toy: str, seeds: range) -> dict[str, Any]:
    """What samples of the distribution itself score."""
    truth = TOYS[toy]()
    draws = [torch.Generator().manual_seed(2_000_003 + seed) for seed in seeds]
    per_seed = figures([mode_report(truth.sample(SAMPLES, draw), truth) for draw in draws])
    return {"per_seed": per_seed, "mean": means(per_seed)}


def modes(seeds: int = 10, steps: int = 8000, json: Path | None = None) -> dict[str, Any]:
    """How many of 8 and of 25 Gaussians a GAN finds, by the PacGAN protocol, with and without R1
    and R2, on the CPU.

    Args:
        seeds: runs of each config.
        steps: steps of every run.
        json: keep the figures in this file.
    """
    if seeds < 1 or steps < 1:
        raise GanlibError(f"modes needs a seed and a step or more, not {seeds} and {steps}.")
    begun, toys = time.perf_counter(), ("ring", "grid")
    jobs = {(t, n): c for t in toys for n, c in configs(t, range(seeds), steps).items()}
    workers = min(len(jobs), os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        rows = {job: pool.submit(_play_alone, config) for job, config in jobs.items()}
        for _ in progress(as_completed(rows.values()), "training", len(rows), unit="config"):
            pass
    found: dict[str, dict[str, Any]] = {toy: {} for toy in toys}
    for (toy, name), row in rows.items():
        found[toy][name] = row.result()
    for toy in toys:
        found[toy]["true samples"] = true_samples(toy, range(seeds))
    record = {"seeds": seeds, "samples": SAMPLES, "toys": found, "published": PUBLISHED}
    return publish(SUBJECT, record, json, begun, show=mode_table)
