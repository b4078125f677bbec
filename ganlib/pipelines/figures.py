"""What a trained generator is worth: its held-out figures, by problem."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganlib.core.log import read_log
from ganlib.core.trainer import Trainer
from ganlib.measure.control import FaceEvaluator, draw
from ganlib.measure.metrics import mean_distance
from ganlib.measure.translation import evaluate
from ganlib.pipelines.problems import BackwardConfig, Config, FacesConfig, NoiseConfig
from ganlib.pipelines.samples import SCORES, noise_samples

NEIGHBOURS = 20_000
"""Training drawings among which nearest neighbours are looked for, at most."""


def held_out_figures(config: Config, trainer: Trainer, out: Path) -> tuple[dict[str, Any], Any]:
    """(figures, further facts for the card) of the averaged generator."""
    sampler: Any = trainer.sampler
    if isinstance(config, FacesConfig):
        seen = sampler.anime.first(NEIGHBOURS).cpu()
        figures = face_figures(
            trainer.ema, seen, FaceEvaluator(config.held_out, config.network.size)
        )
        return figures, {"over_time": read_log(out / SCORES)}
    if isinstance(config, NoiseConfig):
        return noise_figures(trainer.ema, sampler.anime.first(64).cpu()), {}
    size: Any = trainer.ema.config.size
    backward = isinstance(config, BackwardConfig)
    return evaluate(trainer.ema, size, precision=config.train.precision, backward=backward), {}


def noise_figures(generator: torch.nn.Module, true: Tensor) -> dict[str, Any]:
    """How different drawings of the fixed noise are, beside as many true ones (n, 3, S, S).

    A generator that collapsed draws one face however it is asked: its `diversity` is far below
    `diversity_true`. It says nothing of quality, which the samples show.
    """
    samples = noise_samples(generator)
    figures = {"samples": len(samples), "diversity": _diversity(samples)}
    return figures | {"diversity_true": _diversity(true)}


def _diversity(images: Tensor) -> float:
    """Mean absolute difference of two of the images (N, 3, S, S) in [-1, 1]; 0 if all are alike."""
    pixels = images.flatten(1).float()
    return mean_distance(pixels, 1.0) / pixels.shape[1]


def face_figures(generator: Any, seen: Tensor, evaluator: FaceEvaluator) -> dict[str, Any]:
    """Figures of the model, those of the true drawings of the same people ("true: ..."), and how
    far the nearest training drawing, of those `seen`, is from either."""
    images = draw(generator, evaluator.conditions)
    record: dict[str, Any] = {"people": len(evaluator.people), **evaluator.of(images)}
    record |= {f"true: {name}": value for name, value in evaluator.of(evaluator.true).items()}
    return record | evaluator.nearest(images, seen)
