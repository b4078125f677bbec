"""What a tower of convolutions does by its numbers alone: sides, weights, ripples, the signal."""

from typing import Any

import torch
from torch import Tensor


def conv_weights(inputs: int, outputs: int, kernel: int) -> int:
    """Weights and biases of a convolution, transposed or not."""
    return (inputs * kernel**2 + 1) * outputs


def doubled(side: Any, kernel: Any, stride: Any, padding: Any) -> Any:
    """Side of what a transposed convolution makes of a map of that side."""
    return (side - 1) * stride - 2 * padding + kernel


def overlap(kernel: Tensor, stride: int, side: int) -> Tensor:
    """What a transposed convolution with this kernel (K,) makes of `side` ones, before any padding
    is cut off: ((side − 1) · stride + K,). A kernel of ones counts who reaches each pixel."""
    ones = kernel.new_ones(1, 1, side)
    return torch.nn.functional.conv_transpose1d(ones, kernel[None, None], stride=stride)[0, 0]


def ripple(images: Tensor) -> Tensor:
    """How strong a checkerboard of period 2 is in each image: (N, C, H, W) -> (N,).

    The pixels of an image fall into four classes, by row and column, even or odd. A motif has no
    preference among them, so that their means agree; the standard deviation of these means,
    averaged over channels, is what the grid adds.
    """
    classes = [images[:, :, a::2, b::2].mean((2, 3)) for a in (0, 1) for b in (0, 1)]
    return torch.stack(classes).std(0, correction=0).mean(1)


def next_signal(signal: float | Tensor, fan_in: float | Tensor, std: float | Tensor) -> Tensor:
    """Mean square after a layer of weights N(0, std²) and a ReLU (He et al. 2015, equation 7), of
    the inputs' mean square, none of them correlated with a weight; `fan_in` meet in one output."""
    return torch.as_tensor(fan_in * std**2 * signal / 2)


def he_std(fan_in: float | Tensor) -> float | Tensor:
    """√(2 / n): the weights' standard deviation that keeps the signal (He et al. 2015)."""
    return (2 / fan_in) ** 0.5
