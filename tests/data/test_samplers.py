"""Samplers: what belongs together stays together, and what does not fit is refused."""

import pytest
import torch
from tiny import dataset

from ganlib.core.errors import GanlibError
from ganlib.data.samplers import ConditionalSampler


def test_drawings_and_conditions_stay_together():
    pictures, conditions = dataset(5), torch.arange(5.0)[:, None]
    sampler = ConditionalSampler(pictures, conditions)
    torch.manual_seed(0)
    given = sampler(40)
    assert len(given["condition"].unique()) == 5
    for picture, condition in zip(given["anime"], given["condition"], strict=True):
        own = pictures.at(condition.long())[0]
        assert torch.equal(picture, own) or torch.equal(picture, own.flip(2))
    with pytest.raises(GanlibError, match="5 drawings and 4 conditions"):
        ConditionalSampler(pictures, conditions[:4])
