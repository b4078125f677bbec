"""Lesson 02: discriminators that find the ratio and are calibrated, a two-sample test, and ReLU."""

import math
from functools import cache

import torch
from torch import nn
from torch.nn.functional import softplus

from ganlib.core.losses import logistic_discriminator
from ganlib.lessons.checks.lesson02 import score_held_out, share_as_small
from ganlib.lessons.discriminators import fit
from ganlib.lessons.toys import Gaussian1D, jensen_shannon, optimal_logit
from seeds import Claim

P, Q = Gaussian1D(0.0, 1.0), Gaussian1D(2.0, 1.5)
EVEN = 2 * math.log(2)


def make_d(seed, negative_slope=0.2):
    torch.manual_seed(seed)
    layers = []
    for inputs in (1, 16):
        layers += nn.Linear(inputs, 16), nn.LeakyReLU(negative_slope)
    return nn.Sequential(*layers, nn.Linear(16, 1))


def points(law, n, seed):
    return law.sample(n, torch.Generator().manual_seed(seed))


@cache
def trained(seed, smoothing=0.0):
    d = make_d(seed)

    def loss(real, fake):
        return logistic_discriminator(real, fake, smoothing)

    fit(d, P, Q, (seed,), steps=300, loss=loss)
    return d


def near_the_ratio(seed):
    both = torch.cat([points(P, 2000, 0), points(Q, 2000, 1)])
    found = trained(seed)(both).detach().sigmoid()
    return (found - optimal_logit(both, P, Q).sigmoid()).abs().mean() < 0.02


def misses_where_no_data_are(seed):
    end = torch.tensor([[-5.0]])
    return trained(seed)(end).sigmoid() > optimal_logit(end, P, Q).sigmoid() + 0.5


def near_the_distance(seed):
    x = torch.linspace(-12, 18, 6001)[:, None]
    a = trained(seed)(x).detach().double()
    pay = P.log_density(x).exp() * softplus(-a) + Q.log_density(x).exp() * softplus(a)
    found = math.log(2) - torch.trapezoid(pay, x.double(), dim=0).item() / 2
    return -0.003 < found - jensen_shannon(P, Q) <= 1e-6


def test_loss(seed, real, fake):
    return score_held_out(make_d(seed), logistic_discriminator, real, fake, steps=60)


def pairs(seed, count):
    """Samples of one distribution, twice: nothing to find."""
    for k in range(seed * count, (seed + 1) * count):
        yield k, points(P, 200, 100 + k), points(P, 200, 10_000 + k)


def seen_points_mislead(seed):
    twice = [(k, *(points[:100].repeat(2, 1) for points in pair)) for k, *pair in pairs(seed, 1)]
    return all(test_loss(*row) < EVEN for row in twice)


def unseen_points_do_not(seed):
    return sum(test_loss(*row) for row in pairs(seed, 20)) / 20 > EVEN


def a_shift_is_found(seed):
    real, fake = points(P, 200, 2 * seed), points(Gaussian1D(1.0), 200, 2 * seed + 1)
    pool, generator = torch.cat([real, fake]), torch.Generator().manual_seed(0)
    splits = [pool[torch.randperm(len(pool), generator=generator)] for _ in range(39)]
    null = [test_loss(k, mixed[:200], mixed[200:]) for k, mixed in enumerate(splits)]
    return share_as_small(test_loss(seed, real, fake), torch.stack(null)) <= 0.05


def gap(said):
    """How far probabilities at 10,000 points of P, then of Q, are off on average, in ten bins."""
    is_real = torch.arange(20_000) < 10_000
    bins = [(said * 10).long().clamp(max=9) == k for k in range(10)]
    off = [(said[b].mean() - is_real[b].float().mean()).abs() * b.sum() for b in bins if b.any()]
    return sum(off) / len(said)


def heard(d):
    return d(torch.cat([points(P, 10_000, 3), points(Q, 10_000, 4)])).detach()[:, 0]


def loss_of(logits):
    return logistic_discriminator(logits[:10_000], logits[10_000:])


def trained_is_calibrated(seed):
    logits = heard(trained(seed))
    return gap(logits.sigmoid()) < 0.02 and loss_of(logits) < 1.1


def smoothing_is_not(seed):
    said = heard(trained(seed, smoothing=0.1)).sigmoid()
    return gap(said) > 0.02 > gap(said / 0.9)


def memory_is_not(seed):
    d = make_d(seed)
    few = [points(law, 20, 50 + 2 * seed + k).repeat(2, 1) for k, law in enumerate((P, Q))]
    score_held_out(d, logistic_discriminator, *few, steps=500)
    logits = heard(d)
    return gap(logits.sigmoid()) > 0.02 and loss_of(logits) > 1.1


def blocked(d, seed):
    """The share of fakes at 0 that get no gradient at all; reals are at 3."""
    fit(d, Gaussian1D(3.0), Gaussian1D(0.0), (seed,), steps=150)
    leaf = points(Gaussian1D(0.0), 2000, 9).requires_grad_()
    (gradients,) = torch.autograd.grad(d(leaf).sum(), leaf)
    return (gradients == 0).float().mean()


def leaky_never_blocks(seed):
    return blocked(make_d(seed), seed) == 0


def relu_blocks(seed):
    return blocked(nn.Sequential(make_d(seed, 0.0), nn.ReLU()), seed) > 0.5


CLAIMS = (
    Claim("D is off from the ratio by less than 0.02 on average", near_the_ratio),
    Claim("at x = −5, without data, D is too large by more than 0.5", misses_where_no_data_are),
    Claim("its loss gives the JSD, too small by 0.003 at most", near_the_distance),
    Claim("one distribution, points D was trained on: below 2 ln 2", seen_points_mislead, True),
    Claim("one distribution, held out: above 2 ln 2, the mean of 20", unseen_points_do_not),
    Claim("N(0, 1) against N(1, 1), 200 points each: p-value 0.05 at most", a_shift_is_found),
    Claim("a trained D is calibrated to 0.02, its loss below 1.1", trained_is_calibrated),
    Claim("a smoothed D is not, and divided by 0.9 it is", smoothing_is_not),
    Claim("a D that memorised 20 points of each kind is not, its loss above 1.1", memory_is_not),
    Claim("with leaky ReLU every fake gets a gradient", leaky_never_blocks),
    Claim("with ReLU throughout most fakes get none", relu_blocks),
)
