"""Noise to image: the two losses against their formulas, where the noise comes from."""

import pytest
import torch
from tiny import images, noise_objective, store
from torch.nn.functional import softplus

from ganlib.core.errors import GanlibError
from ganlib.core.config import NoiseConfig
from ganlib.core.penalties import r1
from ganlib.data.samplers import ImageSampler
from ganlib.core.trainer import Trainer
from ganlib.core.config import TrainConfig


def objective(**settings):
    return noise_objective(width=8, **{"augment": ""} | settings)


def test_losses_are_those_of_the_game():
    problem, batch = objective(), {"anime": images(4)}
    outputs = problem.generate(batch)
    real, fake = problem.discriminator(batch["anime"]), problem.discriminator(outputs["anime"])
    d_terms = problem.discriminator_loss(batch, outputs)
    g_terms = problem.generator_loss(batch, outputs)
    assert d_terms.keys() == g_terms.keys() == {"game"}
    torch.testing.assert_close(d_terms["game"], softplus(-real).mean() + softplus(fake).mean())
    torch.testing.assert_close(g_terms["game"], softplus(-fake).mean())
    penalty = problem.penalty(batch, outputs)
    weight = problem.config.r1_gamma * problem.config.r1_every
    assert penalty.keys() == {"r1"} and problem.penalty_every == problem.config.r1_every
    torch.testing.assert_close(penalty["r1"], weight * r1(problem.discriminator, batch["anime"]))


def test_d_does_not_move_g():
    problem, batch = objective(), {"anime": images(4)}
    problem.discriminator_loss(batch, problem.generate(batch))["game"].backward()
    assert all(p.grad is None for p in problem.generators())
    assert all(p.grad is not None for p in problem.discriminators())


def test_noise_is_drawn_anew_and_decided_by_the_global_seed():
    problem, batch = objective(), {"anime": images(4)}
    torch.manual_seed(5)
    first, second = problem.generate(batch)["anime"], problem.generate(batch)["anime"]
    assert not torch.equal(first, second)
    torch.manual_seed(5)
    assert torch.equal(problem.generator(torch.randn(4, 5)), first)


def test_samples_are_of_fixed_noise_and_draw_nothing():
    first, second = objective(), objective()
    state = torch.get_rng_state()
    assert torch.equal(first.samples(), second.samples())
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(first.samples(second.generator), second.generator(first.fixed))
    assert "fixed" not in first.state_dict()


def test_a_resumed_run_equals_an_uninterrupted_one(tmp_path):
    def trainer(n, out):
        run = TrainConfig(n, 4, decay_fraction=0, report_every=8, checkpoint_every=16)
        return Trainer(objective(r1_every=3), ImageSampler(store()), run, out)

    whole = trainer(32, tmp_path / "whole").run()
    trainer(16, tmp_path / "half").run()
    resumed = trainer(32, tmp_path / "half").resume().run()
    for name, tensor in whole.state()[0].items():
        assert torch.equal(tensor, resumed.state()[0][name]), name


@pytest.mark.parametrize("name", ["paired", "low_frequency", "cycle", "identity"])
def test_terms_that_need_a_source_are_refused(name):
    with pytest.raises(GanlibError, match=f"NoiseConfig.{name} must be 0"):
        NoiseConfig(**{name: 1.0})


def test_a_game_is_needed():
    with pytest.raises(GanlibError, match="D is the only teacher"):
        NoiseConfig(adversarial=0)
