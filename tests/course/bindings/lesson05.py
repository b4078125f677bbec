"""Lesson 05: what is measured in the plane, by sums and by an integral, and the GAN on screen."""

import torch
from numpy.polynomial.legendre import leggauss

from bindings import Binding
from ganlib.core.losses import logistic_discriminator, minimax_generator, nonsaturating_generator
from ganlib.core.penalties import r1
from ganlib.lessons import clinic, toys
from ganlib.lessons.checks.core import Function
from ganlib.lessons.checks.lesson05 import gan_round


def sigmoid(a):
    return 1 / (1 + torch.exp(-a))


def within(radius):
    """The density s·exp(-s²/2) of the distance, summed from 0 to r by Gauss's rule."""
    nodes, weights = (torch.tensor(w, dtype=torch.float64) for w in leggauss(30))
    s = radius * (nodes + 1) / 2
    return (weights * s * torch.exp(-(s**2) / 2)).sum() * radius / 2


def kl(logits):
    share = torch.exp(logits) / torch.exp(logits).sum()
    return sum(h * torch.log(8 * h) for h in share)


def score(points, a, b):
    """A discriminator with a gradient that can be written down: tanh(x · a) + b · x²."""
    return torch.tanh(points @ a) + (b * points**2).sum(1)


def gradient_squared(points, a, b):
    gradient = (1 - torch.tanh(points @ a) ** 2)[:, None] * a + 2 * b * points
    return (gradient**2).sum(1).mean() / 2


def undecided(fake):
    return sum(-torch.log(sigmoid(a)) - torch.log(1 - sigmoid(a)) for a in fake) / len(fake)


def undetached_loss(fake):
    return nonsaturating_generator(fake) - minimax_generator(fake)


BINDINGS = {
    "05.1": Binding(
        lambda radius: toys.share_within(float(radius)),
        within,
        lambda draw: (draw().abs() + 1,),
        step=1e-5,
        rtol=1e-8,
    ),
    "05.2": Binding(lambda a: toys.reverse_kl(torch.softmax(a, 0)), kl, lambda draw: (draw(8),)),
    "05.3": Binding(
        lambda x, a, b: (
            (clinic.penalty(lambda p: score(p, a, b), x) + r1(lambda p: score(p, a, b), x)) / 2
        ),
        lambda x, a, b: gradient_squared(x.detach(), a, b),
        lambda draw: (draw(6, 2), draw(2), draw(2)),
    ),
    "05.4": Binding(undetached_loss, undecided, lambda draw: (draw(6),)),
}


def three_rounds(draw):
    """Arguments of `train`: two networks, data, and how long."""
    torch.manual_seed(int(1000 * draw().abs()))
    return clinic.one_round, (clinic.mlp(2), clinic.mlp(1)), clinic.SOFT_RING.sample, 4, 8


def weights(mlp):
    """A function of points that says what `mlp` builds."""

    def play(points):
        torch.manual_seed(0)
        return mlp(2).double()(points), mlp(1, 16).double()(points)

    return play


class Built(Function):
    """Compares networks by what they do to points, from one seed."""

    def _outcomes(self, function, rounds):
        return super()._outcomes(weights(function), rounds)


class WithPenalty(Function):
    """A round in which `penalty`, elsewhere the learner's own, is the library's."""

    def __call__(self, answer):
        answer.__globals__["penalty"] = clinic.penalty
        return gan_round(answer)


ON_SCREEN = {
    "d_loss": Function(logistic_discriminator, lambda draw: (draw(7), draw(5))),
    "g_loss": Function(nonsaturating_generator, lambda draw: (draw(7),)),
    "undetached_loss": Function(undetached_loss, lambda draw: (draw(7),)),
    "mlp": Built(clinic.mlp, lambda draw: (draw(7, 2),)),
    "faulty_round": WithPenalty(clinic.one_round, gan_round.inputs),
    "train": Function(clinic.train, three_rounds, differentiable=False),
}
