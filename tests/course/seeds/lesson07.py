"""Lesson 07: what minimises distances, what λ weighs, and where the live run arrives."""

import torch
from torch.nn.functional import l1_loss

from benchmarks.lambda_sweep import Scale, play
from ganlib.core.reconstruction import DISTANCES
from ganlib.lessons.checks.lesson07 import best_guesses, same_weight
from seeds import Claim

LIVE = Scale(images=8000, start=0, runs=10, twins=600)
"""As in the lesson, on a CPU."""


def numbers(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def descent(targets, name, steps=2000, rate=0.05):
    """Gradient descent from 0, at a learning rate that falls."""
    guess = torch.zeros_like(targets[0])
    for step in range(steps):
        guess = guess.detach().requires_grad_()
        loss = len(guess) * DISTANCES[name](guess.expand_as(targets), targets)
        (gradient,) = torch.autograd.grad(loss, guess)
        guess = guess - rate / (1 + step / 100) * gradient
    return guess.detach()


def arrives(seed):
    targets = numbers(seed, 5, 8)
    best = zip(("l1", "l2"), best_guesses.reference(targets), strict=True)
    return all((descent(targets, name) - answer).abs().max() < 0.02 for name, answer in best)


def erases(seed):
    """A line on paper, at one of five places in each of many drawings of a row of five pixels."""
    places = numbers(seed, 51, 5).argmax(1)
    drawings = 1 - 2 * torch.eye(5, dtype=torch.float64)[places]
    median, mean = best_guesses.reference(drawings)
    return bool((median == 1).all() and (mean < 1).all() and (mean > 0).all())


def means_the_same(seed):
    drawn, twin = numbers(seed, 2, 3, 8, 8).requires_grad_(), numbers(seed + 100, 2, 3, 8, 8)
    (gradient,) = torch.autograd.grad(100 * l1_loss(drawn, twin), drawn)
    for scale, summed in ((0.5, 1), (127.5, 1), (127.5, 384)):
        weight = same_weight(100, scale, 1, summed)
        loss = weight * summed * l1_loss(scale * drawn + scale, scale * twin + scale)
        if not torch.allclose(torch.autograd.grad(loss, drawn)[0], gradient, rtol=1e-12):
            return False
    return True


def translates(seed):
    return play("100", LIVE, seed)[0]["ratio"] <= 0.30


CLAIMS = (
    Claim("gradient descent on L1 arrives at the median, on L2 at the mean", arrives),
    Claim("a line at one of five places: L1 rubs it out, L2 smears it", erases, True),
    Claim("λ in other units gives the same gradients", means_the_same, True),
    Claim("the live translator ends at 0.30 of the copy's error or less", translates),
)
