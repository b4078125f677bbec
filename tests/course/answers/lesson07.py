"""Answers to lesson 07: by torch's own losses, by sorting, by loops, and by old habits."""

import torch
from torch.nn.functional import (
    binary_cross_entropy_with_logits,
    l1_loss,
    logsigmoid,
    mse_loss,
    smooth_l1_loss,
)


def label(logits, value=1.0):
    return binary_cross_entropy_with_logits(logits, torch.full_like(logits, value))


def middle(targets):
    return targets.sort(0).values[len(targets) // 2]


def front(content, style):
    kept = []
    for c, s in zip(content, style, strict=True):
        beaten = any(
            a <= c and b <= s and (a < c or b < s) for a, b in zip(content, style, strict=True)
        )
        kept.append(0.0 if beaten else 1.0)
    return torch.tensor(kept)


def field(kernels, strides, add=1, start=1):
    side, jump = start, 1
    for k, s in zip(kernels.tolist(), strides.tolist(), strict=True):
        side, jump = side + (k - add) * jump, jump * s
    return side


def backwards(kernels, strides):
    """From the last layer to the first: what one output needs of each map."""
    side = 1
    for k, s in zip(kernels.flip(0), strides.flip(0), strict=True):
        side = (side - 1) * s + k
    return side


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
    "thin_line": (
        [[1, 0.6], torch.tensor([1.0, 0.6])],
        [
            ((0.6, 1), "exchanged"),
            ((-1, 0.6), "most of the five"),
            ((1, 1), "weighs all five"),
            ((1.0, 0.8), "it is 2, not 1"),
            ((3 / 5, 3 / 5), "another number"),
            ((0, 0), "is not it"),
        ],
    ),
    "front": (
        [front, lambda c, s: front(c, s).bool()],
        [
            (lambda c, s: 1 - front(c, s), "turned round"),
            (
                lambda c, s: torch.tensor(
                    [not ((c <= a) & (s <= b)).any() for a, b in zip(c, s, strict=True)]
                ),
                "compared with itself",
            ),
            (
                lambda c, s: (
                    ~torch.stack([((c < a) & (s < b)).any() for a, b in zip(c, s, strict=True)])
                ),
                "a tie in one counts",
            ),
            (lambda c, s: front(c, s)[:-1], "its shape is"),
            (lambda c, s: (c == c.min()) | (s == s.min()), "only the two ends"),
            (lambda c, s: front(-c, -s), "less is better"),
            (lambda c, s: c + s == (c + s).min(), "the least sum"),
        ],
    ),
    "field": (
        [field, backwards],
        [
            (lambda k, s: field(k, torch.ones_like(s)), "strides are ignored"),
            (lambda k, s: field(k, s, start=0), "one too small"),
            (lambda k, s: field(k, s, add=0), "kernel − 1"),
            (lambda k, s: k.prod() * s.prod(), "a product"),
            (lambda k, s: backwards(k.flip(0), s.flip(0)), "from the wrong end"),
            (lambda k, s: 1 + ((k - 1) * s.cumprod(0)).sum(), "add first, then multiply"),
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
