"""Ways through the noise that a generator draws from: normal vectors (N, d), or (d,), whose length
is nearly always near √d. A way that leaves this shell shows the generator what it never saw."""

from torch import Tensor


def angle(a: Tensor, b: Tensor) -> Tensor:
    """Between vectors (..., d), radians, 0 to π: (...)."""
    cosine = (a * b).sum(-1) / (a.norm(dim=-1) * b.norm(dim=-1))
    return cosine.clamp(-1, 1).arccos()


def slerp(a: Tensor, b: Tensor, t: float | Tensor) -> Tensor:
    """sin((1−t)Ω)/sin Ω · a + sin(tΩ)/sin Ω · b: the way along the shell (Shoemake 1985). Ω is the
    angle between a and b (..., d), which must be neither 0 nor π."""
    omega = angle(a, b)[..., None]
    return (((1 - t) * omega).sin() * a + (t * omega).sin() * b) / omega.sin()
