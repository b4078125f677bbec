"""Lesson 04: a judge with a faster clock, and a fresh judge at the end."""

import torch

from ganlib.lessons import three_numbers as three
from seeds import Claim


def peak(seed, k):
    def round_(state, real, noise, rate):
        for _ in range(k):
            state = three.d_step(state, real, noise, rate)
        return three.g_step(state, noise, rate)

    return max(state.theta for state in three.play(seed, 300, round_=round_))


def faster_judge(seed):
    return peak(seed, 1) > 3.5 > peak(seed, 10)


def cannot_tell(seed):
    generator = torch.Generator().manual_seed(1000)
    real, noise = (law.sample(4000, generator)[:, 0].double() for law in (three.REAL, three.NOISE))
    judge = three.numbers(theta=three.play(seed)[-1].theta.item())
    for _ in range(300):
        judge = three.d_step(judge, real, noise, 0.2)
    return -three.value(judge, real, noise) > 1.3


CLAIMS = (
    Claim("θ overshoots 3.5 with 1 step of D a round, not with 10", faster_judge),
    Claim("after 600 rounds a fresh judge does not get below 1.3", cannot_tell, True),
)
