"""Answers to lesson 10, circle by circle, level by level, frame by frame."""

import torch


def importance(places, grid, weights=(4, 4, 2), power=4, one=1.0, start=0.0, half=1.0):
    x, y = (grid[..., 0] + 1) / 2, (grid[..., 1] + 1) / 2
    found = torch.full_like(x, start)
    for k, weight in enumerate(weights):
        cx, cy, radius = (places[:, k, i, None, None] for i in range(3))
        away = torch.sqrt((x - cx) ** 2 + (y - cy) ** 2) / (half * radius)
        found = torch.maximum(found, weight * torch.exp(-(away**power)))
    return (one + found)[:, None]


def terms(output, target, weight, inner=torch.abs, ways=(2, 3)):
    error = output - target
    size = error.shape
    weighted = (error.abs() * weight.expand(size)).sum() / error.numel()
    total = 0
    for d in ways:
        later, first = (images.narrow(d, 1, size[d] - 1) for images in (weight, error))
        total = total + (later * inner(first - error.narrow(d, 0, size[d] - 1))).mean()
    return weighted, total


def features(levels, output, target, first=0, last=-1, reduce=torch.mean, stop=True):
    wanted = [level.detach() if stop else level for level in levels(target)]
    total = 0
    for ours, theirs in list(zip(levels(output), wanted, strict=True))[first:last]:
        total = total + reduce((ours - theirs).abs())
    return total


def by_group(error, copy, belongs):
    return [error[row].mean() / copy[row].mean() for row in belongs]


def carry(pictures, drafts, changed, turned=False, late=0):
    kept, drawn = pictures[0].clone(), drafts[:1]
    for t in range(1, len(pictures)):
        new = changed(kept, pictures[t]) if turned else changed(pictures[t], kept)
        new = new.expand_as(kept)
        kept = torch.lerp(kept, pictures[t], new)
        drawn = torch.cat([drawn, torch.lerp(drawn[-1], drafts[t - late], new)[None]])
    return drawn


ANSWERS = {
    "importance": (
        [importance],
        [
            (lambda p, g: importance(p, g, weights=(4, 2, 4)), "another order"),
            (lambda p, g: importance(p, g, power=2), "a power of 2"),
            (lambda p, g: importance(p, g, one=0.0), "the 1 is missing"),
            (lambda p, g: importance(p, 2 * g - 1), "bring both to one unit"),
            (lambda p, g: importance(p, g, weights=(1, 1, 1)), "are missing"),
            (lambda p, g: importance(p, g).squeeze(1), "axis of channels"),
            (lambda p, g: importance(p, g, half=2.0), "it gives"),
        ],
    ),
    "terms": (
        [terms],
        [
            (
                lambda o, t, w: (terms(o, t, torch.ones_like(w))[0], terms(o, t, w)[1]),
                "first term does not use the weight",
            ),
            (
                lambda o, t, w: (terms(o, t, w)[0], terms(o, t, torch.ones_like(w))[1]),
                "second term does not use the weight",
            ),
            (lambda o, t, w: terms(o, t, w, ways=(3,)), "along rows only"),
            (lambda o, t, w: terms(o, t, w)[::-1], "reverse order"),
            (lambda o, t, w: (terms(o, t, w)[0], terms(o, t, w)[1] / 2), "mean of both"),
            (lambda o, t, w: (terms(o, t, w)[0], terms(o, t - t, w)[1]), "whatever the truth"),
            (lambda o, t, w: terms(o, t, w, inner=torch.square), "it gives"),
        ],
    ),
    "features": (
        [features],
        [
            (lambda d, o, t: features(d, o, t, last=None), "the logits are in it"),
            (lambda d, o, t: features(d, o, t, stop=False), "the target has a gradient"),
            (lambda d, o, t: features(d, o, t, first=1), "the last level alone"),
            (lambda d, o, t: features(d, t, o), "are exchanged"),
            (lambda d, o, t: features(d, o.detach(), t), "is detached"),
            (lambda d, o, t: features(d, o, t) / 2, "the mean of the levels"),
            (lambda d, o, t: features(d, o, t, reduce=torch.sum), "it gives"),
        ],
    ),
    "by_group": (
        [by_group],
        [
            (lambda e, c, b: [(e[row] / c[row]).mean() for row in b], "each person's ratio"),
            (lambda e, c, b: [e[row].mean() / c.mean() for row in b], "everybody's copy"),
            (lambda e, c, b: [e[row].mean() for row in b], "group's mean error"),
            (lambda e, c, b: by_group(e, c, ~b), "it gives"),
            (lambda e, c, b: by_group(c, e, b), "exchanged"),
        ],
    ),
    "carry": (
        [carry, lambda p, d, changed: carry(p, d, changed, turned=True)],
        [
            (lambda p, d, changed: d + 0, "nothing is carried over"),
            (lambda p, d, changed: torch.stack([d[0]] * len(d)), "frozen"),
            (lambda p, d, changed: carry(p, d, lambda a, b: 1 - changed(a, b)), "exchanged"),
            (lambda p, d, changed: carry(p, d, changed, late=1), "it gives"),
        ],
    ),
}
