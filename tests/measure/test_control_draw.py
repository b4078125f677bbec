"""Drawings for conditions: decided by a seed, whatever the batch."""

import torch
from tiny import conditional_objective

from ganlib.measure.control import draw

CONDITIONS = torch.eye(3)[[0, 1, 2, 1]]


def test_drawings_are_decided_by_their_seed_whatever_the_batch():
    g, conditions = conditional_objective().generator, CONDITIONS.repeat(3, 1)
    torch.testing.assert_close(draw(g, conditions, 4), draw(g, conditions, 4, batch=5))
    assert not torch.allclose(draw(g, conditions, 4), draw(g, conditions, 5))
