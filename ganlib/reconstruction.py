"""What keeps the person: the reconstruction terms that join the adversarial one in G's loss.

Every function takes images (N, C, H, W) in [-1, 1] and returns a scalar, a mean over pixels and
channels. The absolute differences are 0 for equal images and 2 for opposite ones.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, huber_loss, l1_loss, mse_loss

from ganlib.errors import GanlibError


def l1(output: Tensor, target: Tensor) -> Tensor:
    """Mean |output - target| (Isola et al. 2017, equation 3): for pairs whose answer is known."""
    return l1_loss(output, target)


def l2(output: Tensor, target: Tensor) -> Tensor:
    """Mean (output - target)²: its best guess is the mean of what may be, `l1`'s is the median."""
    return mse_loss(output, target)


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


def huber(output: Tensor, target: Tensor, delta: float = 0.1) -> Tensor:
    """Quadratic up to a difference of delta, linear beyond it (Huber 1964), over delta.

    Divided so, its slope far out is that of `l1`. GanlibError unless delta > 0.
    """
    _positive("huber", "delta", delta)
    return huber_loss(output, target, delta=delta) / delta


def charbonnier(output: Tensor, target: Tensor, epsilon: float = 1e-3) -> Tensor:
    """Mean sqrt(d² + ε²) of the differences d: `l1` rounded at 0 (Charbonnier et al. 1994).

    GanlibError unless epsilon > 0.
    """
    _positive("charbonnier", "epsilon", epsilon)
    return ((output - target).square() + epsilon**2).sqrt().mean()


DISTANCES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "l1": l1,
    "l2": l2,
    "huber": huber,
    "charbonnier": charbonnier,
}


def distance(name: str) -> Callable[[Tensor, Tensor], Tensor]:
    """The distance of that name in `DISTANCES`; GanlibError if there is none."""
    if name not in DISTANCES:
        raise GanlibError(f"there is no distance {name!r}; choose from {', '.join(DISTANCES)}.")
    return DISTANCES[name]


def _positive(term: str, name: str, value: float) -> None:
    if not value > 0:
        raise GanlibError(f"{term} needs {name} > 0, not {value!r}.")


def total_variation(output: Tensor) -> Tensor:
    """Mean |difference| of neighbours, across plus down (Rudin et al. 1992, anisotropic): flatness.

    Needs two pixels or more on each side.
    """
    if min(output.shape[-2:]) < 2:
        raise GanlibError(
            f"total_variation compares neighbours, but the images are {tuple(output.shape[-2:])}."
        )
    across = (output[..., :, 1:] - output[..., :, :-1]).abs().mean()
    return across + (output[..., 1:, :] - output[..., :-1, :]).abs().mean()


def perceptual(output: Tensor, target: Tensor, features: Callable[[Tensor], object]) -> Tensor:
    """L1 between the features of both (Johnson et al. 2016, equation 2, with L1).

    `features` is a frozen network: images -> a tensor, or a list or tuple of them, whose terms are
    added. Its own weights get no gradient if they are frozen (`requires_grad_(False)`); the target
    gets none in any case.
    """
    with torch.no_grad():
        wanted = _list(features(target))
    pairs = zip(_list(features(output)), wanted, strict=True)
    return torch.stack([l1_loss(ours, theirs) for ours, theirs in pairs]).sum()


def _list(features: object) -> list[Tensor]:
    found = [features] if isinstance(features, Tensor) else features
    if not isinstance(found, list | tuple) or not all(isinstance(x, Tensor) for x in found):
        raise GanlibError("perceptual's features must give a tensor, or a list or tuple of them.")
    return list(found)


def low_frequencies(images: Tensor, factor: int) -> Tensor:
    """Means over `factor` x `factor` squares of pixels, half overlapping.

    The squares overlap, because G would otherwise learn their grid and paint it. `factor` must
    divide both sides of the images.
    """
    if images.shape[-2] % factor or images.shape[-1] % factor:
        size = f"{images.shape[-1]}x{images.shape[-2]}"
        raise GanlibError(
            f"low_frequency cannot average images of {size} pixels over squares of {factor}; "
            "choose a factor that divides both sides."
        )
    return avg_pool2d(images, factor, max(1, factor // 2))


def transport(source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """(scale, shift), each (1, ...): scale * row + shift gives the rows of `source`, (N, ...), the
    mean and the standard deviation of the rows of `target`, (M, ...), place by place."""
    spreads = [world.std(0, keepdim=True, correction=0) for world in (source, target)]
    scale = spreads[1] / spreads[0].clamp_min(1e-3)
    return scale, target.mean(0, keepdim=True) - scale * source.mean(0, keepdim=True)


def with_mirrors(world: Tensor) -> Tensor:
    """(N, C, h, w) and its mirror images, (2N, C, h, w) in float64, for the statistics of a world:
    feeds mirror at random, so both count."""
    return torch.cat([world, world.flip(-1)]).double()


class Tones(nn.Module):
    """From the tones of one world to those of another: t -> shift + scale * t, square by square.

    Drawings have lighter backgrounds than photographs; holding them to the photograph's tones would
    forbid that. So a tone is carried over by its rank: what is dark for a photograph, at this place
    and in this channel, becomes as dark for a drawing. For normal distributions that is the optimal
    transport of one to the other (Peyre and Cuturi 2019, section 2.6), and it needs no pairs.

    Buffers `scale` and `shift` have the shape (1, C, h, w) of `low_frequencies`.
    """

    scale: Tensor
    shift: Tensor

    def __init__(self, source: Tensor, target: Tensor) -> None:
        """`source` and `target`: low frequencies (N, C, h, w) and (M, C, h, w), N and M > 1."""
        super().__init__()
        if min(len(source), len(target)) < 2:
            raise GanlibError("Tones compares two worlds, and needs two or more images of each.")
        scale, shift = transport(with_mirrors(source), with_mirrors(target))
        self.register_buffer("scale", scale.float())
        self.register_buffer("shift", shift.float())

    def forward(self, tones: Tensor) -> Tensor:
        """(N, C, h, w) of the source's world -> the same of the target's."""
        return self.shift + self.scale * tones


def low_frequency(
    output: Tensor, source: Tensor, factor: int = 16, tones: nn.Module | None = None
) -> Tensor:
    """L1 between the `low_frequencies` of the output and of the source, the latter carried over.

    Pose and colour survive the averaging and are held to the source; outlines and eyes do not, and
    stay free to become a drawing. Without `tones` both worlds are taken to have the same.
    """
    wanted = low_frequencies(source, factor)
    return l1_loss(low_frequencies(output, factor), wanted if tones is None else tones(wanted))


def cycle(returned: Tensor, source: Tensor) -> Tensor:
    """L1 between F(G(x)) and x: there and back again (Zhu et al. 2017, equation 2, one half)."""
    return l1_loss(returned, source)


def identity(output: Tensor, target: Tensor) -> Tensor:
    """L1 between G(y) and y: what is a drawing already stays as it is (Zhu et al. 2017, 5.2)."""
    return l1_loss(output, target)
