"""The house rules that a reader relies on: short files, a small core, imports that run one way."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GANLIB = ROOT / "ganlib"
FLOORS = (
    *("core", "scale", "twins", "drawing", "weights", "data"),
    *("measure", "pipelines", "lessons", "cli"),
)
"""From the ground up: each may import those below it, and the two uppermost not each other."""
TOP = ("lessons", "cli")


def python_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


LIBRARY = python_files(GANLIB)
DRAWINGS = python_files(GANLIB / "drawing")
CHECKS = python_files(GANLIB / "lessons" / "checks")
"""Both have their own measure: drawings of photographs came after the house was measured, and the
checks of exercises grow with the exercises. The house's is what it was, less the checks of then."""
REACH = [
    GANLIB / name
    for name in (
        *("cli/export.py", "cli/lessons.py", "cli/streams.py", "pipelines/export.py"),
        *("data/decode.py", "data/left_out.py", "data/srgb.py", "scale/muon.py"),
    )
]
"""What came later and serves no lesson: other formats and machines, pictures as they really are."""
HOUSE = [path for path in LIBRARY if path not in (*DRAWINGS, *CHECKS, *REACH)]
OTHERS = [p for name in ("tests", "benchmarks", "data") for p in python_files(ROOT / name)]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def total(*paths: Path) -> int:
    return sum(len(lines(path)) for path in paths)


@pytest.mark.parametrize("path", LIBRARY, ids=name_of)
def test_no_file_of_the_library_is_longer_than_a_reader_holds(path):
    assert len(lines(path)) <= 300


@pytest.mark.parametrize("path", OTHERS, ids=name_of)
def test_no_other_file_is_much_longer(path):
    assert len(lines(path)) <= 350


def functions(path: Path) -> list[tuple[str, int]]:
    """(name, lines) of each, docstring and decorators included."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    nodes = [n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, kinds)]
    first = {n: min([n.lineno, *(d.lineno for d in n.decorator_list)]) for n in nodes}
    return [(n.name, (n.end_lineno or 0) - first[n] + 1) for n in nodes]


@pytest.mark.parametrize(
    "path", [path for path in LIBRARY if GANLIB / "twins" not in path.parents], ids=name_of
)
def test_no_function_is_longer_than_a_screen(path):
    """The renderer's are drawings, line by line."""
    assert [(name, n) for name, n in functions(path) if n > 60] == []


def test_the_library_is_small(measured):
    """What somebody wrote: code, comments and docstrings, without blank lines."""
    parts = {"house": HOUSE, "drawings": DRAWINGS, "checks": CHECKS, "reach": REACH}
    written = {
        name: sum(bool(line.strip()) for path in part for line in lines(path))
        for name, part in parts.items()
    }
    measured(f"ganlib: {total(*HOUSE)} lines; written: {written}")
    # 333 for what reach and portraits ask of files that were there before: options, reasons given,
    # other clothes and faces, combs to compare lines with; for films; for the records of lesson
    # 09; 57 for maps of parts in pairs, batches and the loss; 147 for beards, scarves and glasses
    # on more people; 23 for sharp lines in larger sizes, and for schedules that leave G nothing.
    # 08 shall take less again.
    assert written["house"] <= 12_000 - 1_181 + 390 + 147 + 23
    # Necklines, hair outlines: what blind marks named most; 201 for a network that draws, too, and
    # the maps of parts that it learns from; 28 for its palette, caps that are none
    # and pieces that hang on nothing; 84 for larger sizes, and for the specks that readers named
    # first.
    assert written["drawings"] <= 3_383
    assert written["checks"] <= 2_426  # 150 to a lesson
    assert written["reach"] <= 650


@pytest.mark.xfail(
    strict=True, reason="the aim; blank lines counted, ganlib is about 1,500 over it"
)
def test_the_library_is_small_with_its_blank_lines():
    assert total(*HOUSE) <= 12_000


def test_the_core_is_small():
    core = GANLIB / "core"
    parts = (core / f"{name}.py" for name in ("losses", "penalties", "objectives", "trainer"))
    assert total(*python_files(core)) <= 2_000
    assert total(*parts) <= 1_000
    assert dict(functions(core / "trainer.py"))["train_step"] <= 60


def test_the_top_of_the_library_is_seen_at_a_glance():
    marker = "py.typed"  # for type checkers, not for readers
    entries = {path.name for path in GANLIB.iterdir() if not path.name.startswith(("_", "."))}
    assert len(entries - {marker}) <= 10
    assert {name for name in entries if (GANLIB / name).is_dir()} == set(FLOORS)


def module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module(path): path for path in LIBRARY}


def imported(path: Path) -> set[str]:
    """The modules that a file imports when it is loaded or called, of ganlib or not."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}: imports name their module in full"
            # `from ganlib.core import log` names a module, `from ganlib.core.log import x` a part.
            whole = {f"{node.module}.{alias.name}" for alias in node.names} & MODULES.keys()
            found |= whole or {node.module or ""}
    return found


GRAPH = {name: imported(path) - {name} for name, path in MODULES.items()}


def floor(name: str) -> int | None:
    """The floor of a module, None for ganlib itself and its __main__."""
    parts = name.split(".")
    return FLOORS.index(parts[1]) if len(parts) > 1 and parts[1] in FLOORS else None


def test_imports_run_in_no_circle():
    own = {name: found & MODULES.keys() - {"ganlib"} for name, found in GRAPH.items()}
    list(TopologicalSorter(own).static_order())  # raises CycleError, which names the circle


@pytest.mark.parametrize("name", [name for name in MODULES if floor(name) is not None])
def test_imports_run_down_the_floors(name):
    allowed = set(FLOORS[: floor(name) + 1])
    if (own := FLOORS[floor(name)]) in TOP:
        allowed -= set(TOP) - {own}
    floors = {
        FLOORS[floor(found)] for found in GRAPH[name] & MODULES.keys() if floor(found) is not None
    }
    assert floors <= allowed


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("ganlib.core")])
def test_the_core_knows_nothing_of_the_rest(name):
    others = {found for found in GRAPH[name] if found.split(".")[0] == "ganlib"}
    assert {found for found in others if not found.startswith("ganlib.core")} == set()


@pytest.mark.parametrize("name", MODULES)
def test_the_library_needs_neither_its_tests_nor_its_benchmarks(name):
    assert not {found.split(".")[0] for found in GRAPH[name]} & {"tests", "benchmarks"}
