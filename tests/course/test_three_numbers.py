"""The GAN of three numbers: what each step moves, and gradients against autograd."""

import pytest
import torch

from ganlib.lessons import three_numbers as three

GENERATOR = torch.Generator().manual_seed(5)
REAL = three.REAL.sample(40, GENERATOR)[:, 0].double()
NOISE = three.NOISE.sample(30, GENERATOR)[:, 0].double()
STATE = three.numbers(theta=0.4, phi0=-1.1, phi1=0.7)


def gradients(function):
    leaves = three.Numbers(*(number.clone().requires_grad_() for number in STATE))
    return torch.autograd.grad(function(leaves), leaves, allow_unused=True)


def test_each_step_is_a_gradient_step_of_its_own_network():
    moved = three.d_step(STATE, REAL, NOISE, 0.3)
    _, *up = gradients(lambda state: three.value(state, REAL, NOISE))
    assert moved.theta == STATE.theta
    for new, old, by in zip(moved[1:], STATE[1:], up, strict=True):
        torch.testing.assert_close(new, old + 0.3 * by, rtol=1e-12, atol=0)
    moved = three.g_step(STATE, NOISE, 0.3)
    down, *_ = gradients(lambda state: three.generator_loss(state, NOISE))
    assert moved[1:] == STATE[1:]
    torch.testing.assert_close(moved.theta, STATE.theta - 0.3 * down, rtol=1e-12, atol=0)


def test_g_is_updated_against_the_new_d():
    after_d = three.d_step(STATE, REAL, NOISE, 0.3)
    assert three.take_turns(STATE, REAL, NOISE, 0.3) == three.g_step(after_d, NOISE, 0.3)


def test_one_optimiser_moves_each_by_the_sum():
    total = gradients(lambda s: three.generator_loss(s, NOISE) - three.value(s, REAL, NOISE))
    moved = three.one_optimiser(STATE, REAL, NOISE, 0.3)
    for new, old, by in zip(moved, STATE, total, strict=True):
        torch.testing.assert_close(new, old - 0.3 * by, rtol=1e-12, atol=0)


def test_a_run_is_decided_by_its_seed_and_start():
    first, again, other = (three.train(seed, rounds=3, start=STATE) for seed in (1, 1, 2))
    assert first == again and first[0] == STATE and len(first) == 4
    assert first[1:] != other[1:]


@pytest.mark.parametrize("theta", [-1.0, 3.0, 4.5])
def test_the_best_d_is_within_reach(theta):
    """At log p - log q the expected value has no gradient: quadrature in place of samples."""
    state = three.numbers(theta, (theta**2 - 9) / 2, 3 - theta)
    x = torch.linspace(-15, 20, 20_001, dtype=torch.float64)
    p, q = (torch.exp(-((x - mean) ** 2) / 2) for mean in (3.0, theta))
    scores = three.discriminate(x, state.phi0, state.phi1)
    for factor in (1, x):
        gradient = torch.trapezoid((p * (1 - scores) - q * scores) * factor, x)
        assert abs(gradient) < 1e-12
