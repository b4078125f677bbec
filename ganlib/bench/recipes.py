"""Recipes for translation without pairs, at equal compute, by their error on held-out twins.

A run has a budget of processor seconds. It is a process of its own with one thread, and both
recipes of a seed run at the same time, one core each, so that what disturbs one disturbs the other.
How many images the budget buys is found on the way: as it is spent, the length of the run is set
anew from its speed so far, and the step sizes, which fall to 0 at the end, fall with it.
"""

import json
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import redirect_stderr
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from tqdm.auto import tqdm

from ganlib.measure.hardware import hardware
from ganlib.bench.records import keep, stored
from ganlib.core.errors import GanlibError
from ganlib.measure.translation import evaluate
from ganlib.pipelines.recipes import Recipe, recipe, trainer
from ganlib.core.trainer import Trainer
from ganlib.data.datasets import twin_datasets

SIDES = ("ganlib", "cyclegan")
SUBJECT = "recipes"
"""Where a file of `ganlib bench` keeps this record."""
PARTS = 50
"""How often in a run its length is set anew."""


def spend(run: Trainer, seconds: float, clock: Callable[[], float] = time.process_time) -> float:
    """Train for so many seconds of a clock, by default this process's own; the seconds it took.

    The run's length is set to what the budget buys at the speed so far, PARTS times.
    """
    begun, batch, spent = clock(), run.config.batch, 0.0
    bar = tqdm(total=round(seconds), unit="s", bar_format="{l_bar}{bar}| {n:.0f} of {total} s")
    with bar:
        while spent < seconds:
            until = run.images + max(batch, int(run.images / PARTS))
            while run.images < until:
                run.train_step()
            spent = clock() - begun
            length = max(run.images, int(run.images * seconds / spent))
            # The half-life of the average is a tenth of the run, as in `Recipe.training`.
            half_life = max(1.0, min(10_000, length / 10))
            run.config = replace(run.config, images=length, ema_half_life=half_life)
            bar.update(min(spent, seconds) - bar.n)
    run.save()  # without a folder it writes nothing, and raises if a loss is no longer a number
    return spent


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
        run = trainer(_scaled(recipe(name), size), photo, anime, images=10**9, seed=seed)
        spent = spend(run, seconds)
    figures = evaluate(run.ema, size, held_out, precision="auto")
    wanted = ("l1", "l1_copy", "l1_tones", "ratio")
    cost = {"cpu_seconds": spent, "images": run.images, "steps": run.step}
    return cost | {key: figures[key] for key in wanted}


def _scaled(chosen: Recipe, size: int) -> Recipe:
    # For tests: the low-frequency squares must fit into small images.
    if size % chosen.terms.factor == 0 and size > chosen.terms.factor:
        return chosen
    return replace(chosen, terms=replace(chosen.terms, factor=size // 4))


def bench_recipes(
    seconds: float = 480,
    runs: int = 3,
    size: int = 64,
    twins: int = 2000,
    held_out: int = 512,
    path: Path | None = None,
) -> dict[str, Any]:
    """Both recipes, `runs` seeds each, every run with `seconds` of one core.

    With a `path`, every finished run is kept there at once, whole or not at all, under "recipes"
    beside whatever else the file holds. If it already holds runs with the same settings, only what
    is missing is run. GanlibError if it holds others, or for nothing to run.
    """
    if runs < 1 or not seconds > 0:
        raise GanlibError(f"bench recipes needs a run and time, not {runs} and {seconds:g} s.")
    about: dict[str, Any] = {"seconds": seconds, "size": size, "twins": twins, "held_out": held_out}
    about |= {"recipes": {name: asdict(recipe(name)) for name in SIDES}}
    about = json.loads(json.dumps(about))
    record = _begun(path, about)
    record["hardware"] = record.get("hardware") or hardware()
    kept = record["runs"]
    missing = [(n, seed) for seed in range(runs) for n in SIDES if str(seed) not in kept[n]]
    workers = max(1, min(len(missing), len(SIDES), os.cpu_count() or 1))
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        jobs = {
            pool.submit(play, name, seed, seconds, size, twins, held_out): (name, str(seed))
            for name, seed in missing
        }
        for job in tqdm(as_completed(jobs), "training", len(jobs), unit="run"):
            name, seed = jobs[job]
            kept[name][seed] = job.result()
            _summarise(record)
            if path:
                keep(path, SUBJECT, record)
    return _summarise(record)


def _begun(path: Path | None, about: dict[str, Any]) -> dict[str, Any]:
    """The runs that `path` holds of this bench, if any; else a record without runs."""
    record = stored(path).get(SUBJECT)
    if record is None:
        return {"what": SUBJECT, **about, "runs": {name: {} for name in SIDES}}
    if any(record.get(name) != value for name, value in about.items()):
        raise GanlibError(
            f"{path} holds runs with other settings; give another --json, or remove it."
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


def recipe_table(record: dict[str, Any]) -> str:
    """A Markdown table of a record: a row for each recipe, and by how much ours is lower."""
    head = "| recipe | images | processor seconds | held-out L1 | ÷ copy | least to most |"
    lines = [head, "|" + "---|" * 6]
    for name in SIDES:
        mean = record["mean"][name]
        ratios = [run["ratio"] for run in record["runs"][name].values()]
        lines.append(
            f"| {name} | {mean['images']:,.0f} | {mean['cpu_seconds']:.0f} | {mean['l1']:.4f} | "
            f"{mean['ratio']:.3f} | {min(ratios):.3f} to {max(ratios):.3f} |"
        )
    n = record["seeds"]
    lines.append("")
    lines.append(
        f"ganlib's error is {100 * record['lower']:.0f} % lower (mean of {n} seeds; "
        f"the worst seed {100 * record['least_lower']:.0f} %)."
    )
    return "\n".join(lines)
