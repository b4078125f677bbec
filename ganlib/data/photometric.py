"""Random changes to photographs: other cameras, other light, and mirrors.

For whole batches at once, from torch's global random numbers. They make more photographs of few.
"""

import torch
from torch import Tensor
from torch.nn.functional import conv2d, pad

from ganlib.core.errors import GanlibError
from ganlib.data.pixels import from_light, to_light


def _uniform(images: Tensor, low: float, high: float, channels: int = 1) -> Tensor:
    """One number for each image (and channel), shaped to multiply the batch."""
    shape = (len(images), channels, 1, 1)
    return torch.rand(shape, device=images.device, dtype=images.dtype) * (high - low) + low


@torch.no_grad()
def photo_jitter(images: Tensor, strength: float = 1.0) -> Tensor:
    """Photographs as another camera might have taken them: (N, 3, H, W) in [-1, 1], same shape.

    At `strength` 1 each image draws an exposure of ±0.3 stops, a contrast of ±20 %, a colour cast
    of ±6 % on each channel, up to a whole 5-tap binomial blur, and noise of a standard deviation of
    up to 0.04. 0 returns the images untouched; above 2 the results stop looking like photographs.
    """
    _check_strength("photo_jitter", strength)
    if strength == 0:
        return images
    light = _contrasted(_exposed(images, strength), strength)
    share = (_uniform(images, 0, 1) * strength).clamp(max=1)
    light = light.lerp(_binomial(light), share)
    # Not randn_like: in the channels-last layout it fills one number at a time, 10 times slower.
    noise = torch.randn(light.shape, device=light.device, dtype=light.dtype)
    light = light + noise * _uniform(images, 0, 0.02) * strength
    return from_light(light.clamp(0, 1))


@torch.no_grad()
def relight(images: Tensor, strength: float = 1.0) -> Tensor:
    """Photographs as they would be in another light: (N, 3, H, W) in [-1, 1], same shape.

    At `strength` 1 each image draws an exposure of ±0.3 stops, a colour cast of ±6 % on each
    channel, a falloff of light of up to 0.3 stops from the middle to each side, and a contrast of
    ±20 %. 0 returns the images untouched; at 2 the falloff alone may leave a corner 0.44 of the
    middle's light.
    """
    _check_strength("relight", strength)
    if strength == 0:
        return images
    light = _exposed(images, strength)
    for side in (-1, -2):
        place = torch.linspace(-1, 1, images.shape[side], device=images.device, dtype=images.dtype)
        place = place.view(-1, *[1] * (-1 - side))
        light = light * torch.exp2(_uniform(images, -0.3, 0.3) * place * strength)
    return from_light(_contrasted(light, strength).clamp(0, 1))


def _check_strength(name: str, strength: float) -> None:
    if strength < 0:
        raise GanlibError(f"{name}'s strength must be 0 or more, not {strength}.")


def _exposed(images: Tensor, strength: float) -> Tensor:
    """Images in [-1, 1] as light in [0, 1] and above, with another exposure and colour cast."""
    light = to_light(images) * torch.exp2(_uniform(images, -0.3, 0.3) * strength)
    return light * (1 + _uniform(images, -0.06, 0.06, channels=3) * strength)


def _contrasted(light: Tensor, strength: float) -> Tensor:
    level = light.mean((1, 2, 3), keepdim=True)
    return level + (light - level) * (1 + _uniform(light, -0.2, 0.2) * strength)


def _binomial(images: Tensor) -> Tensor:
    """Blur of 5 x 5 pixels, of a standard deviation of one pixel."""
    # 1, 4, 6, 4, 1, made on the device: a CUDA graph cannot hold a copy from the host.
    away = torch.arange(-2, 3, device=images.device, dtype=images.dtype).abs()
    return blur(images, (6 - 1.5 * away - 0.5 * away**2) / 16)


def blur(images: Tensor, taps: Tensor) -> Tensor:
    """Images (N, C, H, W) convolved with the taps (2 r + 1,) down and across, edges replicated."""
    channels, width = images.shape[1], len(taps)
    images = pad(images, (width // 2,) * 4, mode="replicate")
    images = conv2d(images, taps.view(1, 1, width, 1).repeat(channels, 1, 1, 1), groups=channels)
    return conv2d(images, taps.view(1, 1, 1, width).repeat(channels, 1, 1, 1), groups=channels)


def random_flip(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Mirror each row left to right with probability ½: (N, C, H, W) tensors of one N.

    The decision for row i is shared by all the tensors, so twins stay twins. Always a tuple, one
    tensor for each that went in.
    """
    first = tensors[0]
    mirrored = torch.rand((first.shape[0], 1, 1, 1), device=first.device) < 0.5
    return tuple(torch.where(mirrored, images.flip(3), images) for images in tensors)
