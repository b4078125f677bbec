"""Tests that cannot fail prove nothing: each classic mistake, made on purpose, turns them red.

Every mistake is made in a process of its own, while the library is imported (`mutate.py`); the
test that is named beside it must fail. Without a mistake, they all pass.
"""

import ast
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
from mistakes import MUTATIONS
from mutate import mutate

HERE = Path(__file__).parent
TESTS, ROOT = HERE.parent, HERE.parents[1]


def run(*tests: str, mistake: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "mutate"]
    return subprocess.run(
        [*command, *(str(TESTS / test) for test in tests)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(HERE), "GANLIB_MUTATION": mistake},
        capture_output=True,
        text=True,
        timeout=900,
    )


@pytest.mark.nightly
def test_without_a_mistake_all_pass():
    done = run(*sorted({mutation.caught_by for mutation in MUTATIONS}))
    assert done.returncode == 0, done.stdout + done.stderr


each = pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: m.mistake.replace(" ", "-"))


@each
def test_a_mistake_can_still_be_made(mutation):
    module, function = mutation.function.split(":")
    spec = importlib.util.find_spec(f"ganlib.{module}")
    mutate(ast.parse(Path(spec.origin).read_text("utf-8")), function, mutation.change)
    test = TESTS / mutation.caught_by.split("::")[0]
    assert test.is_file(), f"no {test}"


@pytest.mark.nightly
@each
def test_a_mistake_is_caught(mutation):
    done = run(mutation.caught_by, mistake=mutation.mistake)
    # 1: tests ran, and some failed. 0: none noticed. Others: nothing ran, or nothing was mutated.
    assert done.returncode == 1, f"{mutation.caught_by} does not notice\n{done.stdout}{done.stderr}"


def test_names_are_unique():
    assert len({mutation.mistake for mutation in MUTATIONS}) == len(MUTATIONS)
