"""Results of long runs, which lessons read: each with the command that made them."""

import json
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from ganlib.data.images import to_tensor

RESULTS = Path(__file__).parent / "results"


def record(name: str, subject: str = "") -> Any:
    """The record of a benchmark, `subject` (by default the file's name), in a file that ships."""
    text = (RESULTS / f"{name}.json").read_text(encoding="utf-8")
    return json.loads(text)[subject or name]


def picture_name(name: str) -> str:
    """The file that holds a row of pictures."""
    return f"{name.replace(' ', '_').replace('λ', 'lambda')}.png"  # ASCII: for all file systems


def pictures(folder: str, name: str) -> Tensor:
    """A row of square pictures that ships: (n, 3, S, S)."""
    (row,) = to_tensor(Image.open(RESULTS / folder / picture_name(name)))
    return torch.stack(row.split(row.shape[1], 2))
