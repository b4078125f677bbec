"""The losses that the source article prints, with its signs: for the lessons alone."""

from torch import Tensor

from ganlib.core.losses import GAN_LOSSES, GANLoss, critic_generator, wasserstein_critic


def article_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """-mean D(G(z)) + mean D(x). Minimising it raises the score of fakes: D learns to measure
    *fakeness*. It is the Wasserstein critic with its sign flipped, and as unbounded."""
    return -wasserstein_critic(real, fake)


def article_generator(fake: Tensor) -> Tensor:
    """mean D(G(z)). With "1 = real", which the article says, G learns to be caught; with the
    fakeness that `article_discriminator` teaches D, it learns to pass."""
    return -critic_generator(fake)


LOSSES = GAN_LOSSES | {"article": GANLoss(article_discriminator, article_generator)}
