"""Who moves when, and how far: the trainer's steps against loops written out by hand."""

import pytest
import torch
from tiny import (
    assert_same_state,
    cycle_objective,
    mixed_objective,
    mixed_sampler,
    mixed_trainer,
    unpaired_sampler,
)

from ganlib.core.config import Schedule, TrainConfig
from ganlib.core.trainer import Trainer

BARE = {"augment": "", "r1_gamma": 0}
"""No random draws outside the sampler, so that the loops below need no seeds."""


class Batches:
    """A sampler of known batches, one after the other."""

    def __init__(self, n=12):
        sampler = mixed_sampler()
        torch.manual_seed(5)
        self.all, self.at = [sampler(4) for _ in range(n)], 0

    def __call__(self, n):
        self.at += 1
        return self.all[self.at - 1]


def weights(networks):
    return [weight for network in networks for weight in network.parameters()]


def assert_same(trainer, objective):
    for ours, theirs in zip(trainer.objective.parameters(), objective.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, atol=5e-6, rtol=1e-4)


@pytest.mark.parametrize("d_steps", [1, 3])
def test_alternating(d_steps):
    objective, batches = mixed_objective(**BARE), iter(Batches().all)
    g, d = weights(objective.generators), weights(objective.discriminators)
    adam_d, adam_g = (
        torch.optim.Adam(d, 6e-4, (0.5, 0.99)),
        torch.optim.Adam(g, 1.5e-4, (0.5, 0.99)),
    )
    for _ in range(3):
        for _ in range(d_steps):
            batch = next(batches)
            objective.zero_grad()
            terms = objective.discriminator_loss(batch, objective.generate(batch))
            sum(terms.values()).backward()
            adam_d.step()
        terms = objective.generator_loss(batch, objective.generate(batch))
        for weight, gradient in zip(g, torch.autograd.grad(sum(terms.values()), g), strict=True):
            weight.grad = gradient
        adam_g.step()

    trainer = mixed_trainer(
        objective=mixed_objective(**BARE), sampler=Batches(), decay=0, d_steps=d_steps,
        precision="fp32",
    )  # fmt: skip
    for _ in range(3):
        trainer.train_step()
    assert trainer.sampler.at == 3 * d_steps
    assert_same(trainer, objective)


def test_every_update_of_d_is_one():
    """Two trainers that differ in `d_steps` alone end with other discriminators."""
    ends = []
    for d_steps in (1, 2):
        objective = mixed_objective(**BARE)
        trainer = mixed_trainer(objective=objective, sampler=Batches(), decay=0, d_steps=d_steps)
        trainer.train_step()
        ends.append(objective.discriminator)
    pairs = zip(*(network.parameters() for network in ends), strict=True)
    assert not all(torch.equal(a, b) for a, b in pairs)


def test_penalties_count_every_step_of_d():
    trainer = mixed_trainer(objective=mixed_objective(penalty_every=5), d_steps=2)
    for _ in range(6):
        trainer.train_step()
    # D steps 0, 5 and 10 of 12 are in the steps 0, 2 and 5.
    assert [i for i, record in enumerate(trainer.records) if "d_r1" in record] == [0, 2, 5]


def mixed(images, out=None):
    fall = Schedule(((0, 3.0), (30, 0.5)))
    objective = mixed_objective(low_frequency_weight=fall, augment="color,cutout", r2_gamma=1e-4)
    return mixed_trainer(out, objective=objective, decay=0, d_steps=2, images=images)


def cycle(images, out=None):
    objective = cycle_objective(pool=7, augment="translation", r1_gamma=0.01, penalty_every=3)
    config = TrainConfig(images, 4, decay=0, report_every=8, checkpoint_every=20)
    return Trainer(objective, unpaired_sampler(), config, out)


@pytest.mark.parametrize("trainer", [mixed, cycle])
def test_resume_is_exact_with_all_of_it(trainer, tmp_path):
    whole = trainer(48).run()
    trainer(20, tmp_path).run()
    rest = trainer(48, tmp_path).resume()
    assert rest.images == 20
    if trainer is cycle:
        assert [pool.held for pool in rest.objective.pools.values()] == [7, 7]
    assert_same_state(rest.run(), whole)


def test_samples_come_on_time():
    sheets = []
    trainer = mixed_trainer(images=48, sample_every=16)
    trainer.on_sample = lambda generator, images: sheets.append((generator, images))
    trainer.run()
    assert sheets == [(trainer.ema, 16), (trainer.ema, 32), (trainer.ema, 48)]
