"""1-D and 2-D distributions whose every number is known, to hold a GAN's answers against."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor
from torch.nn.functional import softplus

from ganlib.core.errors import GanlibError


@dataclass(frozen=True)
class Gaussian1D:
    """N(mean, sd²) on the line."""

    mean: float = 0.0
    sd: float = 1.0  # standard deviation, more than 0

    def __post_init__(self) -> None:
        if not 0 < self.sd < math.inf:
            raise GanlibError(f"Gaussian1D.sd must be more than 0, not {self.sd!r}.")

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """(n, 1) independent draws."""
        return self.mean + self.sd * torch.randn(n, 1, generator=generator)

    def log_density(self, x: Tensor) -> Tensor:
        """Natural logarithm of the density, elementwise."""
        return -(((x - self.mean) / self.sd) ** 2) / 2 - math.log(self.sd * math.sqrt(math.tau))


@dataclass(frozen=True)
class Mixture:
    """Equally likely round Gaussians in the plane."""

    modes: tuple[tuple[float, float], ...]  # their means
    sigma: float  # standard deviation of each, along each axis; more than 0

    def __post_init__(self) -> None:
        if not self.modes or not 0 < self.sigma < math.inf:
            raise GanlibError("a Mixture needs one mode or more, and a sigma of more than 0.")

    @cached_property
    def centres(self) -> Tensor:
        """(K, 2), the modes as a tensor."""
        return torch.tensor(self.modes)

    @cached_property
    def spread(self) -> float:
        """Root mean square of a coordinate: divide by it, and networks meet numbers near 1."""
        return math.sqrt(self.centres.double().square().mean() + self.sigma**2)

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """(n, 2) independent draws."""
        which = torch.randint(len(self.modes), (n,), generator=generator)
        return self.centres[which] + self.sigma * torch.randn(n, 2, generator=generator)


def ring() -> Mixture:
    """8 Gaussians of σ = 0.01 on the circle of radius 1 (the PacGAN protocol, section 4.1)."""
    angles = [math.tau * k / 8 for k in range(8)]
    return Mixture(tuple((math.cos(a), math.sin(a)) for a in angles), 0.01)


def grid() -> Mixture:
    """25 Gaussians of σ = 0.05 at {-4, -2, 0, 2, 4}² (the PacGAN protocol, section 4.1)."""
    steps = (-4.0, -2.0, 0.0, 2.0, 4.0)
    return Mixture(tuple((x, y) for x in steps for y in steps), 0.05)


TOYS = {"ring": ring, "grid": grid}


def optimal_logit(x: Tensor, real: Gaussian1D, fake: Gaussian1D) -> Tensor:
    """log p(x) - log q(x), the logit of the best discriminator (Goodfellow et al. 2014, prop. 1).
    For real N(0, 1) and fake N(m, 1) it is the line m²/2 - m·x."""
    return real.log_density(x) - fake.log_density(x)


def jensen_shannon(real: Gaussian1D, fake: Gaussian1D) -> float:
    """JSD of the two in nats, 0 to ln 2, by the trapezoidal rule in float64: exact to rounding, as
    the integrand is smooth, and 12 standard deviations out it has vanished."""
    low = min(g.mean - 12 * g.sd for g in (real, fake))
    high = max(g.mean + 12 * g.sd for g in (real, fake))
    x = torch.linspace(low, high, 20_001, dtype=torch.float64)
    p, q, a = real.log_density(x).exp(), fake.log_density(x).exp(), optimal_logit(x, real, fake)
    # p/(p + q) is the sigmoid of the optimal logit, whose logarithm is finite where p + q is 0.
    kl_real, kl_fake = p * (math.log(2) - softplus(-a)), q * (math.log(2) - softplus(a))
    return float(torch.trapezoid(kl_real + kl_fake, x)) / 2


def minimal_discriminator_loss(real: Gaussian1D, fake: Gaussian1D) -> float:
    """2 ln 2 - 2 JSD: no D has a smaller binary cross-entropy (Goodfellow et al. 2014, thm. 1)."""
    return 2 * math.log(2) - 2 * jensen_shannon(real, fake)


def distances(x: Tensor, y: Tensor) -> Tensor:
    """(N, M), from each point of x (N, d) to each of y (M, d), without cancellation."""
    return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")


def wasserstein1(x: Tensor, y: Tensor) -> float:
    """Least mean distance over which x can be carried to y, both (N, 1) or both (N, 2).

    On the line the best plan pairs the sorted points; in the plane it is a linear assignment, whose
    cost grows as N³: 1,000 points take well under a second, 10,000 do not fit in most memories.
    """
    if x.shape != y.shape or x.ndim != 2 or x.shape[1] not in (1, 2) or not len(x):
        wanted = "as many points of x as of y, both of shape (N, 1) or (N, 2)"
        shapes = f"{tuple(x.shape)} and {tuple(y.shape)}"
        raise GanlibError(f"wasserstein1 compares {wanted}, not {shapes}.")
    x, y = x.detach().cpu().double(), y.detach().cpu().double()
    if x.shape[1] == 1:
        return float((x.sort(0).values - y.sort(0).values).abs().mean())
    costs = distances(x, y).numpy()
    return float(np.mean(costs[linear_sum_assignment(costs)]))


def share_within(radius: float) -> float:
    """1 - exp(-r²/2), the share of a round Gaussian's points in the plane within r standard
    deviations of its mean: 0.9889 at 3."""
    return 1 - math.exp(-(radius**2) / 2)


def reverse_kl(share: Tensor) -> Tensor:
    """KL(share ‖ even) in nats, 0 to ln K, of (K,) shares that add up to 1. A mode without samples
    adds 0 (x ln x tends to 0): that is why it is the reverse one."""
    return torch.xlogy(share, share * len(share)).sum()


@dataclass(frozen=True)
class ModeReport:
    """What samples of a mixture are worth. By the PacGAN protocol (Lin et al. 2018, section 4.1) a
    sample is of high quality within 3σ of a mode, and a mode is reached with one such sample. Noise
    passes that: 512 points in a square reach 8 modes of 8. So it takes more to cover a mode."""

    modes: (
        int  # modes covered: those that got half of their fair share 1/K or more, in such samples
    )
    quality: float  # share of such samples, 0 to 1; of true samples it is 1 - e^-4.5 = 0.9889
    # KL(samples ‖ truth) in nats over the histogram of nearest modes, 0 to ln K. Of n true samples
    # it is (K - 1)/2n on average, not 0.
    reverse_kl: float
    reached: int  # the protocol's count, of modes with at least one such sample


def mode_report(points: Tensor, truth: Mixture) -> ModeReport:
    """The report of (N, 2) samples, in the coordinates of `truth`. Each counts in the histogram of
    the reverse KL, at its nearest mode, whatever its quality."""
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise GanlibError(f"a mode report needs points of shape (N, 2), not {tuple(points.shape)}.")
    if not torch.isfinite(points).all():
        raise GanlibError("a mode report needs finite points; the generator has diverged.")
    centres = truth.centres.double()  # on the CPU, as Apple's GPUs have no float64
    distance, nearest = distances(points.detach().cpu().double(), centres).min(1)
    good, kinds = distance <= 3 * truth.sigma, len(truth.modes)
    found = torch.bincount(nearest[good], minlength=kinds)
    share = torch.bincount(nearest, minlength=kinds).double() / len(points)
    return ModeReport(
        modes=int((2 * kinds * found >= len(points)).sum()),
        quality=float(good.double().mean()),
        reverse_kl=float(reverse_kl(share)),
        reached=int((found > 0).sum()),
    )
