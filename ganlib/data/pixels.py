"""The ranges of images, and the one way from each to the other.

At rest, in files and datasets, images are uint8 from 0 to 255. In batches, networks and metrics
they are float32 in [-1, 1]. What changes light, such as an exposure, works in [0, 1].
"""

import torch
from torch import Tensor


def to_uint8(images: Tensor) -> Tensor:
    """Float images in [-1, 1], clamped to it, rounded to the 256 levels of a byte; any shape."""
    return ((images.detach().float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)


def from_uint8(images: Tensor) -> Tensor:
    """uint8 images as float32 in [-1, 1]; (N, C, H, W) comes channels last in memory, as
    convolutions like it."""
    layout = torch.channels_last if images.ndim == 4 else torch.preserve_format
    return images.to(torch.float32, memory_format=layout) / 127.5 - 1


def to_light(images: Tensor) -> Tensor:
    """[-1, 1] to [0, 1]; any shape."""
    return (images + 1) / 2


def from_light(light: Tensor) -> Tensor:
    """[0, 1] to [-1, 1]; any shape."""
    return light * 2 - 1
