"""The runs that lesson 07 reads: its own cells, at many λ and with one thing changed at a time.

All runs of a seed go on from one G, which minimised L1 alone (one with skips, one without): what
they differ in is what the terms make of it.
Networks, rounds, loop and measures are the notebook's; exercises are solved by their references.
Every row is one run of one setting and seed; rows are kept as they come, so a sweep that was cut
off goes on.
"""

import copy
import io
import json as json_
import os
import time
from collections.abc import Callable
from contextlib import redirect_stderr
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import torch
from torch import Tensor, nn

from benchmarks.cells import definitions
from benchmarks.records import keep, played, stored
from ganlib.core.device import find_precision
from ganlib.core.errors import GanlibError
from ganlib.core.files import write_atomic
from ganlib.core.log import progress
from ganlib.core.reconstruction import DISTANCES
from ganlib.data.datasets import ImageDataset, held_out_people, twin_datasets
from ganlib.data.images import grid
from ganlib.lessons.checks import lesson07 as check
from ganlib.lessons.lambda_sweep import MEASURES, SETTINGS, SUBJECT, picture_name, table
from ganlib.measure.hardware import hardware
from ganlib.measure.translation import translate
from ganlib.twins import render_twins

LESSON = Path(__file__).parents[1] / "notebooks" / "07_reconstruction_term.ipynb"
HELD_OUT = 128
"""Twins that every run is measured on; as many strangers stand beside them."""
SHOWN = 4
"""People on the contact sheet of a setting, the first of those held out."""
Result = tuple[dict[str, Any], bytes]
"""A row, and the contact sheet as WebP."""


@dataclass(frozen=True)
class Scale:
    """How large a sweep is: what must be equal for one to go on."""

    images: int = 2000  # length of each run
    start: int = 6400  # images of L1 alone before, for all runs of a seed; 0: none
    runs: int = 3  # seeds of each setting, 0, 1, ...
    twins: int = 600  # people rendered for training, the same for all runs
    size: int = 128  # side of the images, pixels; a multiple of 16

    def __post_init__(self) -> None:
        low = min(self.images, self.runs, self.twins, self.start + 1) < 1
        if low or self.size % 16 or self.size < 64:
            raise GanlibError(
                "the sweep needs an image, a run and a person or more, and a size that is a "
                f"multiple of 16 from 64 on, not {self.images}, {self.runs}, {self.twins} and "
                f"{self.size}."
            )


Run = Callable[[str, Scale, int], Result]
"""(name of a setting, scale, seed) -> a run's result."""


@cache
def lesson() -> dict[str, Any]:
    """What the lesson's cells import and define, and the answers of its exercises."""
    space = definitions(nbformat.read(LESSON, as_version=4))
    answers = ("generator_loss", "paired_round", "sliced")
    space |= {name: getattr(check, name).reference for name in answers}
    return space


@cache
def held_out(size: int) -> tuple[Tensor, Tensor]:
    """(photographs, drawings) of `HELD_OUT` people and of as many strangers, all held out."""
    people = held_out_people(2 * HELD_OUT)
    parts = [render_twins(people[i : i + 64], size) for i in range(0, 2 * HELD_OUT, 64)]
    photo, anime = (torch.cat(domain) for domain in zip(*parts, strict=True))
    return photo, anime


@cache
def twins(scale: Scale) -> tuple[ImageDataset, ImageDataset]:
    """What all runs of a sweep are trained on."""
    return twin_datasets(scale.twins, 0, scale.size)


def precision() -> torch.dtype:
    """bfloat16 where the processor has it."""
    return find_precision("auto", torch.device("cpu"))


def train(
    one_round: Any, g: nn.Module, d: nn.Module, scale: Scale, images: int, weight: float, seed: int
) -> None:
    """The lesson's loop, in bfloat16 where that is native."""
    data, half = twins(scale), precision() == torch.bfloat16
    with torch.autocast("cpu", torch.bfloat16, half, cache_enabled=False):  # weights change within
        lesson()["train"](one_round, g, d, *data, images, weight, seed=seed)


@cache
def begun_by_l1(skips: bool, scale: Scale, seed: int) -> nn.Module:
    """The G from which all runs of a seed go on."""
    cells = lesson()
    torch.manual_seed(seed)
    g = cells["UNet"](skips=skips)
    if scale.start:
        alone = cells["alone"](DISTANCES["l1"])
        train(alone, g, cells["PatchD"](), scale, scale.start, 0.0, seed)
    return g


def play(name: str, scale: Scale, seed: int) -> Result:
    """Train one setting on the CPU; its row, and its contact sheet."""
    begun, cells = time.perf_counter(), lesson()
    usual: dict[str, Any] = {"conditional": True, "skips": True, "distance": "l1"}
    setting = usual | SETTINGS[name]
    torch.manual_seed(seed)
    g = copy.deepcopy(begun_by_l1(setting["skips"], scale, seed))
    d = cells["PatchD"](conditional=setting["conditional"])
    one_round = cells["paired_round"]
    if setting["weight"] == float("inf"):
        one_round = cells["alone"](DISTANCES[setting["distance"]])
    train(one_round, g, d, scale, scale.images, setting["weight"], seed + 1)
    seconds = time.perf_counter() - begun
    photo, anime = held_out(scale.size)
    (photo, _), (anime, strangers) = (x.split(HELD_OUT) for x in (photo, anime))
    drawn = translate(g.eval(), photo)
    figures = cells["measure"](drawn, photo, anime, strangers)
    row = {"setting": name, "seed": seed, **{m: float(figures[m]) for m in MEASURES}}
    return row | {"training_seconds": seconds}, sheet(drawn[:SHOWN])


def sheet(drawn: Tensor) -> bytes:
    """Drawings in a row, a fifth the size of a PNG."""
    buffer = io.BytesIO()
    grid(drawn, len(drawn)).save(buffer, "webp", quality=90, method=6)
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
    """A record without rows."""
    record = {
        "what": SUBJECT,
        "scale": asdict(scale),
        "held_out": HELD_OUT,
        "shown": SHOWN,
        "settings": {name: {k: str(v) for k, v in row.items()} for name, row in SETTINGS.items()},
        "device": "cpu",
        "precision": str(precision()).removeprefix("torch."),
        "hardware": hardware() | {"threads": 1},
        "rows": [],
    }
    return json_.loads(json_.dumps(record))


def _begun(path: Path | None, scale: Scale) -> dict[str, Any]:
    new = fresh(scale)
    kept = stored(path).get(SUBJECT)
    if kept is None:
        return new
    for name in ("scale", "held_out", "settings", "precision"):
        if kept[name] != new[name]:
            raise GanlibError(
                f"{path} holds a sweep with another {name}: {kept[name]}; go on with that, or "
                "give another file."
            )
    return kept


def sweep(
    images: int = 2000,
    start: int = 6400,
    runs: int = 3,
    twins: int = 600,
    size: int = 128,
    json: Path | None = None,
) -> dict[str, Any]:
    """Lesson 07's translation at five λ, by L2, with another D and another G.

    It goes on with what the file holds, and writes pictures to a folder of its name.

    Args:
        images: length of each run.
        start: images of L1 alone before, for all runs of a seed.
        runs: seeds of each setting.
        twins: people rendered for training.
        size: side of the images, pixels.
        json: keep the figures in this file.
    """
    record = measure_sweep(Scale(images, start, runs, twins, size), json)
    print(table(record))
    return record
