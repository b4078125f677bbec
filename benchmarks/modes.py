"""Mode coverage by the PacGAN protocol: the runs behind `ganlib.lessons.modes`."""

import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import redirect_stderr
from dataclasses import asdict
from json import dumps, loads
from pathlib import Path
from typing import Any

import torch

from benchmarks.records import publish
from ganlib.core.errors import GanlibError
from ganlib.core.log import progress
from ganlib.lessons.configs import flat
from ganlib.lessons.modes import (
    PUBLISHED,
    SAMPLES,
    SUBJECT,
    configs,
    figures,
    held_out,
    means,
    mode_table,
)
from ganlib.lessons.points import PointsConfig
from ganlib.lessons.toys import TOYS, mode_report
from ganlib.pipelines.build import build_run


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
