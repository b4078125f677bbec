"""What the processes of tests/test_distributed.py run: `python ranks.py equal|endless FOLDER`."""

import os
import sys
from pathlib import Path

import torch
from tiny import (
    conditional_objective,
    conditioned_feed,
    discriminator,
    mixed_objective,
    mixed_trainer,
    noise_objective,
    store,
    translator,
)

from ganlib.scale import distributed
from ganlib.core.errors import GanlibError
from ganlib.lessons.mlp import MLP, MLPConfig
from ganlib.lessons.points import NoiseToPoints, PointSampler, ToyConfig
from ganlib.core.config import ObjectiveConfig
from ganlib.core.objectives import UnpairedTranslation
from ganlib.data.samplers import ImageSampler, MixedSampler, UnpairedSampler
from ganlib.lessons.toys import ring

STEPS = 20


def unpaired():
    """The cycle: a pool for each world, every family of augmentation, a penalty that draws."""
    torch.manual_seed(0)
    settings = ObjectiveConfig(
        # Not of a game by differences of logits, where D's last bias has no slope but rounding.
        game="least_squares",
        augment="color,translation,cutout",
        gradient_penalty=1.0,
        r1_every=3,
        pool=6,
    )
    pair, back = (translator(), discriminator()), (translator(), discriminator())
    return UnpairedTranslation(*pair, settings, reconstruction="cycle", back=back)


def points():
    """Packs, which two processes must not cut, and a penalty that draws."""
    settings = ToyConfig(packing=2, gradient_penalty=1.0, r1_every=3)
    generator = MLP(MLPConfig(3, 2, width=8), seeds=(0, 1))
    return NoiseToPoints(generator, MLP(MLPConfig(4, 1, width=8), seeds=(2, 3)), settings)


def noise():
    """Noise that every process must draw for all, in a game of pairs, which must stay pairs."""
    return noise_objective(game="relativistic", r1_every=3, r1_gamma=0.05)


def wide(feed):
    return lambda n: {name: rows.double() for name, rows in feed(n).items()}


CASES = {
    "mixed": lambda: mixed_trainer(images=8 * STEPS, batch=8, precision="fp32"),
    "mixed, all of it": lambda: mixed_trainer(
        objective=mixed_objective(augment="color,translation,cutout", r2_gamma=1e-4, pool=10),
        images=8 * STEPS,
        batch=8,
        d_steps=2,
        clip=1.0,
        warmup=60,
        precision="fp32",
    ),
    "cycle": lambda: mixed_trainer(
        # In float64: some of these slopes are so small that Adam makes steps of their rounding.
        objective=unpaired().double(),
        feed=wide(UnpairedSampler(store(seed=1), store(seed=2))),
        images=4 * STEPS,
        batch=4,
        precision="fp32",
    ),
    "points": lambda: mixed_trainer(
        objective=points().double(),
        feed=wide(PointSampler(ring(), 3, seeds=(0, 1))),
        images=8 * STEPS,
        batch=8,
        precision="fp32",
    ),
    "noise": lambda: mixed_trainer(
        objective=noise().double(),
        feed=wide(ImageSampler(store())),
        images=4 * STEPS,
        batch=4,
        precision="fp32",
    ),
    "faces": lambda: mixed_trainer(
        objective=conditional_objective(r1_every=3, gradient_penalty=1.0).double(),
        feed=wide(conditioned_feed()),
        images=4 * STEPS,
        batch=4,
        precision="fp32",
    ),
    "simultaneous": lambda: mixed_trainer(
        feed=MixedSampler(store(seed=1), store(seed=2), store(seed=3)),
        images=4 * STEPS,
        update="simultaneous",
        precision="fp32",
    ),
}


def trained(case: str) -> tuple[dict, list[dict]]:
    """(weights and averages, reports) of a case after 20 steps."""
    reports = []
    trainer = CASES[case]()
    trainer.on_report.append(reports.append)
    trainer.run()
    tensors = {n: t for n, t in trainer.state()[0].items() if not n.startswith("adam")}
    return tensors, reports


def main(what: str, folder: Path) -> None:
    torch.set_num_threads(1)
    with distributed.session(on_gpu=False):
        (folder / f"pid{distributed.rank()}").write_text(str(os.getpid()))
        if what == "equal":
            results = {case: trained(case) for case in CASES}
            torch.save(results, folder / f"rank{distributed.rank()}.pt")
        else:
            distributed.SILENCE = 4.0
            mixed_trainer(folder / "run", images=10**9, checkpoint_every=40, batch=4).run()


if __name__ == "__main__":
    try:
        main(sys.argv[1], Path(sys.argv[2]))
    except GanlibError as error:  # as the command line does
        print(f"ganlib: error: {error}", file=sys.stderr)
        sys.exit(1)
