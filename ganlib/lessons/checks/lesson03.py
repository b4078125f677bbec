"""Lesson 03, what the generator is told."""

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, relu, softplus

from ganlib.lessons.checks.core import Function, Mistake

_FAR = torch.tensor([800.0, -800.0], dtype=torch.float64)

slopes = Function(
    lambda a: (-a.sigmoid(), -(-a).sigmoid()),
    lambda draw: (3 * draw(6),),
    Mistake(
        lambda a: (a.sigmoid(), (-a).sigmoid()),
        "both signs are turned: each loss falls as the logit rises, so its slope is below 0",
    ),
    Mistake(
        lambda a: (-(-a).sigmoid(), -a.sigmoid()),
        "the two are exchanged: at logit −6 it is log(1 − D) that goes silent",
    ),
    Mistake(
        lambda a: (-a.sigmoid(), (-a).sigmoid()),
        "the second sign: −log σ falls as the logit rises, so its slope is below 0",
    ),
    Mistake(
        lambda a: (-1 / (-a).sigmoid(), -1 / a.sigmoid()),
        "these are the slopes by D = σ(a); by the logit there is one more factor, σ(1 − σ)",
    ),
    Mistake(
        lambda a: (-softplus(a), softplus(-a)),
        "these are the losses themselves; asked for are their slopes",
    ),
    Mistake(
        lambda a: (-a.sigmoid() / a.numel(), -(-a).sigmoid() / a.numel()),
        "divided by the number of logits: that is the slope of the mean, here each is on its own",
    ),
    differentiable=False,
    praise="right: at −6 the first is −0.0025, the second −0.9975",
)

hinge = Function(
    lambda real_logits, fake_logits: relu(1 - real_logits).mean() + relu(1 + fake_logits).mean(),
    lambda draw: (2 * draw(7), 2 * draw(5)),
    Mistake(
        lambda r, f: relu(1 + r).mean() + relu(1 - f).mean(),
        "real and fake are exchanged: this D pays for reals that score high",
    ),
    Mistake(
        lambda r, f: relu(1 - r).mean() + relu(1 - f).mean(),
        "the fake term's sign is turned: it falls when fakes score higher",
    ),
    Mistake(
        lambda r, f: relu(-r).mean() + relu(f).mean(),
        "the margin is missing: a D that says 0 to everything would pay nothing",
    ),
    Mistake(
        lambda r, f: relu(1 - r.mean()) + relu(1 + f.mean()),
        "the mean is taken too early: one good point then pays for a bad one. Cut off each, "
        "then average",
    ),
    Mistake(
        lambda r, f: -torch.clamp(r, max=1).mean() - torch.clamp(-f, max=1).mean(),
        "2 too low, with the right slopes: max(0, 1 − b) is 1 − min(1, b)",
    ),
    Mistake(
        lambda r, f: torch.cat([relu(1 - r), relu(1 + f)]).mean(),
        "one mean over all points: 7 reals then outweigh 5 fakes. Take two means and add them",
    ),
    Mistake(
        lambda r, f: relu(1 - r).sum() + relu(1 + f).sum(),
        "sums where means belong: the loss would grow with the batch",
    ),
    Mistake(
        lambda r, f: f.mean() - r.mean(),
        "this is the Wasserstein critic: without the cut-off at the margin it has no bound",
    ),
    praise="right, with no slope for points beyond the margin",
)


def _every_pair(fake: Tensor, real: Tensor) -> Tensor:
    return softplus(real[:, None] - fake[None, :]).mean()


relativistic = Function(
    lambda fake_logits, real_logits: softplus(real_logits - fake_logits).mean(),
    lambda draw: (draw(6), draw(6)),
    Mistake(
        lambda f, r: softplus(f - r).mean(),
        "this is D's loss: it falls when the real one is more real. G wants the reverse",
    ),
    Mistake(
        lambda f, r: softplus(r.mean() - f.mean()),
        "the mean is taken too early: compare pair by pair, then average",
    ),
    Mistake(
        _every_pair, "every fake is compared with every real; here fake i meets real i, no other"
    ),
    Mistake(
        lambda f, r: softplus(-f).mean(),
        "the reals are not in it: this is the non-saturating loss",
    ),
    Mistake(
        lambda f, r: softplus(-(f.sigmoid() - r.sigmoid())).mean(),
        "probabilities are subtracted here; subtract the logits, the sigmoid comes after",
    ),
    Mistake(
        lambda f, r: softplus(r - f).sum(), "a sum where a mean belongs: it grows with the batch"
    ),
    Mistake(
        lambda f, r: -torch.log(torch.sigmoid(f - r)).mean(),
        "right for small logits, but 800 apart the sigmoid is 0 and its logarithm infinite; use "
        "softplus",
    ),
    Mistake(
        lambda f, r: logsigmoid(f - r).mean(), "the minus is missing: descending this, G loses"
    ),
    edges=[(_FAR, -_FAR)],
    praise="right: only the difference counts",
)

_WEIGHTS = torch.tensor([0.7, -1.3, 0.4], dtype=torch.float64)


def _judge(pictures: Tensor) -> Tensor:
    """A small D: three pixels to a logit."""
    return torch.tanh(pictures) @ _WEIGHTS


generator_loss = Function(
    lambda pictures, discriminator: softplus(-discriminator(pictures)).mean(),
    lambda draw: (draw(5, 3), _judge),
    Mistake(
        lambda x, d: softplus(-x).mean(),
        "D is not in it: the pictures themselves are taken for logits, as in the article's code, "
        "and G learns to draw white paper",
    ),
    Mistake(
        lambda x, d: softplus(d(x)).mean(),
        "the label is 0: G learns to be caught. It wants D to say 1",
    ),
    Mistake(
        lambda x, d: -softplus(d(x)).mean(),
        "this is log(1 − D(G(z))), the loss that goes silent where D is sure",
    ),
    Mistake(
        lambda x, d: softplus(-d(x).sigmoid()).mean(),
        "two sigmoids: D gives logits already, and softplus expects logits",
    ),
    Mistake(
        lambda x, d: softplus(-d(x.detach())).mean(),
        "the value is right, but no gradient reaches the pictures: something is detached. That "
        "belongs in D's turn; in G's turn the gradient has to get through",
    ),
    Mistake(
        lambda x, d: softplus(-d(x)).sum(), "a sum where a mean belongs: it grows with the batch"
    ),
    praise="right: the gradient arrives at the pictures, through D",
)

repair = Function(
    lambda real_scores, fake_scores: (fake_scores.mean() - real_scores.mean(), -fake_scores.mean()),
    lambda draw: (draw(7), draw(5)),
    Mistake(
        lambda r, f: (r.mean() - f.mean(), f.mean()),
        "this is the article's pair, unchanged: its D gives fakes the high scores",
    ),
    Mistake(
        lambda r, f: (r.mean() - f.mean(), -f.mean()),
        "only G's sign is turned: D now raises its fakes, and G helps. Nobody plays for the reals",
    ),
    Mistake(
        lambda r, f: (f.mean() - r.mean(), f.mean()),
        "only D's sign is turned: D is right, and G learns to be caught",
    ),
    Mistake(
        lambda r, f: (f.mean() - r.mean(), r.mean() - f.mean()),
        "G's loss has the reals in it: G cannot move them, the article does not have the term",
    ),
    Mistake(
        lambda r, f: (softplus(-r).mean() + softplus(f).mean(), softplus(-f).mean()),
        "a good pair, but the non-saturating one: here only the sign was to change",
    ),
    Mistake(
        lambda r, f: (f.sum() - r.sum(), -f.sum()),
        "sums where means belong: 7 reals then outweigh 5 fakes",
    ),
    praise="right: Wasserstein's critic, with the score for real",
)
