"""Differentiable augmentation of what the discriminator sees (Zhao et al. 2020).

For whole batches at once, from torch's global random numbers; gradients pass.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from ganlib.core.errors import ConfigError
from ganlib.core.parallel import draw_rows

Parts = Sequence[int]
"""Row counts that add up to a batch, part after part, such as (reals, fakes): several processes
need them to make the draws of one (`parallel.draw_rows`)."""


def _color(images: Tensor, parts: Parts) -> Tensor:
    def uniform(low: float, high: float) -> Tensor:
        def draw(rows: int) -> Tensor:
            return torch.rand((rows, 1, 1, 1), device=images.device, dtype=images.dtype)

        return draw_rows(draw, parts) * (high - low) + low

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

    offset = draw_rows(draw, parts)
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
        return draw_rows(lambda rows: torch.randint(0, end, (rows, 1), device=images.device), parts)

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
    """The names in a comma-separated policy ("" has none); ConfigError for an unknown one."""
    names = [name.strip() for name in policy.split(",") if name.strip()]
    for name in names:
        if name not in POLICIES:
            raise ConfigError(
                "augment",
                f"knows no {name!r}; join some of {', '.join(POLICIES)} with commas, or give "
                '"" for none.',
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
