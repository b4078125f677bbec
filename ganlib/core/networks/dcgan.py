"""The DCGAN pair (Radford et al. 2016), with group norm (Wu and He 2018) for batch norm: a sample
depends on its own noise only, and D may score real and fake in one pass."""

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import conv_transpose2d, pad

from ganlib.core.errors import ConfigError
from ganlib.core.networks import base

COARSEST = 4  # side of the coarsest map, pixels
GROUPS = 8


@dataclass(frozen=True)
class DCGANGeneratorConfig:
    size: int = 64  # side of the images, pixels: a power of two, 8 to 256
    latent: int = 100  # numbers of noise that an image is made from
    width: int = 64  # channels at half the side, a multiple of 8; doubled with every halving
    upsampling: Literal["transposed", "resize"] = "transposed"  # resize: `ResizeConv`

    def __post_init__(self) -> None:
        DCGANDiscriminatorConfig(self.size, self.width)  # the same rules
        base.check_range(self, latent=(1, 4096))


@dataclass(frozen=True)
class DCGANDiscriminatorConfig:
    size: int = 64  # side of the images, pixels: a power of two, 8 to 256
    width: int = 64  # channels after the first halving, a multiple of 8; doubled with every one
    spectral_norm: bool = False  # in place of group norms, which would undo it
    outputs: int = 1  # 1 logit, or features for a discriminator that goes on from them
    pack: int = 1  # neighbours in the batch that are scored together (Lin et al. 2018)

    def __post_init__(self) -> None:
        base.check_range(self, size=(8, 256), width=(8, 512, 8), outputs=(1, 4096), pack=(1, 16))
        if self.size & (self.size - 1):
            raise ConfigError("size", f"must be a power of two, not {self.size}.")


def tower_widths(size: int, width: int) -> list[int]:
    """Channels from the finest map, size/2 pixels wide, to the coarsest."""
    return [width << level for level in range((size // COARSEST).bit_length() - 1)]


class ResizeConv(nn.Module):
    """Twice the side without a checkerboard: every pixel 2 × 2 times, then a 3 × 3 convolution
    (Odena et al. 2016). (N, coarse, H, W) -> (N, fine, 2H, 2W). Computed as one transposed
    convolution, whose 4 × 4 kernel is the 3 × 3 one stamped 2 × 2 times, with fewer products."""

    def __init__(self, coarse: int, fine: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(coarse, fine, 3, 3))
        self.bias = nn.Parameter(torch.zeros(fine))
        nn.init.normal_(self.weight, std=0.02 / 1.5)  # so that the 4 × 4 kernel has std 0.02

    def forward(self, maps: Tensor) -> Tensor:
        corners = ((0, 1, 0, 1), (1, 0, 0, 1), (0, 1, 1, 0), (1, 0, 1, 0))
        kernel = torch.stack([pad(self.weight, corner) for corner in corners]).sum(0)
        return conv_transpose2d(maps, kernel, self.bias, stride=2, padding=1)


class DCGANGenerator(base.Network):
    """Noise in, image out: z (N, latent) of N(0, 1) -> (N, 3, S, S) in [-1, 1], float32."""

    kind = "noise generator"
    Config = DCGANGeneratorConfig

    def __init__(self, config: DCGANGeneratorConfig | None = None) -> None:
        super().__init__(config)
        channels = tower_widths(self.config.size, self.config.width)[::-1]
        self.project = nn.Linear(self.config.latent, channels[0] * COARSEST**2)
        transposed = partial(nn.ConvTranspose2d, kernel_size=4, stride=2, padding=1)
        double: Any = ResizeConv if self.config.upsampling == "resize" else transposed
        layers: list[nn.Module] = [nn.GroupNorm(GROUPS, channels[0]), nn.ReLU()]
        for coarse, fine in pairwise(channels):
            layers += [double(coarse, fine), nn.GroupNorm(GROUPS, fine), nn.ReLU()]
        self.layers = nn.Sequential(*layers, double(channels[-1], 3))
        base.start([self.project, *self.layers])

    def forward(self, noise: Tensor) -> Tensor:
        base.check_shape("noise", noise, self.config.latent)
        coarsest = self.project(noise).unflatten(1, (-1, COARSEST, COARSEST))
        return base.to_image(self.layers(coarsest))


class DCGANDiscriminator(base.Network):
    """Real or fake: (N, 3, S, S) -> logits (N / pack,), or features (N / pack, outputs)."""

    Config = DCGANDiscriminatorConfig

    def __init__(self, config: DCGANDiscriminatorConfig | None = None) -> None:
        super().__init__(config)
        config, leaky = self.config, nn.LeakyReLU(base.NEGATIVE_SLOPE)
        channels = tower_widths(config.size, config.width)
        layers: list[nn.Module] = [nn.Conv2d(3 * config.pack, channels[0], 4, 2, 1), leaky]
        for fine, coarse in pairwise(channels):
            norm = nn.Identity() if config.spectral_norm else nn.GroupNorm(GROUPS, coarse)
            layers += [nn.Conv2d(fine, coarse, 4, stride=2, padding=1), norm, leaky]
        self.layers = nn.Sequential(*layers, nn.Conv2d(channels[-1], config.outputs, COARSEST))
        base.start_discriminator(self.layers, config.spectral_norm)

    def forward(self, images: Tensor) -> Tensor:
        base.check_shape("images", images, 3, self.config.size, self.config.size)
        packs = images.unflatten(0, (-1, self.config.pack)).flatten(1, 2)
        return self.layers(packs).flatten(1).squeeze(1)
