"""The shortest runs of every problem: as configs, and as words of the command line."""

from dataclasses import replace
from typing import Any

import torch

from ganlib.core.networks.translator import Translator, TranslatorConfig
from ganlib.data.datasets import ImageDataset
from ganlib.pipelines.problems import (
    PROBLEMS,
    CycleShape,
    FacesShape,
    NoiseShape,
    Problem,
    TranslatorShape,
)

SIZE = 16
NOISE = "--size 16 --width 8 --twins 12 --images 8 --batch 4".split()
NOISE += "--precision fp32 --device cpu --threads 1".split()
TRANSLATOR = [*NOISE, "--blocks", "1"]
"""Options of problems whose generator has blocks."""
BACKWARD = NOISE[4:]
"""Options where the size is the model's."""
SHAPES: dict[str, Any] = {
    "noise": NoiseShape(SIZE, latent=5, width=8),
    "faces": FacesShape(width=8),
    "cyclegan": CycleShape(32, 8, 1),
}


def tiny(problem: str, **train: Any) -> Problem:
    """A problem's config, of two steps on twelve people, but for what `train` says."""
    config: Any = PROBLEMS[problem]
    chosen = {"images": 8, "batch": 4, "precision": "fp32", **train}
    config = replace(
        config, data=replace(config.data, twins=12), train=replace(config.train, **chosen)
    )
    if problem == "backward":
        return config
    return replace(config, network=SHAPES.get(problem, TranslatorShape(SIZE, 1, 8, 1)))


def translator(size: int = SIZE, seed: int = 0) -> Translator:
    """Of the size of `tiny`, with random weights."""
    torch.manual_seed(seed)
    return Translator(TranslatorConfig(size, patch=1, width=8, blocks=1))


def dataset(n: int = 8, seed: int = 0, size: int = SIZE) -> ImageDataset:
    """Random pictures."""
    draws = torch.Generator().manual_seed(seed)
    return ImageDataset.from_float(torch.rand(n, 3, size, size, generator=draws) * 2 - 1)


def equal(a: torch.nn.Module, b: torch.nn.Module) -> bool:
    """Whether two networks have the same weights, bit for bit."""
    weights = zip(a.state_dict().values(), b.state_dict().values(), strict=True)
    return all(torch.equal(one, other) for one, other in weights)
