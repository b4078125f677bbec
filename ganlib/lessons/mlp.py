"""Multilayer perceptrons for points, several of them side by side.

Ten seeds cost ten runs, each of them too small to fill a processor. A stack holds the weights of S
independent networks as (S, inputs, outputs), and one batched product serves them all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from ganlib.core.config import require
from ganlib.core.errors import GanlibError
from ganlib.core.networks.base import NEGATIVE_SLOPE, Network, check_range


@dataclass(frozen=True)
class MLPConfig:
    """The shape of one network; all networks of a stack have the same."""

    inputs: int = 2  # a generator's latent numbers; a discriminator's coordinates × packing
    outputs: int = 1  # a generator's coordinates; a discriminator's logit
    width: int = 64  # units of a hidden layer
    depth: int = 3  # hidden layers; 0 is an affine map
    negative_slope: float = NEGATIVE_SLOPE  # of the leaky ReLU below 0, in [0, 1); 0 is ReLU

    def __post_init__(self) -> None:
        check_range(self, inputs=(1, 10**6), outputs=(1, 10**6), width=(1, 10**6), depth=(0, 1000))
        require(self, "negative_slope", 0 <= self.negative_slope < 1, "in [0, 1)")


class MLP(Network):
    """S independent networks, (S, N, inputs) to (S, N, outputs), both unbounded.

    A stack of one also maps (N, inputs) to (N, outputs). Network s starts from weights that only
    `seeds[s]` and the config decide, so it is the same in whatever company. Weights are normal with
    He's standard deviation (He et al. 2015, equation 14 for a leaky ReLU); biases are uniform
    within ±1/√inputs, because with biases of 0 every kink would run through the origin.
    """

    Config = MLPConfig

    def __init__(self, config: MLPConfig | None = None, seeds: Sequence[int] = (0,)) -> None:
        super().__init__(config)
        config, self.seeds = self.config, tuple(seeds)
        if not self.seeds:
            raise GanlibError("a stack of networks needs one seed or more; give e.g. seeds=(0,).")
        widths = [config.inputs, *[config.width] * config.depth, config.outputs]
        generators = [torch.Generator().manual_seed(seed) for seed in self.seeds]
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        gain = (2 / (1 + config.negative_slope**2)) ** 0.5
        for i, (into, out) in enumerate(zip(widths, widths[1:], strict=False)):
            # No ReLU follows the last layer, so nothing halves its variance.
            spread = (gain if i < config.depth else 1) / into**0.5
            weight = [torch.randn(into, out, generator=g) * spread for g in generators]
            bias = [(torch.rand(1, out, generator=g) * 2 - 1) / into**0.5 for g in generators]
            self.weights.append(nn.Parameter(torch.stack(weight)))
            self.biases.append(nn.Parameter(torch.stack(bias)))

    def forward(self, points: Tensor) -> Tensor:
        """Map points; GanlibError for another shape."""
        alone = points.ndim == 2 and len(self.seeds) == 1
        x = points[None] if alone else points
        if x.ndim != 3 or (len(x), x.shape[2]) != (len(self.seeds), self.config.inputs):
            wanted = f"({len(self.seeds)}, N, {self.config.inputs})"
            given = tuple(points.shape)
            raise GanlibError(f"this network takes points of shape {wanted}, not {given}.")
        for i, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            x = torch.baddbmm(bias, leaky_relu(x, self.config.negative_slope) if i else x, weight)
        return x[0] if alone else x
