"""Answers to lesson 07: by torch's own losses, by sorting, by loops, and by old habits."""

import torch
from torch.nn.functional import (
    binary_cross_entropy_with_logits,
    l1_loss,
    logsigmoid,
    mse_loss,
    smooth_l1_loss,
    softplus,
)


def label(logits, value=1.0):
    return binary_cross_entropy_with_logits(logits, torch.full_like(logits, value))


def middle(targets):
    return targets.sort(0).values[len(targets) // 2]


def d_loss(real, fake):
    return label(real) + label(fake, 0.0)


def g_loss(logits, drawn, true, weight):
    return label(logits) + weight * l1_loss(drawn, true)


def steps(
    of_d=lambda d, x, y, drawn: d_loss(d(x, y), d(x, drawn.detach())),
    of_g=lambda d, x, y, drawn, w: g_loss(d(x, drawn), drawn, y, w),
    result=lambda d, g: (d, g),
):
    """A round whose two losses may be others; D is frozen in G's step."""

    def play(g, d, opt_g, opt_d, photo, true, weight):
        drawn = g(photo)
        opt_d.zero_grad()
        loss_d = of_d(d, photo, true, drawn)
        loss_d.backward()
        opt_d.step()
        d.requires_grad_(False)
        loss_g = of_g(d, photo, true, drawn, weight)
        opt_g.zero_grad()
        loss_g.backward()
        opt_g.step()
        d.requires_grad_(True)
        return result(loss_d, loss_g)

    return play


def drawn_twice(g, d, opt_g, opt_d, photo, true, weight):
    """G draws again for its own step: slower, and the same."""
    loss_d = label(d(photo, true)) + label(d(photo, g(photo)), 0.0)
    opt_d.zero_grad()
    loss_d.backward()
    opt_d.step()
    drawn = g(photo)
    loss_g = g_loss(d(photo, drawn), drawn, true, weight)
    opt_g.zero_grad()
    loss_g.backward()
    opt_g.step()
    return [loss_d.item(), loss_g.item()]


def asked_too_early(g, d, opt_g, opt_d, photo, true, weight):
    drawn = g(photo)
    logits = d(photo, drawn)
    loss_d = d_loss(d(photo, true), d(photo, drawn.detach()))
    opt_d.zero_grad()
    loss_d.backward()
    opt_d.step()
    loss_g = g_loss(logits, drawn, true, weight)
    opt_g.zero_grad()
    loss_g.backward()
    opt_g.step()
    return loss_d, loss_g


def one_by_one(ours, true, directions):
    total = 0
    for direction in directions.T:
        pair = [torch.sort(points @ direction)[0] for points in (ours, true)]
        total = total + (pair[0] - pair[1]).abs().mean()
    return total / directions.shape[1]


ANSWERS = {
    "generator_loss": (
        [
            lambda a, x, y, w: label(a) + w * l1_loss(x, y),
            lambda a, x, y, w: w * (y - x).abs().mean() - logsigmoid(a).mean(),
        ],
        [
            (lambda a, x, y, w: label(a, 0.0) + w * l1_loss(x, y), "D's logit fall. −log D"),
            (lambda a, x, y, w: a.mean() + w * l1_loss(x, y), "the article's own"),
            (lambda a, x, y, w: w * label(a) + l1_loss(x, y), "λ is on the adversarial"),
            (lambda a, x, y, w: label(a) + l1_loss(x, y), "λ is missing"),
            (lambda a, x, y, w: label(a) + w * l1_loss(x, y, reduction="sum"), "a sum"),
            (lambda a, x, y, w: label(a) + w * mse_loss(x, y), "squares"),
            (lambda a, x, y, w: label(a) + w * (x - y).mean(), "without |·|"),
            (lambda a, x, y, w: label(a) + w * l1_loss(x.detach(), y), "no gradient for G"),
            (lambda a, x, y, w: label(a) + w * smooth_l1_loss(x, y), "it gives"),
            # Right for most logits, and infinite for a D that is very sure.
            (lambda a, x, y, w: w * l1_loss(x, y) - a.sigmoid().log().mean(), "inf"),
        ],
    ),
    "best_guesses": (
        [lambda t: (middle(t), sum(t) / len(t)), lambda t: (t.quantile(0.5, dim=0), t.mean(0))],
        [
            (lambda t: (t.mean(0), middle(t)), "exchanged"),
            (lambda t: (t.mean(dim=0), t.sum(0) / len(t)), "for L2 only"),
            (lambda t: (torch.median(t), t.mean()), "one number for all"),
            (lambda t: ((t.max(0).values + t.min(0).values) / 2, t.mean(0)), "half-way"),
            (lambda t: (t[2], t.mean(0)), "middle of the *list*"),
            (lambda t: (middle(t), t.mean(0).detach()), "its gradient by targets"),
        ],
    ),
    "paired_round": (
        [steps(), drawn_twice, steps(result=lambda d, g: torch.stack([d, g]))],
        [
            (steps(of_d=lambda d, x, y, z: d_loss(d(x, y), d(x, z))), "detach the drawing"),
            (asked_too_early, "ask D again"),
            (
                steps(of_d=lambda d, x, y, z: d_loss(d(x, z.detach()), d(x, y))),
                "labels are exchanged",
            ),
            (steps(of_g=lambda d, x, y, z, w: g_loss(d(x, z), z, x, w)), "hand it back"),
            (steps(of_g=lambda d, x, y, z, w: g_loss(d(x, z), z, y, 1)), "λ is missing"),
            (
                steps(of_g=lambda d, x, y, z, w: g_loss(d(x, z.detach()), z, y, w)),
                "G gets no gradient from D",
            ),
            (steps(result=lambda d, g: d + g), "return both losses"),
            (steps(of_g=lambda d, x, y, z, w: softplus(d(x, z)).mean()), "it gives"),
        ],
    ),
    "sliced": (
        [one_by_one, lambda a, b, u: l1_loss((a @ u).msort(), (b @ u).msort())],
        [
            (lambda a, b, u: ((a - b) @ u).abs().mean(), "nothing is sorted"),
            (lambda a, b, u: ((a @ u).sort()[0] - (b @ u).sort()[0]).abs().mean(), "each *column*"),
            (lambda a, b, u: mse_loss((a @ u).msort(), (b @ u).msort()), "squares"),
            (lambda a, b, u: (a.mean(0) - b.mean(0)) @ u.mean(1), "without |·|"),
            (lambda a, b, u: l1_loss(a.msort() @ u, b.msort() @ u), "before the projection"),
            (lambda a, b, u: l1_loss((a @ u).msort(), (b @ u).msort(), reduction="sum"), "a sum"),
            (lambda a, b, u: one_by_one(a, b, u) * u.shape[1], "always 4 times"),
        ],
    ),
    "other_units": (
        [lambda w, n: (w / 0.5, 2 * w / 255 / n)],
        [
            (lambda w, n: (0.5 * w, w * 127.5 / n), "upside down"),
            (lambda w, n: (2 * w, 2 * w / 255), "adds up all numbers"),
            (lambda w, n: (2 * w, w / 255 / n), "255 / 2"),
            (lambda w, n: (w * 4, w * 4 / 255**2 / n), "right for L2"),
            (lambda w, n: (w, 2 * w / 255 / n), "does not matter"),
            (lambda w, n: (2 * w, 2 * w / 255 * n), "larger than a mean"),
        ],
    ),
}
