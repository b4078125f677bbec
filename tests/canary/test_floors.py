"""The oldest versions that pyproject.toml allows do what the newest do.

torch is the one of constraints.txt: of older ones there may be only builds for CUDA.
"""

import tomllib

import pytest
from canary.environments import ROOT, Environment
from packaging.requirements import Requirement

pytestmark = pytest.mark.nightly
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
NEEDED = [*PROJECT["dependencies"], *EXTRAS["measure"], *EXTRAS["lessons"], *EXTRAS["dev"]]
NOT_RUN = ("ruff", "mypy", "types-tqdm", "jupyterlab", "ganlib", "torch")
"""Tools of developers, JupyterLab, which no code of ours imports, and torch."""
CHOSEN = (
    *("tests/core/test_losses.py", "tests/core/test_penalties.py", "tests/core/test_training.py"),
    *("tests/cli/test_draw_command.py", "tests/cli/test_stylize_command.py"),
    *("tests/cli/test_lessons_command.py", "tests/measure/test_metrics.py"),
    *("tests/drawing/test_canvas.py", "tests/data/test_aligned.py"),
    "tests/course/test_plots_and_widgets.py",
)
"""A file or more for each package: tyro, pillow, scikit-image, scipy, torchmetrics, ipywidgets."""

ROOTS = "this user may write everywhere"
"""Why a test is skipped that an administrator runs; no other may be."""


def floors():
    """NAME==FLOOR of every package that is asked for."""
    wanted = [r for r in map(Requirement, NEEDED) if r.name not in NOT_RUN]
    return [f"{r.name}=={next(iter(r.specifier)).version}" for r in wanted]


def test_the_lowest_versions(tmp_path, measured):
    environment = Environment(tmp_path / "floors")
    environment.pip("install", *floors())
    said = environment.run(*("-m", "pytest", "-q", "-p", "no:cacheprovider", *CHOSEN), cwd=ROOT)
    skipped = [line for line in said.splitlines() if line.startswith("SKIPPED")]
    assert " passed" in said and [line for line in skipped if ROOTS not in line] == [], said
    measured(f"at {' '.join(floors())}: {said.splitlines()[-1]}")
