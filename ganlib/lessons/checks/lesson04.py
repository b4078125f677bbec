"""Lesson 04, alternating updates: everywhere D first, then G against the D that has moved."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus
from torch.optim import Adam

from ganlib.core.losses import logistic_discriminator as _bce
from ganlib.core.losses import nonsaturating_generator
from ganlib.core.penalties import r1
from ganlib.lessons.checks.core import Function
from ganlib.lessons.checks.outcomes import Inputs, Outcome


def _rates(draw: Callable[..., Tensor]) -> tuple[float, float]:
    return 0.1 + draw().sigmoid().item(), 0.1 + draw().sigmoid().item()


def _alternate(theta: Any, psi: Any, h_g: float, h_d: float) -> tuple[Any, Any]:
    psi = psi - h_d * theta
    return theta + h_g * psi, psi


alternate = Function(
    _alternate,
    lambda draw: (draw(), draw(), *_rates(draw)),
    lambda t, p, h_g, h_d: (t + h_g * p, p - h_d * t),
    "this is the simultaneous step: G's update uses the old ψ",
    lambda t, p, h_g, h_d: (t + h_g * p, p - h_d * (t + h_g * p)),
    "G is updated first here; first D, then G with the new ψ",
    lambda t, p, h_g, h_d: (t - h_g * (p - h_d * t), p - h_d * t),
    "G's sign is reversed: its loss is −ψθ, so θ moves by +h_G ψ",
    lambda t, p, h_g, h_d: (t + h_g * (p + h_d * t), p + h_d * t),
    "D's sign is reversed: its loss is ψθ, so ψ moves by −h_D θ",
    lambda t, p, h_g, h_d: (p - h_d * t, t + h_g * (p - h_d * t)),
    "right numbers, exchanged: θ comes first",
    lambda t, p, h_g, h_d: (t + h_d * (p - h_g * t), p - h_g * t),
    "the learning rates are exchanged: h_G moves θ, h_D moves ψ",
    differentiable=False,
    praise="right: two steps, the second with the new ψ",
)


def _matrix(h_g: Any, h_d: Any, gamma: Any, c: Any) -> list[list[Any]]:
    d = [-c * h_d, 1 - h_d * gamma]
    return [[1 + c * h_g * d[0], c * h_g * d[1]], d]


matrix = Function(
    _matrix,
    lambda draw: (*_rates(draw), draw().exp().item(), draw().exp().item()),
    lambda h_g, h_d, gamma, c: [[1, c * h_g], [-c * h_d, 1 - h_d * gamma]],
    "this is the simultaneous step (04.5); in turn, G's row sees the ψ that D has moved to",
    lambda h_g, h_d, gamma, c: [[1, c * h_g], [-c * h_d, 1 - h_d * gamma - c**2 * h_g * h_d]],
    "this is G first: here D moves first, so the row of ψ is that of (04.5)",
    lambda h_g, h_d, gamma, c: [[1 - c**2 * h_g * h_d, c * h_g], [-c * h_d, 1]],
    "R1 is missing: γ damps ψ by the factor 1 − h_D γ, which G sees too",
    lambda h_g, h_d, gamma, c: [[1 - c**2 * h_g * h_d, c * h_g], [-c * h_d, 1 - h_d * gamma]],
    "G's row sees a ψ without R1: put the whole of the new ψ into it",
    lambda h_g, h_d, gamma, c: [*zip(*_matrix(h_g, h_d, gamma, c), strict=True)],
    "this is the transpose: the first row is what θ becomes, the second what ψ becomes",
    lambda h_g, h_d, gamma, c: _matrix(h_g, h_d, gamma, c)[::-1],
    "right rows, exchanged: that of θ comes first",
    lambda h_g, h_d, gamma, c: _matrix(h_g, h_d, gamma, 1),
    "c is missing: it is 1 in the bilinear game, but 1/2 in the logistic one",
    differentiable=False,
    praise="right: the row of D, and that of G, which sees the new D",
)


class _Adapted(Function):
    """An exercise whose functions are run by `adapt(function)` on what the engine knows."""

    def __init__(self, adapt: Callable[..., Any], *rest: Any, **options: Any) -> None:
        super().__init__(*rest, **options)
        self.adapt = adapt

    def _outcomes(self, function: Callable[..., Any], rounds: Sequence[Inputs]) -> list[Outcome]:
        return super()._outcomes(self.adapt(function), rounds)


def _of_two_numbers(turn: Callable[..., Any]) -> Callable[..., Any]:
    """Of G(z) = z + θ, D(x) = ψx and points that are whole numbers to the engine, which has no
    gradient by them to compare, and floats to the answer, which may well make labels like them."""

    def run(theta: Tensor, psi: Tensor, real: Tensor, noise: Tensor) -> Any:
        return turn(lambda z: z + theta, lambda x: psi * x, real.double(), noise.double())

    return run


d_turn = _Adapted(
    _of_two_numbers,
    lambda G, D, x, z: _bce(D(x), D(G(z).detach())),  # noqa: N803
    lambda draw: (draw(), draw(), (3 * draw(7)).long(), (3 * draw(5)).long()),
    lambda g, d, x, z: _bce(d(x), d(g(z))),
    "the value is right, but its gradient reaches G: did you forget to detach the fake?",
    lambda g, d, x, z: _bce(d(x), d(g(z)).detach()),
    "D's logit is detached instead of the fake: D gets no gradient from the fakes any more",
    lambda g, d, x, z: _bce(d(x), d(g(z))).detach(),
    "the loss itself is detached: no gradient reaches D",
    lambda g, d, x, z: _bce(d(x), d(z)),
    "D gets the noise z; give it G(z)",
    lambda g, d, x, z: softplus(-d(x)).mean() + softplus(-d(g(z).detach())).mean(),
    "it falls when fakes score higher: the sign of the fake term is reversed",
    lambda g, d, x, z: softplus(-d(g(z))).mean(),
    "this is G's loss; it is D's turn",
    lambda g, d, x, z: _bce(d(x), d(g(z).detach())) / 2,
    "this is half of it: the course adds the two means",
    praise="right: D gets a gradient, G gets none",
)


class _Batches:
    """Its k-th call gives the k-th batch: of points, or of noise."""

    def __init__(self, batches: Tensor) -> None:
        self.batches, self.drawn = batches, 0

    def __call__(self) -> Tensor:
        self.drawn += 1
        return self.batches[self.drawn - 1]


class _Watch(list[Any]):
    """What `watch` was called with."""

    def __call__(self, *given: Any) -> None:
        self.append([float(each) for each in given])


def _left(loop: Callable[..., Any]) -> Callable[..., Any]:
    """Checks a loop by the weights it leaves and the calls of `watch`, whatever it returns."""

    def run(g: nn.Module, d: nn.Module, data: _Batches, noise: _Batches, *rest: Any) -> Any:
        loop(g, d, data, noise, *rest)
        tried = data.drawn or noise.drawn
        return [*g.parameters(), *d.parameters(), torch.tensor(rest[-1])] if tried else None

    return run


def _train(
    generator: nn.Module,
    discriminator: nn.Module,
    data: Callable[[], Tensor],
    noise: Callable[[], Tensor],
    steps: int,
    lr: float = 2**-10,
    gamma: float = 0.0,
    watch: Callable[[int], object] = lambda step: None,
) -> None:
    opt_g, opt_d = (
        Adam(network.parameters(), lr, betas=(0.5, 0.99), fused=True)
        for network in (generator, discriminator)
    )
    for step in range(steps):
        real, fake = data(), generator(noise())
        loss_d = _bce(discriminator(real), discriminator(fake.detach()))
        loss_d = loss_d + gamma * r1(discriminator, real)
        opt_d.zero_grad()
        loss_d.backward()
        opt_d.step()
        loss_g = nonsaturating_generator(discriminator(fake))
        opt_g.zero_grad()
        loss_g.backward()
        opt_g.step()
        watch(step)


def _penalised(g: nn.Module, d: nn.Module, x: Tensor, z: Tensor, at: Any, gamma: float) -> Tensor:
    return _bce(d(x), d(g(z).detach())) + gamma * r1(d, at)


_LOSSES: dict[str, Callable[..., Tensor]] = {
    "D": lambda g, d, old, x, z, gamma: _penalised(g, d, x, z, x, gamma),
    "D-no-R1": lambda g, d, old, x, z, gamma: _penalised(g, d, x, z, x, 0),
    "D-2R1": lambda g, d, old, x, z, gamma: _penalised(g, d, x, z, x, 2 * gamma),
    "D-R1-fake": lambda g, d, old, x, z, gamma: _penalised(g, d, x, z, g(z), gamma),
    "G": lambda g, d, old, x, z, gamma: softplus(-d(g(z))).mean(),
    "G-old-D": lambda g, d, old, x, z, gamma: softplus(-old(g(z))).mean(),
    "G-detached": lambda g, d, old, x, z, gamma: softplus(-d(g(z).detach())).mean(),
    "G-fake": lambda g, d, old, x, z, gamma: softplus(d(g(z))).mean(),
    "G-minimax": lambda g, d, old, x, z, gamma: -softplus(d(g(z))).mean(),
}
_D = "zero D, backward D, step D, "
_G = "zero G, backward G, step G, watch"


def _loop(moves: str, betas: tuple[float, float] = (0.5, 0.99)) -> Callable[..., None]:
    """A training loop by what it does in each round: draw points or noise, zero a network's
    gradients, take the backward of a loss, step with an optimiser, call `watch`."""

    def run(g: nn.Module, d: nn.Module, data: Any, noise: Any, *rest: Any) -> None:
        steps, lr, gamma, watch = rest
        networks = {"G": g, "D": d}
        optimisers = {n: Adam(network.parameters(), lr, betas) for n, network in networks.items()}
        drawn = [data(), noise()]
        for step in range(steps):
            if step and "keep" not in moves:
                drawn = [data(), noise()]
            old = deepcopy(d)
            for verb, *what in (move.split() for move in moves.split(", ")):
                if verb == "zero":
                    optimisers[what[0]].zero_grad()
                elif verb == "backward":
                    _LOSSES[what[0]](g, d, old, *drawn, gamma).backward()
                elif verb == "step":
                    optimisers[what[0]].step()
                elif verb == "noise":
                    drawn[1] = noise()
                elif verb == "watch":
                    watch(step)

    return run


def _networks(draw: Callable[..., Tensor]) -> tuple[Any, ...]:
    g, d = (
        nn.Sequential(nn.Linear(1, 3), nn.Softplus(), nn.Linear(3, 1)).double() for _ in range(2)
    )
    with torch.no_grad():
        for parameter in (*g.parameters(), *d.parameters()):
            parameter.copy_(draw(*parameter.shape))
    return g, d, _Batches(draw(9, 7, 1) + 3), _Batches(draw(9, 5, 1)), 3, 0.1, 0.7, _Watch()


train = _Adapted(
    _left,
    _train,
    _networks,
    _loop("backward D, step D, backward G, step G, watch"),
    "no zero_grad: every step also repeats the gradients of all the steps before",
    _loop("backward D, step D, " + _G),
    "D's gradient, and what G's turn adds, is never cleared: opt_d.zero_grad() before backward",
    _loop("backward D, step D, zero D, " + _G),
    "D's gradient is cleared too early, before G's turn adds to it: do it before D's backward",
    _loop(_D + "backward G, step G, watch"),
    "G's gradient is not cleared: each of its steps repeats the last ones",
    _loop(_D + "zero G, zero D, backward G, step G, step D, watch"),
    "wrong parameters stepped: in G's turn D moves too, down G's loss, and gets worse",
    _loop(_D + "zero G, backward G, step G, step D, watch"),
    "wrong parameters stepped: in G's turn D moves too, down G's loss and its own once more",
    _loop(_D + "zero G, backward G, step D, watch"),
    "wrong parameters stepped: opt_d steps in G's turn, and G never moves",
    _loop(_D + "zero G, backward G-detached, step G, watch"),
    "G has not moved: its fakes are detached in its own turn as well",
    _loop(_D + "zero G, backward G-fake, step G, watch"),
    "G learns to look fake: its label for the fakes is 1",
    _loop(_D + "zero G, backward G-minimax, step G, watch"),
    "you minimise log(1 − D(G(z))), the saturating loss; asked for is −log D(G(z))",
    _loop(_D + "zero G, backward G-old-D, step G, watch"),
    "G's loss is computed with the old D: do it after opt_d.step()",
    _loop("zero G, backward G, step G, zero D, backward D, step D, watch"),
    "G is first here; the course has D first",
    _loop("zero D, backward D-no-R1, step D, " + _G),
    "R1 is missing: D minimises d_loss + gamma * r1(discriminator, real)",
    _loop("zero D, backward D-R1-fake, step D, " + _G),
    "the penalty is taken at the fakes; R1 is that at the real points",
    _loop("zero D, backward D-2R1, step D, " + _G),
    "R1 counts twice: r1 has its ½ already, and gamma is its only factor",
    _loop(_D + "noise, " + _G),
    "a good loop, but with new noise in G's turn: one batch of fakes serves both",
    _loop("keep, " + _D + _G),
    "the same batch in every round: call data() and noise() inside the loop",
    _loop(_D + "zero G, backward G, step G"),
    "the weights are right; call watch(step) at the end of every round",
    _loop("zero D, backward D, zero G, backward G, watch"),
    "nothing moves: a backward needs its optimiser's step()",
    _loop(_D + _G, (0.9, 0.999)),
    "these are Adam's default betas: give betas=(0.5, 0.99)",
    differentiable=False,
    praise="right, to the last digit, over three rounds",
)
