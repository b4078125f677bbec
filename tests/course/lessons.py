"""The lessons as data: their cells, their exercises, and how to run them."""

import copy
import importlib
import re
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from benchmarks.cells import definitions as definitions
from ganlib.lessons.checks.core import Check

ROOT = Path(__file__).parents[2]
LESSONS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
IGNORED = {"nbval-ignore-output", "nbval-skip"}


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def printed(cell):
    """What a code cell says in words (strict nbval compares it)."""
    streams = (o for o in cell.outputs if o.output_type == "stream" and o.name == "stdout")
    return "".join(stream.text for stream in streams)


@dataclass(frozen=True)
class Exercise:
    """A stub, the cell that checks it, and the cell with hint and solution, as they are stored."""

    name: str
    stub: nbformat.NotebookNode
    check: nbformat.NotebookNode
    solution: nbformat.NotebookNode

    @property
    def solution_code(self):
        (code,) = re.findall(r"```python\n(.*?)```", self.solution.source, re.DOTALL)
        return code.rstrip("\n")


def exercises(notebook):
    """The exercises of a lesson: cells with the ids ex-NAME, check-NAME and solution-NAME."""
    cells = {cell.id: cell for cell in notebook.cells}
    names = [name.removeprefix("ex-") for name in cells if name.startswith("ex-")]
    return [Exercise(n, *(cells[f"{k}-{n}"] for k in ("ex", "check", "solution"))) for n in names]


def checks(path):
    """{name: check} of the module that checks a lesson; empty if the lesson has no exercises."""
    if not exercises(read(path)):
        return {}
    module = importlib.import_module(f"ganlib.lessons.checks.lesson{path.name[:2]}")
    return {name: value for name, value in vars(module).items() if isinstance(value, Check)}


def solved(notebook):
    """A copy of the lesson with every solution in the place of its stub."""
    notebook = copy.deepcopy(notebook)
    for exercise in exercises(notebook):
        exercise.stub.source = exercise.solution_code
    return notebook


def run(notebook, path):
    """Execute a notebook in place from a fresh kernel; the seconds that took."""
    start = time.perf_counter()
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    return time.perf_counter() - start
