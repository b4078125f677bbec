"""Control: read by a probe that knows the truth, by one that is asleep, and by chance."""

import pytest
import torch

from ganlib.measure import control as module
from ganlib.measure.attributes import ATTRIBUTES, DOMAINS, truths
from ganlib.core.networks.conditional import ConditionalGenerator, ConditionalGeneratorConfig
from ganlib.data.conditions import width
from ganlib.measure.control import READ, STYLES, FaceEvaluator, control
from ganlib.twins import render_drawings
from ganlib.measure.probe import Probe, ProbeConfig
from ganlib.data.datasets import ALIGNED, HELD_OUT_SEED, face_people

PEOPLE = face_people(24, seed=5)
DRAWINGS = render_drawings(PEOPLE, 64)
TOLERANCE = {about.name: 0.1 for about in ATTRIBUTES}


class Seer:
    """Reads what it was told, whatever the pictures."""

    def __init__(self, people, pictures):
        self.answers = {k: v.float() for k, v in truths(people, pictures).items()}
        styles = people.field("style").flatten().long()
        self.answers["world"] = torch.tensor([DOMAINS.index(name) for name in STYLES])[styles]

    def read(self, images):
        return self.answers


def test_what_was_asked_for_is_all_there():
    shares = control(DRAWINGS, PEOPLE, Seer(PEOPLE, DRAWINGS), TOLERANCE)
    assert set(shares) == {"style", *READ}
    assert set(shares.values()) == {1.0}


def test_somebody_else_is_not_what_was_asked_for():
    others = PEOPLE[[*range(1, 24), 0]]
    shares = control(DRAWINGS, PEOPLE, Seer(others, DRAWINGS), TOLERANCE)
    style = PEOPLE.field("style").flatten()
    right = [(style.roll(-1)[style == s] == s).float().mean().item() for s in range(4)]
    assert shares["style"] == pytest.approx(sum(right) / 4)
    assert shares["hair_style"] < 0.7


def test_answers_weigh_alike_however_rare():
    people = PEOPLE.replace(glasses=torch.tensor([1.0] + 23 * [0.0]), style="flat")
    seer = Seer(people, DRAWINGS)
    seer.answers["glasses"] = torch.zeros(24)
    seer.answers["world"][:6] = 0
    shares = control(DRAWINGS, people, seer, TOLERANCE)
    assert shares["glasses"] == 0.5 and shares["style"] == 0.75 and shares["cover"] == 1


@pytest.fixture
def ruler(monkeypatch):
    monkeypatch.setattr(module, "probe_card", lambda: {"tolerance": TOLERANCE})
    torch.manual_seed(0)
    return FaceEvaluator(70, probe=Probe(ProbeConfig(width=8)).eval())


def test_a_ruler_measures_held_out_people(ruler):
    assert torch.equal(ruler.people.values, face_people(70, HELD_OUT_SEED).values)
    perfect = ruler.of(ruler.true)
    assert perfect["probe_fid"] < 1e-6
    assert ruler.of(ruler.true * 0.3)["probe_fid"] > perfect["probe_fid"]
    near = ruler.nearest(ruler.true[:5], ruler.true)
    assert near["nearest"] < 1e-4 and near["nearest_true"] < 1e-4


def test_a_generator_is_asked_for_the_rulers_people(ruler):
    torch.manual_seed(0)
    faces = ConditionalGenerator(ConditionalGeneratorConfig(width(), width=8))
    figures = ruler.figures(faces)
    assert figures.keys() == ruler.of(ruler.true).keys() and figures == ruler.figures(faces)


def test_people_of_faces_are_framed_alike_and_else_various():
    people = face_people(40, seed=2)
    for name, value in ALIGNED.items():
        assert torch.equal(people.replace(**{name: value}).values, people.values)
    assert len(people.field("style").unique()) == 4
    assert face_people(8, 2, style="flat").field("style").unique().tolist() == [2]
