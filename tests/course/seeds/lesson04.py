"""Lesson 04: the loop on the line and on the ring. It is the reference of the exercise."""

import torch
from torch import nn

from ganlib.core.losses import logistic_discriminator, nonsaturating_generator
from ganlib.lessons import toys
from ganlib.lessons.budget import threads
from ganlib.lessons.checks import lesson04 as check
from seeds import Claim

RING = toys.Mixture(toys.ring().modes, 0.05)


def bumps(n, draw):
    centres = 2 * torch.randint(2, (n, 1), generator=draw) - 1
    return centres + 0.2 * torch.randn(n, 1, generator=draw)


def mlp(inputs, outputs, slope, width=64):
    sizes, layers = [inputs, width, width, width, outputs], []
    for into, out in zip(sizes, sizes[1:], strict=False):
        layers += [nn.Linear(into, out), nn.LeakyReLU(slope)]
    return nn.Sequential(*layers[:-1])


@threads(1)
def learn(sample, dims, gammas, steps, seed):
    """As in the lesson: real points, fakes, and both losses, all held out, at the end."""
    torch.manual_seed(seed)
    g, d = mlp(dims, dims, 0.0), mlp(dims, 1, 0.2)
    draws = [torch.Generator().manual_seed(2 * seed + i) for i in (0, 1)]
    real = sample(2000, torch.Generator().manual_seed(98))
    noise = torch.randn(2000, dims)
    fresh = (lambda: sample(128, draws[0])), (lambda: torch.randn(128, dims, generator=draws[1]))
    for gamma, lr in zip(gammas, (2**-9, 2**-11), strict=True):
        check.train.reference(g, d, *fresh, steps, lr, gamma)
    with torch.no_grad():
        fake = g(noise)
        losses = logistic_discriminator(d(real), d(fake)), nonsaturating_generator(d(fake))
    return fake, [loss.item() for loss in losses]


def on_the_line(seed):
    fake, _ = learn(bumps, 1, (0.02, 0.02), 750, seed)
    right, gap = (fake > 0).double().mean(), (fake.abs() < 0.4).double().mean()
    return 0.25 < right < 0.75 and gap < 0.2


def spread(points):
    """Standard deviation within a mode, about the mean of its own samples within 3σ."""
    far, mode = torch.cdist(points, RING.centres).min(1)
    own = [points[(mode == k) & (far <= 3 * RING.sigma)] for k in range(8)]
    return torch.cat([x - x.mean(0) for x in own]).square().mean().sqrt()


def on_the_ring(seed):
    fake, (l_d, l_g) = learn(RING.sample, 2, (0.01, 0.001), 2000, seed)
    report = toys.mode_report(fake, RING)
    undecided = abs(l_d - 1.3863) < 0.1 and abs(l_g - 0.6931) < 0.1
    narrower = spread(fake) < spread(RING.sample(2000, torch.Generator().manual_seed(98)))
    return report.modes >= 7 and report.quality >= 0.9 and undecided and narrower


CLAIMS = (
    Claim("two bumps: 0.25 to 0.75 right of 0, less than 0.2 in the gap", on_the_line),
    Claim("ring: 7 of 8 modes, quality 0.9, losses near 2 ln 2 and ln 2, narrower", on_the_ring),
)
