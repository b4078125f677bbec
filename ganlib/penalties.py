"""Penalties on a discriminator's slope."""

from collections.abc import Callable

import torch
from torch import Tensor


def r1(discriminator: Callable[[Tensor], Tensor], real: Tensor) -> Tensor:
    """R1 = E ||∇ₓ D(x)||² / 2 over real x (Mescheder et al. 2018, equation 9, without its γ).

    `real` is (N, ...); its logits may have any shape (N, ...) and are summed for each image, then
    the squared slope is summed over all axes but the first, and averaged over that. The result is a
    differentiable scalar.

    The squares of small slopes underflow easily, and a double backward multiplies them again, so
    autocast is off in here and half-precision images are widened to float32.
    """
    with torch.autocast(real.device.type, enabled=False):
        images = real.detach().to(torch.promote_types(real.dtype, torch.float32))
        images.requires_grad_()
        logits = discriminator(images)
        # Image i influences only its own logits, so one sum gives every image's own gradient.
        (slope,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
        return slope.square().flatten(1).sum(1).mean() / 2
