"""Lesson 01, the game with three numbers."""

import math

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from ganlib.lessons import three_numbers as game
from ganlib.lessons.checks.core import Function, Mistake, Value
from ganlib.lessons.three_numbers import Numbers, judge

start_value = Value(
    -2 * math.log(2),
    Mistake(2 * math.log(2), "that is D's loss −V; V is a sum of logarithms of ½, so below 0"),
    Mistake(-math.log(2), "that is one of the two terms; the fakes are scored ½ as well"),
    Mistake(-2.0, "that is in bits; log is the natural logarithm here, as it is in torch"),
    Mistake(0.5, "that is what D says of every point; V takes the logarithms"),
    tolerance=0.01,
    praise="2 log ½ = −2 ln 2: remember it, a fresh GAN starts near this number",
)

value = Function(
    lambda real_logits, fake_logits: (
        logsigmoid(real_logits).mean() + logsigmoid(-fake_logits).mean()
    ),
    lambda draw: (draw(7), draw(5)),
    Mistake(
        lambda r, f: -logsigmoid(r).mean() - logsigmoid(-f).mean(),
        "this is −V, the loss that D descends; V itself is a sum of logarithms, so never above 0",
    ),
    Mistake(
        lambda r, f: logsigmoid(r).mean() + logsigmoid(f).mean(),
        "it rises when fakes score higher: the second term is log(1 − D), not log D",
    ),
    Mistake(
        lambda r, f: logsigmoid(-r).mean() + logsigmoid(f).mean(),
        "real and fake are exchanged: it rises when reals score lower",
    ),
    Mistake(
        lambda r, f: torch.cat([logsigmoid(r), logsigmoid(-f)]).mean(),
        "one mean over all points: 7 reals then outweigh 5 fakes. Take two means and add them",
    ),
    Mistake(
        lambda r, f: logsigmoid(r).sum() + logsigmoid(-f).sum(),
        "sums where means belong: V would grow with the batch",
    ),
    Mistake(
        lambda r, f: r.sigmoid().mean() + (1 - f.sigmoid()).mean(),
        "the logarithms are missing: this averages the probabilities themselves",
    ),
    praise="right, in value and in gradient, for 7 reals and 5 fakes",
)


def _slopes(real: Tensor, fake: Tensor, pull: Tensor, push: Tensor) -> tuple[Tensor, Tensor]:
    return pull.mean() - push.mean(), (pull * real).mean() - (push * fake).mean()


discriminator_slopes = Function(
    lambda phi0, phi1, real, fake: _slopes(
        real, fake, 1 - judge(real, phi0, phi1), judge(fake, phi0, phi1)
    ),
    lambda draw: (draw(), draw(), draw(7), draw(5)),
    Mistake(
        lambda a, b, x, g: _slopes(x, g, judge(x, a, b) - 1, -judge(g, a, b)),
        "the sign is turned: these are the slopes of the loss −V",
    ),
    Mistake(
        lambda a, b, x, g: _slopes(x / x, g / g, 1 - judge(x, a, b), judge(g, a, b)),
        "the slope by φ₁ lacks a factor: in the logit, φ₁ is multiplied by the point",
    ),
    Mistake(
        lambda a, b, x, g: _slopes(x, g, judge(x, a, b), judge(g, a, b)),
        "the real term has D(x) where 1 − D(x) belongs: what D is sure of already pulls least",
    ),
    Mistake(
        lambda a, b, x, g: _slopes(x, g, 1 - judge(x, a, b), 1 - judge(g, a, b)),
        "the fake term has 1 − D where D belongs: a fake that D sees through pushes least",
    ),
    Mistake(
        lambda a, b, x, g: _slopes(
            x,
            g,
            judge(x, a, b) * (1 - judge(x, a, b)),
            judge(g, a, b) * (1 - judge(g, a, b)),
        ),
        "these are the slopes of mean D(x) − mean D(G(z)): the logarithms are missing",
    ),
    differentiable=False,
    praise="right: what autograd finds, by hand",
)

g_step = Function(
    lambda theta, phi0, phi1, noise, rate: (
        theta + rate * phi1 * (1 - judge(noise + theta, phi0, phi1)).mean()
    ),
    lambda draw: (draw(), draw(), draw(), draw(6), 0.1),
    Mistake(
        lambda t, a, b, z, rate: t - rate * b * (1 - judge(z + t, a, b)).mean(),
        "G walks uphill: after this step its points score lower. A loss is descended",
    ),
    Mistake(
        lambda t, a, b, z, rate: t + rate * b * judge(z + t, a, b).mean(),
        "you descend log(1 − D(G(z))): a loss of G too, but another one; lesson 03 compares them",
    ),
    Mistake(
        lambda t, a, b, z, rate: (
            t - rate * b * (judge(z + t, a, b) * (1 - judge(z + t, a, b))).mean()
        ),
        'you descend the article\'s mean D(G(z)): with "1 = real", G then learns to be caught',
    ),
    Mistake(
        lambda t, a, b, z, rate: t + rate * (1 - judge(z + t, a, b)).mean(),
        "the factor φ₁ is missing: this is the slope by the logit, and θ moves the logit by φ₁",
    ),
    Mistake(
        lambda t, a, b, z, rate: t + rate * b * (1 - judge(z, a, b)).mean(),
        "D judges the noise z here; show it G(z) = z + θ",
    ),
    Mistake(
        lambda t, a, b, z, rate: rate * b * (1 - judge(z + t, a, b)).mean(),
        "this is the step alone; add it to the θ that was there",
    ),
    differentiable=False,
)


def _simultaneous(state: Numbers, real: Tensor, noise: Tensor, rate: float) -> Numbers:
    moved = game.d_step(state, real, noise, rate)
    return moved._replace(theta=game.g_step(state, noise, rate).theta)


play_round = Function(
    game.take_turns,
    lambda draw: (Numbers(draw(), draw(), draw()), draw(6), draw(6), 0.1),
    Mistake(
        _simultaneous,
        "G answers the D of before: that is simultaneous play. Give g_step what d_step returned",
    ),
    Mistake(
        lambda s, x, z, rate: game.d_step(game.g_step(s, z, rate), x, z, rate),
        "G moves first here; let D move, and G answer",
    ),
    Mistake(
        game.one_optimiser,
        "one step for all three numbers down the sum of both losses: each player also moves by "
        "the other's loss",
    ),
    Mistake(
        lambda s, x, z, rate: game.d_step(s, x, z, rate), "θ has not moved: where is G's step?"
    ),
    Mistake(lambda s, x, z, rate: game.g_step(s, z, rate), "φ has not moved: where is D's step?"),
    differentiable=False,
    praise="right: two steps, two players, each with its own numbers",
)
