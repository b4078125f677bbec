"""Weights that change in the course of a run."""

import json
from dataclasses import asdict

import pytest
from tiny import mixed_objective, mixed_trainer

from ganlib.core.errors import GanlibError
from ganlib.core.config import ObjectiveConfig
from ganlib.core.config import Schedule, settled
from ganlib.pipelines.problems import parse

FALL = Schedule(((100, 1.0), (300, 0.2), (400, 2)))


def test_straight_lines_between_points_level_outside():
    expected = {0: 1, 100: 1, 150: 0.8, 250: 0.4, 300: 0.2, 350: 1.1, 400: 2, 10**9: 2}
    assert {images: pytest.approx(FALL.at(images)) for images in expected} == expected


def test_json_and_the_command_line_give_it_back():
    settings = ObjectiveConfig(low_frequency=FALL)
    assert ObjectiveConfig(**json.loads(json.dumps(asdict(settings)))) == settings
    assert parse("100:1,300:0.2,400:2") == FALL and parse("0.5") == 0.5


def test_only_schedules_are_settled():
    plain = ObjectiveConfig(cycle=3)
    assert settled(plain, 10) is plain
    assert settled(ObjectiveConfig(cycle=FALL), 150) == ObjectiveConfig(cycle=FALL.at(150))


@pytest.mark.parametrize("points", [(), ((0,),), ((0, 1), (0, 2)), ((5, 1), (0, 2)), 3, ((0, -1),)])
def test_wrong_points(points):
    with pytest.raises(GanlibError, match="Schedule.points must"):
        Schedule(points)


def test_wrong_places_and_words():
    with pytest.raises(GanlibError, match="factor cannot be a schedule"):
        ObjectiveConfig(factor=FALL)
    for text in ("fast", "0:1,", "0:one"):
        with pytest.raises(GanlibError, match="neither a number nor a schedule|must be pairs"):
            parse(text)


def test_a_term_is_the_plain_one_with_the_weight_of_its_time():
    fall = Schedule(((0, 4.0), (40, 0.0)))
    scheduled = mixed_trainer(objective=mixed_objective(low_frequency=fall), precision="fp32")
    plain = mixed_trainer(objective=mixed_objective(low_frequency=4.0), precision="fp32")
    for images in (0, 20, 40):  # the same weights and draws, at three times
        for trainer in (scheduled, plain):
            trainer.objective.load_state_dict(mixed_objective().state_dict())
            trainer.step, trainer.images = 0, images
            trainer.train_step()
        ours, theirs = (t._records[-1]["g_low_frequency"] for t in (scheduled, plain))
        assert ours.item() == pytest.approx(theirs.item() * (1 - images / 40), rel=1e-6)
