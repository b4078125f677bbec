"""Answers to lesson 03: by autograd, by torch's own losses, and by habits from elsewhere."""

import torch
from torch.nn.functional import binary_cross_entropy_with_logits as logit_bce
from torch.nn.functional import logsigmoid


def derivative(loss, a):
    a = a.detach().requires_grad_()
    return torch.autograd.grad(loss(a).sum(), a)[0]


def saturating(a):
    return torch.log(1 - torch.sigmoid(a))


def by_autograd(a):
    return derivative(saturating, a), derivative(lambda x: -logsigmoid(x), a)


def margin(x):
    return torch.maximum(1 - x, torch.zeros_like(x))


def label(logits, value):
    return logit_bce(logits, torch.full_like(logits, value))


def critic(r, f):
    return -(r.mean() - f.mean())


ANSWERS = {
    "derivatives": (
        [by_autograd, lambda a: (-1 / (1 + torch.exp(-a)), torch.sigmoid(a) - 1)],
        [
            (lambda a: tuple(-s for s in by_autograd(a)), "both signs"),
            (lambda a: by_autograd(a)[::-1], "exchanged"),
            (lambda a: (by_autograd(a)[0], 1 - torch.sigmoid(a)), "the second sign"),
            (lambda a: (1 / (torch.sigmoid(a) - 1), -1 - torch.exp(-a)), "derivatives by D"),
            (lambda a: (saturating(a), -logsigmoid(a)), "the losses themselves"),
            (lambda a: tuple(s / len(a) for s in by_autograd(a)), "derivative of the mean"),
        ],
    ),
    "hinge": (
        [lambda r, f: margin(r).mean() + margin(-f).mean()],
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
        ],
    ),
    "relativistic": (
        [lambda f, r: label(f - r, 1.0), lambda f, r: torch.logaddexp(0 * r, r - f).mean()],
        [
            (lambda f, r: label(f - r, 0.0), "this is D's loss"),
            (lambda f, r: label(f.mean() - r.mean(), 1.0), "too early"),
            (lambda f, r: label(f.repeat(len(r)) - r.repeat_interleave(len(f)), 1.0), "every real"),
            (lambda f, r: label(f, 1.0), "reals are not in it"),
            (lambda f, r: label(torch.sigmoid(f) - torch.sigmoid(r), 1.0), "subtract the logits"),
            (lambda f, r: label(f - r, 1.0) * len(f), "a sum"),
            (lambda f, r: (1 + torch.exp(r - f)).log().mean(), "infinite"),
            (lambda f, r: -label(f - r, 1.0), "minus is missing"),
        ],
    ),
    "generator_loss": (
        [lambda x, d: label(d(x), 1.0), lambda x, d: -logsigmoid(d(x)).mean()],
        [
            (lambda x, d: label(x, 1.0), "D is not in it"),
            (lambda x, d: label(d(x), 0.0), "to look fake"),
            (lambda x, d: saturating(d(x)).mean(), "gradient vanishes"),
            (lambda x, d: label(torch.sigmoid(d(x)), 1.0), "two sigmoids"),
            (lambda x, d: label(d(x).detach(), 1.0), "no gradient reaches the pictures"),
            (lambda x, d: label(d(x), 1.0) * len(x), "a sum"),
        ],
    ),
    "repair": (
        [lambda r, f: (critic(r, f), (-f).mean())],
        [
            (lambda r, f: (-critic(r, f), f.mean()), "unchanged"),
            (lambda r, f: (-critic(r, f), -f.mean()), "only G's sign"),
            (lambda r, f: (critic(r, f), f.mean()), "only D's sign"),
            (lambda r, f: (critic(r, f), -critic(r, f)), "has the reals in it"),
            (lambda r, f: (label(r, 1.0) + label(f, 0.0), label(f, 1.0)), "non-saturating one"),
            (lambda r, f: (f.sum() - r.sum(), -f.sum()), "sums"),
            (lambda r, f: (critic(r, f.detach()), -f.mean()), "by fake_scores"),
        ],
    ),
}
