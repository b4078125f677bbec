"""Lesson 05: what is measured in the plane, by sums, by an integral and by trying all pairings."""

import itertools

import torch
from numpy.polynomial.legendre import leggauss

from bindings import Binding
from ganlib.core import penalties
from ganlib.lessons import clinic, toys


def sigmoid(a):
    return 1 / (1 + torch.exp(-a))


def within(radius):
    """The density s·exp(-s²/2) of the distance, summed from 0 to r by Gauss's rule."""
    nodes, weights = (torch.tensor(w, dtype=torch.float64) for w in leggauss(30))
    s = radius * (nodes + 1) / 2
    return (weights * s * torch.exp(-(s**2) / 2)).sum() * radius / 2


def kl(logits):
    share = torch.exp(logits) / torch.exp(logits).sum()
    return sum(h * torch.log(8 * h) for h in share)


def cheapest(x, y):
    costs = [
        sum(((x[i] - y[j]) ** 2).sum() ** 0.5 for i, j in enumerate(order)) / len(x)
        for order in itertools.permutations(range(len(x)))
    ]
    return min(costs)


def score(points, a, b):
    """A discriminator with a gradient that can be written down: tanh(x · a) + b · x²."""
    return torch.tanh(points @ a) + (b * points**2).sum(1)


def gradient_squared(points, a, b):
    gradient = (1 - torch.tanh(points @ a) ** 2)[:, None] * a + 2 * b * points
    return (gradient**2).sum(1).mean() / 2


def undecided(fake):
    return sum(-torch.log(sigmoid(a)) - torch.log(1 - sigmoid(a)) for a in fake) / len(fake)


BINDINGS = {
    "05.1": Binding(
        lambda radius: toys.share_within(float(radius)),
        within,
        lambda draw: (draw().abs() + 1,),
        step=1e-5,
        rtol=1e-8,
    ),
    "05.2": Binding(lambda a: toys.reverse_kl(torch.softmax(a, 0)), kl, lambda draw: (draw(8),)),
    "05.3": Binding(
        toys.wasserstein1, cheapest, lambda draw: (draw(5, 2), draw(5, 2)), step=1e-6, rtol=1e-7
    ),
    "05.4": Binding(
        lambda x, a, b: (
            (penalties.r1(lambda p: score(p, a, b), x) + penalties.r2(lambda p: score(p, a, b), x))
            / 2
        ),
        lambda x, a, b: gradient_squared(x.detach(), a, b),
        lambda draw: (draw(6, 2), draw(2), draw(2)),
    ),
    "05.5": Binding(clinic.undetached_generator, undecided, lambda draw: (draw(6),)),
}
