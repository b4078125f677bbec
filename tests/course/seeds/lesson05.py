"""Lesson 05: a healthy GAN in the plane and what each fault does to it, on ten seeds."""

from functools import cache, partial

import torch
from torch.nn.functional import softplus

from ganlib.lessons.clinic import FAULTS, SOFT_RING, mlp, one_round, train
from ganlib.lessons.mlp import MLP, MLPConfig
from ganlib.lessons.toys import grid, mode_report
from seeds import Claim


@cache
def runs(name):
    """The lesson's ten runs side by side: fakes, and both losses of each at the end, held out."""
    generators = MLP(MLPConfig(2, 2, 32, 3, negative_slope=0.0), seeds=range(0, 20, 2))
    discriminators = MLP(MLPConfig(2, 1, 32, 3, negative_slope=0.0), seeds=range(1, 20, 2))

    def data(n):
        return SOFT_RING.sample(10 * n).view(10, n, 2)

    nets, switches = (generators, discriminators), {"batch": 64} | FAULTS.get(name, {})
    _, fakes = train(one_round, nets, data, **switches)
    with torch.no_grad():
        real, fake = discriminators(data(1000)), discriminators(fakes[-1])
        d_loss = softplus(-real).mean((1, 2)) + softplus(fake).mean((1, 2))
    return fakes[-1], d_loss, softplus(-fake).mean((1, 2))


def report(name, seed):
    return mode_report(runs(name)[0][seed], SOFT_RING)


def losses(name, seed):
    return [each[seed].item() for each in runs(name)[1:]]


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

    train(one_round, nets, data, steps=2000, gamma=0.02)
    _, fakes = train(one_round, nets, data, steps=2000, gamma=0.001, lr_g=3e-3, lr_d=3e-3)
    found = mode_report(2 * fakes[-1], truth)
    return found.modes >= 9 and found.quality >= 0.5


def one_point(seed):
    return runs("no noise")[0][seed].std(0).norm() < 1e-3


def undetached(seed):
    d, g = losses("no detach", seed)
    healthy = losses("healthy", seed)
    even = report("healthy", seed).reverse_kl < 0.04 < report("no detach", seed).reverse_kl
    return even and d < min(1.3, healthy[0]) and g > healthy[1]


def no_mode(seed):
    return report("no zero_grad", seed).modes == 0


def one_optimiser(seed):
    d, g = losses("one optimiser", seed)
    return passes("one optimiser", seed) and d > 1.386 and g < 0.5


def far_apart(seed):
    d, g = losses("strong D", seed)
    return report("strong D", seed).quality < 0.3 and d < 0.9 and g > 1.3


def collapses(seed):
    found = report("fast G", seed)
    return found.modes < 6 and found.quality >= 0.6


def flat(seed):
    near = abs(losses("strong penalty", seed)[0] - 1.386) < 0.05
    return near and fails("strong penalty", seed)


CLAIMS = (
    Claim("the plain loop covers 6 modes of 8 or more at a quality of 0.6 or more", plain),
    Claim("in two phases it covers 9 modes of the grid or more, at 0.5 or more", on_the_grid),
    Claim("ten runs side by side: each passes the bar", partial(passes, "healthy")),
    *(
        Claim(f"{name}: below the bar", partial(fails, name))
        for name in ("no zero_grad", "no noise", "strong D", "tiny batch", "fast G")
    ),
    Claim("no detach: D's loss lower, G's higher than healthy; reverse KL above 0.04", undetached),
    Claim("no zero_grad: no mode is covered", no_mode),
    Claim("one optimiser: passes the bar, D's loss above 2 ln 2, G's below 0.5", one_optimiser),
    Claim("no noise: all fakes on one point", one_point),
    Claim("strong D: D's loss below 0.9, G's above 1.3; quality below 0.3", far_apart),
    Claim("fast G: fewer than 6 modes at a quality of 0.6 or more", collapses),
    Claim("γ = 100: D's loss near 2 ln 2, and below the bar", flat),
)
