"""The exposure of a photograph: the closed form against a search, and what it is for."""

import pytest
import torch

from ganlib.core.errors import GanlibError
from ganlib.core.reconstruction import low_frequencies
from ganlib.data.datasets import held_out_people
from ganlib.data.tones import (
    ExposureTransport,
    ToneTransport,
    exposure_weights,
    from_stops,
    to_stops,
)
from ganlib.twins import render_twins, sample_people


def covariance(n=6):
    factor = torch.randn(n, 2 * n, generator=torch.Generator().manual_seed(0)).double()
    return factor @ factor.T / (2 * n)


def test_stops_are_doublings_and_come_back():
    tones = torch.linspace(-1, 1, 21)
    torch.testing.assert_close(from_stops(to_stops(tones)), tones, rtol=0, atol=1e-6)
    light = torch.tensor([0.1, 0.2, 0.4, 0.8], dtype=torch.float64)
    # Twice the light, the floor counted, is one stop.
    once, twice = to_stops(light * 2 - 1), to_stops((2 * light + 0.05) * 2 - 1)
    torch.testing.assert_close(twice - once, torch.ones(4, dtype=torch.float64))


@pytest.mark.parametrize("spread", [0.05, 0.5, 5.0])
def test_the_weights_find_the_exposure_of_the_largest_density(spread):
    c = covariance()
    off = torch.linspace(-1, 2, 6, dtype=torch.float64)
    drawings = torch.distributions.MultivariateNormal(torch.zeros(6).double(), c)
    exposures = torch.distributions.Normal(*torch.tensor([0.0, spread], dtype=torch.float64))

    def density(g):
        return drawings.log_prob(off - g) + exposures.log_prob(g)

    g = (exposure_weights(c, spread) @ off).requires_grad_()
    (derivative,) = torch.autograd.grad(density(g), g)
    assert abs(derivative.item()) < 1e-9
    assert density(g) > max(density(g + 0.01), density(g - 0.01))


def test_a_wide_spread_follows_the_drawings_and_a_narrow_one_finds_nothing():
    assert exposure_weights(covariance(), 1e4).sum().item() == pytest.approx(1, abs=1e-6)
    assert exposure_weights(covariance(), 1e-4).abs().max().item() < 1e-6


@pytest.mark.parametrize("spread", [0.0, -1.0, float("nan")])
def test_a_spread_is_above_0(spread):
    with pytest.raises(GanlibError, match="spread"):
        exposure_weights(covariance(), spread)


@pytest.fixture(scope="module")
def domains():
    """(photographs, drawings of other people, held-out photographs, their drawings), squares."""
    photo, _ = render_twins(sample_people(256, 0, "soft"), 32)
    _, anime = render_twins(sample_people(256, 1, "soft"), 32)
    return [low_frequencies(x, 8) for x in (photo, anime, *render_twins(held_out_people(64), 32))]


def test_a_longer_exposure_is_found_and_taken_out(domains):
    # In stops, 1 more for the whole picture is w·1 = 1ᵀC⁻¹1 / (1ᵀC⁻¹1 + 1/spread²) more of g.
    photo, anime, _, _ = domains
    tones = ExposureTransport(anime, anime, 100.0)
    lighter = from_stops(to_stops(photo * 0.5) + 0.25)
    found = tones.exposure(lighter) - tones.exposure(photo * 0.5)
    torch.testing.assert_close(found, torch.full_like(found, 0.25), rtol=0, atol=2e-3)
    torch.testing.assert_close(tones(lighter), tones(photo * 0.5), rtol=0, atol=5e-3)


def test_held_out_tones_come_nearer_to_the_true_drawings(domains):
    photo, anime, hidden, truth = domains
    offsets = [
        (ExposureTransport(photo, anime, spread)(hidden) - truth).mean((1, 2, 3)).std()
        for spread in (1e-5, 0.05, 0.1, 0.2)
    ]
    assert max(offsets[1:]) < 0.95 * offsets[0]


def test_without_spread_only_the_tones_are_transported(domains):
    photo, anime, hidden, _ = domains
    transported = from_stops(ToneTransport(to_stops(photo), to_stops(anime))(to_stops(hidden)))
    torch.testing.assert_close(ExposureTransport(photo, anime, 1e-5)(hidden), transported)
