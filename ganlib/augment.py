"""Random changes to images, for whole batches at once, from torch's global random numbers.

`diff_augment` sits between the images and the discriminator, and lets gradients through;
`photo_jitter`, `relight` and `random_flip` make more photographs out of few.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import conv2d, pad

from ganlib.distributed import joined
from ganlib.errors import GanlibError

Parts = Sequence[int]
"""Row counts that add up to a batch, part after part, such as (reals, fakes): several processes
need them to make the draws of one (`distributed.joined`)."""


def _uniform(images: Tensor, low: float, high: float, channels: int = 1) -> Tensor:
    """One number for each image (and channel), shaped to multiply the batch."""
    return _stretch(images, len(images), low, high, channels)


def _stretch(images: Tensor, rows: int, low: float, high: float, channels: int = 1) -> Tensor:
    shape = (rows, channels, 1, 1)
    return torch.rand(shape, device=images.device, dtype=images.dtype) * (high - low) + low


def _color(images: Tensor, parts: Parts) -> Tensor:
    def uniform(low: float, high: float) -> Tensor:
        return joined(lambda rows: _stretch(images, rows, low, high), parts)

    images = images + uniform(-0.5, 0.5)
    grey = images.mean(1, keepdim=True)
    images = grey + (images - grey) * uniform(0, 2)
    level = images.mean((1, 2, 3), keepdim=True)
    return level + (images - level) * uniform(0.5, 1.5)


def _shift_matrices(images: Tensor, side: int, parts: Parts, ratio: float = 0.125) -> Tensor:
    """(N, 1, side, side): for each image the identity, its diagonal moved by a random offset."""
    reach = int(side * ratio + 0.5)

    def draw(rows: int) -> Tensor:
        return torch.randint(-reach, reach + 1, (rows, 1, 1, 1), device=images.device)

    offset = joined(draw, parts)
    place = torch.arange(side, device=images.device)
    return (place[:, None] - place[None, :] == offset).to(images.dtype)


def _translation(images: Tensor, parts: Parts) -> Tensor:
    # A shift by whole pixels is a product with a shifted identity matrix, and what leaves the image
    # leaves zeros. Its backward is a product too: on a CPU many times faster than that of indexing.
    down = _shift_matrices(images, images.shape[2], parts)
    right = _shift_matrices(images, images.shape[3], parts)
    return down @ images @ right.transpose(2, 3)


def _cutout(images: Tensor, parts: Parts, ratio: float = 0.5) -> Tensor:
    def centres(end: int) -> Tensor:
        return joined(lambda rows: torch.randint(0, end, (rows, 1), device=images.device), parts)

    inside = []
    for side in images.shape[2:]:
        size = int(side * ratio + 0.5)
        centre = centres(side + (1 - size % 2))
        place = torch.arange(side, device=images.device)
        inside.append((place >= centre - size // 2) & (place < centre - size // 2 + size))
    rows, columns = inside
    hole = rows[:, None, :, None] & columns[:, None, None, :]
    return images * ~hole


POLICIES = {"color": _color, "translation": _translation, "cutout": _cutout}


def check_policy(policy: str) -> list[str]:
    """The names in a comma-separated policy ("" has none); GanlibError for an unknown one."""
    names = [name.strip() for name in policy.split(",") if name.strip()]
    for name in names:
        if name not in POLICIES:
            raise GanlibError(
                f"there is no augmentation called {name!r}; join some of {', '.join(POLICIES)} "
                'with commas, or give "" for none.'
            )
    return names


def diff_augment(
    images: Tensor, policy: str = "color,translation,cutout", parts: Parts | None = None
) -> Tensor:
    """Differentiable augmentation of what D sees, real and fake alike (Zhao et al. 2020).

    `images` is (N, C, H, W) in [-1, 1]; the result has the same shape and may leave that range.
    Strengths are the paper's: brightness ±0.5, saturation 0 to 2, contrast 0.5 to 1.5, translation
    up to an eighth of each side (zeros move in), a hole of half of each side. Each image draws its
    own. `policy` names the families to use, comma-separated; "" returns the images untouched.
    `parts` are the row counts of what the batch is joined from, if it is.
    """
    for name in check_policy(policy):
        images = POLICIES[name](images, parts or (len(images),))
    return images


@torch.no_grad()
def photo_jitter(images: Tensor, strength: float = 1.0) -> Tensor:
    """Photographs as another camera might have taken them: (N, 3, H, W) in [-1, 1], same shape.

    At `strength` 1 each image draws an exposure of ±0.3 stops, a contrast of ±20 %, a colour cast
    of ±6 % on each channel, up to a whole 5-tap binomial blur, and noise of a standard deviation of
    up to 0.04. 0 returns the images untouched; above 2 the results stop looking like photographs.
    """
    _check_strength("photo_jitter", strength)
    if strength == 0:
        return images
    light = _contrasted(_exposed(images, strength), strength)
    share = (_uniform(images, 0, 1) * strength).clamp(max=1)
    light = light.lerp(_blur(light), share)
    # Not randn_like: in the channels-last layout it fills one number at a time, 10 times slower.
    noise = torch.randn(light.shape, device=light.device, dtype=light.dtype)
    light = light + noise * _uniform(images, 0, 0.02) * strength
    return light.clamp(0, 1) * 2 - 1


@torch.no_grad()
def relight(images: Tensor, strength: float = 1.0) -> Tensor:
    """Photographs as they would be in another light: (N, 3, H, W) in [-1, 1], same shape.

    At `strength` 1 each image draws an exposure of ±0.3 stops, a colour cast of ±6 % on each
    channel, a fall of light of up to 0.3 stops from the middle to each side, and a contrast of
    ±20 %. 0 returns the images untouched; at 2 the fall alone may leave a corner 0.44 of the
    middle's light.
    """
    _check_strength("relight", strength)
    if strength == 0:
        return images
    light = _exposed(images, strength)
    for side in (-1, -2):
        place = torch.linspace(-1, 1, images.shape[side], device=images.device, dtype=images.dtype)
        place = place.view(-1, *[1] * (-1 - side))
        light = light * torch.exp2(_uniform(images, -0.3, 0.3) * place * strength)
    return _contrasted(light, strength).clamp(0, 1) * 2 - 1


def _check_strength(name: str, strength: float) -> None:
    if strength < 0:
        raise GanlibError(f"{name}'s strength must be 0 or more, not {strength}.")


def _exposed(images: Tensor, strength: float) -> Tensor:
    """Images in [-1, 1] as light in [0, 1] and above, with another exposure and colour cast."""
    light = (images + 1) / 2 * torch.exp2(_uniform(images, -0.3, 0.3) * strength)
    return light * (1 + _uniform(images, -0.06, 0.06, channels=3) * strength)


def _contrasted(light: Tensor, strength: float) -> Tensor:
    level = light.mean((1, 2, 3), keepdim=True)
    return level + (light - level) * (1 + _uniform(light, -0.2, 0.2) * strength)


def _blur(images: Tensor) -> Tensor:
    """Binomial blur of 5 x 5 pixels (a standard deviation of one pixel), edges replicated."""
    channels = images.shape[1]
    # 1, 4, 6, 4, 1, made on the device: a CUDA graph cannot hold a copy from the host.
    away = torch.arange(-2, 3, device=images.device, dtype=images.dtype).abs()
    taps = (6 - 1.5 * away - 0.5 * away**2) / 16
    images = pad(images, (2, 2, 2, 2), mode="replicate")
    images = conv2d(images, taps.view(1, 1, 5, 1).repeat(channels, 1, 1, 1), groups=channels)
    return conv2d(images, taps.view(1, 1, 1, 5).repeat(channels, 1, 1, 1), groups=channels)


def random_flip(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Mirror each row left to right with probability ½: (N, C, H, W) tensors of one N.

    The decision for row i is shared by all the tensors, so twins stay twins. Always a tuple, one
    tensor for each that went in.
    """
    first = tensors[0]
    mirrored = torch.rand((first.shape[0], 1, 1, 1), device=first.device) < 0.5
    return tuple(torch.where(mirrored, images.flip(3), images) for images in tensors)
