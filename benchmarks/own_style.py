"""What 50, 200 and 1,000 pictures give: a model goes on with pairs in a style that it never saw.

The style is made here, of other numbers than those of the house styles; who is drawn are rendered
people. The runs are those of `ganlib train paired --init portrait --photos DIR --drawings DIR`, and
are measured on people that no training saw. Pairs and runs are kept, so that work that was cut off
goes on.
"""

import multiprocessing
import os
import runpy
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from benchmarks.records import keep, publish, stored
from ganlib.core.config import TrainConfig
from ganlib.core.errors import GanlibError
from ganlib.core.files import write_atomic
from ganlib.core.log import progress
from ganlib.core.trainer import STATE_FILE
from ganlib.data.datasets import HELD_OUT_SEED, hold_out
from ganlib.data.drawn import twin_portraits
from ganlib.data.images import png, to_tensor
from ganlib.data.pairs import Pair, matching, pair_datasets
from ganlib.data.portrait_pairs import circles
from ganlib.data.portraits import PortraitFolder
from ganlib.drawing import STYLES, Portrait, Traits, draw, photograph
from ganlib.measure.held_out import about_eyes
from ganlib.measure.portraits import GROUPS, sharpness
from ganlib.measure.translation import translate
from ganlib.pipelines.build import build_run
from ganlib.pipelines.parts import Data, in_style, like_init
from ganlib.pipelines.problems import PairedConfig
from ganlib.twins import sample_people
from ganlib.weights import load_model

NAME = "own_style"
DATA = Path(__file__).parents[1] / "data"
PORTRAITS = DATA / "portraits"
STYLE = replace(
    STYLES["cel"],
    **{"name": "own", "eye_width": 1.6, "eye_height": 22.0, "iris": 0.74, "narrowing": 0.95},
    **{"depth": 0.89, "outer": 0.6, "inner": 0.5, "lash": 3.0, "line": (0.34, 0.36, 0.72)},
    **{"skin_shadow": (0.82, 0.76, 0.92), "shadow_blur": 0.2, "hair_shadow": 0.55},
    **{"hair_light": 0.85, "lights": 4, "blush": 0.4, "backdrop": "paper"},
)
"""Blue lines, large eyes, violet shadows, white paper: none of the house styles has them."""
SEED = 70_000
DETAIL = 1.4
"""Of those who are drawn for training; how much larger than the pair they are rendered."""
HALF_LIFE = 500
"""Images after which a weight counts half in the average; the usual 10,000 are more than a run."""
Held = tuple[Tensor, Tensor, Tensor]
"""Photographs, true drawings, and where eyes are."""


@cache
def _as_sitters() -> Any:
    """How the pairs of the model that goes on are posed."""
    return runpy.run_path(str(DATA / "draw_portraits.py"))["as_sitters"]


def rendered(number: int, seed: int, size: int) -> Portrait:
    """The rendered person of a number."""
    torch.set_num_threads(1)
    people = _as_sitters()(sample_people(number + 1, seed)[-1:])
    return twin_portraits(people, round(DETAIL * size))[0]


def make(number: int, folders: list[Path], size: int) -> None:
    """Write one pair to learn from, unless it is there."""
    names = [folder / f"{number:05d}.png" for folder in folders]
    if all(name.exists() for name in names):
        return
    portrait = rendered(number, SEED, size)
    for picture, name in zip(_pair(portrait, size), names, strict=True):
        write_atomic(name, png(picture, compress_level=1))


def _pair(portrait: Portrait, size: int) -> tuple[Any, Any]:
    return photograph(portrait, size), draw(portrait, STYLE, size)


def _held_rendered(number: int, size: int) -> tuple[Any, Any, list[list[float]]]:
    portrait = rendered(number, HELD_OUT_SEED, size)
    return *_pair(portrait, size), circles(portrait)


def _held_real(name: str, photos: Path, size: int) -> tuple[Any, Any, list[list[float]]]:
    portrait = PortraitFolder(PORTRAITS, photos)[name]
    return *_pair(portrait, size), circles(portrait)


def score(drawn: Tensor, held: Held) -> dict[str, float]:
    """How near drawings are to the true ones, and how sharp their lines and eyes."""
    photo, anime, eyes = held
    return {
        "l1_over_copy": float((drawn - anime).abs().mean() / (photo - anime).abs().mean()),
        "line_sharpness": sharpness(drawn, anime),
        "eye_sharpness": sharpness(drawn, anime, eyes),
    }


def of_groups(drawn: Tensor, held: Held, traits: list[Traits]) -> dict[str, dict[str, float]]:
    """{group: how many people, and their error over their photographs'}."""
    ours, copy = ((each - held[1]).abs().mean((1, 2, 3)) for each in (drawn, held[0]))
    found = {}
    for name, belongs in GROUPS.items():
        rows = [i for i, person in enumerate(traits) if belongs(person)]
        if rows:
            share = float(ours[rows].mean() / copy[rows].mean())
            found[name] = {"people": len(rows), "l1_over_copy": share}
    return found


def training(images: int) -> TrainConfig:
    """What the runs have that the usual ones have not: it is in the command that users are told."""
    return TrainConfig(images, ema_half_life=HALF_LIFE)


def play(pairs: list[Pair], out: Path, init: str, images: int, device: str) -> tuple[Any, float]:
    """(the averaged generator, seconds of training) of a run on some pairs."""
    train = replace(training(images), checkpoint_every=1000)
    config = like_init(PairedConfig(init=init, train=train), ())
    data = Data(*pair_datasets(pairs, config.network.size, device))
    run = build_run(config, out, device, data)
    if (out / STATE_FILE).exists():
        run.resume()
    if run.run().interrupted:
        raise GanlibError(f"the run in {out} was stopped; the same command goes on with it.")
    return run.ema.cpu().eval(), run.seconds


def own_style(
    counts: tuple[int, ...] = (50, 200, 1000),
    images: int = 6000,
    held_out: int = 48,
    init: str = "portrait",
    folder: Path = Path("runs/own_style"),
    photos: Path | None = None,
    workers: int = os.cpu_count() or 1,
    device: str = "cpu",
    json: Path | None = None,
) -> dict[str, Any]:
    """Error and sharpness of a style of one's own, after so many pairs.

    Args:
        counts: pairs to learn from, one run each.
        images: length of each run.
        held_out: rendered people that the runs are measured on.
        init: the model that goes on: a shipped one's name, or a file.
        folder: where pairs and runs are kept.
        photos: the photographs that data/README.md names: measured on the 16 held out too.
        workers: processes that draw.
        device: cpu or cuda.
        json: keep the figures in this file; rows that are there are not repeated.
    """
    begun, (model, _) = time.perf_counter(), load_model(init)
    size = model.config.size
    scale = {"images": images, "held_out": held_out, "size": size, "real": bool(photos)}
    scale |= {"init": init, "device": device}
    record = stored(json).get(NAME) or {"what": NAME, "scale": scale, "rows": []}
    if record["scale"] != scale:
        raise GanlibError(f"{json} holds runs of another scale, {record['scale']}; give another.")
    jobs: dict[str, tuple[Any, list[Any]]] = {
        "rendered": (partial(_held_rendered, size=size), list(range(held_out)))
    }
    if photos:
        known = PortraitFolder(PORTRAITS, photos)
        names = [name for name in known.names if known.held_out(name)]
        jobs["real"] = partial(_held_real, photos=photos, size=size), names
    folders = [folder / f"{kind}_{size}" for kind in ("photographs", "drawings")]
    for each in folders:
        each.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        made = pool.map(partial(make, folders=folders, size=size), range(max(counts)))
        list(progress(made, desc="drawing pairs", total=max(counts)))
        held = {kind: _together(pool.map(*job), size) for kind, job in jobs.items()}
    pairs, done = matching(*folders)[0], {row["pairs"] for row in record["rows"]}
    for many in sorted({0, *counts} - done):
        # Without a pair it is the first style of the model as it is.
        network, seconds = in_style(model, 0) if getattr(model.config, "styles", 0) else model, 0.0
        if many:
            learnt = hold_out(pairs[:many])[0]  # as the command does, of as many pictures
            network, seconds = play(learnt, folder / f"run_{many}", init, images, device)
        drawn = {kind: translate(network, part[0]) for kind, part in held.items()}
        scores = {kind: score(drawn[kind], part) for kind, part in held.items()}
        row = {"pairs": many, "training_seconds": seconds, **scores}
        if photos:  # for whom it works least
            traits = [known.traits(name) for name in names]
            row["groups"] = of_groups(drawn["real"], held["real"], traits)
        record["rows"].append(row)
        keep(json, NAME, record)
    return publish(NAME, record, json, begun, device, markdown)


def _together(found: Iterable[tuple[Any, Any, list[list[float]]]], size: int) -> Held:
    photos, drawings, places = zip(*found, strict=True)
    return to_tensor(photos), to_tensor(drawings), about_eyes(list(places), size)


def markdown(record: dict[str, Any]) -> str:
    """A row for each number of pairs."""
    kinds = [kind for kind in ("rendered", "real") if kind in record["rows"][0]]
    head = "".join(f" {kind}: error ÷ the copy's | lines | eyes |" for kind in kinds)
    lines = [f"| pairs | minutes |{head}", "|---|---|" + "---|" * 3 * len(kinds)]
    for row in sorted(record["rows"], key=lambda row: row["pairs"]):
        cells = [f"{row[kind][name]:.2f}" for kind in kinds for name in row[kind]]
        minutes = f"{row['training_seconds'] / 60:.0f}"
        lines.append("| " + " | ".join([f"{row['pairs']:,}", minutes, *cells]) + " |")
    return "\n".join(lines)
