"""Lesson 01: a GAN of three numbers, trained well and badly."""

import torch

from ganlib.lessons.three_numbers import (
    NOISE,
    REAL,
    d_step,
    g_step,
    numbers,
    one_optimiser,
    train,
    value,
)
from seeds import Claim


def points(seed):
    generator = torch.Generator().manual_seed(1000 + seed)
    return [each.sample(1000, generator)[:, 0].double() for each in (REAL, NOISE)]


def settles(seed):
    *_, last = states = train(seed)
    overshoots = max(state.theta for state in states) > 3.5
    return overshoots and abs(last.theta - 3) < 0.1 and abs(last.phi1) < 0.1


def over_only_at_the_end(seed):
    real, noise = points(seed)
    can_tell = []
    for state in (numbers(), train(seed)[-1]):
        for _ in range(200):
            state = d_step(state, real, noise, 0.2)
        can_tell.append(-value(state, real, noise) < 1.3)
    return can_tell == [True, False]


def diverges(seed):
    return train(seed, round_=one_optimiser)[-1].theta < -2


def follows_an_untrained_d(seed):
    _, noise = points(seed)
    state = numbers(phi1=0.5)
    for _ in range(600):
        state = g_step(state, noise, 0.2)
    return state.theta > 6


CLAIMS = (
    Claim("θ overshoots 3.5 and ends within 0.1 of 3, φ₁ within 0.1 of 0", settles, True),
    Claim(
        "D, trained further, tells fakes from reals at the start, not at the end",
        over_only_at_the_end,
        True,
    ),
    Claim("with one optimiser for both, θ ends below −2", diverges, True),
    Claim("with an untrained D, θ ends above 6", follows_an_untrained_d, True),
)
