"""The house rules that a reader relies on: short files, imports that run one way."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted(
    path
    for folder in ("ganlib", "tests", "data", "notebooks", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_longer_than_a_reader_holds(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350


def module(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports():
    """{module: the modules of ganlib that it imports when it is loaded or called}."""
    paths = {module(path): path for path in FILES if path.is_relative_to(ROOT / "ganlib")}
    graph = {}
    for name, path in paths.items():
        found = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                # `from ganlib import runtime` names a module, `from ganlib.core.files import x` a part.
                whole = {f"{node.module}.{alias.name}" for alias in node.names} & paths.keys()
                found |= whole or {node.module}
        graph[name] = found & paths.keys() - {"ganlib", name}
    return graph


def test_imports_run_one_way():
    TopologicalSorter(imports()).prepare()  # raises CycleError, which names the circle


def test_the_ground_floor_knows_nothing_of_the_rest():
    graph = imports()
    ground = {
        "ganlib.core.errors",
        "ganlib.twins.framing",
        "ganlib.core.files",
        "ganlib.core.networks.base",
        "ganlib.core.networks.spectral",
    }
    for name in ("losses", "penalties", "reconstruction", "models", "mlps", "toys"):
        assert graph[f"ganlib.{name}"] <= ground, name
    commands = {n for n in graph if n == "ganlib.cli.main" or n.startswith("ganlib.cli")}
    for name in graph.keys() - commands - {"ganlib.__main__"}:
        assert not graph[name] & commands, name
