"""Objectives small enough for a test to train: images of 16 pixels, a few thousand weights."""

import torch

from ganlib.core.networks.conditional import (
    ConditionalGenerator,
    ConditionalGeneratorConfig,
    ProjectionDiscriminator,
    ProjectionDiscriminatorConfig,
)
from ganlib.core.networks.dcgan import (
    DCGANDiscriminator,
    DCGANDiscriminatorConfig,
    DCGANGenerator,
    DCGANGeneratorConfig,
)
from ganlib.core.networks.patch_discriminator import PatchDiscriminator, PatchDiscriminatorConfig
from ganlib.core.networks.translator import Translator, TranslatorConfig
from ganlib.core.objectives import ConditionalNoiseToImage, MixedTranslation, NoiseToImage
from ganlib.core.config import NoiseConfig, ObjectiveConfig
from ganlib.data.samplers import ConditionedSampler, MixedSampler
from ganlib.data.datasets import ImageDataset
from ganlib.core.trainer import Trainer
from ganlib.core.config import TrainConfig

SIZE = 16
NOISE = ["--size", "16", "--width", "8", "--twins", "12", "--images", "8"]
NOISE += ["--batch", "4", "--precision", "fp32"]
TINY = [*NOISE, "--blocks", "1"]
"""Arguments of the shortest `ganlib train`: of noise, and of problems whose G has blocks."""


def translator() -> Translator:
    return Translator(TranslatorConfig(size=SIZE, patch=1, width=8, blocks=1))


def discriminator() -> PatchDiscriminator:
    # Width 4 would give the norms one channel a group: biases without effect, whose slopes are
    # rounding errors, and Adam's first step depends on their signs.
    return PatchDiscriminator(PatchDiscriminatorConfig(size=SIZE, patch=1, width=8))


def images(n: int, seed: int = 0, size: int = SIZE) -> torch.Tensor:
    """(n, 3, size, size) in [-1, 1], of float32."""
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(n, 3, size, size, generator=generator) * 2 - 1


def store(n: int = 8, seed: int = 0, size: int = SIZE) -> ImageDataset:
    return ImageDataset.from_float(images(n, seed, size))


def mixed_objective(**settings) -> MixedTranslation:
    """With the same weights each time it is called."""
    torch.manual_seed(0)
    chosen = {"r1_every": 4, **settings}
    return MixedTranslation(translator(), discriminator(), ObjectiveConfig(**chosen))


def noise_objective(width: int = 16, **settings) -> NoiseToImage:
    """A DCGAN from five numbers of noise, with the same weights each time it is called."""
    torch.manual_seed(0)
    return NoiseToImage(
        DCGANGenerator(DCGANGeneratorConfig(SIZE, latent=5, width=width)),
        DCGANDiscriminator(DCGANDiscriminatorConfig(SIZE, width=width)),
        NoiseConfig(**settings),
    )


def conditional_objective(**settings) -> ConditionalNoiseToImage:
    """Five numbers of noise and three of a condition, with the same weights each time."""
    torch.manual_seed(0)
    shape = {"condition": 3, "size": SIZE, "width": 16}
    return ConditionalNoiseToImage(
        ConditionalGenerator(ConditionalGeneratorConfig(**shape, latent=5, embedding=4)),
        ProjectionDiscriminator(ProjectionDiscriminatorConfig(**shape, features=8)),
        NoiseConfig(**settings),
        torch.eye(3)[[0, 1, 2, 0, 1, 2, 0, 1]],
    )


def conditioned_feed(n: int = 8) -> ConditionedSampler:
    return ConditionedSampler(store(n), torch.eye(3)[torch.arange(n) % 3])


def mixed_trainer(out=None, on_report=(), objective=None, feed=None, **settings) -> Trainer:
    """48 images in steps of 4 (so 12 steps), unless told otherwise."""
    chosen = {"images": 48, "batch": 4, "report_every": 8, "checkpoint_every": 24, **settings}
    feed = feed or MixedSampler(store(seed=1), store(seed=2), store(seed=3))
    return Trainer(objective or mixed_objective(), feed, TrainConfig(**chosen), out, on_report)
