"""Networks that are told what to draw, and what to look for: the DCGAN pair with a condition.

A condition is a vector (N, C), such as `conditions.encode` makes of people. G reads it at two
places: beside the noise, where it decides what is where, and at every norm, where it decides how
each map is drawn. D answers "real?" and "is it what was asked for?" in one logit.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from ganlib.dcgan import (
    COARSEST,
    GROUPS,
    NEGATIVE_SLOPE,
    DCGANDiscriminator,
    DCGANDiscriminatorSettings,
    ResizeConv,
)
from ganlib.errors import GanlibError
from ganlib.network import Network, check_whole
from ganlib.spectral import bound


@dataclass(frozen=True)
class ConditionalGeneratorSettings:
    """The shape of a `ConditionalGenerator`; all that is needed to rebuild one from its weights."""

    condition: int
    """Numbers that say what to draw."""
    size: int = 64
    """Side of the images, pixels: a power of two, 8 to 256."""
    latent: int = 64
    """Numbers of noise, for all that the condition leaves open."""
    width: int = 32
    """Channels at half the image's side, a multiple of 8; they double with every halving."""
    embedding: int = 32
    """Numbers that the condition is boiled down to before it meets the noise and the norms."""

    def __post_init__(self) -> None:
        check_whole(self, condition=(1, 4096), latent=(1, 4096), embedding=(1, 4096))
        DCGANDiscriminatorSettings(size=self.size, width=self.width)  # the same rules


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

    The tower of `DCGANGenerator`, with doublings that leave no checkerboard.
    """

    settings: ConditionalGeneratorSettings

    def __init__(self, settings: ConditionalGeneratorSettings) -> None:
        super().__init__()
        self.settings = settings
        levels = (settings.size // COARSEST).bit_length() - 1
        channels = [settings.width << level for level in reversed(range(levels))]
        self.embed = nn.Linear(settings.condition, settings.embedding)
        beside = settings.latent + settings.embedding
        self.project = nn.Linear(beside, channels[0] * COARSEST**2)
        self.norms = nn.ModuleList(ConditionalNorm(c, settings.embedding) for c in channels)
        self.doubles = nn.ModuleList(
            ResizeConv(coarse, fine)
            for coarse, fine in zip(channels, [*channels[1:], 3], strict=True)
        )
        nn.init.normal_(self.project.weight, std=0.02)
        nn.init.zeros_(self.project.bias)

    def forward(self, noise: Tensor, condition: Tensor) -> Tensor:
        """Draw; GanlibError for shapes other than (N, latent) and (N, condition)."""
        shape = self.settings
        wanted = (len(noise), shape.latent), (len(noise), shape.condition)
        if (tuple(noise.shape), tuple(condition.shape)) != wanted:
            raise GanlibError(
                f"the generator needs noise (N, {shape.latent}) and conditions (N, "
                f"{shape.condition}), not {tuple(noise.shape)} and {tuple(condition.shape)}."
            )
        code = self.embed(condition)
        maps = self.project(torch.cat([noise, code.to(noise.dtype)], 1))
        maps = maps.unflatten(1, (-1, COARSEST, COARSEST))
        for norm, double in zip(self.norms, self.doubles, strict=True):
            maps = double(torch.relu(norm(maps, code)))
        # bfloat16 has 8 bits near ±1, visible as bands in flat colour: the last step is float32.
        return torch.tanh(maps.to(torch.promote_types(maps.dtype, torch.float32)))


@torch.inference_mode()
def draw(
    generator: ConditionalGenerator, conditions: Tensor, seed: int = 0, batch: int = 64
) -> Tensor:
    """A drawing for each condition (n, C), its noise decided by the seed: (n, 3, S, S), on the
    CPU."""
    made = torch.Generator().manual_seed(seed)
    noise = torch.randn(len(conditions), generator.settings.latent, generator=made)
    where = next(generator.parameters()).device
    pieces = zip(noise.split(batch), conditions.split(batch), strict=True)
    return torch.cat([generator(z.to(where), c.to(where)).cpu() for z, c in pieces])


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


@dataclass(frozen=True)
class ProjectionDiscriminatorSettings:
    """The shape of a `ProjectionDiscriminator`."""

    condition: int
    """Numbers that say what an image should show."""
    size: int = 64
    """Side of the images, pixels: a power of two, 8 to 256."""
    width: int = 32
    """Channels after the first halving, a multiple of 8; they double with every further one."""
    features: int = 128
    """Numbers by which an image meets its condition."""
    spectral: bool = False
    """Whether every layer is divided by its greatest stretch, in place of the norms."""

    def __post_init__(self) -> None:
        check_whole(self, condition=(1, 4096), features=(1, 4096))
        self.tower()

    def tower(self) -> DCGANDiscriminatorSettings:
        """The shape of the part that sees the image alone."""
        return DCGANDiscriminatorSettings(
            self.size, self.width, spectral=self.spectral, outputs=self.features
        )


class ProjectionDiscriminator(Network):
    """Real, and what was asked for? (N, 3, S, S) and (N, C) -> logits (N,) (`projection_logit`)."""

    settings: ProjectionDiscriminatorSettings

    def __init__(self, settings: ProjectionDiscriminatorSettings) -> None:
        super().__init__()
        self.settings = settings
        self.tower = DCGANDiscriminator(settings.tower())
        self.real = nn.Linear(settings.features, 1)
        self.match = nn.Linear(settings.features, settings.condition, bias=False)
        for layer in (self.real, self.match):
            # Logits near 0 at the start: neither player begins with the upper hand.
            nn.init.normal_(layer.weight, std=0.1 * settings.features**-0.5)
            if settings.spectral:
                bound(layer)
        nn.init.zeros_(self.real.bias)

    def forward(self, images: Tensor, condition: Tensor) -> Tensor:
        """Score; GanlibError for a condition of another shape."""
        if tuple(condition.shape) != (len(images), self.settings.condition):
            raise GanlibError(
                f"the discriminator needs {len(images)} conditions of {self.settings.condition} "
                f"numbers, not {tuple(condition.shape)}."
            )
        features = leaky_relu(self.tower(images), NEGATIVE_SLOPE)
        real = self.real
        return projection_logit(features, condition, real.weight[0], real.bias, self.match.weight)
