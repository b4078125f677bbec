"""Lesson 04's loop is `Trainer`'s: equal networks, batches and settings, equal weights."""

import copy

import lessons
import pytest
import torch
from torch import nn

from ganlib.core import losses, penalties
from ganlib.core.config import AdversarialConfig, TrainConfig
from ganlib.core.objectives import Objective
from ganlib.core.trainer import Trainer
from ganlib.lessons.checks import lesson04 as check
from ganlib.lessons.toys import ring

NOTEBOOK = lessons.read(lessons.ROOT / "notebooks" / "04_taking_turns.ipynb")
STEPS, BATCH = 20, 16


def on_screen():
    """What the lesson's cells define: its losses, R1, networks, draws, `Points`; the solution."""
    cells = {cell.id: cell.source for cell in lessons.code_cells(NOTEBOOK)}
    (train,) = (e for e in lessons.exercises(NOTEBOOK) if e.name == "train")
    names = {"torch": torch, "nn": nn, "softplus": nn.functional.softplus, "Objective": Objective}
    for source in (
        *(cells[i] for i in ("losses", "r1_code", "mlp", "objective")),
        train.solution_code,
    ):
        exec(source, names)  # the notebook's own cells
    return names


SCREEN = on_screen()


class Library(Objective):
    """The same with the library's losses."""

    def generate(self, batch):
        return {"fake": self.generator(batch["noise"])}

    def discriminator_loss(self, batch, fakes):
        logits = self.discriminator(batch["real"]), self.discriminator(fakes["fake"].detach())
        return {"adversarial": losses.logistic_discriminator(*logits)}

    def penalty(self, batch, fakes):
        return {"r1": self.config.r1_gamma * penalties.r1(self.discriminator, batch["real"])}

    def generator_loss(self, batch, fakes):
        return {"adversarial": losses.nonsaturating_generator(self.discriminator(fakes["fake"]))}


@pytest.mark.parametrize("train", [SCREEN["my_train"], check.train.reference])
@pytest.mark.parametrize("objective", [SCREEN["Points"], Library])
@pytest.mark.parametrize("gamma", [0.001, 0.1])
def test_the_loop_and_the_trainer_give_equal_weights(train, objective, gamma):
    torch.manual_seed(0)
    ours = SCREEN["mlp"](2, 2, 0.0), SCREEN["mlp"](2, 1, 0.2)
    start = copy.deepcopy(ours)
    theirs = copy.deepcopy(ours)
    train(*ours, *SCREEN["draws_of"](ring().sample, 2, 5, BATCH), STEPS, 2**-10, gamma)

    data, noise = SCREEN["draws_of"](ring().sample, 2, 5, BATCH)
    config = TrainConfig(
        STEPS * BATCH, BATCH, 2**-10, 2**-10, (0.5, 0.99), decay=0, precision="fp32"
    )
    problem = objective(*theirs, AdversarialConfig(r1_gamma=gamma, penalty_every=1))
    trainer = Trainer(problem, lambda n: {"real": data(), "noise": noise()}, config)
    for _ in range(STEPS):
        trainer.train_step()
    for network, other, old in zip(ours, theirs, start, strict=True):
        rows = zip(network.parameters(), other.parameters(), old.parameters(), strict=True)
        for weight, same, before in rows:
            assert torch.equal(weight, same) and not torch.equal(weight, before)
