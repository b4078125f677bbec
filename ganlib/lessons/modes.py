"""Mode coverage by the PacGAN protocol (Lin et al. 2018, section 4.1), beside its published table.

Per run, 2,500 points of the averaged generator, from noise that no training has seen, are scored by
`toys.mode_report`; means are over runs of different seeds, all trained as one stack. Two configs
have equal networks, batches and steps: "ganlib" has zero-centred penalties, "plain" none.
`python -m benchmarks modes` made the stored runs.
"""

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ganlib.core.config import Schedule, TrainConfig
from ganlib.lessons.configs import changed
from ganlib.lessons.points import PointsConfig, PointsLoss, PointsShape
from ganlib.lessons.toys import Mixture, ModeReport

RESULTS = Path(__file__).parent / "results"
SUBJECT = "modes"
"""Where a file of results keeps this record."""
SAMPLES = 2500
PUBLISHED = {
    "source": "Lin et al. 2018 (PacGAN), table 1: means over 10 runs",
    "ring": {
        "GAN": {"modes": 6.3, "quality": 0.982, "reverse_kl": 0.45},
        "ALI": {"modes": 6.6, "quality": 0.976, "reverse_kl": 0.36},
        "PacGAN2": {"modes": 7.9, "quality": 0.956, "reverse_kl": 0.07},
        "PacGAN4": {"modes": 7.8, "quality": 0.959, "reverse_kl": 0.07},
    },
    "grid": {
        "GAN": {"modes": 17.3, "quality": 0.948, "reverse_kl": 0.70},
        "ALI": {"modes": 24.1, "quality": 0.957, "reverse_kl": 0.14},
        "PacGAN2": {"modes": 23.8, "quality": 0.913, "reverse_kl": 0.13},
        "PacGAN4": {"modes": 24.8, "quality": 0.936, "reverse_kl": 0.04},
    },
}
BATCH = 128
BY_TOY: dict[str, dict[str, Any]] = {
    "ring": {"gamma_end": 0.0002, "depth_g": 4, "lr_d": 3e-3},
    # With a learning rate of D as large as G's, seeds differ more in quality.
    "grid": {"gamma_end": 0.0001, "depth_g": 6, "lr_d": 2e-3},
}


def configs(
    toy: str, seeds: Iterable[int] = range(10), steps: int = 8000
) -> dict[str, PointsConfig]:
    """{"ganlib", "plain"} for a name in `toys.TOYS`, all seeds as one stack."""
    own = BY_TOY[toy]
    # γ falls: a strong penalty keeps the runs steady while the modes are found, a weak one lets D
    # see what is finer.
    gamma = Schedule(((0, 0.01), (steps * BATCH, own["gamma_end"])))
    ours = PointsConfig(
        distribution=toy,
        seeds=tuple(seeds),
        # A deep G has large gradients, and leaves few points between two modes.
        network=PointsShape(depth_g=own["depth_g"], depth_d=4, negative_slope=0.0),
        loss=PointsLoss(r1_gamma=gamma, r2_gamma=gamma, penalty_every=2),
        train=TrainConfig(
            steps * BATCH,
            BATCH,
            lr_g=3e-3,
            lr_d=own["lr_d"],
            betas=(0.0, 0.99),
            ema_half_life=6_000,
            precision="fp32",
            report_every=100 * BATCH,
        ),
    )
    return {"ganlib": ours, "plain": changed(ours, r1_gamma=0.0, r2_gamma=0.0)}


@torch.no_grad()
def held_out(
    generator: nn.Module, latent: int, truth: Mixture, seeds: Sequence[int], samples: int = SAMPLES
) -> Tensor:
    """(S, samples, 2) points in the coordinates of `truth`, from fresh noise for each seed."""
    draws = [torch.Generator().manual_seed(1_000_003 + seed) for seed in seeds]
    noise = torch.stack([torch.randn(samples, latent, generator=draw) for draw in draws])
    points: Tensor = generator(noise)
    return points * truth.spread


def figures(reports: list[ModeReport]) -> dict[str, list[float]]:
    """Name -> a figure for each seed."""
    rows = [asdict(report) for report in reports]
    return {name: [row[name] for row in rows] for name in rows[0]}


def means(per_seed: dict[str, list[float]]) -> dict[str, float]:
    """Name -> the mean over seeds."""
    return {name: statistics.mean(values) for name, values in per_seed.items()}


def stored() -> dict[str, Any]:
    """The runs that ship: "toys", by toy and config, and "published"."""
    text = (RESULTS / "modes.json").read_text(encoding="utf-8")
    record: dict[str, Any] = json.loads(text)[SUBJECT]
    return record


def mode_table(record: dict[str, Any]) -> str:
    """A Markdown table of a record: published rows, then this run's means."""
    lines = [
        "| method | " + " | ".join(f"{t}: modes | quality | reverse KL" for t in record["toys"])
    ]
    lines = [lines[0] + " |", "|---|" + "---|" * (3 * len(record["toys"]))]
    published, measured = record["published"], record["toys"]
    for name in published["ring"]:
        cells = [_cells(published[toy][name], 2) for toy in measured]
        lines.append(f"| {name} (published) | {' | '.join(cells)} |")
    for name in measured["ring"]:
        cells = [_cells(measured[toy][name]["mean"], 3) for toy in measured]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cells(row: dict[str, float], digits: int) -> str:
    quality = f"{100 * row['quality']:.1f} %"
    return f"{row['modes']:.1f} | {quality} | {row['reverse_kl']:.{digits}f}"
