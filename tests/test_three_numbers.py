"""The game with three numbers: who moves what, and slopes against autograd."""

import pytest
import torch

from ganlib.lessons import three_numbers as game

GENERATOR = torch.Generator().manual_seed(5)
REAL = game.REAL.sample(40, GENERATOR)[:, 0].double()
NOISE = game.NOISE.sample(30, GENERATOR)[:, 0].double()
STATE = game.numbers(theta=0.4, phi0=-1.1, phi1=0.7)


def slopes(function):
    leaves = game.Numbers(*(number.clone().requires_grad_() for number in STATE))
    return torch.autograd.grad(function(leaves), leaves, allow_unused=True)


def test_each_step_is_a_gradient_step_of_its_own_player():
    moved = game.d_step(STATE, REAL, NOISE, 0.3)
    _, *up = slopes(lambda state: game.value(state, REAL, NOISE))
    assert moved.theta == STATE.theta
    for new, old, slope in zip(moved[1:], STATE[1:], up, strict=True):
        torch.testing.assert_close(new, old + 0.3 * slope, rtol=1e-12, atol=0)
    moved = game.g_step(STATE, NOISE, 0.3)
    down, *_ = slopes(lambda state: game.generator_loss(state, NOISE))
    assert moved[1:] == STATE[1:]
    torch.testing.assert_close(moved.theta, STATE.theta - 0.3 * down, rtol=1e-12, atol=0)


def test_g_answers_the_d_that_has_moved():
    after_d = game.d_step(STATE, REAL, NOISE, 0.3)
    assert game.take_turns(STATE, REAL, NOISE, 0.3) == game.g_step(after_d, NOISE, 0.3)


def test_one_optimiser_moves_each_by_the_sum():
    total = slopes(lambda s: game.generator_loss(s, NOISE) - game.value(s, REAL, NOISE))
    moved = game.one_optimiser(STATE, REAL, NOISE, 0.3)
    for new, old, slope in zip(moved, STATE, total, strict=True):
        torch.testing.assert_close(new, old - 0.3 * slope, rtol=1e-12, atol=0)


def test_a_game_is_decided_by_its_seed_and_starts_where_told():
    first, again, other = (game.play(seed, rounds=3, start=STATE) for seed in (1, 1, 2))
    assert first == again and first[0] == STATE and len(first) == 4
    assert first[1:] != other[1:]


@pytest.mark.parametrize("theta", [-1.0, 3.0, 4.5])
def test_the_best_d_is_within_reach(theta):
    """At log p - log q, the slopes of the expected value vanish: quadrature in place of samples."""
    state = game.numbers(theta, (theta**2 - 9) / 2, 3 - theta)
    x = torch.linspace(-15, 20, 20_001, dtype=torch.float64)
    p, q = (torch.exp(-((x - mean) ** 2) / 2) for mean in (3.0, theta))
    judged = game.judge(x, state.phi0, state.phi1)
    for factor in (1, x):
        slope = torch.trapezoid((p * (1 - judged) - q * judged) * factor, x)
        assert abs(slope) < 1e-12
