"""Lesson 06, from noise to faces."""

import torch
from torch import Tensor
from torch.nn.functional import pad

from ganlib.core.networks.conditional import projection_logit
from ganlib.lessons import latents
from ganlib.lessons.checks.core import Function, Value
from ganlib.lessons.towers import he_std
from ganlib.lessons.towers import overlap as stamped

sides = Value(
    (8, 16384),
    {
        (64, 16384): "64 is the picture's side; the dense map is three doublings before",
        (64, 4096): "these are the article's own two numbers",
        (8, 4096): "the first is right; the second is 256 · 4 · 4, which fits 32 pixels",
        (4, 16384): "from 4 it takes four doublings to 64; the article's G has three",
        (4, 4096): "4 × 4 fits 32 pixels, in G as in D: three halvings of 64 end at 8 × 8",
        (16384, 8): "right numbers in the wrong order: the side first, then the flatten",
        (8, 65536): "256 · 16 · 16: that is two convolutions of stride 2; D has three",
    },
    praise="right: 8 in G, 256 · 8 · 8 in D",
)


overlap = Function(
    stamped,
    lambda draw: (draw(5), 2, 6),
    lambda k, s, n: stamped(k.flip(0), s, n),
    "the kernel is turned round: a transposed convolution stamps it as it is",
    lambda k, s, n: torch.cat([k[:s].repeat(n - 1), k]),
    "where stamps overlap the last one wins here; they are added",
    lambda k, s, n: stamped(torch.ones_like(k), s, n),
    "this counts who reaches each pixel, for a kernel of ones; add the weights",
    lambda k, s, n: pad(stamped(k, 1, n), (0, (s - 1) * (n - 1))),
    "the stamps are 1 apart: stamp j begins at pixel stride · j",
    lambda k, s, n: stamped(k, s, n)[1:-1],
    "a pixel is cut off at each end, as padding 1 would; here nothing is cut off",
    lambda k, s, n: pad(stamped(k, s, n), (0, s - 1)),
    "too long at the end: the last stamp ends at (side − 1) · stride + kernel",
    edges=[(torch.ones(4, dtype=torch.float64), 2, 5), (torch.ones(3, dtype=torch.float64), 3, 4)],
    differentiable=False,  # a list of sums, made a tensor at the end, is right too
    praise="right: equal everywhere only where the stride divides the kernel",
)

std = Function(
    lambda maps, kernel, stride: float(he_std(maps * kernel**2 / stride**2)),
    lambda draw: (64, 4, 2),
    lambda c, k, s: (2 / (c * k**2)) ** 0.5,
    "all k² taps are counted; with stride s only k²/s² of them reach one pixel",
    lambda c, k, s: (1 / (c * k**2 / s**2)) ** 0.5,
    "the 2 is missing: the ReLU drops half of the signal",
    lambda c, k, s: 2 / (c * k**2 / s**2),
    "this is the variance σ²; take its root",
    lambda c, k, s: (2 / (c * k / s)) ** 0.5,
    "the kernel has two dimensions: k² taps, and s² in the stride's share",
    lambda c, k, s: (2 / (c * k**2 / s)) ** 0.5,
    "the stride skips rows *and* columns: divide by s²",
    lambda c, k, s: (2 / (c * (k // s) ** 2)) ** 0.5,
    "k/s is rounded down: kernel 3 and stride 2 meet 3²/2² = 2.25 taps on average, not 1",
    lambda c, k, s: (2 / (c * k * k // (s * s))) ** 0.5,
    "n is rounded down by //; it is a mean over pixels, and need not be whole: use /",
    lambda c, k, s: 0.02,
    "0.02 for any layer: that is the paper's, and needs a norm",
    edges=[(256, 4, 2), (128, 3, 1), (32, 6, 3), (64, 3, 2), (3, 3, 2)],
    differentiable=False,
    praise="right: then the signal of each layer is that of the one before",
)


def _back_on_shell(a: Tensor, b: Tensor, t: float) -> Tensor:
    straight = latents.lerp(a, b, t)
    return straight / straight.norm() * ((1 - t) * a.norm() + t * b.norm())


def _raw_angle(a: Tensor, b: Tensor, t: float) -> Tensor:
    omega = (a @ b).clamp(-0.999, 0.999).arccos()
    return (((1 - t) * omega).sin() * a + (t * omega).sin() * b) / omega.sin()


slerp = Function(
    latents.slerp,
    lambda draw: (draw(6), draw(6), 0.3),
    latents.lerp,
    "this is the straight way: it leaves the shell",
    lambda a, b, t: latents.slerp(b, a, t),
    "the ends are exchanged: it begins at a",
    lambda a, b, t: latents.slerp(a, b, t) * latents.angle(a, b).sin(),
    "the division by sin Ω is missing: at t = 0 it gives a · sin Ω",
    _back_on_shell,
    "the straight way, pushed out to the shell: the same path at an uneven speed, slow at the "
    "ends. Use the angle",
    lambda a, b, t: latents.slerp(a / a.norm(), b / b.norm(), t),
    "only directions are left: the ends must be a and b, with their lengths",
    _raw_angle,
    "a · b is a cosine only for vectors of length 1: divide it by both lengths first",
    praise="right: the whole way is on the shell",
)

projection = Function(
    lambda features, condition, w, b, V: projection_logit(features, condition, w, b, V),
    lambda draw: (draw(5, 4), draw(5, 3), draw(4), draw(), draw(3, 4)),
    lambda f, c, w, b, v: f @ w + b,
    "it only scores whether the picture is real: the condition is not in it",
    lambda f, c, w, b, v: (c @ v * f).sum(1),
    "it only scores whether the picture is what c says: w and b are not in it",
    lambda f, c, w, b, v: (f @ w + b)[:, None] + f @ (c @ v).T,
    "a table: every picture meets every condition. Row i of one belongs to row i of the other",
    lambda f, c, w, b, v: f @ w + b + (c @ v * f).mean(1),
    "a mean over the features where a scalar product sums",
    lambda f, c, w, b, v: f @ w + (c @ v * f).sum(1),
    "b is missing: D cannot shift all its logits",
    lambda f, c, w, b, v: f @ w + b + (c @ v * f).sum(),
    "the last sum runs over the batch too: one picture's logit then depends on the others",
    lambda f, c, w, b, v: f @ w + b + (c @ v).sum(1),
    "cᵀV is never multiplied by the features: this scores conditions, whatever is drawn",
    praise="right: one logit, the sum of two scores",
)
