"""What a lesson shows of a GAN is what the library does: its functions, taken out of the notebook.

`ON_SCREEN` in a lesson's bindings says, for each name, what it is held against: by value and by
gradient, with the engine that checks exercises.
"""

import ast
import importlib

import lessons
import pytest

from ganlib.lessons.checks.core import Function

MODULES = {
    path: importlib.import_module(f"bindings.lesson{path.name[:2]}") for path in lessons.LESSONS
}
SHOWN = {path: vars(module).get("ON_SCREEN", {}) for path, module in MODULES.items()}
NAMES = [(path, name) for path, found in SHOWN.items() for name in found]
STUDENTS_BUILD = [path for path in lessons.LESSONS if "01" <= path.name[:2] <= "08"]
"""The lessons in which a GAN is built piece by piece."""


@pytest.mark.parametrize(
    ("path", "name"), NAMES, ids=[f"{path.name[:2]}-{name}" for path, name in NAMES]
)
def test_a_function_on_screen_is_the_librarys(path, name):
    space = lessons.definitions(lessons.read(path))
    assert name in space, f"no cell of {path.name} defines {name}"
    source = getattr(space[name], "__module__", None) or ""
    assert not source.startswith("ganlib"), f"{path.name} imports {name} and does not show it"
    check = SHOWN[path][name]
    assert isinstance(check, Function)
    assert check(space[name]).state == "right"


@pytest.mark.parametrize("path", STUDENTS_BUILD, ids=lambda path: path.stem)
def test_lessons_that_build_a_gan_show_one(path):
    assert len(SHOWN[path]) >= 3


def draws(node):
    """Whether a function is about a picture."""
    names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    return bool(names & {"plots", "axes", "figure", "panels"})


def lines(source):
    """Lines of code, without blank ones, comments and docstrings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return len([line for line in ast.unparse(tree).splitlines() if line.strip()])


@pytest.mark.parametrize("path", STUDENTS_BUILD, ids=lambda path: path.stem)
def test_students_read_and_write_a_gans_code(path, measured):
    notebook = lessons.read(path)
    shown = [
        ast.unparse(node)
        for cell in lessons.code_cells(notebook)
        if "exercise" not in cell.metadata.get("tags", [])
        for node in ast.parse(cell.source).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not draws(node)
    ]
    read = sum(map(lines, shown))
    written = sum(lines(exercise.solution_code) for exercise in lessons.exercises(notebook))
    measured(f"{path.stem}: {read} lines of a GAN's code read, {written} written")
    assert read >= (25 if path.name < "06" else 40) and written >= (12 if path.name < "05" else 15)
