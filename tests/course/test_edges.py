"""Style and content apart: each measure is blind to what the other sees."""

import pytest
import torch
from scipy.stats import wasserstein_distance

from ganlib.core.errors import GanlibError
from ganlib.core.reconstruction import l1, l2
from ganlib.lessons.edges import (
    best_guess,
    coarse_l1,
    edge_distance,
    neighbour_steps,
    same_weight,
    sharpness,
)


def random(*shape, seed=0):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)).double() * 2 - 1


def test_edge_distance_is_scipys():
    a, b = random(2, 3, 9, 7), random(2, 3, 9, 7, seed=1).square()
    steps = [torch.cat([x.diff(dim=-1).flatten(), x.diff(dim=-2).flatten()]).abs() for x in (a, b)]
    assert neighbour_steps(a).numel() == 2 * 3 * (9 * 6 + 8 * 7)
    assert len(steps[0]) == 660
    for share, kept in ((1.0, 660), (0.1, 66)):
        hardest = [torch.log(1 + step.sort().values[-kept:] / 0.05) for step in steps]
        expected = wasserstein_distance(*hardest)
        assert edge_distance(a, b, share=share).item() == pytest.approx(expected, rel=1e-9)
    assert edge_distance(a, b) == edge_distance(a, b, share=0.1)
    assert edge_distance(a, a.flip(-1).roll(1, 0)) == 0, "who is where does not matter"
    with pytest.raises(GanlibError, match="sets of one shape"):
        edge_distance(a, b[:1])
    with pytest.raises(GanlibError, match="at most 1, not 2"):
        edge_distance(a, b, share=2)


def test_sharpness_is_the_mean_square_of_the_laplacian():
    image = torch.zeros(1, 1, 5, 5).double()
    image[0, 0, 2, 2] = 1  # seen by itself fourfold, and by its four neighbours once
    assert sharpness(image).item() == pytest.approx((16 + 4) / 9)
    ramp = torch.arange(6.0).double().expand(1, 1, 6, 6)
    assert sharpness(ramp) == 0


def test_coarse_l1_sees_no_detail():
    image = random(2, 3, 16, 16)
    shuffled = image.unfold(2, 8, 8).unfold(3, 8, 8).transpose(-1, -2)
    shuffled = shuffled.permute(0, 1, 2, 4, 3, 5).reshape(2, 3, 16, 16)
    assert l1(shuffled, image) > 0.1
    assert coarse_l1(shuffled, image) < 1e-12
    assert coarse_l1(image + 0.25, image).item() == pytest.approx(0.25)


@pytest.mark.parametrize("name, term", [("l1", l1), ("l2", l2)])
def test_no_guess_is_better_than_the_best(name, term):
    targets = random(7, 4)
    best = best_guess(targets, name)
    least = term(best.expand_as(targets), targets)
    for seed in range(20):
        other = best + 0.1 * random(4, seed=seed)
        assert term(other.expand_as(targets), targets) > least


def test_other_distances_have_no_best_guess_here():
    with pytest.raises(GanlibError, match="knows .l1. and .l2."):
        best_guess(random(3, 2), "huber")


@pytest.mark.parametrize("power, term", [(1, l1), (2, l2)])
@pytest.mark.parametrize("scale, shift", [(0.5, 0.5), (127.5, 127.5)])
def test_the_same_weight_gives_the_same_loss(power, term, scale, shift):
    a, b = random(2, 3, 4, 4), random(2, 3, 4, 4, seed=1)
    n = a.numel()
    there = term(scale * a + shift, scale * b + shift)
    for numbers in (1, n):
        weight = same_weight(30.0, scale, power, numbers)
        assert (weight * numbers * there).item() == pytest.approx(30 * term(a, b).item())
