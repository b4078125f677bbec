"""Noise to image: the two losses against their formulas, where the noise comes from."""

import torch
from tiny import assert_same_state, dataset, images, noise_objective
from torch.nn.functional import softplus

from ganlib.core import parallel
from ganlib.core.config import TrainConfig
from ganlib.core.penalties import r1
from ganlib.core.trainer import Trainer
from ganlib.data.samplers import ImageSampler


def objective(**loss):
    return noise_objective(width=8, **{"augment": ""} | loss)


def test_losses_are_those_of_the_formulas():
    problem, batch = objective(), {"anime": images(4)}
    fakes = problem.generate(batch)
    real, fake = problem.discriminator(batch["anime"]), problem.discriminator(fakes["anime"])
    d_terms = problem.discriminator_loss(batch, fakes)
    g_terms = problem.generator_loss(batch, fakes)
    assert d_terms.keys() == g_terms.keys() == {"adversarial"}
    expected = softplus(-real).mean() + softplus(fake).mean()
    torch.testing.assert_close(d_terms["adversarial"], expected)
    torch.testing.assert_close(g_terms["adversarial"], softplus(-fake).mean())
    assert problem.monitors.keys() == {"real_logit", "fake_logit"}
    torch.testing.assert_close(problem.monitors["real_logit"], real.mean().detach())
    torch.testing.assert_close(problem.monitors["fake_logit"], fake.mean().detach())
    penalty = problem.penalty(batch, fakes)
    weight = problem.config.r1_gamma * problem.config.penalty_every
    assert penalty.keys() == {"r1"} and problem.penalty_every == problem.config.penalty_every
    torch.testing.assert_close(penalty["r1"], weight * r1(problem.discriminator, batch["anime"]))


def test_d_does_not_move_g():
    problem, batch = objective(), {"anime": images(4)}
    problem.discriminator_loss(batch, problem.generate(batch))["adversarial"].backward()
    assert all(p.grad is None for p in problem.generator.parameters())
    assert all(p.grad is not None for p in problem.discriminator.parameters())


def test_noise_is_drawn_anew_and_decided_by_the_global_seed():
    problem, batch = objective(), {"anime": images(4)}
    torch.manual_seed(5)
    first, second = problem.generate(batch)["anime"], problem.generate(batch)["anime"]
    assert not torch.equal(first, second)
    torch.manual_seed(5)
    assert torch.equal(problem.generator(torch.randn(4, 5)), first)


def test_several_processes_share_the_noise_of_one(monkeypatch):
    problem, like = objective(), images(4)
    torch.manual_seed(5)
    joined = problem.noise(torch.cat([like, like]))
    monkeypatch.setattr(parallel, "processes", lambda: 2)
    for rank in (0, 1):
        monkeypatch.setattr(parallel, "rank", lambda rank=rank: rank)
        torch.manual_seed(5)
        assert torch.equal(problem.noise(like), joined[4 * rank : 4 * rank + 4])


def test_a_resumed_run_equals_an_uninterrupted_one(tmp_path):
    def trainer(n, out):
        config = TrainConfig(n, 4, decay=0, report_every=8, checkpoint_every=16)
        return Trainer(objective(penalty_every=3), ImageSampler(dataset()), config, out)

    whole = trainer(32, tmp_path / "whole").run()
    trainer(16, tmp_path / "half").run()
    resumed = trainer(32, tmp_path / "half").resume()
    assert resumed.step == 4
    assert_same_state(resumed.run(), whole)
