"""Lesson 03: G's losses and their derivatives, by sums and exponentials; the article's formulas."""

import torch

from bindings import Binding
from ganlib.core import losses
from ganlib.core.penalties import r1, r2
from ganlib.lessons import article


def sigmoid(a):
    return 1 / (1 + torch.exp(-a))


def by_logit(loss):
    """The derivative of a loss of the library by each logit, itself differentiable."""
    return lambda a: torch.autograd.grad(len(a) * loss(a), a, create_graph=True)[0]


def hinge(real, fake):
    on_real = sum(1 - b for b in real if b < 1) / len(real)
    return on_real + sum(1 + a for a in fake if a > -1) / len(fake)


def mean(scores):
    return sum(scores) / len(scores)


def penalised(real, fake, weights, gamma):
    """D(x) = (x·w)²/2, so its gradient by x is (x·w) w."""

    def score(x):
        return (x @ weights) ** 2 / 2

    loss = article.article_discriminator(score(real), score(fake))
    return loss + gamma * r1(score, real) + gamma * r2(score, fake)


def penalised_by_hand(real, fake, weights, gamma):
    def score(x):
        return sum(x_k * w_k for x_k, w_k in zip(x, weights, strict=True)) ** 2 / 2

    def penalty(x):
        return 2 * score(x) * sum(w_k**2 for w_k in weights)

    loss = mean([score(x) for x in real]) - mean([score(x) for x in fake])
    return loss + gamma / 2 * (mean([penalty(x) for x in real]) + mean([penalty(x) for x in fake]))


PICTURES = torch.randn(
    12, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64
).split([7, 5])


def fakes(draw):
    return (draw(5),)


def both(draw):
    return draw(7), draw(5)


BINDINGS = {
    "03.1": Binding(
        losses.minimax_generator, lambda a: mean([torch.log(1 - sigmoid(a_i)) for a_i in a]), fakes
    ),
    "03.2": Binding(by_logit(losses.minimax_generator), lambda a: -sigmoid(a), fakes),
    "03.3": Binding(
        losses.nonsaturating_generator,
        lambda a: -mean([torch.log(sigmoid(a_i)) for a_i in a]),
        fakes,
    ),
    "03.4": Binding(by_logit(losses.nonsaturating_generator), lambda a: -(1 - sigmoid(a)), fakes),
    "03.5": Binding(
        losses.least_squares_generator, lambda a: mean([(a_i - 1) ** 2 for a_i in a]) / 2, fakes
    ),
    "03.6": Binding(losses.hinge_discriminator, hinge, both),
    "03.7": Binding(losses.wasserstein_critic, lambda b, a: mean(a) - mean(b), both),
    "03.8": Binding(losses.critic_generator, lambda a: -mean(a), fakes),
    "03.9": Binding(
        losses.relativistic_generator,
        lambda a, b: -mean([torch.log(sigmoid(x)) for x in a - b]),
        lambda draw: (draw(5), draw(5)),
    ),
    "03.10": Binding(article.article_discriminator, lambda b, a: -mean(a) + mean(b), both),
    "03.11": Binding(article.article_generator, mean, fakes),
    # A penalty is for D alone: no gradient by the pictures, so they are constants here.
    "03.12": Binding(
        lambda *a: penalised(*PICTURES, *a),
        lambda *a: penalised_by_hand(*PICTURES, *a),
        lambda draw: (draw(3), draw().exp()),
    ),
}
