"""Lesson 01: the game with three numbers, written out with sums and exponentials."""

import torch

from bindings import Binding
from ganlib.lessons import three_numbers as game


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


def slope_by_phi1(theta, phi0, phi1, real, noise):
    pull = sum((1 - d(x, phi0, phi1)) * x for x in real) / len(real)
    push = sum(d(z + theta, phi0, phi1) * (z + theta) for z in noise) / len(noise)
    return pull - push


def generator_loss(theta, phi0, phi1, noise):
    return -sum(torch.log(d(z + theta, phi0, phi1)) for z in noise) / len(noise)


def generator_slope(theta, phi0, phi1, noise):
    return -phi1 * sum(1 - d(z + theta, phi0, phi1) for z in noise) / len(noise)


def both(draw):
    return draw(), draw(), draw(), draw(7), draw(5)


def fakes(draw):
    return draw(), draw(), draw(), draw(5)


BINDINGS = {
    "01.1": Binding(game.generate, shifted, lambda draw: (draw(5), draw())),
    "01.2": Binding(game.judge, d, lambda draw: (draw(5), draw(), draw())),
    "01.3": Binding(lambda *a: game.value(game.Numbers(*a[:3]), *a[3:]), value, both),
    "01.4": Binding(
        lambda *a: game.discriminator_slopes(game.Numbers(*a[:3]), *a[3:])[1], slope_by_phi1, both
    ),
    "01.5": Binding(
        lambda *a: game.generator_loss(game.Numbers(*a[:3]), *a[3:]), generator_loss, fakes
    ),
    "01.6": Binding(
        lambda *a: game.generator_slope(game.Numbers(*a[:3]), *a[3:]), generator_slope, fakes
    ),
}
