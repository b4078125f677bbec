"""Spectral normalisation: a layer that stretches nothing by more than 1."""

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize
from torch.nn.utils.parametrize import register_parametrization


class SpectralNorm(nn.Module):
    """W -> W / σ, the largest singular value of W as a matrix (out, rest) (Miyato et al. 2018).

    σ comes from power iteration, one round for each use in training (algorithm 1), in float32
    under autocast too; 15 rounds at the start spare the first steps a bad guess. u and v move in
    place, which a captured graph needs, and the weights they served stay valid until the backward.
    """

    u: Tensor
    v: Tensor

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        matrix = weight.detach().flatten(1)
        self.register_buffer("u", normalize(torch.randn(len(matrix)), dim=0))
        self.register_buffer("v", normalize(torch.randn(matrix.shape[1]), dim=0))
        for _ in range(15):
            self._iterate(matrix)

    @torch.no_grad()
    def _iterate(self, matrix: Tensor) -> None:
        # In place: a captured graph and a checkpoint know the buffers by where they lie.
        # By `out`, because a penalty differentiates this pass by `torch.func.grad`, which lets
        # nothing be copied into what it did not make.
        normalize(matrix.T @ self.u, dim=0, out=self.v)
        normalize(matrix @ self.v, dim=0, out=self.u)

    def forward(self, weight: Tensor) -> Tensor:
        """A weight of any shape (out, ...) -> the same shape, with σ = 1."""
        with torch.autocast(weight.device.type, enabled=False):
            matrix = weight.flatten(1)
            if self.training:
                self._iterate(matrix)
            # Copies, because the next pass moves u and v while this one still waits for backward.
            return weight / (self.u.clone() @ (matrix @ self.v.clone()))


def bound(layer: nn.Conv2d | nn.Linear) -> None:
    """Divide a layer's weight by its σ from now on."""
    register_parametrization(layer, "weight", SpectralNorm(layer.weight))
