"""Distributions draw what they say, and the mode report says what samples are known to be."""

import math

import pytest
import torch

from ganlib.core.errors import GanlibError
from ganlib.lessons.toys import TOYS, Gaussian1D, Mixture, grid, mode_report, ring, wasserstein1


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_the_protocols_modes():
    circle, lattice = ring(), grid()
    assert (len(circle.modes), circle.sigma) == (8, 0.01)
    assert (len(lattice.modes), lattice.sigma) == (25, 0.05)
    torch.testing.assert_close(circle.centres.norm(dim=1), torch.ones(8))
    assert {x for x, _ in lattice.modes} == {y for _, y in lattice.modes} == {-4, -2, 0, 2, 4}
    assert len(set(lattice.modes)) == 25


@pytest.mark.parametrize("toy", TOYS)
def test_a_mixture_draws_its_modes_and_its_spread(toy):
    truth = TOYS[toy]()
    points = truth.sample(50_000, seeded())
    assert points.square().mean().sqrt().item() == pytest.approx(truth.spread, rel=0.01)
    report = mode_report(points, truth)
    assert report.modes == len(truth.modes)
    # A Rayleigh distance is under 3σ with probability 1 - e^-4.5; 5 standard errors are 0.0023.
    assert report.quality == pytest.approx(1 - math.exp(-4.5), abs=0.0025)


def test_one_seed_one_sample():
    for truth in (Gaussian1D(1, 2), ring()):
        assert torch.equal(truth.sample(9, seeded(3)), truth.sample(9, seeded(3)))
        assert not torch.equal(truth.sample(9, seeded(3)), truth.sample(9, seeded(4)))


def test_a_gaussian_draws_its_mean_and_sd_and_knows_its_density():
    truth = Gaussian1D(2.0, 0.5)
    x = truth.sample(100_000, seeded())
    assert x.shape == (100_000, 1)
    assert x.mean().item() == pytest.approx(2.0, abs=0.01)
    assert x.std().item() == pytest.approx(0.5, abs=0.01)
    oracle = torch.distributions.Normal(2.0, 0.5).log_prob(x)
    torch.testing.assert_close(truth.log_density(x), oracle)


def test_report_of_the_modes_themselves():
    truth = grid()
    report = mode_report(truth.centres.repeat(4, 1), truth)
    assert (report.modes, report.reached, report.quality) == (25, 25, 1.0)
    assert report.reverse_kl == pytest.approx(0, abs=1e-12)


def test_report_of_one_mode():
    truth = ring()
    report = mode_report(truth.centres[:1].repeat(10, 1), truth)
    assert (report.modes, report.quality) == (1, 1.0)
    assert report.reverse_kl == pytest.approx(math.log(8))


def test_report_of_half_the_modes_in_unequal_shares():
    truth = ring()
    points = torch.cat([truth.centres[:1].repeat(3, 1), truth.centres[1:2]])
    # KL = 3/4 ln(3/4 · 8) + 1/4 ln(1/4 · 8)
    known = 0.75 * math.log(6) + 0.25 * math.log(2)
    assert mode_report(points, truth).reverse_kl == pytest.approx(known)


def test_report_of_samples_far_away():
    truth = grid()
    report = mode_report(truth.centres + 0.6, truth)
    assert (report.modes, report.reached, report.quality) == (0, 0, 0.0)
    # They still lie nearest to a mode each, and count there.
    assert report.reverse_kl == pytest.approx(0, abs=1e-12)


def test_three_sigma_is_the_border():
    truth = Mixture(((0.0, 0.0), (10.0, 0.0)), 0.5)
    points = torch.tensor([[0.0, 1.5], [0.0, 1.5001], [10.0, -1.4999]])
    report = mode_report(points, truth)
    assert report.modes == report.reached == 2 and report.quality == pytest.approx(2 / 3)


def test_a_mode_is_covered_with_half_of_its_share_of_good_samples():
    truth = Mixture(((0.0, 0.0), (10.0, 0.0)), 0.5)
    for good, covered in ((249, 1), (250, 2), (1, 1)):
        points = truth.centres[[1] * good + [0] * (1000 - good)]
        report = mode_report(points, truth)
        assert (report.modes, report.reached) == (covered, 2)


SOFT = Mixture(ring().modes, 0.05)
BASELINES = {
    "square": lambda n, draw: 3 * torch.rand(n, 2, generator=draw) - 1.5,
    "circle": lambda n, draw: on_circle(math.tau * torch.rand(n, generator=draw)),
    "two modes": lambda n, draw: Mixture(ring().modes[:2], 0.05).sample(n, draw),
    "one point": lambda n, draw: SOFT.centres[:1].expand(n, 2),
}


def on_circle(angles):
    return torch.stack([angles.cos(), angles.sin()], 1)


@pytest.mark.parametrize("n", [512, 1000, 2500])
def test_no_baseline_covers_what_the_truth_covers(n):
    """The bar of lesson 05: 6 modes of 8 at a quality of 0.6. Noise fails both halves of it."""
    for seed in range(50):
        report = mode_report(SOFT.sample(n, seeded(seed)), SOFT)
        assert report.modes == 8 and report.quality > 0.95
        for name, baseline in BASELINES.items():
            report = mode_report(baseline(n, seeded(seed)), SOFT)
            assert report.modes < 5, (name, seed)
            assert report.quality < 0.6 or name in ("two modes", "one point"), (name, seed)
            # What the protocol's count says of noise: next to all modes.
            assert report.reached >= 6 or name in ("two modes", "one point"), (name, seed)


def test_no_noise_covers_the_grid():
    truth = grid()
    rows = torch.tensor([-4.0, -2.0, 0.0, 2.0, 4.0])
    for seed in range(20):
        draw = seeded(seed)
        square = 10 * torch.rand(2500, 2, generator=draw) - 5
        lines = square.clone()
        lines[:, 1] = rows[torch.randint(5, (2500,), generator=draw)]
        assert mode_report(truth.sample(2500, draw), truth).modes == 25
        assert mode_report(square, truth).modes == mode_report(lines, truth).modes == 0
        assert mode_report(square, truth).reached >= 10


def test_the_kl_of_true_samples_is_its_floor():
    # A histogram of n draws over K equal modes has a KL of (K - 1)/2n on average (2n·KL is χ²).
    truth, n, runs = grid(), 2500, 60
    values = [mode_report(truth.sample(n, seeded(s)), truth).reverse_kl for s in range(runs)]
    floor, error = 24 / (2 * n), math.sqrt(2 * 24) / (2 * n) / math.sqrt(runs)
    assert sum(values) / runs == pytest.approx(floor, abs=5 * error)


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (torch.zeros(3, 1), r"shape \(N, 2\)"),
        (torch.zeros(0, 2), r"shape \(N, 2\)"),
        (torch.tensor([[math.nan, 0.0]]), "diverged"),
    ],
)
def test_points_that_cannot_be_scored(points, words):
    with pytest.raises(GanlibError, match=words):
        mode_report(points, ring())


def test_wasserstein_refuses_what_it_cannot_pair():
    for x, y in ((torch.zeros(3, 1), torch.zeros(4, 1)), (torch.zeros(3, 3), torch.zeros(3, 3))):
        with pytest.raises(GanlibError, match="as many points"):
            wasserstein1(x, y)


def test_bad_distributions_get_a_sentence():
    with pytest.raises(GanlibError, match="Gaussian1D.sd"):
        Gaussian1D(0, 0)
    with pytest.raises(GanlibError, match="one mode or more"):
        Mixture((), 0.1)
