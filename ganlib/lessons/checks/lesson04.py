"""Lesson 04, taking turns."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus
from torch.optim import SGD

from ganlib.lessons.checks.core import Function, Mistake, Value

growth = Function(
    lambda h, n: (1 + h**2) ** (n / 2),
    lambda draw: (0.1 + draw().sigmoid().item(), 6),
    Mistake(
        lambda h, n: (1 + h**2) ** n,
        "this is the factor of the *squared* distance; take the root",
    ),
    Mistake(lambda h, n: (1 + h**2) ** 0.5, "this is one step; n of them are multiplied"),
    Mistake(
        lambda h, n: 1 + n * ((1 + h**2) ** 0.5 - 1),
        "the growth of one step is added n times; every step multiplies",
    ),
    Mistake(
        lambda h, n: (1 + h) ** n,
        "the step is at right angles to the radius, not along it: Pythagoras, 1 + h²",
    ),
    Mistake(
        lambda h, n: (1 - h**2) ** (n / 2),
        "it shrinks: but a step along the tangent leads outside the circle",
    ),
    Mistake(lambda h, n: 1.0, "that is the exact orbit, for steps without size"),
    differentiable=False,
    praise="right: above 1 for every h",
)

alternate = Function(
    lambda theta, psi, h: (theta + h * psi, psi - h * (theta + h * psi)),
    lambda draw: (draw(), draw(), 0.1),
    Mistake(
        lambda t, p, h: (t + h * p, p - h * t),
        "this is the simultaneous step: D answers the θ of before",
    ),
    Mistake(
        lambda t, p, h: (t + h * (p - h * t), p - h * t),
        "D moves first here; let G move, and D answer",
    ),
    Mistake(
        lambda t, p, h: (t - h * p, p - h * (t - h * p)),
        "G's sign is turned: its loss is −ψθ, so θ goes the way of ψ",
    ),
    Mistake(
        lambda t, p, h: (t + h * p, p + h * (t + h * p)),
        "D's sign is turned: its loss is ψθ, and it descends",
    ),
    Mistake(
        lambda t, p, h: (p - h * (t + h * p), t + h * p), "right numbers, exchanged: θ comes first"
    ),
    differentiable=False,
    praise="right: two steps, the second with the new θ",
)


def _bce(real: Tensor, fake: Tensor) -> Tensor:
    return softplus(-real).mean() + softplus(fake).mean()


d_loss = Function(
    lambda theta, psi, real, noise: _bce(psi * real, psi * (noise + theta).detach()),
    # Whole numbers: what gradient reaches the points and the noise is nobody's business.
    lambda draw: (draw(), draw(), (3 * draw(7)).long(), (3 * draw(5)).long()),
    Mistake(
        lambda t, p, x, z: _bce(p * x, p * (z + t)),
        "the value is right, but its gradient reaches G's θ: did you forget to detach the fake?",
    ),
    Mistake(
        lambda t, p, x, z: _bce(p * x, (p * (z + t)).detach()),
        "D's logit is detached instead of the fake: ψ hears nothing of the fakes any more",
    ),
    Mistake(
        lambda t, p, x, z: _bce(p * x, p * (z + t)).detach(),
        "the loss itself is detached: no gradient reaches D",
    ),
    Mistake(
        lambda t, p, x, z: _bce(p * x, p * z),
        "D judges the noise z; show it G(z) = z + θ",
    ),
    Mistake(
        lambda t, p, x, z: softplus(-p * x).mean() + softplus(-p * (z + t).detach()).mean(),
        "it falls when fakes score higher: the fake term's sign is turned",
    ),
    Mistake(
        lambda t, p, x, z: softplus(-p * (z + t)).mean(),
        "this is G's loss; it is D's turn",
    ),
    praise="right: ψ learns, θ is left in peace",
)

Parts = tuple[nn.Module, nn.Module, torch.optim.Optimizer, torch.optim.Optimizer]
Loop = Callable[..., list[Tensor]]


def _d_part(g: nn.Module, d: nn.Module, real: Tensor, noise: Tensor) -> Tensor:
    return _bce(d(real), d(g(noise).detach()))


def _loop(
    g_logits: Callable[..., Tensor] = lambda g, d, noise: d(g(noise)),
    g_loss: Callable[[Tensor], Tensor] = lambda logits: softplus(-logits).mean(),
    clear: str = "d|g",
    steps: str = "d|g",
    early: bool = False,
    one_total: bool = False,
) -> Loop:
    """A training loop. `steps` says who steps in D's turn and who in G's, `clear` whose gradients
    are zeroed before the backward of each turn (`early`: D's right after its step), `one_total`
    that G is judged by the D of before."""

    def run(g: nn.Module, d: nn.Module, opt_g: Any, opt_d: Any, batches: Any) -> list[Tensor]:
        optimisers = {"g": opt_g, "d": opt_d}
        turns = list(zip("dg", clear.split("|"), steps.split("|"), strict=True))
        for real, noise in batches:
            before = deepcopy(d) if one_total else d
            for name, cleared, moved in turns:
                for who in cleared:
                    optimisers[who].zero_grad()
                if name == "d":
                    _d_part(g, d, real, noise).backward()
                else:
                    g_loss(g_logits(g, before, noise)).backward()
                for who in moved:
                    optimisers[who].step()
                if early and name == "d":
                    opt_d.zero_grad()
        return [*g.parameters(), *d.parameters()]

    return run


def _players(draw: Callable[..., Tensor]) -> tuple[Any, ...]:
    g, d = (nn.Linear(1, 1, dtype=torch.float64) for _ in range(2))
    with torch.no_grad():
        for parameter in (*g.parameters(), *d.parameters()):
            parameter.copy_(draw(*parameter.shape))
    batches = [(draw(7, 1) + 3, draw(5, 1)) for _ in range(3)]
    return g, d, SGD(g.parameters(), 0.1), SGD(d.parameters(), 0.1), batches


train = Function(
    _loop(),
    _players,
    Mistake(
        _loop(clear="|"),
        "no zero_grad: every step also repeats the gradients of all the steps before",
    ),
    Mistake(
        _loop(clear="|g"),
        "D's gradient is never cleared: each of its steps repeats the last ones, and G's besides. "
        "opt_d.zero_grad() before D's backward",
    ),
    Mistake(
        _loop(clear="|g", early=True),
        "D's gradient is cleared too early: G's backward runs through D, and what it leaves there "
        "is added to D's next step. opt_d.zero_grad() right before D's backward",
    ),
    Mistake(
        _loop(clear="d|"), "G's gradient is not cleared: each of its steps repeats the last ones"
    ),
    Mistake(
        _loop(clear="d|gd", steps="d|gd"),
        "wrong parameters stepped: in G's turn D moves too, down G's loss, and unlearns",
    ),
    Mistake(
        _loop(steps="d|gd"),
        "wrong parameters stepped: in G's turn D moves too, down G's loss and its own once more",
    ),
    Mistake(
        _loop(steps="d|d"),
        "wrong parameters stepped: opt_d steps in G's turn, and G never moves",
    ),
    Mistake(
        _loop(g_logits=lambda g, d, noise: d(g(noise).detach())),
        "G has not moved: its fakes are detached in its own turn as well",
    ),
    Mistake(
        _loop(g_loss=lambda logits: softplus(logits).mean()),
        "G learns to be caught: its label for the fakes is 1",
    ),
    Mistake(
        _loop(g_loss=lambda logits: -softplus(logits).mean()),
        "you descend log(1 − D(G(z))), the saturating loss; asked for is −log D(G(z))",
    ),
    Mistake(
        _loop(one_total=True),
        "G answers the D of before: compute G's loss after opt_d.step()",
    ),
    differentiable=False,
    praise="right, to the last digit, over three rounds",
)

fastest = Value(
    1.0,
    Mistake(0.0, "without friction it never arrives"),
    Mistake(2.0, "over-damped: it no longer turns, and one direction has become slow"),
    Mistake(0.3, "under-damped: it still turns; more friction is faster"),
    Mistake(
        0.5,
        "that is γ/2 at the best γ, or the slope of the sigmoid; the root is 0 where γ² = 1",
    ),
    Mistake(0.25, "that is γ² / 4 under the root; solve for γ"),
    tolerance=0.02,
    praise="right: the root is 0, both directions shrink alike, by 1 − h/2 in each step",
)
