"""The trainer: who moves when, averages, schedules, reports, divergence, interrupts."""

import json
import math
import os
import signal

import pytest
import torch
from tiny import (
    assert_same_state,
    discriminator,
    mixed_objective,
    mixed_sampler,
    mixed_trainer,
    translator,
)

from ganlib.core import checkpoint
from ganlib.core.config import PairedLoss, TrainConfig
from ganlib.core.errors import GanlibError
from ganlib.core.log import RunLog
from ganlib.core.objectives import MixedTranslation, PairedTranslation
from ganlib.core.trainer import LOG_FILE, STATE, STATE_FILE
from ganlib.pipelines.results import read_log


def copies(networks):
    return [p.detach().clone() for network in networks for p in network.parameters()]


def equal(first, second):
    return all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_each_player_moves_only_in_its_own_step(monkeypatch):
    trainer = mixed_trainer(precision="fp32")
    objective, seen = trainer.objective, []
    backward = torch.Tensor.backward

    def watch(loss):
        """Before each backward: nothing has a gradient that its step would use."""
        stale = trainer.optimizer_d if len(seen) == 0 else trainer.optimizer_g
        clear = all(p.grad is None for p in stale.param_groups[0]["params"])
        frozen = not any(p.requires_grad for p in objective.discriminator.parameters())
        seen.append((clear, frozen))
        backward(loss)

    moved = []

    def step(optimizer):
        before_g, before_d = copies(objective.generators), copies(objective.discriminators)
        type(optimizer).step(optimizer)
        moved_g = not equal(before_g, copies(objective.generators))
        moved_d = not equal(before_d, copies(objective.discriminators))
        moved.append((moved_d, moved_g))

    monkeypatch.setattr(torch.Tensor, "backward", watch)
    for optimizer in (trainer.optimizer_d, trainer.optimizer_g):
        optimizer.step = lambda optimizer=optimizer: step(optimizer)
    trainer.train_step()
    assert moved == [(True, False), (False, True)]
    assert seen == [(True, False), (True, True)]
    assert all(p.requires_grad for p in objective.parameters())


def test_gradients_are_cleared_before_each_step():
    """Two steps on one batch equal two textbook steps: nothing is left of the first one."""
    bare = {"augment": "", "r1_gamma": 0}
    batch = mixed_sampler()(4)
    options = {"sampler": lambda n: batch, "precision": "fp32", "decay": 0}
    trainer = mixed_trainer(objective=mixed_objective(**bare), **options)
    plain = mixed_objective(**bare)
    adams = [
        torch.optim.Adam([p for network in networks for p in network.parameters()], rate, betas)
        for networks, rate, betas in (
            (plain.discriminators, 6e-4, (0.5, 0.99)),
            (plain.generators, 1.5e-4, (0.5, 0.99)),
        )
    ]
    for _ in range(2):
        trainer.train_step()
        for adam, loss in zip(adams, (plain.discriminator_loss, plain.generator_loss), strict=True):
            plain.zero_grad()
            sum(loss(batch, plain.generate(batch)).values()).backward()
            adam.step()
    for ours, theirs in zip(trainer.objective.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, atol=2e-6, rtol=1e-4)


def test_average_equals_its_closed_form():
    trainer = mixed_trainer(ema_half_life=10, images=4000)
    generator, start = trainer.objective.generator, copies([trainer.ema])
    target = [torch.randn_like(p) for p in start]
    with torch.no_grad():
        for parameter, value in zip(generator.parameters(), target, strict=True):
            parameter.copy_(value)
    # At 1000 images the half-life is 10, no longer a tenth of the images seen.
    trainer.ema_share = trainer.config.ema_share(1000)
    for _ in range(5):
        trainer.update_average()
    # 5 steps of 4 images are 2 half-lives of 10: a quarter of the start is left.
    for average, first, last in zip(trainer.ema.parameters(), start, target, strict=True):
        torch.testing.assert_close(average, last + (first - last) / 4, atol=1e-5, rtol=1e-5)


def test_average_forgets_the_random_start():
    # Early on the half-life is a tenth of the images seen: 4 of 40, so one step of 4 halves it.
    trainer = mixed_trainer(ema_half_life=1000, images=4000)
    start = copies([trainer.ema])
    with torch.no_grad():
        for parameter in trainer.objective.generator.parameters():
            parameter.add_(1)
    trainer.ema_share = trainer.config.ema_share(40)
    trainer.update_average()
    for average, first in zip(trainer.ema.parameters(), start, strict=True):
        torch.testing.assert_close(average, first + 0.5)


def test_every_step_averages_the_weights_that_it_made():
    trainer = mixed_trainer(precision="fp32")
    for step in range(1, 4):
        before = copies([trainer.ema])
        trainer.train_step()
        share, now = trainer.config.ema_share(4 * step), copies([trainer.objective.generator])
        for average, old, new in zip(trainer.ema.parameters(), before, now, strict=True):
            torch.testing.assert_close(average, old + share * (new - old), atol=1e-7, rtol=1e-5)


def test_rates_fall_linearly_at_the_end():
    config = TrainConfig(images=100, batch=1, decay=0.25)
    expected = {0: 1, 50: 1, 75: 1, 80: 0.8, 99: 0.04, 100: 0}
    assert {seen: config.rate(seen) for seen in expected} == pytest.approx(expected)
    assert TrainConfig(images=100, decay=0).rate(100) == 1


def test_each_step_has_the_rates_of_its_images():
    trainer = mixed_trainer(images=40, decay=0.5, lr_g=2e-4, lr_d=8e-4)
    seen = []
    for _ in range(10):
        trainer.train_step()
        optimizers = (trainer.optimizer_g, trainer.optimizer_d)
        seen.append([adam.param_groups[0]["lr"] for adam in optimizers])
    factors = [1, 1, 1, 1, 1, 1, 0.8, 0.6, 0.4, 0.2]
    assert seen == [pytest.approx([2e-4 * f, 8e-4 * f]) for f in factors]


def test_lazy_penalty_comes_every_fourth_step():
    trainer = mixed_trainer()
    for _ in range(9):
        trainer.train_step()
    assert [i for i, record in enumerate(trainer.records) if "d_r1" in record] == [0, 4, 8]


def test_reports_are_means_and_are_logged(tmp_path):
    reports = []
    trainer = mixed_trainer(tmp_path, [reports.append], images=48, report_every=16)
    records, read = [], trainer.read_records

    def keep():
        records.append([{n: v.item() for n, v in r.items()} for r in trainer.records])
        return read()

    trainer.read_records = keep
    trainer.run()
    assert [r["images"] for r in reports] == [16, 32, 48]
    assert [r["step"] for r in reports] == [4, 8, 12]
    first = [r["g_paired"] for r in records[0]]
    assert len(first) == 4 and reports[0]["g_paired"] == pytest.approx(sum(first) / 4)
    terms = {"d_adversarial", "d_r1", "g_adversarial", "g_low_frequency", "real_logit"}
    assert terms <= set(reports[0])
    assert reports[0]["lr"] == pytest.approx(1.5e-4) and reports[0]["images_per_second"] > 0
    assert read_log(tmp_path / LOG_FILE) == reports


def test_resumed_log_repeats_no_row(tmp_path):
    mixed_trainer(tmp_path, images=24).run()
    with (tmp_path / LOG_FILE).open("a") as file:
        file.write('{"step": 999, "images": 3996}\n')  # after the checkpoint: it will come again
        file.write('{"st')
    mixed_trainer(tmp_path, images=48).resume().run()
    assert [r["step"] for r in read_log(tmp_path / LOG_FILE)] == [2, 4, 6, 8, 10, 12]


def test_log_of_a_run_without_a_checkpoint_is_not_continued(tmp_path):
    trainer = mixed_trainer(tmp_path, images=24)
    trainer.log({"step": 2, "images": 8})
    with (tmp_path / LOG_FILE).open("ab") as file:
        file.write(b"\0\0\0")
    trainer.resume().run()
    rows = read_log(tmp_path / LOG_FILE)
    assert [row["step"] for row in rows] == [2, 4, 6] and "g_paired" in rows[0]


@pytest.mark.parametrize("half", ['{"step', '{"step": 4}', "\0\0"])
def test_half_a_row_is_dropped(tmp_path, half):
    log = RunLog(tmp_path / LOG_FILE)
    assert log.size == 0 and read_log(log.path) == []
    rows = [{"step": step, "images": 4 * step, "loss": 0.5} for step in (1, 2, 3)]
    for row in rows:
        log(row)
    size = log.size
    with log.path.open("a") as file:
        file.write(half)
    log.truncate(size)
    assert read_log(log.path) == rows
    log.truncate(1250)  # it never grows
    assert log.size == size


def paired():
    return PairedTranslation(translator(), discriminator(), PairedLoss())


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"batch": 8}, "batch is 4, here 8"),
        ({"seed": 1}, "seed is 0, here 1"),
        ({"lr_g": 1e-3}, "lr_g"),
        ({"objective": mixed_objective(loss="hinge")}, "'nonsaturating', here 'hinge'"),
        ({"objective": paired()}, "'MixedTranslation', here 'PairedTranslation'"),
    ],
)
def test_a_run_is_resumed_with_what_it_was_started_with(tmp_path, change, named):
    mixed_trainer(tmp_path).run()
    with pytest.raises(GanlibError, match=named):
        mixed_trainer(tmp_path, **change).resume()


def test_a_run_is_resumed_with_other_data_never(tmp_path):
    trainer = mixed_trainer(tmp_path)
    trainer.about["twins"] = 64
    trainer.run()
    other = mixed_trainer(tmp_path)
    other.about["twins"] = 65
    with pytest.raises(GanlibError, match="twins is 64, here 65"):
        other.resume()


@pytest.mark.parametrize(
    "change", [{"report_every": 12}, {"checkpoint_every": 8}, {"images": 96}, {"compile": "step"}]
)
def test_what_does_not_change_the_past_may_change(tmp_path, change):
    mixed_trainer(tmp_path).run()
    assert mixed_trainer(tmp_path, **change).resume().step == 12


def test_it_learns():
    # 60 steps on two pairs: the paired term must fall by a fifth.
    reports = []
    trainer = mixed_trainer(
        None,
        [reports.append],
        sampler=mixed_sampler(2, jitter=0.0),
        objective=mixed_objective(adversarial_weight=0.01, low_frequency_weight=0),
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

    def generator_loss(self, batch, fakes):
        terms = super().generator_loss(batch, fakes)
        self.calls = getattr(self, "calls", 0) + 1
        if self.calls > 7:
            terms["paired"] = terms["paired"] * math.nan
        return terms


def test_divergence_names_step_and_term_and_keeps_the_checkpoint(tmp_path):
    plain = mixed_objective()
    objective = Diverging(plain.generator, plain.discriminator, plain.config)
    trainer = mixed_trainer(tmp_path, objective=objective, report_every=1000)
    sentence = r"g_paired became nan at step 7 \(image 28\); begin again"
    with pytest.raises(GanlibError, match=sentence):
        trainer.run()
    tensors, metadata = checkpoint.load(tmp_path / STATE_FILE, STATE)
    assert metadata["step"] == 6
    assert all(torch.isfinite(t).all() for t in tensors.values())


def test_infinite_weights_are_not_saved(tmp_path):
    trainer = mixed_trainer(tmp_path)
    trainer.train_step()
    trainer.save()
    trainer.train_step()
    with torch.no_grad():
        trainer.objective.generator.stem[1].weight[0, 0] = math.inf
    with pytest.raises(GanlibError, match="objective.generator.stem.1.weight is not finite"):
        trainer.save()
    assert checkpoint.load(tmp_path / STATE_FILE, STATE)[1]["step"] == 1


def test_interrupt_finishes_the_step_and_saves(tmp_path):
    def stop(report):
        if report["step"] == 4:
            os.kill(os.getpid(), signal.SIGINT)

    trainer = mixed_trainer(tmp_path, [stop]).run()
    assert trainer.interrupted and 4 <= trainer.step <= 5
    assert checkpoint.load(tmp_path / STATE_FILE, STATE)[1]["step"] == trainer.step
    rest = mixed_trainer(tmp_path).resume().run()
    assert rest.step == 12 and not rest.interrupted
    assert_same_state(rest, mixed_trainer().run())


def test_another_run_is_not_overwritten(tmp_path):
    mixed_trainer(tmp_path, images=4).run()
    with pytest.raises(GanlibError, match="already holds a run"):
        mixed_trainer(tmp_path, images=4).run()


def test_without_an_adversarial_term_no_discriminator_is_trained():
    trainer = mixed_trainer(objective=mixed_objective(adversarial_weight=0))
    before = copies(trainer.objective.discriminators)
    trainer.train_step()
    assert equal(before, copies(trainer.objective.discriminators))
    assert trainer.records[0].keys() == {"g_paired", "g_low_frequency"}


def test_the_state_is_tensors_and_json(tmp_path):
    """Nothing in a checkpoint can run when it is read."""
    trainer = mixed_trainer(tmp_path, images=4).run()
    tensors, metadata = trainer.state()
    assert all(isinstance(t, torch.Tensor) for t in tensors.values())
    assert json.loads(json.dumps(metadata)) == metadata
    assert metadata["kind"] == STATE and metadata["images"] == 4
