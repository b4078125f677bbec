"""Translators without pairs that fail, each beside what cures it (lesson 09).

A row is one setting and seed. All runs are equally long and learn from the same photographs and
drawings of other people; from "healthy" a setting differs by what `SETTINGS` says. Rows are kept as
they come, so a benchmark that was cut off goes on.
"""

import os
import time
from collections.abc import Callable
from contextlib import redirect_stderr
from dataclasses import asdict, dataclass, replace
from functools import cache
from json import dumps, loads
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from benchmarks.records import keep, played, stored
from benchmarks.scores import figures, of_discriminator, sheet, words
from ganlib.core.config import MixedLoss
from ganlib.core.errors import GanlibError
from ganlib.core.files import write_atomic
from ganlib.core.log import Report, progress
from ganlib.core.trainer import Trainer
from ganlib.data.datasets import ImageDataset, held_out_people, twin_datasets
from ganlib.data.pixels import to_uint8
from ganlib.lessons.configs import changed, flat
from ganlib.lessons.failures import SUBJECT
from ganlib.lessons.stored import picture_name
from ganlib.measure.hardware import hardware
from ganlib.measure.translation import translate
from ganlib.pipelines.build import build_run
from ganlib.pipelines.parts import Data
from ganlib.pipelines.problems import QUICK, BackTranslationConfig, BackwardConfig, UnpairedConfig
from ganlib.twins import render_twins

HELD_OUT = 128
"""Twins that every run is measured on."""
SHOWN = 5
"""People on the sheet of a setting, the first of those held out."""
REPORTS = 16
"""Points of a curve."""
CLOSER = 1.35
"""How much nearer the camera is in drawings that are framed differently."""
HEALTHY = changed(QUICK, patch=2, width=24, blocks=4, relight=0.0)
STRONG = {"d_steps": 3, "r1_gamma": 0.0, "augment": ""}
"""Three steps of D for each of G, and nothing that holds D back."""
SETTINGS: dict[str, dict[str, Any]] = {
    "healthy": {},
    "strong D": STRONG,
    "strong D, saturating": STRONG | {"loss": "minimax"},
    "saturating": {"loss": "minimax"},
    "weak D": {"r1_gamma": 0.05},
    "no λ": {"low_frequency_weight": 0.0},
    "λ = 100": {"low_frequency_weight": 100.0},
    "raw tones": {"match_tones": False, "exposure": 0.0},
    "64 drawings": {"drawn": 64, "augment": ""},
    "64, DiffAugment": {"drawn": 64, "augment": "color,translation,cutout"},
    "closer drawings": {"closer": ("anime",)},
    "both closer": {"closer": ("photo", "anime")},
}
"""Name -> what differs from `HEALTHY`; "closer": which domains are framed `CLOSER`."""
AFTER = ("the same again", "backward", "back-translation")
"""What begins from "healthy" as it is: the same for as long again; F; and G from F's photographs,
these two together as long as the first."""
Result = tuple[dict[str, Any], bytes]
"""A row, and the sheet as PNG."""
Run = Callable[[str, "Scale", int], list[Result]]
"""(name of a setting, scale, seed) -> a run's results."""


@dataclass(frozen=True)
class Scale:
    """How large the runs are: what must be equal for a record to go on."""

    images: int = 8000  # length of each run
    runs: int = 3  # seeds of each setting, 0, 1, ...
    twins: int = 2000  # photographs, and as many drawings of other people, the same for all runs
    size: int = 64  # side of the images, pixels; a multiple of 16
    width: int = 24  # channels of G and D at the finest level

    def __post_init__(self) -> None:
        if self.images < 32 or min(self.runs, self.twins) < 1 or self.size % 16 or self.size < 16:
            raise GanlibError(
                "failures need 32 images, a run and a person or more, and a size that is a "
                f"multiple of 16, not {self.images}, {self.runs}, {self.twins} and {self.size}."
            )


def config(changes: dict[str, Any], scale: Scale, seed: int = 0) -> UnpairedConfig:
    """The run of one setting and seed."""
    of_scale = {name: getattr(scale, name) for name in ("images", "twins", "size", "width")}
    values = {name: value for name, value in changes.items() if name != "closer"}
    every = max(1, scale.images // REPORTS)
    return changed(HEALTHY, **of_scale, **values, seed=seed, report_every=every)


def closer(images: Tensor) -> Tensor:
    """(N, 3, S, S) from `CLOSER`: the middle of each, enlarged to the same size."""
    side = images.shape[-1]
    edge = round(side * (1 - 1 / CLOSER) / 2)
    inside = images[..., edge : side - edge, edge : side - edge]
    return interpolate(inside, (side, side), mode="bilinear", antialias=True)


@cache
def held_out(size: int) -> tuple[Tensor, Tensor]:
    """(photographs, drawings) of `HELD_OUT` people that nobody trains on."""
    return render_twins(held_out_people(HELD_OUT), size)


@cache
def domains(scale: Scale) -> tuple[ImageDataset, ImageDataset]:
    """What the runs learn from: photographs, and drawings of other people."""
    photo, _ = twin_datasets(scale.twins, 0, scale.size)
    return photo, twin_datasets(scale.twins, 1, scale.size)[1]


def data(changes: dict[str, Any], scale: Scale) -> tuple[Data, Tensor, Tensor]:
    """(what a setting learns from, held-out photographs, their true drawings), as it frames them.
    The truth is framed as the photographs are."""
    photo, anime = domains(scale)
    hidden, truth = held_out(scale.size)
    anime = ImageDataset(anime.images[: changes.get("drawn", scale.twins)])
    near = changes.get("closer", ())
    if "anime" in near:
        anime = ImageDataset(anime.map(lambda images: to_uint8(closer(images))))
    if "photo" in near:
        photo = ImageDataset(photo.map(lambda images: to_uint8(closer(images))))
        hidden, truth = closer(hidden), closer(truth)
    return Data(photo, anime), hidden, truth


def train(run_config: Any, given: Data, generator: Any = None) -> tuple[Trainer, dict[str, str]]:
    """(the run, its curves: name -> values at `REPORTS` places, as words)."""
    reports: list[Report] = []
    start = {} if generator is None else {"generator": generator}
    run = build_run(run_config, device="cpu", data=given, on_report=[reports.append], **start).run()
    if run.interrupted:
        raise GanlibError("a run was stopped; start the benchmark again.")
    names = {"images": "images", "d_adversarial": "d_loss", "g_adversarial": "g_loss"}
    names |= {"real_logit": "real_logit", "fake_logit": "fake_logit"}
    return run, {
        ours: words([report[theirs] for report in reports])
        for theirs, ours in names.items()
        if theirs in reports[-1]
    }


def play(name: str, scale: Scale, seed: int) -> list[Result]:
    """Train one setting on the CPU: its row and sheet, of "healthy" those of `AFTER` too."""
    changes = SETTINGS[name]
    given, hidden, truth = data(changes, scale)
    run, row, drawn = of_run(config(changes, scale, seed), given, hidden, truth)
    results = [({"setting": name, "seed": seed, **row}, sheet(drawn[:SHOWN]))]
    if name == "healthy":
        results += after(run, scale, seed)
    return results


def of_run(
    run_config: Any, given: Data, hidden: Tensor, truth: Tensor, generator: Any = None
) -> tuple[Trainer, dict[str, Any], Tensor]:
    """(the run, its row, what it draws of those held out)."""
    begun = time.perf_counter()
    run, curves = train(run_config, given, generator)
    drawn = translate(run.ema, hidden)
    assert given.anime is not None
    seen = given.anime.first(HELD_OUT)
    row = {
        **figures(drawn, hidden, truth),
        **of_discriminator(run.objective.discriminator, drawn, truth, seen),
        **curves,
    }
    return run, row | {"seconds": round(time.perf_counter() - begun, 1)}, drawn


def after(healthy: Trainer, scale: Scale, seed: int) -> list[Result]:
    """What begins from a run's G: `AFTER`."""
    given, hidden, truth = data({}, scale)
    usual = config({}, scale, seed)
    half = replace(usual.train, images=scale.images // 2)
    start = healthy.ema
    _, row, drawn = of_run(usual, given, hidden, truth, start)
    rows = [(row, drawn)]

    begun = time.perf_counter()
    backward, curves = train(BackwardConfig(train=half), Data(given.photo), start)
    made = translate(backward.ema, truth)
    spent = {"seconds": round(time.perf_counter() - begun, 1)}
    rows.append((figures(made, truth, hidden, domain=0) | curves | spent, made))

    loss = MixedLoss(paired_weight=20.0, factor=usual.loss.factor)
    light = replace(usual.data, jitter=0.5)
    taught = BackTranslationConfig("", usual.network, light, loss, half)
    pairs = replace(given, backward=backward.ema)
    _, row, drawn = of_run(taught, pairs, hidden, truth, start)
    rows.append((row, drawn))
    return [
        ({"setting": name, "seed": seed, **row}, sheet(pictures[:SHOWN]))
        for name, (row, pictures) in zip(AFTER, rows, strict=True)
    ]


def _play_alone(name: str, scale: Scale, seed: int) -> list[Result]:
    # A process for each core beats two threads for each run, and bars would write over each other.
    torch.set_num_threads(1)
    with open(os.devnull, "w") as nowhere, redirect_stderr(nowhere):
        return play(name, scale, seed)


def measure_all(
    scale: Scale,
    path: Path | None = None,
    settings: tuple[str, ...] = tuple(SETTINGS),
    run: Run = _play_alone,
    workers: int = 2,
) -> dict[str, Any]:
    """All settings and seeds, `workers` at a time; rows that `path` holds are not repeated.

    With `workers` 0 all is done in this process. Each row is written to `path` as it comes, whole
    or not at all, and the pictures of seed 0 to a folder of the same name beside it. GanlibError if
    `path` holds runs of another scale.
    """
    found = _begun(path, scale)
    done = {(row["setting"], row["seed"]) for row in found["rows"]}
    jobs = [(name, seed) for seed in range(scale.runs) for name in settings]
    jobs = [job for job in jobs if job not in done]
    places = [*SETTINGS, *AFTER]
    for results in progress(played(run, jobs, scale, workers), "training", len(jobs), unit="run"):
        for row, drawn in results:
            found["rows"].append(row)
            if path is not None and row["seed"] == 0:
                write_atomic(path.with_suffix("") / picture_name(row["setting"]), drawn)
        found["rows"].sort(key=lambda row: (places.index(row["setting"]), row["seed"]))
        keep(path, SUBJECT, found)
    return found


def fresh(scale: Scale) -> dict[str, Any]:
    """A record without rows. "config" is that of "healthy", "settings" what the others change."""
    record = {
        "what": SUBJECT,
        "scale": asdict(scale),
        "held_out": HELD_OUT,
        "closer": CLOSER,
        "config": flat(config({}, scale)),
        "settings": SETTINGS,
        "device": "cpu",
        "hardware": hardware() | {"threads": 1},
        "rows": [],
    }
    return loads(dumps(record, default=str))


def _begun(path: Path | None, scale: Scale) -> dict[str, Any]:
    new = fresh(scale)
    kept = stored(path).get(SUBJECT)
    if kept is None:
        return new
    for name in ("scale", "held_out", "closer", "config", "settings"):
        if kept[name] != new[name]:
            raise GanlibError(
                f"{path} holds runs with another {name}: {kept[name]}; go on with that, or give "
                "another file."
            )
    return kept


def table(record: dict[str, Any]) -> str:
    """A Markdown table: for each setting the least and the most of its seeds."""
    measures = ("error", "drawn", "recognised", "colour", "memory")
    lines = ["| setting | " + " | ".join(measures) + " |", "|" + "---|" * (1 + len(measures))]
    for name in (*SETTINGS, *AFTER):
        rows = [row for row in record["rows"] if row["setting"] == name]
        columns = [[row[measure] for row in rows if measure in row] for measure in measures]
        cells = [f"{min(c):.2f} to {max(c):.2f}" if c else "–" for c in columns]
        lines += [f"| {name} | {' | '.join(cells)} |"] if rows else []
    return "\n".join(lines)


def failures(
    images: int = 8000,
    runs: int = 3,
    twins: int = 2000,
    size: int = 64,
    width: int = 24,
    workers: int = 2,
    json: Path | None = None,
) -> dict[str, Any]:
    """Translators without pairs that fail, one setting at a time, beside what cures them.

    It goes on with what the file holds, and writes pictures to a folder of its name.

    Args:
        images: length of each run.
        runs: seeds of each setting.
        twins: photographs, and as many drawings of other people.
        size: side of the images, pixels.
        width: channels of both networks at the finest level.
        workers: runs at a time, each in a process with one thread.
        json: keep the figures in this file.
    """
    record = measure_all(Scale(images, runs, twins, size, width), json, workers=workers)
    print(table(record))
    return record
