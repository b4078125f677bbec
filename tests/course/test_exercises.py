"""Exercises: solutions earn the tick, usual mistakes earn their diagnosis, stubs are left in peace.

Wrong answers come from two places: those that a check knows, and those in `answers`, which are
written differently and must be recognised by what they do.
"""

import importlib
import re

import lessons
import pytest

from ganlib.lessons.checks.core import MARKS, Function

WITH_EXERCISES = [path for path in lessons.LESSONS if lessons.exercises(lessons.read(path))]
CHECKS = {
    f"{path.name[:2]}-{name}": check
    for path in WITH_EXERCISES
    for name, check in lessons.checks(path).items()
}
ANSWERS = {
    f"{path.name[:2]}-{name}": answers
    for path in WITH_EXERCISES
    for name, answers in importlib.import_module(f"answers.lesson{path.name[:2]}").ANSWERS.items()
}


@pytest.fixture(scope="module", autouse=True)
def quick(remembering):
    remembering(CHECKS.values())


@pytest.fixture(params=WITH_EXERCISES, ids=lambda path: path.stem)
def lesson(request):
    return request.param


def test_every_exercise_is_complete(lesson):
    notebook = lessons.read(lesson)
    order = [cell.id for cell in notebook.cells]
    found = lessons.exercises(notebook)
    assert 3 <= len(found) <= 6
    assert {exercise.name for exercise in found} == set(lessons.checks(lesson))
    for exercise in found:
        place = order.index(exercise.stub.id)
        assert order[place : place + 3] == [
            f"{k}-{exercise.name}" for k in ("ex", "check", "solution")
        ]
        assert "exercise" in exercise.stub.metadata.tags
        assert f"check.{exercise.name}(" in exercise.check.source
        text = exercise.solution.source
        assert (
            text.count("<summary>Hint</summary>") == text.count("<summary>Solution</summary>") == 1
        )
        assert "minute" in notebook.cells[place - 1].source, "its difficulty and minutes are stated"


BUILDING = [path for path in WITH_EXERCISES if path.name < "09"]


@pytest.mark.parametrize("path", BUILDING, ids=lambda path: path.stem)
def test_a_function_written_in_an_exercise_is_used_by_the_cells_that_follow(path):
    notebook = lessons.read(path)
    code = "\n".join(cell.source for cell in lessons.code_cells(notebook))
    for name, check in lessons.checks(path).items():
        if isinstance(check, Function):
            assert f"check.{name}.use(" in code, f"nothing runs the answer of {name}"


def test_the_untouched_stub_is_not_tried_yet(lesson):
    # nbval compares the stored line with a fresh one, so no tag may excuse the cell.
    for exercise in lessons.exercises(lessons.read(lesson)):
        assert lessons.printed(exercise.check) == f"{MARKS['untried']} not tried yet\n"
        assert not lessons.IGNORED & set(exercise.check.metadata.get("tags", []))


def test_every_solution_earns_the_tick(lesson, capsys):
    """Solutions and checks alone, with what the lesson defines: the whole lesson is a night's."""
    notebook = lessons.read(lesson)
    space = lessons.definitions(notebook)
    solutions = {e.stub.id: e.solution_code for e in lessons.exercises(notebook)}
    for cell in lessons.code_cells(notebook):
        if cell.id in solutions:
            exec(solutions[cell.id], space)
        elif cell.id.startswith("check-"):
            capsys.readouterr()
            exec(cell.source, space)
            assert capsys.readouterr().out.startswith(MARKS["right"]), cell.id
        for line in re.findall(r"^\w+ = check\.\w+\.use\(\w+\)$", cell.source, re.MULTILINE):
            exec(line, space)  # later solutions may call it


@pytest.mark.nightly
def test_a_lesson_runs_with_every_solution(lesson, measured):
    notebook = lessons.solved(lessons.read(lesson))
    seconds = lessons.run(notebook, lesson)
    found = lessons.exercises(notebook)
    for exercise in found:
        assert lessons.printed(exercise.check).startswith(MARKS["right"]), exercise.name
    assert not any("▸ not solved yet" in lessons.printed(c) for c in lessons.code_cells(notebook))
    measured(f"{lesson.stem}: {len(found)} solutions, {len(found)} ticks, run in {seconds:.0f} s")


@pytest.mark.parametrize("name", CHECKS)
def test_the_reference_is_right_and_nothing_is_untried(name):
    check = CHECKS[name]
    assert check(check.reference).state == "right"
    assert check(...).state == check(None).state == "untried"
    if isinstance(check, Function):
        assert check(lambda *_: ...).state == check(lambda *_: None).state == "untried"


@pytest.mark.parametrize("name", CHECKS)
def test_known_mistakes_have_their_own_diagnoses(name):
    check = CHECKS[name]
    said = [check(mistake.answer) for mistake in check.mistakes]
    assert [result.state for result in said] == ["wrong"] * len(said)
    assert [result.message for result in said] == [m.diagnosis for m in check.mistakes]
    assert len({result.message for result in said}) == len(said)


@pytest.mark.parametrize("name", CHECKS)
def test_answers_written_differently_are_known_by_what_they_do(name):
    """Of each exercise at least three wrong answers, each with a diagnosis of its own."""
    right, wrong = ANSWERS[name]
    check = CHECKS[name]
    for answer in right:
        assert check(answer).state == "right"
    said = [check(answer) for answer, _ in wrong]
    assert [result.state for result in said] == ["wrong"] * len(said)
    for result, (_, words) in zip(said, wrong, strict=True):
        assert words in result.message
    assert len({result.message for result in said}) == len(said) >= 3


def test_answers_are_for_exercises_that_exist():
    assert set(ANSWERS) == set(CHECKS)
