"""What is refused, is refused before anything is rendered."""

from dataclasses import replace

import pytest
import torch
from runs import dataset, tiny

from ganlib.core import device
from ganlib.core.config import Schedule
from ganlib.core.errors import ConfigError, GanlibError
from ganlib.pipelines import build, parts
from ganlib.pipelines.build import build_run
from ganlib.pipelines.parts import Data

UNPAIRED = Data(dataset(6, 1), dataset(6, 2))


def test_an_unknown_device_is_refused_before_anything_is_rendered(monkeypatch):
    monkeypatch.setattr(parts.datasets, "twin_datasets", lambda *a, **k: pytest.fail("rendered"))
    with pytest.raises(GanlibError, match="no device 'abacus'"):
        build_run(tiny("paired"), device="abacus")


def test_another_run_is_refused_before_anything_is_rendered(tmp_path, monkeypatch):
    config = tiny("unpaired")
    build_run(config, tmp_path, "cpu", UNPAIRED).run()
    monkeypatch.setattr(parts.datasets, "drawing_dataset", lambda *a, **k: pytest.fail("rendered"))
    with pytest.raises(ConfigError, match="there seed is 0, here 1") as refused:
        build_run(replace(config, train=replace(config.train, seed=1)), tmp_path, "cpu")
    assert refused.value.field == "seed"


def test_a_run_goes_on_in_the_precision_that_it_began_in(tmp_path, monkeypatch):
    """What "auto" means is the machine's; a checkpoint says what was computed in."""
    run, data = tiny("unpaired", precision="auto"), UNPAIRED
    monkeypatch.setattr(device, "has_native_bf16", lambda where: True)
    build_run(run, tmp_path, "cpu", data).run()
    monkeypatch.setattr(device, "has_native_bf16", lambda where: False)
    with pytest.raises(ConfigError, match="there precision is 'bf16', here 'fp32'; go") as refused:
        build_run(run, tmp_path, "cpu", data)
    assert refused.value.field == "precision"
    again = build_run(tiny("unpaired", precision="bf16"), tmp_path, "cpu", data).resume()
    assert (again.images, again.dtype) == (8, torch.bfloat16)


def test_only_cuda_follows_compile(monkeypatch, capsys):
    cpu, cuda = torch.device("cpu"), torch.device("cuda")

    def chosen(mode, where):
        return build.trainer_class(tiny("paired", compile=mode), where)

    assert chosen("off", cpu) is build.Trainer
    assert chosen("off", cuda) is build.Trainer
    assert chosen("nets", cuda) is build.CompiledTrainer
    assert chosen("step", cuda) is build.GraphTrainer
    assert chosen("both", cuda) is build.GraphTrainer
    assert capsys.readouterr() == ("", "")
    assert chosen("both", cpu) is build.Trainer
    assert "--compile both is for NVIDIA GPUs; on cpu" in capsys.readouterr().err
    monkeypatch.setattr(build, "processes", lambda: 2)
    assert chosen("off", cpu) is build.DistributedTrainer
    for mode in ("nets", "step", "both"):
        with pytest.raises(ConfigError, match="must be off with several processes") as refused:
            chosen(mode, cpu)
        assert refused.value.field == "compile"


def test_what_a_graph_cannot_hold_is_refused_before_anything_is_rendered(monkeypatch):
    monkeypatch.setattr(build, "find_device", lambda name: torch.device("cuda"))
    monkeypatch.setattr(build, "BUILDERS", None)
    config = tiny("paired", compile="step")
    falling = replace(config.loss, paired_weight=Schedule(((0, 5.0), (8, 1.0))))
    for asked, name in (
        (replace(config, loss=falling), "paired_weight"),
        (tiny("cyclegan", compile="both"), "pool"),
    ):
        with pytest.raises(ConfigError, match=f"it cannot hold {name}") as refused:
            build_run(asked)
        assert refused.value.field == "compile"
