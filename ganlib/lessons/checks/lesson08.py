"""Lesson 08, no pairs."""

from typing import Any

from torch import Tensor
from torch.nn.functional import avg_pool2d, binary_cross_entropy_with_logits

from ganlib.core import reconstruction
from ganlib.core.reconstruction import l1, l2
from ganlib.lessons import hiding
from ganlib.lessons.checks.core import Function
from ganlib.lessons.equal_compute import by_rank as _by_rank

low_frequency = Function(
    reconstruction.low_frequency,
    lambda draw: (draw(2, 3, 16, 16), draw(2, 3, 16, 16), 4),
    lambda o, s, f: avg_pool2d(o - s, f).abs().mean(),
    "the squares lie side by side: half overlapping means a stride of factor // 2",
    lambda o, s, f: avg_pool2d((o - s).abs(), f, f // 2).mean(),
    "the absolute value is taken before the averaging: then every outline counts. Average each "
    "picture first",
    lambda o, s, f: l1(o, s),
    "nothing is averaged: this is plain L1, which forbids larger eyes",
    lambda o, s, f: avg_pool2d(o - s, f, f // 2).square().mean(),
    "the squares of the differences; the term is an L1",
    lambda o, s, f: avg_pool2d(o - s, f, f // 2).abs().sum(),
    "a sum over the squares; take the mean, or λ means another thing at every size",
    lambda o, s, f: reconstruction.low_frequency(o.detach(), s, f),
    "the value is right, but no gradient reaches the output, so G would learn nothing from it",
    praise="right: what is smaller than the squares is free",
)


def _shares(tones: Tensor, source: Tensor, target: Tensor) -> Tensor:
    """Each tone's place in the whole dataset, whatever its column."""
    flat = (images.flatten()[:, None] for images in (tones, source, target))
    return _by_rank(*flat).view_as(tones)


def _below(tones: Tensor, source: Tensor) -> Tensor:
    return (source[None] < tones[:, None]).sum(1)


by_rank = Function(
    _by_rank,
    lambda draw: (draw(3, 5), draw(8, 5), 0.5 * draw(6, 5).exp()),
    lambda t, s, y: _by_rank(t, y, s),
    "source and target are exchanged: this makes photographs' tones out of drawings'",
    _shares,
    "one ranking for all columns: each place and channel has its own, so sort along dim 0 only",
    lambda t, s, y: _by_rank(-t, -s, y),
    "ranked from the top: the darkest must get the darkest",
    lambda t, s, y: y.mean(0) + y.std(0, False) / s.std(0, False) * (t - s.mean(0)),
    "mean and standard deviation alone: right for normal distributions only. Take the rank",
    lambda t, s, y: y.gather(0, (_below(t, s) * len(y) // len(s)).clamp(max=len(y) - 1)),
    "the ranks are right, but the target is not sorted: number k of the list is not the k-th tone",
    lambda t, s, y: y.sort(0).values.gather(0, _below(t, s).clamp(max=len(y) - 1)),
    "of N tones r are below; that is number r · M // N of M, not number r",
    lambda t, s, y: _below(t, s).double() / len(s),
    "that is the share below each tone; give the target's tone with that share below it",
    differentiable=False,
    praise="right: a tone keeps its rank, and takes the drawings' value",
)


def _cycle(there: Any, home: Any, x: Tensor, y: Tensor, drawn: Tensor, made: Tensor) -> Tensor:
    return l1(home(drawn), x) + l1(there(made), y)


def _there(x: Tensor) -> Tensor:
    return (1.3 * x).tanh() + 0.1


def _home(y: Tensor) -> Tensor:
    return 0.8 * y - 0.1 * y.square()


both_ways = Function(
    _cycle,
    lambda draw: (_there, _home, *(draw(n, 3, 4, 4) for n in (3, 2, 3, 2))),
    lambda g, f, x, y, drawn, made: l1(f(drawn), x),
    "one way only: a drawing must come back from its photograph as well",
    lambda g, f, x, y, drawn, made: l1(g(drawn), x) + l1(f(made), y),
    "the wrong way round: `home` takes a drawing, and turns it back into a photograph",
    lambda g, f, x, y, drawn, made: _cycle(g, f, x, y, drawn.detach(), made.detach()),
    "the value is right, but what was drawn half-way is detached: no gradient reaches the "
    "network that drew it",
    lambda g, f, x, y, drawn, made: l2(f(drawn), x) + l2(g(made), y),
    "squares; the cycle is an L1",
    lambda *a: _cycle(*a) / 2,
    "half of it: (08.3) is the sum of both ways, not their mean",
    praise="right: both ways",
)


def _generators(
    g: Any,
    f: Any,
    d: Any,
    d_photo: Any,
    x: Tensor,
    y: Tensor,
    drawn: Tensor,
    made: Tensor,
    *,
    weights: tuple[float, float] = (10.0, 5.0),
    target: float = 1.0,
) -> Tensor:
    fooled = (d(drawn) - target).square().mean() + (d_photo(made) - target).square().mean()
    same = l1(g(y), y) + l1(f(x), x)
    return fooled + weights[0] * _cycle(g, f, x, y, drawn, made) + weights[1] * same


generators = Function(
    _generators,
    lambda draw: (
        *(_there, _home, lambda y: 2 * y.mean(1) - y[:, 0] ** 2, lambda x: x.amax(1) + 0.5),
        *(draw(2, 3, 4, 4) for _ in range(4)),
    ),
    lambda *a: _generators(*a, weights=(10.0, 0.0)),
    "the identity term (08.4) is missing, with its weight 5",
    lambda *a: _generators(*a, weights=(0.0, 5.0)),
    "the cycle is missing, with its weight 10",
    lambda *a: _generators(*a, weights=(5.0, 10.0)),
    "the weights are exchanged: cycle 10, identity 5",
    lambda *a: _generators(*a, weights=(1.0, 1.0)),
    "without their weights: cycle 10, identity 5",
    lambda *a: _generators(*a, target=0.0),
    "the target is 0: that is what D wants of fakes. G wants them scored 1",
    lambda g, f, d, e, x, y, z, w: _generators(g, f, e, d, x, y, z, w),
    "the discriminators are exchanged: d scores drawings, d_photo photographs",
    lambda g, f, d, e, x, y, z, w: (
        _generators(g, f, d, e, x, y, z, w)
        + 5 * (l1(g(x), x) + l1(f(y), y) - l1(g(y), y))
        - 5 * l1(f(x), x)
    ),
    "identity is asked of the wrong pictures: what must stay as it is are drawings under g, "
    "photographs under f",
    lambda g, f, d, e, x, y, z, w: _generators(g, f, d, lambda _: 1 + 0 * w, x, y, z, w),
    "only one discriminator is asked; f has to fool d_photo as well",
    lambda *a: _generators(*a) / 2,
    "half of it: these terms are added, not averaged",
    lambda g, f, d, e, x, y, z, w: (
        _generators(g, f, lambda _: 1 + 0 * z, lambda _: 1 + 0 * w, x, y, z, w)
        + sum(binary_cross_entropy_with_logits(a, a * 0 + 1) for a in (d(z), e(w)))
    ),
    "cross-entropy; CycleGAN's adversarial loss is least squares, (D − 1)²",
    praise="right: six passes through generators, where the low frequencies need one",
)

seek = Function(
    hiding.seek,
    lambda draw: (hiding.hide(draw(2, 3, 4, 4).tanh(), draw(2, 3, 4, 4).tanh()), 0.003),
    lambda z, a: z - hiding.levels(z),
    "right, but three thousandths of the contrast: divide by the amplitude",
    lambda z, a: (z - (((z + 1) * 127.5).floor() / 127.5 - 1)) / a,
    "rounded down, not to the nearest level: where the photograph was subtracted this is a whole "
    "level off",
    lambda z, a: -hiding.seek(z, a),
    "a negative: take the levels from the picture, not the picture from the levels",
    lambda z, a: hiding.levels(z) / a,
    "this is the drawing; the photograph is what is left without it",
    lambda z, a: (z - (z * 127.5).round() / 127.5) / a,
    "the levels begin at −1: add 1 before you round, and take it off again",
    praise="right: F has never seen this person, and gives back every pixel",
)
