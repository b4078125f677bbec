"""Penalties on the gradient of a discriminator with respect to its images: differentiable scalars.
It gives (N, ...) -> logits (N, ...), one or a map of them for an image, and must not mix rows."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ganlib.core.errors import GanlibError
from ganlib.core.parallel import draw_rows

Discriminator = Callable[[Tensor], Tensor]


def _squared_gradient(discriminator: Discriminator, images: Tensor) -> Tensor:
    """||∇ₓ D(x)||² of each image, D(x) being the sum of its logits: (N, ...) -> (N,)."""
    # Squares of small gradients underflow in half precision, and a double backward has more.
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


def wgan_gp(discriminator: Discriminator, real: Tensor, fake: Tensor, mix: Any = None) -> Tensor:
    """E (||∇ₓ D(x)|| - 1)² between real and fake (Gulrajani et al. 2017, equation 3, without λ).
    D(x) is the mean of an image's logits, as in the Wasserstein loss: that score has to be
    1-Lipschitz, however many patches there are. `real` and `fake` (N, ...) are paired in order, so
    of one shape, else GanlibError; `mix` (N,) in [0, 1] is the fake's share, drawn if not given."""
    if real.shape != fake.shape:
        shapes = f"{tuple(real.shape)} and {tuple(fake.shape)}"
        raise GanlibError(f"WGAN-GP mixes real images with as many fakes; the shapes are {shapes}.")
    if mix is None:
        mix = draw_rows(lambda n: torch.rand(n, device=real.device), (len(real),))
    share = mix.to(real.dtype).reshape(-1, *[1] * (real.ndim - 1))
    between = torch.lerp(real.detach(), fake.detach().to(real.dtype), share)
    # The root's own derivative is infinite at 0, where a fresh or dead critic is.
    squared = _squared_gradient(lambda x: discriminator(x).reshape(len(x), -1).mean(1), between)
    return ((squared + 1e-12).sqrt() - 1).square().mean()
