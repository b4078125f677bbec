"""Conditional faces with and without packs (lesson 06, section 8): does G go on using its noise?

`python -m benchmarks packs` made the stored runs.
"""

from functools import partial

from matplotlib.figure import Figure
from PIL import Image

from ganlib.lessons import plots
from ganlib.lessons.stored import RESULTS, record

SUBJECT = "packs"  # where a file of results keeps this record
PACKS = (1, 2)
"""Drawings of one condition that D scores together."""


stored = partial(record, SUBJECT)
"""The runs that ship: "scale", "hardware", and "rows", one for each pack."""


def picture(pack: int) -> Image.Image:
    """Eight drawings of one condition and eight noises, in a row."""
    return Image.open(RESULTS / SUBJECT / f"{pack}.webp")


def figure() -> Figure:
    """What is measured as both runs go on, and what they draw of one condition in the end."""
    heads = [f"D sees {pack}: eight fakes of one condition" for pack in PACKS]
    titles = "Packs keep the diversity (of the truth's)", "and what was asked for takes longer"
    figure, every = plots.panels(*titles, *heads, columns=2, size=(5.2, 2.2))
    for row, look in zip(stored()["rows"], ("o--", "o-"), strict=True):
        for axes, name in zip(every, ("diversity", "obeyed"), strict=False):
            axes.plot(row["images"], row[name], look, c=plots.FAKE, label=f"D sees {row['pack']}")
            axes.set(xlabel="images", ylabel=name)
    every[0].legend(fontsize=8, frameon=False)
    for axes, pack in zip(every[2:], PACKS, strict=True):
        axes.imshow(picture(pack))
        axes.axis("off")
    return figure
