"""Lesson 05, two dimensions, and how it fails."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from ganlib.lessons.checks.core import FoundError, Function, Value
from ganlib.lessons.checks.outcomes import UntriedError, is_missing
from ganlib.lessons.clinic import one_round, penalty
from ganlib.lessons.toys import distances


def _good(points: Tensor, centres: Tensor, sigma: float) -> Tensor:
    """(N, K): whether point n is good for mode k."""
    return distances(points, centres) <= 3 * sigma


def _report(good: Tensor, least: float = 0.5, of: Any = None) -> tuple[Tensor, Tensor]:
    shares = good.double().sum(0) / (len(good) if of is None else of)
    return (shares >= least / good.shape[1]).double().sum(), good.any(1).double().mean()


def _coverage(points: Tensor, centres: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
    return _report(_good(points, centres, sigma))


coverage = Function(
    _coverage,
    lambda draw: (
        torch.cat(
            [
                *(0.35 * draw(40, 2), torch.tensor([[4.0, 3.2]]).double()),
                *(5 + 0.35 * draw(10, 2), torch.tensor([0.0, 3.0]) + 0.01 * draw(5, 2)),
                torch.tensor([-4.0, 0.0]) + 0.3 * draw(18, 2),
            ]
        ),
        torch.tensor([[0.0, 0.0], [0.0, 3.0], [4.0, 4.0], [5.0, 5.0], [-4.0, 0.0]]).double(),
        0.15,
    ),
    lambda p, c, s: _report(_good(p, c, s), 1e-9),
    "one good sample is enough here, and noise passes that: a mode needs half of its fair share",
    lambda p, c, s: _report(_good(p, c, s), 1.0),
    "the whole fair share is asked for: by chance true samples miss that, so ask for half",
    lambda p, c, s: _report(_good(p, c, s), of=_good(p, c, s).double().sum()),
    "these are shares of the *good* samples; divide by all N, or a traced circle passes",
    lambda p, c, s: _report(distances(p, c) <= s),
    "within one σ: the protocol takes three, which 98.9 % of true samples keep",
    lambda p, c, s: _report(((p[:, None] - c).abs() <= 3 * s).all(2)),
    "a square, not a disc: take the distance, not each coordinate by itself",
    lambda p, c, s: _report(distances(p, c).square() <= 3 * s),
    "a *squared* distance is compared with 3σ: take its root, or compare with 9σ²",
    lambda p, c, s: (
        _report(nn.functional.one_hot(distances(p, c).argmin(1), len(c)))[0],
        _coverage(p, c, s)[1],
    ),
    "these shares count every sample at its nearest mode; only samples within 3σ count",
    lambda p, c, s: _coverage(p, c, s)[::-1],
    "right numbers in the wrong order: modes first, then quality",
    differentiable=False,
    praise="right: a score that noise fails",
)


def _kl(counts: Tensor, log: Any = torch.log) -> Tensor:
    share = counts / counts.sum()
    seen = share[share > 0]
    return (seen * log(seen * len(share))).sum()


reverse_kl = Function(
    _kl,
    lambda draw: (torch.cat([draw(6).exp() * 100, torch.zeros(2).double()]),),
    lambda counts: (counts / counts.sum() * torch.log(counts / counts.sum() * 8)).sum(),
    "nan: 0 · log 0 is 0 by convention, but not by arithmetic. Leave the empty modes out",
    lambda counts: (torch.log(counts.sum() / counts / 8) / 8).sum(),
    "the other direction, KL(truth ‖ samples): one empty mode makes it infinite",
    lambda counts: _kl(counts, torch.log2),
    "this is in bits; take the natural logarithm",
    lambda counts: -_kl(counts),
    "the sign: a KL is never below 0",
    lambda counts: _kl(counts, lambda x: torch.log(x / 8)),
    "log h is missing its K: this is minus the entropy, and not 0 for even shares",
    lambda counts: _kl(counts[counts > 0]),
    "K is the number of *true* modes: leave out empty ones after you have counted K",
    differentiable=False,
    praise="right: 0 if all modes get their share, ln 8 if one gets all",
)


class _Penalty(Function):
    """Checks a penalty of D(x) = tanh(x · a) + b · x² by its value, and by its gradient with
    respect to D's numbers a and b, of stacks of points and of one set. Points come to the engine as
    whole numbers, so that none is taken with respect to them."""

    def _outcomes(self, function: Any, rounds: Any) -> Any:
        def run(a: Tensor, b: Tensor, points: Tensor) -> Any:
            def discriminator(x: Tensor) -> Tensor:
                return (torch.tanh(x @ a) + x.square() @ b)[..., None]

            return function(discriminator, points.double() / 100)

        return super()._outcomes(run, rounds)


def _gradient(discriminator: Any, points: Tensor, create_graph: bool = True) -> Tensor:
    x = points.detach().requires_grad_()
    return torch.autograd.grad(discriminator(x).sum(), x, create_graph=create_graph)[0]


gradient_penalty = _Penalty(
    penalty,
    lambda draw: (draw(2), draw(2), (100 * draw(3, 6, 2)).long()),
    lambda d, x: _gradient(d, x).square().sum(1).mean() / 2,
    "right for one network; in a stack, (S, N, 2), axis 1 holds the points: sum over the last axis",
    lambda d, x: _gradient(d, x).square().sum() / len(x) / 2,
    "a stack's length is the number of its runs: take the mean over the points of all of them",
    lambda d, x: _gradient(d, x, create_graph=False).square().sum(-1).mean() / 2,
    "the value is right, but it cannot train D: create_graph=True keeps the way to D's weights",
    lambda d, x: _gradient(d, x).square().mean() / 2,
    "a mean over the coordinates too: *sum* over them (that is ‖·‖²), then mean over the points",
    lambda d, x: _gradient(d, x).square().sum(-1).mean(),
    "the factor ½ is missing",
    lambda d, x: _gradient(d, x).norm(dim=-1).mean() / 2,
    "the norm is not squared",
    lambda d, x: (_gradient(d, x).norm(dim=-1) - 1).square().mean() / 2,
    "this pulls the norm towards 1 (WGAN-GP); R1 pulls it towards 0",
    lambda d, x: _gradient(d, x).sum(-1).square().mean() / 2,
    "the coordinates are added before they are squared: square first",
    lambda d, x: d(x).square().mean() / 2,
    "that is D's output, squared; (05.3) has its gradient with respect to x",
    edges=[
        (
            torch.tensor([0.5, -1.0]).double(),
            torch.tensor([1.0, 0.3]).double(),
            torch.tensor([[20, -130], [70, 10], [-40, 90]]),
        )
    ],
    praise="right: and it has a gradient with respect to D's weights",
)


def _mlp(draw: Callable[..., Tensor], outputs: int) -> nn.Module:
    network = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, outputs)).double()
    for weight in network.parameters():
        weight.data.copy_(draw(*weight.shape))
    return network


def _networks(draw: Callable[..., Tensor]) -> tuple[Any, ...]:
    g, d = _mlp(draw, 2), _mlp(draw, 1)
    opt_g, opt_d = (torch.optim.SGD(n.parameters(), lr) for n, lr in ((g, 0.1), (d, 0.2)))
    return g, d, opt_g, opt_d, draw(7, 2), draw(7, 2)


def _row(pair: Any) -> Tensor:
    """What a round returned, as a tensor; empty if that is no numbers."""
    parts = pair if isinstance(pair, tuple | list) else (pair,)
    return (
        torch.empty(0)
        if is_missing(pair)
        else torch.cat([torch.as_tensor(p).flatten() for p in parts])
    )


class _Round(Function):
    """Checks two rounds by their losses and by what both networks have become."""

    def _outcomes(self, function: Any, rounds: Any) -> Any:
        def play(g: Any, d: Any, opt_g: Any, opt_d: Any, a: Tensor, b: Tensor, *rest: Any) -> Any:
            before = [w.detach().clone() for n in (g, d) for w in n.parameters()]
            losses = [function(g, d, opt_g, opt_d, x, y, *rest) for x, y in ((a, b), (b, a))]
            after = [w for n in (g, d) for w in n.parameters()]
            if any(map(is_missing, losses)) and all(map(torch.equal, before, after)):
                raise UntriedError
            if any(len(_row(pair)) != 2 for pair in losses):
                raise FoundError("return both losses, d_loss and g_loss")
            return (*(each for pair in losses for each in _row(pair).detach()), *after)

        return super()._outcomes(play, rounds)


def in_turns(
    optimisers: Mapping[str, Any],
    loss_of: Callable[[str], tuple[Any, Any]],
    switch: Mapping[str, Any],
) -> tuple[Tensor, Tensor]:
    """A round's losses of D and G, each minimised in its turn. `loss_of` a turn gives the loss, and
    what is minimised with it. What may be different: the "order" of the turns, of which the
    gradients are "uncleared", and whose network stands "still"."""
    losses = {}
    for turn in switch.get("order", "dg"):
        loss, extra = loss_of(turn)
        if turn not in switch.get("uncleared", ""):
            optimisers[turn].zero_grad()
        (loss + extra).backward(retain_graph=True)  # of the fakes: G comes after D, or before
        if turn not in switch.get("still", ""):
            optimisers[turn].step()
        losses[turn] = loss.detach()
    return losses["d"], losses["g"]


def _other(**switch: Any) -> Callable[..., Any]:
    """A round in which something is different."""

    def play(g: Any, d: Any, opt_g: Any, opt_d: Any, real: Tensor, noise: Tensor) -> Any:
        fake = g(noise)

        def loss_of(turn: str) -> Any:
            if turn == "g":
                minimax = "minimax" in switch
                return (-softplus(d(fake)) if minimax else softplus(-d(fake))).mean(), 0
            points = real if "real_only" in switch else torch.cat([real, fake.detach()])
            loss = softplus(-d(real)).mean() + softplus(d(fake.detach())).mean()
            return loss, switch.get("gamma", 0.02) * penalty(d, points)

        return in_turns({"d": opt_d, "g": opt_g}, loss_of, switch)

    return play


gan_round = _Round(
    one_round,
    _networks,
    partial(one_round, detach=False),
    "D's loss reaches G, and G minimises it too: detach the fakes that D's turn sees",
    _other(order="gd"),
    "G's turn comes first here; D first, then G",
    _other(uncleared="d"),
    "opt_d.zero_grad() is missing: what G's turn left in D is added to D's gradient",
    _other(uncleared="g"),
    "opt_g.zero_grad() is missing: the gradients of all rounds add up in G",
    _other(uncleared="dg"),
    "zero_grad() is missing: the gradients of all rounds add up",
    _other(gamma=0.0),
    "the penalty is missing: add gamma · penalty(discriminator, points) to D's loss",
    _other(gamma=1.0),
    "the penalty has no weight: multiply it by gamma",
    _other(real_only=True),
    "the penalty sees the real points only: join real and fake with torch.cat",
    _other(still="g"),
    "G does not move: where is opt_g.step()?",
    _other(still="d"),
    "D does not move: where is opt_d.step()?",
    _other(minimax=True),
    "G minimises the minimax loss here: take g_loss, the non-saturating one",
    differentiable=False,
    praise="right: D moves by its own loss, then G by its own",
)

FAILURES = {
    "strong D": "G hardly moves, so its fakes would still lie where no data is",
    "fast G": "its fakes would be good, but on few modes",
    "no noise": "all fakes would sit on one point",
    "tiny batch": "the losses would be the roughest of all, and the fakes spread over the ring",
    "healthy": "it would have fakes on the modes and hardly between them",
}


class _Diagnoses(Value):
    """One word for each run."""

    def compare(self, answer: Any) -> None:
        if not isinstance(answer, Mapping):
            super().compare(answer)
            return
        known = {name.casefold(): name for name in FAILURES}
        for run, right in self.reference.items():
            given = answer.get(run)
            if is_missing(given):
                raise UntriedError
            named = known.get(str(given).strip().casefold())
            if named is None:
                raise FoundError(f"{given!r} is not on the list: {', '.join(FAILURES)}")
            if named != right:
                raise FoundError(f'run {run} is not "{named}": {FAILURES[named]}')


diagnosis = _Diagnoses(
    {"A": "no noise", "B": "strong D", "C": "healthy", "D": "tiny batch", "E": "fast G"},
    praise="right, all five",
)
