"""Lesson 05: a healthy GAN in the plane and what each fault does to it, on ten seeds."""

from functools import cache, partial

import torch

from ganlib.lessons.clinic import FAULTS, SOFT_RING, mlp, one_round, ten, train
from ganlib.lessons.toys import grid, mode_report
from seeds import Claim


@cache
def runs(name):
    return ten(**FAULTS.get(name, {}))


def report(name, seed):
    return mode_report(runs(name)[1][seed], SOFT_RING)


def passes(name, seed):
    found = report(name, seed)
    return found.modes >= 6 and found.quality >= 0.6


def fails(name, seed):
    return not passes(name, seed)


def networks(seed):
    torch.manual_seed(seed)
    return mlp(2), mlp(1)


def plain(seed):
    _, fakes = train(one_round, networks(seed), SOFT_RING.sample)
    found = mode_report(fakes[-1], SOFT_RING)
    return found.modes >= 6 and found.quality >= 0.6


def on_the_grid(seed):
    truth, nets = grid(), networks(seed)

    def data(n):
        return truth.sample(n) / 2

    train(one_round, nets, data, steps=2000, gamma=0.02, lr_g=5e-3, lr_d=5e-3)
    _, fakes = train(one_round, nets, data, steps=2000, gamma=0.001)
    found = mode_report(2 * fakes[-1], truth)
    return found.modes >= 8 and found.quality >= 0.5


def one_point(seed):
    return runs("no noise")[1][seed].std(0).norm() < 1e-3


CLAIMS = (
    Claim("the plain loop covers 6 modes of 8 or more at a quality of 0.6 or more", plain),
    Claim("in two phases it covers 8 modes of the grid or more, at 0.5 or more", on_the_grid),
    Claim("ten runs side by side: each passes the bar", partial(passes, "healthy")),
    *(
        Claim(f"{name}: below the bar", partial(fails, name))
        for name in ("no zero_grad", "no noise", "strong D", "tiny batch")
    ),
    Claim("no noise: all fakes on one point", one_point),
)
