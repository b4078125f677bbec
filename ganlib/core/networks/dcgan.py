"""The DCGAN pair (Radford et al. 2016): noise to image, and image to one logit.

Both are towers of 4 x 4 convolutions that double or halve the side, with the coarsest map 4 pixels
wide. Where the paper normalises over the batch, these normalise within each image (group norm, Wu
and He 2018): a sample then depends on its own noise only, D may score real and fake in one pass,
and there are no running statistics for the average of G's weights to disagree with.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import conv_transpose2d, pad

from ganlib.core.errors import ConfigError
from ganlib.core.networks.base import (
    NEGATIVE_SLOPE,
    Network,
    check_multiple,
    check_range,
    check_shape,
    start_discriminator,
    to_image,
    zero_bias,
)

COARSEST = 4  # side of the coarsest map, pixels
GROUPS = 8


@dataclass(frozen=True)
class DCGANGeneratorConfig:
    """The shape of a `DCGANGenerator`."""

    size: int = 64  # side of the images, pixels: a power of two, 8 to 256
    latent: int = 100  # numbers of noise that an image is made from
    width: int = 64  # channels at half the side, a multiple of 8; doubled with every halving
    upsampling: Literal["transposed", "resize"] = "transposed"  # resize: `ResizeConv`

    def __post_init__(self) -> None:
        DCGANDiscriminatorConfig(self.size, self.width)  # the same rules
        check_range(self, latent=(1, 4096))


@dataclass(frozen=True)
class DCGANDiscriminatorConfig:
    """The shape of a `DCGANDiscriminator`."""

    size: int = 64  # side of the images, pixels: a power of two, 8 to 256
    width: int = 64  # channels after the first halving, a multiple of 8; doubled with every one
    spectral_norm: bool = False  # in place of group norms, which would undo it
    outputs: int = 1  # 1 logit, or features for a discriminator that goes on from them

    def __post_init__(self) -> None:
        check_range(self, size=(8, 256), width=(GROUPS, 512), outputs=(1, 4096))
        check_multiple(self, width=GROUPS)
        if self.size & (self.size - 1):
            raise ConfigError("size", f"must be a power of two, not {self.size}.")


def tower_widths(size: int, width: int) -> list[int]:
    """Channels from the finest map, size/2 pixels wide, to the coarsest."""
    return [width << level for level in range((size // COARSEST).bit_length() - 1)]


class ResizeConv(nn.Module):
    """Twice the side without a checkerboard: every pixel 2 × 2 times, then a 3 × 3 convolution
    (Odena et al. 2016). (N, coarse, H, W) -> (N, fine, 2H, 2W).

    It is one transposed convolution, whose 4 × 4 kernel is nine weights stamped 2 × 2 times: four
    products for each output in place of nine, and still no pixel is treated unlike its neighbour.
    """

    def __init__(self, coarse: int, fine: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(coarse, fine, 3, 3))
        self.bias = nn.Parameter(torch.zeros(fine))
        # Then the sixteen have the root mean square 0.02.
        nn.init.normal_(self.weight, std=0.02 / 1.5)

    def forward(self, maps: Tensor) -> Tensor:
        corners = ((0, 1, 0, 1), (1, 0, 0, 1), (0, 1, 1, 0), (1, 0, 1, 0))
        kernel = torch.stack([pad(self.weight, corner) for corner in corners]).sum(0)
        return conv_transpose2d(maps, kernel, self.bias, stride=2, padding=1)


class DCGANGenerator(Network):
    """Noise in, image out: z (N, latent) of N(0, 1) -> (N, 3, S, S) in [-1, 1], float32.

    A linear layer makes the coarsest map; transposed convolutions double it; ReLU between, tanh
    at the end. Weights start from N(0, 0.02²), the paper's choice.
    """

    kind = "noise generator"
    Config = DCGANGeneratorConfig

    def __init__(self, config: DCGANGeneratorConfig | None = None) -> None:
        super().__init__(config)
        channels = tower_widths(self.config.size, self.config.width)[::-1]
        self.project = nn.Linear(self.config.latent, channels[0] * COARSEST**2)
        layers: list[nn.Module] = [nn.GroupNorm(GROUPS, channels[0]), nn.ReLU()]
        for coarse, fine in pairwise(channels):
            layers += [self._double(coarse, fine), nn.GroupNorm(GROUPS, fine), nn.ReLU()]
        self.layers = nn.Sequential(*layers, self._double(channels[-1], 3))
        for layer in (self.project, *self.layers):
            if isinstance(layer, nn.Linear | nn.ConvTranspose2d):
                nn.init.normal_(layer.weight, std=0.02)
                zero_bias(layer)

    def _double(self, coarse: int, fine: int) -> nn.Module:
        if self.config.upsampling == "resize":
            return ResizeConv(coarse, fine)
        return nn.ConvTranspose2d(coarse, fine, 4, stride=2, padding=1)

    def forward(self, noise: Tensor) -> Tensor:
        """Draw (N, latent) as images; GanlibError if the noise has another shape."""
        check_shape("noise", noise, self.config.latent)
        return to_image(self.layers(self.project(noise).unflatten(1, (-1, COARSEST, COARSEST))))


class DCGANDiscriminator(Network):
    """Real or fake: images (N, 3, S, S) in [-1, 1] -> logits (N,), larger meaning "more real".

    With `outputs` above 1, features (N, outputs). Convolutions of stride 2 and LeakyReLU; no norm
    on the first layer, as in the paper.
    """

    Config = DCGANDiscriminatorConfig

    def __init__(self, config: DCGANDiscriminatorConfig | None = None) -> None:
        super().__init__(config)
        config, leaky = self.config, nn.LeakyReLU(NEGATIVE_SLOPE)
        channels = tower_widths(config.size, config.width)
        layers: list[nn.Module] = [nn.Conv2d(3, channels[0], 4, stride=2, padding=1), leaky]
        for fine, coarse in pairwise(channels):
            norm = nn.Identity() if config.spectral_norm else nn.GroupNorm(GROUPS, coarse)
            layers += [nn.Conv2d(fine, coarse, 4, stride=2, padding=1), norm, leaky]
        self.layers = nn.Sequential(*layers, nn.Conv2d(channels[-1], config.outputs, COARSEST))
        start_discriminator(self.layers, config.spectral_norm)

    def forward(self, images: Tensor) -> Tensor:
        """Score (N, 3, S, S); GanlibError if S is not the size in the config."""
        check_shape("images", images, 3, self.config.size, self.config.size)
        return self.layers(images).flatten(1).squeeze(1)
