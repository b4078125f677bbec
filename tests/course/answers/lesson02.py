"""Answers to lesson 02, from torch's own losses and from other ways round the same formulae."""

import math

import torch
from torch.nn.functional import binary_cross_entropy as bce
from torch.nn.functional import binary_cross_entropy_with_logits as logit_bce


def loss(r, f):
    return logit_bce(r, torch.ones_like(r)) + logit_bce(f, torch.zeros_like(f))


def joined(r, f):
    labels = torch.cat([torch.ones_like(r), torch.zeros_like(f)])
    return logit_bce(torch.cat([r, f]), labels)


def from_probabilities(r, f):
    d_real, d_fake = 1 / (1 + torch.exp(-r)), 1 / (1 + torch.exp(-f))
    return -d_real.log().mean() - (1 - d_fake).log().mean()


def clamped(r, f):
    ones, zeros = torch.ones_like(r), torch.zeros_like(f)
    return bce(r.sigmoid(), ones) + bce(f.sigmoid(), zeros)


def two_sigmoids(r, f):
    return loss(torch.sigmoid(r), torch.sigmoid(f))


def normal(x, mean):
    return torch.distributions.Normal(mean, 1.0).log_prob(x)


ANSWERS = {
    "discriminator_loss": (
        [loss, lambda r, f: torch.logaddexp(0 * r, -r).mean() + torch.logaddexp(0 * f, f).mean()],
        [
            (from_probabilities, "logarithm infinite"),
            (clamped, "cuts the loss off at 100"),
            (two_sigmoids, "two sigmoids"),
            (lambda r, f: loss(r, -f), "falls when fakes score higher"),
            (lambda r, f: loss(-r, -f), "labels are exchanged"),
            (lambda r, f: logit_bce(r, torch.ones_like(r)), "the fakes are missing"),
            (joined, "one mean over all"),
            (lambda r, f: loss(r, f) / 2, "half of it"),
            (lambda r, f: -loss(r, f), "this is the value V"),
            (lambda r, f: loss(r, f.detach()), "no gradient reaches fake_logits"),
            (lambda r, f: loss(r, f).detach(), "no gradient reaches real_logits"),
            (lambda r, f: -r.mean() + f.mean(), "it gives"),
        ],
    ),
    "optimal": (
        [lambda p, q: torch.sigmoid(p.log() - q.log()), lambda p, q: 1 / (1 + q / p)],
        [
            (lambda p, q: 1 - p / (p + q), "p and q are exchanged"),
            (lambda p, q: torch.exp(p.log() - q.log()), "the ratio of the densities"),
            (lambda p, q: p.log() - q.log(), "the best *logit*"),
            (lambda p, q: torch.where(p > q, 1.0, 0.0), "an indicator"),
            (lambda p, q: 1 / (1 + torch.exp(q - p)), "*logarithms*"),
            (lambda p, q: p + 0 * q, "no probability"),
        ],
    ),
    "optimal_logit": (
        [lambda x, m: normal(x, torch.zeros_like(m)) - normal(x, m)],
        [
            (lambda x, m: normal(x, m) - normal(x, torch.zeros_like(m)), "rises towards the fakes"),
            (lambda x, m: -x * m, "constant is missing"),
            (lambda x, m: -m * (x + m / 2), "the sign of the constant"),
            (lambda x, m: (x - m) ** 2 - x**2, "twice too steep"),
            (
                lambda x, m: 1 / (1 + torch.exp(normal(x, m) - normal(x, 0 * m))),
                "asked for is its logit",
            ),
        ],
    ),
    "jsd": (
        [0.3368, torch.tensor(0.33684)],
        [
            (2 * math.log(2) - 0.7126, "divide by two"),
            (0.7126, "the loss itself"),
            (0.33684 / math.log(2), "in bits"),
            (-0.3368, "the sign"),
            (1.0493, "is not it"),
        ],
    ),
    "smoothed_optimal": (
        [lambda p, q, s: (p - s * p) / (p + q)],
        [
            (lambda p, q, s: torch.sigmoid(torch.log(p / q)), "without smoothing"),
            (lambda p, q, s: 1 / (1 + q / (p - s * p)), "the denominator stays"),
            (
                lambda p, q, s: (1 - s) * p / (p + q) + s * (1 - p / (p + q)),
                "the fakes' label is smoothed as well",
            ),
            (lambda p, q, s: (p - s * (p + q)) / (p + q), "scaled, not shifted"),
            (lambda p, q, s: torch.minimum(p / (p + q), 0 * p + 1 - s), "not cut off"),
        ],
    ),
}
