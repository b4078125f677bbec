"""The adversarial losses: for each, what the discriminator and what the generator minimise. All
work on logits (unbounded scores; larger means "more real") of any shape."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import relu, softplus

from ganlib.core.errors import ConfigError, GanlibError


class GANLoss(NamedTuple):
    """Two losses, each a scalar in float32 or wider, each minimised by its own network."""

    discriminator: Callable[..., Tensor]  # (real logits, fake logits) -> loss
    generator: Callable[..., Tensor]  # fake logits -> loss; (fake, real) -> loss if `relativistic`
    relativistic: bool = False


def _wide(logits: Tensor) -> Tensor:
    # A mean of bfloat16 numbers keeps two or three digits: too few to watch a training by.
    return logits.to(torch.promote_types(logits.dtype, torch.float32))


def logistic_discriminator(real: Tensor, fake: Tensor, smoothing: float = 0.0) -> Tensor:
    """Binary cross-entropy, -log D(x) - log(1 - D(G(z))) (Goodfellow et al. 2014, equation 1), as
    softplus, which is finite at every logit. Smoothing is one-sided (Salimans et al. 2016, section
    3.4): the label of real images is 1 - smoothing, that of fakes stays 0."""
    real = _wide(real)
    return (softplus(-real) + smoothing * real).mean() + softplus(_wide(fake)).mean()


def minimax_generator(fake: Tensor) -> Tensor:
    """log(1 - D(G(z))) (Goodfellow et al. 2014, equation 1): D's own loss with the sign turned. Its
    derivative by the logit a is -sigmoid(a): next to nothing where D is sure, it saturates."""
    return -softplus(_wide(fake)).mean()


def nonsaturating_generator(fake: Tensor) -> Tensor:
    """-log D(G(z)) (Goodfellow et al. 2014, section 3): a strong gradient where G is bad."""
    return softplus(-_wide(fake)).mean()


def least_squares_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """(D(x) - 1)²/2 + D(G(z))²/2 (Mao et al. 2017, equation 2 with a=0 and b=1)."""
    return (_wide(real) - 1).square().mean() / 2 + _wide(fake).square().mean() / 2


def least_squares_generator(fake: Tensor) -> Tensor:
    """(D(G(z)) - 1)²/2 (Mao et al. 2017, equation 2 with c=1)."""
    return (_wide(fake) - 1).square().mean() / 2


def hinge_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """max(0, 1 - D(x)) + max(0, 1 + D(G(z))) (Lim and Ye 2017; Miyato et al. 2018, equation 16)."""
    return relu(1 - _wide(real)).mean() + relu(1 + _wide(fake)).mean()


def critic_generator(fake: Tensor) -> Tensor:
    """-D(G(z)): of the hinge (Miyato et al. 2018, equation 17) and the Wasserstein loss alike."""
    return -_wide(fake).mean()


def wasserstein_critic(real: Tensor, fake: Tensor) -> Tensor:
    """D(G(z)) - D(x) (Arjovsky et al. 2017, equation 3, negated): -W₁ for the best critic with
    gradients of norm 1 at most, to which a penalty or spectral normalisation has to hold it."""
    return _wide(fake).mean() - _wide(real).mean()


def relativistic_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """-log sigmoid(D(x) - D(G(z))), pair by pair (Jolicoeur-Martineau 2018, section 4.1, RpGAN;
    Huang et al. 2024, equation 2): is this real image more real than this fake?"""
    if real.shape != fake.shape:
        shapes = f"{tuple(real.shape)} and {tuple(fake.shape)}; choose another loss"
        raise GanlibError(f"the relativistic loss pairs batches equal in size, not {shapes}.")
    return softplus(_wide(fake) - _wide(real)).mean()


def relativistic_generator(fake: Tensor, real: Tensor) -> Tensor:
    """-log sigmoid(D(G(z)) - D(x)), pair by pair: D's loss with the roles exchanged."""
    return relativistic_discriminator(fake, real)


GAN_LOSSES = {
    "minimax": GANLoss(logistic_discriminator, minimax_generator),
    "nonsaturating": GANLoss(logistic_discriminator, nonsaturating_generator),
    "least_squares": GANLoss(least_squares_discriminator, least_squares_generator),
    "hinge": GANLoss(hinge_discriminator, critic_generator),
    "wasserstein": GANLoss(wasserstein_critic, critic_generator),
    "relativistic": GANLoss(relativistic_discriminator, relativistic_generator, relativistic=True),
}


def gan_loss(name: str) -> GANLoss:
    """The losses of that name; ConfigError if there are none."""
    if name not in GAN_LOSSES:
        raise ConfigError("loss", f"must be one of {', '.join(GAN_LOSSES)}, not {name!r}.")
    return GAN_LOSSES[name]
