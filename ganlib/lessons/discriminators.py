"""Discriminators alone: trained between two distributions that stand still, many at a time."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from ganlib.core.losses import logistic_discriminator
from ganlib.lessons.budget import threads
from ganlib.lessons.toys import Gaussian1D, Mixture


@threads(1)
def fit(
    judge: nn.Module,
    real: Gaussian1D | Mixture,
    fake: Gaussian1D | Mixture,
    seeds: Sequence[int],
    steps: int = 500,
    batch: int = 256,
    rate: float = 1e-2,
    loss: Callable[[Tensor, Tensor], Tensor] = logistic_discriminator,
) -> None:
    """Train a stack of S discriminators in place, as independent runs, on fresh points each step.

    Args:
        judge: (S, N, coordinates) -> (S, N, 1) logits, such as an `mlps.MLP` with these seeds.
        real, fake: where the points come from.
        seeds: one for each run; they decide its points.
        steps, batch: of Adam; points of each kind for one run in each step.
        rate: Adam's step size at first; it falls to 0 along half a cosine.
        loss: (real logits, fake logits) -> the mean over all of them.
    """
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    optimiser = torch.optim.Adam(judge.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        points = (torch.stack([d.sample(batch, g) for g in generators]) for d in (real, fake))
        # Times S: every run then has the slopes of its own mean.
        total = len(generators) * loss(*(judge(each) for each in points))
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        schedule.step()


def memorised(seen: Tensor, held_out: Tensor, fake: Tensor) -> Tensor:
    """(E D(seen) - E D(held out)) / (E D(seen) - E D(fake)), of logits: how far along the way from
    the drawings that D was trained on to the fakes it puts drawings that it never saw (Karras et
    al. 2020, equation 1). 0: it knows what a drawing is; 1: it knows these drawings by heart."""
    return (seen.mean() - held_out.mean()) / (seen.mean() - fake.mean())
