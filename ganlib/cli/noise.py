"""What `ganlib train noise` does unlike the translations: its networks, figures and samples."""

import argparse
from dataclasses import asdict, fields
from io import BytesIO
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ganlib.core.networks.dcgan import (
    DCGANDiscriminator,
    DCGANDiscriminatorConfig,
    DCGANGenerator,
    DCGANGeneratorConfig,
)
from ganlib.core.errors import GanlibError
from ganlib.core.files import write_atomic
from ganlib.measure.metrics import mean_distance
from ganlib.core.config import NoiseConfig
from ganlib.core.objectives import NoiseToImage
from ganlib.lessons.plots import grid
from ganlib.data.samplers import ImageSampler
from ganlib.data.datasets import ImageDataset
from ganlib.data.datasets import twin_datasets


def build(
    args: argparse.Namespace, device: torch.device
) -> tuple[NoiseToImage, ImageSampler, dict[str, Any]]:
    """(objective, feed of drawings, facts for the card)."""
    if args.init:
        raise GanlibError("noise training starts from nothing; leave out --init.")
    names = [field.name for field in fields(NoiseConfig)]
    chosen = {name: getattr(args, name, None) for name in names}
    settings = NoiseConfig(**{name: value for name, value in chosen.items() if value is not None})
    torch.manual_seed(args.seed)
    shape = {"size": args.size, "width": args.width}
    objective = NoiseToImage(
        DCGANGenerator(DCGANGeneratorConfig(**shape)),
        DCGANDiscriminator(DCGANDiscriminatorConfig(**shape, spectral=args.spectral_norm)),
        settings,
    )
    _, anime = twin_datasets(args.twins, args.seed, args.size, device)
    return objective, ImageSampler(anime), {"objective": asdict(settings), "twins": args.twins}


def _diversity(images: Tensor) -> float:
    """Mean absolute difference of two of the images (N, 3, S, S) in [-1, 1]; 0 if all are alike."""
    pixels = images.flatten(1).float()
    return mean_distance(pixels, 1.0) / pixels.shape[1]


def figures(objective: NoiseToImage, generator: nn.Module, store: ImageDataset) -> dict[str, Any]:
    """How different the samples of the fixed noise are, beside as many true drawings.

    A generator that collapsed draws one face however it is asked: its `diversity` is far below
    `diversity_true`. It says nothing of quality, which the samples show.
    """
    samples = objective.samples(generator)
    true = store.at(torch.arange(min(len(store), len(samples)), device=samples.device))
    return {
        "samples": len(samples),
        "diversity": _diversity(samples),
        "diversity_true": _diversity(true),
    }


class Samples:
    """Writes the fixed noise's drawings, 8 x 8 of them, to folder/000123.png when called with
    (G, 123), and to folder/samples.png when called with G alone."""

    def __init__(self, objective: NoiseToImage, folder: Path) -> None:
        self.objective, self.folder = objective, folder

    def __call__(self, generator: nn.Module, images: int | None = None) -> None:
        data = BytesIO()
        grid(self.objective.samples(generator).cpu(), 8).save(data, format="PNG")
        name = "samples" if images is None else f"{images:06d}"
        write_atomic(self.folder / f"{name}.png", data.getvalue())
