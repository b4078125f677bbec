"""Conditional faces with and without packs: the runs behind `ganlib.lessons.packs`.

Both runs are `ganlib train faces` as it ships, but for their length, and differ by `--pack` alone:
how many drawings of one condition D sees together.
"""

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from benchmarks.lambda_sweep import sheet
from benchmarks.records import publish
from ganlib.core.errors import GanlibError
from ganlib.core.files import write_atomic
from ganlib.data.conditions import alike_as_asked, encode
from ganlib.data.datasets import HELD_OUT_SEED, drawing_dataset, face_people
from ganlib.lessons.configs import changed
from ganlib.lessons.packs import PACKS, SUBJECT
from ganlib.measure.control import control, diversity_within, draw
from ganlib.pipelines.build import build_run
from ganlib.pipelines.parts import Data
from ganlib.pipelines.problems import FacesConfig
from ganlib.twins import render_drawings

SIZE = 64
"""Side of the images, pixels: what the probe sees."""
K = 8
"""Drawings of each held-out condition that are compared with one another."""
REPORTS = 5
"""Places of a run at which it is measured."""
ALIKE = 4
"""People of each condition in the data: a multiple of every pack."""
SHIPPED = changed(
    FacesConfig(),
    size=SIZE,
    lr_g=1e-3,
    lr_d=2e-3,
    r1_gamma=0.1,
    penalty_every=4,
    augment="",
    batch=32,
)


@dataclass(frozen=True)
class Scale:
    """How large the runs are."""

    images: int = 48000  # length of each run
    twins: int = 12000  # drawings, four of each condition
    people: int = 64  # held-out conditions
    width: int = 32  # channels of G and D at the finest level

    def __post_init__(self) -> None:
        if self.images < 32 * REPORTS or self.twins < ALIKE or self.people < 1:
            raise GanlibError(
                f"packs needs {32 * REPORTS} images, {ALIKE} drawings and a condition or more, "
                f"not {self.images}, {self.twins} and {self.people}."
            )


def play(pack: int, scale: Scale, data: Data) -> tuple[dict[str, Any], bytes]:
    """One run's row, and eight drawings of one condition as WebP."""
    asked = face_people(scale.people, HELD_OUT_SEED)
    each = torch.arange(scale.people).repeat_interleave(K)
    known, truth = encode(asked)[each], alike_as_asked(asked, K, HELD_OUT_SEED + 1)
    true = diversity_within(render_drawings(truth, SIZE), K)
    curve: dict[str, list[float]] = {"images": [], "obeyed": [], "diversity": []}

    def measure(generator: nn.Module, images: int) -> None:
        drawn = draw(generator, known)  # type: ignore[arg-type]
        shares = [share for share in control(drawn, asked[each]).values() if share == share]
        curve["images"].append(images)
        curve["obeyed"].append(round(sum(shares) / len(shares), 4))
        curve["diversity"].append(round(diversity_within(drawn, K) / true, 4))

    config = changed(
        SHIPPED,
        pack=pack,
        **{name: getattr(scale, name) for name in ("images", "twins", "width")},
        sample_every=scale.images // REPORTS,
    )
    begun = time.perf_counter()
    run = build_run(config, device="cpu", data=data, on_sample=measure).run()
    if run.interrupted:
        raise GanlibError("a run was stopped; start the benchmark again.")
    seconds = round(time.perf_counter() - begun, 1)
    return {"pack": pack, **curve, "seconds": seconds}, sheet(draw(run.ema, known[:K]))


def packs(
    images: int = Scale.images,
    twins: int = Scale.twins,
    people: int = Scale.people,
    width: int = Scale.width,
    json: Path | None = None,
) -> dict[str, Any]:
    """Diversity within a condition, and conditions obeyed, with and without packs, on the CPU.

    Args:
        images: length of each run.
        twins: drawings to learn from, four of each condition.
        people: held-out conditions behind each figure.
        width: channels of both networks at the finest level.
        json: keep the figures in this file, and pictures beside it.
    """
    begun, scale = time.perf_counter(), Scale(images, twins, people, width)
    learnt = alike_as_asked(face_people(twins // ALIKE, 0), ALIKE, 1)
    data, rows = Data(anime=drawing_dataset(learnt, SIZE), conditions=encode(learnt)), []
    for pack in PACKS:
        row, sheet = play(pack, scale, data)
        rows.append(row)
        if json is not None:
            write_atomic(json.parent / SUBJECT / f"{pack}.webp", sheet)
    return publish(SUBJECT, {"scale": asdict(scale), "rows": rows}, json, begun)
