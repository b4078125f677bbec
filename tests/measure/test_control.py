"""Control: with a probe that knows the truth, an untrained one, and other people."""

import pytest
import torch

from ganlib.core.networks.conditional import ConditionalGenerator, ConditionalGeneratorConfig
from ganlib.data.conditions import width
from ganlib.data.datasets import ALIGNED, HELD_OUT_SEED, face_people
from ganlib.measure import control as module
from ganlib.measure.attributes import ATTRIBUTES, DOMAINS, truths
from ganlib.measure.control import READ, STYLES, FaceEvaluator, control
from ganlib.measure.probe import Probe, ProbeConfig
from ganlib.twins import render_drawings

PEOPLE = face_people(24, seed=5)
DRAWINGS = render_drawings(PEOPLE, 64)
TOLERANCE = {about.name: 0.1 for about in ATTRIBUTES}


@pytest.fixture(autouse=True)
def known_tolerance(monkeypatch):
    monkeypatch.setattr(module, "probe_card", lambda: {"tolerance": TOLERANCE})


class Oracle:
    """Reads the given truth, whatever the pictures."""

    def __init__(self, people, pictures):
        self.answers = {k: v.float() for k, v in truths(people, pictures).items()}
        styles = people.field("style").flatten().long()
        self.answers["domain"] = torch.tensor([DOMAINS.index(name) for name in STYLES])[styles]

    def read(self, images):
        return self.answers


def test_what_was_asked_for_is_all_there():
    shares = control(DRAWINGS, PEOPLE, Oracle(PEOPLE, DRAWINGS))
    assert set(shares) == {"style", *READ}
    assert set(shares.values()) == {1.0}


def test_somebody_else_is_not_what_was_asked_for():
    others = PEOPLE[[*range(1, 24), 0]]
    shares = control(DRAWINGS, PEOPLE, Oracle(others, DRAWINGS))
    style = PEOPLE.field("style").flatten()
    right = [(style.roll(-1)[style == s] == s).float().mean().item() for s in range(4)]
    assert shares["style"] == pytest.approx(sum(right) / 4)
    assert shares["hair_style"] < 0.7


def test_shares_are_balanced_over_the_answers():
    people = PEOPLE.replace(glasses=torch.tensor([1.0] + 23 * [0.0]), style="flat")
    oracle = Oracle(people, DRAWINGS)
    oracle.answers["glasses"] = torch.zeros(24)
    oracle.answers["domain"][:6] = 0
    shares = control(DRAWINGS, people, oracle)
    assert shares["glasses"] == 0.5 and shares["style"] == 0.75 and shares["cover"] == 1


@pytest.fixture
def evaluator():
    torch.manual_seed(0)
    return FaceEvaluator(70, probe=Probe(ProbeConfig(width=8)).eval())


def test_an_evaluator_measures_on_held_out_people(evaluator):
    assert torch.equal(evaluator.people.values, face_people(70, HELD_OUT_SEED).values)
    perfect = evaluator.of(evaluator.true)
    assert perfect["probe_fid"] < 1e-6
    assert evaluator.of(evaluator.true * 0.3)["probe_fid"] > perfect["probe_fid"]
    near = evaluator.nearest(evaluator.true[:5], evaluator.true)
    assert near["nearest"] < 1e-4 and near["nearest_true"] < 1e-4


def test_a_generator_draws_the_evaluators_people(evaluator):
    torch.manual_seed(0)
    faces = ConditionalGenerator(ConditionalGeneratorConfig(width(), width=8))
    figures = evaluator.figures(faces)
    assert figures.keys() == evaluator.of(evaluator.true).keys() and figures == evaluator.figures(
        faces
    )


def test_people_of_faces_are_framed_alike_and_else_various():
    people = face_people(40, seed=2)
    for name, value in ALIGNED.items():
        assert torch.equal(people.replace(**{name: value}).values, people.values)
    assert len(people.field("style").unique()) == 4
    assert face_people(8, 2, style="flat").field("style").unique().tolist() == [2]
