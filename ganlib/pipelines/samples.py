"""Sheets of what G draws now, always from the same people or noise: a run as a flip-book."""

import json
from pathlib import Path

import torch
from torch import Tensor, nn

from ganlib.core.files import write_atomic
from ganlib.core.log import read_log
from ganlib.data.conditions import encode
from ganlib.data.datasets import held_out_people
from ganlib.data.images import grid, png
from ganlib.measure.control import FaceEvaluator
from ganlib.measure.translation import translate
from ganlib.twins import People, Person, render_twins

SCORES = "scores.jsonl"
"""Where `FaceSheet` keeps how the figures went over time."""
ASKED = (
    Person(style="soft", hair_colour="brown", hair_style="long"),
    Person(style="bold", hair_colour="brown", hair_style="long"),
    Person(style="flat", hair_colour="brown", hair_style="long"),
    Person(style="ink", hair_colour="brown", hair_style="long"),
    Person(style="soft", hair_colour="blond", hair_style="bob", skin=0.1, glasses="round"),
    Person(style="flat", hair_colour="black", hair_style="afro", skin=0.9),
    Person(style="bold", hair_colour="red", hair_style="short", skin=0.2, beard="full"),
    Person(style="soft", hair_style="bald", skin=0.6, cover="scarf"),
)
"""Who is asked for, row by row, in the sheets of a conditional generator."""


def fixed_noise(n: int, latent: int, seed: int = 0) -> Tensor:
    """(n, latent) of N(0, 1), always the same, so that pictures of a run can be compared."""
    return torch.randn(n, latent, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def noise_samples(generator: nn.Module, n: int = 64, seed: int = 0) -> Tensor:
    """(n, 3, S, S) in [-1, 1], on the CPU: drawings of the seed's fixed noise, 64 at a time."""
    where = next(generator.parameters()).device
    noise = fixed_noise(n, generator.config.latent, seed)  # type: ignore[union-attr,arg-type]
    return torch.cat([generator(part.to(where)).float().cpu() for part in noise.split(64)])


@torch.no_grad()
def face_samples(generator: nn.Module) -> Tensor:
    """(64, 3, S, S) in [-1, 1], on the CPU: row i of eight is asked for `ASKED[i]`, column j has
    noise j."""
    where = next(generator.parameters()).device
    latent: int = generator.config.latent  # type: ignore[union-attr,assignment]
    noise = fixed_noise(64, latent)[:8].repeat(8, 1)
    asked = encode(People.of(*ASKED)).repeat_interleave(8, 0)
    return generator(noise.to(where), asked.to(where)).cpu()


def write_sheet(path: Path, images: Tensor, columns: int) -> None:
    """Images (n, 3, S, S) in rows, as a PNG; GanlibError if the disk fails."""
    write_atomic(path, png(grid(images, columns)))


class TranslationSheet:
    """Writes folder/000123.png when called with (G, 123): 123 images seen, six digits or more.

    The first row is photographs of held-out people, the second what G makes of them, the third, for
    comparison, their true drawings; with `backward`, drawings and photographs change places.
    """

    def __init__(self, folder: Path, size: int, people: int = 8, backward: bool = False) -> None:
        """`size` is the side of a picture, pixels; `people` the number of columns."""
        self.folder = folder
        domains = render_twins(held_out_people(people), size)
        self.source, self.target = reversed(domains) if backward else domains

    def __call__(self, generator: nn.Module, images: int) -> None:
        drawn = translate(generator, self.source)
        rows = torch.cat([self.source, drawn, self.target])
        write_sheet(self.folder / f"{images:06d}.png", rows, len(self.source))


class NoiseSheet:
    """Writes the fixed noise's drawings, 8 x 8 of them, to folder/000123.png when called with
    (G, 123)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, generator: nn.Module, images: int) -> None:
        write_sheet(self.folder / f"{images:06d}.png", noise_samples(generator), 8)


class FaceSheet:
    """The same of a conditional generator, and a row of `FaceEvaluator.figures` in `scores`.

    After a resume, rows that come again are dropped.
    """

    def __init__(self, folder: Path, scores: Path, evaluator: FaceEvaluator) -> None:
        self.folder, self.scores, self.evaluator = folder, scores, evaluator

    def __call__(self, generator: nn.Module, images: int) -> None:
        write_sheet(self.folder / f"{images:06d}.png", face_samples(generator), 8)
        rows = [row for row in read_log(self.scores) if row["images"] < images]
        rows.append({"images": images, **self.evaluator.figures(generator)})  # type: ignore[arg-type]
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        write_atomic(self.scores, lines.encode())
