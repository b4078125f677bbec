"""Lesson 03, the generator's gradient."""

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, relu, softplus

from ganlib.lessons.checks.core import Function

_FAR = torch.tensor([800.0, -800.0], dtype=torch.float64)

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
    "these are the derivatives by D = σ(a); by the logit there is a further factor, σ(1 − σ)",
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


relativistic = Function(
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


def _small_d(pictures: Tensor) -> Tensor:
    """A small D: three pixels to a logit."""
    return torch.tanh(pictures) @ torch.tensor([0.7, -1.3, 0.4], dtype=torch.float64)


generator_loss = Function(
    lambda pictures, discriminator: softplus(-discriminator(pictures)).mean(),
    lambda draw: (draw(5, 3), _small_d),
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

repair = Function(
    lambda real_scores, fake_scores: (fake_scores.mean() - real_scores.mean(), -fake_scores.mean()),
    lambda draw: (draw(7), draw(5)),
    lambda r, f: (r.mean() - f.mean(), f.mean()),
    "this is the article's pair, unchanged: its D gives fakes the high scores",
    lambda r, f: (r.mean() - f.mean(), -f.mean()),
    "only G's sign is reversed: now both networks raise the fakes' scores",
    lambda r, f: (f.mean() - r.mean(), f.mean()),
    "only D's sign is reversed: D is right, and G learns to look fake",
    lambda r, f: (f.mean() - r.mean(), r.mean() - f.mean()),
    "G's loss has the reals in it: G cannot move them, the article does not have the term",
    lambda r, f: (softplus(-r).mean() + softplus(f).mean(), softplus(-f).mean()),
    "a good pair, but the non-saturating one: here only the sign was to change",
    lambda r, f: (f.sum() - r.sum(), -f.sum()),
    "sums where means belong: 7 reals then outweigh 5 fakes",
    praise="right: Wasserstein's critic, with the score for real",
)
