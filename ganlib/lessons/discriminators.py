"""Discriminators alone: trained between two fixed distributions, many at a time."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from ganlib.core.losses import logistic_discriminator
from ganlib.lessons.budget import threads
from ganlib.lessons.toys import Gaussian1D


@threads(1)
def fit(
    d: nn.Module,
    real: Gaussian1D,
    fake: Gaussian1D,
    seeds: Sequence[int],
    steps: int = 500,
    batch: int = 256,
    lr: float = 1e-2,
    loss: Callable[[Tensor, Tensor], Tensor] = logistic_discriminator,
) -> None:
    """Train a stack of S discriminators (`mlp.MLP`) in place by Adam, as independent runs.

    In each step run s gets `batch` fresh points of each kind, which `seeds[s]` decides. `loss` of
    real and fake logits is a mean over all of them. `lr` falls to 0 along half a cosine.
    """
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    optimiser = torch.optim.Adam(d.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        points = (torch.stack([p.sample(batch, g) for g in generators]) for p in (real, fake))
        # Times S: every run then has the gradients of its own mean.
        total = len(generators) * loss(*(d(each) for each in points))
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        schedule.step()


def memorised(seen: Tensor, held_out: Tensor, fake: Tensor) -> Tensor:
    """(E D(seen) - E D(held out)) / (E D(seen) - E D(fake)), of logits (Karras et al. 2020, eq. 1).

    0: held-out drawings score like those that D was trained on; 1: they score like fakes, so D has
    memorised its training set.
    """
    return (seen.mean() - held_out.mean()) / (seen.mean() - fake.mean())
