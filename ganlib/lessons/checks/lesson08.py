"""Lesson 08, no pairs."""

import math
from typing import Any

from torch import Tensor
from torch.nn.functional import avg_pool2d

from ganlib.core import reconstruction
from ganlib.core.reconstruction import l1, l2
from ganlib.lessons import hiding
from ganlib.lessons.checks.core import Function, Value

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


def _carried(
    tones: Tensor, source: Tensor, target: Tensor, dims: Any = 0, correction: int = 0
) -> Tensor:
    scale = target.std(dims, correction=correction) / source.std(dims, correction=correction)
    return target.mean(dims) + scale * (tones - source.mean(dims))


carry = Function(
    _carried,
    lambda draw: (draw(2, 3, 4, 4), draw(6, 3, 4, 4), 0.5 * draw(7, 3, 4, 4) + 1),
    lambda t, s, y: y.mean(0) + t - s.mean(0),
    "only the means are carried over: dark must become as dark as drawings are, so divide by "
    "the source's standard deviation and multiply by the target's",
    lambda t, s, y: _carried(t, y, s),
    "source and target are exchanged: this makes photographs' tones out of drawings'",
    lambda t, s, y: _carried(t, s, y, dims=(0, 1, 2, 3)),
    "one mean for the whole picture: each place and channel has its own, so reduce over the "
    "pictures only, dim 0",
    lambda t, s, y: y.mean(0) + s.std(0, correction=0) / y.std(0, correction=0) * (t - s.mean(0)),
    "the scale is upside down",
    lambda t, s, y: y.mean(0) + y.var(0, correction=0) / s.var(0, correction=0) * (t - s.mean(0)),
    "variances in place of standard deviations",
    lambda t, s, y: _carried(t, s, y, correction=1),
    "nearly: torch's std divides by N − 1; ask for correction=0",
    praise="right: a tone keeps its rank",
)


def _cycles(
    there: Any, home: Any, x: Tensor, y: Tensor, far: Any = l1, seen: Any = lambda picture: picture
) -> Any:
    return far(home(seen(there(x))), x) + far(there(seen(home(y))), y)


both_ways = Function(
    _cycles,
    lambda draw: (
        lambda x: (1.3 * x).tanh() + 0.1,
        lambda y: 0.8 * y - 0.1 * y.square(),
        draw(3, 3, 4, 4),
        draw(2, 3, 4, 4),
    ),
    lambda there, home, x, y: l1(home(there(x)), x),
    "one way only: a drawing must come back from its photograph as well",
    lambda there, home, x, y: _cycles(home, there, x, y),
    "the wrong way round: a photograph x goes through G first, which is `there`",
    lambda there, home, x, y: _cycles(there, home, x, y, seen=Tensor.detach),
    "the value is right, but what was drawn half-way is detached: no gradient reaches the "
    "network that drew it",
    lambda there, home, x, y: _cycles(there, home, x, y, far=l2),
    "squares; the cycle is an L1",
    lambda *a: _cycles(*a) / 2,
    "half of it: (08.4) is the sum of both ways, not their mean",
    praise="right: four passes, where the low frequencies need one",
)

_BOARD = hiding.checkerboard(4, 4)

seek = Function(
    hiding.seek,
    lambda draw: (hiding.hide(draw(2, 3, 4, 4).tanh(), draw(2, 3, 4, 4).tanh()), 0.02, 0.1),
    lambda z, a, s: _BOARD * hiding.seek(z, a, s),
    "the checkerboard is missing: every second pixel comes back as its negative",
    lambda z, a, s: hiding.seek(z, 1.0, s),
    "right, but a fiftieth of the contrast: divide by the amplitude",
    lambda z, a, s: _BOARD * (z - (z / s).floor() * s) / a,
    "rounded down, not to the nearest tone: where the photograph was subtracted this is a "
    "whole step off",
    lambda z, a, s: -hiding.seek(z, a, s),
    "a negative: the checkerboard begins with +1 in the corner",
    lambda z, a, s: _BOARD * hiding.coarse(z, s) / a,
    "this is the drawing; the photograph is what is left without it",
    praise="right: F has never seen this person, and gives back every pixel",
)

_LEVEL = 2 / 255
_FATAL = 0.4 * 0.02 * math.sqrt(math.pi / 2) / _LEVEL
fatal_noise = Value(
    _FATAL,
    {
        _FATAL * _LEVEL: "that is σ on the scale from −1 to 1; a grey level is 2/255 of it",
        0.4 * 0.02 / _LEVEL: "the mean of |N(0, 1)| is √(2/π), about 0.8, and not 1",
        _FATAL * 2: "256 levels span a range of 2, so a level is 2/255, not 1/255",
        0.4 * 0.02 * math.sqrt(2 / math.pi) / _LEVEL: "solve (08.8) for σ: √(2/π) is a divisor",
    },
    tolerance=0.02,
    praise="right: little more than one grey level of 256",
)


_COEFFICIENT = (0.25 + 0.01) / 0.5  # one over F's coefficient, cov(G₀, x) / var(G₀)

handed_on = Value(
    _COEFFICIENT + 0.3,
    {
        0.8: "that is G₀'s own middle. F is a best line through noise, and so flatter than the "
        "inverse of G₀'s line; G, its inverse, is steeper",
        _COEFFICIENT: "F takes the 0.3 for part of every drawing and removes it, so G must add it",
        0.3
        + 1
        / _COEFFICIENT
        / 4: "G as flat as F: F is flatter than the inverse of G₀, and G, F turned round, steeper",
        _COEFFICIENT - 0.3: "the sign of the 0.3: F takes it off, so G puts it on",
        0.5: "that is the truth; what G₀ always adds is in every pair",
        1 / _COEFFICIENT * 0.7: "that is F's photograph of the drawing 1; G is asked for",
    },
    tolerance=0.005,
    praise="right: the 0.3 stays whole; of noise of 0.1, a coefficient too large by 0.02 is left",
)
