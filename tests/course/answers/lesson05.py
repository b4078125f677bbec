"""Answers to lesson 05, with loops, broadcasting and torch's own losses."""

import math

import torch
from torch.nn.functional import binary_cross_entropy_with_logits as bce

from ganlib.lessons.checks import lesson05
from ganlib.lessons.clinic import one_round


def coverage(points, centres, sigma, limit=9.0, norm=2, share=0.5, of=None):
    gaps = (points[:, None] - centres[None]).abs()
    size = gaps.amax(2) ** 2 if norm == math.inf else gaps.pow(2).sum(2)
    good = size <= limit * sigma**2
    wanted = share * (of or len(points)) / len(centres)
    covered = sum(bool(column.sum() >= wanted) for column in good.T)
    return covered, good.sum(1).clamp(max=1).double().mean()


def nearest(points, centres, sigma):
    closest = (points[:, None] - centres).pow(2).sum(2).argmin(1).bincount(minlength=len(centres))
    covered = (2 * len(centres) * closest >= len(points)).sum()
    return covered, coverage(points, centres, sigma)[1]


def counted(points, centres, sigma):
    at = [[(p - c).norm() <= 3 * sigma for c in centres] for p in points]
    shares = [sum(row[k] for row in at) / len(points) for k in range(len(centres))]
    covered = len([share for share in shares if share >= 1 / (2 * len(centres))])
    return covered, sum(any(row) for row in at) / len(points)


def kl(counts):
    share = counts / counts.sum()
    return torch.xlogy(share, share).sum() + math.log(len(counts))


def looped_kl(counts):
    total = 0.0
    for count in counts.tolist():
        if count:
            total += count / counts.sum() * math.log(len(counts) * count / counts.sum())
    return total


def entropy(counts):
    return torch.special.entr(counts / counts.sum()).sum()


def r1(discriminator, points, graph=True, half=0.5, power=2.0, axis=-1):
    points = points.clone().requires_grad_(True)
    logits = discriminator(points)
    slopes = torch.autograd.grad(logits, points, torch.ones_like(logits), create_graph=graph)[0]
    return half * slopes.pow(2).sum(dim=axis).pow(power / 2).mean()


def functional(discriminator, points):
    gradient = torch.func.grad(lambda x: discriminator(x).sum())(points)
    return (gradient.norm(dim=-1) ** 2).mean() / 2


def gan_round(
    generator,
    discriminator,
    opt_g,
    opt_d,
    real,
    noise,
    gamma=0.02,
    shown=torch.Tensor.detach,
    clear=("d", "g"),
    move=("d", "g"),
    joined=True,
):
    # The DCGAN tutorial's: one loss after the other, labels, two backward passes for D.
    if "d" in clear:
        opt_d.zero_grad()
    out = discriminator(real)
    d_real = bce(out, torch.ones_like(out))
    d_real.backward()
    fake = generator(noise)
    out = discriminator(shown(fake))
    d_fake = bce(out, torch.zeros_like(out))
    d_fake.backward(retain_graph=True)
    if joined:
        extra = [r1(discriminator, x.detach()) / 2 for x in (real, fake)]
        (gamma * sum(extra)).backward()
    if "d" in move:
        opt_d.step()
    if "g" in clear:
        opt_g.zero_grad()
    out = discriminator(fake)
    g_loss = bce(out, torch.ones_like(out))
    g_loss.backward()
    if "g" in move:
        opt_g.step()
    return d_real + d_fake, g_loss


def fakes_twice(generator, discriminator, opt_g, opt_d, real, noise, gamma=0.02):
    """The fakes are made twice, D is frozen in G's turn, and floats come back."""
    opt_g.zero_grad()
    with torch.no_grad():
        fake = generator(noise)
    opt_d.zero_grad()
    both = discriminator(torch.cat([real, fake]))
    labels = torch.cat([torch.ones(len(real), 1), torch.zeros(len(fake), 1)]).to(both.dtype)
    d_loss = 2 * bce(both, labels)
    (d_loss + gamma * functional(discriminator, torch.cat([fake, real]))).backward()
    opt_d.step()
    discriminator.requires_grad_(False)
    g_loss = -torch.nn.functional.logsigmoid(discriminator(generator(noise))).mean()
    g_loss.backward()
    opt_g.step()
    discriminator.requires_grad_(True)
    return d_loss.item(), g_loss.item()


def other(**switch):
    return lambda *a: gan_round(*a, **switch)


NAMES = dict(lesson05.diagnosis.reference)

ANSWERS = {
    "coverage": (
        [coverage, counted],
        [
            (lambda *a: coverage(*a, share=1e-9), "noise passes that"),
            (lambda *a: coverage(*a, share=1.0), "the whole fair share"),
            (lambda *a: coverage(*a, limit=1.0), "within one σ"),
            (lambda *a: coverage(*a, norm=math.inf), "not a disc"),
            (lambda p, c, s: coverage(p, c, s, limit=3 / s), "*squared*"),
            (nearest, "at its nearest mode"),
            (lambda *a: coverage(*a)[1::-1], "wrong order"),
            (lambda p, c, s: coverage(p, c, s)[0], "its shape is"),
        ],
    ),
    "reverse_kl": (
        [kl, looped_kl],
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
    "gradient_penalty": (
        [r1, functional],
        [
            (lambda d, x: r1(d, x, graph=False), "create_graph=True"),
            (lambda d, x: r1(d, x, half=1.0), "the factor ½"),
            (lambda d, x: r1(d, x, half=0.25), "over the coordinates"),
            (lambda d, x: r1(d, x, power=1.0), "not squared"),
            (lambda d, x: -r1(d, x), "sign"),
            (lambda d, x: r1(d, x, axis=1), "the last axis"),
            (lambda d, x: x[..., 0].numel() / len(x) * r1(d, x), "number of its runs"),
            (lambda d, x: 3 * r1(d, x), "3 times what it should be"),
        ],
    ),
    "gan_round": (
        [gan_round, fakes_twice],
        [
            (lambda *a: one_round(*a, detach=False), "D's loss reaches G"),
            (other(joined=False), "the penalty is missing"),
            (other(clear="g"), "opt_d.zero_grad() is missing"),
            (other(clear="d"), "opt_g.zero_grad() is missing"),
            (other(clear=""), "of all rounds add up"),
            (other(move="d"), "G does not move"),
            (other(move="g"), "D does not move"),
            (other(gamma=1.0), "no weight"),
            (lambda *a: gan_round(*a)[::-1], "reverse order"),
            (lambda *a: gan_round(*a)[0], "return both"),
        ],
    ),
    "diagnosis": (
        [NAMES, {k: v.upper() for k, v in NAMES.items()}],
        [
            (NAMES | {"A": "tiny batch"}, "run A is not"),
            (NAMES | {"B": "healthy"}, "run B is not"),
            (NAMES | {"C": "strong D"}, "run C is not"),
            (NAMES | {"D": "no noise"}, "run D is not"),
            (NAMES | {"E": "healthy"}, "run E is not"),
            (NAMES | {"D": "tired"}, "is not on the list"),
        ],
    ),
}
