"""Two configs for translation without pairs, at equal compute, by their error on held-out twins.

A run has a budget of processor seconds. It is a process of its own with one thread, and both sides
of a seed run at the same time, one core each, so that what disturbs one disturbs the other. How
many images the budget buys is found on the way: as it is spent, the length of the run is set anew
from its speed so far, and the learning rates, which fall to 0 at the end, fall with it.
"""

import multiprocessing
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import redirect_stderr
from dataclasses import replace
from json import dumps, loads
from pathlib import Path
from typing import Any

import torch

from benchmarks.records import keep, stored
from ganlib.core.errors import GanlibError
from ganlib.core.log import progress
from ganlib.core.trainer import Trainer
from ganlib.data.datasets import twin_datasets
from ganlib.lessons.configs import changed, flat
from ganlib.lessons.equal_compute import SIDES, SUBJECT, equal_compute_table
from ganlib.measure.hardware import hardware
from ganlib.measure.translation import evaluate
from ganlib.pipelines.build import build_run
from ganlib.pipelines.parts import Data
from ganlib.pipelines.problems import PROBLEMS

PARTS = 50
"""How often in a run its length is set anew."""


def spend(run: Trainer, seconds: float, clock: Callable[[], float] = time.process_time) -> float:
    """Train for so many seconds of a clock, by default this process's own; the seconds it took.

    The run's length is set to what the budget buys at the speed so far, PARTS times.
    """
    begun, batch, spent = clock(), run.config.batch, 0.0
    while spent < seconds:
        until = run.images + max(batch, int(run.images / PARTS))
        while run.images < until:
            run.train_step()
        spent = clock() - begun
        length = max(run.images, int(run.images * seconds / spent))
        run.config = replace(run.config, images=length)
    run.save()  # without a folder it writes nothing, and raises if a loss is no longer a number
    return spent


def config(name: str, size: int = 64, twins: int = 2000, seed: int = 0) -> Any:
    """The problem's own config, at the size and seed of a run."""
    return changed(PROBLEMS[name], size=size, twins=twins, seed=seed)


def play(
    name: str, seed: int, seconds: float, size: int = 64, twins: int = 2000, held_out: int = 512
) -> dict[str, Any]:
    """One run on the CPU with one thread: what it cost, and its held-out figures.

    `twins` photographs and as many drawings of other people; the error is that of `evaluate`.
    """
    torch.set_num_threads(1)
    with open(os.devnull, "w") as nowhere, redirect_stderr(nowhere):
        photo, _ = twin_datasets(twins, 2 * seed, size)
        _, anime = twin_datasets(twins, 2 * seed + 1, size)
        data = Data(photo=photo, anime=anime)
        run = build_run(config(name, size, twins, seed), device="cpu", data=data)
        spent = spend(run, seconds)
    figures = evaluate(run.ema, size, held_out, precision="auto")
    wanted = ("l1", "l1_copy", "l1_tones", "ratio")
    cost = {"cpu_seconds": spent, "images": run.images, "steps": run.step}
    return cost | {key: figures[key] for key in wanted}


def equal_compute(
    seconds: float = 480,
    runs: int = 3,
    size: int = 64,
    twins: int = 2000,
    held_out: int = 512,
    json: Path | None = None,
) -> dict[str, Any]:
    """ganlib's config for short runs without pairs against CycleGAN, at equal processor seconds.

    If the file holds runs with the same options, only what is missing is run.

    Args:
        seconds: processor seconds of a run, on one core.
        runs: seeds of each side.
        size: side of the images, pixels.
        twins: photographs, and as many drawings of other people.
        held_out: twins to measure by.
        json: keep the figures in this file.
    """
    if runs < 1 or not seconds > 0:
        raise GanlibError(f"equal-compute needs a run and time, not {runs} and {seconds:g} s.")
    about: dict[str, Any] = {"seconds": seconds, "size": size, "twins": twins, "held_out": held_out}
    record = _begun(json, about | {"configs": configs(size, twins)})
    record["hardware"] = record.get("hardware") or hardware()
    kept = record["runs"]
    missing = [(n, seed) for seed in range(runs) for n in SIDES if str(seed) not in kept[n]]
    workers = max(1, min(len(missing), len(SIDES), os.cpu_count() or 1))
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        jobs = {
            pool.submit(play, name, seed, seconds, size, twins, held_out): (name, str(seed))
            for name, seed in missing
        }
        for job in progress(as_completed(jobs), "training", len(jobs), unit="run"):
            name, seed = jobs[job]
            kept[name][seed] = job.result()
            _summarise(record)
            keep(json, SUBJECT, record)
    print(equal_compute_table(_summarise(record)))
    return record


def configs(size: int, twins: int) -> dict[str, Any]:
    """What decides the runs of both sides, as JSON gives it back."""
    every = {name: flat(config(name, size, twins)) for name in SIDES}
    for fields in every.values():
        del fields["images"]  # the budget decides the length
    return loads(dumps(every))


def _begun(path: Path | None, about: dict[str, Any]) -> dict[str, Any]:
    """The runs that `path` holds of this benchmark, if any; else a record without runs."""
    record = stored(path).get(SUBJECT)
    if record is None:
        return {"what": SUBJECT, **about, "runs": {name: {} for name in SIDES}}
    if any(record.get(name) != value for name, value in about.items()):
        raise GanlibError(
            f"{path} holds runs with other options; give another --json, or remove it."
        )
    return record


def _summarise(record: dict[str, Any]) -> dict[str, Any]:
    """Add means over seeds, and by how much ours is lower, over the seeds that both have."""
    runs = record["runs"]
    both = sorted(set.intersection(*(set(runs[name]) for name in SIDES)), key=int)
    record["seeds"] = len(both)
    if both:
        record["mean"] = {
            name: {key: statistics.mean(runs[name][seed][key] for seed in both) for key in row}
            for name in SIDES
            for row in [runs[name][both[0]]]
        }
        ours, theirs = ([runs[name][seed]["l1"] for seed in both] for name in SIDES)
        record["lower"] = 1 - statistics.mean(ours) / statistics.mean(theirs)
        record["least_lower"] = min(1 - a / b for a, b in zip(ours, theirs, strict=True))
    return record
