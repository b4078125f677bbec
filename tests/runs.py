"""The shortest runs of every problem: as configs, and as words of the command line."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from ganlib.core.config import Schedule
from ganlib.core.networks.translator import Translator, TranslatorConfig
from ganlib.data.datasets import ImageDataset
from ganlib.data.images import save_png, to_pil
from ganlib.data.portrait_pairs import PAIRS_FILE, PortraitPairs, paths
from ganlib.drawing import PARTS, STYLES
from ganlib.drawing.illustrator import Illustrator, IllustratorConfig
from ganlib.pipelines.options import (
    CycleShape,
    FacesShape,
    NoiseShape,
    PortraitShape,
    TranslatorShape,
)
from ganlib.pipelines.problems import PROBLEMS, Problem

SIZE = 16
NOISE = "--size 16 --width 8 --twins 12 --images 8 --batch 4".split()
NOISE += "--precision fp32 --device cpu --threads 1".split()
TRANSLATOR = [*NOISE, "--blocks", "1"]
"""Options of problems whose generator has blocks."""
BACKWARD = NOISE[4:]
"""Options where the size is the model's."""
PORTRAIT = "--size 16 --patch 2 --width 8 --blocks 1 --d-width 8 --levels 2".split()
PORTRAIT += ["--images", "12", "--batch", "6", *NOISE[10:]]
"""Options of the problem that learns from a folder of pairs."""
SHAPES: dict[str, Any] = {
    "noise": NoiseShape(SIZE, latent=5, width=8),
    "faces": FacesShape(width=8, pack=1),
    "cyclegan": CycleShape(32, 8, 1),
    "portrait": PortraitShape(SIZE, 2, 8, 1, d_width=8, levels=2),
}


def tiny(problem: str, **train: Any) -> Problem:
    """A problem's config, of two steps on twelve people, but for what `train` says."""
    config: Any = PROBLEMS[problem]
    batch = 4 if config.divided[0] < 3 else 6
    chosen = {"images": 2 * batch, "batch": batch, "precision": "fp32", **train}
    config = replace(config, train=replace(config.train, **chosen))
    if problem == "portrait":  # D rests in the first step alone
        loss = replace(config.loss, adversarial_weight=Schedule(((0, 0.0), (12, 0.8))))
        config = replace(config, loss=loss)
    else:
        config = replace(config, data=replace(config.data, twins=12))
    if problem == "backward":
        return config
    return replace(config, network=SHAPES.get(problem, TranslatorShape(SIZE, 1, 8, 1)))


def translator(size: int = SIZE, seed: int = 0, styles: int = 0) -> Translator | Illustrator:
    """Of the size of `tiny`, with random weights."""
    torch.manual_seed(seed)
    if styles:
        return Illustrator(IllustratorConfig(size, patch=2, width=8, blocks=1, styles=styles))
    return Translator(TranslatorConfig(size, patch=1, width=8, blocks=1))


def dataset(n: int = 8, seed: int = 0, size: int = SIZE) -> ImageDataset:
    """Random pictures."""
    draws = torch.Generator().manual_seed(seed)
    return ImageDataset.from_float(torch.rand(n, 3, size, size, generator=draws) * 2 - 1)


PEOPLE = ("female_001", "female_010", "male_002", "twin_00000", "twin_00007")
"""Names of pairs: one of the real people is held out, two are rendered."""


def pairs(size: int = SIZE, seed: int = 0) -> PortraitPairs:
    """Random pairs of those `PEOPLE` who are not held out."""
    names = [name for name in PEOPLE if name != "female_010"]
    circles = torch.tensor([[[0.35, 0.44, 0.07], [0.65, 0.44, 0.07], [0.5, 0.75, 0.1]]])
    anime = dataset(len(STYLES) * len(names), seed + 1, size).images.unflatten(0, (len(names), -1))
    photo = dataset(len(names), seed, size).images
    layouts = (photo[:, 0].int() * len(PARTS) // 256).byte()
    return PortraitPairs(photo, anime, layouts, circles.repeat(len(names), 1, 1), names)


def write_pairs(folder: Path, size: int = SIZE) -> Path:
    """A folder of random pairs of all `PEOPLE`, as data/draw_portraits.py leaves it."""
    index = {}
    for number, name in enumerate(PEOPLE):
        files = paths(folder, name)
        pictures = to_pil(dataset(len(files), number, size).first(len(files)))
        pictures[-1] = pictures[-1].convert("L").point(lambda value: value * len(PARTS) // 256)
        for picture, path in zip(pictures, files, strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            save_png(picture, path)
        index[name] = [[0.3, 0.4, 0.1], [0.7, 0.4, 0.1], [0.5, number / 99, 0.1]]
    (folder / PAIRS_FILE).write_text(json.dumps(index))
    return folder


def equal(a: torch.nn.Module, b: torch.nn.Module) -> bool:
    """Whether two networks have the same weights, bit for bit."""
    weights = zip(a.state_dict().values(), b.state_dict().values(), strict=True)
    return all(torch.equal(one, other) for one, other in weights)
