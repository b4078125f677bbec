"""Reconstruction terms, which join the adversarial one in G's loss to keep the person. Each takes
images (N, C, H, W) in [-1, 1] and returns a scalar, a mean over pixels and channels."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, l1_loss, mse_loss

from ganlib.core.errors import GanlibError


def l1(output: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
    """Mean |output - target| (Isola et al. 2017, equation 3): for pairs whose answer is known.
    `weight` (N, 1, H, W) multiplies the error, where some of the picture matters more."""
    if weight is None:
        return l1_loss(output, target)
    return ((output - target).abs() * weight).mean()


def edges(output: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """L1 between the differences of neighbouring pixels, down and across: lines, whatever the tone
    about them (Mathieu et al. 2016, equation 6 with α = 1). `weight` as of `l1`."""
    across, down = ((output - target).diff(dim=dim).abs() for dim in (-1, -2))
    return (across * weight[..., 1:]).mean() + (down * weight[..., 1:, :]).mean()


def l2(output: Tensor, target: Tensor) -> Tensor:
    """Mean (output - target)²: its best guess is the mean of what may be, `l1`'s is the median."""
    return mse_loss(output, target)


DISTANCES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"l1": l1, "l2": l2}


def perceptual(output: Tensor, target: Tensor, features: Callable[..., Any]) -> Tensor:
    """L1 between the `features` of both, as a frozen network gives them, summed over layers
    (Johnson et al. 2016, equation 2, with L1). The target gets no gradient."""
    with torch.no_grad():
        wanted = features(target)
    pairs = zip(features(output), wanted, strict=True)
    return torch.stack([l1_loss(ours, theirs) for ours, theirs in pairs]).sum()


def low_frequencies(images: Tensor, factor: int) -> Tensor:
    """Means over `factor` x `factor` squares of pixels; `factor` divides both sides of the images.
    The squares overlap by half, because G would otherwise learn their grid and paint it."""
    if images.shape[-2] % factor or images.shape[-1] % factor:
        problem = f"low_frequency cannot average {images.shape[-1]}x{images.shape[-2]} pixels over"
        raise GanlibError(f"{problem} squares of {factor}; choose a factor that divides both.")
    return avg_pool2d(images, factor, max(1, factor // 2))


def low_frequency(output: Tensor, photo: Tensor, factor: int = 16, transport: Any = None) -> Tensor:
    """L1 between the `low_frequencies` of both: pose and colour are held to the photograph's, lines
    and eyes stay free. `transport` (`data.tones`) maps photographs' to those of drawings."""
    wanted = low_frequencies(photo, factor)
    wanted = wanted if transport is None else transport(wanted)
    return l1_loss(low_frequencies(output, factor), wanted)
