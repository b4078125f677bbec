"""Reconstruction terms against numpy."""

import numpy as np
import pytest
import torch

from ganlib.errors import GanlibError
from ganlib.reconstruction import cycle, identity, l1, low_frequency


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    return rng.uniform(-1, 1, (3, 3, 16, 24)), rng.uniform(-1, 1, (3, 3, 16, 24))


@pytest.mark.parametrize("term", [l1, cycle, identity])
def test_mean_absolute_difference(term, pair):
    expected = np.abs(pair[0] - pair[1]).mean()
    assert term(*map(torch.tensor, pair)).item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("factor", [1, 2, 4, 8])
def test_low_frequency(factor, pair):
    stride, window = max(1, factor // 2), (factor, factor)
    views = [np.lib.stride_tricks.sliding_window_view(x, window, axis=(2, 3)) for x in pair]
    means = [view[:, :, ::stride, ::stride].mean((4, 5)) for view in views]
    expected = np.abs(means[0] - means[1]).mean()
    assert low_frequency(*map(torch.tensor, pair), factor).item() == pytest.approx(expected)


def test_low_frequency_does_not_see_detail():
    rows, columns = torch.meshgrid(torch.arange(16), torch.arange(16), indexing="ij")
    checkerboard = ((rows + columns) % 2 * 2.0 - 1).expand(1, 3, 16, 16)
    assert low_frequency(checkerboard, torch.zeros(1, 3, 16, 16)).item() == 0
    assert l1(checkerboard, torch.zeros(1, 3, 16, 16)).item() == 1


def test_low_frequency_refuses_a_factor_that_does_not_divide():
    with pytest.raises(GanlibError, match="24x16"):
        low_frequency(torch.zeros(1, 3, 16, 24), torch.zeros(1, 3, 16, 24), 5)
