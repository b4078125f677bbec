"""Lesson 11: operations of a round, the average, joined batches, Amdahl's law; its networks' calls
on screen against the library's."""

from types import SimpleNamespace

import lessons
import torch
from torch import nn

from bindings import Binding
from ganlib.core.config import TrainConfig
from ganlib.core.losses import logistic_discriminator
from ganlib.core.trainer import Trainer
from ganlib.lessons.checks import lesson11 as check
from ganlib.lessons.checks.core import Function

PATH = lessons.ROOT / "notebooks" / "11_the_training_core.ipynb"
BATCH, HALF_LIFE = 32, 500.0


def parts_of_a_round(F_G, F_D, g_1, d_1):
    """Forward, gradient by weights, gradient by inputs; for G, and for D in its three passes."""
    g = F_G + F_G + (F_G - g_1)
    in_its_turn = F_D + F_D + (F_D - d_1)
    in_the_turn_of_g = F_D + F_D + F_D
    return g + 2 * in_its_turn + in_the_turn_of_g


def averaged(slow, now, images):
    """The library's, by its config and its trainer."""
    network, average = nn.Linear(1, 1).double(), nn.Linear(1, 1).double()
    for weight, value in ((network.weight, now), (average.weight, slow)):
        weight.data = value.detach().clone().view(1, 1)
    share = TrainConfig(batch=BATCH, ema_half_life=HALF_LIFE).ema_share(images.item())
    run = SimpleNamespace(
        ema=average, objective=SimpleNamespace(generator=network), ema_share=share
    )
    Trainer.update_average(run)
    return average.weight.detach().view(())


def by_hand(slow, now, images):
    half_life = torch.minimum(torch.tensor(HALF_LIFE).double(), images / 10)
    return slow + (1 - 2 ** (-BATCH / half_life)) * (now - slow)


def gradient(w, real, fake):
    w = w if w.requires_grad else w.clone().requires_grad_()
    loss = logistic_discriminator(real @ w, fake @ w)
    return torch.autograd.grad(loss, w, create_graph=True)[0]


REAL, FAKE = torch.randn(2, 6, 3, generator=torch.Generator().manual_seed(1)).double()


def mean_of_parts(w):
    """Of two processes with three rows of each kind, the gradient written out."""
    found = 0
    for k in (0, 1):
        real, fake = REAL[3 * k : 3 * k + 3], FAKE[3 * k : 3 * k + 3]
        down = sum(-x / (1 + torch.exp(x @ w)) for x in real)
        up = sum(x / (1 + torch.exp(-x @ w)) for x in fake)
        found = found + (down + up) / 3 / 2
    return found


BINDINGS = {
    "11.1": Binding(
        lambda *given: lessons.definitions(lessons.read(PATH))["operations"](*given),
        parts_of_a_round,
        lambda draw: (draw(), draw(), draw(), draw()),
    ),
    "11.2": Binding(
        averaged, by_hand, lambda draw: (draw(), draw(), 2000 + 100 * draw()), step=1e-3, rtol=1e-6
    ),
    "11.3": Binding(lambda w: gradient(w, REAL, FAKE), mean_of_parts, lambda draw: (draw(3),)),
    "11.4": Binding(
        check.speed_up.reference,
        lambda p, s: 1 / (1 - sum(p) + sum(a / b for a, b in zip(p, s, strict=True))),
        lambda draw: (draw(4).softmax(0)[:3], 1 + draw(3).exp()),
    ),
}


def moved(step):
    """Weights and losses after a round: those of lesson 04's and of the leaner one are equal."""

    def run(g, d, real, noise):
        opt_g, opt_d = (torch.optim.SGD(network.parameters(), 0.5) for network in (g, d))
        losses = step(g, d, opt_g, opt_d, real, noise, lambda: torch.autocast("cpu", enabled=False))
        return [*g.parameters(), *d.parameters(), torch.tensor([float(x) for x in losses])]

    return run


class Round(Function):
    def _outcomes(self, function, given):
        return super()._outcomes(moved(function), given)


def pair(draw):
    networks = [nn.Linear(2, n).double() for n in (2, 1)]
    for network in networks:
        network.weight.data, network.bias.data = (
            draw(*network.weight.shape),
            draw(len(network.bias)),
        )
    return networks


ON_SCREEN = {
    "plain_step": Round(
        check.step.reference,
        lambda draw: (*pair(draw), draw(5, 2), draw(5, 2)),
        differentiable=False,
    )
}
