"""Tones of one domain as the other has them: moments, ranks, the loss that goes through them."""

import pytest
import torch

from ganlib.core.errors import GanlibError
from ganlib.core.reconstruction import low_frequencies, low_frequency
from ganlib.data.tones import ToneTransport


def test_tones_of_one_domain_get_the_mean_and_spread_of_the_other():
    generator = torch.Generator().manual_seed(0)
    source = torch.randn(50, 3, 4, 4, generator=generator) * 0.2 + 0.3
    target = torch.randn(70, 3, 4, 4, generator=generator) * 0.5 - 0.1
    transported = ToneTransport(source, target)(torch.cat([source, source.flip(-1)]))
    both = torch.cat([target, target.flip(-1)])
    torch.testing.assert_close(transported.mean(0), both.mean(0), rtol=0, atol=1e-6)
    torch.testing.assert_close(transported.std(0, correction=0), both.std(0, correction=0))


def test_tones_are_the_optimal_transport_between_normal_distributions():
    # In one dimension optimal transport pairs the ranks: sorted source with sorted target.
    z = torch.special.ndtri((torch.arange(1, 2000) / 2000).double())
    source, target = 0.3 + 0.1 * z, -0.2 + 0.4 * z
    transported = ToneTransport(source.reshape(-1, 1, 1, 1), target.reshape(-1, 1, 1, 1))(
        source.float().reshape(-1, 1, 1, 1)
    )
    torch.testing.assert_close(transported.flatten(), target.float(), rtol=0, atol=1e-5)


def test_low_frequency_through_tones_is_0_where_the_tones_are_transported():
    source = torch.rand(8, 3, 16, 16) * 2 - 1
    tones = ToneTransport(low_frequencies(source, 4), 0.5 * low_frequencies(source, 4) + 0.4)
    assert low_frequency(0.5 * source + 0.4, source, 4, tones).item() == pytest.approx(0, abs=1e-6)
    assert low_frequency(source, source, 4, tones).item() > 0.1


def test_tones_want_two_images_of_each_domain():
    with pytest.raises(GanlibError, match="two or more"):
        ToneTransport(torch.zeros(1, 3, 4, 4), torch.zeros(5, 3, 4, 4))
    with pytest.raises(GanlibError, match="two or more"):
        ToneTransport(torch.zeros(5, 3, 4, 4), torch.zeros(1, 3, 4, 4))
