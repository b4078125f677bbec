"""Conditional networks: the DCGAN pair that is told what to draw, and what to look for.

A condition is a vector (N, C), such as `data.conditions.encode` makes of people. G reads it at two
places: beside the noise, where it decides what is where, and at every norm, where it decides how
each map is drawn. D answers "real?" and "is it what was asked for?" in one logit.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from ganlib.core.errors import GanlibError
from ganlib.core.networks.base import (
    NEGATIVE_SLOPE,
    Network,
    check_range,
    check_shape,
    normalise_spectrum,
    to_image,
)
from ganlib.core.networks.dcgan import (
    COARSEST,
    GROUPS,
    DCGANDiscriminator,
    DCGANDiscriminatorConfig,
    ResizeConv,
    tower_widths,
)


@dataclass(frozen=True)
class ConditionalGeneratorConfig:
    """The shape of a `ConditionalGenerator`."""

    condition: int  # numbers that say what to draw
    size: int = 64  # side of the images, pixels: a power of two, 8 to 256
    latent: int = 64  # numbers of noise, for all that the condition leaves open
    width: int = 32  # channels at half the side, a multiple of 8; doubled with every halving
    embedding: int = 32  # numbers that the condition is reduced to

    def __post_init__(self) -> None:
        check_range(self, condition=(1, 4096), latent=(1, 4096), embedding=(1, 4096))
        DCGANDiscriminatorConfig(self.size, self.width)  # the same rules


@dataclass(frozen=True)
class ProjectionDiscriminatorConfig:
    """The shape of a `ProjectionDiscriminator`."""

    condition: int  # numbers that say what an image should show
    size: int = 64  # side of the images, pixels: a power of two, 8 to 256
    width: int = 32  # channels after the first halving, a multiple of 8; doubled with every one
    features: int = 128  # numbers by which an image meets its condition
    spectral_norm: bool = False  # of every layer, in place of the norms

    def __post_init__(self) -> None:
        check_range(self, condition=(1, 4096), features=(1, 4096))
        self.tower()

    def tower(self) -> DCGANDiscriminatorConfig:
        """The shape of the part that sees the image alone."""
        return DCGANDiscriminatorConfig(self.size, self.width, self.spectral_norm, self.features)


class ConditionalNorm(nn.Module):
    """Group norm whose scale and shift are read off a code (Dumoulin et al. 2017).

    (N, C, H, W) and (N, code) -> (N, C, H, W). It starts as a plain norm.
    """

    def __init__(self, channels: int, code: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(GROUPS, channels, affine=False)
        self.affine = nn.Linear(code, 2 * channels)
        nn.init.zeros_(self.affine.weight)
        nn.init.zeros_(self.affine.bias)

    def forward(self, maps: Tensor, code: Tensor) -> Tensor:
        scale, shift = self.affine(code)[:, :, None, None].chunk(2, 1)
        return self.norm(maps) * (1 + scale) + shift


class ConditionalGenerator(Network):
    """Noise and condition in, image out: (N, latent) of N(0, 1), (N, C) -> (N, 3, S, S), float32.

    The tower of `DCGANGenerator`, upsampled without a checkerboard.
    """

    kind = "face generator"
    Config = ConditionalGeneratorConfig

    def __init__(self, config: ConditionalGeneratorConfig) -> None:
        super().__init__(config)
        channels = tower_widths(config.size, config.width)[::-1]
        self.embed = nn.Linear(config.condition, config.embedding)
        beside = config.latent + config.embedding
        self.project = nn.Linear(beside, channels[0] * COARSEST**2)
        self.norms = nn.ModuleList(ConditionalNorm(c, config.embedding) for c in channels)
        pairs = zip(channels, [*channels[1:], 3], strict=True)
        self.doubles = nn.ModuleList(ResizeConv(coarse, fine) for coarse, fine in pairs)
        nn.init.normal_(self.project.weight, std=0.02)
        nn.init.zeros_(self.project.bias)

    def forward(self, noise: Tensor, condition: Tensor) -> Tensor:
        """Draw; GanlibError for shapes other than (N, latent) and (N, condition)."""
        check_shape("noise", noise, self.config.latent)
        check_condition(condition, len(noise), self.config.condition)
        code = self.embed(condition)
        maps = self.project(torch.cat([noise, code.to(noise.dtype)], 1))
        maps = maps.unflatten(1, (-1, COARSEST, COARSEST))
        for norm, double in zip(self.norms, self.doubles, strict=True):
            maps = double(torch.relu(norm(maps, code)))
        return to_image(maps)


def check_condition(condition: Tensor, n: int, width: int) -> None:
    """GanlibError unless the condition is (n, width)."""
    if tuple(condition.shape) != (n, width):
        raise GanlibError(f"conditions must be ({n}, {width}) here, not {tuple(condition.shape)}.")


def projection_logit(
    features: Tensor, condition: Tensor, weight: Tensor, bias: Tensor, match: Tensor
) -> Tensor:
    """φ·w + b + c·Vφ (Miyato and Koyama 2018, equation 3, their ψ being linear): logits (N,).

    Args:
        features: φ(x), (N, F).
        condition: c, (N, C).
        weight, bias: w (F,) and b, a number: is it real?
        match: V, (C, F): is it what c asks for?
    """
    return features @ weight + bias + (condition @ match * features).sum(1)


class ProjectionDiscriminator(Network):
    """Real, and what was asked for? (N, 3, S, S) and (N, C) -> logits (N,) (`projection_logit`)."""

    Config = ProjectionDiscriminatorConfig

    def __init__(self, config: ProjectionDiscriminatorConfig) -> None:
        super().__init__(config)
        self.tower = DCGANDiscriminator(config.tower())
        self.real = nn.Linear(config.features, 1)
        self.match = nn.Linear(config.features, config.condition, bias=False)
        for layer in (self.real, self.match):
            nn.init.normal_(layer.weight, std=0.1 * config.features**-0.5)  # logits near 0
            if config.spectral_norm:
                normalise_spectrum(layer)
        nn.init.zeros_(self.real.bias)

    def forward(self, images: Tensor, condition: Tensor) -> Tensor:
        """Score; GanlibError for a condition of another shape."""
        check_condition(condition, len(images), self.config.condition)
        features, real = leaky_relu(self.tower(images), NEGATIVE_SLOPE), self.real
        return projection_logit(features, condition, real.weight[0], real.bias, self.match.weight)
