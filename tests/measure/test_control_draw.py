"""Drawings for conditions: decided by a seed, whatever the batch."""

import torch
from tiny import conditional_objective

from ganlib.measure.control import draw, fixed_noise, generate

CONDITIONS = torch.eye(3)[[0, 1, 2, 1]]


def test_drawings_are_decided_by_their_seed_whatever_the_batch():
    g, conditions = conditional_objective().generator, CONDITIONS.repeat(3, 1)
    noise = fixed_noise(12, g.config.latent, 4)
    torch.testing.assert_close(draw(g, conditions, 4), generate(g, noise, conditions, batch=5))
    assert not torch.allclose(draw(g, conditions, 4), draw(g, conditions, 5))
