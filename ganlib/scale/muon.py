"""Muon (Jordan et al. 2024): the momentum of a convolution is made orthogonal before each step.

Adam scales every weight by itself, and a few directions of a layer take most of the step. Muon
takes the weights of a layer as one matrix and moves it as far in all of its directions.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from ganlib.core.trainer import Trainer

MOMENTUM = 0.95
RMS = 0.2
"""Root mean square of what Muon adds at a learning rate of 1: about Adam's (Liu et al. 2025)."""
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the quintic that five times over brings singular values near 1 (Jordan et al. 2024)."""


def orthogonal(matrix: Tensor, steps: int = 5) -> Tensor:
    """About U Vᵀ of the matrix U S Vᵀ, by Newton-Schulz iterations: singular values 0.7 to 1.2,
    of all that are not far below the largest."""
    a, b, c = COEFFICIENTS
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x.T if tall else x


class Muon(torch.optim.Adam):
    """Muon for kernels (out, in, k, k) with more than three outputs, Adam for all other weights."""

    def __init__(self, weights: Iterable[nn.Parameter], lr: float, betas: tuple[float, float]):
        super().__init__(weights, lr=lr, betas=betas)
        self.kernels = [w for w in self.param_groups[0]["params"] if w.ndim == 4 and len(w) > 3]

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        rate, kept = self.param_groups[0]["lr"], [w.grad for w in self.kernels]
        for weight in self.kernels:
            self._move(weight, rate)
            weight.grad = None  # which Adam leaves out
        super().step()
        for weight, gradient in zip(self.kernels, kept, strict=True):
            weight.grad = gradient

    def _move(self, weight: Tensor, rate: float | Tensor) -> None:
        gradient = weight.grad
        if gradient is None:
            return
        state = self.state[weight]
        if not state:
            state["momentum"] = torch.zeros_like(weight)
        momentum = state["momentum"].lerp_(gradient, 1 - MOMENTUM)
        ahead = gradient.lerp(momentum, MOMENTUM).flatten(1).float()  # Nesterov's
        step = orthogonal(ahead) * (RMS * max(ahead.shape) ** 0.5 * rate)
        weight.sub_(step.view(weight.shape).to(weight.dtype))


class ByMuon(Trainer):
    """Moves generators by `Muon`, discriminators by Adam."""

    def make_optimizer(self, networks: list[nn.Module], rate: float) -> torch.optim.Adam:
        if networks is not self.objective.generators:
            return super().make_optimizer(networks, rate)
        return Muon(nn.ModuleList(networks).parameters(), rate, self.config.betas)
