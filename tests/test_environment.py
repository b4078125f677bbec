"""The ways to install ganlib ask for the same things, and the tested versions satisfy them."""

import ast
import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import lessons
import pytest
import yaml
from canary.environments import pins
from packaging.requirements import Requirement

from ganlib.cli import train
from ganlib.cli.main import COMMANDS
from notebooks import first_cell

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))


def requirements(texts):
    """{name: specifier}; extras of ganlib itself stand for what they ask for."""
    found = {}
    for wanted in map(Requirement, texts):
        if wanted.name == "ganlib":
            found |= requirements(text for extra in wanted.extras for text in EXTRAS[extra])
        else:
            found[wanted.name] = str(wanted.specifier)
    return found


CORE = requirements(PROJECT["dependencies"])
ALL = CORE | requirements(EXTRAS["dev"])


def conda(path, torch):
    """What a file for conda asks for, torch by its name there."""
    environment = yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))
    packages = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    found = requirements(packages)
    assert found.pop("python") == PROJECT["requires-python"] and found.pop("pip") == ""
    return found | {"torch": found.pop(torch)}


def test_conda_environments_ask_for_what_pyproject_asks_for():
    assert conda("environment.yml", "pytorch") == ALL
    shown = CORE | requirements(EXTRAS["lessons"])
    del shown["jupyterlab"]  # Binder's own
    assert conda(".binder/environment.yml", "pytorch-cpu") == shown


def test_tested_versions_satisfy_the_floors():
    constraints = {k.lower(): v for k, v in pins(ROOT / "constraints.txt").items()}
    for name, specifier in ALL.items():
        assert Requirement(name + specifier).specifier.contains(constraints[name.lower()]), name


def test_floors_are_loose():
    for name, specifier in ALL.items():
        assert [s.operator for s in Requirement(name + specifier).specifier] == [">="], name


def test_colab_of_august_2026_satisfies_the_floors():
    colab = pins(ROOT / "tests/canary/colab.txt")
    assert len(colab.keys() & ALL.keys()) >= 6
    for name in colab.keys() & ALL.keys():
        assert Requirement(name + ALL[name]).specifier.contains(colab[name]), name


def git(*words):
    """The lines that a git command prints."""
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.parametrize("path", lessons.LESSONS, ids=lambda path: path.stem)
def test_every_lesson_opens_in_colab_and_installs_what_it_needs(path, tmp_path):
    notebook = lessons.read(path)
    assert first_cell.badge(path) in notebook.cells[0].source.splitlines()
    assert f"/blob/{first_cell.REVISION}/notebooks/{path.name}" in first_cell.badge(path)
    first = notebook.cells[1]
    assert (first.cell_type, first.id, first.source) == ("code", first_cell.ID, first_cell.CELL)
    assert first.outputs == []


def test_the_repository_stands_in_one_place():
    """Only pyproject.toml names it, and what is written from there."""
    address = first_cell.REPOSITORY.removeprefix("https://")
    names = git("ls-files", "-co", "--exclude-standard")
    texts = [n for n in names if n.startswith(("ganlib/", "tests/", ".")) and n.endswith(".py")]
    assert texts
    for name in texts:
        assert address not in (ROOT / name).read_text(encoding="utf-8"), name


@pytest.fixture
def first(monkeypatch):
    """Run the first cell with or without ganlib: what it tells pip."""

    def run(installed):
        asked = []
        shell = SimpleNamespace(run_line_magic=lambda *words: asked.append(words))
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: installed or None)
        exec(first_cell.CELL, {"get_ipython": lambda: shell})
        return asked

    return run


def test_the_first_cell_does_nothing_where_ganlib_is(first):
    assert first(installed=True) == []


def test_the_first_cell_keeps_torch_numpy_and_ipython(first):
    ((magic, line),) = first(installed=False)
    assert magic == "pip" and f'"ganlib[measure]@{first_cell.ARCHIVE}"' in line.split()
    kept = {name: metadata.version(name) for name in ("torch", "numpy", "ipython")}
    assert {word for word in line.split() if "==" in word} == {f"{n}=={v}" for n, v in kept.items()}


def test_of_a_package_that_lies_there_twice_the_first_cell_names_one_version(first, monkeypatch):
    twice = [SimpleNamespace(name="numpy", version=v) for v in ("1.0", metadata.version("numpy"))]
    monkeypatch.setattr(metadata, "distributions", lambda: [*twice, *twice[:1]])
    ((_, line),) = first(installed=False)
    assert [word for word in line.split() if "==" in word] == [f"numpy=={twice[1].version}"]


STEPS = [step["run"] for job in WORKFLOW["jobs"].values() for step in job["steps"] if "run" in step]
MATRIX = WORKFLOW["jobs"]["versions"]["strategy"]["matrix"]["include"]


@pytest.mark.parametrize("step", STEPS)
def test_every_command_of_the_workflow_exists(step, tmp_path, monkeypatch):
    words = shlex.split(step)
    if words[0] == "ganlib":
        assert words[1] in COMMANDS
        if words[1] == "train":
            config, options = train.read(words[2:])
            assert config.train.images <= 32 and options.out == Path("runs/tiny")
    elif words[0] == "make":
        targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
        assert words[1:] == ["${{", "matrix.target", "}}"]
        assert {row["target"] for row in MATRIX} <= set(targets)
    elif words[:3] == ["python", "-m", "pytest"]:
        named = [word for word in words[3:] if not word.startswith("-")]
        assert named and all((ROOT / name).is_file() for name in named)
    elif words[:4] == ["python", "-m", "pip", "install"]:
        assert (ROOT / words[words.index("-c") + 1]).is_file() and words[-1] == ".[dev]"
    else:
        assert (ROOT / words[0]).is_file() and os.access(ROOT / words[0], os.X_OK)


def test_the_workflow_runs_on_the_three_systems():
    matrix = WORKFLOW["jobs"]["systems"]["strategy"]["matrix"]
    assert {name.split("-")[0] for name in matrix["system"]} == {"ubuntu", "macos", "windows"}
    assert matrix["python"] == ["3.11", "3.13"]


def test_a_container_makes_the_environment_that_everybody_makes():
    text = (ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8")
    made = json.loads(text)["postCreateCommand"].split()
    assert made[0] == "make" and f"\n{made[1]}:" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "pip install --no-deps" in (ROOT / ".binder/postBuild").read_text(encoding="utf-8")
    assert os.access(ROOT / ".binder/postBuild", os.X_OK)


def test_every_text_is_stored_with_the_same_line_ends():
    kinds = [line.split()[:2] for line in git("ls-files", "--eol", "-co", "--exclude-standard")]
    assert not [kind for kind in kinds if "crlf" in str(kind) or "mixed" in str(kind)]
    for name, wanted in (("notebooks/a.ipynb", "set"), ("weights/a.safetensors", "unset")):
        assert git("check-attr", "text", name) == [f"{name}: text: {wanted}"]


UNIX = {"resource", "fcntl", "pwd", "grp", "termios", "pty"}
"""Modules that Python has on Unix only."""
SOURCES = [p for name in ("ganlib", "benchmarks", "data") for p in (ROOT / name).rglob("*.py")]


def imports(tree):
    """The modules that statements of a tree import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_windows_lacks_is_not_needed(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tries = [
        n for n in ast.walk(tree) if isinstance(n, ast.Try) and "ImportError" in ast.unparse(n)
    ]
    guarded = [name for node in tries for name in imports(node)]
    assert [n for n in imports(tree) if n in UNIX] == [n for n in guarded if n in UNIX]
    # Without an encoding, Windows reads and writes texts as an alphabet of its own.
    for node in ast.walk(tree):
        called = node.func.attr if _is_method(node) else ""
        if called in ("read_text", "write_text"):
            given = {keyword.arg for keyword in node.keywords}
            assert "encoding" in given or len(node.args) > (called == "write_text"), node.lineno


def _is_method(node):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)


def test_measuring_memory_without_resource(monkeypatch):
    """As on Windows: the benchmark runs, and says that it cannot know."""
    monkeypatch.setitem(sys.modules, "resource", None)
    path = ROOT / "benchmarks" / "core_loop.py"
    about = importlib.util.spec_from_file_location("without_resource", path)
    module = importlib.util.module_from_spec(about)
    monkeypatch.setitem(sys.modules, about.name, module)
    about.loader.exec_module(module)
    assert module._process_peak() is None
