"""Mode coverage by the PacGAN protocol (Lin et al. 2018, section 4.1), beside its published table.

Per run, 2,500 points of the averaged generator, from noise that no training has seen, are judged by
`toys.mode_report`; means are over runs of different seeds, all trained as one stack. Two recipes
play on equal networks, batches and steps: `ganlib` with zero-centred penalties, `plain` without.
"""

import multiprocessing
import os
import statistics
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import redirect_stderr
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from ganlib.measure.hardware import hardware
from ganlib.core.errors import GanlibError
from ganlib.lessons.mlp import MLP, MLPConfig
from ganlib.lessons.points import NoiseToPoints, PointSampler, ToyConfig
from ganlib.core.config import Schedule
from ganlib.core.config import TrainConfig
from ganlib.lessons.toys import TOYS, Mixture, ModeReport, mode_report
from ganlib.core.trainer import Trainer

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


@dataclass(frozen=True)
class Recipe:
    """What decides a run, but for its seed and its distribution."""

    steps: int
    """Steps of both players, 1 or more."""
    gamma: float
    """γ of R1 and of R2 at first, in coordinates divided by `Mixture.spread`; 0 for neither. It
    falls linearly: a strong penalty keeps the runs steady while the modes are found, a weak one
    lets D see what is finer."""
    gamma_end: float
    """γ at the end."""
    penalty_every: int = 2
    """Steps from one penalty to the next."""
    game: str = "nonsaturating"
    batch: int = 128
    latent: int = 2
    width: int = 64
    """Units of a hidden layer, in both networks."""
    depth_g: int = 6
    """Hidden layers of G: a deep one has steep slopes, and leaves few points between two modes."""
    depth_d: int = 4
    """Hidden layers of D."""
    lr: float = 3e-3
    """Adam's step size for G at first; it falls linearly to 0 over the second half."""
    lr_d: float = 2e-3
    """The same for D. With one as large as G's, seeds differ more in quality."""
    ema_half_life: float = 6_000
    """In points, as `TrainConfig.ema_half_life`."""


def recipes(toy: str, steps: int | None = None) -> dict[str, Recipe]:
    """{"ganlib", "plain"} for a name in `TOYS`; `steps` instead of the usual number."""
    ours = {
        "ring": Recipe(steps or 8000, gamma=0.01, gamma_end=0.0002, depth_g=4, lr_d=3e-3),
        "grid": Recipe(steps or 8000, gamma=0.01, gamma_end=0.0001),
    }[toy]
    return {"ganlib": ours, "plain": replace(ours, gamma=0.0, gamma_end=0.0)}


def trainer(truth: Mixture, recipe: Recipe, seeds: range) -> Trainer:
    """One run for each seed, as a stack, on the CPU."""
    shape_g = MLPConfig(recipe.latent, 2, recipe.width, recipe.depth_g, slope=0)
    shape_d = MLPConfig(2, 1, recipe.width, recipe.depth_d, slope=0.2)
    # Two numbers for each seed: equal ones would start G and D alike.
    generator = MLP(shape_g, [2 * seed for seed in seeds])
    discriminator = MLP(shape_d, [2 * seed + 1 for seed in seeds])
    points = recipe.steps * recipe.batch
    falling = Schedule(((0, recipe.gamma), (points, recipe.gamma_end))) if recipe.gamma else 0.0
    objective = NoiseToPoints(
        generator,
        discriminator,
        ToyConfig(recipe.game, r1_gamma=falling, r2_gamma=falling, r1_every=recipe.penalty_every),
    )
    settings = TrainConfig(
        points,
        recipe.batch,
        lr_g=recipe.lr,
        lr_d=recipe.lr_d,
        betas=(0.0, 0.99),
        ema_half_life=recipe.ema_half_life,
        precision="fp32",
        report_every=100 * recipe.batch,
    )
    return Trainer(objective, PointSampler(truth, recipe.latent, seeds, truth.spread), settings)


@torch.no_grad()
def held_out(
    generator: nn.Module, latent: int, truth: Mixture, seeds: range, samples: int = SAMPLES
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


def play(toy: str, recipe: Recipe, seeds: range) -> dict[str, Any]:
    """One recipe on one toy: its settings, the figures of each seed, means, seconds for all."""
    begun, truth = time.perf_counter(), TOYS[toy]()
    run = trainer(truth, recipe, seeds).run()
    points = held_out(run.ema, recipe.latent, truth, seeds)
    per_seed = figures([mode_report(one, truth) for one in points])
    return {
        "settings": asdict(recipe),
        "per_seed": per_seed,
        "mean": means(per_seed),
        "seconds": time.perf_counter() - begun,
    }


def _play_alone(toy: str, recipe: Recipe, seeds: range) -> dict[str, Any]:
    # In a process of its own: products this small lose more by a second thread than they gain, and
    # several bars would write over each other.
    torch.set_num_threads(1)
    with open(os.devnull, "w") as nowhere, redirect_stderr(nowhere):
        return play(toy, recipe, seeds)


def bench_modes(seeds: int = 10, steps: int | None = None) -> dict[str, Any]:
    """Both recipes and true samples on the ring and on the grid, in a process for each core.

    `seconds` of a recipe is for all its seeds together. GanlibError for no seeds or steps.
    """
    if seeds < 1 or (steps is not None and steps < 1):
        raise GanlibError(f"bench modes needs a seed and a step or more, not {seeds} and {steps}.")
    start, runs = time.perf_counter(), range(seeds)
    toys: dict[str, dict[str, Any]] = {toy: {} for toy in ("ring", "grid")}
    jobs = [(toy, name, recipe) for toy in toys for name, recipe in recipes(toy, steps).items()]
    workers = min(len(jobs), os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        rows = [pool.submit(_play_alone, toy, recipe, runs) for toy, _, recipe in jobs]
        for _ in tqdm(as_completed(rows), "training", len(rows), unit="setting"):
            pass
    for (toy, name, _), row in zip(jobs, rows, strict=True):
        toys[toy][name] = row.result()
    for toy in toys:
        truth = TOYS[toy]()
        draws = [torch.Generator().manual_seed(2_000_003 + seed) for seed in runs]
        true = figures([mode_report(truth.sample(SAMPLES, draw), truth) for draw in draws])
        toys[toy]["true samples"] = {"per_seed": true, "mean": means(true)}
    return {
        "what": "modes",
        "seeds": seeds,
        "samples": SAMPLES,
        "toys": toys,
        "published": PUBLISHED,
        "seconds": time.perf_counter() - start,
        "device": "cpu",
        "hardware": hardware(),
    }


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
