"""Answers to lesson 04: loops as people write them, and steps in other forms."""

import math

import torch
from torch.nn.functional import binary_cross_entropy_with_logits as logit_bce


def label(logits, value):
    return logit_bce(logits, torch.full_like(logits, value))


def walked(h, n):
    theta, psi = 1.0, 0.0
    for _ in range(n):
        theta, psi = theta + h * psi, psi - h * theta
    return math.hypot(theta, psi)


def d_turn(theta, psi, real, fake):
    return label(psi * real, 1.0) + label(psi * fake, 0.0)


def generated(theta, noise):
    return noise + theta


def everything(g, d):
    return list(g.parameters()) + list(d.parameters())


def without_detach(g, d, opt_g, opt_d, batches):
    for real, noise in batches:
        opt_d.zero_grad()
        (label(d(real), 1.0) + label(d(g(noise)), 0.0)).backward()
        opt_d.step()
        opt_g.zero_grad()
        label(d(g(noise)), 1.0).backward()
        opt_g.step()
    return everything(g, d)


def clears_too_early(g, d, opt_g, opt_d, batches):
    """D's gradient is zeroed before G's backward fills it again."""
    for real, noise in batches:
        (label(d(real), 1.0) + label(d(g(noise).detach()), 0.0)).backward()
        opt_d.step()
        opt_d.zero_grad()
        opt_g.zero_grad()
        label(d(g(noise)), 1.0).backward()
        opt_g.step()
    return everything(g, d)


def never_clears(g, d, opt_g, opt_d, batches):
    for real, noise in batches:
        (label(d(real), 1.0) + label(d(g(noise).detach()), 0.0)).backward()
        opt_d.step()
        label(d(g(noise)), 1.0).backward()
        opt_g.step()
    return everything(g, d)


def both_step(g, d, opt_g, opt_d, batches):
    for real, noise in batches:
        opt_d.zero_grad()
        (label(d(real), 1.0) + label(d(g(noise).detach()), 0.0)).backward()
        opt_d.step()
        opt_g.zero_grad()
        opt_d.zero_grad()
        label(d(g(noise)), 1.0).backward()
        opt_g.step()
        opt_d.step()
    return everything(g, d)


def wrong_optimiser(g, d, opt_g, opt_d, batches):
    for real, noise in batches:
        opt_d.zero_grad()
        (label(d(real), 1.0) + label(d(g(noise).detach()), 0.0)).backward()
        opt_d.step()
        opt_g.zero_grad()
        label(d(g(noise)), 1.0).backward()
        opt_d.step()
    return everything(g, d)


def reuses_the_detached(g, d, opt_g, opt_d, batches):
    for real, noise in batches:
        fake = g(noise).detach()
        opt_d.zero_grad()
        (label(d(real), 1.0) + label(d(fake), 0.0)).backward()
        opt_d.step()
        opt_g.zero_grad()
        label(d(fake), 1.0).backward()
        opt_g.step()
    return everything(g, d)


def at_once(g, d, opt_g, opt_d, batches):
    for real, noise in batches:
        gradients_d = torch.autograd.grad(
            label(d(real), 1.0) + label(d(g(noise)), 0.0), list(d.parameters())
        )
        gradients_g = torch.autograd.grad(label(d(g(noise)), 1.0), list(g.parameters()))
        for network, gradients in ((g, gradients_g), (d, gradients_d)):
            for parameter, gradient in zip(network.parameters(), gradients, strict=True):
                parameter.data -= 0.1 * gradient
    return everything(g, d)


def to_be_caught(g, d, opt_g, opt_d, batches):
    for real, noise in batches:
        opt_d.zero_grad()
        (label(d(real), 1.0) + label(d(g(noise).detach()), 0.0)).backward()
        opt_d.step()
        opt_g.zero_grad()
        label(d(g(noise)), 0.0).backward()
        opt_g.step()
    return everything(g, d)


ANSWERS = {
    "growth": (
        [walked, lambda h, n: math.sqrt(1 + h * h) ** n],
        [
            (lambda h, n: walked(h, n) ** 2, "squared"),
            (lambda h, n: walked(h, 1), "one step"),
            (lambda h, n: 1 + n * (walked(h, 1) - 1), "added n times"),
            (lambda h, n: math.exp(n * math.log1p(h)), "right angles"),
            (lambda h, n: math.sqrt(1 - h * h) ** n, "shrinks"),
        ],
    ),
    "alternate": (
        [lambda t, p, h: (t + h * p, (1 - h * h) * p - h * t)],
        [
            (lambda t, p, h: (t + p * h, p - t * h), "simultaneous"),
            (lambda t, p, h: ((1 - h * h) * t + h * p, p - h * t), "D is updated first"),
            (lambda t, p, h: (t - h * p, (1 + h * h) * p - h * t), "G's sign"),
            (lambda t, p, h: (t + h * p, (1 + h * h) * p + h * t), "D's sign"),
            (lambda t, p, h: ((1 - h * h) * p - h * t, t + h * p), "exchanged"),
        ],
    ),
    "d_loss": (
        [lambda t, p, x, z: d_turn(t, p, x, generated(t.detach(), z))],
        [
            (lambda t, p, x, z: d_turn(t, p, x, generated(t, z)), "forget to detach"),
            (lambda t, p, x, z: label(p * x, 1.0) + label(p * (z + t), 0.0).detach(), "instead of"),
            (lambda t, p, x, z: d_turn(t, p, x, z + t).item(), "no gradient reaches D"),
            (lambda t, p, x, z: d_turn(t, p, x, z), "D gets the noise"),
            (lambda t, p, x, z: label(p * x, 1.0) + label(p * (z + t.detach()), 1.0), "reversed"),
            (lambda t, p, x, z: label(p * generated(t, z), 1.0), "G's loss"),
        ],
    ),
    "train": (
        [without_detach],
        [
            (never_clears, "no zero_grad"),
            (clears_too_early, "cleared too early"),
            (both_step, "D moves too"),
            (wrong_optimiser, "G never moves"),
            (reuses_the_detached, "G has not moved"),
            (at_once, "the old D"),
            (to_be_caught, "to look fake"),
        ],
    ),
    "fastest": (
        [1, 1.0, torch.tensor(1.0)],
        [
            (0, "never converges"),
            (2, "over-damped"),
            (0.3, "under-damped"),
            (0.5, "γ/2"),
            (5.0, "is not it"),
        ],
    ),
}
