"""The sweep over λ that lesson 07 reads: paired translation at many weights of the distance.

Every row is one run of one setting and seed; rows are kept as they come, so a sweep that was cut
off goes on. What is measured: `ganlib.lessons.lambda_sweep`.
"""

import io
import os
import time
from collections.abc import Callable
from contextlib import redirect_stderr
from dataclasses import asdict, dataclass
from functools import cache
from json import dumps, loads
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from benchmarks.records import keep, played, stored
from ganlib.core.errors import GanlibError
from ganlib.core.files import write_atomic
from ganlib.core.log import progress
from ganlib.data.datasets import ImageDataset, held_out_people, twin_datasets
from ganlib.data.images import grid
from ganlib.lessons.configs import changed, differences, flat
from ganlib.lessons.lambda_sweep import SETTINGS, SUBJECT, lambda_table, measure, picture_name
from ganlib.measure.hardware import hardware
from ganlib.measure.translation import translate
from ganlib.pipelines.build import build_run
from ganlib.pipelines.parts import Data
from ganlib.pipelines.problems import PairedConfig
from ganlib.twins import render_twins

HELD_OUT = 256
"""Twins that every run is measured on."""
SHOWN = 4
"""People on the contact sheet of a setting, the first of those held out."""
FURTHER = {"batch": 8, "lr_g": 1.5e-4}
"""What changes for a run that starts from a model: with a larger learning rate, the adversarial
term alone would break it."""
Result = tuple[dict[str, Any], bytes]
"""A row, and the contact sheet as PNG."""


@dataclass(frozen=True)
class Scale:
    """How large a sweep is: what must be equal for one to go on."""

    images: int = 4000  # length of each run
    runs: int = 3  # seeds of each setting, 0, 1, ...
    twins: int = 2000  # people rendered for training, the same for all runs
    size: int = 64  # side of the images, pixels; a multiple of 16
    width: int = 32  # channels of G and D at the finest level
    init: str = ""  # a model that every G starts from, such as one trained by L1 alone

    def __post_init__(self) -> None:
        if min(self.images, self.runs, self.twins) < 1 or self.size % 16 or self.size < 16:
            raise GanlibError(
                "the sweep needs an image, a run and a person or more, and a size that is a "
                f"multiple of 16, not {self.images}, {self.runs}, {self.twins} and {self.size}."
            )


Run = Callable[[str, Scale, int], Result]
"""(name of a setting, scale, seed) -> a run's result."""


def config(name: str, scale: Scale, seed: int = 0) -> PairedConfig:
    """The run of one setting and seed."""
    of_scale = {name: getattr(scale, name) for name in ("images", "twins", "size", "width", "init")}
    return changed(SETTINGS[name], **of_scale, seed=seed, **(FURTHER if scale.init else {}))


@cache
def held_out(size: int) -> tuple[Tensor, Tensor]:
    """(photographs, drawings) of `HELD_OUT` people that nobody trains on."""
    return render_twins(held_out_people(HELD_OUT), size)


@cache
def twins(scale: Scale) -> tuple[ImageDataset, ImageDataset]:
    """What all runs of a sweep are trained on."""
    return twin_datasets(scale.twins, 0, scale.size)


def play(name: str, scale: Scale, seed: int) -> Result:
    """Train one setting on the CPU; its row, and its contact sheet as PNG."""
    begun = time.perf_counter()
    run = build_run(config(name, scale, seed), device="cpu", data=Data(*twins(scale))).run()
    if run.interrupted:
        raise GanlibError(f"the run of {name!r}, seed {seed}, was stopped; start the sweep again.")
    photo, anime = held_out(scale.size)
    drawn = translate(run.ema, photo)
    row = {"setting": name, "seed": seed, **measure(drawn, photo, anime)}
    row |= {"training_seconds": run.seconds, "seconds": time.perf_counter() - begun}
    return row, sheet(drawn[:SHOWN])


def sheet(drawn: Tensor) -> bytes:
    """Drawings in a row as a small PNG: 128 colours, which at 64 pixels nobody misses."""
    buffer = io.BytesIO()
    few = grid(drawn, len(drawn)).quantize(128, dither=Image.Dither.NONE)
    few.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def _play_alone(name: str, scale: Scale, seed: int) -> Result:
    # A process for each core beats two threads for each run, and bars would write over each other.
    torch.set_num_threads(1)
    with open(os.devnull, "w") as nowhere, redirect_stderr(nowhere):
        return play(name, scale, seed)


def measure_sweep(
    scale: Scale,
    path: Path | None = None,
    settings: tuple[str, ...] = tuple(SETTINGS),
    row: Run = _play_alone,
    workers: int = os.cpu_count() or 1,
) -> dict[str, Any]:
    """All settings and seeds, in a process for each core; rows that `path` holds are not repeated.

    With `workers` 0 all is done in this process. Each row is written to `path` as it comes, whole
    or not at all, and the pictures of seed 0 to a folder of the same name beside it. GanlibError if
    `path` holds a sweep of another scale.
    """
    found = _begun(path, scale)
    done = {(each["setting"], each["seed"]) for each in found["rows"]}
    jobs = [(name, seed) for seed in range(scale.runs) for name in settings]
    jobs = [job for job in jobs if job not in done]
    results = played(row, jobs, scale, workers)
    for made, drawn in progress(results, "training", len(jobs), unit="run"):
        found["rows"].append(made)
        found["rows"].sort(key=lambda r: (list(SETTINGS).index(r["setting"]), r["seed"]))
        if path is not None and made["seed"] == 0:
            write_atomic(path.with_suffix("") / picture_name(made["setting"]), drawn)
        keep(path, SUBJECT, found)
    return found


def fresh(scale: Scale) -> dict[str, Any]:
    """A record without rows. "config" is that of λ = 10, "settings" what the others change."""
    usual = config("10", scale)
    others = {name: differences(usual, config(name, scale)) for name in SETTINGS}
    record = {
        "what": SUBJECT,
        "scale": asdict(scale),
        "held_out": HELD_OUT,
        "shown": SHOWN,
        "config": flat(usual),
        "settings": {name: {k: new for k, (_, new) in row.items()} for name, row in others.items()},
        "device": "cpu",
        "hardware": hardware() | {"threads": 1},
        "rows": [],
    }
    return loads(dumps(record))


def _begun(path: Path | None, scale: Scale) -> dict[str, Any]:
    new = fresh(scale)
    kept = stored(path).get(SUBJECT)
    if kept is None:
        return new
    for name in ("scale", "held_out", "config", "settings"):
        if kept[name] != new[name]:
            raise GanlibError(
                f"{path} holds a sweep with another {name}: {kept[name]}; go on with that, or "
                "give another file."
            )
    return kept


def sweep(
    images: int = 4000,
    runs: int = 3,
    twins: int = 2000,
    size: int = 64,
    init: str = "",
    json: Path | None = None,
) -> dict[str, Any]:
    """Paired translation at seven λ, and with other distances and discriminators.

    It goes on with what the file holds, and writes pictures to a folder of its name.

    Args:
        images: length of each run.
        runs: seeds of each setting.
        twins: people rendered for training.
        size: side of the images, pixels.
        init: a model that every G starts from, such as one trained by L1 alone.
        json: keep the figures in this file.
    """
    record = measure_sweep(Scale(images, runs, twins, size, init=init), json)
    print(lambda_table(record))
    return record
