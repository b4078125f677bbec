"""What a distance makes of several possible answers, and what its weight means in other units."""

from torch import Tensor

from ganlib.core.errors import GanlibError


def best_guess(targets: Tensor, name: str) -> Tensor:
    """The one answer of least mean distance to n equally likely targets (n, ...), n odd: pixel by
    pixel their median for "l1", their mean for "l2". GanlibError for other names."""
    if name == "l2":
        return targets.mean(0)
    if name == "l1":
        return targets.median(0).values
    raise GanlibError(f'best_guess knows "l1" and "l2", not {name!r}.')


def same_weight(weight: float, scale: float, power: int = 1, numbers: int = 1) -> float:
    """The λ that means the same when images are written `scale` times as large.

    `power` is 1 for `l1`, 2 for `l2`. `numbers` is what a sum over pixels and channels adds up, 1
    for a mean. A shift, as from [0, 1] to [-1, 1], changes no difference and so counts nothing.
    """
    return weight / (scale**power * numbers)
