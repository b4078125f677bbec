"""Lesson 02, what the discriminator learns."""

import math

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy, logsigmoid, softplus

from ganlib.lessons.checks.core import Function, Value
from ganlib.lessons.toys import Gaussian1D, least_discriminator_loss

_FAR = torch.tensor([800.0, -800.0], dtype=torch.float64)


def _bce(real: Tensor, fake: Tensor) -> Tensor:
    """From probabilities."""
    return -torch.log(real).mean() - torch.log(1 - fake).mean()


discriminator_loss = Function(
    lambda real_logits, fake_logits: softplus(-real_logits).mean() + softplus(fake_logits).mean(),
    lambda draw: (draw(7), draw(5)),
    lambda r, f: _bce(r.sigmoid(), f.sigmoid()),
    "at ±800 the sigmoid is 0 or 1 and its logarithm infinite; use logsigmoid or softplus",
    lambda r, f: (
        binary_cross_entropy(r.sigmoid(), torch.ones_like(r))
        + binary_cross_entropy(f.sigmoid(), torch.zeros_like(f))
    ),
    "binary_cross_entropy cuts the loss off at 100; use binary_cross_entropy_with_logits",
    lambda r, f: _bce(r.sigmoid() + 1e-8, f.sigmoid() - 1e-8),
    "the small number hides the overflow: at −800 the loss is 18, not 800, and has no gradient",
    lambda r, f: softplus(-r.sigmoid()).mean() + softplus(f.sigmoid()).mean(),
    'two sigmoids: what you hand to a loss "with logits" has been through one already',
    lambda r, f: softplus(-r).mean() + softplus(-f).mean(),
    "your D loss falls when fakes score higher: the sign of the fake term is reversed",
    lambda r, f: softplus(r).mean() + softplus(-f).mean(),
    "the labels are exchanged: this D learns to call fakes real",
    lambda r, f: softplus(-r).mean(),
    "the fakes are missing: a D that calls everything real has a loss of 0",
    lambda r, f: torch.cat([softplus(-r), softplus(f)]).mean(),
    "one mean over all: D then learns how many reals and fakes you showed it. Take two means",
    lambda r, f: (softplus(-r).mean() + softplus(f).mean()) / 2,
    "half of it: the two means are added; at D = ½ that gives 2 ln 2",
    lambda r, f: logsigmoid(r).mean() + logsigmoid(-f).mean(),
    "this is the value V, which D maximises; its loss is −V",
    edges=[(_FAR, _FAR)],
    praise="right, in value and in gradient, even at logits of ±800",
)

optimal = Function(
    lambda p, q: p / (p + q),
    lambda draw: (draw(5).exp(), draw(5).exp()),
    lambda p, q: q / (p + q),
    "this is the probability of *fake*: p and q are exchanged",
    lambda p, q: p / q,
    "this is the ratio of the densities, 0 to infinity; D is the probability ratio/(1 + ratio)",
    lambda p, q: torch.log(p / q),
    "this is the best *logit*; D is the sigmoid of it",
    lambda p, q: (p > q).double(),
    "an indicator: the likelier kind, but not how much likelier, and no gradient",
    lambda p, q: torch.sigmoid(p - q),
    "it is the *logarithms* of p and q that are subtracted",
    lambda p, q: p,
    "a density is no probability, and where is q?",
    praise="right: only the ratio of the two densities matters",
)

optimal_logit = Function(
    lambda x, m: m**2 / 2 - m * x,
    lambda draw: (draw(5), draw()),
    lambda x, m: m * x - m**2 / 2,
    "the sign is reversed: this is log q − log p, which rises towards the fakes",
    lambda x, m: -m * x,
    "the constant is missing: D must be undecided halfway, at x = m/2, not at x = 0",
    lambda x, m: -m * x - m**2 / 2,
    "the sign of the constant: it is 0 at x = −m/2",
    lambda x, m: m**2 - 2 * m * x,
    "twice too steep: the squares are divided by 2σ² = 2",
    lambda x, m: torch.sigmoid(m**2 / 2 - m * x),
    "this is D; asked for is its logit",
    praise="right: for two normal distributions of equal spread the best logit is a line",
)

_LOSS = least_discriminator_loss(Gaussian1D(0.0), Gaussian1D(2.0))
jsd = Value(
    math.log(2) - _LOSS / 2,
    {
        2 * math.log(2) - _LOSS: "this is 2 JSD: divide by two",
        _LOSS: "this is the loss itself; solve loss = 2 ln 2 − 2 JSD for the JSD",
        1 - _LOSS / 2 / math.log(2): "this is in bits; here it is in nats, as the loss is",
        _LOSS / 2 - math.log(2): "the sign: a JSD is never below 0",
    },
    tolerance=2e-3,
    praise="right: about half of ln 2, the distance of two distributions that do not overlap",
)

smoothed_optimal = Function(
    lambda p, q, s: (1 - s) * p / (p + q),
    lambda draw: (draw(5).exp(), draw(5).exp(), 0.1),
    lambda p, q, s: p / (p + q),
    "s is not in it: this is D without smoothing",
    lambda p, q, s: (1 - s) * p / ((1 - s) * p + q),
    "the denominator stays p + q: of the real points, the share s now votes against D",
    lambda p, q, s: ((1 - s) * p + s * q) / (p + q),
    "the fakes' label is smoothed as well: D would be above 0 where there are fakes only",
    lambda p, q, s: p / (p + q) - s,
    "it is scaled, not shifted: a probability below 0?",
    lambda p, q, s: torch.clamp(p / (p + q), max=1 - s),
    "it is scaled everywhere, not cut off at 1 − s",
    praise="right: D* times 1 − s",
)
