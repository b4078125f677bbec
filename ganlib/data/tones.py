"""From the low frequencies of photographs to those of drawings, without pairs.

Drawings are lighter than photographs: a loss that held them to the photographs' own tones would
forbid that. The transports here map the tones of one domain to those of the other, and are fitted
to statistics of two unpaired datasets. They take and give `core.reconstruction.low_frequencies`,
(N, C, h, w) in [-1, 1].
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ganlib.core.errors import GanlibError
from ganlib.data.pixels import from_light, to_light

FLOOR = 0.05
"""Light added before the logarithm: without it black would be infinitely many stops away."""
SHRINKAGE = 0.01
"""Of the covariance: this share of the mean variance is added to its diagonal. Squares overlap, and
the variances of their finest differences would be noise."""
CHUNK = 512
"""Images that are made float64 at once."""


def of_rows(domain: Tensor) -> tuple[Tensor, Tensor]:
    """(standard deviation, mean) over the rows (N, ...), each (1, ...)."""
    return torch.std_mean(domain, 0, correction=0, keepdim=True)


def with_mirrors(images: Tensor) -> tuple[Tensor, Tensor]:
    """The same of images and their mirrors: samplers mirror at random. In float64, so on the CPU:
    Apple's GPUs have none."""

    def mean(of: Callable[[Tensor], Tensor]) -> Tensor:
        sums = [of(part.cpu().double()).sum(0, keepdim=True) for part in images.split(CHUNK)]
        found = torch.stack(sums).sum(0) / len(images)
        return (found + found.flip(-1)) / 2

    middle = mean(lambda part: part)
    return mean(lambda part: (part - middle).square()).sqrt(), middle


def scale_and_shift(source: Tensor, target: Tensor, moments: Any = of_rows) -> Any:
    """(scale, shift), each (1, ...), such that scale * source + shift has the mean and the standard
    deviation of `target`, as `moments` gives them: `source` is (N, ...), `target` (M, ...)."""
    (spread, middle), (wanted, goal) = moments(source), moments(target)
    scale = wanted / spread.clamp_min(1e-3)
    return scale, goal - scale * middle


class ToneTransport(nn.Module):
    """From the tones of one domain to those of another: t -> shift + scale * t, square by square.

    At each place and in each channel a tone keeps its distance from the mean, in standard
    deviations. For one-dimensional normal distributions that is the optimal transport (Peyré and
    Cuturi 2019, section 2.6). Buffers `scale` and `shift` are (1, C, h, w).
    """

    scale: Tensor
    shift: Tensor

    def __init__(self, source: Tensor, target: Tensor) -> None:
        """`source` and `target`: low frequencies (N, C, h, w) and (M, C, h, w), N and M > 1."""
        super().__init__()
        if min(len(source), len(target)) < 2:
            raise GanlibError("a ToneTransport needs two or more images of each domain.")
        scale, shift = scale_and_shift(source, target, with_mirrors)
        self.register_buffer("scale", scale.float().to(source.device))
        self.register_buffer("shift", shift.float().to(source.device))

    def forward(self, tones: Tensor) -> Tensor:
        """(N, C, h, w) of the source domain -> the same of the target domain."""
        return self.shift + self.scale * tones


def to_stops(tones: Tensor) -> Tensor:
    """Tones in [-1, 1] as stops: the logarithm to base 2 of light in [0, 1] and `FLOOR`; any shape.

    From -4.32 for black to 0.07 for white; twice the light adds a little less than 1. Tones count
    as light, as in the renderer: the tone curve of real cameras is left out.
    """
    return torch.log2(to_light(tones).clamp_min(0) + FLOOR)


def from_stops(stops: Tensor) -> Tensor:
    """The inverse of `to_stops`, clamped to [-1, 1]."""
    return from_light(torch.exp2(stops) - FLOOR).clamp(-1, 1)


def exposure_weights(covariance: Tensor, spread: float) -> Tensor:
    """w (n,) such that w·(y - μ) is the most likely exposure g of y = d + g, for normal d and g.

    The drawing d, (n,) in stops, has the mean μ and the covariance C (n, n), positive definite. The
    exposure g is one number for the whole picture, independent of d, of mean 0 and of the standard
    deviation `spread` > 0. The maximum a posteriori is 1ᵀC⁻¹(y - μ) / (1ᵀC⁻¹1 + 1/spread²).
    GanlibError for another spread.
    """
    if not spread > 0:
        raise GanlibError(f"exposures need a spread > 0 in stops, not {spread!r}.")
    ones = torch.ones(len(covariance), dtype=covariance.dtype, device=covariance.device)
    solved = torch.linalg.solve(covariance, ones)
    return solved / (ones @ solved + spread**-2)


class ExposureTransport(nn.Module):
    """`ToneTransport` of photographs whose exposures differ: each photograph's own is removed.

    Little light on a light face and much light on a dark one make the same grey; only the rest of
    the picture distinguishes them. So the photograph is transported in stops, where an exposure is
    a sum. The most likely exposure under the drawings' statistics (`exposure_weights`) is
    subtracted.

    Two approximations make the correction too small rather than too large: an exposure is taken to
    shift every transported tone by the same amount, and transported tones already have the whole
    variance of drawings. As `spread` goes to 0, a `ToneTransport` in stops is left.
    """

    mean: Tensor
    weights: Tensor

    def __init__(self, source: Tensor, target: Tensor, spread: float) -> None:
        """`source` and `target`: low frequencies (N, C, h, w) and (M, C, h, w), N and M > 1;
        `spread`: standard deviation of the exposures in stops, > 0. GanlibError for others."""
        super().__init__()
        self.tones = ToneTransport(to_stops(source), to_stops(target))
        drawings = to_stops(target).cpu().double()
        drawings = torch.cat([drawings, drawings.flip(-1)]).flatten(1)
        covariance = torch.cov(drawings.T, correction=0)
        covariance.diagonal().add_(SHRINKAGE * covariance.diagonal().mean())
        weights = exposure_weights(covariance, spread)
        self.register_buffer("mean", drawings.mean(0).float().to(source.device))
        self.register_buffer("weights", weights.float().to(source.device))

    def exposure(self, tones: Tensor) -> Tensor:
        """The stops (N,) of exposure found in low frequencies (N, C, h, w), in [-1, 1]."""
        return self._exposure(self.tones(to_stops(tones)))

    def forward(self, tones: Tensor) -> Tensor:
        """(N, C, h, w) of the source domain -> the same of the target domain."""
        transported = self.tones(to_stops(tones))
        return from_stops(transported - self._exposure(transported).view(-1, 1, 1, 1))

    def _exposure(self, transported: Tensor) -> Tensor:
        # Not a matrix product: autocast would round that to half precision.
        return ((transported.flatten(1) - self.mean) * self.weights).sum(1)
