"""Objectives small enough for a test to train: images of 16 pixels, a few thousand weights."""

from typing import Any

import torch

from ganlib.core.config import CycleLoss, MixedLoss, NoiseLoss, TrainConfig
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
from ganlib.core.objectives import ConditionalNoiseToImage, CycleGAN, MixedTranslation, NoiseToImage
from ganlib.core.trainer import Trainer
from ganlib.data.datasets import ImageDataset
from ganlib.data.samplers import BackTranslationSampler, ConditionalSampler, UnpairedSampler
from ganlib.drawing.illustrator import Illustrator, IllustratorConfig

SIZE = 16


def translator(styles: int = 0) -> Translator | Illustrator:
    if styles:
        return Illustrator(IllustratorConfig(SIZE, patch=2, width=8, blocks=1, styles=styles))
    return Translator(TranslatorConfig(size=SIZE, patch=1, width=8, blocks=1))


def discriminator() -> PatchDiscriminator:
    # Width 4 would give the norms one channel a group: biases without effect, whose gradients are
    # rounding errors, and Adam's first step depends on their signs.
    return PatchDiscriminator(PatchDiscriminatorConfig(size=SIZE, patch=1, width=8))


def images(n: int, seed: int = 0, size: int = SIZE) -> torch.Tensor:
    """(n, 3, size, size) in [-1, 1], of float32."""
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(n, 3, size, size, generator=generator) * 2 - 1


def dataset(n: int = 8, seed: int = 0, size: int = SIZE) -> ImageDataset:
    return ImageDataset.from_float(images(n, seed, size))


def mixed_sampler(n: int = 8, jitter: float = 0.25) -> BackTranslationSampler:
    kinds = (dataset(n, seed=seed) for seed in (1, 2, 3))
    return BackTranslationSampler(*kinds, jitter, relight=0.0)


def mixed_objective(**loss: Any) -> MixedTranslation:
    """With the same weights each time it is called."""
    torch.manual_seed(0)
    chosen = {"penalty_every": 4, **loss}
    return MixedTranslation(translator(), discriminator(), MixedLoss(**chosen))


def cycle_objective(**loss: Any) -> CycleGAN:
    """Both directions by small networks of ours, with the same weights each time it is called."""
    torch.manual_seed(0)
    g, d, inverse, photo_d = translator(), discriminator(), translator(), discriminator()
    return CycleGAN(g, d, inverse, photo_d, CycleLoss(**loss))


def unpaired_sampler(n: int = 8) -> UnpairedSampler:
    return UnpairedSampler(dataset(n, seed=1), dataset(n, seed=2))


def noise_objective(width: int = 16, **loss: Any) -> NoiseToImage:
    """A DCGAN from five numbers of noise, with the same weights each time it is called."""
    torch.manual_seed(0)
    return NoiseToImage(
        DCGANGenerator(DCGANGeneratorConfig(SIZE, latent=5, width=width)),
        DCGANDiscriminator(DCGANDiscriminatorConfig(SIZE, width=width)),
        NoiseLoss(**loss),
    )


def conditional_objective(**loss: Any) -> ConditionalNoiseToImage:
    """Five numbers of noise and three of a condition, with the same weights each time."""
    torch.manual_seed(0)
    shape = {"condition": 3, "size": SIZE, "width": 16}
    return ConditionalNoiseToImage(
        ConditionalGenerator(ConditionalGeneratorConfig(**shape, latent=5, embedding=4)),
        ProjectionDiscriminator(ProjectionDiscriminatorConfig(**shape, features=8)),
        NoiseLoss(**loss),
    )


def conditional_sampler(n: int = 8) -> ConditionalSampler:
    return ConditionalSampler(dataset(n), torch.eye(3)[torch.arange(n) % 3])


def mixed_trainer(
    out: Any = None, on_report: Any = (), objective: Any = None, sampler: Any = None, **train: Any
) -> Trainer:
    """48 images in steps of 4 (so 12 steps), unless something else is asked for."""
    chosen = {"images": 48, "batch": 4, "report_every": 8, "checkpoint_every": 24, **train}
    objective, sampler = objective or mixed_objective(), sampler or mixed_sampler()
    return Trainer(objective, sampler, TrainConfig(**chosen), out, on_report)


def assert_same_state(first: Trainer, second: Trainer) -> None:
    """Weights, averages, Adam's moments and counts of two trainers are equal, bit for bit."""
    (tensors, metadata), (others, other_metadata) = first.state(), second.state()
    assert metadata["step"] == other_metadata["step"]
    assert metadata["images"] == other_metadata["images"]
    assert tensors.keys() == others.keys()
    for name, tensor in tensors.items():
        assert torch.equal(tensor, others[name]), name
