"""Lesson 11: what a switch changes in a step, and exact resume, by the lesson's own functions."""

from functools import cache

import lessons
import torch

from ganlib.core.trainer import Trainer
from ganlib.data.datasets import ImageDataset, face_people
from ganlib.lessons.budget import threads
from ganlib.lessons.checks import lesson11 as check
from ganlib.twins import render_drawings
from seeds import Claim

PATH = lessons.ROOT / "notebooks" / "11_the_training_core.ipynb"


@cache
def lesson():
    """What its cells define, and drawings."""
    space = lessons.definitions(lessons.read(PATH))
    drawings = ImageDataset.from_float(render_drawings(face_people(64, 1, "flat"), 32))
    return space | {"BATCH": 8, "drawings": drawings}


def function(name, **others):
    """One of the lesson's functions, with names of its cells as they are there or given here."""
    space = lesson()[name].__globals__
    space.update(lesson(), **others)
    return space[name]


@threads(1)
def switches(seed):
    torch.manual_seed(seed)
    real, noise = lesson()["drawings"].sample(8), torch.randn(8, 64)
    change, last = function("change", given=[None] * 4 + [real, noise]), torch.channels_last
    plain, step = lesson()["plain_step"], check.step.reference
    wanted = change(plain)

    def away(*given):
        return ((change(*given) - wanted).norm() / wanted.norm()).item()

    same = away(step) < 1e-4 and away(step, last) < 1e-4
    half, other = away(step, last, torch.bfloat16), away(lesson()["simultaneous"])
    return same and 1e-4 < half < 0.4 < other


@threads(1)
def resumes(seed):
    run_of, after, restore = map(function, ("run_of", "after", "restore"))
    stopped = run_of(Trainer, seed=seed)
    after(stopped, 2)
    kept, wanted = check.state.reference(stopped), after(stopped, 2)
    equal = []
    for less in ((), ("adam_g", "adam_d")):
        resumed = run_of(Trainer, seed=seed + 100)
        restore(resumed, {key: part for key, part in kept.items() if key not in less})
        equal.append(torch.equal(after(resumed, 2), wanted))
    return equal == [True, False]


CLAIMS = (
    Claim("lean and channels last within 1e-4, bf16 within 0.4, simultaneous farther", switches),
    Claim("resumed bit for bit, and not without Adam's moments", resumes),
)
