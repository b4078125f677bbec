"""The article's losses: by value, by gradient, at extreme logits, and what they amount to."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from ganlib.core.losses import GAN_LOSSES
from ganlib.lessons.article import LOSSES

ARTICLE = LOSSES["article"]
LOGITS = arrays(np.float64, array_shapes(max_dims=4, max_side=3), elements=st.floats(-1e4, 1e4))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(reals=LOGITS, fakes=LOGITS)
def test_values_and_gradients_at_any_shape_and_logit(reals, fakes):
    real, fake = (torch.tensor(x, requires_grad=True) for x in (reals, fakes))
    loss = ARTICLE.discriminator(real, fake)
    assert loss.dtype == torch.float64
    assert loss.item() == pytest.approx(reals.mean() - fakes.mean(), rel=1e-12, abs=1e-12)
    loss.backward()
    np.testing.assert_allclose(real.grad, np.full_like(reals, 1 / reals.size), atol=1e-12)
    np.testing.assert_allclose(fake.grad, np.full_like(fakes, -1 / fakes.size), atol=1e-12)

    fake.grad = None
    loss = ARTICLE.generator(fake)
    assert loss.item() == pytest.approx(fakes.mean(), rel=1e-12, abs=1e-12)
    loss.backward()
    np.testing.assert_allclose(fake.grad, np.full_like(fakes, 1 / fakes.size), atol=1e-12)


def test_they_are_a_critic_with_its_sign_flipped():
    real, fake = torch.randn(5), torch.randn(4)
    critic = GAN_LOSSES["wasserstein"]
    torch.testing.assert_close(
        ARTICLE.discriminator(-real, -fake), critic.discriminator(real, fake)
    )
    torch.testing.assert_close(ARTICLE.generator(-fake), critic.generator(fake))


def test_bfloat16_logits_give_float32_losses():
    logits = torch.randn(1000).to(torch.bfloat16)
    loss = ARTICLE.discriminator(logits, logits + 1)
    assert loss.dtype == torch.float32
    assert torch.equal(loss, ARTICLE.discriminator(logits.float(), (logits + 1).float()))
    assert ARTICLE.generator(logits).dtype == torch.float32


def test_they_stand_beside_the_librarys():
    assert {name: LOSSES[name] for name in LOSSES if name != "article"} == GAN_LOSSES
