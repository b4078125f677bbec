"""Real photographs, and drawings of other people: the drawn portraits with their pairing hidden.

A run gets the photographs of one half of the people and the drawings of the other half. What it
draws of people held out is scored by their true drawings, which no training sees. The pictures that
are kept are drawings; photographs stay where they are.
"""

import statistics
from dataclasses import asdict
from json import dumps, loads
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from benchmarks.records import keep, stored
from benchmarks.scores import sheet
from ganlib.core.config import TrainConfig, UnpairedLoss
from ganlib.core.errors import GanlibError
from ganlib.core.files import write_atomic
from ganlib.core.reconstruction import l1
from ganlib.data.datasets import ImageDataset
from ganlib.data.pixels import from_uint8
from ganlib.data.portrait_pairs import load_pairs
from ganlib.data.portraits import RENDERED
from ganlib.drawing import STYLES
from ganlib.lessons.equal_compute import by_rank
from ganlib.measure.hardware import hardware
from ganlib.measure.translation import translate
from ganlib.pipelines.build import build_run
from ganlib.pipelines.options import TranslatorShape, UnpairedData
from ganlib.pipelines.parts import Data
from ganlib.pipelines.problems import UnpairedConfig
from ganlib.weights import load_model

SUBJECT = "portraits_unpaired"
STYLE, START, SIZE, READ = "cel", "unpaired", 64, 96
"""The style, the model that goes on, and the sides of pictures and of what they are cut from."""
FRAMINGS, CLOSEST = 12, 0.86
"""Frames cut from each picture at random, and how much of its side the smallest has."""
SHOWN = 6


def framed(pictures: Tensor, seed: int) -> Tensor:
    """(n, 3, READ, READ) uint8 -> (n FRAMINGS, 3, SIZE, SIZE) in [-1, 1], each frame another."""
    draw, frames = torch.Generator().manual_seed(seed), []
    for picture in from_uint8(pictures).repeat_interleave(FRAMINGS, 0):
        share, x, y = torch.rand(3, generator=draw).tolist()
        side = round(READ * (CLOSEST + (1 - CLOSEST) * share))
        left, top = (round(place * (READ - side)) for place in (x, y))
        frames.append(resized(picture[None, :, top : top + side, left : left + side]))
    return torch.cat(frames)


def resized(pictures: Tensor) -> Tensor:
    """Pictures (n, 3, S, S) in [-1, 1] at SIZE."""
    made = interpolate(pictures, size=(SIZE, SIZE), mode="bilinear", antialias=True)
    return made.clamp(-1, 1)


def config(images: int, seed: int = 0) -> UnpairedConfig:
    """`unpaired` goes on, with every augmentation that D may have: drawings are few."""
    return UnpairedConfig(
        TranslatorShape(size=SIZE),
        UnpairedData(jitter=0.0, relight=1.0, exposure=0.1),
        UnpairedLoss(augment="color,translation,cutout", factor=8),
        TrainConfig(images=images, lr_g=3e-4, seed=seed),
        init=START,
    )


def fit(source: Tensor, target: Tensor) -> Tensor:
    """a x + b with the best a and b for all pixels, by least squares: it is told the truth."""
    x, y = source - source.mean(), target - target.mean()
    return (target.mean() + (x * y).sum() / x.square().sum() * x).clamp(-1, 1)


def halves(names: list[str], seed: int) -> tuple[list[int], list[int]]:
    """Rows of every second real person, and of the others; a seed of the other parity exchanges
    them. People made of known ones (`_v1_`, ...) are left out: they would be in both."""
    rows = [i for i, name in enumerate(names) if not name.startswith(RENDERED) and "_v" not in name]
    return rows[seed % 2 :: 2], rows[1 - seed % 2 :: 2]


def play(folder: Path, images: int, seed: int) -> tuple[dict[str, Any], dict[str, bytes]]:
    """A run's figures and baselines, all ÷ the copy's error; the drawings that it made, as PNG."""
    pairs, held = (load_pairs(folder, held_out, READ) for held_out in (False, True))
    style, (ours, others) = list(STYLES).index(STYLE), halves(pairs.names, seed)
    photo, anime = framed(pairs.photo[ours], seed), framed(pairs.anime[others, style], seed + 1)
    seen, true = resized(from_uint8(held.photo)), resized(from_uint8(held.anime[:, style]))
    photos, drawings = (ImageDataset.from_float(frames) for frames in (photo, anime))
    run = build_run(config(images, seed), data=Data(photo=photos, anime=drawings)).run()
    start, drawn = (translate(g, seen) for g in (load_model(START)[0], run.ema))
    methods = {"copy": seen, "a·x + b": fit(seen, true), "tones": by_rank(seen, photo, anime)}
    methods |= {START: start, "drawn": drawn}
    error = {name: (l1(made, true) / l1(seen, true)).item() for name, made in methods.items()}
    row = {**error, "photographs": len(ours), "drawings": len(others), "held_out": len(true)}
    row |= {"images": run.images, "seconds": run.seconds}
    return row, {name: sheet(made[:SHOWN]) for name, made in (("drawn", drawn), ("truth", true))}


def portraits_unpaired(
    pairs: Path, images: int = 6000, runs: int = 3, json: Path | None = None
) -> dict[str, Any]:
    """Translation without pairs of real photographs, scored by pairs that it never saw.

    It goes on with what the file holds; the drawings of seed 0 go to a folder of its name.

    Args:
        pairs: a folder that data/draw_portraits.py made.
        images: length of each run.
        runs: seeds; every second one exchanges the halves.
        json: keep the figures in this file.
    """
    about = loads(dumps(asdict(config(images)) | {"style": STYLE}))
    record = stored(json).get(SUBJECT) or {"what": SUBJECT, "config": about, "runs": {}}
    if record["config"] != about:
        raise GanlibError(
            f"{json} holds runs of another length or with other options; give another --json."
        )
    command = f"python -m benchmarks portraits-unpaired --pairs PAIRS --images {images}"
    record |= {"hardware": hardware(), "command": command}
    for seed in range(runs):
        if str(seed) not in record["runs"]:
            record["runs"][str(seed)], pictures = play(pairs, images, seed)
            for name, picture in pictures.items():
                if json is not None and seed == 0:
                    write_atomic(json.with_suffix("") / f"{name}.png", picture)
        rows = record["runs"].values()
        mean = {name: statistics.mean(row[name] for row in rows) for name in next(iter(rows))}
        record |= {"mean": mean, "seeds": len(rows)}
        keep(json, SUBJECT, record)
        print(seed, mean)
    return record
