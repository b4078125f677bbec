"""Options: those that cannot be are refused, by name, before anything starts."""

from dataclasses import fields
from typing import get_args

import pytest

from ganlib.core.config import (
    AdversarialConfig,
    CycleLoss,
    LossName,
    MixedLoss,
    PairedLoss,
    TrainConfig,
    UnpairedLoss,
)
from ganlib.core.errors import ConfigError
from ganlib.core.losses import GAN_LOSSES
from ganlib.core.reconstruction import DISTANCES


def test_the_names_of_losses_and_distances_are_those_that_there_are():
    assert get_args(LossName) == tuple(GAN_LOSSES)
    assert get_args(PairedLoss.__annotations__["distance"]) == tuple(DISTANCES)


@pytest.mark.parametrize(
    ("config", "change", "sentence"),
    [
        (PairedLoss, {"paired_weight": -1}, "paired_weight must be 0 or more, and finite, not -1"),
        (PairedLoss, {"r1_gamma": float("nan")}, "r1_gamma must be 0 or more, and finite"),
        (PairedLoss, {"distance": "l3"}, "distance must be one of l1, l2, not 'l3'"),
        (UnpairedLoss, {"factor": 0}, "factor must be a whole number, 1 or more, not 0"),
        (AdversarialConfig, {"loss": "chess"}, "loss must be one of minimax, .*, not 'chess'"),
        (AdversarialConfig, {"augment": "paint"}, "augment knows no 'paint'"),
        (AdversarialConfig, {"penalty_every": 1.5}, "penalty_every must be a whole number, 1 or"),
        (AdversarialConfig, {"penalty_every": 0}, "penalty_every must be a whole number, 1 or"),
        (CycleLoss, {"pool": -1}, "pool must be a whole number, 0 or more, not -1"),
        (MixedLoss, {"loss": "relativistic"}, "loss must be one of minimax, .*, wasserstein, not"),
    ],
)
def test_wrong_options_of_a_loss_name_the_field(config, change, sentence):
    with pytest.raises(ConfigError, match=sentence) as refused:
        config(**change)
    assert refused.value.field in change


def test_what_a_problem_cannot_use_is_no_option_of_its_loss():
    """MixedLoss: D sees more fakes than drawings, so nothing compares them one by one."""
    names = {name for name, loss in GAN_LOSSES.items() if not loss.relativistic}
    assert set(get_args(MixedLoss.__annotations__["loss"])) == names
    assert "gradient_penalty" not in {about.name for about in fields(MixedLoss)}
    assert MixedLoss().gradient_penalty == 0
    with pytest.raises(TypeError, match="unexpected keyword argument 'gradient_penalty'"):
        MixedLoss(gradient_penalty=10.0)


def test_a_seed_fits_into_64_bits():
    assert TrainConfig(seed=2**63 - 1).seed == 2**63 - 1
    with pytest.raises(ConfigError, match="seed must be a whole number, 0 or more, not 92233"):
        TrainConfig(seed=2**63)
