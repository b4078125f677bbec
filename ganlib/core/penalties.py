"""Penalties on the gradient of a discriminator with respect to its images.

Each takes a discriminator (N, ...) -> logits of any shape (N, ...), whose logits are summed for
each image, and gives a differentiable scalar. The gradient of image i is taken over all axes but
the first. The discriminator must not mix the rows of a batch (no batch norm): image i then
influences its own logits alone, and one sum over the batch gives every image's own gradient.

The squares of small gradients underflow easily, and a double backward multiplies them again, so
autocast is off in here and half-precision images are widened to float32. The gradient is taken by
`torch.func.grad`, which `torch.compile` can see through.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from ganlib.core.errors import GanlibError

Discriminator = Callable[[Tensor], Tensor]


def _squared_gradient(discriminator: Discriminator, images: Tensor) -> Tensor:
    """||∇ₓ D(x)||² of each image: (N, ...) -> (N,)."""
    with torch.autocast(images.device.type, enabled=False):
        wide = images.detach().to(torch.promote_types(images.dtype, torch.float32))
        gradient = torch.func.grad(lambda x: discriminator(x).sum())(wide)
        return gradient.square().flatten(1).sum(1)


def r1(discriminator: Discriminator, real: Tensor) -> Tensor:
    """R1 = E ||∇ₓ D(x)||² / 2 over real x (Mescheder et al. 2018, equation 9, without its γ)."""
    return _squared_gradient(discriminator, real).mean() / 2


def r2(discriminator: Discriminator, fake: Tensor) -> Tensor:
    """R2 = E ||∇ₓ D(x)||² / 2 over fakes (Mescheder et al. 2018, equation 10, without its γ)."""
    return _squared_gradient(discriminator, fake).mean() / 2


def wgan_gp(
    discriminator: Discriminator, real: Tensor, fake: Tensor, mix: Tensor | None = None
) -> Tensor:
    """E (||∇ₓ D(x)|| - 1)² between real and fake (Gulrajani et al. 2017, equation 3, without λ).

    Args:
        discriminator: the critic.
        real, fake: (N, ...), of one shape, paired in their order. GanlibError otherwise.
        mix: (N,) in [0, 1], the share of the fake in each x; drawn evenly if not given.
    """
    if real.shape != fake.shape:
        raise GanlibError(
            "WGAN-GP mixes each real image with one fake, but the batches have the shapes "
            f"{tuple(real.shape)} and {tuple(fake.shape)}; make them equal."
        )
    if mix is None:
        mix = torch.rand(len(real), device=real.device)
    share = mix.to(real.dtype).reshape(-1, *[1] * (real.ndim - 1))
    between = torch.lerp(real.detach(), fake.detach().to(real.dtype), share)
    # The root's own derivative is infinite at 0, where a fresh or dead critic is.
    norm = (_squared_gradient(discriminator, between) + 1e-12).sqrt()
    return (norm - 1).square().mean()
