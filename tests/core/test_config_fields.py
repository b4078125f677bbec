"""Every field of every config by its refusal, in words; and what a training's numbers amount to."""

import math
from dataclasses import FrozenInstanceError, fields

import pytest

from ganlib.core.config import (
    AdversarialConfig,
    CycleLoss,
    MixedLoss,
    NoiseLoss,
    PairedLoss,
    Schedule,
    TrainConfig,
    UnpairedLoss,
)
from ganlib.core.errors import ConfigError

LOSSES = (AdversarialConfig, NoiseLoss, PairedLoss, UnpairedLoss, MixedLoss, CycleLoss)
NUMBERS = [
    (config, field.name, field.type is int)
    for config in LOSSES
    for field in fields(config)
    if isinstance(field.default, int | float)
]
FALL = Schedule(((0, 1.0), (100, 0.5)))


@pytest.mark.parametrize("value", [-1, math.nan, math.inf])
@pytest.mark.parametrize(("config", "field", "whole"), NUMBERS)
def test_no_number_of_a_loss_is_negative_or_endless(config, field, whole, value):
    least = int(field in ("penalty_every", "factor"))
    wanted = f"a whole number, {least} or more" if whole else "0 or more, and finite"
    with pytest.raises(ConfigError) as refused:
        config(**{field: value})
    assert refused.value.field == field
    assert refused.value.problem == f"must be {wanted}, not {value!r}."
    assert str(refused.value) == f"{field} {refused.value.problem}"


@pytest.mark.parametrize(
    ("config", "field"), [(config, field) for config, field, whole in NUMBERS if whole]
)
def test_a_whole_number_cannot_be_a_schedule(config, field):
    with pytest.raises(ConfigError, match="must be a whole number, . or more, not Schedule"):
        config(**{field: FALL})


WHOLE = {"batch": 1, "d_steps": 1, "images": 1, "report_every": 1, "checkpoint_every": 1}
WHOLE |= {"seed": 0, "sample_every": 0}
SENTENCES = [
    *((name, least - 1, f"a whole number, {least} or more") for name, least in WHOLE.items()),
    *((name, 2.5, f"a whole number, {least} or more") for name, least in WHOLE.items()),
    ("lr_g", 0.2, "from 0 to 0.1"),
    ("lr_g", -0.1, "0 or more, and finite"),
    ("lr_d", 0.2, "from 0 to 0.1"),
    ("lr_d", math.nan, "0 or more, and finite"),
    ("decay", 1.5, "from 0 to 1"),
    ("betas", (0.5, 1), "two numbers in [0, 1)"),
    ("betas", (-0.1, 0.9), "two numbers in [0, 1)"),
    ("betas", (0.5,), "two numbers in [0, 1)"),
    ("betas", 0.5, "two numbers in [0, 1)"),
    ("ema_half_life", 0, "more than 0"),
    ("ema_half_life", math.inf, "0 or more, and finite"),
    ("precision", "fp16", "one of auto, fp32, bf16"),
    ("compile", "all", "one of off, nets, step, both"),
]


@pytest.mark.parametrize(("field", "value", "wanted"), SENTENCES)
def test_a_wrong_option_of_a_training_gets_a_sentence(field, value, wanted):
    with pytest.raises(ConfigError) as refused:
        TrainConfig(**{field: value})
    assert str(refused.value) == f"{field} must be {wanted}, not {value!r}."
    assert refused.value.field == field


def test_every_option_of_a_training_is_refused_once():
    assert {field for field, *_ in SENTENCES} == {field.name for field in fields(TrainConfig)}


@pytest.mark.parametrize("config", [*LOSSES, TrainConfig])
def test_a_config_cannot_be_changed(config):
    assert config() == config() and hash(config()) == hash(config())
    name = fields(config)[0].name
    with pytest.raises(FrozenInstanceError):
        setattr(config(), name, None)


@pytest.mark.parametrize("decay", [0.0, 0.25, 0.5, 1.0])
def test_learning_rates_fall_linearly_over_the_last_share(decay):
    config = TrainConfig(images=200, decay=decay)
    for seen in range(0, 200, 10):
        start = 200 * (1 - decay)
        expected = 1 if seen <= start else (200 - seen) / (200 - start)
        assert config.rate(seen) == pytest.approx(expected), seen
    assert config.rate(200) == (0 if decay else 1)


def test_a_half_life_of_images_halves_whatever_the_batch():
    for batch in (1, 4, 10, 20):
        left = (1 - TrainConfig(batch=batch, ema_half_life=20).ema_share(10**6)) ** (20 / batch)
        assert left == pytest.approx(0.5)


def test_the_half_life_is_at_most_a_tenth_of_the_images_seen():
    config = TrainConfig(batch=4, ema_half_life=1000)
    assert config.ema_share(40) == pytest.approx(0.5)  # 4 of 40 images: one step halves
    assert config.ema_share(400) == pytest.approx(1 - 0.5**0.1)
    assert config.ema_share(10_000) == config.ema_share(10**6) == pytest.approx(1 - 0.5**0.004)
    # After the first step next to nothing is left of the random start.
    assert config.ema_share(4) == pytest.approx(1 - 0.5**10)
