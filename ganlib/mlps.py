"""Multilayer perceptrons for points, several of them side by side.

A course of ten seeds costs ten runs, each of them too small to fill a processor. A stack holds the
weights of S independent networks as (S, inputs, outputs), and one batched product serves them all:
a run of ten seeds is then one run.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from ganlib.errors import GanlibError
from ganlib.network import Network


@dataclass(frozen=True)
class MLPSettings:
    """The shape of one network; all networks of a stack have the same."""

    inputs: int = 2
    """Numbers that come in for each point: the latent's of a generator; of a discriminator the
    coordinates, times the points packed together."""
    outputs: int = 1
    """Numbers that go out: a generator's coordinates; 1, the logit, of a discriminator."""
    width: int = 64
    """Units of a hidden layer."""
    depth: int = 3
    """Hidden layers; 0 is an affine map."""
    slope: float = 0.2
    """Slope of the leaky ReLU below 0, in [0, 1). 0 is ReLU."""

    def __post_init__(self) -> None:
        for name, least in (("inputs", 1), ("outputs", 1), ("width", 1), ("depth", 0)):
            value = getattr(self, name)
            if not isinstance(value, int) or value < least:
                raise GanlibError(
                    f"MLPSettings.{name} must be whole, at least {least}, not {value!r}."
                )
        if not 0 <= self.slope < 1:
            raise GanlibError(f"MLPSettings.slope must be in [0, 1), not {self.slope!r}.")


class MLP(Network):
    """S independent networks, (S, N, inputs) to (S, N, outputs), both unbounded.

    A stack of one also maps (N, inputs) to (N, outputs). Network s starts from weights that only
    `seeds[s]` and the settings decide, so it is the same in whatever company. Weights are normal
    with He's standard deviation (He et al. 2015, equation 14 for a leaky ReLU); biases are uniform
    within ±1/√inputs, because with biases of 0 every kink would run through the origin.
    """

    def __init__(self, settings: MLPSettings | None = None, seeds: Sequence[int] = (0,)) -> None:
        super().__init__()
        self.settings = settings = settings or MLPSettings()
        self.seeds = tuple(seeds)
        if not self.seeds:
            raise GanlibError("a stack of networks needs one seed or more; give e.g. seeds=(0,).")
        widths = [settings.inputs, *[settings.width] * settings.depth, settings.outputs]
        generators = [torch.Generator().manual_seed(seed) for seed in self.seeds]
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        gain = math.sqrt(2 / (1 + settings.slope**2))
        for i, (into, out) in enumerate(zip(widths, widths[1:], strict=False)):
            # No ReLU follows the last layer, so nothing halves its variance.
            spread = (gain if i < settings.depth else 1) / math.sqrt(into)
            weight = [torch.randn(into, out, generator=g) * spread for g in generators]
            bias = [(torch.rand(1, out, generator=g) * 2 - 1) / into**0.5 for g in generators]
            self.weights.append(nn.Parameter(torch.stack(weight)))
            self.biases.append(nn.Parameter(torch.stack(bias)))

    def forward(self, points: Tensor) -> Tensor:
        alone = points.ndim == 2 and len(self.seeds) == 1
        x = points[None] if alone else points
        if x.ndim != 3 or x.shape[0] != len(self.seeds) or x.shape[2] != self.settings.inputs:
            raise GanlibError(
                f"this network takes points of shape ({len(self.seeds)}, N, "
                f"{self.settings.inputs}), not {tuple(points.shape)}."
            )
        for i, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            if i:
                x = leaky_relu(x, self.settings.slope)
            x = torch.baddbmm(bias, x, weight)
        return x[0] if alone else x
