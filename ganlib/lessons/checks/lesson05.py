"""Lesson 05, two dimensions, and how it fails."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import softplus

from ganlib.lessons.checks.core import Check, FoundError, Function, Mistake, UntriedError, Value
from ganlib.lessons.clinic import PATIENTS, SOFT_RING, Chart, Recipe


def _distances(points: Tensor, centres: Tensor) -> Tensor:
    return torch.cdist(points, centres, compute_mode="donot_use_mm_for_euclid_dist")


def _coverage(points: Tensor, centres: Tensor, sigma: float, radius: float = 3) -> Any:
    distance, nearest = _distances(points, centres).min(1)
    good = distance <= radius * sigma
    return float(len(nearest[good].unique())), good.double().mean()


def _boxes(points: Tensor, centres: Tensor, sigma: float) -> Any:
    inside = ((points[:, None] - centres).abs() <= 3 * sigma).all(2)
    return inside.any(0).double().sum(), inside.any(1).double().mean()


def _squares(points: Tensor, centres: Tensor, sigma: float) -> Any:
    good = _distances(points, centres).square() <= 3 * sigma
    return good.any(0).double().sum(), good.any(1).double().mean()


def _any_nearest(points: Tensor, centres: Tensor, sigma: float) -> Any:
    modes, quality = _coverage(points, centres, sigma)
    return float(len(_distances(points, centres).argmin(1).unique())), quality


coverage = Function(
    lambda points, centres, sigma: _coverage(points, centres, sigma),
    lambda draw: (
        torch.cat([0.35 * draw(40, 2), torch.tensor([[4.0, 3.2]]).double(), 5 + 0.35 * draw(9, 2)]),
        torch.tensor([[0.0, 0.0], [0.0, 3.0], [4.0, 4.0], [5.0, 5.0]]).double(),
        0.15,
    ),
    Mistake(
        lambda p, c, s: _coverage(p, c, s, 1),
        "within one σ: the protocol takes three, which 98.9 % of true samples keep",
    ),
    Mistake(
        _boxes,
        "a square, not a disc: take the distance, not each coordinate by itself",
    ),
    Mistake(
        _squares,
        "a *squared* distance is compared with 3σ: take its root, or compare with 9σ²",
    ),
    Mistake(
        _any_nearest,
        "a mode counts only with a sample within 3σ of it; to be the nearest is not enough",
    ),
    Mistake(
        lambda p, c, s: _coverage(p, c, s)[::-1],
        "right numbers in the wrong order: modes first, then quality",
    ),
    differentiable=False,
    praise="right: two numbers that no single one could stand for",
)


def _kl(counts: Tensor, log: Any = torch.log) -> Tensor:
    share = counts / counts.sum()
    seen = share[share > 0]
    return (seen * log(seen * len(share))).sum()


reverse_kl = Function(
    lambda counts: _kl(counts),
    lambda draw: (torch.cat([draw(6).exp() * 100, torch.zeros(2).double()]),),
    Mistake(
        lambda counts: (counts / counts.sum() * torch.log(counts / counts.sum() * 8)).sum(),
        "nan: 0 · log 0 is 0 by convention, but not by arithmetic. Leave the empty modes out",
    ),
    Mistake(
        lambda counts: (torch.log(counts.sum() / counts / 8) / 8).sum(),
        "the other direction, KL(truth ‖ samples): one empty mode makes it infinite",
    ),
    Mistake(lambda counts: _kl(counts, torch.log2), "this is in bits; take the natural logarithm"),
    Mistake(lambda counts: -_kl(counts), "the sign: a KL is never below 0"),
    Mistake(
        lambda counts: _kl(counts, lambda x: torch.log(x / 8)),
        "log h is missing its K: this is minus the entropy, and not 0 for even shares",
    ),
    Mistake(
        lambda counts: _kl(counts[counts > 0]),
        "K is the number of *true* modes: leave out empty ones after you have counted K",
    ),
    differentiable=False,
    praise="right: 0 if all modes get their share, ln 8 if one gets all",
)


def _losses(theta: Tensor, phi: Tensor, real: Tensor, noise: Tensor, cut: Any = None) -> Any:
    fake = noise + theta
    shown = fake.detach() if cut is None else cut(fake)
    d_loss = softplus(-(real @ phi)).mean() + softplus(shown @ phi).mean()
    return d_loss, softplus(-(fake @ phi)).mean()


def _both_cut(theta: Tensor, phi: Tensor, real: Tensor, noise: Tensor) -> Any:
    return _losses(theta.detach(), phi, real, noise.detach())


def _second_cut(theta: Tensor, phi: Tensor, real: Tensor, noise: Tensor) -> Any:
    d_loss, _ = _losses(theta, phi, real, noise, lambda fake: fake)
    return d_loss, _both_cut(theta, phi, real, noise)[1]


def _frozen_judge(theta: Tensor, phi: Tensor, real: Tensor, noise: Tensor) -> Any:
    _, g_loss = _losses(theta, phi, real, noise)
    return _losses(theta, phi.detach(), real, noise)[0], g_loss


two_losses = Function(
    lambda theta, phi, real, noise: _losses(theta, phi, real, noise),
    lambda draw: (draw(2), draw(2), draw(7, 2), draw(5, 2)),
    Mistake(
        lambda theta, phi, real, noise: _losses(theta, phi, real, noise, lambda fake: fake),
        "D's loss reaches G's number θ: detach the fakes that D's loss is computed from",
    ),
    Mistake(
        _both_cut,
        "no slope reaches θ at all: G's own loss must not be cut off. Detach in D's loss only",
    ),
    Mistake(
        _second_cut,
        "the wrong one of the two: D's loss reaches θ, and G's own does not",
    ),
    Mistake(
        _frozen_judge,
        "you cut D off from its own loss: detach the fakes, not D's numbers φ",
    ),
    Mistake(
        lambda *a: _losses(*a)[::-1],
        "right losses in the wrong order: D's first, then G's",
    ),
    praise="right: D's loss moves D alone, and G's reaches θ",
)

ILLNESSES = {
    "collapse": "its fakes would be huddled in one place, over one or two modes",
    "vanishing": "its slope would be next to nothing, though D's step leaves nothing in G",
    "oscillation": "its fakes would be wide and swing to and fro, and so would the losses",
    "strong D": "G would be told a large slope, and D's loss would be small all the same",
    "no detach": "D's step would leave a slope in G's gradient; it must leave none",
}
_NAMES = {1: "vanishing", 2: "oscillation", 3: "collapse", 4: "no detach", 5: "strong D"}


class _Diagnoses(Value):
    """One word for each patient."""

    def _judge(self, answer: Any) -> None:
        if not isinstance(answer, Mapping):
            super()._judge(answer)
            return
        given = {k: v.strip().casefold() if isinstance(v, str) else v for k, v in answer.items()}
        for patient, right in self.reference.items():
            named = given.get(patient, ...)
            if named is ... or named is None:
                raise UntriedError
            if named == right.casefold():
                continue
            for name, would in ILLNESSES.items():
                if named == name.casefold():
                    raise FoundError(f'patient {patient} has not "{name}": {would}')
            raise FoundError(f"{named!r} is not on the list: {', '.join(ILLNESSES)}")


diagnosis = _Diagnoses(
    _NAMES,
    *(
        Mistake(_NAMES | {patient: name}, f'patient {patient} has not "{name}": {ILLNESSES[name]}')
        for patient, name in (
            *((1, "strong D"), (2, "collapse"), (3, "oscillation")),
            *((4, "vanishing"), (5, "vanishing"), (4, "strong D")),
        )
    ),
    praise="right, all five",
)


def _chart(modes: int, blur: float = 1.0, gamma: float = 0.1, **changes: Any) -> Chart:
    """A chart of one run as it would look: for tests, and as an example of what is asked."""
    draw = torch.Generator().manual_seed(0)
    points = SOFT_RING.centres[torch.arange(512) % modes] + blur * 0.05 * torch.randn(
        512, 2, generator=draw
    )
    none = torch.zeros(1, 1)
    recipe = replace(PATIENTS[3], gamma=gamma, **changes)
    fakes = points.expand(1, 2, -1, -1)
    return Chart(recipe, SOFT_RING, torch.tensor([0, 1500]), fakes, none, none, none, none)


class _Recovery(Check):
    """A chart of the collapsed patient, treated."""

    def __init__(self, *mistakes: Mistake, praise: str) -> None:
        self.mistakes, self.praise = mistakes, praise
        self.reference = _chart(8)

    def _judge(self, answer: Any) -> None:
        if answer is None or answer is ...:
            raise UntriedError
        if isinstance(answer, Recipe):
            raise FoundError("this is a recipe; play it, and give the check its chart")
        if not isinstance(answer, Chart):
            raise FoundError("give the check the chart that play(...) returns")
        sick, given = PATIENTS[3], answer.recipe
        if answer.truth != SOFT_RING:
            raise FoundError("play on the same ring as the patient: leave `truth` alone")
        if given == sick:
            raise FoundError("nothing is changed: this is the patient's own recipe")
        if given == replace(sick, steps=given.steps):
            raise FoundError("time does not heal it: only the number of steps is changed")
        if (given.spread, given.game) != (sick.spread, sick.game):
            raise FoundError(
                "start and game are the patient's history: change what D may do, not whom you treat"
            )
        worst = min(answer.modes())
        quality = min(answer.report(run).quality for run in range(len(answer.fakes)))
        if worst < 7:
            hint = " Is the penalty too strong?" if given.gamma > 1 else ""
            raise FoundError(
                f"not yet: {worst} of 8 modes in the worst run.{hint or ' Is the critic bounded?'}"
            )
        if quality < 0.2:
            raise FoundError(
                "all modes are reached, but fewer than 20 % of the points are near one: the fakes "
                "are strewn about, not cured"
            )


cure = _Recovery(
    Mistake(_chart(2, gamma=0.0), "nothing is changed: this is the patient's own recipe"),
    Mistake(
        _chart(2, gamma=0.0, steps=3000),
        "time does not heal it: only the number of steps is changed",
    ),
    Mistake(_chart(3), "not yet: 3 of 8 modes in the worst run. Is the critic bounded?"),
    Mistake(
        _chart(8, blur=9),
        "all modes are reached, but fewer than 20 % of the points are near one: the fakes are "
        "strewn about, not cured",
    ),
    Mistake(
        _chart(8, spread=1.0),
        "start and game are the patient's history: change what D may do, not whom you treat",
    ),
    praise="recovered: at least 7 of 8 modes in every run",
)

_ONE_MODE = sum(2 * math.sin(math.pi * k / 8) for k in range(8)) / 8
one_mode = Value(
    _ONE_MODE,
    Mistake(1.0, "the distance from the *centre* to a mode; the fakes sit on a mode"),
    Mistake(2.0, "that is the farthest mode; each eighth of the points has a way of its own"),
    Mistake(_ONE_MODE * 8 / 7, "the mode where the fakes sit is one of the eight: its way is 0"),
    Mistake(_ONE_MODE * 8, "the mean, not the sum: an eighth of the points goes each way"),
    Mistake(math.pi / 2, "along the circle; points are carried straight across"),
    tolerance=0.02,
    praise="right, about 1.26: compare it with what you measure",
)
