"""Distances between sets of pictures, in the probe's features: nothing is downloaded.

All take pictures (N, 3, S, S) in [-1, 1]. What comes from torchmetrics is its own code with the
probe as feature extractor. The probe is not Inception: a probe-FID compares with no published FID,
only with another probe-FID, of the same probe and number of pictures.
"""

import warnings
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torchmetrics.functional.image import structural_similarity_index_measure
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import KernelInceptionDistance

from ganlib.core.errors import GanlibError
from ganlib.measure.probe import Probe, load_probe

RESAMPLES = 100
"""Bootstrap samples behind an interval."""
LEVEL = 0.95


class Estimate(NamedTuple):
    """A figure and its bootstrap interval at 95 %: how far other pictures might have moved it."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.4g} [{self.low:.4g}, {self.high:.4g}]"


class Diversity(NamedTuple):
    """Mean distance of two pictures of a set: Euclidean in probe features, and the mean absolute
    difference of their pixels. 0 if all are alike."""

    probe: float
    pixels: float


class _Given(nn.Module):
    """Stands for a feature extractor where the features are there already."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.num_features = num_features

    def forward(self, features: Tensor) -> Tensor:
        return features


def _check(ours: Tensor, true: Tensor) -> None:
    for features in (ours, true):
        if features.ndim != 2 or len(features) < 2 or not features.isfinite().all():
            raise GanlibError(
                "a distance between sets needs two finite pictures or more in each; got features "
                f"{tuple(features.shape)}."
            )


def frechet(ours: Tensor, true: Tensor) -> float:
    """Fréchet distance of two sets of features (N, F), (M, F), as torchmetrics has it.

    |μ - ν|² + tr(A + B - 2 (AB)^½) of their means and covariances (Heusel et al. 2017, equation 6).
    It grows as N shrinks: compare at equal N only.
    """
    _check(ours, true)
    metric = FrechetInceptionDistance(feature=_Given(ours.shape[1]))
    metric.update(true, real=True)
    metric.update(ours, real=False)
    return max(0.0, metric.compute().item())


def kernel(ours: Tensor, true: Tensor) -> float:
    """Unbiased squared MMD of two sets of features under (x·y/F + 1)³, as torchmetrics has it.

    Bińkowski et al. 2018, section 4: around 0 for sets of one distribution, so it may be below. Of
    the larger set 20 random subsets, always the same, stand for it, each as large as the smaller.
    """
    _check(ours, true)
    subsets = 1 if len(ours) == len(true) else 20
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore")  # of the memory that features take
        torch.manual_seed(0)
        metric = KernelInceptionDistance(
            feature=_Given(ours.shape[1]), subsets=subsets, subset_size=min(len(ours), len(true))
        )
        metric.update(true.double(), real=True)
        metric.update(ours.double(), real=False)
        return metric.compute()[0].item()


def _interval(value: float, moved: Tensor) -> tuple[float, float]:
    """The middle 95 % of bootstrap values, moved so that their mean is the estimate.

    Drawing with repeats makes two sets differ more than they do: that bias is taken off.
    """
    spread = moved - moved.mean()
    edge = (1 - LEVEL) / 2
    low, high = torch.quantile(spread, torch.tensor([edge, 1 - edge], dtype=spread.dtype)).tolist()
    return value + min(low, 0.0), value + max(high, 0.0)


def _draws(n: int, generator: torch.Generator) -> Tensor:
    """n of n with repeats, at least two different ones: a set of one has no spread."""
    rows = torch.randint(n, (n,), generator=generator)
    while (rows == rows[0]).all():
        rows = torch.randint(n, (n,), generator=generator)
    return rows


def frechet_estimate(ours: Tensor, true: Tensor, resamples: int = RESAMPLES) -> Estimate:
    """`frechet` with its interval; features in."""
    value = frechet(ours, true)
    draw = torch.Generator().manual_seed(0)
    moved = [
        frechet(ours[_draws(len(ours), draw)], true[_draws(len(true), draw)])
        for _ in range(resamples)
    ]
    low, high = _interval(value, torch.tensor(moved, dtype=torch.float64))
    return Estimate(value, max(0.0, low), high)


def kernel_estimate(ours: Tensor, true: Tensor, resamples: int = RESAMPLES) -> Estimate:
    """`kernel` with its interval; features in.

    A picture drawn twice is no pair with itself: the resampled sums weigh every pair of different
    pictures by how often both were drawn.
    """
    value = kernel(ours, true)
    x, y = ours.double(), true.double()
    within, across, beyond = (_polynomial(a, b) for a, b in ((x, x), (x, y), (y, y)))
    draw = torch.Generator().manual_seed(0)
    moved = []
    for _ in range(resamples):
        u, v = (_draws(len(z), draw).bincount(minlength=len(z)).to(torch.float64) for z in (x, y))
        cross = u @ across @ v / (u.sum() * v.sum())
        moved.append(_pairs(within, u) + _pairs(beyond, v) - 2 * cross)
    return Estimate(value, *_interval(value, torch.stack(moved)))


def _polynomial(a: Tensor, b: Tensor) -> Tensor:
    return (a @ b.T / a.shape[1] + 1) ** 3


def _pairs(gram: Tensor, weight: Tensor) -> Tensor:
    """Weighted mean of a kernel over pairs of different pictures."""
    own = weight.square()
    return (weight @ gram @ weight - own @ gram.diagonal()) / (weight.sum() ** 2 - own.sum())


def _features(images: Tensor, probe: Probe | None) -> Tensor:
    return (probe or load_probe()).embed(images).cpu()


def _compare(
    estimate: Callable[[Tensor, Tensor], Estimate],
    images: Tensor,
    reference: Tensor,
    probe: Probe | None,
) -> Estimate:
    return estimate(_features(images, probe), _features(reference, probe))


def probe_fid(images: Tensor, reference: Tensor, probe: Probe | None = None) -> Estimate:
    """Probe-FID of pictures against true ones: `frechet` in the features of the shipped probe.

    At least two pictures each, better several hundred; compare figures of equal numbers only.
    """
    return _compare(frechet_estimate, images, reference, probe)


def probe_kid(images: Tensor, reference: Tensor, probe: Probe | None = None) -> Estimate:
    """Probe-KID of pictures against true ones: `kernel` in the features of the shipped probe.

    Unbiased: its expectation does not depend on how many pictures there are.
    """
    return _compare(kernel_estimate, images, reference, probe)


def ssim(images: Tensor, reference: Tensor) -> float:
    """Mean structural similarity (Wang et al. 2004) of pictures with their twins; 1 for equals."""
    if images.shape != reference.shape:
        raise GanlibError(
            f"SSIM compares twins, but the shapes are {tuple(images.shape)} and "
            f"{tuple(reference.shape)}."
        )
    value = structural_similarity_index_measure(images.double(), reference.double(), data_range=2.0)
    return torch.as_tensor(value).item()


def diversity(images: Tensor, probe: Probe | None = None, pairs_of: int = 256) -> Diversity:
    """How different pictures are among themselves, over the pairs of the first `pairs_of`.

    A generator that draws one face has a fair share of a good KID and no diversity: read both.
    """
    images = images[:pairs_of]
    pixels = images.flatten(1).float()
    of_features = mean_distance(_features(images, probe), 2.0)
    return Diversity(of_features, mean_distance(pixels, 1.0) / pixels.shape[1])


def mean_distance(points: Tensor, p: float) -> float:
    """Mean p-norm of the difference of two of the points (N, F), over all pairs; 0 for one point
    alone, and if all are equal."""
    pairs = len(points) * (len(points) - 1)
    exact = "donot_use_mm_for_euclid_dist"  # the quick way leaves 1e-3 between equal points
    return torch.cdist(points, points, p=p, compute_mode=exact).sum().item() / max(1, pairs)


def nearest(images: Tensor, training: Tensor, probe: Probe | None = None) -> Tensor:
    """Distance (N,) of each picture to the nearest of the training pictures, in probe features.

    Beside the same for true pictures that were held out, it shows memorising: what is copied from
    the training set is nearer than the truth ever is.
    """
    return nearest_of(_features(images, probe), _features(training, probe))


def nearest_of(ours: Tensor, training: Tensor) -> Tensor:
    """`nearest`, features in."""
    return torch.cdist(ours, training, compute_mode="donot_use_mm_for_euclid_dist").amin(1)
