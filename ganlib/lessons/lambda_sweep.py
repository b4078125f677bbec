"""A sweep over λ, the weight of the reconstruction term beside the adversarial one (lesson 07).

Its runs translate with pairs. Content and style are measured apart, on people that no training has
seen, and without asking a discriminator. `python -m benchmarks lambda` made the stored sweep.
"""

import json
import statistics
from pathlib import Path
from typing import Any

from PIL import Image
from torch import Tensor

from ganlib.core.config import PairedLoss, TrainConfig
from ganlib.core.reconstruction import l1
from ganlib.lessons.configs import changed
from ganlib.lessons.edges import coarse_l1, edge_distance, sharpness
from ganlib.pipelines.options import OwnPairs, TranslatorShape
from ganlib.pipelines.problems import PairedConfig

RESULTS = Path(__file__).parent / "results"
SUBJECT = "lambda"  # where a file of results keeps this record
MEASURES = ("ratio", "content", "style", "sharpness")
LAMBDAS = ("0", "1", "3", "10", "30", "100", "inf")  # "inf": the distance alone
USUAL = PairedConfig(
    network=TranslatorShape(patch=2),  # four times as fast
    data=OwnPairs(twins=2000, jitter=0.0),
    loss=PairedLoss(paired_weight=10.0),
    # The runs are short: small batches give more steps, G has four times its usual learning rate,
    # and the average of its weights forgets soon.
    train=TrainConfig(images=4000, batch=4, lr_g=6e-4, lr_d=6e-4, ema_half_life=500),
)
SETTINGS: dict[str, PairedConfig] = {
    **{name: changed(USUAL, paired_weight=float(name)) for name in LAMBDAS[:-1]},
    # Only the ratio of the weights counts: without the adversarial term, any λ is infinite.
    "inf": changed(USUAL, adversarial_weight=0.0, paired_weight=1.0),
    "l2": changed(USUAL, adversarial_weight=0.0, paired_weight=1.0, distance="l2"),
    "small patches": changed(USUAL, levels=1),
    "whole image": changed(USUAL, whole=True),
}
"""Name -> config; the last two are compared with "10", whose patches are the usual ones."""


def measure(drawn: Tensor, photo: Tensor, anime: Tensor) -> dict[str, float]:
    """What became of (N, 3, S, S) photographs: each figure is 1 for handing them back.

    `ratio` is the L1 to the true twin, `content` the same of the coarse picture, `style` the
    distance of the hardest edges from the drawings' lines: all three 0 at best. `sharpness` is that
    of the true drawings at 1, whatever the photographs'.
    """
    return {
        "ratio": (l1(drawn, anime) / l1(photo, anime)).item(),
        "content": (coarse_l1(drawn, anime) / coarse_l1(photo, anime)).item(),
        "style": (edge_distance(drawn, anime) / edge_distance(photo, anime)).item(),
        "sharpness": (sharpness(drawn) / sharpness(anime)).item(),
    }


def stored() -> Any:
    """The sweep that ships: "scale", "hardware", and "rows", one for each setting and seed."""
    text = (RESULTS / "lambda_sweep.json").read_text(encoding="utf-8")
    return json.loads(text)[SUBJECT]


def picture_name(setting: str) -> str:
    """The file that holds what seed 0 of a setting draws."""
    return f"{setting.replace(' ', '_')}.png"


def picture(setting: str) -> Image.Image:
    """What seed 0 of a setting of the stored sweep draws of the first held-out people, in a row."""
    return Image.open(RESULTS / "lambda_sweep" / picture_name(setting))


def means(record: dict[str, Any], setting: str) -> dict[str, float]:
    """Measure -> the mean over the seeds of a setting."""
    rows = [row for row in record["rows"] if row["setting"] == setting]
    return {name: statistics.mean(row[name] for row in rows) for name in MEASURES}


def lambda_table(record: dict[str, Any]) -> str:
    """A Markdown table: for each setting the means over seeds, least to most in brackets."""
    lines = ["| λ or setting | " + " | ".join(MEASURES) + " |", "|" + "---|" * 5]
    for name in SETTINGS:
        rows = [row for row in record["rows"] if row["setting"] == name]
        if rows:
            cells = [_cell([row[measure] for row in rows]) for measure in MEASURES]
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(values: list[float]) -> str:
    return f"{statistics.mean(values):.3f} ({min(values):.3f} to {max(values):.3f})"
