"""Lesson 12: the article's two losses, the same mended, a sigmoid too many, precision and F1."""

import torch

from bindings import Binding
from ganlib.core import losses
from ganlib.core.reconstruction import l1
from ganlib.lessons.article import article_discriminator, article_generator
from ganlib.lessons.checks.core import Function
from ganlib.lessons.checks.lesson12 import scores

WEIGHT = 30.0


def sigma(a):
    return 1 / (1 + torch.exp(-a))


def mean(numbers):
    return sum(numbers) / len(numbers)


def apart(drawn, true):
    return mean([abs(a - b) for a, b in zip(drawn.flatten(), true.flatten(), strict=True)])


def by_the_true_logit(a):
    """The derivative of -log D where a probability is taken for a logit."""
    a = a if a.requires_grad else a.clone().requires_grad_()
    loss = losses.nonsaturating_generator(a.sigmoid().view(1))
    return torch.autograd.grad(loss, a, create_graph=True)[0]


def two_sets(draw):
    return draw(7), draw(5)


def logits_and_pictures(draw):
    return draw(5), draw(2, 3, 2), draw(2, 3, 2)


BINDINGS = {
    "12.1": Binding(
        article_discriminator, lambda real, fake: -mean([*fake]) + mean([*real]), two_sets
    ),
    "12.2": Binding(
        lambda fake, drawn, true: article_generator(fake) + WEIGHT * l1(drawn, true),
        lambda fake, drawn, true: mean([*fake]) + WEIGHT * apart(drawn, true),
        logits_and_pictures,
    ),
    "12.3": Binding(
        losses.logistic_discriminator,
        lambda real, fake: (
            -mean([torch.log(sigma(a)) for a in real])
            - mean([torch.log(1 - sigma(a)) for a in fake])
        ),
        two_sets,
    ),
    "12.4": Binding(
        lambda fake, drawn, true: losses.nonsaturating_generator(fake) + WEIGHT * l1(drawn, true),
        lambda fake, drawn, true: (
            -mean([torch.log(sigma(a)) for a in fake]) + WEIGHT * apart(drawn, true)
        ),
        logits_and_pictures,
    ),
    "12.5": Binding(
        by_the_true_logit,
        lambda a: -(1 - sigma(sigma(a))) * sigma(a) * (1 - sigma(a)),
        lambda draw: (draw(),),
    ),
    "12.6": Binding(
        lambda hits, said, true: torch.stack(scores(hits, said, true)),
        lambda hits, said, true: torch.stack(
            [hits / said, hits / true, 2 / (said / hits + true / hits)]
        ),
        lambda draw: (draw().exp(), 5 + draw().exp(), 7 + draw().exp()),
    ),
}


def of_logits(*sizes):
    return lambda draw: tuple(draw(n) for n in sizes)


ON_SCREEN = {
    "d_loss": Function(losses.logistic_discriminator, of_logits(7, 5)),
    "g_loss": Function(losses.nonsaturating_generator, of_logits(5)),
    "bce": Function(
        lambda logits, label: (
            losses.logistic_discriminator(logits, logits * 0 - 800)
            if label
            else losses.nonsaturating_generator(-logits)
        ),
        lambda draw: (draw(5), float(draw() > 0)),
    ),
}
