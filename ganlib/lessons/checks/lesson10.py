"""Lesson 10, your portrait."""

from typing import Any

import torch
from torch import Tensor

from ganlib.core.reconstruction import edges, l1, perceptual
from ganlib.data import portrait_pairs
from ganlib.data.portrait_pairs import WEIGHTS
from ganlib.lessons.checks.core import Function


def _importance(
    places: Tensor,
    grid: Tensor,
    weights: tuple[float, ...] = WEIGHTS,
    power: int = 4,
    joined: Any = torch.amax,
    unit: Any = lambda grid: (grid + 1) / 2,
) -> Tensor:
    away = (unit(grid)[:, None] - places[:, :, None, None, :2]).norm(dim=-1)
    extra = torch.exp(-((away / places[:, :, 2, None, None]) ** power))
    return 1 + joined(extra * extra.new_tensor(weights)[:, None, None], 1, keepdim=True)


importance = Function(
    portrait_pairs.importance,
    lambda draw: (0.5 + 0.3 * draw(2, 3, 3).tanh().abs(), draw(2, 5, 5, 2).tanh()),
    lambda p, g: _importance(p, g, joined=torch.sum),
    "circles that overlap are added; (10.1) takes the larger of them",
    lambda p, g: _importance(p, g, unit=lambda grid: grid),
    "the grid is in [−1, 1] and the circles are shares of the side: bring both to one unit first",
    lambda p, g: _importance(p, g, power=2),
    "a power of 2: that is a bell, which is low within the circle already. (10.1) has 4",
    lambda p, g: _importance(p, g, weights=(4.0, 2.0, 4.0)),
    "the weights are in another order: left eye, right eye, mouth",
    lambda p, g: _importance(p, g, weights=(1.0, 1.0, 1.0)),
    "the weights a = (4, 4, 2) are missing",
    lambda p, g: _importance(p, g) - 1,
    "the 1 is missing: then everything but eyes and mouth is worth nothing",
    lambda p, g: _importance(p, g)[:, 0],
    "right, but of the shape (n, S, S): it has to multiply images, so keep the axis of channels",
    praise="right: an eye counts up to five times, and the weight ends softly at its circle",
)


def _terms(output: Tensor, target: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    return l1(output, target, weight), edges(output, target)


def _across(error: Tensor) -> Tensor:
    return error.diff(dim=-1).abs().mean()


terms = Function(
    _terms,
    lambda draw: (draw(2, 3, 6, 5), draw(2, 3, 6, 5), 1 + draw(2, 1, 6, 5).square()),
    lambda o, t, w: (l1(o, t), edges(o, t)),
    "the first term does not use the weight",
    lambda o, t, w: (l1(o, t, w) * w.numel() / w.sum(), edges(o, t)),
    "divided by the sum of the weights; (10.2) divides by the number of values",
    lambda o, t, w: (l1(o * w, t * w), edges(o * w, t * w)),
    "the edges are weighted too: then the border of a circle would be an edge. Only (10.2) is",
    lambda o, t, w: (
        l1(o, t, w),
        sum(l1(o.diff(dim=d).abs(), t.diff(dim=d).abs()) for d in (-1, -2)),
    ),
    "the second term compares the sizes of the differences: a line from dark to light would be as "
    "good as one from light to dark. Take the differences of the error",
    lambda o, t, w: (l1(o, t, w), _across(o - t)),
    "differences along rows only: there are two directions, dim −1 and dim −2",
    lambda o, t, w: (l1(o, t, w), edges(o, t) / 2),
    "the mean of both directions; (10.3) is their sum",
    lambda o, t, w: (((o - t).square() * w).mean(), edges(o, t)),
    "squares in the first term; it is an L1",
    lambda o, t, w: (l1(o, t, w), edges(o, 0 * t)),
    "the second term is small where the drawing is smooth, whatever the truth: it has to be that "
    "of the error",
    praise="right: G pays for a tone once, and for a line that is lost once more",
)


def _levels(images: Tensor) -> list[Tensor]:
    """A small D with weights written down: two levels, and the logits."""
    fine = torch.nn.functional.leaky_relu(images.diff(dim=-1), 0.2)
    coarse = (fine[..., :-1, :] * fine[..., 1:, :]).mean(1, keepdim=True)
    return [fine, coarse, 3 * coarse.mean((2, 3), keepdim=True) - images.mean()]


def _matched(levels: Any, output: Tensor, target: Tensor, whole: bool = False) -> Tensor:
    return perceptual(output, target, lambda images: levels(images)[: None if whole else -1])


features = Function(
    _matched,
    lambda draw: (_levels, draw(2, 3, 5, 5), draw(2, 3, 5, 5)),
    lambda d, o, t: _matched(d, o, t, whole=True),
    "the logits are in it: they are what the adversarial term is for. Leave out the last",
    lambda d, o, t: sum(map(l1, d(o)[:-1], d(t)[:-1])),
    "the value is right, but the target has a gradient: it is the truth, so compute its levels "
    "under `torch.no_grad()`",
    lambda d, o, t: _matched(d, o, t) / 2,
    "the mean of the levels; (10.4) is their sum",
    lambda d, o, t: sum((a - b).square().mean() for a, b in zip(d(o)[:-1], d(t)[:-1], strict=True)),
    "squares; (10.4) is an L1",
    lambda d, o, t: l1(d(o)[-2], d(t)[-2].detach()),
    "the last level alone: lines are in the first ones",
    lambda d, o, t: _matched(d, t, o),
    "output and target are exchanged: the gradient must reach the drawing",
    lambda d, o, t: _matched(d, o.detach(), t),
    "the value is right, but the output is detached, so G learns nothing from it",
    praise="right: D is asked what it sees, not only what it makes of it",
)


def _by_group(error: Tensor, copy: Tensor, belongs: Tensor) -> Tensor:
    return (belongs * error).sum(1) / (belongs * copy).sum(1)


by_group = Function(
    _by_group,
    lambda draw: (draw(9).exp(), 1 + draw(9).exp(), draw(4, 9) > 0),
    lambda e, c, b: torch.stack([(e / c)[row].mean() for row in b]),
    "the mean of each person's ratio: one photograph that is like its drawing decides it all. "
    "(10.9) divides the sums",
    lambda e, c, b: (b * e).sum(1) / c.sum(),
    "the groups' errors are divided by everybody's: then small groups look good",
    lambda e, c, b: torch.stack([e[row].mean() for row in b]) / c.mean(),
    "divided by everybody's copy: a group whose photographs are darker than drawings pays for that",
    lambda e, c, b: (b * e).sum(1) / b.sum(1),
    "that is the group's mean error; divide by the mean error of its photographs",
    lambda e, c, b: (e / c).mean().expand(len(b)),
    "everybody's, for every group",
    praise="right: now the rows can be compared",
)


def _carry(pictures: Tensor, drafts: Tensor, changed: Any, last: bool = False) -> Tensor:
    kept, drawn = pictures[0], [drafts[0]]
    for picture, draft in zip(pictures[1:], drafts[1:], strict=True):
        new = changed(picture, kept)
        kept = picture if last else kept + new * (picture - kept)
        drawn.append(drawn[-1] + new * (draft - drawn[-1]))
    return torch.stack(drawn)


def _changed(picture: Tensor, kept: Tensor) -> Tensor:
    return 1 - torch.exp(-(picture - kept).square().mean(0, keepdim=True))


carry = Function(
    _carry,
    lambda draw: (draw(5, 3, 4, 4), draw(5, 3, 4, 4), _changed),
    lambda p, d, changed: _carry(p, d, changed, last=True),
    "each picture is compared with the one before: a slow motion never changes enough between two "
    "frames, and is never drawn. Compare with what is kept, and change that where it is new",
    lambda p, d, changed: d,
    "every draft as it is: nothing is carried over",
    lambda p, d, changed: d[:1].expand_as(d),
    "the first draft for ever: a frozen picture has no flicker either",
    lambda p, d, changed: _carry(p, d, lambda a, b: 1 - changed(a, b)),
    "new and old are exchanged: what changed must be taken from the draft",
    lambda p, d, changed: torch.stack(
        [d[0], *(d[i - 1] + changed(p[i], p[0]) * (d[i] - d[i - 1]) for i in range(1, len(d)))]
    ),
    "mixed with the draft before, and not with the drawing before: then nothing is carried far",
    lambda p, d, changed: torch.stack(
        [d[0], *(d[0] + changed(p[i], p[0]) * (d[i] - d[0]) for i in range(1, len(d)))]
    ),
    "all are compared with the first frame, and mixed with the first draft: what changed once "
    "flickers from then on",
    praise="right: what is new is drawn at once, and all else waits",
)
