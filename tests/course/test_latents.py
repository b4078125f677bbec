"""Ways through the noise: their ends, lengths and angles, and truncation against its integral."""

import math

import pytest
import torch

from ganlib.lessons import latents

Z = torch.randn(4000, 64, generator=torch.Generator().manual_seed(0)).double()
A, B = Z[:2000], Z[2000:]


@pytest.mark.parametrize("way", [latents.lerp, latents.slerp])
def test_ways_go_from_one_end_to_the_other(way):
    torch.testing.assert_close(way(A, B, 0.0), A)
    torch.testing.assert_close(way(A, B, 1.0), B)


def test_slerp_keeps_lengths_and_divides_the_angle():
    a, b = (x / x.norm(dim=1, keepdim=True) for x in (A, B))
    between = latents.slerp(a, b, 0.3)
    torch.testing.assert_close(between.norm(dim=1), torch.ones(2000).double())
    torch.testing.assert_close(latents.angle(a, between), 0.3 * latents.angle(a, b))


@pytest.mark.parametrize("t", [0.0, 0.2, 0.5])
def test_the_straight_way_is_as_long_as_on_paper(t):
    measured = latents.lerp(A, B, t).square().sum(1).mean().sqrt()
    assert measured == pytest.approx(latents.lerp_length(t, 64), rel=0.01)


@pytest.mark.parametrize("radians", [0.0, 0.1, math.pi / 2, 2.0])
def test_a_turn_is_by_its_angle_and_keeps_the_length(radians):
    turned = latents.turn(A, B, radians)
    torch.testing.assert_close(turned.norm(dim=1), A.norm(dim=1))
    wanted = torch.full((2000,), radians).double()
    torch.testing.assert_close(latents.angle(A, turned), wanted, atol=1e-6, rtol=0)


@pytest.mark.parametrize("limit", [0.3, 1.0, 2.5])
def test_truncated_numbers_have_the_cut_density(limit):
    x = latents.truncated((100, 2000), limit, torch.Generator().manual_seed(0)).double()
    assert x.abs().max() <= limit
    assert x.var() == pytest.approx(latents.truncated_variance(limit).item(), rel=0.02)
    # Of the numbers within the limit, as many lie within half of it as of normal ones.
    half, whole = (math.erf(r / 2**0.5) for r in (limit / 2, limit))
    assert (x.abs() < limit / 2).double().mean() == pytest.approx(half / whole, abs=0.005)


def test_truncation_far_out_changes_nothing():
    assert latents.truncated_variance(8.0).item() == pytest.approx(1, abs=1e-12)
