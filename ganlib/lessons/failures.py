"""Translators of faces that fail, each beside what cures it (lesson 09, section 8).

`python -m benchmarks failures` made the stored runs.
"""

import json
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from ganlib.data.images import to_tensor

RESULTS = Path(__file__).parent / "results"
SUBJECT = "failures"  # where a file of results keeps this record


def picture_name(setting: str) -> str:
    """The file that holds what seed 0 of a setting draws."""
    return f"{setting.replace(' ', '_')}.png"


def stored() -> Any:
    """The runs that ship: "scale", "hardware", "settings", and "rows", one a setting and seed."""
    text = (RESULTS / "failures.json").read_text(encoding="utf-8")
    return json.loads(text)[SUBJECT]


def numbers(words: str) -> Tensor:
    """The numbers of a row that stand in one line: logits, and what a curve has at its places."""
    return torch.tensor([float(word) for word in words.split()])


def picture(setting: str) -> Tensor:
    """(n, 3, S, S): what seed 0 of a setting draws of the first of those held out."""
    (sheet,) = to_tensor(Image.open(RESULTS / SUBJECT / picture_name(setting)))
    return torch.stack(sheet.split(sheet.shape[1], 2))
