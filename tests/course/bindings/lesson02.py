"""Lesson 02: the best discriminator and its loss, by densities and sums written out."""

import math

import torch

from bindings import Binding
from ganlib.core import losses
from ganlib.lessons import discriminators, toys
from ganlib.lessons.checks.core import Function
from ganlib.lessons.mlp import MLP, MLPConfig


def sigmoid(a):
    return 1 / (1 + torch.exp(-a))


def cross_entropy(real, fake):
    on_real = sum(-torch.log(sigmoid(a)) for a in real) / len(real)
    return on_real + sum(-torch.log(1 - sigmoid(a)) for a in fake) / len(fake)


def smoothed(real, fake, s):
    pay = [-(1 - s) * torch.log(sigmoid(a)) - s * torch.log(1 - sigmoid(a)) for a in real]
    return sum(pay) / len(real) + sum(-torch.log(1 - sigmoid(a)) for a in fake) / len(fake)


def density(x, mean, sd):
    return torch.exp(-(((x - mean) / sd) ** 2) / 2) / (sd * math.sqrt(2 * math.pi))


def ratio(x, mean):
    p, q = density(x, 0.0, 1.0), density(x, mean, 1.5)
    return p / (p + q)


def grid():
    """Midpoints: another rule than the library's, as exact for smooth functions that vanish."""
    width = 30 / 30_000
    return -15 + width * (torch.arange(30_000, dtype=torch.float64) + 0.5), width


def divergence(mean):
    x, width = grid()
    p, q = density(x, 0.0, 1.0), density(x, mean, 1.0)
    m = (p + q) / 2
    return (torch.xlogy(p, p / m) / 2 + torch.xlogy(q, q / m) / 2).sum() * width


def minimal_loss(mean):
    x, width = grid()
    p, q = density(x, 0.0, 1.0), density(x, mean, 1.0)
    best = p / (p + q)
    return (-torch.xlogy(p, best) - torch.xlogy(q, 1 - best)).sum() * width


def standard(function):
    """A function of two laws, as one of the fakes' mean."""
    return lambda mean: function(toys.Gaussian1D(), toys.Gaussian1D(float(mean)))


def one_mean(draw):
    return (draw(),)


BINDINGS = {
    "02.1": Binding(losses.logistic_discriminator, cross_entropy, lambda draw: (draw(7), draw(5))),
    "02.2": Binding(
        losses.nonsaturating_generator, lambda a: torch.log(1 + torch.exp(-a)), one_mean
    ),
    "02.3": Binding(
        lambda x, mean: toys.optimal_logit(
            x, toys.Gaussian1D(), toys.Gaussian1D(mean, 1.5)
        ).sigmoid(),
        ratio,
        lambda draw: (draw(6), draw()),
    ),
    "02.4": Binding(
        lambda x, mean: toys.optimal_logit(x, toys.Gaussian1D(), toys.Gaussian1D(mean)),
        lambda x, mean: mean**2 / 2 - mean * x,
        lambda draw: (draw(6), draw()),
    ),
    "02.5": Binding(standard(toys.jensen_shannon), divergence, one_mean, step=1e-4, rtol=1e-7),
    "02.6": Binding(
        standard(toys.minimal_discriminator_loss), minimal_loss, one_mean, step=1e-4, rtol=1e-7
    ),
    "02.7": Binding(
        losses.logistic_discriminator, smoothed, lambda draw: (draw(7), draw(5), draw().sigmoid())
    ),
}


def recorded_fit(D, d_loss, real, fake, steps, seed):
    """The library's `fit` of many, for one, and its loss in each step."""
    found = []

    def loss(*logits):
        found.append(d_loss(*logits))
        return found[-1]

    discriminators.fit(D, real, fake, (seed,), steps, loss=loss)
    return [each.item() for each in found]


class Network(Function):
    """Of a function that gives a network, which is applied to the first argument in float64."""

    def _outcomes(self, function, rounds):
        def applied(x, *given):
            network = function(*given)
            return (network.double() if isinstance(network, torch.nn.Module) else network)(x)

        return super()._outcomes(applied, rounds)


def two_hidden_layers(seed, negative_slope=0.2):
    """By products of matrices."""
    torch.manual_seed(seed)
    layers = [torch.nn.Linear(*shape).double() for shape in ((1, 16), (16, 16), (16, 1))]

    def network(x):
        for i, layer in enumerate(layers):
            x = torch.where(x > 0, x, negative_slope * x) if i else x
            x = x @ layer.weight.T + layer.bias
        return x

    return network


ON_SCREEN = {
    "make_d": Network(
        two_hidden_layers,
        lambda draw: (draw(6, 1), 3, 0.1),
        edges=[(torch.linspace(-1, 1, 6).double()[:, None], 4)],
    ),
    "jensen_shannon": Function(
        toys.jensen_shannon,
        lambda draw: (toys.Gaussian1D(), toys.Gaussian1D(draw().item(), 1.5)),
        edges=[(toys.Gaussian1D(), toys.Gaussian1D(-4.0, 0.5))],
    ),
    "minimal_discriminator_loss": Function(
        toys.minimal_discriminator_loss,
        lambda draw: (toys.Gaussian1D(), toys.Gaussian1D(draw().item(), 1.5)),
    ),
    "points": Function(
        lambda law, n, seed: law.sample(n, torch.Generator().manual_seed(seed)),
        lambda draw: (toys.Gaussian1D(2.0, 1.5), 5, 3),
    ),
    "cross_entropy": Function(
        lambda d_real, d_fake: losses.logistic_discriminator(d_real.logit(), d_fake.logit()),
        lambda draw: (draw(7).sigmoid(), draw(5).sigmoid()),
    ),
    # One mean over as many reals as fakes is half of the sum of two means.
    "pytorch_bce": Function(
        lambda real, fake: losses.logistic_discriminator(real, fake) / 2,
        lambda draw: (draw(6), draw(6)),
    ),
    "best_logit": Function(
        lambda x, m: toys.optimal_logit(x, toys.Gaussian1D(), toys.Gaussian1D(m)),
        lambda draw: (draw(6), draw()),
    ),
    "fit": Function(
        recorded_fit,
        lambda draw: (
            MLP(MLPConfig(inputs=1, width=4, depth=1), (3,)),
            losses.logistic_discriminator,
            toys.Gaussian1D(),
            toys.Gaussian1D(2.0, 1.5),
            12,
            3,
        ),
    ),
    "smoothed_loss": Function(
        losses.logistic_discriminator, lambda draw: (draw(7), draw(5), draw().sigmoid())
    ),
}
