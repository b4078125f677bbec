"""Lesson 03: the losses and their derivatives, by sums and exponentials; the article's formulas;
the penalties, of a critic whose gradient is known by hand."""

import math

import torch
from seeds import lesson03 as seeds
from torch import nn

from bindings import Binding
from ganlib.core import losses
from ganlib.core.penalties import r1, r2, wgan_gp
from ganlib.lessons import article
from ganlib.lessons import three_numbers as three
from ganlib.lessons.checks.core import Function


def sigmoid(a):
    return 1 / (1 + torch.exp(-a))


def by_logit(loss, a, *real):
    """The derivative of a loss of the library by each logit, itself differentiable."""
    return torch.autograd.grad(len(a) * loss(a, *real), a, create_graph=True)[0]


def mean(scores):
    return sum(scores) / len(scores)


def loss_and_derivative(loss):
    return lambda a: torch.cat([loss(a).view(1), by_logit(loss, a)])


def hinge(real, fake):
    on_real = sum(1 - b for b in real if b < 1) / len(real)
    return on_real + sum(1 + a for a in fake if a > -1) / len(fake)


def least_squares(real, fake):
    return mean([(b - 1) ** 2 for b in real]) / 2 + mean([a**2 for a in fake]) / 2


def square(x, weights):
    """D(x) = (x·w)²/2, so its gradient by x is (x·w) w."""
    return (x @ weights) ** 2 / 2


def squared_norm(x, weights):
    product = sum(x_k * w_k for x_k, w_k in zip(x, weights, strict=True))
    return product**2 * sum(w_k**2 for w_k in weights)


# A penalty is for D alone: no gradient by the pictures, so they are constants here.
REAL, FAKE, MORE = torch.randn(
    17, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64
).split([7, 5, 5])
MIX = torch.tensor([0.0, 0.2, 0.5, 0.7, 1.0], dtype=torch.float64)


def between(weights):
    def score(x):
        return square(x, weights)

    return wgan_gp(score, MORE, FAKE, MIX)


def between_by_hand(weights):
    points = [x + u * (y - x) for x, y, u in zip(MORE, FAKE, MIX, strict=True)]
    return mean([(squared_norm(x, weights) ** 0.5 - 1) ** 2 for x in points])


def at_the_data(weights):
    def score(x):
        return square(x, weights)

    return torch.stack([r1(score, REAL), r2(score, FAKE)])


def at_the_data_by_hand(weights):
    return torch.stack(
        [mean([squared_norm(x, weights) for x in points]) / 2 for points in (REAL, FAKE)]
    )


def fakes(draw):
    return (draw(5),)


def both(draw):
    return draw(7), draw(5)


def pairs(draw):
    return draw(5), draw(5)


BINDINGS = {
    "03.1": Binding(
        losses.minimax_generator, lambda a: mean([torch.log(1 - sigmoid(a_i)) for a_i in a]), fakes
    ),
    "03.2": Binding(lambda a: by_logit(losses.minimax_generator, a), lambda a: -sigmoid(a), fakes),
    "03.3": Binding(
        losses.nonsaturating_generator,
        lambda a: -mean([torch.log(sigmoid(a_i)) for a_i in a]),
        fakes,
    ),
    "03.4": Binding(
        lambda a: by_logit(losses.nonsaturating_generator, a), lambda a: -(1 - sigmoid(a)), fakes
    ),
    "03.5": Binding(losses.least_squares_discriminator, least_squares, both),
    "03.6": Binding(
        loss_and_derivative(losses.least_squares_generator),
        lambda a: torch.cat([mean([(a_i - 1) ** 2 for a_i in a]).view(1) / 2, a - 1]),
        fakes,
    ),
    "03.7": Binding(losses.wasserstein_critic, lambda b, a: mean(a) - mean(b), both),
    "03.8": Binding(
        lambda a: torch.cat([losses.critic_generator(a).view(1), by_critic(a)]),
        lambda a: torch.cat([-mean(a).view(1), -torch.ones_like(a)]),
        fakes,
    ),
    "03.9": Binding(losses.hinge_discriminator, hinge, both),
    "03.10": Binding(
        losses.relativistic_generator,
        lambda a, b: -mean([torch.log(sigmoid(x)) for x in a - b]),
        pairs,
    ),
    "03.11": Binding(
        lambda a, b: by_logit(losses.relativistic_generator, a, b),
        lambda a, b: -sigmoid(b - a),
        pairs,
    ),
    "03.12": Binding(article.article_discriminator, lambda b, a: -mean(a) + mean(b), both),
    "03.13": Binding(article.article_generator, mean, fakes),
    "03.14": Binding(between, between_by_hand, lambda draw: (draw(3),)),
    "03.15": Binding(at_the_data, at_the_data_by_hand, lambda draw: (draw(3),)),
    "03.16": Binding(
        lambda x: seeds.best_derivative(x, 2.0)[0],
        lambda x: (below(x - 2) - below(x)) / (density(x) + density(x - 2)),
        lambda draw: (draw(6),),
        rtol=1e-9,
    ),
}


def density(x):
    return torch.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)


def below(x):
    """The standard normal distribution function."""
    return (1 + torch.erf(x / math.sqrt(2))) / 2


def by_critic(a):
    # A constant: nothing to differentiate further.
    return by_logit(losses.critic_generator, a).detach()


def one_step_of_d(phi, real, fake, d_loss, lr):
    """What lesson 01 writes by hand; its noise plus θ = 0 is the fake."""
    state = three.Numbers(torch.zeros((), dtype=torch.float64), *phi[0])
    return torch.stack(three.d_step(state, real[0], fake[0], lr)[1:])[None]


def one_step_of_g(theta, phi, noise, derivative, lr):
    state = three.Numbers(theta[0, 0], *phi[0])
    return three.g_step(state, noise[0], lr).theta.view(1, 1)


def nonsaturating(a):
    return -(-a).sigmoid()


def ten_runs(derivative, rounds, theta, phi1, alone):
    """By lesson 01's steps, run after run; its derivative is that of the non-saturating loss."""
    generator = torch.Generator().manual_seed(0)
    runs = [[three.numbers(theta, 0.0, phi1)] for _ in range(10)]
    for i in range(alone + rounds):
        real, noise = torch.randn(2, 10, 256, generator=generator, dtype=torch.float64)
        for run, x, z in zip(runs, 3 + real, noise, strict=True):
            state = three.d_step(run[-1], x, z, 0.2)
            run.append(three.g_step(state, z, 0.2) if i >= alone else state)
    every = torch.tensor([[list(state) for state in run[alone:]] for run in runs])
    return every[..., 0], every[..., 1:].transpose(0, 1)


class Network(Function):
    """Of a function that gives a network, which is applied to the first argument."""

    def _outcomes(self, function, rounds):
        return super()._outcomes(lambda x, *given: function(*given)(x), rounds)


class Layer(Function):
    """Of a layer's class: made by numbers of inputs and outputs, applied in float64."""

    def _outcomes(self, function, rounds):
        return super()._outcomes(lambda x, *sizes: function(*sizes).double()(x), rounds)


class Divided(nn.Linear):
    """By the root of the largest eigenvalue of WᵀW."""

    def forward(self, x):
        largest = torch.linalg.eigvalsh(self.weight.T @ self.weight)[-1].sqrt()
        return x @ (self.weight / largest).T + self.bias


def wave(x):
    return torch.sin(0.7 * x[:, :1] + 0.4 * x[:, 1:] + 0.2)


def gap_of_wave(critic, mean):
    """E sin(a·x + b) under N(m, 1) in each coordinate is sin(a·m + b) exp(-|a|²/2)."""
    return (math.sin(0.2) - math.sin(0.7 * mean + 0.2)) * math.exp(-(0.7**2 + 0.4**2) / 2)


def away(critic, real, fake):
    return 10 * wgan_gp(critic, real, fake, torch.full((len(real),), 0.5))


def _critic(x):
    return torch.tanh(x @ torch.tensor([[0.3], [-2.0]], dtype=torch.float64))


ON_SCREEN = {
    "by_logit": Function(
        lambda loss, a: nonsaturating(a),
        lambda draw: (losses.nonsaturating_generator, draw(5)),
        differentiable=False,
    ),
    "play": Function(ten_runs, lambda draw: (nonsaturating, 3, 0.5, -0.2, 2), differentiable=False),
    # The seeds' claims are about the code on screen.
    "train_critic": Network(
        lambda penalty, mean, layer, steps, seed: seeds.critic(seed, penalty, mean, layer, steps),
        lambda draw: (draw(4, 2).float(), away, 2.0, nn.Linear, 5, 3),
    ),
    "gap": Function(gap_of_wave, lambda draw: (wave, 2.0), edges=[(wave, 6.0)]),
    "best_derivative": Function(seeds.best_derivative, lambda draw: (draw(6), 2.0)),
    "Spectral": Layer(Divided, lambda draw: (draw(4, 3), 3, 5)),
    "minimax_generator": Function(losses.minimax_generator, fakes),
    "nonsaturating_generator": Function(losses.nonsaturating_generator, fakes),
    "least_squares_discriminator": Function(losses.least_squares_discriminator, both),
    "least_squares_generator": Function(losses.least_squares_generator, fakes),
    "wasserstein_critic": Function(losses.wasserstein_critic, both),
    "critic_generator": Function(losses.critic_generator, fakes),
    "article_discriminator": Function(article.article_discriminator, both),
    "article_generator": Function(article.article_generator, fakes),
    "r1": Function(r1, lambda draw: (_critic, draw(5, 2))),
    "d_step": Function(
        one_step_of_d,
        lambda draw: (draw(1, 2), draw(1, 7), draw(1, 5), losses.logistic_discriminator, 0.1),
        differentiable=False,
    ),
    "g_step": Function(
        one_step_of_g,
        lambda draw: (draw(1, 1), draw(1, 2), draw(1, 5), nonsaturating, 0.1),
        differentiable=False,
    ),
}
