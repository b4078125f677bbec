"""Answers to lesson 04: loops as people write them, and steps in other forms."""

import numpy as np
import torch
from torch.nn import BCEWithLogitsLoss
from torch.nn.functional import binary_cross_entropy_with_logits as logit_bce

BETAS = (0.5, 0.99)


def label(logits, value):
    return logit_bce(logits, torch.full_like(logits, value))


def labels_like_the_points(generator, discriminator, real, noise):
    bce = BCEWithLogitsLoss()
    fake = generator(noise).detach()
    real_part = bce(discriminator(real), torch.ones_like(real))
    return real_part + bce(discriminator(fake), torch.zeros_like(fake))


def without_a_graph(generator, discriminator, real, noise):
    with torch.no_grad():
        fake = generator(noise)
    return label(discriminator(real), 1.0) + label(discriminator(fake), 0.0)


def adam(network, lr):
    return torch.optim.Adam(network.parameters(), lr=lr, betas=BETAS)


def penalty(d, x):
    x = x.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(d(x).sum(), x, create_graph=True)
    return (gradient**2).sum(1).mean() / 2


def loop(d_turn, g_turn, returns=None):
    """A training loop of two turns, each (g, d, opt_g, opt_d, x, z, gamma)."""

    def train(generator, discriminator, data, noise, steps, lr, gamma, watch):
        opt_g, opt_d = adam(generator, lr), adam(discriminator, lr)
        for step in range(steps):
            z, x = noise(), data()  # in the other order
            given = generator, discriminator, opt_g, opt_d, x, z, gamma
            d_turn(*given)
            g_turn(*given)
            watch(step)
        return returns(generator, discriminator) if returns else None

    return train


def d_right(g, d, opt_g, opt_d, x, z, gamma):
    opt_d.zero_grad()
    (label(d(x), 1.0) + label(d(g(z).detach()), 0.0) + gamma * penalty(d, x)).backward()
    opt_d.step()


def d_undetached(g, d, opt_g, opt_d, x, z, gamma):
    opt_d.zero_grad()
    (label(d(x), 1.0) + label(d(g(z)), 0.0) + gamma * penalty(d, x)).backward()
    opt_d.step()


def d_in_parts(g, d, opt_g, opt_d, x, z, gamma):
    opt_d.zero_grad()
    label(d(x), 1.0).backward()
    label(d(g(z).detach()), 0.0).backward()
    (gamma * penalty(d, x)).backward()
    opt_d.step()


def d_uncleared(g, d, opt_g, opt_d, x, z, gamma):
    (label(d(x), 1.0) + label(d(g(z).detach()), 0.0) + gamma * penalty(d, x)).backward()
    opt_d.step()


def d_cleared_early(g, d, opt_g, opt_d, x, z, gamma):
    d_uncleared(g, d, opt_g, opt_d, x, z, gamma)
    opt_d.zero_grad()


def shared_undetached(generator, discriminator, data, noise, steps, lr, gamma, watch):
    """Both turns share the fakes, and D's loss goes back into G: PyTorch stops it."""
    opt_g, opt_d = adam(generator, lr), adam(discriminator, lr)
    for _ in range(steps):
        real, fake = data(), generator(noise())
        opt_d.zero_grad()
        (label(discriminator(real), 1.0) + label(discriminator(fake), 0.0)).backward()
        opt_d.step()
        opt_g.zero_grad()
        label(discriminator(fake), 1.0).backward()
        opt_g.step()


def d_unpenalised(g, d, opt_g, opt_d, x, z, gamma):
    d_right(g, d, opt_g, opt_d, x, z, 0.0)


def g_right(g, d, opt_g, opt_d, x, z, gamma):
    opt_g.zero_grad()
    label(d(g(z)), 1.0).backward()
    opt_g.step()


def g_with_d_frozen(g, d, opt_g, opt_d, x, z, gamma):
    d.requires_grad_(False)
    g_right(g, d, opt_g, opt_d, x, z, gamma)
    d.requires_grad_(True)


def g_uncleared(g, d, opt_g, opt_d, x, z, gamma):
    label(d(g(z)), 1.0).backward()
    opt_g.step()


def g_steps_d_too(g, d, opt_g, opt_d, x, z, gamma):
    opt_d.zero_grad()
    g_right(g, d, opt_g, opt_d, x, z, gamma)
    opt_d.step()


def g_by_the_wrong_optimiser(g, d, opt_g, opt_d, x, z, gamma):
    opt_g.zero_grad()
    label(d(g(z)), 1.0).backward()
    opt_d.step()


def g_detached(g, d, opt_g, opt_d, x, z, gamma):
    opt_g.zero_grad()
    label(d(g(z).detach()), 1.0).backward()
    opt_g.step()


def g_caught(g, d, opt_g, opt_d, x, z, gamma):
    opt_g.zero_grad()
    label(d(g(z)), 0.0).backward()
    opt_g.step()


def g_saturating(g, d, opt_g, opt_d, x, z, gamma):
    opt_g.zero_grad()
    torch.log(1 - torch.sigmoid(d(g(z)))).mean().backward()
    opt_g.step()


def never(*given):
    pass


def everything(g, d):
    return [*g.parameters(), *d.parameters()]


def no_watch(*given):
    loop(d_right, g_right)(*given[:-1], never)


ANSWERS = {
    "alternate": (
        [
            lambda t, p, h_g, h_d: ((1 - h_g * h_d) * t + h_g * p, p - h_d * t),
            lambda t, p, h_g, h_d: torch.stack([t + h_g * (p - h_d * t), p - h_d * t]),
            lambda t, p, h_g, h_d: [float(t + h_g * (p - h_d * t)), float(p - h_d * t)],
        ],
        [
            (lambda t, p, h_g, h_d: (t + p * h_g, p - t * h_d), "simultaneous"),
            (lambda t, p, h_g, h_d: (t + h_g * p, (1 - h_g * h_d) * p - h_d * t), "G is updated"),
            (lambda t, p, h_g, h_d: ((1 + h_g * h_d) * t - h_g * p, p - h_d * t), "G's sign"),
            (lambda t, p, h_g, h_d: ((1 + h_g * h_d) * t + h_g * p, p + h_d * t), "D's sign"),
            (lambda t, p, h_g, h_d: (p - h_d * t, (1 - h_g * h_d) * t + h_g * p), "θ comes first"),
            (lambda t, p, h_g, h_d: ((1 - h_g * h_d) * t + h_d * p, p - h_g * t), "are exchanged"),
        ],
    ),
    "matrix": (
        [
            lambda g, d, gamma, c: np.array(
                [[1 - c * c * g * d, c * g * (1 - d * gamma)], [-c * d, 1 - d * gamma]]
            ),
            lambda g, d, gamma, c: (
                torch.tensor([[1, c * g], [0, 1]]).double()
                @ torch.tensor([[1, 0], [-c * d, 1 - d * gamma]]).double()
            ),
            lambda g, d, gamma, c: (
                (1 - c**2 * g * d, c * g - c * g * d * gamma),
                (-c * d, 1 - d * gamma),
            ),
        ],
        [
            (lambda g, d, y, c: np.array([[1, c * g], [-c * d, 1 - d * y]]), "simultaneous"),
            (
                lambda g, d, y, c: (
                    np.array([[1, 0], [-c * d, 1 - d * y]]) @ np.array([[1, c * g], [0, 1]])
                ),
                "G first",
            ),
            (
                lambda g, d, y, c: np.array([[1 - c * c * g * d, c * g], [-c * d, 1]]),
                "R1 is missing",
            ),
            (
                lambda g, d, y, c: np.array([[1 - c * c * g * d, c * g], [-c * d, 1 - d * y]]),
                "without R1",
            ),
            (
                lambda g, d, y, c: np.array(
                    [[1 - c * c * g * d, -c * d], [c * g * (1 - d * y), 1 - d * y]]
                ),
                "transpose",
            ),
        ],
    ),
    "d_turn": (
        [
            labels_like_the_points,
            without_a_graph,
            lambda g, d, x, z: (
                -(torch.sigmoid(d(x)).log().mean())
                - torch.log(1 - torch.sigmoid(d(g(z).detach()))).mean()
            ),
        ],
        [
            (lambda g, d, x, z: label(d(x), 1.0) + label(d(g(z)), 0.0), "forget to detach"),
            (lambda g, d, x, z: label(d(x), 1.0) + label(d(g(z)), 0.0).detach(), "instead of"),
            (lambda g, d, x, z: (label(d(x), 1.0) + label(d(g(z)), 0.0)).item(), "no gradient"),
            (lambda g, d, x, z: label(d(x), 1.0) + label(d(z), 0.0), "D gets the noise"),
            (lambda g, d, x, z: label(d(x), 1.0) + label(d(g(z).detach()), 1.0), "reversed"),
            (lambda g, d, x, z: label(d(g(z)), 1.0), "G's loss"),
            (lambda g, d, x, z: labels_like_the_points(g, d, x, z) / 2, "half"),
        ],
    ),
    "train": (
        [
            loop(d_right, g_right),
            loop(d_undetached, g_right),
            loop(d_in_parts, g_with_d_frozen),
            loop(d_right, g_right, everything),
            loop(d_right, g_right, lambda g, d: g),
        ],
        [
            (loop(d_uncleared, g_uncleared), "no zero_grad"),
            (loop(d_cleared_early, g_right), "cleared too early"),
            (loop(d_right, g_uncleared), "G's gradient is not cleared"),
            (loop(d_right, g_steps_d_too), "D moves too"),
            (loop(d_right, g_by_the_wrong_optimiser), "G never moves"),
            (loop(d_right, g_detached), "G has not moved"),
            (loop(d_right, g_caught), "to look fake"),
            (loop(d_right, g_saturating), "saturating"),
            (loop(g_right, d_right), "G is first"),
            (loop(d_unpenalised, g_right), "R1 is missing"),
            (no_watch, "watch(step)"),
            (shared_undetached, "backward through the graph a second time"),
        ],
    ),
}
