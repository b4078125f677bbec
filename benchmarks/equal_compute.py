"""CycleGAN, and the same with the low frequencies in place of its second half, at equal compute.

Nothing else differs. Both are CycleGAN as published (networks, losses, pool, batches of one, Adam),
both start from the same random weights, and both are given photographs that already have the tones
of the drawings, by rank and without pairs. In place of G's cycle and identity terms, and of F and
its discriminator, one side has `low_frequency` with the weight that the cycle has.

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
from benchmarks.scores import sheet
from ganlib.core.config import UnpairedLoss
from ganlib.core.errors import GanlibError
from ganlib.core.files import write_atomic
from ganlib.core.log import progress
from ganlib.core.objectives import Batch, Comparison, CycleGAN, UnpairedTranslation
from ganlib.core.pool import ImagePool
from ganlib.core.reconstruction import l1
from ganlib.core.trainer import Trainer
from ganlib.data.datasets import ImageDataset, held_out_people, twin_datasets
from ganlib.lessons.configs import changed, flat
from ganlib.lessons.equal_compute import SIDES, SUBJECT, by_rank, equal_compute_table
from ganlib.lessons.hiding import noise_gain
from ganlib.lessons.stored import picture_name
from ganlib.measure.hardware import hardware
from ganlib.measure.metrics import frechet
from ganlib.measure.probe import load_probe
from ganlib.measure.translation import translate
from ganlib.pipelines.build import build_run
from ganlib.pipelines.parts import Data
from ganlib.pipelines.problems import CycleGANConfig
from ganlib.twins import render_twins

PARTS = 50
"""How often in a run its length is set anew."""
SHOWN = 6
"""People on the pictures of a side, the first of those held out."""


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


def config(size: int = 64, twins: int = 2000, seed: int = 0) -> CycleGANConfig:
    """CycleGAN as published, at the size and seed of a run."""
    return changed(CycleGANConfig(), size=size, twins=twins, seed=seed)


def loss_of(cycle: Any, size: int) -> UnpairedLoss:
    """CycleGAN's loss, the low frequencies weighing what its cycle does."""
    same = ("loss", "adversarial_weight", "augment", "r1_gamma")
    taken = {name: getattr(cycle, name) for name in same}
    return UnpairedLoss(**taken, low_frequency_weight=cycle.cycle_weight, factor=size // 8)


class OneWay(UnpairedTranslation):
    """G and D of a `CycleGAN`, with its losses and its pool."""

    def __init__(self, whole: CycleGAN) -> None:
        size = whole.generator.config.size
        super().__init__(whole.generator, whole.discriminator, loss_of(whole.config, size))
        self.history = ImagePool(whole.config.pool, (3, size, size))

    def comparisons(self, batch: Batch, fakes: Batch) -> dict[str, Comparison]:
        return {"": super().comparisons(batch, fakes)[""]._replace(pool=self.history)}


def build(name: str, settings: CycleGANConfig, data: Data) -> Trainer:
    """A side's run: of one seed, both have the same G and D."""
    run = build_run(settings, device="cpu", data=data)
    if name == "cycle":
        return run
    assert isinstance(run.objective, CycleGAN)
    return Trainer(OneWay(run.objective), run.sampler, settings.train)


def play(
    name: str, seed: int, seconds: float, size: int = 64, twins: int = 2000, held_out: int = 256
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """One run on the CPU with one thread: what it cost and its held-out figures, with those of the
    baselines; and what it draws of the first people, as PNG.

    `twins` photographs and as many drawings of other people.
    """
    torch.set_num_threads(1)
    with open(os.devnull, "w") as nowhere, redirect_stderr(nowhere):
        photo, _ = twin_datasets(twins, 2 * seed, size)
        _, anime = twin_datasets(twins, 2 * seed + 1, size)
        domains = photo.first(twins), anime.first(twins)
        toned = ImageDataset.from_float(by_rank(domains[0], *domains))
        run = build(name, config(size, twins, seed), Data(photo=toned, anime=anime))
        spent = spend(run, seconds)
    people = held_out_people(2 * held_out)
    seen, true = render_twins(people[:held_out], size)
    strangers = render_twins(people[held_out:], size)[1]
    given = by_rank(seen, *domains)
    drawn = {"copy": seen, "tones": given, "truth": true}
    drawn[name] = translate(run.ema, given, precision="auto")
    probe = load_probe()
    figures = {
        what: {
            "ratio": (l1(pictures, true) / l1(seen, true)).item(),
            "distance": frechet(probe.embed(pictures), probe.embed(strangers)),
        }
        for what, pictures in drawn.items()
    }
    row = {"cpu_seconds": spent, "images": run.images, **figures.pop(name), "baselines": figures}
    if isinstance(run.objective, CycleGAN):
        row["noise_gain"] = noise_gain(run.ema, run.objective.inverse, given)
    shown = {what: drawn[what] for what in ("copy", "tones", name, "truth")}
    return row, {what: sheet(pictures[:SHOWN]) for what, pictures in shown.items()}


def equal_compute(
    seconds: float = 1800,
    runs: int = 3,
    size: int = 64,
    twins: int = 2000,
    held_out: int = 256,
    json: Path | None = None,
) -> dict[str, Any]:
    """CycleGAN, and with low frequencies in place of its second half, at equal processor seconds.

    If the file holds runs with the same options, only what is missing is run. Pictures of seed 0 go
    to a folder of its name.

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
    record = _begun(json, about | {"config": settings(size, twins)})
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
            row, pictures = job.result()
            record["baselines"] = row.pop("baselines")
            kept[name][seed] = row
            for what, picture in pictures.items():
                if json is not None and seed == "0":
                    write_atomic(json.with_suffix("") / picture_name(what), picture)
            _summarise(record)
            keep(json, SUBJECT, record)
    print(equal_compute_table(_summarise(record)))
    return record


def settings(size: int, twins: int) -> dict[str, Any]:
    """What decides the runs of both sides, as JSON gives it back."""
    both = config(size, twins)
    fields = flat(both) | {"one_way": vars(loss_of(both.loss, size))}
    del fields["images"]  # the budget decides the length
    return loads(dumps(fields))


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
    """Add means over the seeds that both have, and in how many of them each errs less."""
    runs = record["runs"]
    both = sorted(set.intersection(*(set(runs[name]) for name in SIDES)), key=int)
    record["seeds"] = len(both)
    if both:
        record["mean"] = {
            name: {key: statistics.mean(runs[name][seed][key] for seed in both) for key in row}
            for name in SIDES
            for row in [runs[name][both[0]]]
        }
        best = [min(SIDES, key=lambda name: runs[name][seed]["ratio"]) for seed in both]
        record["wins"] = {name: best.count(name) for name in SIDES}
    return record
