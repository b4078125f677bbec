"""The ways to install ganlib ask for the same things, and the tested versions satisfy them."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
CONDA_NAMES = {"torch": "pytorch"}


def requirements(texts):
    return {r.name: str(r.specifier) for r in map(Requirement, texts)}


@pytest.fixture(scope="module")
def constraints():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", pin) for pin in pins)
    return {name.lower(): version for name, version in (pin.split("==") for pin in pins)}


def test_conda_environment_asks_for_what_pyproject_asks_for():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    packages = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    wanted = requirements(PROJECT["dependencies"] + EXTRAS["dev"])
    wanted = {CONDA_NAMES.get(name, name): floor for name, floor in wanted.items()}
    wanted |= {"python": PROJECT["requires-python"], "pip": ""}
    assert requirements(packages) == wanted


def test_tested_versions_satisfy_the_floors(constraints):
    for requirement in map(Requirement, PROJECT["dependencies"] + EXTRAS["dev"]):
        version = constraints[requirement.name.lower()]
        assert requirement.specifier.contains(version), requirement


def test_floors_are_loose():
    for requirement in map(Requirement, PROJECT["dependencies"]):
        assert [s.operator for s in requirement.specifier] == [">="], requirement


def test_colab_of_august_2026_satisfies_the_floors():
    colab = {
        "torch": "2.11.0",
        "numpy": "2.1.3",
        "matplotlib": "3.10.0",
        "ipywidgets": "7.7.1",
        "pillow": "11.3.0",
        "scikit-image": "0.25.2",
    }
    for requirement in map(Requirement, PROJECT["dependencies"]):
        version = colab.get(requirement.name)
        assert version is None or requirement.specifier.contains(version), requirement
