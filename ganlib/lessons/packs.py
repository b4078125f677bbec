"""Conditional faces with and without packs (lesson 06, section 8): does G go on using its noise?

`python -m benchmarks packs` made the stored runs.
"""

from functools import partial

from PIL import Image

from ganlib.lessons.stored import RESULTS, record

SUBJECT = "packs"  # where a file of results keeps this record
PACKS = (1, 2)
"""Drawings of one condition that D scores together."""


stored = partial(record, SUBJECT)
"""The runs that ship: "scale", "hardware", and "rows", one for each pack."""


def picture_name(pack: int) -> str:
    """The file that holds what a run draws, of one condition, at its end."""
    return f"{pack}.webp"


def picture(pack: int) -> Image.Image:
    """Eight drawings of one condition and eight noises, in a row."""
    return Image.open(RESULTS / SUBJECT / picture_name(pack))
