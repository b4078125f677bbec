"""Dirac-GAN: the smallest game there is, with rates of convergence on paper.

The real distribution is a point at 0, the generator a point at θ, the discriminator D(x) = ψ·x
(Mescheder et al. 2018, definition 2.1). The balance is θ = ψ = 0; whether a game arrives there,
circles it or leaves is decided by the order of the steps and by the penalty alone.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ganlib.core.errors import GanlibError
from ganlib.core.losses import game
from ganlib.core.penalties import r1
from ganlib.core.config import UPDATES


@dataclass(frozen=True)
class DiracConfig:
    """The game, the step and the order of moves."""

    game: str = "nonsaturating"
    """A name in `losses.GAN_LOSSES`."""
    step: float = 0.1
    """Step size h of plain gradient descent, the same for both, more than 0."""
    r1_gamma: float = 0.0
    """γ of R1, whose value here is γ·ψ²/2; 0 for none."""
    update: str = "simultaneous"
    """"simultaneous": both slopes at one point. "alternating": one moves, then the other."""
    first: str = "generator"
    """Who moves first when alternating: "generator" or "discriminator"."""

    def __post_init__(self) -> None:
        game(self.game)
        if not 0 < self.step < float("inf") or not 0 <= self.r1_gamma < float("inf"):
            raise GanlibError(
                "DiracConfig.step must be more than 0 and r1_gamma 0 or more, not "
                f"{self.step!r} and {self.r1_gamma!r}."
            )
        if self.update not in UPDATES:
            raise GanlibError(
                f"DiracConfig.update must be one of {', '.join(UPDATES)}, not {self.update!r}."
            )
        if self.first not in ("generator", "discriminator"):
            raise GanlibError(
                f"DiracConfig.first must be generator or discriminator, not {self.first!r}."
            )


class DiracGAN:
    """The game at one moment. `theta` and `psi` are float64 scalars, moved by `step`."""

    def __init__(
        self, settings: DiracConfig | None = None, theta: float = 1.0, psi: float = 0.0
    ) -> None:
        self.config = settings or DiracConfig()
        self.theta = torch.tensor(float(theta), dtype=torch.float64)
        self.psi = torch.tensor(float(psi), dtype=torch.float64)

    def step(self) -> None:
        """One move of each player."""
        h = self.config.step
        if self.config.update == "simultaneous":
            slopes = self._generator_slope(), self._discriminator_slope()
            self.theta, self.psi = self.theta - h * slopes[0], self.psi - h * slopes[1]
        elif self.config.first == "generator":
            self.theta = self.theta - h * self._generator_slope()
            self.psi = self.psi - h * self._discriminator_slope()
        else:
            self.psi = self.psi - h * self._discriminator_slope()
            self.theta = self.theta - h * self._generator_slope()

    def run(self, steps: int) -> Tensor:
        """(steps + 1, 2): θ and ψ before the first step and after each."""
        path = [torch.stack([self.theta, self.psi])]
        for _ in range(steps):
            self.step()
            path.append(torch.stack([self.theta, self.psi]))
        return torch.stack(path)

    def field(self, theta: Tensor, psi: Tensor) -> tuple[Tensor, Tensor]:
        """(-∂L_G/∂θ, -∂L_D/∂ψ), both of the inputs' shape: the arrows of the phase portrait."""
        pairs = zip(theta.flatten().tolist(), psi.flatten().tolist(), strict=True)
        games = [DiracGAN(self.config, *pair) for pair in pairs]
        return (
            torch.stack([-g._generator_slope() for g in games]).view(theta.shape),
            torch.stack([-g._discriminator_slope() for g in games]).view(psi.shape),
        )

    def _generator_slope(self) -> Tensor:
        theta = self.theta.clone().requires_grad_()
        rules = game(self.config.game)
        logits = [(self.psi * theta).view(1), *([torch.zeros_like(theta).view(1)] * rules.paired)]
        (slope,) = torch.autograd.grad(rules.generator(*logits), theta)
        return slope

    def _discriminator_slope(self) -> Tensor:
        psi, real = self.psi.clone().requires_grad_(), torch.zeros(1, 1, dtype=torch.float64)
        fake = self.theta.view(1, 1)
        loss = game(self.config.game).discriminator((psi * real)[0], (psi * fake)[0])
        if self.config.r1_gamma:
            loss = loss + self.config.r1_gamma * r1(lambda x: psi * x, real)
        (slope,) = torch.autograd.grad(loss, psi)
        return slope


def contraction(step: Tensor, gamma: Tensor) -> Tensor:
    """What a simultaneous logistic step with R1 multiplies the distance from the balance by.

    The spectral radius of the step's Jacobian there (Mescheder et al. 2018, lemma 4.1 for γ > 0).
    Takes two scalars, h and γ; gives one in float64.
    """
    h, g = step.double(), gamma.double()
    rows = torch.stack([torch.ones_like(h), h / 2, -h / 2, 1 - h * g])
    return torch.linalg.eigvals(rows.view(2, 2)).abs().max()
