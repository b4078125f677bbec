"""Lesson 02, what the discriminator learns."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy, logsigmoid, softplus

from ganlib.core.losses import logistic_discriminator
from ganlib.lessons.checks.core import Function
from ganlib.lessons.mlp import MLP, MLPConfig

_FAR = torch.tensor([800.0, -800.0], dtype=torch.float64)


def _bce(real: Tensor, fake: Tensor) -> Tensor:
    """From probabilities."""
    return -torch.log(real).mean() - torch.log(1 - fake).mean()


discriminator_loss = Function(
    lambda real_logits, fake_logits: softplus(-real_logits).mean() + softplus(fake_logits).mean(),
    lambda draw: (draw(7), draw(5)),
    lambda r, f: _bce(r.sigmoid(), f.sigmoid()),
    "at ±800 the sigmoid is 0 or 1 and its logarithm infinite; use logsigmoid or softplus",
    lambda r, f: (
        binary_cross_entropy(r.sigmoid(), torch.ones_like(r))
        + binary_cross_entropy(f.sigmoid(), torch.zeros_like(f))
    ),
    "binary_cross_entropy cuts the loss off at 100; use binary_cross_entropy_with_logits",
    lambda r, f: _bce(r.sigmoid() + 1e-8, f.sigmoid() - 1e-8),
    "the small number hides the overflow: at −800 the loss is 18, not 800, and has no gradient",
    lambda r, f: softplus(-r.sigmoid()).mean() + softplus(f.sigmoid()).mean(),
    'two sigmoids: what you hand to a loss "with logits" has been through one already',
    lambda r, f: softplus(-r).mean() + softplus(-f).mean(),
    "your D loss falls when fakes score higher: the sign of the fake term is reversed",
    lambda r, f: softplus(r).mean() + softplus(-f).mean(),
    "the labels are exchanged: this D learns to call fakes real",
    lambda r, f: softplus(-r).mean(),
    "the fakes are missing: a D that calls everything real has a loss of 0",
    lambda r, f: torch.cat([softplus(-r), softplus(f)]).mean(),
    "one mean over all: D then learns how many reals and fakes you showed it. Take two means",
    lambda r, f: (softplus(-r).mean() + softplus(f).mean()) / 2,
    "half of it, which is PyTorch's one mean of as many reals as fakes; (02.1) adds two means",
    lambda r, f: logsigmoid(r).mean() + logsigmoid(-f).mean(),
    "this is the value V, which D maximises; its loss is −V",
    lambda r, f: f.mean() - r.mean(),
    "raw scores without a logarithm: D can lower this for ever, and learns no probability",
    edges=[(_FAR, _FAR)],
    praise="right, in value and in gradient, even at logits of ±800",
)

optimal = Function(
    lambda p, q: p / (p + q),
    lambda draw: (draw(5).exp(), draw(5).exp()),
    lambda p, q: q / (p + q),
    "this is the probability of *fake*: p and q are exchanged",
    lambda p, q: p / q,
    "this is the ratio of the densities, 0 to infinity; D is the probability ratio/(1 + ratio)",
    lambda p, q: torch.log(p / q),
    "this is the best *logit*; D is the sigmoid of it",
    lambda p, q: (p > q).double(),
    "an indicator: the likelier kind, but not how much likelier, and no gradient",
    lambda p, q: torch.sigmoid(p - q),
    "it is the *logarithms* of p and q that are subtracted",
    lambda p, q: p,
    "a density is no probability, and where is q?",
    praise="right: only the ratio of the two densities matters",
)


def _trained(
    *cut: slice,
    score: slice | None = None,
    optimiser: type[torch.optim.Optimizer] = torch.optim.Adam,
    sign: int = 1,
    clear: bool = True,
    renew: bool = False,
    fit: bool = True,
) -> Callable[..., Any]:
    """A two-sample test with one thing changed: which points D learns from and is scored on, its
    optimiser, the direction, whether gradients are cleared, a new optimiser in each step."""

    def answer(
        D: nn.Module, d_loss: Callable[..., Tensor], real: Tensor, fake: Tensor, steps: int
    ) -> Tensor:
        half = len(real) // 2
        learn = cut[0] if cut else slice(half)
        unseen = score if score is not None else slice(half, None)
        opt_d = optimiser(D.parameters(), lr=1e-2)  # type: ignore[call-arg]
        for _ in range(steps if fit else 0):
            if renew:
                opt_d = optimiser(D.parameters(), lr=1e-2)  # type: ignore[call-arg]
            if clear:
                opt_d.zero_grad()
            (sign * d_loss(D(real[learn]), D(fake[learn]))).backward()
            opt_d.step()
        return d_loss(D(real[unseen]), D(fake[unseen])).detach()

    return answer


_ALL, _FIRST, _SECOND = slice(None), slice(4), slice(4, None)  # the check gives 8 points of each


def score_held_out(
    d: nn.Module,
    d_loss: Callable[[Tensor, Tensor], Tensor],
    real: Tensor,
    fake: Tensor,
    steps: int,
    lr: float = 1e-2,
) -> Tensor:
    """A two-sample test's score: train D in place on the first half of each set of points, all at
    once, by Adam; its loss on the other halves, which it has not seen."""
    half = len(real) // 2
    optimiser = torch.optim.Adam(d.parameters(), lr=lr)
    for _ in range(steps):
        loss = d_loss(d(real[:half]), d(fake[:half]))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        return d_loss(d(real[half:]), d(fake[half:]))


def share_as_small(loss: Tensor, null: Tensor) -> Tensor:
    """How many of K + 1 losses, the K of a null distribution and this one, are no larger than this
    one, as a share. It counts itself: K shuffles cannot show less than 1/(K + 1)."""
    return (1 + (null <= loss).sum()) / (1 + len(null))


held_out_loss = Function(
    lambda D, d_loss, real, fake, steps: score_held_out(D, d_loss, real, fake, steps),
    lambda draw: (
        MLP(MLPConfig(inputs=1, width=4, depth=1), (0,)).double(),
        logistic_discriminator,
        draw(8, 1),
        draw(8, 1) + 1,
        3,
    ),
    _trained(score=_FIRST),
    "the score is of the points that D was trained on; score the other half",
    _trained(_ALL),
    "D was trained on all points, so none is held out",
    _trained(_ALL, score=_ALL),
    "there are no halves in it: D is trained and scored on all points",
    _trained(score=_ALL),
    "the score is of all points; half of them D has seen",
    _trained(_SECOND, score=_FIRST),
    "the halves are exchanged: train on the first, score the second",
    _trained(clear=False),
    "zero_grad is missing: each step goes on with the gradients of all steps before",
    _trained(sign=-1),
    "D climbs: the loss is to be minimised",
    _trained(fit=False),
    "D has not been trained: is there a backward and an opt_d.step() in each step?",
    _trained(renew=True),
    "make the optimiser once, before the loop: a new one has forgotten Adam's averages",
    _trained(optimiser=torch.optim.SGD),
    "this is SGD; the exercise asks for torch.optim.Adam",
    differentiable=False,
    praise="right: trained on one half, scored on the other",
)

p_value = Function(
    share_as_small,
    lambda draw: (draw() / 2, draw(19)),
    lambda loss, null: (null <= loss).double().mean(),
    "count this loss too, above and below the line: (1 + how many)/(1 + K). 0 claims too much",
    lambda loss, null: (null < loss).double().mean(),
    "count this loss too, and those equal to it: (1 + how many)/(1 + K)",
    lambda loss, null: (1 + (null >= loss).sum()) / (1 + len(null)),
    "the wrong end: a *small* loss is what speaks for a difference",
    lambda loss, null: (null >= loss).double().mean(),
    "the wrong end, and this loss is not counted itself",
    lambda loss, null: 1 + (null <= loss).sum(),
    "this is the count; the p-value is its share of all 1 + K losses",
    lambda loss, null: (1 + (null <= loss).sum()) / len(null),
    "below the line stands 1 + K: this loss is counted there too",
    lambda loss, null: (1 + (null < loss).sum()) / (1 + len(null)),
    "a loss of the null distribution that is equal counts too",
    edges=[(torch.tensor(0.5), torch.tensor([0.5, 1.0, 0.25, 2.0]))],
    differentiable=False,
    praise="right: with 39 shuffles the smallest possible p-value is 1/40 = 0.025",
)

share_of_reals = Function(
    lambda said, is_real, low, high: is_real[(said >= low) & (said < high)].double().mean(),
    lambda draw: (draw(40).sigmoid(), (draw(40) > 0).double(), 0.3, 0.7),
    lambda said, is_real, low, high: said[(said >= low) & (said < high)].mean(),
    "this is what D said, on average; asked for is how many of those points *are* real",
    lambda said, is_real, low, high: ((said >= low) & (said < high)).double().mean(),
    "this is the share of points inside; asked for is the share of reals among them",
    lambda said, is_real, low, high: (is_real * ((said >= low) & (said < high))).mean(),
    "it is divided by all points; divide by those inside",
    lambda said, is_real, low, high: is_real[(said >= low) & (said < high)].sum(),
    "this is the number of reals inside; divide by the number of points inside",
    lambda said, is_real, low, high: 1 - is_real[(said >= low) & (said < high)].mean(),
    "this is the share of fakes",
    lambda said, is_real, low, high: is_real[said >= low].mean(),
    "the upper end is missing: said < high",
    lambda said, is_real, low, high: is_real[said < high].mean(),
    "the lower end is missing: said >= low",
    lambda said, is_real, low, high: is_real.mean(),
    "this is the share of reals among all points",
    differentiable=False,
    praise="right: what D said, held against what happened",
)
