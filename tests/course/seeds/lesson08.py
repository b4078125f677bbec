"""Lesson 08: a little noise destroys a hidden person; few drawings are memorised."""

from functools import cache

import torch

from ganlib.core.reconstruction import l1, low_frequency
from ganlib.data.tones import exposure_weights
from ganlib.lessons import hiding
from ganlib.lessons.budget import threads
from ganlib.lessons.discriminators import fit, memorised
from ganlib.lessons.mlp import MLP, MLPConfig
from ganlib.lessons.toys import Gaussian1D
from seeds import SEEDS, Claim


def pictures(seed, n=8, size=32):
    """Smooth random pictures (n, 3, size, size) in [-1, 1]."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.randn(n, 3, 4, 4, generator=generator)
    return torch.nn.functional.interpolate(coarse, size=size, mode="bicubic").tanh()


def nothing_is_lost(seed):
    photo, drawing = pictures(seed), pictures(1000 + seed)
    return l1(hiding.seek(hiding.hide(photo, drawing)), photo) < 1e-4


def the_low_frequencies_see_the_stranger(seed):
    photo, drawing = pictures(seed), pictures(1000 + seed)
    carrier = hiding.hide(photo, drawing)
    return abs(low_frequency(carrier, photo, 8) - low_frequency(drawing, photo, 8)) < 0.01


def the_likeliest_exposure_is_near(seed):
    """Drawings of four tones with a normal law, photographs exposed by half a stop more or less."""
    generator = torch.Generator().manual_seed(seed)
    factor = torch.randn(4, 4, generator=generator)
    drawings = torch.randn(500, 4, generator=generator) @ factor.T
    exposures = 0.5 * torch.randn(500, generator=generator)
    found = (drawings + exposures[:, None]) @ exposure_weights(torch.cov(drawings.T), 0.5)
    return (found - exposures).square().mean() < 0.98 * exposures.square().mean()


def noise_as_on_paper(seed):
    photo, drawing = pictures(seed, n=32), pictures(1000 + seed, n=32)
    generator = torch.Generator().manual_seed(seed)
    noise = 0.004 * torch.randn(photo.shape, generator=generator)
    error = l1(hiding.seek(hiding.hide(photo, drawing) + noise), photo)
    return abs(error / hiding.noise_error(0.004, 0.02) - 1) < 0.02


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


CLAIMS = (
    Claim("hidden in a stranger's drawing, a person comes back to 0.0001", nothing_is_lost, True),
    Claim("the low frequencies see the stranger", the_low_frequencies_see_the_stranger, True),
    Claim(
        "the likeliest exposure is nearer to the true one than 0",
        the_likeliest_exposure_is_near,
        True,
    ),
    Claim("noise of 0.004 costs what (08.8) says, to 2 %", noise_as_on_paper, True),
    Claim("back-translation removes noise, and no constant error", removes_noise_alone, True),
    Claim("8 points are memorised, 4000 are not", few_are_memorised, True),
)
