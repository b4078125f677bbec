"""Answers to lesson 01, with autograd, binary cross-entropy and plain sums."""

import torch
from torch.nn.functional import binary_cross_entropy_with_logits as bce

from ganlib.lessons.three_numbers import Numbers, d_step, g_step, generator_loss
from ganlib.lessons.three_numbers import value as library_value


def value(real, fake):
    return -bce(real, torch.ones_like(real)) - bce(fake, torch.zeros_like(fake))


def gradients(phi0, phi1, real, fake, v=value):
    phi = [phi0.detach().clone().requires_grad_(), phi1.detach().clone().requires_grad_()]
    return torch.autograd.grad(v(phi[0] + phi[1] * real, phi[0] + phi[1] * fake), phi)


def forgetful(phi0, phi1, real, fake):
    pull, push = torch.sigmoid(-phi0 - phi1 * real), torch.sigmoid(phi0 + phi1 * fake)
    return (pull.mean() - push.mean(),) * 2


def step(theta, phi0, phi1, noise, rate, loss=lambda a: -a.sigmoid().log().mean()):
    leaf = theta.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(phi0 + phi1 * (noise + leaf)), leaf)
    return theta - rate * gradient


def by_the_logit(theta, phi0, phi1, noise, rate):
    return theta + (rate / (1 + (phi0 + phi1 * (noise + theta)).exp())).mean()


def shown_noise(theta, phi0, phi1, noise, rate):
    logits = phi0 + phi1 * noise
    return theta + rate * phi1 * torch.sigmoid(-logits).mean()


def together(state, real, noise, rate):
    leaves = Numbers(*(n.detach().clone().requires_grad_() for n in state))
    total = generator_loss(leaves, noise) - library_value(leaves, real, noise)
    total.backward()
    return [leaf.detach() - rate * leaf.grad for leaf in leaves]


def by_hand(state, real, noise, rate):
    theta, phi0, phi1 = state
    up0, up1 = gradients(phi0, phi1, real, noise + theta)
    phi0, phi1 = phi0 + rate * up0, phi1 + rate * up1
    return step(theta, phi0, phi1, noise, rate), phi0, phi1


def both_old(state, real, noise, rate):
    _, phi0, phi1 = by_hand(state, real, noise, rate)
    return step(*state, noise, rate), phi0, phi1


def g_first(state, real, noise, rate):
    theta = step(*state, noise, rate)
    return d_step(Numbers(theta, *state[1:]), real, noise, rate)


ANSWERS = {
    "start_value": (
        [-1.386, 2 * torch.tensor(0.5).log(), torch.tensor([0.25]).log().sum()],
        [
            (1.39, "D's loss"),
            (torch.tensor(0.5).log(), "one of the two"),
            (-2, "in bits"),
            (0.5, "D(x) at every point"),
            (0.25, "is not it"),
            (-0.25, "is not it"),
            (1, "is not it"),
        ],
    ),
    "value": (
        [value, lambda r, f: r.sigmoid().log().mean() + (1 - f.sigmoid()).log().mean()],
        [
            (lambda r, f: -value(r, f), "this is −V"),
            (lambda r, f: value(r, -f), "rises when fakes score higher"),
            (lambda r, f: value(-r, -f), "exchanged"),
            (
                lambda r, f: -bce(torch.cat([r, f]), torch.cat([0 * r + 1, 0 * f])),
                "one mean over all",
            ),
            (lambda r, f: 7 * value(r, r[:0].sum() + f) + 0 * f.sum(), "7 times too large"),
            (lambda r, f: 1 + r.sigmoid().mean() - f.sigmoid().mean(), "logarithms are missing"),
            (lambda r, f: value(r, f.detach()), "no gradient reaches fake_logits"),
            (lambda r, f: value(r, f).item(), "no gradient reaches real_logits"),
            (lambda r, f: -bce(r, 0 * r + 1, reduction="none"), "its shape is (7,)"),
        ],
    ),
    "discriminator_gradients": (
        [gradients],
        [
            (lambda *a: gradients(*a, v=lambda r, f: -value(r, f)), "sign is reversed"),
            (forgetful, "lacks a factor"),
            (
                lambda *a: gradients(*a, v=lambda r, f: r.sigmoid().mean() - f.sigmoid().mean()),
                "logarithms are missing",
            ),
            (lambda *a: gradients(*a, v=lambda r, f: -value(-r, f)), "it gives"),
            (lambda *a: gradients(*a)[0], "its shape is"),
            (lambda *a: gradients(*a)[::-1], "in the reverse order"),
            (lambda *a: [2 * by for by in gradients(*a)], "2 times"),
            (lambda a, b, x, g: gradients(b, a, x, g), "are exchanged"),
        ],
    ),
    "g_step": (
        [
            step,
            lambda t, a, b, z, rate: t.sub(-rate * b * torch.sigmoid(-a - b * z - b * t).mean()),
        ],
        [
            (lambda t, a, b, z, rate: 2 * t - step(t, a, b, z, rate), "sign is reversed"),
            (lambda *a: step(*a, loss=lambda x: (1 - x.sigmoid()).log().mean()), "log(1 − D"),
            (lambda *a: step(*a, loss=lambda x: x.sigmoid().mean()), "the article's"),
            (by_the_logit, "the factor φ₁ is missing"),
            (shown_noise, "D gets the noise"),
            (lambda t, *a: step(t, *a) - t, "the step alone"),
            (lambda t, a, b, z, rate: step(t, a, b, z, 2 * rate), "2 times as far"),
            (lambda t, a, b, z, rate: step(t, a, b, z, 6 * rate), "6 times as far"),
            (lambda t, a, b, z, rate: step(t, b, a, z, rate), "are exchanged"),
            (lambda t, a, b, z, rate: step(t, a, b, -z, rate), "noise enters"),
        ],
    ),
    "train_round": (
        [by_hand],
        [
            (both_old, "uses the old D"),
            (g_first, "G is updated first"),
            (together, "the sum of both losses"),
            (d_step, "θ has not moved"),
            (lambda s, x, z, rate: (step(*s, z, rate), *s[1:]), "φ has not moved"),
            (lambda s, x, z, rate: g_step(d_step(s, x, z, rate), z, 2 * rate), "it gives"),
            (lambda s, x, z, rate: by_hand(s, z, x, rate), "are exchanged"),
            (lambda s, x, z, rate: by_hand(s, x, z, -rate), "rate enters"),
            (lambda s, *_: s, "it gives"),
        ],
    ),
}
