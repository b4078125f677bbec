"""Lesson 01, a GAN of three numbers."""

import math

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from ganlib.core.losses import logistic_discriminator
from ganlib.lessons import three_numbers as three
from ganlib.lessons.checks.core import Function, Value
from ganlib.lessons.three_numbers import Numbers
from ganlib.lessons.three_numbers import discriminate as D

start_value = Value(
    -2 * math.log(2),
    {
        2 * math.log(2): "that is D's loss −V; V is a sum of logarithms of ½, so below 0",
        -math.log(2): "that is one of the two terms; the fakes are scored ½ as well",
        -2.0: "that is in bits; log is the natural logarithm here, as it is in torch",
        0.5: "that is D(x) at every point; V takes the logarithms",
    },
    tolerance=0.01,
    praise="2 log ½ = −2 ln 2: remember it, a fresh GAN starts near this number",
)

value = Function(
    lambda real_logits, fake_logits: -logistic_discriminator(real_logits, fake_logits),
    lambda draw: (draw(7), draw(5)),
    lambda r, f: -logsigmoid(r).mean() - logsigmoid(-f).mean(),
    "this is −V, the loss that D minimises; V itself is a sum of logarithms, so never above 0",
    lambda r, f: logsigmoid(r).mean() + logsigmoid(f).mean(),
    "it rises when fakes score higher: the second term is log(1 − D), not log D",
    lambda r, f: logsigmoid(-r).mean() + logsigmoid(f).mean(),
    "real and fake are exchanged: it rises when reals score lower",
    lambda r, f: torch.cat([logsigmoid(r), logsigmoid(-f)]).mean(),
    "one mean over all points: 7 reals then outweigh 5 fakes. Take two means and add them",
    lambda r, f: logsigmoid(r).sum() + logsigmoid(-f).sum(),
    "sums where means belong: V would grow with the batch",
    lambda r, f: r.sigmoid().mean() + (1 - f.sigmoid()).mean(),
    "the logarithms are missing: this averages the probabilities themselves",
    praise="right, in value and in gradient, for 7 reals and 5 fakes",
)


def _gradients(real: Tensor, fake: Tensor, pull: Tensor, push: Tensor) -> tuple[Tensor, Tensor]:
    return pull.mean() - push.mean(), (pull * real).mean() - (push * fake).mean()


discriminator_gradients = Function(
    lambda phi0, phi1, real, fake: _gradients(
        real, fake, 1 - D(real, phi0, phi1), D(fake, phi0, phi1)
    ),
    lambda draw: (draw(), draw(), draw(7), draw(5)),
    lambda a, b, x, g: _gradients(x, g, D(x, a, b) - 1, -D(g, a, b)),
    "the sign is reversed: this is the gradient of the loss −V",
    lambda a, b, x, g: _gradients(x / x, g / g, 1 - D(x, a, b), D(g, a, b)),
    "∂V/∂φ₁ lacks a factor: in the logit, φ₁ is multiplied by the point",
    lambda a, b, x, g: _gradients(x, g, D(x, a, b), D(g, a, b)),
    "the real term has D where 1 − D belongs: the surer D is of a real, the less it pulls",
    lambda a, b, x, g: _gradients(x, g, 1 - D(x, a, b), 1 - D(g, a, b)),
    "the fake term has 1 − D where D belongs: the surer D is of a fake, the less it pushes",
    lambda a, b, x, g: _gradients(
        x, g, D(x, a, b) * (1 - D(x, a, b)), D(g, a, b) * (1 - D(g, a, b))
    ),
    "this is the gradient of mean D(x) − mean D(G(z)): the logarithms are missing",
    differentiable=False,
    praise="right: what autograd finds, by hand",
)

g_step = Function(
    lambda theta, phi0, phi1, noise, rate: (
        theta + rate * phi1 * (1 - D(noise + theta, phi0, phi1)).mean()
    ),
    lambda draw: (draw(), draw(), draw(), draw(6), 0.1),
    lambda t, a, b, z, rate: t - rate * b * (1 - D(z + t, a, b)).mean(),
    "the sign is reversed: after this step G's points score lower. Step against the gradient",
    lambda t, a, b, z, rate: t + rate * b * D(z + t, a, b).mean(),
    "you minimise log(1 − D(G(z))): a loss of G too, but another one; lesson 03 compares them",
    lambda t, a, b, z, rate: t - rate * b * (D(z + t, a, b) * (1 - D(z + t, a, b))).mean(),
    'you minimise the article\'s mean D(G(z)): with "1 = real", G then learns to look fake',
    lambda t, a, b, z, rate: t + rate * (1 - D(z + t, a, b)).mean(),
    "the factor φ₁ is missing: it is the derivative of the logit with respect to θ",
    lambda t, a, b, z, rate: t + rate * b * (1 - D(z, a, b)).mean(),
    "D gets the noise z here; give it G(z) = z + θ",
    lambda t, a, b, z, rate: rate * b * (1 - D(z + t, a, b)).mean(),
    "this is the step alone; add it to the old θ",
    differentiable=False,
)


def _simultaneous(state: Numbers, real: Tensor, noise: Tensor, rate: float) -> Numbers:
    moved = three.d_step(state, real, noise, rate)
    return moved._replace(theta=three.g_step(state, noise, rate).theta)


train_round = Function(
    three.take_turns,
    lambda draw: (Numbers(draw(), draw(), draw()), draw(6), draw(6), 0.1),
    _simultaneous,
    "G's step uses the old D: that is a simultaneous update. Give g_step what d_step returned",
    lambda s, x, z, rate: three.d_step(three.g_step(s, z, rate), x, z, rate),
    "G is updated first here; first D, then G against the new D",
    three.one_optimiser,
    "one step on the sum of both losses: each network is also moved by the other's loss",
    lambda s, x, z, rate: three.d_step(s, x, z, rate),
    "θ has not moved: where is G's step?",
    lambda s, x, z, rate: three.g_step(s, z, rate),
    "φ has not moved: where is D's step?",
    differentiable=False,
    praise="right: two steps, each of one network by its own loss",
)
