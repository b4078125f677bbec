"""The DCGAN pair with a condition, a vector (N, C) that says what to draw and what was asked."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from ganlib.core.networks import base, dcgan


@dataclass(frozen=True)
class ConditionalGeneratorConfig:
    condition: int  # numbers that say what to draw
    size: int = 64  # side of the images, pixels: a power of two, 8 to 256
    latent: int = 64  # numbers of noise, for all that the condition leaves open
    width: int = 32  # channels at half the side, a multiple of 8; doubled with every halving
    embedding: int = 32  # numbers that the condition is reduced to

    def __post_init__(self) -> None:
        base.check_range(self, condition=(1, 4096), latent=(1, 4096), embedding=(1, 4096))
        dcgan.DCGANDiscriminatorConfig(self.size, self.width)  # the same rules


@dataclass(frozen=True)
class ProjectionDiscriminatorConfig:
    condition: int  # numbers that say what an image should show
    size: int = 64  # side of the images, pixels: a power of two, 8 to 256
    width: int = 32  # channels after the first halving, a multiple of 8; doubled with every one
    features: int = 128  # numbers by which an image meets its condition
    spectral_norm: bool = False  # of every layer, in place of the norms
    pack: int = 1  # images of one condition, neighbours in the batch, that it scores together

    def __post_init__(self) -> None:
        base.check_range(self, condition=(1, 4096), features=(1, 4096), pack=(1, 16))
        dcgan.DCGANDiscriminatorConfig(self.size, self.width)  # the same rules


class ConditionalNorm(nn.Module):
    """Group norm, scaled and shifted by a code (N, code), at first not (Dumoulin et al. 2017)."""

    def __init__(self, channels: int, code: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(dcgan.GROUPS, channels, affine=False)
        self.affine = nn.Linear(code, 2 * channels)
        for weights in self.affine.parameters():
            nn.init.zeros_(weights)

    def forward(self, maps: Tensor, code: Tensor) -> Tensor:
        scale, shift = self.affine(code)[:, :, None, None].chunk(2, 1)
        return self.norm(maps) * (1 + scale) + shift


class ConditionalGenerator(base.Network):
    """Noise and condition in, image out: (N, latent) of N(0, 1), (N, C) -> (N, 3, S, S), float32.
    The tower of `DCGANGenerator`, upsampled without a checkerboard."""

    kind = "face generator"
    Config = ConditionalGeneratorConfig

    def __init__(self, config: ConditionalGeneratorConfig) -> None:
        super().__init__(config)
        channels = dcgan.tower_widths(config.size, config.width)[::-1]
        self.embed = nn.Linear(config.condition, config.embedding)
        self.project = nn.Linear(config.latent + config.embedding, channels[0] * dcgan.COARSEST**2)
        self.norms = nn.ModuleList(ConditionalNorm(c, config.embedding) for c in channels)
        pairs = zip(channels, [*channels[1:], 3], strict=True)
        self.doubles = nn.ModuleList(dcgan.ResizeConv(coarse, fine) for coarse, fine in pairs)
        base.start([self.project])

    def forward(self, noise: Tensor, condition: Tensor) -> Tensor:
        base.check_shape("noise", noise, self.config.latent)
        base.check_shape("conditions", condition, self.config.condition, n=len(noise))
        code = self.embed(condition)
        maps = self.project(torch.cat([noise, code.to(noise.dtype)], 1))
        maps = maps.unflatten(1, (-1, dcgan.COARSEST, dcgan.COARSEST))
        for norm, double in zip(self.norms, self.doubles, strict=True):
            maps = double(torch.relu(norm(maps, code)))
        return base.to_image(maps)


def projection_logit(
    features: Tensor, condition: Tensor, weight: Tensor, bias: Tensor, match: Tensor
) -> Tensor:
    """φ·w + b + c·Vφ (Miyato and Koyama 2018, equation 3, their ψ being linear): logits (N,), from
    φ = `features` (N, F), c = `condition` (N, C), w (F,), b (a number) and V = `match` (C, F)."""
    return features @ weight + bias + (condition @ match * features).sum(1)


class ProjectionDiscriminator(base.Network):
    """Real, and as asked? (N, 3, S, S), (N, C) -> logits (N / pack,) (`projection_logit`)."""

    Config = ProjectionDiscriminatorConfig

    def __init__(self, config: ProjectionDiscriminatorConfig) -> None:
        super().__init__(config)
        shape = config.size, config.width, config.spectral_norm, config.features, config.pack
        self.tower = dcgan.DCGANDiscriminator(dcgan.DCGANDiscriminatorConfig(*shape))
        self.real = nn.Linear(config.features, 1)
        self.match = nn.Linear(config.features, config.condition, bias=False)
        for layer in (self.real, self.match):
            base.start([layer], std=0.1 * config.features**-0.5)  # logits near 0
            if config.spectral_norm:
                base.normalise_spectrum(layer)

    def forward(self, images: Tensor, condition: Tensor) -> Tensor:
        base.check_shape("conditions", condition, self.config.condition, n=len(images))
        features, real = leaky_relu(self.tower(images), base.NEGATIVE_SLOPE), self.real
        asked = condition[:: self.config.pack]
        return projection_logit(features, asked, real.weight[0], real.bias, self.match.weight)
