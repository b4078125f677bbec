"""The games against references in float64: by value, by gradient, and at extreme logits."""

import math

import numpy as np
import pytest
import torch

from ganlib.errors import GanlibError
from ganlib.losses import GAMES, game


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


# Each: D's loss, its slopes by real and fake logit, G's loss, its slope. All per logit, then mean.
REFERENCES = {
    "nonsaturating": (
        lambda r, f: -np.log(sigmoid(r)).mean() - np.log(1 - sigmoid(f)).mean(),
        lambda r: -(1 - sigmoid(r)),
        lambda f: sigmoid(f),
        lambda f: -np.log(sigmoid(f)).mean(),
        lambda f: -(1 - sigmoid(f)),
    ),
    "least_squares": (
        lambda r, f: ((r - 1) ** 2).mean() / 2 + (f**2).mean() / 2,
        lambda r: r - 1,
        lambda f: f,
        lambda f: ((f - 1) ** 2).mean() / 2,
        lambda f: f - 1,
    ),
    "hinge": (
        lambda r, f: np.maximum(0, 1 - r).mean() + np.maximum(0, 1 + f).mean(),
        lambda r: -1.0 * (r < 1),
        lambda f: 1.0 * (f > -1),
        lambda f: -f.mean(),
        lambda f: -np.ones_like(f),
    ),
}


@pytest.fixture
def logits():
    # N and M differ, and a patch map's axes come along.
    rng = np.random.default_rng(0)
    return rng.normal(0, 3, (5, 1, 2, 3)), rng.normal(0, 3, (7, 1, 2, 3))


@pytest.mark.parametrize("name", REFERENCES)
def test_values_and_gradients(name, logits):
    d_loss, d_real, d_fake, g_loss, g_fake = REFERENCES[name]
    real, fake = (torch.tensor(x, requires_grad=True) for x in logits)
    loss = game(name).discriminator(real, fake)
    assert loss.dtype == torch.float64
    assert loss.item() == pytest.approx(d_loss(*logits), rel=1e-12)
    loss.backward()
    np.testing.assert_allclose(real.grad, d_real(logits[0]) / logits[0].size, atol=1e-12)
    np.testing.assert_allclose(fake.grad, d_fake(logits[1]) / logits[1].size, atol=1e-12)

    fake.grad = None
    loss = game(name).generator(fake)
    assert loss.item() == pytest.approx(g_loss(logits[1]), rel=1e-12)
    loss.backward()
    np.testing.assert_allclose(fake.grad, g_fake(logits[1]) / logits[1].size, atol=1e-12)


def test_every_game_has_a_reference():
    assert set(GAMES) == set(REFERENCES)


@pytest.mark.parametrize("name", GAMES)
@pytest.mark.parametrize("value", [1e4, -1e4])
def test_finite_at_extreme_logits(name, value):
    logits = torch.full((3,), value, requires_grad=True)
    loss = game(name).discriminator(logits, logits) + game(name).generator(logits)
    loss.backward()
    assert torch.isfinite(loss) and torch.isfinite(logits.grad).all()


def test_balance_point():
    nonsaturating, zero = game("nonsaturating"), torch.zeros(4)
    assert nonsaturating.discriminator(zero, zero).item() == pytest.approx(2 * math.log(2))
    assert nonsaturating.generator(zero).item() == pytest.approx(math.log(2))


@pytest.mark.parametrize("mean, least", [(0, 1.386294), (1, 1.163451), (2, 0.712633)])
def test_optimal_discriminator_of_two_gaussians(mean, least):
    # At the optimal logit -m·x + m²/2, D's loss is 2 ln 2 - 2·JSD: the integral, not a sample.
    x = torch.linspace(-12, 14, 2601, dtype=torch.float64)
    far = torch.tensor(60.0, dtype=torch.float64)  # a logit whose own loss is 0
    loss = game("nonsaturating").discriminator
    logit = -mean * x + mean**2 / 2
    on_real = torch.stack([loss(a, -far) for a in logit])
    on_fake = torch.stack([loss(far, a) for a in logit])
    real, fake = (torch.exp(-((x - m) ** 2) / 2) / math.sqrt(2 * math.pi) for m in (0, mean))
    total = torch.trapezoid(real * on_real + fake * on_fake, x)
    assert total.item() == pytest.approx(least, abs=1e-6)


@pytest.mark.parametrize("name", GAMES)
def test_bfloat16_logits_give_float32_losses(name):
    logits = torch.randn(1000).to(torch.bfloat16)
    loss = game(name).discriminator(logits, logits)
    assert loss.dtype == torch.float32
    assert torch.equal(loss, game(name).discriminator(logits.float(), logits.float()))


def test_unknown_game_lists_the_known():
    with pytest.raises(GanlibError, match="nonsaturating, least_squares, hinge"):
        game("wasserstien")
