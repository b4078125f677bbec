"""Lesson 04: more steps of D in each round, and a fresh D at the end."""

import torch

from ganlib.lessons import three_numbers as three
from seeds import Claim


def peak(seed, k):
    def round_(state, real, noise, rate):
        for _ in range(k):
            state = three.d_step(state, real, noise, rate)
        return three.g_step(state, noise, rate)

    return max(state.theta for state in three.train(seed, 300, round_=round_))


def faster_d(seed):
    return peak(seed, 1) > 3.5 > peak(seed, 10)


def cannot_tell(seed):
    generator = torch.Generator().manual_seed(1000)
    real, noise = (law.sample(4000, generator)[:, 0].double() for law in (three.REAL, three.NOISE))
    d = three.numbers(theta=three.train(seed)[-1].theta.item())
    for _ in range(300):
        d = three.d_step(d, real, noise, 0.2)
    return -three.value(d, real, noise) > 1.3


CLAIMS = (
    Claim("θ overshoots 3.5 with 1 step of D a round, not with 10", faster_d),
    Claim("after 600 rounds a fresh D does not get below 1.3", cannot_tell, True),
)
