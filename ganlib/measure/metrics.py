"""Distances between sets of pictures, computed by torchmetrics from features (N, F).

With the features of the probe these are probe-FID and probe-KID. They compare with no published
figure, only with one another, for the same probe and number of pictures.
"""

import warnings
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ganlib.core.errors import GanlibError
from ganlib.measure.hardware import require_extra
from ganlib.measure.probe import Probe, load_probe

RESAMPLES = 100
"""Bootstrap samples behind an interval."""
EXACT = "donot_use_mm_for_euclid_dist"
"""How `torch.cdist` computes: its quick way leaves 1e-3 between equal points."""


def require_measure() -> None:
    """GanlibError without torchmetrics: for what measures at its end to ask at its start."""
    require_extra("measure", "torchmetrics")


class Estimate(NamedTuple):
    """A figure and its bootstrap interval at 95 %: how much it depends on the pictures drawn."""

    value: float
    low: float
    high: float


class Diversity(NamedTuple):
    """Mean distance of two pictures of a set: Euclidean in probe features, and the mean absolute
    difference of their pixels. 0 if all are alike."""

    probe: float
    pixels: float


class _Given(nn.Module):
    """The feature extractor that torchmetrics wants, where the features are there already."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.num_features = num_features

    def forward(self, features: Tensor) -> Tensor:
        return features


def _check(ours: Tensor, true: Tensor) -> tuple[Tensor, Tensor]:
    """Both on the CPU: the distances need float64, which Apple's GPUs do not have."""
    require_measure()
    for features in (ours, true):
        if features.ndim != 2 or len(features) < 2 or not features.isfinite().all():
            raise GanlibError(
                "a distance between sets needs two finite pictures or more in each; got features "
                f"{tuple(features.shape)}."
            )
    return ours.cpu(), true.cpu()


def frechet(ours: Tensor, true: Tensor) -> float:
    """Fréchet distance of two sets of features (N, F), (M, F), as torchmetrics has it.

    |μ - ν|² + tr(A + B - 2 (AB)^½) of their means and covariances (Heusel et al. 2017, equation 6).
    Biased: it grows as N shrinks, so compare at equal N only.
    """
    ours, true = _check(ours, true)
    from torchmetrics.image.fid import FrechetInceptionDistance

    metric = FrechetInceptionDistance(feature=_Given(ours.shape[1]))
    metric.update(true, real=True)
    metric.update(ours, real=False)
    return max(0.0, metric.compute().item())


def kernel(ours: Tensor, true: Tensor) -> float:
    """Unbiased squared MMD of two sets of features under (x·y/F + 1)³, as torchmetrics has it.

    Bińkowski et al. 2018, section 4. Around 0 for sets of one distribution, so it may be negative.
    If one set is larger, it is averaged over 20 of its random subsets, always the same ones, each
    as large as the smaller set.
    """
    ours, true = _check(ours, true)
    from torchmetrics.image.kid import KernelInceptionDistance

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
    """The middle 95 % of bootstrap values, shifted so that their mean is the estimate.

    Drawing with repeats makes two sets differ more than they do: that bias is removed.
    """
    spread = moved - moved.mean()
    low, high = torch.quantile(spread, torch.tensor([0.025, 0.975], dtype=spread.dtype)).tolist()
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

    A picture that was drawn twice makes no pair with itself: resampled means weigh every pair of
    different pictures by how often both were drawn.
    """
    value = kernel(ours, true)
    x, y = ours.cpu().double(), true.cpu().double()
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


def ssim(images: Tensor, reference: Tensor) -> float:
    """Mean structural similarity (Wang et al. 2004) of pictures with their twins; 1 for equals."""
    if images.shape != reference.shape:
        raise GanlibError(
            f"SSIM compares twins, but the shapes are {tuple(images.shape)} and "
            f"{tuple(reference.shape)}."
        )
    require_measure()
    from torchmetrics.functional.image import structural_similarity_index_measure

    # In float32: float64 takes thirty times as long, and differs by less than 1e-5.
    value = structural_similarity_index_measure(images.float(), reference.float(), data_range=2.0)
    return torch.as_tensor(value).item()


def diversity(images: Tensor, probe: Probe | None = None, pairs_of: int = 256) -> Diversity:
    """How different pictures (N, 3, S, S) in [-1, 1] are, over the pairs of the first `pairs_of`.

    It is 0 after a complete mode collapse.
    """
    images = images[:pairs_of]
    features = (probe or load_probe()).embed(images).cpu()
    return Diversity(mean_distance(features, 2.0), pixel_diversity(images))


def pixel_diversity(images: Tensor) -> float:
    """Mean absolute difference of two of the images (N, 3, S, S) in [-1, 1]; 0 if all are alike."""
    pixels = images.flatten(1).float()
    return mean_distance(pixels, 1.0) / pixels.shape[1]


def mean_distance(points: Tensor, p: float) -> float:
    """Mean p-norm of the difference of two of the points (N, F), over all pairs; 0 for one point
    alone, and if all are equal."""
    pairs = len(points) * (len(points) - 1)
    return torch.cdist(points, points, p=p, compute_mode=EXACT).sum().item() / max(1, pairs)


def nearest_of(ours: Tensor, training: Tensor) -> Tensor:
    """Distance (N,) of each of our features to the nearest of the training set's.

    Beside the same for true pictures that were held out, it shows memorisation: copies of the
    training set are nearer.
    """
    return torch.cdist(ours, training, compute_mode=EXACT).amin(1)
