"""Diversity within a condition: nothing for copies, less than among all, kept by true drawings."""

import pytest
import torch

from ganlib.data.conditions import alike_as_asked, encode
from ganlib.data.datasets import face_people
from ganlib.measure.control import diversity_within
from ganlib.measure.metrics import diversity
from ganlib.twins import render_drawings

ASKED = face_people(6, seed=3)
OTHERS = alike_as_asked(ASKED, 4, seed=8)


@pytest.fixture(scope="module")
def drawings():
    return render_drawings(OTHERS, 64)


def test_they_are_as_asked_and_differ_in_the_rest():
    assert torch.equal(encode(OTHERS), encode(ASKED).repeat_interleave(4, 0))
    smiles = OTHERS.field("smile").flatten().unflatten(0, (6, 4))
    assert (smiles.std(1) > 0).all()


def test_a_drawing_for_each_condition_whatever_the_noise_has_none(drawings):
    collapsed = drawings[::4].repeat_interleave(4, 0)
    assert diversity_within(collapsed, 4) == pytest.approx(0, abs=1e-3)
    assert diversity(collapsed).probe > 1, "which the diversity among all does not show"


def test_true_drawings_differ_less_within_a_condition_than_among_all(drawings):
    within = diversity_within(drawings, 4)
    assert 0 < within < diversity(drawings).probe
    assert within == pytest.approx(diversity_within(drawings.flip(0), 4), rel=1e-4)
