"""What λ does: twins translated with the reconstruction term at many weights, beside the game.

G's loss is the game plus λ times the distance to the true twin. Content and style are measured
apart, on people that no training has seen, and without asking a discriminator: `content` is the
error of the coarse picture, `style` how far the hardest edges are from the lines of drawings. Every
row is one run of one setting and seed; rows are kept as they come, so a sweep that was cut off goes
on.
"""

import io
import json
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import redirect_stderr
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from tqdm.auto import tqdm

from ganlib.measure.hardware import hardware
from ganlib.bench.records import keep, stored
from ganlib.core.checkpoint import copy_into
from ganlib.weights import load_model
from ganlib.lessons.edges import coarse_l1, edge_distance, sharpness
from ganlib.core.errors import GanlibError
from ganlib.measure.translation import translate
from ganlib.core.files import write_atomic
from ganlib.core.networks.patch_discriminator import PatchDiscriminator, PatchDiscriminatorConfig
from ganlib.core.networks.translator import Translator, TranslatorConfig
from ganlib.core.config import ObjectiveConfig
from ganlib.core.objectives import PairedTranslation
from ganlib.lessons.plots import grid
from ganlib.twins import render_twins
from ganlib.core.reconstruction import l1
from ganlib.core.config import TrainConfig
from ganlib.data.datasets import ImageDataset
from ganlib.data.samplers import PairedSampler
from ganlib.core.trainer import Trainer
from ganlib.data.datasets import held_out_people, twin_datasets

HELD_OUT = 256
"""Twins that every run is measured on."""
SHOWN = 4
"""People on the contact sheet of a setting, the first of those held out."""
SUBJECT = "lambda"
"""Where a file of `ganlib bench` keeps this record."""
Result = tuple[dict[str, Any], bytes]
"""A row, and the contact sheet as PNG."""
MEASURES = ("ratio", "content", "style", "sharpness")
PATCH = 2
"""Pixels are folded 2 x 2 in both networks: four times as fast."""
RECIPE = TrainConfig(images=1, batch=4, lr_g=6e-4, lr_d=6e-4, ema_half_life=500)
"""How a run goes that starts from nothing. It is short: so batches are small, for more steps, G
takes four times its usual one, and its average forgets soon."""
FURTHER = replace(RECIPE, batch=8, lr_g=1.5e-4)
"""How a run goes that starts from a model: with such large steps, the game alone would break it."""


@dataclass(frozen=True)
class Setting:
    """One loss and one judge."""

    adversarial: float = 1.0
    """Weight of the game."""
    paired: float = 10.0
    """λ, for a mean over images in [-1, 1]."""
    distance: str = "l1"
    """A name in `reconstruction.DISTANCES`."""
    levels: int = 3
    """Halvings of D, as in `PatchDiscriminatorConfig`."""
    whole: bool = False
    """Whether D gives one logit for the image."""


LAMBDAS = ("0", "1", "3", "10", "30", "100", "inf")
"""The sweep, from nothing but the game to nothing but the distance."""
SETTINGS = {name: Setting(paired=float(name)) for name in LAMBDAS[:-1]} | {
    # Only the ratio of the weights counts: without the game, any λ is infinite.
    "inf": Setting(adversarial=0.0, paired=1.0),
    "l2": Setting(adversarial=0.0, paired=1.0, distance="l2"),
    "small patches": Setting(levels=1),
    "whole image": Setting(whole=True),
}
"""Name -> setting; the last two are compared with "10", whose patches are the usual ones."""


@dataclass(frozen=True)
class Scale:
    """How large a sweep is: what must be equal for one to go on."""

    images: int = 4000
    """Length of each run."""
    runs: int = 3
    """Seeds of each setting, 0, 1, ..."""
    twins: int = 2000
    """People rendered for training, the same for all runs."""
    size: int = 64
    """Side of the images, pixels; 64 or another multiple of 16."""
    width: int = 32
    """Channels of G and D at the finest level."""
    init: str = ""
    """A model that every G starts from, such as one trained by L1 alone: short runs then show what
    the game adds. "" for a G that hands the photograph back."""

    def __post_init__(self) -> None:
        if min(self.images, self.runs, self.twins) < 1 or self.size % 16 or self.size < 16:
            raise GanlibError(
                "bench lambda needs an image, a run and a person or more, and a size that is a "
                f"multiple of 16, not {self.images}, {self.runs}, {self.twins} and {self.size}."
            )


def recipe(scale: Scale) -> TrainConfig:
    """How the runs of a sweep go, but for their length and seed."""
    return FURTHER if scale.init else RECIPE


Run = Callable[[str, Scale, int], Result]
"""(name of a setting, scale, seed) -> a run's result."""


def trainer(
    setting: Setting,
    scale: Scale,
    seed: int,
    feed: PairedSampler,
    device: torch.device | str = "cpu",
) -> Trainer:
    """A run, ready to start, on the device where `feed` keeps its images."""
    torch.manual_seed(seed)
    generator = Translator(TranslatorConfig(scale.size, PATCH, scale.width))
    if scale.init:
        copy_into(generator, load_model(scale.init)[0].state_dict(), scale.init)
    judge = PatchDiscriminatorConfig(
        scale.size, PATCH, scale.width, levels=setting.levels, whole=setting.whole
    )
    weights = ObjectiveConfig(
        adversarial=setting.adversarial, paired=setting.paired, distance=setting.distance
    )
    settings = replace(recipe(scale), images=scale.images, seed=seed)
    objective = PairedTranslation(generator, PatchDiscriminator(judge), weights)
    return Trainer(objective.to(device), feed, settings)


@cache
def held_out(size: int) -> tuple[Tensor, Tensor]:
    """(photographs, drawings) of `HELD_OUT` people that nobody trains on."""
    return render_twins(held_out_people(HELD_OUT), size)


@cache
def _worlds(scale: Scale) -> tuple[ImageDataset, ImageDataset]:
    return twin_datasets(scale.twins, 0, scale.size)


def measure(drawn: Tensor, photo: Tensor, anime: Tensor) -> dict[str, float]:
    """What became of (N, 3, S, S) photographs: each figure is 1 for handing them back.

    `ratio` is the L1 to the true twin, `content` the same of the coarse picture, `style` the
    distance of the hardest edges from the drawings' lines: all three 0 at best. `sharpness` is that
    of the true drawings at 1, whatever the photographs'.
    """
    return {
        "ratio": (l1(drawn, anime) / l1(photo, anime)).item(),
        "content": (coarse_l1(drawn, anime) / coarse_l1(photo, anime)).item(),
        "style": (edge_distance(drawn, anime) / edge_distance(photo, anime)).item(),
        "sharpness": (sharpness(drawn) / sharpness(anime)).item(),
    }


def play(name: str, scale: Scale, seed: int) -> Result:
    """Train one setting; its row, and its contact sheet as PNG."""
    begun = time.perf_counter()
    run = trainer(SETTINGS[name], scale, seed, PairedSampler(*_worlds(scale), jitter=0)).run()
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


def bench_lambda(
    scale: Scale | None = None,
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
    scale = scale or Scale()
    found = _begun(path, scale)
    done = {(each["setting"], each["seed"]) for each in found["rows"]}
    jobs = [(name, seed) for seed in range(scale.runs) for name in settings]
    jobs = [job for job in jobs if job not in done]
    for made, picture in tqdm(
        _results(row, jobs, scale, workers), "training", len(jobs), unit="run"
    ):
        found["rows"].append(made)
        found["rows"].sort(key=lambda r: (list(SETTINGS).index(r["setting"]), r["seed"]))
        if path is not None:
            if made["seed"] == 0:
                write_atomic(picture_of(path, made["setting"]), picture)
            keep(path, SUBJECT, found)
    return found


def _results(row: Run, jobs: list[tuple[str, int]], scale: Scale, workers: int) -> Iterator[Result]:
    """Each as soon as it is there, in any order."""
    if not workers:
        yield from (row(name, scale, seed) for name, seed in jobs)
        return
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        try:
            waiting = [pool.submit(row, name, scale, seed) for name, seed in jobs]
            for future in as_completed(waiting):
                yield future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # if one failed, the rest is not begun


def picture_of(path: Path, setting: str) -> Path:
    """Where the sweep in `path` keeps the contact sheet of a setting."""
    return path.with_suffix("") / f"{setting.replace(' ', '_')}.png"


def means(record: dict[str, Any], setting: str) -> dict[str, float]:
    """Measure -> the mean over the seeds of a setting."""
    rows = [row for row in record["rows"] if row["setting"] == setting]
    return {name: statistics.mean(row[name] for row in rows) for name in MEASURES}


def _begun(path: Path | None, scale: Scale) -> dict[str, Any]:
    fresh = {
        "what": SUBJECT,
        "scale": asdict(scale),
        "held_out": HELD_OUT,
        "shown": SHOWN,
        "recipe": json.loads(json.dumps(asdict(recipe(scale)))),
        "settings": {name: asdict(setting) for name, setting in SETTINGS.items()},
        "device": "cpu",
        "hardware": hardware() | {"threads": 1},
        "rows": [],
    }
    kept = stored(path).get(SUBJECT)
    if kept is None:
        return fresh
    for name in ("scale", "held_out", "recipe", "settings"):
        if kept[name] != fresh[name]:
            raise GanlibError(
                f"{path} holds a sweep with another {name}: {kept[name]}; go on with that, or "
                "give another file."
            )
    return kept


def lambda_table(record: dict[str, Any]) -> str:
    """A Markdown table: for each setting the means over seeds, least to most in brackets."""
    lines = ["| λ or setting | " + " | ".join(MEASURES) + " |", "|" + "---|" * 5]
    for name in record["settings"]:
        rows = [row for row in record["rows"] if row["setting"] == name]
        if rows:
            cells = [_cell([row[measure] for row in rows]) for measure in MEASURES]
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(values: list[float]) -> str:
    return f"{statistics.mean(values):.3f} ({min(values):.3f} to {max(values):.3f})"
