"""Lesson 00: the test of its small GAN tells the truth from imitations, and so does its output."""

import ast

import lessons
import pytest
import torch
from seeds import SEEDS
from seeds.lesson00 import fills

CELLS = {cell.id: cell for cell in lessons.read(lessons.LESSONS[0]).cells}


def two_humps(n):
    return 4.0 * torch.randint(0, 2, (n, 1)) - 2 + 0.5 * torch.randn(n, 1)


IMITATIONS = {
    "one hump": lambda n: two_humps(n).abs(),
    "a bell as wide": lambda n: 2.06 * torch.randn(n, 1),
    "a spike": lambda n: torch.zeros(n, 1),
    "two spikes": lambda n: 4.0 * torch.randint(0, 2, (n, 1)) - 2,
    "uniform": lambda n: 6 * torch.rand(n, 1) - 3,
    "uneven humps": lambda n: two_humps(n).abs() * (1 - 2.0 * (torch.rand(n, 1) < 0.2)),
}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_truth_fills_both_humps_and_no_imitation_does(seed):
    torch.manual_seed(seed)
    assert fills(two_humps(4000))
    for name, imitation in IMITATIONS.items():
        assert not fills(imitation(4000)), name


def test_no_claim_of_the_lesson_is_false_in_its_own_output():
    """A printed False belongs to an imitation, which must fail."""
    assert lessons.printed(CELLS["thirty_score"]).splitlines() == [
        "the GAN fills both humps: True",
        "the real numbers do: True",
        "imitations that must fail: one hump False, a bell as wide False, two spikes False",
    ]
    assert "False" not in lessons.printed(CELLS["measure_code"])


def test_a_student_makes_a_person_whom_the_next_pictures_show():
    assert "exercise" in CELLS["my_person"].metadata.tags
    assert lessons.printed(CELLS["show_mine"]) == "you have set: nothing yet\n"
    for cell in ("show_mine", "l1_code"):
        names = {n.id for n in ast.walk(ast.parse(CELLS[cell].source)) if isinstance(n, ast.Name)}
        assert "my_person" in names
        assert any("image/png" in output.get("data", {}) for output in CELLS[cell].outputs)
