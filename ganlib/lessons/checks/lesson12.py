"""Lesson 12, the article line by line."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus
from torch.optim import Adam

from ganlib.lessons.checks.core import FoundError, Function, Value
from ganlib.lessons.checks.lesson04 import _Adapted
from ganlib.lessons.checks.lesson05 import in_turns
from ganlib.lessons.checks.outcomes import UntriedError, is_missing

SIGNS = {
    "healthy": (
        "both losses would stay near their dotted lines, and go on moving",
        "both logits would stay near 0",
        "crosses would lie on the ring",
    ),
    "label one only": (
        "both losses would fall to 0",
        "the fakes' logit would rise above the reals'",
        "crosses would run outwards, to where D's logit is above 0",
    ),
    "two sigmoids": (
        "both losses would lie flat on their dotted lines",
        "both logits would sink",
        "D's logit would be below 0 on the ring too",
    ),
    "formula's sign": (
        "G's loss would fall below 0, which no cross-entropy can",
        "the fakes' logit would fall faster and faster, out of the picture",
        "crosses would be thousands away from the ring",
    ),
    "image as logit": (
        "both losses would fall to 0: D calls the fakes fake, and G's loss does not ask D",
        "the reals' logit would rise and the fakes' sink, ever more slowly",
        "crosses would run to the upper right, where D's logit is below 0",
    ),
    "one optimiser": (
        "both losses would end at ln 2",
        "the fakes' logit would stay at 0 while the reals' rises",
        "crosses would lie where D's logit is 0",
    ),
}
"""What each bug shows: in the losses, in D's mean logits, in the points."""


class _Diagnoses(Value):
    """The bug of each run, found in plots of one kind: `place` is its column in `SIGNS`."""

    def __init__(self, place: int, **runs: str) -> None:
        super().__init__(runs, praise="right, all three, from the plot alone")
        self.place = place

    def compare(self, answer: Any) -> None:
        if is_missing(answer):
            raise UntriedError
        if not isinstance(answer, Mapping):
            raise FoundError("give a name for each letter, as the stub does")
        for run, right in self.reference.items():
            if is_missing(answer.get(run)):
                raise UntriedError
            named = str(answer[run]).strip().casefold()
            if named not in SIGNS:
                raise FoundError(f'run {run}: "{named}" is not on the list: {", ".join(SIGNS)}')
            if named != right:
                raise FoundError(f'run {run} is not "{named}": {SIGNS[named][self.place]}')


by_losses = _Diagnoses(0, A="one optimiser", B="healthy", C="formula's sign")
by_logits = _Diagnoses(1, D="image as logit", E="two sigmoids", F="label one only")
by_points = _Diagnoses(2, X="label one only", Y="one optimiser", Z="image as logit")


def _trained(program: Callable[..., Any]) -> Callable[..., Any]:
    """What a training program leaves in both networks, and the losses that it returns."""

    def run(g: nn.Module, d: nn.Module, *rest: Any) -> Any:
        weights = [*g.parameters(), *d.parameters()]
        before = [w.detach().clone() for w in weights]
        losses = program(g, d, *rest)
        if is_missing(losses):
            still = all(map(torch.equal, before, weights))
            raise UntriedError if still else FoundError("return the losses, a pair a batch")
        return *weights, torch.tensor([[float(loss) for loss in row] for row in losses])

    return run


def _program(betas: Any = (0.5, 0.99), **switch: Any) -> Callable[..., Any]:
    """The article's training function, mended; each switch leaves a mistake in it."""

    def train(generator: Any, discriminator: Any, batches: Any, *rest: Any) -> Any:
        epochs, lr, weight = rest
        both = [*generator.parameters()], [*discriminator.parameters()]
        opts = {turn: Adam(of, lr, betas) for turn, of in zip("gd", both, strict=True)}
        opts |= dict.fromkeys("gd" if "one" in switch else (), Adam(both[0] + both[1], lr, betas))
        look = torch.sigmoid if "twice" in switch else nn.Identity()

        def loss_of(turn: str, photo: Tensor, true: Tensor, drawn: Tensor) -> Any:
            if turn == "d":
                real, fake = (look(discriminator(photo, y)) for y in (true, drawn.detach()))
                return softplus(-real).mean() + ("label" not in switch) * softplus(fake).mean(), 0
            logits = look(discriminator(photo, drawn.detach() if "cut" in switch else drawn))
            logits = drawn if "white" in switch else logits
            fooled = (logits if "sign" in switch else softplus(-logits)).mean()
            return fooled + switch.get("factor", weight) * (drawn - true).abs().mean(), 0

        losses = []
        for photo, true in (pair for _ in range(epochs) for pair in batches):
            batch = {"photo": photo, "true": true, "drawn": generator(photo)}
            losses.append(in_turns(opts, partial(loss_of, **batch), switch))
        return losses

    return train


def _networks(draw: Callable[..., Tensor]) -> tuple[Any, ...]:
    g, d = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 3)).double(), nn.Bilinear(3, 3, 1)
    for weight in (*g.parameters(), *d.double().parameters()):
        weight.data.copy_(draw(*weight.shape))
    return g, d, [(draw(5, 3), draw(5, 3)) for _ in range(2)], 2, 0.1, 3.0


_OTHERS: dict[str, dict[str, Any]] = {
    "D's loss has the label-one term only: nothing pushes fakes down": {"label": 1},
    "a sigmoid before a loss that takes logits: two sigmoids": {"twice": 1},
    "G minimises D's logit itself, the formula's sign: it learns to be caught": {"sign": 1},
    "G's loss takes the drawing for a logit: ask D about it": {"white": 1},
    "one optimiser moves both networks in both steps: give each its own": {"one": 1},
    "λ is missing: multiply the distance by weight": {"factor": 1.0},
    "the distance to the true drawing is missing": {"factor": 0.0},
    "G comes first here; D first, then G against the new D": {"order": "gd"},
    "zero_grad() is missing: gradients of all batches add up": {"uncleared": "dg"},
    "the drawing is detached in G's step too: nothing comes back through D": {"cut": 1},
    "these are Adam's default betas: give betas=(0.5, 0.99)": {"betas": (0.9, 0.999)},
}
train = _Adapted(
    _trained,
    _program(),
    _networks,
    *(part for said, switch in _OTHERS.items() for part in (_program(**switch), said)),
    differentiable=False,
    praise="right: the article's loop, mended",
)


def scores(hits: Tensor, said: Tensor, true: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Precision, recall and F1 of a class, from how often it is rightly said, said, and true."""
    f1 = 2 * hits / (said + true).clamp(min=1)
    return hits / said.clamp(min=1), hits / true.clamp(min=1), f1


def _report(said: Tensor, true: Tensor, shown: Tensor) -> tuple[Tensor, ...]:
    said, true = said & shown, true & shown
    support = true.sum(0)
    return *scores((said & true).sum(0), said.sum(0), support), support


report = Function(
    _report,
    lambda draw: (draw(40, 3) > 0.3, draw(40, 3) > 0.3, draw(40, 3) > -1),
    lambda s, t, v: _report(s, t, s | ~s),
    "it counts people in whose picture the attribute does not show: & shown",
    lambda s, t, v: tuple(_report(s, t, v)[i] for i in (1, 0, 2, 3)),
    "precision and recall are exchanged: precision divides by how often a class was *said*",
    lambda s, t, v: (*_report(s, t, v)[:2], sum(_report(s, t, v)[:2]) / 2, (t & v).sum(0)),
    "F1 is the harmonic mean: 2PR / (P + R)",
    edges=[(torch.zeros(4, 2).bool(), torch.ones(4, 2).bool(), torch.ones(4, 2).bool())],
    praise="right: four numbers for each class",
)
