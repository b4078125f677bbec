"""Answers to lesson 05, with loops, broadcasting and torch's own losses."""

import math
from dataclasses import replace

import torch
from torch.nn.functional import binary_cross_entropy_with_logits as bce

from ganlib.lessons.checks import lesson05
from ganlib.lessons.clinic import PATIENTS
from ganlib.lessons.toys import grid

REFERENCE = lesson05.cure.reference
TREATED = REFERENCE.config
THREE = REFERENCE.fakes[..., torch.arange(512) % 3, :]
NOISE = torch.randn(512, 2, generator=torch.Generator().manual_seed(0))
SCATTERED = REFERENCE.fakes + 0.5 * NOISE


def coverage(points, centres, sigma, limit=9.0, norm=2):
    gaps = (points[:, None] - centres[None]).abs()
    size = gaps.amax(2) ** 2 if norm == math.inf else gaps.pow(2).sum(2)
    good = size <= limit * sigma**2
    return sum(bool(column.any()) for column in good.T), good.sum(1).clamp(max=1).double().mean()


def nearest(points, centres, sigma):
    closest = (points[:, None] - centres).pow(2).sum(2).argmin(1)
    return closest.bincount().gt(0).sum(), coverage(points, centres, sigma)[1]


def kl(counts):
    share = counts / counts.sum()
    return torch.xlogy(share, share).sum() + math.log(len(counts))


def entropy(counts):
    return torch.special.entr(counts / counts.sum()).sum()


def losses(theta, phi, real, noise, seen=torch.Tensor.detach, own=lambda fake: fake):
    fake = noise + theta
    r, f, g = real @ phi, seen(fake) @ phi, own(fake) @ phi
    return bce(r, torch.ones_like(r)) + bce(f, torch.zeros_like(f)), bce(g, torch.ones_like(g))


def same(fake):
    return fake


NAMES = {1: "vanishing", 2: "oscillation", 3: "collapse", 4: "no detach", 5: "strong D"}

ANSWERS = {
    "coverage": (
        [coverage],
        [
            (lambda *a: coverage(*a, limit=1.0), "within one σ"),
            (lambda *a: coverage(*a, norm=math.inf), "not a disc"),
            (lambda p, c, s: coverage(p, c, s, limit=3 / s), "*squared*"),
            (nearest, "a mode counts only"),
            (lambda *a: coverage(*a)[1::-1], "wrong order"),
            (lambda p, c, s: coverage(p, c, s)[0], "its shape is"),
        ],
    ),
    "reverse_kl": (
        [kl],
        [
            (lambda n: (n / n.sum() * (n * len(n) / n.sum()).log()).sum(), "nan"),
            (lambda n: -(n * 8 / n.sum()).log().mean(), "infinite"),
            (lambda n: kl(n) / math.log(2), "in bits"),
            (lambda n: -kl(n), "the sign"),
            (lambda n: -entropy(n), "minus the entropy"),
            (lambda n: kl(n[n > 0]), "*true* modes"),
            (lambda n: kl(n + 1), "it gives"),
        ],
    ),
    "one_mode": (
        [1.257, (2 * torch.sin(torch.arange(8) * math.pi / 8)).mean()],
        [
            (1, "the *centre*"),
            (2, "the farthest"),
            (10.05 / 7, "at distance 0"),
            (10.0547, "not the sum"),
            (1.5708, "along the circle"),
            (0.3, "is not it"),
        ],
    ),
    "diagnosis": (
        [NAMES, {k: v.upper() for k, v in NAMES.items()}],
        [
            (NAMES | {1: "strong D", 5: "vanishing"}, "patient 1 has not"),
            (NAMES | {2: "collapse", 3: "oscillation"}, "patient 2 has not"),
            (NAMES | {4: "vanishing"}, "patient 4 has not"),
            (NAMES | {5: "no detach"}, "patient 5 has not"),
            (NAMES | {3: "oscillation"}, "patient 3 has not"),
            (NAMES | {5: "tired"}, "is not on the list"),
        ],
    ),
    "cure": (
        [REFERENCE, replace(REFERENCE, fakes=REFERENCE.fakes + 0.001)],
        [
            (PATIENTS[3], "this is a config"),
            (8, "the chart that"),
            (replace(REFERENCE, truth=grid()), "the patient's ring"),
            (replace(REFERENCE, config=PATIENTS[3]), "nothing is changed"),
            (replace(REFERENCE, config=replace(PATIENTS[3], steps=9000)), "more steps alone"),
            (replace(REFERENCE, config=replace(TREATED, spread=1.0)), "leave `spread`"),
            (replace(REFERENCE, fakes=0 * REFERENCE.fakes), "not yet: 0 of 8"),
            (replace(REFERENCE, config=replace(TREATED, gamma=9.0), fakes=THREE), "too strong?"),
            (replace(REFERENCE, fakes=SCATTERED), "scattered, not cured"),
        ],
    ),
    "two_losses": (
        [losses],
        [
            (lambda *a: losses(*a, seen=same), "D's loss reaches"),
            (lambda *a: losses(*a, own=torch.Tensor.detach), "no gradient reaches θ"),
            (lambda *a: losses(*a, seen=same, own=torch.Tensor.detach), "the wrong one"),
            (
                lambda t, f, x, z: (losses(t, f.detach(), x, z)[0], losses(t, f, x, z)[1]),
                "not D's numbers",
            ),
            (lambda *a: losses(*a)[::-1], "wrong order"),
        ],
    ),
}
