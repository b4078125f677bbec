"""Reconstruction terms, which join the adversarial one in G's loss to keep the person. Each takes
images (N, C, H, W) in [-1, 1] and returns a scalar, a mean over pixels and channels."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, l1_loss, mse_loss

from ganlib.core.errors import GanlibError

Features = Callable[[Tensor], list[Tensor]]


def l1(output: Tensor, target: Tensor) -> Tensor:
    """Mean |output - target| (Isola et al. 2017, equation 3): for pairs whose answer is known."""
    return l1_loss(output, target)


def l2(output: Tensor, target: Tensor) -> Tensor:
    """Mean (output - target)²: its best guess is the mean of what may be, `l1`'s is the median."""
    return mse_loss(output, target)


DISTANCES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"l1": l1, "l2": l2}


def perceptual(output: Tensor, target: Tensor, features: Features) -> Tensor:
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


def low_frequency(
    output: Tensor, source: Tensor, factor: int = 16, transport: nn.Module | None = None
) -> Tensor:
    """L1 between the `low_frequencies` of both: pose and colour are held to the source's; outlines
    and eyes stay free. `transport` (`data.tones`) maps the source domain's to the target's."""
    wanted = low_frequencies(source, factor)
    wanted = wanted if transport is None else transport(wanted)
    return l1_loss(low_frequencies(output, factor), wanted)


def cycle(returned: Tensor, source: Tensor) -> Tensor:
    """L1 between F(G(x)) and x: there and back again (Zhu et al. 2017, a term of equation 2)."""
    return l1_loss(returned, source)


def identity(output: Tensor, target: Tensor) -> Tensor:
    """L1 between G(y) and y: what is a drawing already stays as it is (Zhu et al. 2017, 5.2)."""
    return l1_loss(output, target)
