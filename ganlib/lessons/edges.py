"""Content and style apart, measured without asking a discriminator, and what L1 and L2 prefer.

A drawing is flat colour and hard lines: most neighbours are equal, and a few differ by much. A
photograph's edges are a little softer, and a blurred drawing's less than half as hard.
"""

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from ganlib.core.errors import GanlibError
from ganlib.core.reconstruction import l1


def neighbour_steps(images: Tensor) -> Tensor:
    """|difference| of every two neighbours, across and down: (N, C, H, W) -> one long vector."""
    return torch.cat([images.diff(dim=-1).flatten(), images.diff(dim=-2).flatten()]).abs()


def edge_distance(
    images: Tensor, others: Tensor, least: float = 0.05, share: float = 0.1
) -> Tensor:
    """W₁ between the two sets' distributions of log(1 + step / least), over their hardest edges:
    the largest `share` of `neighbour_steps`.

    In a drawing that tenth is its lines. The eye compares steps by their ratio, down to the `least`
    that it sees: 0.05 of [-1, 1] is six levels of a byte. No pixel is compared with the one in its
    place, so two sets of drawings of different people are close. Both (N, C, H, W), equally large,
    and `share` above 0, at most 1; GanlibError if not.
    """
    if not 0 < share <= 1:
        raise GanlibError(f"edge_distance's share must be above 0 and at most 1, not {share}.")
    if images.shape != others.shape:
        shapes = f"{tuple(images.shape)} and {tuple(others.shape)}"
        raise GanlibError(f"edge_distance compares sets of one shape, not {shapes}.")
    steps = [neighbour_steps(each) for each in (images, others)]
    kept = max(1, round(share * steps[0].numel()))
    # The largest first, in both: the logarithm keeps the order.
    ours, theirs = (each.topk(kept).values for each in steps)
    return l1(torch.log1p(ours / least), torch.log1p(theirs / least))


def sharpness(images: Tensor) -> Tensor:
    """Mean squared Laplacian, (4x - its four neighbours)²: what blur takes away first."""
    x = images[..., 1:-1, 1:-1]
    around = images[..., :-2, 1:-1] + images[..., 2:, 1:-1]
    around = around + images[..., 1:-1, :-2] + images[..., 1:-1, 2:]
    return (4 * x - around).square().mean()


def coarse_l1(output: Tensor, target: Tensor, factor: int = 8) -> Tensor:
    """L1 between the means over squares of `factor` x `factor` pixels: who is drawn, and in which
    colours, whatever the lines."""
    return l1(avg_pool2d(output, factor), avg_pool2d(target, factor))


def best_guess(targets: Tensor, name: str) -> Tensor:
    """The one answer of least mean distance to n equally likely targets (n, ...), n odd: pixel by
    pixel their median for "l1", their mean for "l2". GanlibError for other names."""
    if name not in ("l1", "l2"):
        raise GanlibError(f'best_guess knows "l1" and "l2", not {name!r}.')
    return targets.mean(0) if name == "l2" else targets.median(0).values


def same_weight(weight: float, scale: float, power: int = 1, numbers: int = 1) -> float:
    """The λ that means the same when images are written `scale` times as large: `power` is 1 for
    `l1`, 2 for `l2`; `numbers` what a sum over pixels and channels adds up, 1 for a mean. A shift,
    as from [0, 1] to [-1, 1], changes no difference and so counts nothing."""
    return weight / (scale**power * numbers)
