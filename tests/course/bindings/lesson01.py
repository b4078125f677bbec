"""Lesson 01: the GAN of three numbers, written out with sums and exponentials."""

import torch

from bindings import Binding
from ganlib.lessons import three_numbers as three
from ganlib.lessons.checks.core import Function


def sigmoid(a):
    return 1 / (1 + torch.exp(-a))


def shifted(z, theta):
    return torch.stack([z_i + theta for z_i in z])


def d(x, phi0, phi1):
    return sigmoid(phi0 + phi1 * x)


def value(theta, phi0, phi1, real, noise):
    on_real = sum(torch.log(d(x, phi0, phi1)) for x in real) / len(real)
    on_fake = sum(torch.log(1 - d(z + theta, phi0, phi1)) for z in noise) / len(noise)
    return on_real + on_fake


def by_phi1(theta, phi0, phi1, real, noise):
    pull = sum((1 - d(x, phi0, phi1)) * x for x in real) / len(real)
    push = sum(d(z + theta, phi0, phi1) * (z + theta) for z in noise) / len(noise)
    return pull - push


def generator_loss(theta, phi0, phi1, noise):
    return -sum(torch.log(d(z + theta, phi0, phi1)) for z in noise) / len(noise)


def by_theta(theta, phi0, phi1, noise):
    return -phi1 * sum(1 - d(z + theta, phi0, phi1) for z in noise) / len(noise)


def both(draw):
    return draw(), draw(), draw(), draw(7), draw(5)


def fakes(draw):
    return draw(), draw(), draw(), draw(5)


BINDINGS = {
    "01.1": Binding(three.generate, shifted, lambda draw: (draw(5), draw())),
    "01.2": Binding(three.discriminate, d, lambda draw: (draw(5), draw(), draw())),
    "01.3": Binding(lambda *a: three.value(three.Numbers(*a[:3]), *a[3:]), value, both),
    "01.4": Binding(
        lambda *a: three.discriminator_gradients(three.Numbers(*a[:3]), *a[3:])[1], by_phi1, both
    ),
    "01.5": Binding(
        lambda *a: three.generator_loss(three.Numbers(*a[:3]), *a[3:]), generator_loss, fakes
    ),
    "01.6": Binding(
        lambda *a: three.generator_gradient(three.Numbers(*a[:3]), *a[3:]), by_theta, fakes
    ),
}


def _state(draw):
    return three.Numbers(draw(), draw(), draw())


ON_SCREEN = {
    "G": Function(three.generate, lambda draw: (draw(5), draw())),
    "D": Function(three.discriminate, lambda draw: (draw(5), draw(), draw())),
    "V": Function(three.value, lambda draw: (_state(draw), draw(7), draw(5))),
    "d_loss": Function(
        lambda state, real, noise: -three.value(state, real, noise),
        lambda draw: (_state(draw), draw(7), draw(5)),
    ),
    "g_loss": Function(three.generator_loss, lambda draw: (_state(draw), draw(5))),
    "d_step": Function(
        three.d_step, lambda draw: (_state(draw), draw(7), draw(5), 0.1), differentiable=False
    ),
    "g_step": Function(
        three.g_step, lambda draw: (_state(draw), draw(5), 0.1), differentiable=False
    ),
    "one_optimiser": Function(
        three.one_optimiser, lambda draw: (_state(draw), draw(7), draw(5), 0.1)
    ),
    "play": Function(
        lambda round_, seed, rounds: three.train(seed, rounds, round_=round_),
        lambda draw: (three.take_turns, 3, 4),
    ),
}
