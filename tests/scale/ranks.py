"""What the processes of tests/scale/test_distributed.py run: `python ranks.py
equal|endless|command FOLDER`."""

import json
import os
import sys
from pathlib import Path

import torch
from tiny import (
    conditional_objective,
    conditional_sampler,
    cycle_objective,
    dataset,
    discriminator,
    mixed_objective,
    mixed_sampler,
    noise_objective,
    translator,
    unpaired_sampler,
)

from ganlib.core.config import PairedLoss, TrainConfig, UnpairedLoss
from ganlib.core.errors import GanlibError
from ganlib.core.objectives import PairedTranslation, UnpairedTranslation
from ganlib.core.parallel import processes, rank
from ganlib.core.trainer import Trainer
from ganlib.data.samplers import ImageSampler, PairedSampler
from ganlib.scale.distributed import DistributedTrainer, session

STEPS = 9


def paired():
    torch.manual_seed(0)
    loss = PairedLoss("least_squares", augment="color,cutout", penalty_every=3, distance="l2")
    return PairedTranslation(translator(), discriminator(), loss)


def unpaired():
    torch.manual_seed(0)
    loss = UnpairedLoss(r2_gamma=1e-4, penalty_every=3)
    return UnpairedTranslation(translator(), discriminator(), loss)


def cycle():
    """A pool for each domain, every policy of augmentation, a penalty that draws."""
    # Not of a loss by differences of logits, where D's last bias has no gradient but rounding.
    augment = "color,translation,cutout"
    return cycle_objective(augment=augment, gradient_penalty=1.0, penalty_every=3, pool=6)


def mixed():
    return mixed_objective(augment="color,translation,cutout", r2_gamma=1e-4)


def points():
    """Packs, which two processes must not cut, and a penalty that draws."""
    # Imported here: most of the processes play something else.
    from benchmarks.points import NoiseToPoints, PointsLoss
    from ganlib.lessons.mlp import MLP, MLPConfig

    loss = PointsLoss(packing=2, gradient_penalty=1.0, penalty_every=3)
    generator = MLP(MLPConfig(3, 2, width=8), seeds=(0, 1))
    return NoiseToPoints(generator, MLP(MLPConfig(4, 1, width=8), seeds=(2, 3)), loss)


def point_sampler():
    from benchmarks.points import PointSampler
    from ganlib.lessons.toys import ring

    return PointSampler(ring(), 3, seeds=(0, 1))


def noise():
    """Noise that every process must draw for all, in a loss of pairs, which must stay pairs."""
    return noise_objective(loss="relativistic", penalty_every=3, r1_gamma=0.05)


def faces():
    return conditional_objective(penalty_every=3, gradient_penalty=1.0)


# Each: the objective, its sampler, the batch, further options of the training.
CASES = {
    "paired": (paired, lambda: PairedSampler(dataset(seed=1), dataset(seed=2)), 4, {}),
    "unpaired": (unpaired, unpaired_sampler, 4, {"d_steps": 2}),
    "mixed": (mixed_objective, mixed_sampler, 8, {}),
    "mixed, all of it": (mixed, mixed_sampler, 8, {"d_steps": 2}),
    "cycle": (cycle, unpaired_sampler, 4, {}),
    "points": (points, point_sampler, 8, {}),
    "noise": (noise, lambda: ImageSampler(dataset()), 4, {}),
    "faces": (faces, conditional_sampler, 4, {}),
}
# In float64: some of these gradients are so small that Adam makes steps of their rounding.
WIDE = ("cycle", "points", "noise", "faces")


def wide(sampler):
    return lambda n: {name: rows.double() for name, rows in sampler(n).items()}


def trained(case: str) -> tuple[dict, list[dict]]:
    """(weights and averages, reports) of a case after all its steps."""
    make, make_sampler, batch, options = CASES[case]
    objective, sampler, reports = make(), make_sampler(), []
    if case in WIDE:
        objective, sampler = objective.double(), wide(sampler)
    config = TrainConfig(batch * STEPS, batch, precision="fp32", report_every=8, **options)
    kind = DistributedTrainer if processes() > 1 else Trainer
    trainer = kind(objective, sampler, config, on_report=[reports.append]).run()
    tensors = {n: t for n, t in trainer.state()[0].items() if not n.startswith("adam")}
    return tensors, reports


def command(folder: Path) -> int:
    """`ganlib` with the words in a file, measured on four people."""
    from ganlib.cli.main import main
    from ganlib.pipelines import results

    measure = results.evaluate
    results.evaluate = lambda *a, **options: measure(*a, n=4, **options)
    return main(json.loads((folder / "words.json").read_text()))


def main(what: str, folder: Path) -> None:
    torch.set_num_threads(1)
    with session(on_gpu=False):
        (folder / f"pid{rank()}").write_text(str(os.getpid()))
        if what == "equal":
            torch.save({case: trained(case) for case in CASES}, folder / f"rank{rank()}.pt")
        else:
            config = TrainConfig(10**9, 4, report_every=8, checkpoint_every=40)
            DistributedTrainer(mixed_objective(), mixed_sampler(), config, folder / "run").run()


if __name__ == "__main__":
    if sys.argv[1] == "command":
        sys.exit(command(Path(sys.argv[2])))
    try:
        main(sys.argv[1], Path(sys.argv[2]))
    except GanlibError as error:  # as the command line does
        print(f"ganlib: error: {error}", file=sys.stderr)
        sys.exit(1)
