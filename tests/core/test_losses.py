"""The losses against references in float64: by value, by gradient, and at extreme logits."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from ganlib.core.errors import ConfigError, GanlibError
from ganlib.core.losses import GAN_LOSSES, gan_loss, logistic_discriminator


def sigmoid(x):
    return np.exp(-np.logaddexp(0, -x))


def log_sigmoid(x):
    return -np.logaddexp(0, -x)


# Each: D's loss, its derivatives by real and fake logit, G's loss, its derivative. All per logit,
# then the mean.
LOGISTIC = (
    lambda r, f: -log_sigmoid(r).mean() - log_sigmoid(-f).mean(),
    lambda r, f: -sigmoid(-r),
    lambda r, f: sigmoid(f),
)
REFERENCES = {
    "minimax": (*LOGISTIC, lambda r, f: log_sigmoid(-f).mean(), lambda r, f: -sigmoid(f)),
    "nonsaturating": (*LOGISTIC, lambda r, f: -log_sigmoid(f).mean(), lambda r, f: -sigmoid(-f)),
    "least_squares": (
        lambda r, f: ((r - 1) ** 2).mean() / 2 + (f**2).mean() / 2,
        lambda r, f: r - 1,
        lambda r, f: f,
        lambda r, f: ((f - 1) ** 2).mean() / 2,
        lambda r, f: f - 1,
    ),
    "hinge": (
        lambda r, f: np.maximum(0, 1 - r).mean() + np.maximum(0, 1 + f).mean(),
        lambda r, f: -1.0 * (r < 1),
        lambda r, f: 1.0 * (f > -1),
        lambda r, f: -f.mean(),
        lambda r, f: -np.ones_like(f),
    ),
    "wasserstein": (
        lambda r, f: f.mean() - r.mean(),
        lambda r, f: -np.ones_like(r),
        lambda r, f: np.ones_like(f),
        lambda r, f: -f.mean(),
        lambda r, f: -np.ones_like(f),
    ),
    "relativistic": (
        lambda r, f: -log_sigmoid(r - f).mean(),
        lambda r, f: -sigmoid(f - r),
        lambda r, f: sigmoid(f - r),
        lambda r, f: -log_sigmoid(f - r).mean(),
        lambda r, f: -sigmoid(r - f),
    ),
}


def generator_loss(name, fake, real):
    loss = gan_loss(name)
    return loss.generator(fake, real) if loss.relativistic else loss.generator(fake)


def check(name, real_logits, fake_logits):
    """Both losses of a name and all their derivatives, against the reference."""
    d_loss, d_real, d_fake, g_loss, g_fake = REFERENCES[name]
    logits = (real_logits, fake_logits)
    real, fake = (torch.tensor(x, requires_grad=True) for x in logits)
    loss = gan_loss(name).discriminator(real, fake)
    assert loss.dtype == torch.float64
    assert loss.item() == pytest.approx(d_loss(*logits), rel=1e-12, abs=1e-12)
    loss.backward()
    np.testing.assert_allclose(real.grad, d_real(*logits) / real_logits.size, atol=1e-12)
    np.testing.assert_allclose(fake.grad, d_fake(*logits) / fake_logits.size, atol=1e-12)

    fake.grad = None
    loss = generator_loss(name, fake, real.detach())
    assert loss.item() == pytest.approx(g_loss(*logits), rel=1e-12, abs=1e-12)
    loss.backward()
    np.testing.assert_allclose(fake.grad, g_fake(*logits) / fake_logits.size, atol=1e-12)


@pytest.mark.parametrize("name", REFERENCES)
def test_values_and_gradients(name):
    # N and M differ where they may, and a patch map's axes come along.
    rng = np.random.default_rng(0)
    fakes = 5 if gan_loss(name).relativistic else 7
    check(name, rng.normal(0, 3, (5, 1, 2, 3)), rng.normal(0, 3, (fakes, 1, 2, 3)))


# 1e4 is far beyond where an exponential overflows; the kinks of the hinge are left out.
LOGIT = st.floats(-1e4, 1e4).filter(lambda x: abs(abs(x) - 1) > 1e-6)
SHAPES = array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=3)


@pytest.mark.parametrize("name", REFERENCES)
@settings(max_examples=40, deadline=None, derandomize=True)
@given(data=st.data())
def test_values_and_gradients_at_any_shape_and_logit(name, data):
    shape = data.draw(SHAPES)
    rest = shape if gan_loss(name).relativistic else data.draw(SHAPES)
    check(name, *(data.draw(arrays(np.float64, s, elements=LOGIT)) for s in (shape, rest)))


def test_every_loss_has_a_reference():
    assert set(GAN_LOSSES) == set(REFERENCES)


@pytest.mark.parametrize("name", GAN_LOSSES)
@pytest.mark.parametrize("value", [1e4, -1e4])
def test_finite_at_extreme_logits(name, value):
    logits = torch.full((3,), value, requires_grad=True)
    other = torch.full((3,), -value, requires_grad=True)
    loss = gan_loss(name).discriminator(logits, other) + generator_loss(name, logits, other)
    loss.backward()
    for x in (loss, logits.grad, other.grad):
        assert torch.isfinite(x).all()


def test_derivatives_of_the_two_generator_losses_where_the_discriminator_is_sure():
    for name, derivative in (("minimax", -0.0024726), ("nonsaturating", -0.9975274)):
        logit = torch.tensor(-6.0, dtype=torch.float64, requires_grad=True)
        gan_loss(name).generator(logit).backward()
        assert logit.grad.item() == pytest.approx(derivative, abs=1e-7)


def test_label_smoothing():
    rng = np.random.default_rng(1)
    real, fake = rng.normal(0, 3, 5), rng.normal(0, 3, 4)
    expected = -(0.9 * log_sigmoid(real) + 0.1 * log_sigmoid(-real)).mean()
    expected -= log_sigmoid(-fake).mean()  # one-sided: fakes' labels stay
    loss = logistic_discriminator(torch.tensor(real), torch.tensor(fake), 0.1)
    assert loss.item() == pytest.approx(expected, rel=1e-12)


def test_pairs_must_be_pairs():
    relativistic = gan_loss("relativistic")
    for losses in (relativistic.discriminator, relativistic.generator):
        with pytest.raises(GanlibError, match="equal in size"):
            losses(torch.zeros(3), torch.zeros(4))


def test_equilibrium():
    nonsaturating, zero = gan_loss("nonsaturating"), torch.zeros(4)
    assert nonsaturating.discriminator(zero, zero).item() == pytest.approx(2 * math.log(2))
    assert nonsaturating.generator(zero).item() == pytest.approx(math.log(2))


@pytest.mark.parametrize("mean, least", [(0, 1.386294), (1, 1.163451), (2, 0.712633)])
def test_optimal_discriminator_of_two_gaussians(mean, least):
    # At the optimal logit -m·x + m²/2, D's loss is 2 ln 2 - 2·JSD: the integral, not a sample.
    x = torch.linspace(-12, 14, 2601, dtype=torch.float64)
    far = torch.tensor(60.0, dtype=torch.float64)  # a logit whose own loss is 0
    loss = gan_loss("nonsaturating").discriminator
    logit = -mean * x + mean**2 / 2
    on_real = torch.stack([loss(a, -far) for a in logit])
    on_fake = torch.stack([loss(far, a) for a in logit])
    real, fake = (torch.exp(-((x - m) ** 2) / 2) / math.sqrt(2 * math.pi) for m in (0, mean))
    total = torch.trapezoid(real * on_real + fake * on_fake, x)
    assert total.item() == pytest.approx(least, abs=1e-6)


@pytest.mark.parametrize("name", GAN_LOSSES)
def test_bfloat16_logits_give_float32_losses(name):
    logits = torch.randn(1000).to(torch.bfloat16)
    loss = gan_loss(name).discriminator(logits, logits)
    assert loss.dtype == torch.float32
    assert torch.equal(loss, gan_loss(name).discriminator(logits.float(), logits.float()))
    assert generator_loss(name, logits, logits).dtype == torch.float32


def test_unknown_loss_lists_the_known():
    known = "minimax, nonsaturating, least_squares, hinge, wasserstein, relativistic"
    with pytest.raises(ConfigError, match=f"loss must be one of {known}, not 'wasserstien'"):
        gan_loss("wasserstien")
