"""Ways through the noise that a generator draws from: normal vectors z (N, d), or (d,).

A normal vector's length is nearly always near √d: the noise lives on a thin shell. A way that
leaves the shell shows the generator what it never saw.
"""

import math

import torch
from torch import Tensor


def lerp(a: Tensor, b: Tensor, t: float | Tensor) -> Tensor:
    """(1 − t) a + t b: the straight way, through the inside of the shell."""
    return (1 - t) * a + t * b


def lerp_length(t: float | Tensor, d: float | Tensor) -> float | Tensor:
    """√(d ((1 − t)² + t²)): the root mean square length of `lerp` between normal vectors at t."""
    return (d * ((1 - t) ** 2 + t**2)) ** 0.5


def angle(a: Tensor, b: Tensor) -> Tensor:
    """Between vectors (..., d), radians, 0 to π: (...)."""
    cosine = (a * b).sum(-1) / (a.norm(dim=-1) * b.norm(dim=-1))
    return cosine.clamp(-1, 1).arccos()


def slerp(a: Tensor, b: Tensor, t: float | Tensor) -> Tensor:
    """sin((1−t)Ω)/sin Ω · a + sin(tΩ)/sin Ω · b: the way along the shell (Shoemake 1985). Ω is the
    angle between a and b (..., d), which must be neither 0 nor π."""
    omega = angle(a, b)[..., None]
    return (((1 - t) * omega).sin() * a + (t * omega).sin() * b) / omega.sin()


def turn(z: Tensor, towards: Tensor, radians: float) -> Tensor:
    """cos φ · z + sin φ · u: z turned by an angle, its length kept. u is what of `towards` (..., d)
    is at a right angle to z, stretched to z's length."""
    across = towards - (towards * z).sum(-1, keepdim=True) / (z * z).sum(-1, keepdim=True) * z
    u = across * z.norm(dim=-1, keepdim=True) / across.norm(dim=-1, keepdim=True)
    return math.cos(radians) * z + math.sin(radians) * u


def truncated(shape: tuple[int, ...], limit: float, generator: torch.Generator) -> Tensor:
    """Normal numbers, each drawn again until it lies within ±limit (Brock et al. 2019)."""
    # By the inverse of the distribution function: one draw for each number, whatever the limit.
    share = math.erf(limit / 2**0.5)
    within = (2 * torch.rand(shape, generator=generator, dtype=torch.float64) - 1) * share
    return (2**0.5 * torch.erfinv(within)).float()


def truncated_variance(limit: float | Tensor) -> Tensor:
    """1 − 2 τ φ(τ) / (2 Φ(τ) − 1): what is left of the variance 1 within ±τ, the limit."""
    tau = torch.as_tensor(limit, dtype=torch.float64)
    density = torch.exp(-(tau**2) / 2) / math.sqrt(2 * math.pi)
    return 1 - 2 * tau * density / torch.erf(tau / 2**0.5)
