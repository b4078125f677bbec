"""Answers to lesson 02, from torch's own losses and from other ways round the same formulae."""

import torch
from torch.nn.functional import binary_cross_entropy as bce
from torch.nn.functional import binary_cross_entropy_with_logits as logit_bce


def loss(r, f):
    return logit_bce(r, torch.ones_like(r)) + logit_bce(f, torch.zeros_like(f))


def joined(r, f):
    labels = torch.cat([torch.ones_like(r), torch.zeros_like(f)])
    return logit_bce(torch.cat([r, f]), labels)


def from_probabilities(r, f):
    d_real, d_fake = 1 / (1 + torch.exp(-r)), 1 / (1 + torch.exp(-f))
    return -d_real.log().mean() - (1 - d_fake).log().mean()


def clamped(r, f):
    ones, zeros = torch.ones_like(r), torch.zeros_like(f)
    return bce(r.sigmoid(), ones) + bce(f.sigmoid(), zeros)


def two_sigmoids(r, f):
    return loss(torch.sigmoid(r), torch.sigmoid(f))


def halves(D, d_loss, real, fake, steps, kind=torch.optim.Adam):
    """By chunks: train on the first, score the second."""
    opt_d = kind(list(D.parameters()), lr=0.01)
    seen, unseen = zip(real.chunk(2), fake.chunk(2), strict=True)
    for _ in range(steps):
        D.zero_grad()
        d_loss(*map(D, seen)).backward()
        opt_d.step()
    return d_loss(*map(D, unseen))


def on_the_rest(D, d_loss, real, fake, steps):
    """By indices; gradients are cleared after the step."""
    opt_d = torch.optim.Adam(D.parameters(), lr=1e-2)
    first, rest = torch.arange(len(real)).split(len(real) // 2)
    while steps:
        loss = d_loss(D(real[first].detach()), D(fake[first].detach()))
        loss.backward()
        opt_d.step()
        opt_d.zero_grad()
        steps -= 1
    return d_loss(D(real[rest]), D(fake[rest])).item()


def with_one_pass(D, d_loss, real, fake, steps):
    """Both halves in one pass, out as numpy."""
    n = len(real) // 2
    opt_d = torch.optim.Adam(D.parameters(), 0.01)
    for _ in range(steps):
        opt_d.zero_grad(set_to_none=False)
        d_loss(*D(torch.cat([real[:n], fake[:n]])).chunk(2)).backward()
        opt_d.step()
    return d_loss(*D(torch.cat([real[n:], fake[n:]])).chunk(2)).detach().numpy()


def again(points):
    """The first half twice."""
    return points[: len(points) // 2].repeat(2, 1)


def everything(D, d_loss, real, fake, steps):
    opt_d = torch.optim.Adam(D.parameters(), lr=1e-2)
    for _ in range(steps):
        opt_d.zero_grad()
        d_loss(D(real), D(fake)).backward()
        opt_d.step()
    half = len(real) // 2
    return d_loss(D(real[half:]), D(fake[half:]))


def inside(said, low, high):
    return (low <= said) * (said < high)


def among(said, is_real, low, high):
    return is_real[inside(said, low, high)].mean()


def as_small(loss, null):
    return (1 + (null <= loss).sum()) / (1 + len(null))


ANSWERS = {
    "discriminator_loss": (
        [loss, lambda r, f: torch.logaddexp(0 * r, -r).mean() + torch.logaddexp(0 * f, f).mean()],
        [
            (from_probabilities, "logarithm infinite"),
            (clamped, "cuts the loss off at 100"),
            (two_sigmoids, "two sigmoids"),
            (lambda r, f: loss(r, -f), "falls when fakes score higher"),
            (lambda r, f: loss(-r, -f), "labels are exchanged"),
            (lambda r, f: logit_bce(r, torch.ones_like(r)), "the fakes are missing"),
            (joined, "one mean over all"),
            (lambda r, f: loss(r, f) / 2, "half of it"),
            (lambda r, f: -loss(r, f), "this is the value V"),
            (lambda r, f: loss(r, f.detach()), "no gradient reaches fake_logits"),
            (lambda r, f: loss(r, f).detach(), "no gradient reaches real_logits"),
            (lambda r, f: -r.mean() + f.mean(), "without a logarithm"),
            (lambda r, f: 3 * loss(r, f), "3 times"),
        ],
    ),
    "optimal": (
        [lambda p, q: torch.sigmoid(p.log() - q.log()), lambda p, q: 1 / (1 + q / p)],
        [
            (lambda p, q: 1 - p / (p + q), "p and q are exchanged"),
            (lambda p, q: torch.exp(p.log() - q.log()), "the ratio of the densities"),
            (lambda p, q: p.log() - q.log(), "the best *logit*"),
            (lambda p, q: torch.where(p > q, 1.0, 0.0), "an indicator"),
            (lambda p, q: 1 / (1 + torch.exp(q - p)), "*logarithms*"),
            (lambda p, q: p + 0 * q, "no probability"),
            (lambda p, q: 2 * p / (p + q), "2 times"),
            (lambda p, q: (p / (p + q)).sqrt(), "the root of what it should be"),
            (lambda p, q: (p / (p + q)) ** 2, "the square of what it should be"),
        ],
    ),
    "held_out_loss": (
        [halves, lambda *given: halves(*given).item(), on_the_rest, with_one_pass],
        [
            (lambda D, loss, r, f, n: halves(D, loss, again(r), again(f), n), "D was trained on"),
            (
                lambda D, loss, r, f, n: halves(D, loss, r.flip(0), f.flip(0), n),
                "halves are exchanged",
            ),
            (lambda D, loss, r, f, n: halves(D, loss, r, f, 0), "has not been trained"),
            (
                lambda D, loss, r, f, n: halves(D, loss, r, f, n, kind=torch.optim.SGD),
                "this is SGD",
            ),
            (lambda D, loss, r, f, n: halves(D, lambda *a: -loss(*a), r, f, n), "it gives"),
            (everything, "none is held out"),
            (lambda D, loss, r, f, n: halves(D, loss, f, r, n), "real and fake are exchanged"),
            (lambda D, loss, r, f, n: [halves(D, loss, r, f, n), 1.0], "its shape is"),
        ],
    ),
    "p_value": (
        [
            lambda loss, null: (torch.cat([null, loss.view(1)]) <= loss).double().mean(),
            lambda loss, null: (1 + sum(x <= loss for x in null.tolist())) / (1 + len(null)),
        ],
        [
            (lambda loss, null: sum(null <= loss) / len(null), "0 claims too much"),
            (lambda loss, null: 1 - (null < loss).double().mean(), "wrong end"),
            (lambda loss, null: torch.sum(null <= loss) + 1, "this is the count"),
            (lambda loss, null: (1 + (null - loss <= 0).sum()) / null.numel(), "1 + K"),
            (lambda loss, null: (torch.sum(null < loss) + 1.0) / (len(null) + 1), "is equal"),
            (lambda loss, null: 2 * as_small(loss, null), "2 times"),
            (lambda loss, null: 1 - as_small(loss, null), "1 minus what it should be"),
            (lambda loss, null: as_small(loss, null) ** 2, "the square of"),
        ],
    ),
    "share_of_reals": (
        [
            lambda said, is_real, low, high: (
                sum(r for d, r in zip(said, is_real, strict=True) if low <= d < high)
                / sum(1 for d in said if low <= d < high)
            ),
            lambda said, is_real, low, high: (
                (is_real.bool() & (low <= said) & (said < high)).sum()
                / ((low <= said) & (said < high)).sum()
            ),
        ],
        [
            (lambda said, is_real, low, high: said[inside(said, low, high)].mean(), "D said"),
            (
                lambda said, is_real, low, high: inside(said, low, high).sum() / len(said),
                "points inside",
            ),
            (
                lambda said, is_real, low, high: is_real[inside(said, low, high)].sum() / len(said),
                "divided by all points",
            ),
            (
                lambda said, is_real, low, high: (1 - is_real)[inside(said, low, high)].mean(),
                "share of fakes",
            ),
            (lambda said, is_real, low, high: is_real[~(said < low)].mean(), "upper end"),
            (
                lambda said, is_real, low, high: 2 * is_real[inside(said, low, high)].mean(),
                "2 times",
            ),
            (lambda *given: among(*given) ** 2, "the square of"),
            (lambda *given: among(*given) ** 0.5, "the root of"),
        ],
    ),
}
