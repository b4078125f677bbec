"""Lesson 04, alternating updates."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus
from torch.optim import SGD

from ganlib.core.losses import logistic_discriminator as _bce
from ganlib.lessons.checks.core import Function, Value

growth = Function(
    lambda h, n: (1 + h**2) ** (n / 2),
    lambda draw: (0.1 + draw().sigmoid().item(), 6),
    lambda h, n: (1 + h**2) ** n,
    "this is the factor of the *squared* distance; take the root",
    lambda h, n: (1 + h**2) ** 0.5,
    "this is one step; n of them are multiplied",
    lambda h, n: 1 + n * ((1 + h**2) ** 0.5 - 1),
    "the growth of one step is added n times; every step multiplies",
    lambda h, n: (1 + h) ** n,
    "the step is at right angles to the radius, not along it: Pythagoras, 1 + h²",
    lambda h, n: (1 - h**2) ** (n / 2),
    "it shrinks: but a step along the tangent leads outside the circle",
    lambda h, n: 1.0,
    "that is the exact orbit, for infinitely small steps",
    differentiable=False,
    praise="right: above 1 for every h",
)

alternate = Function(
    lambda theta, psi, h: (theta + h * psi, psi - h * (theta + h * psi)),
    lambda draw: (draw(), draw(), 0.1),
    lambda t, p, h: (t + h * p, p - h * t),
    "this is the simultaneous step: D's update uses the old θ",
    lambda t, p, h: (t + h * (p - h * t), p - h * t),
    "D is updated first here; first G, then D with the new θ",
    lambda t, p, h: (t - h * p, p - h * (t - h * p)),
    "G's sign is reversed: its loss is −ψθ, so θ moves by +hψ",
    lambda t, p, h: (t + h * p, p + h * (t + h * p)),
    "D's sign is reversed: its loss is ψθ, so ψ moves by −hθ",
    lambda t, p, h: (p - h * (t + h * p), t + h * p),
    "right numbers, exchanged: θ comes first",
    differentiable=False,
    praise="right: two steps, the second with the new θ",
)


d_loss = Function(
    lambda theta, psi, real, noise: _bce(psi * real, psi * (noise + theta).detach()),
    # Whole numbers: no gradient by the points and the noise is compared.
    lambda draw: (draw(), draw(), (3 * draw(7)).long(), (3 * draw(5)).long()),
    lambda t, p, x, z: _bce(p * x, p * (z + t)),
    "the value is right, but its gradient reaches G's θ: did you forget to detach the fake?",
    lambda t, p, x, z: _bce(p * x, (p * (z + t)).detach()),
    "D's logit is detached instead of the fake: ψ gets no gradient from the fakes any more",
    lambda t, p, x, z: _bce(p * x, p * (z + t)).detach(),
    "the loss itself is detached: no gradient reaches D",
    lambda t, p, x, z: _bce(p * x, p * z),
    "D gets the noise z; give it G(z) = z + θ",
    lambda t, p, x, z: softplus(-p * x).mean() + softplus(-p * (z + t).detach()).mean(),
    "it falls when fakes score higher: the sign of the fake term is reversed",
    lambda t, p, x, z: softplus(-p * (z + t)).mean(),
    "this is G's loss; it is D's turn",
    praise="right: ψ gets a gradient, θ gets none",
)


_LOSSES: dict[str, Callable[..., Tensor]] = {
    "D": lambda g, d, old_d, real, noise: _bce(d(real), d(g(noise).detach())),
    "G": lambda g, d, old_d, real, noise: softplus(-d(g(noise))).mean(),
    "G-detached": lambda g, d, old_d, real, noise: softplus(-d(g(noise).detach())).mean(),
    "G-fake": lambda g, d, old_d, real, noise: softplus(d(g(noise))).mean(),
    "G-minimax": lambda g, d, old_d, real, noise: -softplus(d(g(noise))).mean(),
    "G-old-D": lambda g, d, old_d, real, noise: softplus(-old_d(g(noise))).mean(),
}


def _loop(moves: str) -> Callable[..., list[Tensor]]:
    """A training loop by what it does in each round: zero a network's gradients, take the backward
    of a loss, step with an optimiser."""

    def run(g: nn.Module, d: nn.Module, opt_g: Any, opt_d: Any, batches: Any) -> list[Tensor]:
        optimisers = {"G": opt_g, "D": opt_d}
        for real, noise in batches:
            old_d = deepcopy(d)
            for verb, what in (move.split() for move in moves.split(", ")):
                if verb == "zero":
                    optimisers[what].zero_grad()
                elif verb == "backward":
                    _LOSSES[what](g, d, old_d, real, noise).backward()
                else:
                    optimisers[what].step()
        return [*g.parameters(), *d.parameters()]

    return run


def _networks(draw: Callable[..., Tensor]) -> tuple[Any, ...]:
    g, d = (nn.Linear(1, 1, dtype=torch.float64) for _ in range(2))
    with torch.no_grad():
        for parameter in (*g.parameters(), *d.parameters()):
            parameter.copy_(draw(*parameter.shape))
    batches = [(draw(7, 1) + 3, draw(5, 1)) for _ in range(3)]
    return g, d, SGD(g.parameters(), 0.1), SGD(d.parameters(), 0.1), batches


train = Function(
    _loop("zero D, backward D, step D, zero G, backward G, step G"),
    _networks,
    _loop("backward D, step D, backward G, step G"),
    "no zero_grad: every step also repeats the gradients of all the steps before",
    _loop("backward D, step D, zero G, backward G, step G"),
    "D's gradient, and what G's turn adds, is never cleared: opt_d.zero_grad() before backward",
    _loop("backward D, step D, zero D, zero G, backward G, step G"),
    "D's gradient is cleared too early, before G's turn adds to it: do it before D's backward",
    _loop("zero D, backward D, step D, backward G, step G"),
    "G's gradient is not cleared: each of its steps repeats the last ones",
    _loop("zero D, backward D, step D, zero G, zero D, backward G, step G, step D"),
    "wrong parameters stepped: in G's turn D moves too, down G's loss, and gets worse",
    _loop("zero D, backward D, step D, zero G, backward G, step G, step D"),
    "wrong parameters stepped: in G's turn D moves too, down G's loss and its own once more",
    _loop("zero D, backward D, step D, zero G, backward G, step D"),
    "wrong parameters stepped: opt_d steps in G's turn, and G never moves",
    _loop("zero D, backward D, step D, zero G, backward G-detached, step G"),
    "G has not moved: its fakes are detached in its own turn as well",
    _loop("zero D, backward D, step D, zero G, backward G-fake, step G"),
    "G learns to look fake: its label for the fakes is 1",
    _loop("zero D, backward D, step D, zero G, backward G-minimax, step G"),
    "you minimise log(1 − D(G(z))), the saturating loss; asked for is −log D(G(z))",
    _loop("zero D, backward D, step D, zero G, backward G-old-D, step G"),
    "G's loss is computed with the old D: do it after opt_d.step()",
    differentiable=False,
    praise="right, to the last digit, over three rounds",
)

fastest = Value(
    1.0,
    {
        0.0: "without damping it never converges",
        2.0: "over-damped: it no longer rotates, and one direction has become slow",
        0.3: "under-damped: it still rotates; more damping is faster",
        0.5: "that is γ/2 at the best γ; the root is 0 where γ² = 1",
        0.25: "that is γ² / 4 under the root; solve for γ",
    },
    tolerance=0.02,
    praise="right: the root is 0, both directions shrink alike, by 1 − h/2 in each step",
)
