"""Every problem, tiny, on a fixed seed: the weights of later versions are those of earlier ones.

fixed_seed.json holds, for each case, mean, mean absolute value and standard deviation of all
weights of the averaged generator, and how far they moved from where they began. They come from the
library before its losses, networks and runs were written anew, except those of `noise_sn`: it has
torch's spectral norm since, whose power iteration starts elsewhere; and of `portrait`, which draws
every photograph in all styles since, learns by Muon, and has a D that compares. A change that is
meant to change numbers writes the file again:
`PYTHONPATH=tests python tests/pipelines/test_fixed_seed.py`.
"""

import copy
import json
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from matplotlib import cbook
from PIL import Image
from runs import pairs
from skimage.data import astronaut

from ganlib.core.config import NoiseLoss, PairedLoss, Schedule, TrainConfig
from ganlib.measure.probe import Probe, ProbeConfig, save_probe
from ganlib.pipelines import options, problems
from ganlib.pipelines.build import build_run
from ganlib.pipelines.options import FacesShape, NoiseShape, TranslatorShape, UnpairedData
from ganlib.pipelines.parts import Data
from ganlib.pipelines.portrait import PortraitLoss
from ganlib.pipelines.problems import QUICK

FILE = Path(__file__).parent / "fixed_seed.json"
SHAPE, NOISE = TranslatorShape(32, 1, 8, 1), NoiseShape(32, width=8)
TWINS, PAIRS = options.Twins(24), options.PairedData(24)
TRAIN = TrainConfig(images=96, batch=4, precision="fp32")
LIT = UnpairedData(24, jitter=0.5, relight=1.5, exposure=0.1)
CYCLE_TRAIN = replace(problems.CycleGANConfig().train, images=40, precision="fp32")
WASSERSTEIN = NoiseLoss(loss="wasserstein", gradient_penalty=10.0, penalty_every=1, r1_gamma=0.0)
L2 = PairedLoss(loss="least_squares", r2_gamma=1e-3, penalty_every=4, distance="l2")
CASES: dict[str, Any] = {
    "noise": problems.NoiseConfig(NOISE, TWINS, train=TRAIN),
    "noise_wgan": problems.NoiseConfig(NOISE, TWINS, WASSERSTEIN, replace(TRAIN, d_steps=3)),
    "noise_sn": problems.NoiseConfig(
        replace(NOISE, spectral_norm=True), TWINS, NoiseLoss(loss="hinge"), TRAIN
    ),
    "faces": problems.FacesConfig(
        FacesShape(64, 8),
        options.FacesData(24),
        NoiseLoss(r1_gamma=0.5, penalty_every=4),
        replace(TRAIN, images=32),
    ),
    "paired": problems.PairedConfig(SHAPE, PAIRS, train=TRAIN),
    "paired_l2": problems.PairedConfig(replace(SHAPE, patch=2), PAIRS, L2, TRAIN),
    "perceptual": problems.PairedConfig(
        replace(SHAPE, size=64),
        options.PairedData(12),
        PairedLoss(perceptual_weight=5.0, adversarial_weight=0.5),
        replace(TRAIN, images=16),
        reader="reader.safetensors",
    ),
    "portrait": problems.PortraitConfig(
        options.PortraitShape(32, 2, 8, 1, d_width=8, levels=2),
        loss=PortraitLoss(adversarial_weight=Schedule(((48, 0.0), (60, 0.8)))),
        train=replace(TRAIN, batch=6),
    ),
    "unpaired": problems.UnpairedConfig(SHAPE, UnpairedData(24), train=TRAIN),
    "quick": replace(
        QUICK,
        network=SHAPE,
        data=replace(QUICK.data, twins=24),
        train=replace(QUICK.train, images=96, precision="fp32"),
    ),
    "photographs": problems.UnpairedConfig(SHAPE, UnpairedData(24), train=TRAIN),
    "cyclegan": problems.CycleGANConfig(
        options.CycleShape(32, 8, 1), options.CycleData(24, jitter=0.0), train=CYCLE_TRAIN
    ),
    "backward": problems.BackwardConfig(
        data=options.BackwardData(24), train=replace(TRAIN, lr_g=5e-4)
    ),
    "back-translation": problems.BackTranslationConfig(network=SHAPE, data=LIT, train=TRAIN),
}


@cache
def trained(name: str) -> tuple[torch.nn.Module, torch.nn.Module]:
    """(averaged generator of a case after all its images, the same before the first)."""
    config, given = CASES[name], {}
    with tempfile.TemporaryDirectory() as folder:
        if name == "photographs":
            config = replace(config, data=replace(config.data, photos=portraits(Path(folder))))
        if name == "perceptual":
            config = replace(config, reader=reader(Path(folder)))
        if name == "portrait":
            given["data"] = Data(portraits=pairs(32))
        if name in ("backward", "back-translation"):
            given["generator"] = trained("unpaired")[0]
        if name == "back-translation":
            given["data"] = Data(backward=trained("backward")[0])
        run = build_run(config, device="cpu", **given)
        before = copy.deepcopy(run.ema)
        return run.run().ema, before


def portraits(folder: Path) -> tuple[Path, ...]:
    """The two real portraits that come with this project's dependencies, as they are there."""
    Image.fromarray(astronaut()).save(folder / "a.png")
    original = Path(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))
    (folder / "b.jpg").write_bytes(original.read_bytes())
    return (folder,)


def reader(folder: Path) -> str:
    """The file of a probe with random weights: not the one that measures."""
    torch.manual_seed(0)
    save_probe(folder / "reader.safetensors", Probe(ProbeConfig(width=8)), {"training": {}})
    return str(folder / "reader.safetensors")


def fingerprint(after: torch.nn.Module, before: torch.nn.Module) -> dict[str, float]:
    """Six digits of each figure."""
    ends = [
        torch.cat([p.flatten().double() for p in network.parameters()])
        for network in (after, before)
    ]
    weights, moved = ends[0], (ends[0] - ends[1]).abs().mean()
    figures = {"mean": weights.mean(), "abs": weights.abs().mean(), "std": weights.std()}
    figures["moved"] = moved
    return {name: float(f"{figure.item():.6g}") for name, figure in figures.items()}


@pytest.mark.parametrize("name", CASES)
def test_the_weights_are_those_of_earlier_versions(name):
    known = json.loads(FILE.read_text())[name]
    found = fingerprint(*trained(name))
    # Other processors round otherwise, which 40 steps of the CycleGAN enlarge the most.
    assert found.pop("moved") == pytest.approx(known.pop("moved"), rel=1e-2)
    # Its mean is 8e-5 of weights of 1.6e-2, and differs by 2.4e-6 between two kinds of processor.
    assert found == pytest.approx(known, rel=1e-3, abs=4e-6)


def test_every_problem_has_a_case():
    assert {type(config) for config in CASES.values()} == set(map(type, problems.PROBLEMS.values()))


if __name__ == "__main__":
    torch.set_num_threads(1)
    found = {name: fingerprint(*trained(name)) for name in CASES}
    FILE.write_text(json.dumps(found, indent=1) + "\n")
