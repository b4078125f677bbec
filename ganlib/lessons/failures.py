"""Translators of faces that fail, each beside what cures it (lesson 09, section 8).

`python -m benchmarks failures` made the stored runs.
"""

from functools import partial

import torch
from PIL import Image
from torch import Tensor

from ganlib.data.images import to_tensor
from ganlib.lessons.stored import RESULTS, record

SUBJECT = "failures"  # where a file of results keeps this record


def picture_name(setting: str) -> str:
    """The file that holds what seed 0 of a setting draws."""
    return f"{setting.replace(' ', '_')}.png"


stored = partial(record, SUBJECT)
"""The runs that ship: "scale", "hardware", "settings", and "rows", one a setting and seed."""


def numbers(words: str) -> Tensor:
    """The numbers of a row that stand in one line: logits, and what a curve has at its places."""
    return torch.tensor([float(word) for word in words.split()])


def picture(setting: str) -> Tensor:
    """(n, 3, S, S): what seed 0 of a setting draws of the first of those held out."""
    (sheet,) = to_tensor(Image.open(RESULTS / SUBJECT / picture_name(setting)))
    return torch.stack(sheet.split(sheet.shape[1], 2))
