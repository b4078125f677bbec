"""The exposure of a photograph, without its twin: where it is likeliest a drawing."""

import torch
from torch import Tensor, nn

from ganlib.errors import GanlibError
from ganlib.reconstruction import Tones, with_mirrors

FLOOR = 0.05
"""Light added before the logarithm: without it black would be infinitely many stops away."""
SHARE = 0.01
"""Share of the mean variance that every direction has at least: squares overlap, and the variances
of their finest differences would be noise."""


def to_stops(tones: Tensor) -> Tensor:
    """Tones in [-1, 1] as stops: the logarithm to base 2 of light in [0, 1] and `FLOOR`; any shape.

    From -4.32 for black to 0.07 for white. Tones count as light, as in the renderer; those of real
    photographs are bent. Twice the light adds a little less than 1: 0.85 from 0.2 to 0.4.
    """
    return torch.log2(((tones + 1) / 2).clamp_min(0) + FLOOR)


def from_stops(stops: Tensor) -> Tensor:
    """The inverse of `to_stops`, clamped to [-1, 1]."""
    return ((torch.exp2(stops) - FLOOR) * 2 - 1).clamp(-1, 1)


def exposure_weights(covariance: Tensor, spread: float) -> Tensor:
    """w (n,) such that w·(y - μ) is the likeliest exposure g of y = d + g, for normal d and g.

    Drawings d, (n,) in stops, have the mean μ and the covariance C (n, n), positive definite; the
    exposure g, one number for the whole picture, has the mean 0 and the standard deviation `spread`
    > 0, and is independent of d. The g of the largest density p(d = y - g) p(g) is
    1ᵀC⁻¹(y - μ) / (1ᵀC⁻¹1 + 1/spread²). GanlibError for another spread.
    """
    if not spread > 0:
        raise GanlibError(f"exposures need a spread > 0 in stops, not {spread!r}.")
    ones = torch.ones(len(covariance), dtype=covariance.dtype, device=covariance.device)
    pulled = torch.linalg.solve(covariance, ones)
    return pulled / (ones @ pulled + spread**-2)


class ExposedTones(nn.Module):
    """`Tones` of photographs whose exposures differ: each one's own is taken out of its squares.

    Little light on a light face and much light on a dark one make the same grey. What tells them
    apart is the rest of the picture: how dark walls, hair and cloth are beside the face, in
    drawings, is known from their pile. So the photograph is carried over in stops, where light is a
    sum; then its exposure is the likeliest one (`exposure_weights`), and is subtracted.

    Two things are simplified. An exposure adds to a carried tone the ratio of the two worlds'
    deviations at its place, for which 1 stands; and carried tones have the drawings' variance
    already, as if exposures had none. So the correction is a cautious one. As `spread` goes to 0
    it vanishes, and `Tones` in stops are left.

    Takes and gives (N, C, h, w) of `low_frequencies`, in [-1, 1].
    """

    mean: Tensor
    weights: Tensor

    def __init__(self, source: Tensor, target: Tensor, spread: float) -> None:
        """`source` and `target`: low frequencies (N, C, h, w) and (M, C, h, w), N and M > 1.
        `spread`: standard deviation of the exposures, stops, > 0. GanlibError for others."""
        super().__init__()
        self.carry = Tones(to_stops(source), to_stops(target))
        drawings = with_mirrors(to_stops(target)).flatten(1)
        covariance = torch.cov(drawings.T, correction=0)
        covariance.diagonal().add_(SHARE * covariance.diagonal().mean())
        self.register_buffer("mean", drawings.mean(0).float())
        self.register_buffer("weights", exposure_weights(covariance, spread).float())

    def exposure(self, tones: Tensor) -> Tensor:
        """The stops (N,) of exposure found in low frequencies (N, C, h, w), in [-1, 1]."""
        return self._exposure(self.carry(to_stops(tones)))

    def forward(self, tones: Tensor) -> Tensor:
        """(N, C, h, w) of the source's world -> the same of the target's."""
        carried = self.carry(to_stops(tones))
        return from_stops(carried - self._exposure(carried).view(-1, 1, 1, 1))

    def _exposure(self, carried: Tensor) -> Tensor:
        # Not a matrix product: autocast would round that to half precision.
        return ((carried.flatten(1) - self.mean) * self.weights).sum(1)
