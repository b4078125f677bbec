"""Lesson 05's failures differ from its healthy run in what the lesson says, and in nothing else."""

import ast
import inspect

import lessons
import pytest

from ganlib.lessons.clinic import FAULTS, HIDDEN, one_round, train

CELLS = {
    c.id: c.source for c in lessons.read(lessons.ROOT / "notebooks/05_two_dimensions.ipynb").cells
}
HEALTHY = {
    name: parameter.default
    for function in (one_round, train)
    for name, parameter in inspect.signature(function).parameters.items()
    if parameter.default is not parameter.empty
} | {"batch": 64, "one_optimiser": False}
ONE_CHANGE = {
    "no detach": "detach",
    "no zero_grad": "zero_grad",
    "one optimiser": "one_optimiser",
    "no noise": "noise",
    "strong D": "lr_g",
    "tiny batch": "batch",
    "strong penalty": "gamma",
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_what_its_name_says(name):
    changed = {key for key, value in FAULTS[name].items() if value != HEALTHY[key]}
    assert changed == set(FAULTS[name])
    assert changed == ({"lr_g", "gamma"} if name == "fast G" else {ONE_CHANGE[name]})


def test_the_lesson_says_by_how_much():
    lr_d, lr_g = HEALTHY["lr_d"], HEALTHY["lr_g"]
    assert lr_d == lr_g
    said = CELLS["text-diagnosis"]
    assert FAULTS["strong D"]["lr_g"] == pytest.approx(lr_d / 500) and "a 500th of D's" in said
    assert FAULTS["fast G"] == {"lr_g": pytest.approx(10 * lr_d), "gamma": 0.0}
    assert "ten times D's, and there is no penalty" in said
    assert FAULTS["tiny batch"] == {"batch": 2} and "two points in a batch" in said
    assert FAULTS["strong penalty"]["gamma"] == pytest.approx(5000 * HEALTHY["gamma"])
    assert "5,000 times its weight, γ = 100" in CELLS["hides"]


def test_the_lesson_breaks_what_the_library_breaks():
    (shown,) = (
        ast.literal_eval(node.value)
        for node in ast.parse(CELLS["faults"]).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FAULTS"
    )
    assert shown == {name: FAULTS[name] for name in shown} and len(shown) == 3
    assert [*HIDDEN.values()] == [
        FAULTS.get(name, {}) for name in ("no noise", "strong D", "", "tiny batch", "fast G")
    ]
