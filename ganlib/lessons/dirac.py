"""Dirac-GAN: the smallest GAN there is, with rates of convergence on paper.

The real distribution is a point at 0, the generator a point at θ, the discriminator D(x) = ψ·x
(Mescheder et al. 2018, definition 2.1). The equilibrium is θ = ψ = 0; whether training converges to
it, circles it or diverges is decided by the order of the updates, the product of the learning rates
and the penalty.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from ganlib.core.config import check_fields, require
from ganlib.core.penalties import r1
from ganlib.lessons.article import LOSSES

Order = Literal["simultaneous", "alternating"]


@dataclass(frozen=True)
class DiracConfig:
    """The losses, the learning rate and the order of the updates."""

    loss: str = "nonsaturating"  # a name in `article.LOSSES`
    lr: float = 0.1  # learning rate of G, of plain gradient descent
    lr_d: float | None = None  # learning rate of D; None for that of G
    r1_gamma: float = 0.0  # γ of R1, whose value here is γ·ψ²/2; 0 for none
    update: Order = "simultaneous"
    first: Literal["generator", "discriminator"] = "discriminator"  # whose turn, when alternating

    def __post_init__(self) -> None:
        check_fields(self)
        require(self, "loss", self.loss in LOSSES, f"one of {', '.join(LOSSES)}")
        for name in ("lr", "lr_d"):
            require(self, name, getattr(self, name) != 0, "more than 0")


class DiracGAN:
    """The two networks at one moment: `theta` and `psi` are float64 scalars, moved by `step`."""

    def __init__(
        self, config: DiracConfig | None = None, theta: float = 1.0, psi: float = 0.0
    ) -> None:
        self.config = config or DiracConfig()
        self.loss = LOSSES[self.config.loss]
        self.theta, self.psi = torch.tensor([theta, psi], dtype=torch.float64)

    def step(self) -> None:
        """One update of each network."""
        h = self.config.lr
        h_d = h if self.config.lr_d is None else self.config.lr_d
        if self.config.update == "simultaneous":
            by_theta, by_psi = self._generator_gradient(), self._discriminator_gradient()
            self.theta, self.psi = self.theta - h * by_theta, self.psi - h_d * by_psi
        elif self.config.first == "generator":
            self.theta = self.theta - h * self._generator_gradient()
            self.psi = self.psi - h_d * self._discriminator_gradient()
        else:
            self.psi = self.psi - h_d * self._discriminator_gradient()
            self.theta = self.theta - h * self._generator_gradient()

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
        all_of = [DiracGAN(self.config, *pair) for pair in pairs]
        by_theta = torch.stack([gan._generator_gradient() for gan in all_of])
        by_psi = torch.stack([gan._discriminator_gradient() for gan in all_of])
        return -by_theta.view(theta.shape), -by_psi.view(psi.shape)

    def _generator_gradient(self) -> Tensor:
        theta = self.theta.clone().requires_grad_()
        real = [torch.zeros(1, dtype=torch.float64)] * self.loss.relativistic
        loss = self.loss.generator((self.psi * theta).view(1), *real)
        return torch.autograd.grad(loss, theta)[0]

    def _discriminator_gradient(self) -> Tensor:
        psi, real = self.psi.clone().requires_grad_(), torch.zeros(1, 1, dtype=torch.float64)
        loss = self.loss.discriminator((psi * real)[0], (psi * self.theta).view(1))
        if self.config.r1_gamma:
            loss = loss + self.config.r1_gamma * r1(lambda x: psi * x, real)
        return torch.autograd.grad(loss, psi)[0]


def round_matrix(
    h_g: Tensor, h_d: Tensor, gamma: Tensor, c: Tensor, order: Order = "alternating"
) -> Tensor:
    """(2, 2): what a round, D first where they alternate, does to (θ, ψ) near the equilibrium, of
    scalars: the learning rates, R1's γ, and c, the derivative of D's loss by the fake's logit
    there: 1 in the bilinear game, 1/2 in the logistic one."""
    row_d = torch.stack([-c * h_d, 1 - h_d * gamma])
    # G sees the D that has just moved, or that of before.
    seen = row_d if order == "alternating" else torch.tensor([0.0, 1.0], dtype=row_d.dtype)
    return torch.stack([torch.tensor([1.0, 0.0], dtype=row_d.dtype) + c * h_g * seen, row_d])


def contraction(matrix: Tensor) -> Tensor:
    """What a round of that matrix (..., 2, 2) multiplies the distance from the equilibrium by, in
    the long run: the largest modulus of its eigenvalues (Mescheder et al. 2018, lemma 4.1)."""
    return torch.linalg.eigvals(matrix).abs().amax(-1)


def stable_gammas(
    h_g: Tensor, h_d: Tensor, c: Tensor, order: Order = "alternating"
) -> tuple[Tensor, Tensor]:
    """The lowest and the highest γ between which the contraction of `round_matrix` is below 1, by
    Jury's conditions: |det| < 1 and |trace| < 1 + det."""
    half = c**2 * h_g / 2
    if order == "alternating":
        return torch.zeros_like(half), 2 / h_d - half
    return 2 * half, 2 / h_d + half
