"""Lesson 07: what minimises distances, and what discriminators see."""

import torch
from torch.nn.functional import l1_loss

from ganlib.core.networks.patch_discriminator import PatchDiscriminator, PatchDiscriminatorConfig
from ganlib.core.reconstruction import DISTANCES
from ganlib.lessons.edges import best_guess, same_weight
from ganlib.lessons.towers import layout, receptive_field
from seeds import Claim


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
    return all(
        (descent(targets, name) - best_guess(targets, name)).abs().max() < 0.02
        for name in ("l1", "l2")
    )


def erases(seed):
    """A line on paper, at one of five places in each of many drawings of a row of five pixels."""
    places = numbers(seed, 51, 5).argmax(1)
    drawings = 1 - 2 * torch.eye(5, dtype=torch.float64)[places]
    mean = best_guess(drawings, "l2")
    return bool((best_guess(drawings, "l1") == 1).all() and (mean < 1).all() and (mean > 0).all())


def sees_as_much(seed):
    torch.manual_seed(seed)
    for levels in (1, 2):
        config = PatchDiscriminatorConfig(64, 2, 4, spectral_norm=True, levels=levels)
        d = PatchDiscriminator(config)
        image = torch.rand(1, 3, 64, 64, requires_grad=True)
        logits = d(image)
        middle = logits.shape[-1] // 2
        (gradient,) = torch.autograd.grad(logits[0, 0, middle, middle], image)
        seen = (gradient.abs().sum((0, 1, 3)) > 0).sum().item()
        if seen != 2 * receptive_field(*layout(d)):
            return False
    return True


def means_the_same(seed):
    drawn, twin = numbers(seed, 2, 3, 8, 8).requires_grad_(), numbers(seed + 100, 2, 3, 8, 8)
    (gradient,) = torch.autograd.grad(100 * l1_loss(drawn, twin), drawn)
    for scale, summed in ((0.5, 1), (127.5, 1), (127.5, 384)):
        weight = same_weight(100, scale, 1, summed)
        loss = weight * summed * l1_loss(scale * drawn + scale, scale * twin + scale)
        if not torch.allclose(torch.autograd.grad(loss, drawn)[0], gradient, rtol=1e-12):
            return False
    return True


CLAIMS = (
    Claim("gradient descent on L1 arrives at the median, on L2 at the mean", arrives),
    Claim("a line at one of five places: L1 rubs it out, L2 smears it", erases, True),
    Claim("a logit's gradient reaches exactly the pixels of the formula", sees_as_much),
    Claim("λ in other units gives the same gradients", means_the_same, True),
)
