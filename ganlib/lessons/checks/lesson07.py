"""Lesson 07, the reconstruction term."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from ganlib.core.losses import logistic_discriminator
from ganlib.core.losses import nonsaturating_generator as fooled
from ganlib.core.reconstruction import l1, l2
from ganlib.lessons.checks.core import FoundError, Function
from ganlib.lessons.checks.lesson05 import _Round, in_turns

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
    edges=(
        (torch.tensor([1000.0, -1000.0]).double(), *torch.zeros(2, 1, 3, 2, 2).double(), 100.0),
    ),
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


_STOPPED = {
    "backward through the graph a second time": "D's backward went through G, whose graph it used "
    "up: detach the drawing in D's step",
    "modified by an inplace operation": "G's logits are from before opt_d.step(): ask D again",
}
"""What torch says when it stops a round -> what is wrong with that."""


class _PairedRound(_Round):
    """Checks two rounds by their losses and by what both networks have become."""

    def _outcomes(self, function: Any, rounds: Any) -> Any:
        def play(*given: Any) -> Any:
            try:
                return function(*given)
            except RuntimeError as error:
                for words, said in _STOPPED.items():
                    if words in str(error):
                        raise FoundError(said) from error
                raise

        return super()._outcomes(play, rounds)


class _Pair(nn.Module):
    """Logits, one a pixel, of photographs with their drawings."""

    def __init__(self, layers: nn.Module) -> None:
        super().__init__()
        self.layers = layers

    def forward(self, photo: Tensor, drawing: Tensor) -> Tensor:
        return self.layers(torch.cat([photo, drawing], 1))


def _networks(draw: Callable[..., Tensor]) -> tuple[Any, ...]:
    g, layers = (
        nn.Sequential(nn.Conv2d(i, 4, 1), nn.Tanh(), nn.Conv2d(4, o, 1)).double()
        for i, o in ((3, 3), (6, 1))
    )
    for weight in (*g.parameters(), *layers.parameters()):
        weight.data.copy_(draw(*weight.shape))
    d = _Pair(layers)
    opt_g, opt_d = (torch.optim.SGD(n.parameters(), lr) for n, lr in ((g, 0.1), (d, 0.2)))
    return g, d, opt_g, opt_d, draw(2, 3, 2, 2), draw(2, 3, 2, 2), 3.0


def _round(**switch: Any) -> Callable[..., Any]:
    """A round of both steps; each switch makes something different."""

    def play(
        generator: Any,
        discriminator: Any,
        opt_g: Any,
        opt_d: Any,
        photo: Tensor,
        true: Tensor,
        weight: float,
    ) -> Any:
        drawn = generator(photo)

        def loss_of(turn: str) -> Any:
            if turn == "d":
                seen = [discriminator(photo, each) for each in (true, drawn.detach())]
                return logistic_discriminator(*(seen[::-1] if "labels" in switch else seen)), 0
            logits = discriminator(photo, drawn.detach() if "detached" in switch else drawn)
            wanted = photo if "copy" in switch else true
            return fooled(logits) + switch.get("factor", weight) * l1(drawn, wanted), 0

        return in_turns({"d": opt_d, "g": opt_g}, loss_of, switch)

    return play


paired_round = _PairedRound(
    _round(),
    _networks,
    _round(order="gd"),
    "G's step comes first here; D first, then G",
    _round(uncleared="d"),
    "opt_d.zero_grad() is missing: what G's step left in D is added to D's gradient",
    _round(uncleared="g"),
    "opt_g.zero_grad() is missing: the gradients of all rounds add up in G",
    _round(uncleared="dg"),
    "zero_grad() is missing: the gradients of all rounds add up",
    _round(labels=True),
    "D's labels are exchanged: the true drawing is d_loss's first argument",
    _round(detached=True),
    "the drawing is detached in G's step too: G gets no gradient from D",
    _round(copy=True),
    "the distance is to the photograph: this G learns to hand it back. Take the true drawing",
    _round(factor=1.0),
    "λ is missing: give `weight` to generator_loss",
    _round(still="g"),
    "G does not move: where is opt_g.step()?",
    _round(still="d"),
    "D does not move: where is opt_d.step()?",
    differentiable=False,
    praise="right: D's step, then G's against the new D",
)


def _sorted(ours: Tensor, true: Tensor, directions: Tensor, by: int = 0) -> tuple[Tensor, Tensor]:
    return (ours @ directions).sort(by).values, (true @ directions).sort(by).values


def _sliced(ours: Tensor, true: Tensor, directions: Tensor) -> Tensor:
    return l1(*_sorted(ours, true, directions))


sliced = Function(
    _sliced,
    lambda draw: (draw(7, 3), draw(7, 3), draw(3, 4)),
    lambda a, b, u: l1(a @ u, b @ u),
    "nothing is sorted: this pairs patches by their place in the list. Sort each projection first",
    lambda a, b, u: l1(*_sorted(a, b, u, by=1)),
    "sorted along the directions: each *column* of `ours @ directions` is a set of its own",
    lambda a, b, u: l2(*_sorted(a, b, u)),
    "squares: W₁ takes absolute differences",
    lambda a, b, u: (_sorted(a, b, u)[0] - _sorted(a, b, u)[1]).mean(),
    "differences without |·|: that only compares the two means",
    lambda a, b, u: l1(a.sort(0).values @ u, b.sort(0).values @ u),
    "sorted before the projection: that takes the patches apart. Project, then sort",
    lambda a, b, u: (_sorted(a, b, u)[0] - _sorted(a, b, u)[1]).abs().sum(),
    "a sum where the mean belongs: take the mean over patches and directions",
    praise="right: one number, 0 for equal sets",
)


def same_weight(weight: float, scale: float, power: int = 1, numbers: int = 1) -> float:
    """The λ that means the same when images are written `scale` times as large: `power` is 1 for
    L1, 2 for L2; `numbers` what a sum adds up, 1 for a mean. A shift counts nothing."""
    return weight / (scale**power * numbers)


other_units = Function(
    lambda weight, numbers: (same_weight(weight, 0.5), same_weight(weight, 127.5, numbers=numbers)),
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
