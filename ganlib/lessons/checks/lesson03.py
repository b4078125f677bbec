"""Lesson 03, what the generator is told."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid, relu, softplus

from ganlib.core.penalties import wgan_gp
from ganlib.lessons.checks.core import Function
from ganlib.lessons.checks.outcomes import Inputs, Outcome

_FAR = torch.tensor([800.0, -800.0], dtype=torch.float64)


class _ByFirst(Function):
    """A function that is differentiated by its first argument alone: the others may be detached."""

    def _outcomes(self, function: Callable[..., Any], rounds: Sequence[Inputs]) -> list[Outcome]:
        def fixed(first: Any, *others: Any) -> Any:
            held = (o.detach() if isinstance(o, Tensor) else o for o in others)
            return function(first, *held)

        return super()._outcomes(fixed, rounds)


derivatives = Function(
    lambda a: (-a.sigmoid(), -(-a).sigmoid()),
    lambda draw: (3 * draw(6),),
    lambda a: (a.sigmoid(), (-a).sigmoid()),
    "both signs are reversed: each loss falls as the logit rises, so its derivative is below 0",
    lambda a: (-(-a).sigmoid(), -a.sigmoid()),
    "the two are exchanged: at logit −6 it is log(1 − D) whose gradient vanishes",
    lambda a: (-a.sigmoid(), (-a).sigmoid()),
    "the second sign: −log σ falls as the logit rises, so its derivative is below 0",
    lambda a: (-1 / (-a).sigmoid(), -1 / a.sigmoid()),
    "these are the derivatives with respect to D = σ(a); by the logit there is a further factor, "
    "σ(1 − σ)",
    lambda a: (-softplus(a), softplus(-a)),
    "these are the losses themselves; asked for are their derivatives",
    lambda a: (-a.sigmoid() / a.numel(), -(-a).sigmoid() / a.numel()),
    "divided by the number of logits: that is the derivative of the mean, not of each loss",
    differentiable=False,
    praise="right: at −6 the first is −0.0025, the second −0.9975",
)

hinge = Function(
    lambda real_logits, fake_logits: relu(1 - real_logits).mean() + relu(1 + fake_logits).mean(),
    lambda draw: (2 * draw(7), 2 * draw(5)),
    lambda r, f: relu(1 + r).mean() + relu(1 - f).mean(),
    "real and fake are exchanged: this loss is large for reals that score high",
    lambda r, f: relu(1 - r).mean() + relu(1 - f).mean(),
    "the sign of the fake term is reversed: it falls when fakes score higher",
    lambda r, f: relu(-r).mean() + relu(f).mean(),
    "the margin is missing: a D that gives 0 everywhere would have no loss",
    lambda r, f: relu(1 - r.mean()) + relu(1 + f.mean()),
    "the mean is taken too early: a good point hides a bad one. Cut off each, then average",
    lambda r, f: -torch.clamp(r, max=1).mean() - torch.clamp(-f, max=1).mean(),
    "2 too low, with the right gradient: max(0, 1 − b) is 1 − min(1, b)",
    lambda r, f: torch.cat([relu(1 - r), relu(1 + f)]).mean(),
    "one mean over all points: 7 reals then outweigh 5 fakes. Take two means and add them",
    lambda r, f: relu(1 - r).sum() + relu(1 + f).sum(),
    "sums where means belong: the loss would grow with the batch",
    lambda r, f: f.mean() - r.mean(),
    "this is the Wasserstein critic: without the cut-off at the margin it has no bound",
    praise="right, with no gradient for points beyond the margin",
)

relativistic = _ByFirst(
    lambda fake_logits, real_logits: softplus(real_logits - fake_logits).mean(),
    lambda draw: (draw(6), draw(6)),
    lambda f, r: softplus(f - r).mean(),
    "this is D's loss: it falls when the real one is more real. G's is the reverse",
    lambda f, r: softplus(r.mean() - f.mean()),
    "the mean is taken too early: compare pair by pair, then average",
    lambda f, r: softplus(r[:, None] - f).mean(),
    "every fake is compared with every real; here fake i meets real i, no other",
    lambda f, r: softplus(-f).mean(),
    "the reals are not in it: this is the non-saturating loss",
    lambda f, r: softplus(-(f.sigmoid() - r.sigmoid())).mean(),
    "probabilities are subtracted here; subtract the logits, the sigmoid comes after",
    lambda f, r: softplus(r - f).sum(),
    "a sum where a mean belongs: it grows with the batch",
    lambda f, r: -torch.log(torch.sigmoid(f - r)).mean(),
    "800 apart the sigmoid is 0 and its logarithm infinite; use softplus",
    lambda f, r: logsigmoid(f - r).mean(),
    "the minus is missing: minimising this lowers the fakes' logits",
    edges=[(_FAR, -_FAR)],
    praise="right: only the difference counts",
)


class _SmallD(nn.Module):
    """Three pixels to a logit; its weights can be frozen."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([0.7, -1.3, 0.4], dtype=torch.float64))

    def forward(self, pictures: Tensor) -> Tensor:
        return torch.tanh(pictures) @ self.weight


generator_loss = Function(
    lambda pictures, discriminator: softplus(-discriminator(pictures)).mean(),
    lambda draw: (draw(5, 3), _SmallD()),
    lambda x, d: softplus(-x).mean(),
    "D is not in it: the pictures are taken for logits, so G learns to draw white paper",
    lambda x, d: softplus(d(x)).mean(),
    "the label is 0: G learns to look fake. For G it is 1",
    lambda x, d: -softplus(d(x)).mean(),
    "this is log(1 − D(G(z))), the loss whose gradient vanishes where D is sure",
    lambda x, d: softplus(-d(x).sigmoid()).mean(),
    "two sigmoids: D gives logits already, and softplus expects logits",
    lambda x, d: softplus(-d(x.detach())).mean(),
    "no gradient reaches the pictures: detach belongs in D's turn; in G's it must get through",
    lambda x, d: softplus(-d(x)).sum(),
    "a sum where a mean belongs: it grows with the batch",
    praise="right: the gradient arrives at the pictures, through D",
)


class _Penalty(_ByFirst):
    """The critic is made of the first argument, its weights: what has to learn is D."""

    def _outcomes(self, function: Callable[..., Any], rounds: Sequence[Inputs]) -> list[Outcome]:
        def with_critic(weights: Tensor, *others: Any) -> Any:
            return function(lambda x: 2 * torch.tanh(x @ weights)[:, None], *others)

        return super()._outcomes(with_critic, rounds)


def _gradients(critic: Callable[..., Tensor], points: Tensor, graph: bool = True) -> Tensor:
    x = points.detach().requires_grad_()
    return torch.autograd.grad(critic(x).sum(), x, create_graph=graph)[0]


def _between(real: Tensor, fake: Tensor, mix: Tensor) -> Tensor:
    return real + mix[:, None] * (fake - real)


def _pull(gradient: Tensor) -> Tensor:
    return (gradient.norm(dim=1) - 1).square().mean()


penalty = _Penalty(
    lambda critic, real, fake, mix: wgan_gp(critic, real, fake, mix),
    lambda draw: (draw(3), draw(5, 3), draw(5, 3), draw(5).sigmoid()),
    lambda c, r, f, m: _pull(_gradients(c, _between(r, f, m), graph=False)),
    "create_graph=True is missing: the number is right, but D's step gets nothing from it",
    lambda c, r, f, m: _pull(_gradients(c, _between(f, r, m))),
    "mix is the fake's share: at 0 the point is the real one, at 1 the fake",
    lambda c, r, f, m: (_gradients(c, _between(r, f, m)).norm() - 1).square(),
    "one norm over the whole batch: the norm is taken for each point, over dim=1",
    lambda c, r, f, m: (_gradients(c, _between(r, f, m)).norm(dim=0) - 1).square().mean(),
    "the wrong axis: dim=0 runs over the points, dim=1 over the coordinates of one",
    lambda c, r, f, m: (_gradients(c, _between(r, f, m)).square().sum(1) - 1).square().mean(),
    "the root is missing: the norm is the root of the sum of squares",
    lambda c, r, f, m: _gradients(c, _between(r, f, m)).square().sum(1).mean(),
    "the −1 is missing: this asks for a gradient of 0, which is R1's aim",
    lambda c, r, f, m: (_gradients(c, _between(r, f, m)).norm(dim=1).mean() - 1).square(),
    "the mean is taken too early: a steep point hides a flat one. Square each, then average",
    lambda c, r, f, m: _pull(_gradients(c, r)),
    "the points are the reals alone: take a point between each real and its fake",
    lambda c, r, f, m: _pull(_gradients(c, f)),
    "the points are the fakes alone: take a point between each real and its fake",
    lambda c, r, f, m: relu(_gradients(c, _between(r, f, m)).norm(dim=1) - 1).square().mean(),
    "one-sided: a norm below 1 has to cost something too",
    praise="right: and its gradient reaches the critic's weights",
)
