"""The training step of this tree against that of commit 864e9de, the last before the redesign.

    python -m benchmarks.before_after --json benchmarks/results/before_after.json

Both trees run in processes of their own, window by window in turn, so that what disturbs one
disturbs the other. The steps compute the same: fixed-seed runs of both give the same weights.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from ganlib.core.files import write_atomic
from ganlib.measure.hardware import hardware

ROOT = Path(__file__).resolve().parents[1]
BEFORE = "864e9de"
LOOP = """
import sys, time
for run in runs.values():
    run.train_step()
print("ready", flush=True)
for line in sys.stdin:
    name, steps = line.split()
    start = time.perf_counter()
    for _ in range(int(steps)):
        runs[name].train_step()
    print(time.perf_counter() - start, flush=True)
"""
OLD = """
from ganlib.bench_core import trainer
from ganlib.models import (
    PatchDiscriminator, PatchDiscriminatorSettings, Translator, TranslatorSettings)
from ganlib.objectives import ObjectiveSettings, UnpairedTranslation
from ganlib.settings import TrainSettings
from ganlib.stores import UnpairedFeed
from ganlib.training import Trainer
from ganlib.worlds import twin_stores
photo, anime = twin_stores(128, 0, 64)
nets = Translator(TranslatorSettings(64, 1)), PatchDiscriminator(PatchDiscriminatorSettings(64, 1))
step = TrainSettings(10**12, 16)
runs = {
    "translation": Trainer(
        UnpairedTranslation(*nets, ObjectiveSettings()), UnpairedFeed(photo, anime), step),
    "dcgan": trainer(anime, 32, 64),
}
"""
NEW = """
from ganlib.core.config import NoiseLoss, TrainConfig
from ganlib.data.datasets import twin_datasets
from ganlib.pipelines.build import build_run
from ganlib.pipelines.options import NoiseShape, UnpairedData
from ganlib.pipelines.parts import Data
from ganlib.pipelines.problems import NoiseConfig, UnpairedConfig
photo, anime = twin_datasets(128, 0, 64)
translation = UnpairedConfig(
    data=UnpairedData(match_tones=False), train=TrainConfig(images=10**12, batch=16))
dcgan = NoiseConfig(
    NoiseShape(width=64), loss=NoiseLoss(augment="", r1_gamma=0.0),
    train=TrainConfig(images=10**12, batch=32))
runs = {
    "translation": build_run(translation, data=Data(photo, anime)),
    "dcgan": build_run(dcgan, data=Data(anime=anime)),
}
"""
STEPS = {"translation": 1, "dcgan": 1}
"""Of a window: alternating often is what takes the noise out."""


class Worker:
    """A process that runs training steps of one tree when asked."""

    def __init__(self, tree: Path, setup: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", setup + LOOP],
            cwd=tree,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._line() == "ready", "the worker did not start"

    def _line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def seconds(self, name: str) -> float:
        """Of one window."""
        assert self.process.stdin
        self.process.stdin.write(f"{name} {STEPS[name]}\n")
        self.process.stdin.flush()
        return float(self._line())


def compare(windows: int) -> dict[str, Any]:
    """{step: speed of this tree ÷ speed before, window by window}."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "before"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "-q", "--detach", str(tree), BEFORE], check=True)
        try:
            workers = {"before": Worker(tree, OLD), "after": Worker(ROOT, NEW)}
            record = {name: _ratios(workers, name, windows) for name in STEPS}
            for worker in workers.values():
                worker.process.kill()
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)
    return {"before": BEFORE, **record, "hardware": hardware()}


def _ratios(workers: dict[str, Worker], name: str, windows: int) -> dict[str, Any]:
    ratios = []
    for i in range(windows):
        # Each goes first in every other window: whoever comes second meets a warm processor.
        order = list(workers) if i % 2 else list(workers)[::-1]
        took = {side: workers[side].seconds(name) for side in order}
        ratios.append(took["before"] / took["after"])
    spread = statistics.quantiles(ratios, n=4)
    return {"windows": windows, "median": statistics.median(ratios), "quartiles": spread}


def main() -> None:
    """Compare, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--windows", type=int, default=21, help="pairs of windows (default 21)")
    parser.add_argument("--json", type=Path, help="keep the figures in this file")
    arguments = parser.parse_args()
    record = compare(arguments.windows)
    for name in STEPS:
        found = record[name]
        low, _, high = found["quartiles"]
        print(f"{name:12} {found['median']:.3f} of the speed before ({low:.3f} to {high:.3f})")
    if arguments.json:
        write_atomic(arguments.json, (json.dumps(record, indent=2) + "\n").encode())


if __name__ == "__main__":
    main()
