"""A model between two others: shares of its weights, the pens' own, and only of a run's start."""

import runpy
from pathlib import Path

import pytest
import torch
from runs import translator

from ganlib.core.errors import GanlibError
from ganlib.weights import load_model, save_model

SCRIPT = Path(__file__).parents[2] / "data" / "interpolate_models.py"
between = runpy.run_path(str(SCRIPT))["between"]


@pytest.fixture
def two(tmp_path):
    """(a model, one that went on from it), both with three pens."""
    paths = [tmp_path / f"{name}.safetensors" for name in ("before", "after")]
    save_model(paths[0], translator(seed=0, styles=3), {"command": "first"})
    card = {"command": "third", "init": {"command": "second", "init": {"command": "first"}}}
    save_model(paths[1], translator(seed=1, styles=3), card)
    return paths


@pytest.mark.parametrize("pens, expected", [(None, 0.5), (0.0, 0.0), (0.25, 0.25)])
def test_pens_have_their_own_share(two, pens, expected):
    a, b = (load_model(path)[0].state_dict() for path in two)
    made = between(*two, 0.5, pens)[0].state_dict()
    for name, weight in made.items():
        share = expected if name.startswith("pens.") else 0.5
        wanted = torch.lerp(a[name], b[name], share).half().float()
        torch.testing.assert_close(weight, wanted)


def test_another_models_run_is_refused(two):
    with pytest.raises(GanlibError, match="did not go on from"):
        between(two[1], two[0], 0.5)
