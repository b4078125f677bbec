"""Lesson 09: few drawings are memorised, and less so with DiffAugment; what a backward model
removes."""

from functools import cache

import torch

from ganlib.core.augment import diff_augment
from ganlib.core.losses import logistic_discriminator
from ganlib.core.networks.patch_discriminator import PatchDiscriminator, PatchDiscriminatorConfig
from ganlib.lessons.budget import threads
from ganlib.lessons.discriminators import fit, memorised
from ganlib.lessons.mlp import MLP, MLPConfig
from ganlib.lessons.toys import Gaussian1D
from seeds import SEEDS, Claim


class FixedPoints:
    """So many fixed points, from which every batch is drawn."""

    def __init__(self, n, seed=0):
        self.points = Gaussian1D(0.0).sample(n, torch.Generator().manual_seed(seed))

    def sample(self, n, generator):
        return self.points[torch.randint(len(self.points), (n,), generator=generator)]


@cache
@threads(1)
def memories(n):
    """r of ten discriminators that see the same n points of N(0, 1) again and again; fakes are
    N(1, 1)."""
    d, few, fakes = MLP(MLPConfig(1, 1, 32, 2), SEEDS), FixedPoints(n), Gaussian1D(1.0)
    fit(d, few, fakes, SEEDS, steps=600, batch=64)
    generator = torch.Generator().manual_seed(99)
    sets = few.points, Gaussian1D(0.0).sample(2000, generator), fakes.sample(2000, generator)
    with torch.no_grad():
        logits = [d(points.expand(len(SEEDS), -1, -1))[..., 0] for points in sets]
    return [memorised(*rows).item() for rows in zip(*logits, strict=True)]


def few_are_memorised(seed):
    return memories(8)[seed] > 0.3 and abs(memories(4000)[seed]) < 0.15


def pictures(n, generator, mean=0.0):
    """Smooth random pictures (n, 3, 16, 16)."""
    coarse = mean + torch.randn(n, 3, 4, 4, generator=generator)
    return torch.nn.functional.interpolate(coarse, size=16, mode="bicubic").tanh()


@threads(1)
def memory(seed, policy, steps=300):
    """r of a D that tells 16 pictures from fakes which are a little lighter."""
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    d = PatchDiscriminator(PatchDiscriminatorConfig(16, 1, 16, levels=2))
    optimiser = torch.optim.Adam(d.parameters(), 6e-4, betas=(0.5, 0.99))
    seen, further = pictures(16, generator), pictures(64, generator)
    for _ in range(steps):
        both = torch.cat([seen, pictures(16, generator, mean=0.1)])
        loss = logistic_discriminator(*d(diff_augment(both, policy)).chunk(2))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    fakes = pictures(64, generator, mean=0.1)
    with torch.no_grad():
        return memorised(*(d(each) for each in (seen, further, fakes))).item()


def changes_help(seed):
    return memory(seed, "color,translation,cutout") < memory(seed, "")


def line(given, wanted):
    """(coefficient, intercept) of the best line, by least squares."""
    sides = torch.stack([given, torch.ones_like(given)], 1)
    return torch.linalg.lstsq(sides, wanted[:, None]).solution[:, 0]


def removes_noise_alone(seed):
    """Drawings are half of the people. A first G errs at random, and always by 0.3."""
    generator = torch.Generator().manual_seed(seed)
    people, others, noise = torch.randn(3, 2000, generator=generator)
    guesses = people / 2 + 0.3 + 0.1 * noise
    coefficient, intercept = line(guesses, people)
    drawings = others / 2
    learnt = line(coefficient * drawings + intercept, drawings)
    errors = learnt[0] * people + learnt[1] - people / 2
    return abs(errors.mean() - 0.3) < 0.01 and errors.std() < 0.03


CLAIMS = (
    Claim("back-translation removes noise, and no constant error", removes_noise_alone, True),
    Claim("8 points are memorised, 4000 are not", few_are_memorised, True),
    Claim("of 16 pictures D memorises less with DiffAugment", changes_help),
)
