"""Reconstruction terms against numpy."""

import numpy as np
import pytest
import torch

from ganlib.errors import GanlibError
from ganlib.reconstruction import Tones, cycle, identity, l1, low_frequencies, low_frequency


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


def test_tones_of_one_world_get_the_mean_and_spread_of_the_other():
    generator = torch.Generator().manual_seed(0)
    source = torch.randn(50, 3, 4, 4, generator=generator) * 0.2 + 0.3
    target = torch.randn(70, 3, 4, 4, generator=generator) * 0.5 - 0.1
    carried = Tones(source, target)(torch.cat([source, source.flip(-1)]))
    both = torch.cat([target, target.flip(-1)])
    torch.testing.assert_close(carried.mean(0), both.mean(0), rtol=0, atol=1e-6)
    torch.testing.assert_close(carried.std(0, correction=0), both.std(0, correction=0))


def test_tones_are_the_optimal_transport_between_normal_distributions():
    # In one dimension optimal transport pairs the ranks: sorted source with sorted target.
    z = torch.special.ndtri((torch.arange(1, 2000) / 2000).double())
    source, target = 0.3 + 0.1 * z, -0.2 + 0.4 * z
    carried = Tones(source.reshape(-1, 1, 1, 1), target.reshape(-1, 1, 1, 1))(
        source.float().reshape(-1, 1, 1, 1)
    )
    torch.testing.assert_close(carried.flatten(), target.float(), rtol=0, atol=1e-5)


def test_low_frequency_through_tones_is_free_where_the_tones_are_carried_over():
    source = torch.rand(8, 3, 16, 16) * 2 - 1
    tones = Tones(low_frequencies(source, 4), 0.5 * low_frequencies(source, 4) + 0.4)
    assert low_frequency(0.5 * source + 0.4, source, 4, tones).item() == pytest.approx(0, abs=1e-6)
    assert low_frequency(source, source, 4, tones).item() > 0.1


def test_tones_want_two_worlds():
    with pytest.raises(GanlibError, match="two or more"):
        Tones(torch.zeros(1, 3, 4, 4), torch.zeros(5, 3, 4, 4))
