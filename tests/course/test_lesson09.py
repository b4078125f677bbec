"""Lesson 09: the round on screen is lesson 05's with a second term, and no baseline passes."""

import lessons
import pytest
import torch

from ganlib.lessons.clinic import ADAM, one_round
from ganlib.lessons.mlp import MLP, MLPConfig

PATH = next(path for path in lessons.LESSONS if path.name.startswith("09"))
CELLS = {cell.id: cell.source for cell in lessons.read(PATH).cells}


@pytest.fixture
def space(monkeypatch):
    monkeypatch.setenv("GANLIB_QUICK", "1")
    found = {}
    for name in ("imports", "datasets", "train"):
        exec(CELLS[name], found)
    exec(CELLS["scores_code"].split("toned =")[0], found)
    return found


def test_without_the_photograph_it_is_the_round_of_lesson_05(space):
    space["STEPS"] = 3
    nets = [
        MLP(MLPConfig(2, outputs, 32, 3), seeds=range(first, first + 10))
        for outputs, first in ((2, 0), (1, 10))
    ]
    opt_g, opt_d = (torch.optim.Adam(net.parameters(), 5e-3, **ADAM) for net in nets)
    torch.manual_seed(0)
    for step in range(3):
        for opt in (opt_g, opt_d):
            opt.param_groups[0]["lr"] = 5e-3 * min(1, 2 - 2 * step / 3)
        photo, drawing = space["people"](64)[0], space["people"](64)[1]
        one_round(*nets, opt_g, opt_d, drawing, photo, gamma=0.01)
    for ours, theirs in zip(space["train"](lam=0.0)[:2], nets, strict=True):
        for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
            torch.testing.assert_close(a, b)


def test_in_ds_lead_g_does_not_move(space):
    asked = []

    def loss(logits):
        asked.append(logits)
        return logits.mean()

    space["STEPS"] = 1
    _, _, log = space["train"](lead=3, d_steps=2, loss=loss)
    assert len(log) == 3 + 1 and len(asked) == 1


def test_each_score_is_passed_by_what_has_learnt_nothing_and_all_three_by_none(space):
    hidden, truth, carry, score = (space[n] for n in ("hidden", "truth", "carry", "score"))
    square = 2.4 * torch.rand(500, 2, generator=torch.Generator().manual_seed(0)) - 1.2
    toned = carry(hidden)
    baselines = [hidden, toned, toned / toned.norm(dim=-1, keepdim=True), square]
    baselines += [truth.roll(1, 0), truth.mean(0).expand_as(truth)]
    for points in baselines:
        error, drawn, recognised = (s.item() for s in score(points[None]))
        assert not (error < 0.26 and drawn > 0.53 and recognised > 0.8)
    error, drawn, recognised = (s.item() for s in score(truth[None]))
    assert error == 0 and drawn > 0.98 and recognised == 1


def test_patients_differ_from_the_control_in_what_the_lesson_says():
    assert '"gamma": 0.0, "d_steps": 3, "lead": live(cpu=100' in CELLS["vitals_use"]
    assert "a lead of 300 steps" in CELLS["strong"] and "γ = 20" in CELLS["weak"]
    assert "gamma=20.0" in CELLS["vitals_use"] and "gamma=0.01" in CELLS["train"]
    assert "loss=nonsaturating_generator" in CELLS["train"]
    assert "(0.0, 50.0)" in CELLS["lambda_code"] and "here 50" in CELLS["lambda"]
    assert "tilt=30.0" in CELLS["tones_code"] and "by 30°" in CELLS["tones"]
