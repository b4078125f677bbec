"""Sheets of what G draws now, always from the same people: a run as a flip-book."""

import io
from pathlib import Path

import torch
from torch import nn

from ganlib.measure.translation import translate
from ganlib.core.files import write_atomic
from ganlib.lessons.plots import grid
from ganlib.twins import render_twins
from ganlib.data.datasets import held_out_people


class SampleSheet:
    """Writes folder/000123.png when called with (G, 123): 123 images seen, six digits or more.

    The first row is photographs of held-out people, the second what G makes of them, the third, for
    comparison, their true drawings; with `back`, drawings and photographs change places.
    GanlibError if the disk fails.
    """

    def __init__(self, folder: Path, size: int, people: int = 8, back: bool = False) -> None:
        """`size` is the side of a picture, pixels; `people` the number of columns."""
        self.folder = Path(folder)
        worlds = render_twins(held_out_people(people), size)
        self.photo, self.anime = reversed(worlds) if back else worlds

    def __call__(self, generator: nn.Module, images: int) -> None:
        drawn = translate(generator, self.photo)
        buffer = io.BytesIO()
        grid(torch.cat([self.photo, drawn, self.anime]), len(self.photo)).save(buffer, format="PNG")
        write_atomic(self.folder / f"{images:06d}.png", buffer.getvalue())
