"""Answers to lesson 03: by autograd, by torch's own losses, and by habits from elsewhere."""

import torch
from torch.nn.functional import binary_cross_entropy_with_logits as logit_bce
from torch.nn.functional import logsigmoid

from ganlib.core import losses, penalties


def derivative(loss, a):
    a = a.detach().requires_grad_()
    return torch.autograd.grad(loss(a).sum(), a)[0]


def saturating(a):
    return torch.log(1 - torch.sigmoid(a))


def by_autograd(a):
    return derivative(saturating, a), derivative(lambda x: -logsigmoid(x), a)


def margin(x):
    return torch.maximum(1 - x, torch.zeros_like(x))


def hinge_in_a_loop(real, fake):
    total = 0
    for logits, sign in ((real, 1), (fake, -1)):
        total = total + sum((1 - sign * x).clamp(min=0) for x in logits) / len(logits)
    return total


def label(logits, value):
    return logit_bce(logits, torch.full_like(logits, value))


def critic(r, f):
    return -(r.mean() - f.mean())


def with_frozen_d(pictures, discriminator):
    discriminator.requires_grad_(False)
    logits = discriminator(pictures)
    return logit_bce(logits, torch.ones_like(logits))


def norms(d, points, **options):
    x = points.clone().detach().requires_grad_()
    (gradient,) = torch.autograd.grad(d(x).sum(), x, **({"create_graph": True} | options))
    return (gradient**2).sum(1) ** 0.5


def mixed(r, f, m):
    return torch.lerp(r, f, m.reshape(-1, 1))


def away_from_one(length):
    return ((length - 1) ** 2).mean()


def by_backward(d, r, f, m):
    x = (m[:, None] * f + (1 - m[:, None]) * r).requires_grad_()
    ones = torch.ones(len(x), 1, dtype=x.dtype)
    (gradient,) = torch.autograd.grad(d(x), x, grad_outputs=ones, create_graph=True)
    return (gradient.view(len(x), -1).norm(2, dim=1) - 1).pow(2).mean()


ANSWERS = {
    "derivatives": (
        [
            by_autograd,
            lambda a: (-1 / (1 + torch.exp(-a)), torch.sigmoid(a) - 1),
            lambda a: [-a.sigmoid(), a.sigmoid() - 1],
            lambda a: torch.stack(by_autograd(a)),
        ],
        [
            (lambda a: tuple(-s for s in by_autograd(a)), "both signs"),
            (lambda a: by_autograd(a)[::-1], "exchanged"),
            (lambda a: (by_autograd(a)[0], 1 - torch.sigmoid(a)), "the second sign"),
            (lambda a: (1 / (torch.sigmoid(a) - 1), -1 - torch.exp(-a)), "respect to D"),
            (lambda a: (saturating(a), -logsigmoid(a)), "the losses themselves"),
            (lambda a: tuple(s / len(a) for s in by_autograd(a)), "derivative of the mean"),
            (lambda a: tuple(2 * s for s in by_autograd(a)), "2 times"),
            (lambda a: tuple(s**2 for s in by_autograd(a)), "the square of"),
            (lambda a: tuple(1 - s for s in by_autograd(a)), "1 minus"),
        ],
    ),
    "hinge": (
        [
            lambda r, f: margin(r).mean() + margin(-f).mean(),
            losses.hinge_discriminator,
            hinge_in_a_loop,
        ],
        [
            (lambda r, f: margin(-r).mean() + margin(f).mean(), "exchanged"),
            (lambda r, f: margin(r).mean() + margin(f).mean(), "sign of the fake term"),
            (lambda r, f: (-r).clamp(min=0).mean() + f.clamp(min=0).mean(), "margin is missing"),
            (lambda r, f: margin(r.mean()) + margin(-f.mean()), "too early"),
            (lambda r, f: margin(r).mean() + margin(-f).mean() - 2, "2 too low"),
            (lambda r, f: margin(torch.cat([r, -f])).mean(), "one mean over all"),
            (lambda r, f: margin(r).sum() + margin(-f).sum(), "grow with the batch"),
            (critic, "no bound"),
            (lambda r, f: margin(r).mean() + margin(-f.detach()).mean(), "no gradient reaches"),
            (lambda r, f: 2 * losses.hinge_discriminator(r, f), "2 times"),
            (lambda r, f: 1 - losses.hinge_discriminator(r, f), "1 minus"),
        ],
    ),
    "relativistic": (
        [
            lambda f, r: label(f - r, 1.0),
            lambda f, r: torch.logaddexp(0 * r, r - f).mean(),
            # G cannot move the reals: whether they are detached is no matter.
            lambda f, r: label(f - r.detach(), 1.0),
            losses.relativistic_generator,
        ],
        [
            (lambda f, r: label(f - r, 0.0), "this is D's loss"),
            (lambda f, r: label(f.mean() - r.mean(), 1.0), "too early"),
            (lambda f, r: label(f.repeat(len(r)) - r.repeat_interleave(len(f)), 1.0), "every real"),
            (lambda f, r: label(f, 1.0), "reals are not in it"),
            (lambda f, r: label(torch.sigmoid(f) - torch.sigmoid(r), 1.0), "subtract the logits"),
            (lambda f, r: label(f - r, 1.0) * len(f), "a sum"),
            (lambda f, r: (1 + torch.exp(r - f)).log().mean(), "infinite"),
            (lambda f, r: -label(f - r, 1.0), "minus is missing"),
            (lambda f, r: label(f.detach() - r, 1.0), "no gradient reaches"),
            (lambda f, r: 2 * label(f - r, 1.0), "2 times"),
            (lambda f, r: 1 - label(f - r, 1.0), "1 minus"),
        ],
    ),
    "generator_loss": (
        [
            lambda x, d: label(d(x), 1.0),
            lambda x, d: -logsigmoid(d(x)).mean(),
            # D is not to learn in G's turn; that its weights are frozen does not stop the pictures.
            with_frozen_d,
        ],
        [
            (lambda x, d: label(x, 1.0), "D is not in it"),
            (lambda x, d: label(d(x), 0.0), "to look fake"),
            (lambda x, d: saturating(d(x)).mean(), "gradient vanishes"),
            (lambda x, d: label(torch.sigmoid(d(x)), 1.0), "two sigmoids"),
            (lambda x, d: label(d(x).detach(), 1.0), "no gradient reaches the pictures"),
            (lambda x, d: label(d(x), 1.0) * len(x), "a sum"),
            (lambda x, d: 2 * label(d(x), 1.0), "2 times"),
            (lambda x, d: 1 - label(d(x), 1.0), "1 minus"),
            (lambda x, d: label(d(x), 1.0) ** 2, "the square of"),
        ],
    ),
    "penalty": (
        [
            by_backward,
            lambda d, r, f, m: away_from_one(norms(d, mixed(r, f, m))),
            penalties.wgan_gp,
        ],
        [
            (lambda d, r, f, m: away_from_one(norms(d, mixed(r, f, m)).detach()), "create_graph"),
            (lambda d, r, f, m: away_from_one(norms(d, mixed(f, r, m))), "the fake's share"),
            (
                lambda d, r, f, m: (norms(d, mixed(r, f, m)).square().sum().sqrt() - 1) ** 2,
                "whole batch",
            ),
            (lambda d, r, f, m: away_from_one(norms(d, mixed(r, f, m)) ** 2), "root is missing"),
            (lambda d, r, f, m: (norms(d, mixed(r, f, m)) ** 2).mean(), "−1 is missing"),
            (lambda d, r, f, m: (norms(d, mixed(r, f, m)).mean() - 1) ** 2, "too early"),
            (lambda d, r, f, m: away_from_one(norms(d, r)), "reals alone"),
            (lambda d, r, f, m: away_from_one(norms(d, f)), "fakes alone"),
            (lambda d, r, f, m: away_from_one(norms(d, mixed(r, f, m)).clamp(min=1)), "one-sided"),
            (lambda *given: 2 * by_backward(*given), "2 times"),
            (lambda *given: 1 - by_backward(*given), "1 minus"),
            (lambda *given: by_backward(*given).sqrt(), "the root of"),
        ],
    ),
}
