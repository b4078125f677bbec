"""The trainer: who moves when, averages, schedules, reports, divergence, interrupts."""

import csv
import math
import os
import signal

import pytest
import torch
from tiny import discriminator, images, mixed_objective, mixed_trainer, store, translator

from ganlib.core import checkpoint as checkpoints
from ganlib.data.photometric import random_flip
from ganlib.core.errors import GanlibError
from ganlib.core.objectives import MixedTranslation, PairedTranslation
from ganlib.core.log import RunLog
from ganlib.data.datasets import ImageDataset
from ganlib.data.samplers import MixedSampler, PairedSampler, UnpairedSampler
from ganlib.core.config import TrainConfig


def copies(parameters):
    return [p.detach().clone() for p in parameters]


def equal(first, second):
    return all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_each_player_moves_only_in_its_own_step():
    trainer = mixed_trainer(precision="fp32")
    objective = trainer.objective
    move, seen = trainer._move, []

    def watch(adam):
        before_g, before_d = copies(objective.generators()), copies(objective.discriminators())
        frozen = not any(p.requires_grad for p in objective.discriminators())
        move(adam)
        moved_g = not equal(before_g, objective.generators())
        moved_d = not equal(before_d, objective.discriminators())
        no_grads = all(p.grad is None for p in objective.parameters())
        seen.append((moved_d, moved_g, frozen, no_grads))

    trainer._move = watch
    trainer.train_step()
    assert seen == [(True, False, False, True), (False, True, True, True)]
    assert all(p.requires_grad for p in objective.discriminators())


def test_a_step_equals_the_plain_alternation():
    # The oracle: two passes, no reuse, no freezing, textbook Adam. Augmentation off, so that the
    # order of random draws does not matter.
    settings = dict(augment="", r1_gamma=0)
    feed = MixedSampler(store(seed=1), store(seed=2), store(seed=3))
    batch = feed(4)
    trainer = mixed_trainer(
        objective=mixed_objective(**settings), feed=lambda n: batch, precision="fp32"
    )
    trainer.train_step()

    plain = mixed_objective(**settings)
    adam_d = torch.optim.Adam(plain.discriminators(), trainer.config.lr_d, (0.5, 0.99))
    adam_g = torch.optim.Adam(plain.generators(), trainer.config.lr_g, (0.5, 0.99))
    sum(plain.discriminator_loss(batch, plain.generate(batch)).values()).backward()
    adam_d.step()
    adam_g.zero_grad()
    sum(plain.generator_loss(batch, plain.generate(batch)).values()).backward()
    adam_g.step()
    for ours, theirs in zip(trainer.objective.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, atol=2e-6, rtol=1e-4)


def test_average_equals_its_closed_form():
    trainer = mixed_trainer(ema_half_life=10, images=4000)
    generator, start = trainer.objective.generator, copies(trainer.ema.parameters())
    target = [torch.randn_like(p) for p in start]
    with torch.no_grad():
        for parameter, value in zip(generator.parameters(), target, strict=True):
            parameter.copy_(value)
    trainer.images = 1000  # far enough for the half-life to be 10, no longer the ramp
    for _ in range(5):
        trainer._average(trainer.config.share(trainer.images))
    # 5 steps of 4 images are 2 half-lives of 10: a quarter of the start is left.
    for average, first, last in zip(trainer.ema.parameters(), start, target, strict=True):
        torch.testing.assert_close(average, last + (first - last) / 4, atol=1e-5, rtol=1e-5)


def test_average_forgets_the_random_start():
    # Early on the half-life is a tenth of the images seen: 4 of 40, so one step of 4 halves it.
    trainer = mixed_trainer(ema_half_life=1000, images=4000)
    start = copies(trainer.ema.parameters())
    with torch.no_grad():
        for parameter in trainer.objective.generator.parameters():
            parameter.add_(1)
    trainer.images = 40
    trainer._average(trainer.config.share(trainer.images))
    for average, first in zip(trainer.ema.parameters(), start, strict=True):
        torch.testing.assert_close(average, first + 0.5)


def test_rates_fall_linearly_at_the_end():
    trainer = mixed_trainer(images=100, batch=1, decay_fraction=0.25)
    expected = {0: 1, 50: 1, 75: 1, 80: 0.8, 99: 0.04, 100: 0}
    for seen, factor in expected.items():
        trainer.images = seen
        assert trainer.config.rate(trainer.images) == pytest.approx(factor)
    trainer.config = TrainConfig(images=100, decay_fraction=0)
    assert trainer.config.rate(trainer.images) == 1


def test_lazy_penalty_comes_every_fourth_step():
    trainer = mixed_trainer()
    for _ in range(9):
        trainer.train_step()
    assert [i for i, record in enumerate(trainer._records) if "d_r1" in record] == [0, 4, 8]


def test_reports_are_means_and_are_logged(tmp_path):
    reports = []
    trainer = mixed_trainer(tmp_path, [reports.append], images=48, report_every=16)
    records, read = [], trainer._read

    def keep():
        records.append([{n: v.item() for n, v in r.items()} for r in trainer._records])
        return read()

    trainer._read = keep
    trainer.run()
    assert [r["images"] for r in reports] == [16, 32, 48]
    assert [r["step"] for r in reports] == [4, 8, 12]
    first = [r["g_paired"] for r in records[0]]
    assert len(first) == 4 and reports[0]["g_paired"] == pytest.approx(sum(first) / 4)
    assert {"d_game", "d_r1", "g_game", "g_low_frequency", "real_logit"} <= set(reports[0])
    with (tmp_path / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(r["images"]) for r in rows] == [16, 32, 48]
    assert float(rows[2]["g_paired"]) == pytest.approx(reports[2]["g_paired"], rel=1e-5)


def test_resumed_log_repeats_no_row(tmp_path):
    mixed_trainer(tmp_path, images=24).run()
    with (tmp_path / "log.csv").open("a") as file:
        file.write("999,3996,1\n")  # of steps after the checkpoint, which will come again
        file.write("99")
    mixed_trainer(tmp_path, images=48).resume().run()
    with (tmp_path / "log.csv").open() as file:
        steps = [int(r["step"]) for r in csv.DictReader(file)]
    assert steps == [2, 4, 6, 8, 10, 12]


def test_log_of_a_run_without_a_checkpoint_is_not_continued(tmp_path):
    trainer = mixed_trainer(tmp_path, images=24)
    trainer.log({"step": 2, "images": 8})
    with (tmp_path / "log.csv").open("ab") as file:
        file.write(b"\0\0\0")
    trainer.resume().run()
    with (tmp_path / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == [2, 4, 6] and "g_paired" in rows[0]


@pytest.mark.parametrize("half", ["12", "12,48", "\0\0"])
def test_half_a_row_is_dropped(tmp_path, half):
    log = RunLog(tmp_path / "log.csv")
    for step in (1, 2, 3):
        log({"step": step, "images": 4 * step, "loss": 0.5})
    with log.path.open("a") as file:
        file.write(half)
    log.rewind(1250)
    rows = [f"{step},{4 * step},0.5" for step in (1, 2, 3)]
    assert log.path.read_text().splitlines() == ["step,images,loss", *rows]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"batch": 8}, "batch 4, not 8"),
        ({"seed": 1}, "seed 0, not 1"),
        ({"lr_g": 1e-3}, "lr_g"),
        ({"objective": mixed_objective(game="hinge")}, "game 'nonsaturating', not 'hinge'"),
        ({"objective": PairedTranslation(translator(), discriminator())}, "'MixedTranslation'"),
    ],
)
def test_a_run_is_resumed_with_what_it_was_started_with(tmp_path, change, named):
    mixed_trainer(tmp_path).run()
    with pytest.raises(GanlibError, match=named):
        mixed_trainer(tmp_path, **change).resume()


def test_it_learns():
    # 60 steps on two pairs: the paired term must fall by a fifth.
    reports = []
    pairs = store(2, seed=1), store(2, seed=2)
    trainer = mixed_trainer(
        None,
        [reports.append],
        feed=MixedSampler(*pairs, store(2, seed=3), jitter=0),
        objective=mixed_objective(adversarial=0.01, low_frequency=0),
        images=60 * 8,
        batch=8,
        lr_g=5e-3,
        report_every=40,
        seed=1,
    )
    trainer.run()
    assert reports[-1]["g_paired"] < 0.8 * reports[0]["g_paired"]


class Diverging(MixedTranslation):
    """Its paired term is not a number from the 8th step on."""

    def generator_loss(self, batch, outputs):
        terms = super().generator_loss(batch, outputs)
        self.calls = getattr(self, "calls", 0) + 1
        if self.calls > 7:
            terms["paired"] = terms["paired"] * math.nan
        return terms


def test_divergence_names_step_and_term_and_keeps_the_checkpoint(tmp_path):
    plain = mixed_objective()
    objective = Diverging(plain.generator, plain.discriminator, plain.config)
    trainer = mixed_trainer(tmp_path, objective=objective, report_every=1000)
    with pytest.raises(GanlibError, match="g_paired became nan at step 7"):
        trainer.run()
    tensors, metadata = checkpoints.load_training(tmp_path)
    assert metadata["step"] == 6
    assert all(torch.isfinite(t).all() for t in tensors.values())


def test_infinite_weights_are_not_saved(tmp_path):
    trainer = mixed_trainer(tmp_path)
    trainer.train_step()
    trainer.save()
    trainer.train_step()
    with torch.no_grad():
        trainer.objective.generators()[0][0, 0] = math.inf
    with pytest.raises(GanlibError, match="objective.generator.stem.1.weight"):
        trainer.save()
    assert checkpoints.load_training(tmp_path)[1]["step"] == 1


def test_interrupt_finishes_the_step_and_saves(tmp_path):
    def stop(report):
        if report["step"] == 4:
            os.kill(os.getpid(), signal.SIGINT)

    trainer = mixed_trainer(tmp_path, [stop]).run()
    assert trainer.interrupted and 4 <= trainer.step <= 5
    assert checkpoints.load_training(tmp_path)[1]["step"] == trainer.step
    rest = mixed_trainer(tmp_path).resume().run()
    assert rest.step == 12 and not rest.interrupted
    assert equal(rest.ema.parameters(), mixed_trainer().run().ema.parameters())


def test_another_run_is_not_overwritten(tmp_path):
    mixed_trainer(tmp_path, images=4).run()
    with pytest.raises(GanlibError, match="already holds a run"):
        mixed_trainer(tmp_path, images=4).run()


def test_no_adversary_trains_no_discriminator():
    trainer = mixed_trainer(objective=mixed_objective(adversarial=0))
    before = copies(trainer.objective.discriminators())
    trainer.train_step()
    assert equal(before, trainer.objective.discriminators())


@pytest.mark.parametrize(
    "change",
    [
        {"images": 0},
        {"batch": 1.5},
        {"lr_g": -1},
        {"lr_d": 1},
        {"betas": (0.5, 1)},
        {"betas": 0.5},
        {"decay_fraction": 2},
        {"ema_half_life": 0},
        {"precision": "fp8"},
        {"seed": -1},
        {"report_every": 0},
        {"checkpoint_every": 0},
        {"sample_every": -1},
        {"d_steps": 0},
        {"update": "together"},
        {"clip": -1},
        {"clip": math.inf},
        {"warmup": 0.5},
    ],
)
def test_wrong_settings_name_the_field(change):
    (field,) = change
    with pytest.raises(GanlibError, match=f"TrainConfig.{field} must be"):
        TrainConfig(**{"images": 10, **change})


def test_simultaneous_updates_have_one_step_of_each():
    with pytest.raises(
        GanlibError, match="TrainConfig.d_steps must be at most 1 with the update"
    ):
        TrainConfig(images=10, update="simultaneous", d_steps=2)


def test_store_gives_back_what_it_was_given():
    levels = torch.arange(256, dtype=torch.uint8).repeat(3).view(1, 3, 16, 16)
    held = ImageDataset(levels)
    assert torch.equal(ImageDataset.from_float(held.at(torch.tensor([0]))).images, levels)
    drawn = held.sample(5)
    assert drawn.shape == (5, 3, 16, 16) and drawn.min() == -1 and drawn.max() == 1
    assert drawn.is_contiguous(memory_format=torch.channels_last)


def test_feeds():
    photo, anime, wild = store(8, 1), store(8, 2), store(5, 3)
    # Twins by construction: the drawing is the photograph's negative.
    negative = ImageDataset(255 - photo.images)
    pair = PairedSampler(photo, negative, jitter=0)(32)
    torch.testing.assert_close(pair["photo"], -pair["anime"])
    loose = UnpairedSampler(photo, negative, jitter=0)(32)
    assert (loose["photo"] + loose["anime"]).abs().flatten(1).max(1).values.gt(0.1).sum() > 16
    assert "source" not in loose, "no other light was asked for"
    torch.manual_seed(1)
    lit = UnpairedSampler(photo, negative, jitter=0, relight=1.0)(4)
    torch.manual_seed(1)
    (as_taken,) = random_flip(photo.sample(4))
    assert torch.equal(lit["source"], as_taken)
    assert (lit["photo"] - lit["source"]).abs().amax((1, 2, 3)).min() > 0.01
    mixed = MixedSampler(photo, anime, wild)(8)
    assert {k: len(v) for k, v in mixed.items()} == {"photo": 4, "anime": 4, "wild": 4}


def test_wrong_stores_and_feeds():
    with pytest.raises(GanlibError, match="uint8"):
        ImageDataset(images(2))
    with pytest.raises(GanlibError, match="at least one"):
        ImageDataset(torch.zeros(0, 3, 8, 8, dtype=torch.uint8))
    with pytest.raises(GanlibError, match="8 photographs and 7 drawings"):
        PairedSampler(store(8), store(7))
    with pytest.raises(GanlibError, match="even, not 5"):
        MixedSampler(store(), store(), store())(5)
