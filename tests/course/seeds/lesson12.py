"""Lesson 12: the signs of the article's bugs on the ring, and its program, printed and mended."""

import math
from functools import cache

import lessons
import torch
from torch.nn.functional import l1_loss

from ganlib.data.datasets import held_out_people, twin_datasets
from ganlib.data.tones import ToneTransport
from ganlib.lessons.budget import threads
from ganlib.lessons.checks import lesson12 as check
from ganlib.measure.baselines import sharpen
from ganlib.measure.translation import translate
from ganlib.twins import render_twins
from seeds import Claim

EPOCHS = 16
"""As in the lesson, on a CPU; then a third as many at a smaller learning rate."""


@cache
def lesson():
    """What its cells define."""
    return lessons.definitions(lessons.read(lessons.ROOT / "notebooks" / "12_the_article.ipynb"))


@cache
def ends(seed):
    """{bug: D's loss, G's, D's mean logit of reals, of fakes, of the last 50 steps; points}."""
    runs = {bug: lesson()["play"](bug, seed) for bug in check.SIGNS}
    return {bug: (rows[-50:].mean(0).tolist(), fake) for bug, (rows, fake, _) in runs.items()}


def near(values, goals):
    return all(abs(a - b) < 0.01 for a, b in zip(values, goals, strict=True))


def signs(seed):
    found = {bug: rows for bug, (rows, _) in ends(seed).items()}
    *losses, reals, fakes = found["two sigmoids"]
    dead = near(losses, (2 * math.log(2), math.log(2))) and max(reals, fakes) < -4
    *_, reals, fakes = found["label one only"]
    caught, spot = found["image as logit"], found["one optimiser"]
    pushed = near(spot[:2], (math.log(2), math.log(2))) and abs(spot[3]) < 0.1
    alone = caught[1] < 0.01 and caught[3] < -5 and found["formula's sign"][1] < 0
    return dead and fakes > reals > 5 and pushed and alone


def signs_in_the_plane(seed):
    outside, white = (ends(seed)[bug][1] for bug in ("label one only", "image as logit"))
    return bool(outside.norm(dim=1).min() > 1.5 and white.mean(0).min() > 5)


def healthy_alone(seed):
    small = [bug for bug, (end, _) in ends(seed).items() if max(map(abs, end[2:])) < 2]
    return small == ["healthy"]


@cache
def twins():
    return twin_datasets(600, 0, 64), render_twins(held_out_people(128), 64)


@threads(1)
def live(seed):
    """Errors of what the mended program draws and of the best of what cannot draw, and how light
    the printed program's pictures are."""
    data, (photo, true) = twins()
    space, batches = lesson(), lesson()["Batches"](*data)
    torch.manual_seed(seed)
    printed = space["printed_g"](8, 16), space["printed_d"](8, 16)
    space["where"] = "cpu"
    mended = space["start"](space["MendedG"]()), space["start"](space["MendedD"]())
    space["printed_train"](*printed, batches, EPOCHS)
    check.train.reference(*mended, batches, EPOCHS, 2e-3, 300.0)
    check.train.reference(*mended, batches, EPOCHS // 3, 4e-4, 300.0)
    cannot = ToneTransport(photo, true)(photo).clamp(-1, 1), photo, sharpen(photo)
    least = min(l1_loss(images, true) for images in (*cannot, true.roll(1, 0)))
    with torch.no_grad():
        white = printed[0](torch.randn(128, 100)).mean().item()
    return l1_loss(translate(mended[0], photo), true).item(), least.item(), white


def mended_draws_and_printed_is_white(seed):
    error, least, light = live(seed)
    return error < least and light > 0.5


CLAIMS = (
    Claim("each of the article's five bugs shows its sign within 300 steps", signs),
    Claim("label one only: all fakes outside the ring; image as logit: far", signs_in_the_plane),
    Claim("in the healthy run alone both logits stay within 2 of 0", healthy_alone),
    Claim(
        "mended, it ends below all that cannot draw; as printed, above 0.5 of white",
        mended_draws_and_printed_is_white,
    ),
)
