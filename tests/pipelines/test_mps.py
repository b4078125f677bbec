"""Training, drawing and measuring on a device that refuses float64, as Apple's GPUs do."""

from dataclasses import replace

import pytest
import torch
from fake_mps import OnMps, fake_mps
from PIL import Image
from runs import dataset, pairs, tiny, translator
from skimage import data

from ganlib.core.device import find_device, find_precision
from ganlib.lessons import toys
from ganlib.measure.comparison import Evaluator, compare_twins
from ganlib.measure.metrics import frechet, kernel_estimate
from ganlib.measure.translation import draw
from ganlib.pipelines import results
from ganlib.pipelines.build import build_run
from ganlib.pipelines.parts import Data
from ganlib.pipelines.problems import PROBLEMS
from ganlib.pipelines.stylize import Stylizer


@pytest.fixture
def mps():
    with fake_mps() as device:
        yield device


def test_the_simulation_refuses_what_apple_refuses(mps):
    x = torch.ones(2, device="mps", requires_grad=True)
    (x * 3).sum().backward()
    assert x.grad.tolist() == [3, 3] and x.device.type == "mps"
    assert find_device() == find_device("mps")
    refused = (
        x.double,
        lambda: x.to(torch.float64),
        lambda: torch.ones(2).double().to("mps"),
        lambda: torch.zeros(2, dtype=torch.float64, device="mps"),
        lambda: torch.tensor([1.0], dtype=torch.float64, device=x.device),
        lambda: torch.add(x, torch.ones(2, dtype=torch.float64)),
    )
    for make in refused:
        with pytest.raises(TypeError, match="doesn't support float64"):
            make()
    assert x.detach().cpu().double().dtype == torch.float64, "on the CPU it is allowed"


def on_device(device):
    """Datasets, there already, of the problems that learn from photographs of others."""
    kinds = dataset(6, 1), dataset(6, 2)
    for kind in kinds:
        kind.images = kind.images.to(device)
    held = pairs()
    moved = {name: getattr(held, name).to(device) for name in ("photo", "anime", "circles")}
    return Data(*kinds, portraits=replace(held, **moved))


DAILY = ("unpaired",)
"""What failed on Macs; the others are trained by night."""
RUNS = [pytest.param(name, marks=() if name in DAILY else pytest.mark.nightly) for name in PROBLEMS]


@pytest.mark.parametrize("name", RUNS)
def test_a_problem_trains_and_is_measured(name, mps, tmp_path, monkeypatch):
    measure = results.evaluate
    monkeypatch.setattr(results, "evaluate", lambda *a, **options: measure(*a, n=4, **options))
    config = tiny(name)
    if name == "faces":
        config = replace(config, held_out=4)
    given = on_device(mps) if name == "portrait" else Data()
    if name == "back-translation":
        given = Data(backward=translator(seed=4))
    first = translator(seed=3) if name == "backward" else None
    run = build_run(config, tmp_path / "run", "mps", given, first).run()
    assert run.step == 2 and run.device.type == "mps"
    assert all(isinstance(weight, OnMps) for weight in run.ema.parameters())
    if name != "portrait":  # its figures are of a folder of pairs
        assert results.RESULTS[config.use](config, tmp_path).figures(run)[0]


def test_a_photograph_is_drawn_and_a_model_compared(mps):
    model = translator(64)
    drawn = Stylizer(model, device="mps").convert(Image.fromarray(data.astronaut()))
    assert drawn.anime.size == (64, 64) and isinstance(next(model.parameters()), OnMps)
    twins = draw(model, 64, 4, precision="auto")
    assert find_precision("auto", mps) == torch.float32
    assert compare_twins(twins, Evaluator.of(twins.anime))["model"]["set_size"] == 4


def test_distances_of_what_lies_on_the_device(mps):
    x, y = torch.randn(8, 2).to(mps), torch.randn(8, 2).to(mps)
    for distance in (frechet, kernel_estimate, toys.wasserstein1):
        assert distance(x, y) == distance(x.cpu(), y.cpu())
    assert toys.mode_report(x, toys.ring()) == toys.mode_report(x.cpu(), toys.ring())
