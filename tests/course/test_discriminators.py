"""Discriminators trained side by side are those that they would be alone."""

import torch

from ganlib.core.losses import wasserstein_critic
from ganlib.lessons.discriminators import fit
from ganlib.lessons.mlp import MLP, MLPConfig
from ganlib.lessons.toys import Gaussian1D

SHAPE = MLPConfig(inputs=1, width=4, depth=1)
LAWS = Gaussian1D(0.0), Gaussian1D(1.0)


def test_company_changes_nothing():
    together, alone = MLP(SHAPE, (3, 8)), MLP(SHAPE, (8,))
    fit(together, *LAWS, seeds=(3, 8), steps=20, batch=16)
    fit(alone, *LAWS, seeds=(8,), steps=20, batch=16)
    for many, one in zip(together.parameters(), alone.parameters(), strict=True):
        torch.testing.assert_close(many[1], one[0], rtol=1e-4, atol=1e-6)


def test_one_step_follows_the_loss_given():
    """Adam's first step is its learning rate, against the sign of the gradient."""
    d, before = MLP(SHAPE, (0,)), MLP(SHAPE, (0,))
    fit(d, *LAWS, seeds=(6,), steps=1, batch=16, lr=0.1, loss=wasserstein_critic)
    generator = torch.Generator().manual_seed(6)
    real, fake = (law.sample(16, generator) for law in LAWS)
    wasserstein_critic(before(real), before(fake)).backward()
    for new, old in zip(d.parameters(), before.parameters(), strict=True):
        moving = old.grad.abs() > 1e-5
        step = -0.1 * old.grad.sign() * moving
        torch.testing.assert_close((new - old) * moving, step, rtol=1e-2, atol=1e-6)
