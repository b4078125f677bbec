"""Lesson 07: what distances ask for and what judges see, for any targets and any weights."""

import torch
from torch.nn.functional import l1_loss

from ganlib.core.networks.patch_discriminator import PatchDiscriminator, PatchDiscriminatorConfig
from ganlib.lessons.towers import receptive_field
from ganlib.lessons.distances import best_guess, same_weight
from ganlib.core.reconstruction import distance
from seeds import Claim


def numbers(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def descend(targets, name, steps=2000, rate=0.05):
    """From 0, by steps along the slope that shrink."""
    guess = torch.zeros_like(targets[0])
    for step in range(steps):
        guess = guess.detach().requires_grad_()
        loss = len(guess) * distance(name)(guess.expand_as(targets), targets)
        (slope,) = torch.autograd.grad(loss, guess)
        guess = guess - rate / (1 + step / 100) * slope
    return guess.detach()


def arrives(seed):
    targets = numbers(seed, 5, 8)
    return all(
        (descend(targets, name) - best_guess(targets, name)).abs().max() < 0.02
        for name in ("l1", "l2")
    )


def erases(seed):
    """A line on paper, at one of five places in each of many drawings of a row of five pixels."""
    places = numbers(seed, 51, 5).argmax(1)
    drawings = 1 - 2 * torch.eye(5, dtype=torch.float64)[places]
    mean = best_guess(drawings, "l2")
    return bool((best_guess(drawings, "l1") == 1).all() and (mean < 1).all() and (mean > 0).all())


def sees_what_the_formula_says(seed):
    torch.manual_seed(seed)
    for levels in (1, 2):
        settings = PatchDiscriminatorConfig(64, 2, 4, spectral_norm=True, levels=levels)
        judge = PatchDiscriminator(settings)
        image = torch.rand(1, 3, 64, 64, requires_grad=True)
        logits = judge(image)
        middle = logits.shape[-1] // 2
        (slope,) = torch.autograd.grad(logits[0, 0, middle, middle], image)
        seen = (slope.abs().sum((0, 1, 3)) > 0).sum().item()
        if seen != 2 * receptive_field(*judge.layout()):
            return False
    return True


def means_the_same(seed):
    drawn, twin = numbers(seed, 2, 3, 8, 8).requires_grad_(), numbers(seed + 100, 2, 3, 8, 8)
    (slope,) = torch.autograd.grad(100 * l1_loss(drawn, twin), drawn)
    for scale, summed in ((0.5, 1), (127.5, 1), (127.5, 384)):
        weight = same_weight(100, scale, 1, summed)
        loss = weight * summed * l1_loss(scale * drawn + scale, scale * twin + scale)
        if not torch.allclose(torch.autograd.grad(loss, drawn)[0], slope, rtol=1e-12):
            return False
    return True


CLAIMS = (
    Claim("descent on L1 arrives at the median, on L2 at the mean", arrives),
    Claim("a line at one of five places: L1 rubs it out, L2 smears it", erases, True),
    Claim("a logit's slope reaches exactly the pixels of the formula", sees_what_the_formula_says),
    Claim("λ in other units gives the same slopes", means_the_same, True),
)
