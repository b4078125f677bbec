"""From the low frequencies of photographs to those of drawings, without pairs.

Drawings have lighter backgrounds than photographs; holding them to the photograph's tones would
forbid that. Both transports here are fitted to the statistics of two datasets. All take and give
low frequencies (N, C, h, w) of `core.reconstruction.low_frequencies`, in [-1, 1].
"""

import torch
from torch import Tensor, nn

from ganlib.core.errors import GanlibError

FLOOR = 0.05
"""Light added before the logarithm: without it black would be infinitely many stops away."""
SHARE = 0.01
"""Share of the mean variance that every direction has at least: squares overlap, and the variances
of their finest differences would be noise."""


def scale_and_shift(source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """(scale, shift), each (1, ...): scale * row + shift gives the rows of `source`, (N, ...), the
    mean and the standard deviation of the rows of `target`, (M, ...), place by place."""
    spreads = [domain.std(0, keepdim=True, correction=0) for domain in (source, target)]
    scale = spreads[1] / spreads[0].clamp_min(1e-3)
    return scale, target.mean(0, keepdim=True) - scale * source.mean(0, keepdim=True)


def _with_mirrors(images: Tensor) -> Tensor:
    # Samplers mirror at random, so both count. On the CPU, as Apple's GPUs have no float64.
    return torch.cat([images, images.flip(-1)]).cpu().double()


class ToneTransport(nn.Module):
    """From the tones of one domain to those of another: t -> shift + scale * t, square by square.

    A tone keeps its rank: what is dark for a photograph, at this place and in this channel, becomes
    as dark for a drawing. For normal distributions that is the optimal transport of one to the
    other (Peyré and Cuturi 2019, section 2.6). Buffers `scale` and `shift` are (1, C, h, w).
    """

    scale: Tensor
    shift: Tensor

    def __init__(self, source: Tensor, target: Tensor) -> None:
        """`source` and `target`: low frequencies (N, C, h, w) and (M, C, h, w), N and M > 1."""
        super().__init__()
        if min(len(source), len(target)) < 2:
            raise GanlibError("a ToneTransport needs two or more images of each domain.")
        scale, shift = scale_and_shift(_with_mirrors(source), _with_mirrors(target))
        self.register_buffer("scale", scale.float().to(source.device))
        self.register_buffer("shift", shift.float().to(source.device))

    def forward(self, tones: Tensor) -> Tensor:
        """(N, C, h, w) of the source domain -> the same of the target domain."""
        return self.shift + self.scale * tones


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
    solved = torch.linalg.solve(covariance, ones)
    return solved / (ones @ solved + spread**-2)


class ExposureTransport(nn.Module):
    """`ToneTransport` of photographs whose exposures differ: each one's own is removed.

    Little light on a light face and much light on a dark one make the same grey. What tells them
    apart is the rest of the picture: how dark walls, hair and cloth are beside the face, in
    drawings, is known from their dataset. So the photograph is transported in stops, where light is
    a sum; then its exposure is the likeliest one (`exposure_weights`), and is subtracted.

    Two things are simplified. An exposure adds to a transported tone the ratio of the two domains'
    deviations at its place, for which 1 stands; and transported tones have the drawings' variance
    already, as if exposures had none. So the correction is a cautious one. As `spread` goes to 0
    it vanishes, and a `ToneTransport` in stops is left.
    """

    mean: Tensor
    weights: Tensor

    def __init__(self, source: Tensor, target: Tensor, spread: float) -> None:
        """`source` and `target`: low frequencies (N, C, h, w) and (M, C, h, w), N and M > 1.
        `spread`: standard deviation of the exposures, stops, > 0. GanlibError for others."""
        super().__init__()
        self.tones = ToneTransport(to_stops(source), to_stops(target))
        drawings = _with_mirrors(to_stops(target)).flatten(1)
        covariance = torch.cov(drawings.T, correction=0)
        covariance.diagonal().add_(SHARE * covariance.diagonal().mean())
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
