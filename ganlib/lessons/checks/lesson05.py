"""Lesson 05, two dimensions, and how it fails."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import softplus

from ganlib.lessons.checks.core import Check, FoundError, Function, UntriedError, Value, is_missing
from ganlib.lessons.clinic import PATIENTS, SOFT_RING, Chart, ClinicConfig
from ganlib.lessons.toys import distances


def _coverage(good: Tensor) -> tuple[Tensor, Tensor]:
    """Modes and quality, of (N, K): whether point n is good for mode k."""
    return good.any(0).double().sum(), good.any(1).double().mean()


coverage = Function(
    lambda points, centres, sigma: _coverage(distances(points, centres) <= 3 * sigma),
    lambda draw: (
        torch.cat([0.35 * draw(40, 2), torch.tensor([[4.0, 3.2]]).double(), 5 + 0.35 * draw(9, 2)]),
        torch.tensor([[0.0, 0.0], [0.0, 3.0], [4.0, 4.0], [5.0, 5.0]]).double(),
        0.15,
    ),
    lambda p, c, s: _coverage(distances(p, c) <= s),
    "within one σ: the protocol takes three, which 98.9 % of true samples keep",
    lambda p, c, s: _coverage(((p[:, None] - c).abs() <= 3 * s).all(2)),
    "a square, not a disc: take the distance, not each coordinate by itself",
    lambda p, c, s: _coverage(distances(p, c).square() <= 3 * s),
    "a *squared* distance is compared with 3σ: take its root, or compare with 9σ²",
    lambda p, c, s: (
        float(len(distances(p, c).argmin(1).unique())),
        _coverage(distances(p, c) <= 3 * s)[1],
    ),
    "a mode counts only with a sample within 3σ of it; to be the nearest is not enough",
    lambda p, c, s: _coverage(distances(p, c) <= 3 * s)[::-1],
    "right numbers in the wrong order: modes first, then quality",
    differentiable=False,
    praise="right: two numbers that no single one could stand for",
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


def _losses(theta: Tensor, phi: Tensor, real: Tensor, noise: Tensor, cut: bool = True) -> Any:
    fake = noise + theta
    shown = fake.detach() if cut else fake
    d_loss = softplus(-(real @ phi)).mean() + softplus(shown @ phi).mean()
    return d_loss, softplus(-(fake @ phi)).mean()


two_losses = Function(
    _losses,
    lambda draw: (draw(2), draw(2), draw(7, 2), draw(5, 2)),
    lambda t, f, x, z: _losses(t, f, x, z, cut=False),
    "D's loss reaches G's number θ: detach the fakes that D's loss is computed from",
    lambda t, f, x, z: _losses(t.detach(), f, x, z.detach()),
    "no gradient reaches θ at all: G's own loss must not be detached. Detach in D's loss only",
    lambda t, f, x, z: (_losses(t, f, x, z, False)[0], _losses(t.detach(), f, x, z.detach())[1]),
    "the wrong one of the two: D's loss reaches θ, and G's own does not",
    lambda t, f, x, z: (_losses(t, f.detach(), x, z)[0], _losses(t, f, x, z)[1]),
    "you detached D from its own loss: detach the fakes, not D's numbers φ",
    lambda *a: _losses(*a)[::-1],
    "right losses in the wrong order: D's first, then G's",
    praise="right: D's loss moves D alone, and G's reaches θ",
)

FAILURES = {
    "collapse": "its fakes would be huddled in one place, over one or two modes",
    "vanishing": "G's gradient would be nearly 0, though D's step leaves nothing in G",
    "oscillation": "its fakes would be wide and swing to and fro, and so would the losses",
    "strong D": "G's gradient would be large, and D's loss would be small all the same",
    "no detach": "D's step would leave a gradient in G's weights; it must leave none",
}


class _Diagnoses(Value):
    """One word for each patient."""

    def compare(self, answer: Any) -> None:
        if not isinstance(answer, Mapping):
            super().compare(answer)
            return
        known = {name.casefold(): name for name in FAILURES}
        for patient, right in self.reference.items():
            given = answer.get(patient)
            if is_missing(given):
                raise UntriedError
            named = known.get(str(given).strip().casefold())
            if named is None:
                raise FoundError(f"{given!r} is not on the list: {', '.join(FAILURES)}")
            if named != right:
                raise FoundError(f'patient {patient} has not "{named}": {FAILURES[named]}')


diagnosis = _Diagnoses(
    {1: "vanishing", 2: "oscillation", 3: "collapse", 4: "no detach", 5: "strong D"},
    praise="right, all five",
)


class _Recovery(Check):
    """A chart of the collapsed patient, treated."""

    praise = "recovered: at least 7 of 8 modes in every run"

    def __init__(self) -> None:
        fakes, none = SOFT_RING.centres.repeat(64, 1).expand(1, 2, -1, -1), torch.zeros(1, 1)
        config, rounds = replace(PATIENTS[3], gamma=0.1), torch.tensor([0, 1500])
        self.reference = Chart(config, SOFT_RING, rounds, fakes, none, none, none, none)

    def compare(self, answer: Any) -> None:
        if is_missing(answer):
            raise UntriedError
        if isinstance(answer, ClinicConfig):
            raise FoundError("this is a config; train with it, and give the check its chart")
        if not isinstance(answer, Chart):
            raise FoundError("give the check the chart that train(...) returns")
        ill, given = PATIENTS[3], answer.config
        worst = min(answer.modes())
        quality = min(answer.report(run).quality for run in range(len(answer.fakes)))
        hint = "Is the penalty too strong?" if given.gamma > 1 else "Is the critic bounded?"
        few = "all modes are reached, but fewer than 20 % of the points are near one"
        for wrong, finding in (
            (answer.truth != SOFT_RING, "train on the patient's ring: leave `truth` alone"),
            (given == ill, "nothing is changed: this is the patient's own config"),
            (given == replace(ill, steps=given.steps), "more steps alone do not cure it"),
            (given.loss != ill.loss, "the loss is given: leave `loss` alone"),
            (given.spread != ill.spread, "the first fakes are given: leave `spread` alone"),
            (worst < 7, f"not yet: {worst} of 8 modes in the worst run. {hint}"),
            (quality < 0.2, f"{few}: the fakes are scattered, not cured"),
        ):
            if wrong:
                raise FoundError(finding)


cure = _Recovery()

_ONE_MODE = sum(2 * math.sin(math.pi * k / 8) for k in range(8)) / 8
one_mode = Value(
    _ONE_MODE,
    {
        1.0: "the distance from the *centre* to a mode; the fakes sit on a mode",
        2.0: "that is the farthest mode; each eighth of the points has its own distance",
        _ONE_MODE * 8 / 7: "the mode where the fakes sit is one of the eight, at distance 0",
        _ONE_MODE * 8: "the mean, not the sum: an eighth of the points goes to each mode",
        math.pi / 2: "along the circle; points are carried straight across",
    },
    tolerance=0.02,
    praise="right, about 1.26: compare it with what you measure",
)
