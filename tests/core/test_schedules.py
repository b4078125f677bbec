"""Weights that change in the course of a run."""

import math

import pytest
from tiny import mixed_objective, mixed_trainer

from ganlib.core.config import AdversarialConfig, CycleLoss, Schedule, values_at
from ganlib.core.errors import GanlibError

FALL = Schedule(((100, 1.0), (300, 0.2), (400, 2)))


def test_straight_lines_between_points_constant_outside():
    expected = {0: 1, 100: 1, 150: 0.8, 250: 0.4, 300: 0.2, 350: 1.1, 400: 2, 10**9: 2}
    assert {images: pytest.approx(FALL.at(images)) for images in expected} == expected


def test_values_at_changes_schedules_alone():
    plain = CycleLoss(cycle_weight=3)
    assert values_at(plain, 10) is plain
    scheduled = CycleLoss(cycle_weight=FALL, r1_gamma=Schedule(((0, 4), (200, 0))))
    assert values_at(scheduled, 150) == CycleLoss(cycle_weight=FALL.at(150), r1_gamma=1.0)
    assert scheduled.cycle_weight is FALL, "the config itself stays as it was"


def test_every_weight_may_be_a_schedule():
    names = ("adversarial_weight", "r1_gamma", "r2_gamma", "gradient_penalty")
    config = values_at(AdversarialConfig(**dict.fromkeys(names, FALL)), 250)
    assert [getattr(config, name) for name in names] == pytest.approx([0.4] * 4)


@pytest.mark.parametrize(
    "points",
    [(), ((0,),), ((0, 1), (0, 2)), ((5, 1), (0, 2)), ((0, -1),), ((0, math.nan),), ((-1, 1),)],
)
def test_wrong_points(points):
    with pytest.raises(GanlibError, match=r"a schedule needs pairs \(images, value\) of finite"):
        Schedule(points)


@pytest.mark.parametrize("seen", [0, 20, 40])
def test_a_term_is_the_plain_one_with_the_weight_of_its_time(seen):
    fall = Schedule(((0, 4.0), (40, 0.0)))
    terms = []
    for weight in (fall, 4.0):  # the same network weights and draws
        objective = mixed_objective(low_frequency_weight=weight)
        trainer = mixed_trainer(objective=objective, precision="fp32")
        trainer.images = seen
        trainer.train_step()
        terms.append(trainer.records[-1]["g_low_frequency"].item())
    assert terms[0] == pytest.approx(terms[1] * (1 - seen / 40), rel=1e-6)


def test_a_schedule_is_true_if_it_is_ever_above_0():
    assert FALL and Schedule(((0, 0), (5, 1), (6, 0))) and not Schedule(((0, 0), (5, 0)))
