"""Translators of faces that fail, each beside what cures it (lesson 09, section 8).

`python -m benchmarks failures` made the stored runs.
"""

from functools import partial

import torch
from torch import Tensor

from ganlib.lessons.stored import pictures, record

SUBJECT = "failures"  # where a file of results keeps this record


stored = partial(record, SUBJECT)
"""The runs that ship: "scale", "hardware", "settings", and "rows", one a setting and seed."""


def numbers(words: str) -> Tensor:
    """The numbers of a row that stand in one line: logits, and what a curve has at its places."""
    return torch.tensor([float(word) for word in words.split()])


picture = partial(pictures, SUBJECT)
"""(n, 3, S, S): what seed 0 of a setting draws of the first of those held out."""
