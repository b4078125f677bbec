"""Who moves when, and how far: the trainer's steps against loops written out by hand."""

import pytest
import torch
from tiny import mixed_objective, mixed_trainer, store

from ganlib.core.config import Schedule
from ganlib.data.samplers import MixedSampler

BARE = {"augment": "", "r1_gamma": 0}
"""No random draws outside the feed, so that the loops below need no seeds."""


class Batches:
    """A feed of known batches, one after the other."""

    def __init__(self, n=12):
        feed = MixedSampler(store(seed=1), store(seed=2), store(seed=3))
        torch.manual_seed(5)
        self.all, self.at = [feed(4) for _ in range(n)], 0

    def __call__(self, n):
        self.at += 1
        return self.all[self.at - 1]


def plain():
    objective = mixed_objective(**BARE)
    adam_d = torch.optim.Adam(objective.discriminators(), 6e-4, (0.5, 0.99))
    adam_g = torch.optim.Adam(objective.generators(), 1.5e-4, (0.5, 0.99))
    return objective, adam_d, adam_g


def d_slope(objective, batch):
    objective.zero_grad()
    sum(objective.discriminator_loss(batch, objective.generate(batch)).values()).backward()


def g_slope(objective, batch):
    return torch.autograd.grad(
        sum(objective.generator_loss(batch, objective.generate(batch)).values()),
        objective.generators(),
    )


def set_slopes(parameters, slopes):
    for parameter, slope in zip(parameters, slopes, strict=True):
        parameter.grad = slope


def shorten(parameters, longest):
    length = torch.stack([p.grad.square().sum() for p in parameters]).sum().sqrt().item()
    assert length > longest  # or the test would show nothing
    for parameter in parameters:
        parameter.grad *= longest / length


def assert_same(trainer, objective):
    for ours, theirs in zip(trainer.objective.parameters(), objective.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, atol=5e-6, rtol=1e-4)


def trained(steps, **settings):
    chosen = {"decay_fraction": 0, "precision": "fp32", **settings}
    trainer = mixed_trainer(objective=mixed_objective(**BARE), feed=Batches(), **chosen)
    for _ in range(steps):
        trainer.train_step()
    return trainer


@pytest.mark.parametrize("d_steps", [1, 3])
def test_alternating(d_steps):
    objective, adam_d, adam_g = plain()
    batches = iter(Batches().all)
    for _ in range(3):
        for _ in range(d_steps):
            batch = next(batches)
            d_slope(objective, batch)
            adam_d.step()
        set_slopes(objective.generators(), g_slope(objective, batch))
        adam_g.step()
    assert_same(trained(3, d_steps=d_steps), objective)


def test_simultaneous():
    objective, adam_d, adam_g = plain()
    for batch in Batches().all[:3]:
        slopes = g_slope(objective, batch)
        d_slope(objective, batch)
        set_slopes(objective.generators(), slopes)
        adam_d.step()
        adam_g.step()
    trainer = trained(3, update="simultaneous")
    assert_same(trainer, objective)
    # It is another path than the alternating one.
    other = trained(3).objective.discriminators()
    assert not all(torch.equal(a, b) for a, b in zip(trainer.d_parameters, other, strict=True))


def test_clipping():
    objective, adam_d, adam_g = plain()
    for batch in Batches().all[:3]:
        d_slope(objective, batch)
        shorten(objective.discriminators(), 1e-3)
        adam_d.step()
        set_slopes(objective.generators(), g_slope(objective, batch))
        shorten(objective.generators(), 1e-3)
        adam_g.step()
    assert_same(trained(3, clip=1e-3), objective)


def test_no_clipping_is_a_long_clip():
    ours, theirs = trained(2, clip=1e6), trained(2)
    assert all(
        torch.equal(a, b)
        for a, b in zip(ours.objective.parameters(), theirs.objective.parameters(), strict=True)
    )


def test_warm_up_is_a_straight_line():
    trainer = mixed_trainer(images=100, batch=10, warmup=40, decay_fraction=0.5)
    expected = {0: 0.25, 10: 0.5, 20: 0.75, 30: 1, 50: 1, 75: 0.5, 100: 0}
    for images, factor in expected.items():
        trainer.images = images
        assert trainer.config.rate(trainer.images) == pytest.approx(factor)


def test_warm_up_and_decay_multiply():
    trainer = mixed_trainer(images=100, batch=10, warmup=100, decay_fraction=1)
    trainer.images = 40
    assert trainer.config.rate(trainer.images) == pytest.approx(0.5 * 0.6)


def test_penalties_count_every_step_of_d():
    trainer = mixed_trainer(objective=mixed_objective(r1_every=5), d_steps=2)
    for _ in range(6):
        trainer.train_step()
    # D steps 0, 5 and 10 of 12 are in the steps 0, 2 and 5.
    assert [i for i, record in enumerate(trainer._records) if "d_r1" in record] == [0, 2, 5]


def test_resume_is_exact_with_all_of_it(tmp_path):
    def trainer(out=None, images=48):
        fall = Schedule(((0, 3.0), (30, 0.5)))
        objective = mixed_objective(low_frequency=fall, pool=7, augment="color,cutout")
        options = {"d_steps": 2, "clip": 0.5, "warmup": 30, "images": images}
        return mixed_trainer(out, objective=objective, decay_fraction=0, **options)

    whole = trainer().run()
    trainer(tmp_path, images=20).run()
    rest = trainer(tmp_path).resume()
    assert rest.images == 20 and rest.objective.pool.held == 7
    rest.run()
    for name, tensor in whole.state()[0].items():
        assert torch.equal(rest.state()[0][name], tensor), name


def test_samples_come_on_time():
    sheets = []
    trainer = mixed_trainer(images=48, sample_every=16)
    trainer.on_sample = lambda generator, images: sheets.append((generator, images))
    trainer.run()
    assert sheets == [(trainer.ema, 16), (trainer.ema, 32), (trainer.ema, 48)]
