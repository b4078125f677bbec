"""What lesson 07 reads: its own translation, trained at many weights λ of the reconstruction term,
and with one thing changed at a time. `python -m benchmarks lambda` ran the lesson's cells for it.
"""

import statistics
from functools import partial
from typing import Any

from PIL import Image

from ganlib.lessons.stored import RESULTS, record

SUBJECT = "lambda"  # where a file of results keeps this record
LAMBDAS = ("0", "1", "10", "100", "inf")  # "inf": the distance alone
UNSEEN = " unconditional"
SETTINGS: dict[str, dict[str, Any]] = {
    **{name: {"weight": float(name)} for name in LAMBDAS},
    "l2": {"weight": float("inf"), "distance": "l2"},
    **{name + UNSEEN: {"weight": float(name), "conditional": False} for name in ("0", "10")},
    "10 without skips": {"weight": 10.0, "skips": False},
}
"""Name -> what it changes of the lesson's run."""
MEASURES = ("ratio", "content", "whole", "close")  # those of the lesson


stored = partial(record, "lambda_sweep", SUBJECT)
"""The runs that ship: "scale", "hardware", and "rows", one for each setting and seed."""


def picture_name(setting: str) -> str:
    """The file that holds what seed 0 of a setting draws."""
    return f"{setting.replace(' ', '_')}.webp"


def picture(setting: str) -> Image.Image:
    """What seed 0 of a setting draws of the first held-out people, in a row."""
    return Image.open(RESULTS / "lambda_sweep" / picture_name(setting))


def values(record: dict[str, Any], setting: str, measure: str) -> list[float]:
    """A measure of all seeds of a setting."""
    return [row[measure] for row in record["rows"] if row["setting"] == setting]


def table(record: dict[str, Any], settings: tuple[str, ...] = tuple(SETTINGS)) -> str:
    """A line for each setting: of every measure the mean over seeds, and least to most."""
    lines = [f"{'':18}" + "".join(f"{measure:>25}" for measure in MEASURES)]
    for name in settings:
        found = [values(record, name, measure) for measure in MEASURES]
        cells = [f"{statistics.mean(v):.2f} ({min(v):.2f} to {max(v):.2f})" for v in found if v]
        lines.append(f"{name:18}" + "".join(f"{cell:>25}" for cell in cells))
    return "\n".join(lines)
