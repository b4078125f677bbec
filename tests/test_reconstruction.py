"""Reconstruction terms against numpy."""

import numpy as np
import pytest
import torch

from ganlib.core.errors import GanlibError
from ganlib.data.tones import ToneTransport
from ganlib.core.reconstruction import charbonnier, cycle, huber, identity, l1, l2, low_frequencies, low_frequency, perceptual, total_variation


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


def gradient(term, output, target):
    output = output.clone().requires_grad_()
    value = term(output, target)
    value.backward()
    return value.item(), output.grad.numpy()


# Value and slope by the difference d, for one pixel; the mean divides both.
BY_DIFFERENCE = {
    l1: (np.abs, np.sign),
    l2: (np.square, lambda d: 2 * d),
    huber: (
        lambda d: np.where(np.abs(d) < 0.1, d**2 / 0.2, np.abs(d) - 0.05),
        lambda d: np.clip(d / 0.1, -1, 1),
    ),
    charbonnier: (lambda d: np.sqrt(d**2 + 1e-6), lambda d: d / np.sqrt(d**2 + 1e-6)),
}


@pytest.mark.parametrize("term", BY_DIFFERENCE, ids=lambda term: term.__name__)
def test_terms_of_the_difference_by_value_and_gradient(term, pair):
    value, slope = gradient(term, *map(torch.tensor, pair))
    expected, expected_slope = (f(pair[0] - pair[1]) for f in BY_DIFFERENCE[term])
    assert value == pytest.approx(expected.mean(), rel=1e-12)
    np.testing.assert_allclose(slope, expected_slope / slope.size, rtol=1e-9)


def test_total_variation_by_value_and_gradient(pair):
    image = pair[0]
    value, slope = gradient(lambda x, _: total_variation(x), torch.tensor(image), None)
    down, across = np.diff(image, axis=2), np.diff(image, axis=3)
    assert value == pytest.approx(np.abs(down).mean() + np.abs(across).mean(), rel=1e-12)
    expected = np.zeros_like(image)
    expected[:, :, 1:] += np.sign(down) / down.size
    expected[:, :, :-1] -= np.sign(down) / down.size
    expected[..., 1:] += np.sign(across) / across.size
    expected[..., :-1] -= np.sign(across) / across.size
    np.testing.assert_allclose(slope, expected, atol=1e-15)


def test_perceptual_adds_the_levels_and_leaves_the_target_alone(pair):
    output, target = (torch.tensor(x, requires_grad=True) for x in pair)
    value = perceptual(output, target, lambda x: [x[:, :1], (2 * x,)[0]])
    expected = np.abs(pair[0] - pair[1])
    assert value.item() == pytest.approx(expected[:, :1].mean() + 2 * expected.mean(), rel=1e-12)
    value.backward()
    assert output.grad is not None and target.grad is None
    assert perceptual(output, target, lambda x: x).item() == pytest.approx(expected.mean())


def test_terms_refuse_what_they_cannot_do():
    image = torch.zeros(1, 3, 1, 4)
    for call in (
        lambda: huber(image, image, delta=0),
        lambda: charbonnier(image, image, epsilon=-1),
        lambda: total_variation(image),
        lambda: perceptual(image, image, lambda x: "x"),
    ):
        with pytest.raises(GanlibError):
            call()


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
    carried = ToneTransport(source, target)(torch.cat([source, source.flip(-1)]))
    both = torch.cat([target, target.flip(-1)])
    torch.testing.assert_close(carried.mean(0), both.mean(0), rtol=0, atol=1e-6)
    torch.testing.assert_close(carried.std(0, correction=0), both.std(0, correction=0))


def test_tones_are_the_optimal_transport_between_normal_distributions():
    # In one dimension optimal transport pairs the ranks: sorted source with sorted target.
    z = torch.special.ndtri((torch.arange(1, 2000) / 2000).double())
    source, target = 0.3 + 0.1 * z, -0.2 + 0.4 * z
    carried = ToneTransport(source.reshape(-1, 1, 1, 1), target.reshape(-1, 1, 1, 1))(
        source.float().reshape(-1, 1, 1, 1)
    )
    torch.testing.assert_close(carried.flatten(), target.float(), rtol=0, atol=1e-5)


def test_low_frequency_through_tones_is_free_where_the_tones_are_carried_over():
    source = torch.rand(8, 3, 16, 16) * 2 - 1
    tones = ToneTransport(low_frequencies(source, 4), 0.5 * low_frequencies(source, 4) + 0.4)
    assert low_frequency(0.5 * source + 0.4, source, 4, tones).item() == pytest.approx(0, abs=1e-6)
    assert low_frequency(source, source, 4, tones).item() > 0.1


def test_tones_want_two_worlds():
    with pytest.raises(GanlibError, match="two or more"):
        ToneTransport(torch.zeros(1, 3, 4, 4), torch.zeros(5, 3, 4, 4))
