"""Reconstruction terms against numpy."""

import numpy as np
import pytest
import torch

from ganlib.core.errors import GanlibError
from ganlib.core.reconstruction import (
    DISTANCES,
    edges,
    l1,
    l2,
    low_frequencies,
    low_frequency,
    perceptual,
)


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    return rng.uniform(-1, 1, (3, 3, 16, 24)), rng.uniform(-1, 1, (3, 3, 16, 24))


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


# Value and derivative by the difference d, for one pixel; the mean divides both.
BY_DIFFERENCE = {l1: (np.abs, np.sign), l2: (np.square, lambda d: 2 * d)}


@pytest.mark.parametrize("term", BY_DIFFERENCE, ids=lambda term: term.__name__)
def test_terms_of_the_difference_by_value_and_gradient(term, pair):
    value, found = gradient(term, *map(torch.tensor, pair))
    expected, expected_gradient = (f(pair[0] - pair[1]) for f in BY_DIFFERENCE[term])
    assert value == pytest.approx(expected.mean(), rel=1e-12)
    np.testing.assert_allclose(found, expected_gradient / found.size, rtol=1e-9)


def test_distances_go_by_their_names():
    assert DISTANCES == {"l1": l1, "l2": l2}


def test_perceptual_adds_the_levels_and_leaves_the_target_alone(pair):
    output, target = (torch.tensor(x, requires_grad=True) for x in pair)
    value = perceptual(output, target, lambda x: [x[:, :1], 2 * x])
    expected = np.abs(pair[0] - pair[1])
    assert value.item() == pytest.approx(expected[:, :1].mean() + 2 * expected.mean(), rel=1e-12)
    value.backward()
    assert output.grad is not None and target.grad is None


def test_low_frequency_does_not_see_detail():
    rows, columns = torch.meshgrid(torch.arange(16), torch.arange(16), indexing="ij")
    checkerboard = ((rows + columns) % 2 * 2.0 - 1).expand(1, 3, 16, 16)
    assert low_frequency(checkerboard, torch.zeros(1, 3, 16, 16)).item() == 0
    assert l1(checkerboard, torch.zeros(1, 3, 16, 16)).item() == 1


def test_low_frequency_refuses_a_factor_that_does_not_divide():
    with pytest.raises(GanlibError, match="24x16"):
        low_frequency(torch.zeros(1, 3, 16, 24), torch.zeros(1, 3, 16, 24), 5)


def test_low_frequency_through_a_transport_is_that_to_the_transported_source(pair):
    output, source = map(torch.tensor, pair)
    wanted = 0.5 * low_frequencies(source, 8) + 0.4
    expected = (low_frequencies(output, 8) - wanted).abs().mean()
    found = low_frequency(output, source, 8, lambda tones: 0.5 * tones + 0.4)
    assert found.item() == pytest.approx(expected.item(), rel=1e-12)


def test_weights_say_where_errors_count(pair):
    output, target = map(torch.tensor, pair)
    weight = torch.zeros(3, 1, 16, 24, dtype=torch.float64)
    weight[:, :, 4:8, 6:12] = 2
    expected = 2 * np.abs(pair[0] - pair[1])[:, :, 4:8, 6:12].sum() / output.numel()
    assert l1(output, target, weight).item() == pytest.approx(expected, rel=1e-12)
    plain = l1(output, target, torch.ones_like(weight))
    assert plain.item() == pytest.approx(l1(output, target).item(), rel=1e-12)


def test_edges_are_differences_of_neighbours(pair):
    output, target = map(torch.tensor, pair)
    error, weight = pair[0] - pair[1], torch.rand(3, 1, 16, 24, dtype=torch.float64)
    across = np.abs(np.diff(error, axis=3)) * weight.numpy()[..., 1:]
    down = np.abs(np.diff(error, axis=2)) * weight.numpy()[..., 1:, :]
    expected = across.mean() + down.mean()
    assert edges(output, target, weight).item() == pytest.approx(expected, rel=1e-12)
    same = edges(output + 0.3, output, weight).item()
    assert same == pytest.approx(0, abs=1e-12), "tone is no edge"
