"""Lesson 07, the reconstruction term."""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import softplus

from ganlib.core.losses import nonsaturating_generator as fooled
from ganlib.core.reconstruction import l1, l2
from ganlib.lessons.checks.core import Function, Value
from ganlib.lessons.towers import receptive_field

generator_loss = Function(
    lambda logits, output, target, weight: fooled(logits) + weight * l1(output, target),
    lambda draw: (draw(6), draw(2, 3, 4, 4), draw(2, 3, 4, 4), 30.0),
    lambda a, x, y, w: softplus(a).mean() + w * l1(x, y),
    "the sign of the adversarial term: this G makes D's logit fall. −log D is softplus(−logit)",
    lambda a, x, y, w: a.mean() + w * l1(x, y),
    "the article's own first term: with 1 = real, it makes D's logit fall (lesson 03)",
    lambda a, x, y, w: w * fooled(a) + l1(x, y),
    "λ is on the adversarial term; it belongs to the reconstruction",
    lambda a, x, y, w: fooled(a) + l1(x, y),
    "λ is missing: the distance counts once",
    lambda a, x, y, w: fooled(a) + w * (x - y).abs().sum(),
    "a sum over pixels: λ would then depend on the size of images and batch. Take the mean",
    lambda a, x, y, w: fooled(a) + w * l2(x, y),
    "squares: that is L2, whose best guess is the mean. L1 takes absolute values",
    lambda a, x, y, w: fooled(a) + w * (x - y).mean(),
    "differences without |·|: too dark here makes up for too light there",
    lambda a, x, y, w: fooled(a) + w * l1(x.detach(), y),
    "the value is right, but the distance has no gradient for G: do not detach the output",
    praise="right: one number, the sum of two terms",
)

best_guesses = Function(
    lambda targets: (targets.median(0).values, targets.mean(0)),
    lambda draw: (draw(5, 2, 3),),
    lambda targets: (targets.mean(0), targets.median(0).values),
    "exchanged: L1 asks for the median, L2 for the mean",
    lambda targets: (targets.mean(0), targets.mean(0)),
    "the mean is the best for L2 only; for L1 it does not count how far away a target is",
    lambda targets: (targets.median(), targets.mean()),
    "one number for all pixels: each pixel has a best guess of its own, so reduce dimension 0",
    lambda targets: ((targets.amax(0) + targets.amin(0)) / 2, targets.mean(0)),
    "half-way between the extremes is the best guess for the *largest* error, not for L1",
    lambda targets: (targets[len(targets) // 2], targets.mean(0)),
    "the target in the middle of the *list*: sort the values of each pixel first",
    praise="right: pixel by pixel the median, and the mean",
)

thin_line = Value(
    (1.0, 0.6),
    {
        (0.6, 1.0): "exchanged: the median is L1's answer, the mean is L2's",
        (-1.0, 0.6): "at each place most of the five drawings have paper there, not the line",
        (1.0, 1.0): "L2 weighs all five: four papers and one line",
        (1.0, 0.8): "a fifth of the way from white to black: but from +1 to −1 it is 2, not 1",
        (0.6, 0.6): "that is the mean; the median of +1, +1, +1, +1, −1 is another number",
    },
    praise="right: L1 rubs the line out, L2 leaves a grey smear",
)


def _shares(content: Tensor, style: Tensor, strict: bool = True) -> Tensor:
    """(K, K): is j better than i in one of both, and in neither worse?"""
    no_worse = (content[None] <= content[:, None]) & (style[None] <= style[:, None])
    better = (content[None] < content[:, None]) | (style[None] < style[:, None])
    return no_worse & better if strict else no_worse


front = Function(
    lambda content, style: (~_shares(content, style).any(1)).double(),
    lambda draw: (draw(9), draw(9)),
    lambda content, style: _shares(content, style).any(1).double(),
    "turned round: these are the settings that are beaten",
    lambda content, style: (~_shares(content, style, strict=False).any(1)).double(),
    "each setting is compared with itself, and never better: leave out j = i",
    lambda content, style: (
        ~((content[None] < content[:, None]) & (style[None] < style[:, None])).any(1)
    ).double(),
    "a tie in one counts too: no worse in both, better in one",
    lambda content, style: ((content <= content.min()) | (style <= style.min())).double(),
    "only the two ends: between them, settings that nobody beats in both belong to it too",
    lambda content, style: (~_shares(-content, -style).any(1)).double(),
    "the worst ones: both numbers are errors, so less is better",
    lambda content, style: (content + style <= (content + style).min()).double(),
    "the least sum: that decides how much style is worth, which is what λ leaves to you",
    edges=(
        (torch.tensor([0.1, 0.2, 0.2, 0.4]).double(), torch.tensor([0.9, 0.5, 0.5, 0.5]).double()),
    ),
    differentiable=False,
    praise="right: λ moves along these; every other setting is worse",
)


def _jump_first(kernels: Tensor, strides: Tensor) -> Any:
    side = jump = 1
    for kernel, stride in zip(kernels, strides, strict=True):
        jump = jump * stride
        side = side + (kernel - 1) * jump
    return side


field = Function(
    receptive_field,
    lambda draw: ((3 + (2 * draw(5)).abs().floor()).double(), (1 + draw(5).abs().round()).double()),
    lambda kernels, strides: 1 + (kernels - 1).sum(),
    "strides are ignored: a step after two halvings is four pixels wide",
    _jump_first,
    "a layer's own stride counts only for those after it: add first, then multiply",
    lambda kernels, strides: receptive_field(kernels, strides) - 1,
    "one too small: the centre itself is a pixel",
    lambda kernels, strides: receptive_field(kernels + 1, strides),
    "a 3 × 3 kernel reaches 2 pixels further, not 3: kernel − 1",
    lambda kernels, strides: (kernels * strides).prod(),
    "a product: sides add up, only the strides multiply",
    lambda kernels, strides: receptive_field(kernels.flip(0), strides.flip(0)),
    "from the wrong end: the first layer is the one that sees the pixels",
    differentiable=False,
    praise="right",
)

other_units = Function(
    lambda weight, numbers: (2 * weight, weight / (127.5 * numbers)),
    lambda draw: (draw().exp(), 12288.0),
    lambda weight, numbers: (weight / 2, 127.5 * weight / numbers),
    "upside down: where differences are half as large, λ must be twice as large",
    lambda weight, numbers: (2 * weight, weight / 127.5),
    "the sum adds up all numbers of a picture: divide by how many there are",
    lambda weight, numbers: (2 * weight, weight / (255 * numbers)),
    "[−1, 1] is 2 wide and [0, 255] is 255: the factor is 255 / 2",
    lambda weight, numbers: (4 * weight, weight / (127.5**2 * numbers)),
    "squared: that would be right for L2",
    lambda weight, numbers: (weight, weight / (127.5 * numbers)),
    "[0, 1] is half as wide as [−1, 1]; that the middle is shifted as well does not matter",
    lambda weight, numbers: (2 * weight, weight * numbers / 127.5),
    "a sum is larger than a mean, so its λ is smaller: divide by `numbers`",
    praise="right: the same training, three numbers",
)
