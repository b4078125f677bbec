"""Differentiable augmentation of what D sees, real and fake alike (Zhao et al. 2020)."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ganlib.core.errors import ConfigError
from ganlib.core.parallel import draw_rows


def _color(images: Tensor, parts: Sequence[int]) -> Tensor:
    def uniform(low: float, high: float) -> Tensor:
        draws = draw_rows(lambda n: images.new_empty(n, 1, 1, 1).uniform_(), parts)
        return draws * (high - low) + low

    images = images + uniform(-0.5, 0.5)
    grey = images.mean(1, keepdim=True)
    images = grey + (images - grey) * uniform(0, 2)
    level = images.mean((1, 2, 3), keepdim=True)
    return level + (images - level) * uniform(0.5, 1.5)


def _integers(low: int, end: int, images: Tensor, parts: Sequence[int]) -> Tensor:
    return draw_rows(lambda n: torch.randint(low, end, (n, 1), device=images.device), parts)


def _translation(images: Tensor, parts: Sequence[int]) -> Tensor:
    # A shift as a product with a shifted identity: its backward is far faster than indexing's.
    def shifted_identity(side: int) -> Tensor:
        reach = int(side / 8 + 0.5)
        offset = _integers(-reach, reach + 1, images, parts)[:, :, None, None]
        place = torch.arange(side, device=images.device)
        return (place[:, None] - place[None, :] == offset).to(images.dtype)

    height, width = images.shape[2:]
    return shifted_identity(height) @ images @ shifted_identity(width).transpose(2, 3)


def _cutout(images: Tensor, parts: Sequence[int]) -> Tensor:
    inside = []
    for side in images.shape[2:]:
        size = int(side / 2 + 0.5)
        start = _integers(0, side + (1 - size % 2), images, parts) - size // 2
        place = torch.arange(side, device=images.device)
        inside.append((place >= start) & (place < start + size))
    rows, columns = inside
    return images * ~(rows[:, None, :, None] & columns[:, None, None, :])


POLICIES = {"color": _color, "translation": _translation, "cutout": _cutout}


def check_policy(policy: str) -> list[str]:
    """The names in a comma-separated policy ("" has none); ConfigError for an unknown one."""
    names = [name.strip() for name in policy.split(",") if name.strip()]
    for name in names:
        if name not in POLICIES:
            known = f'join some of {", ".join(POLICIES)} with commas, or give "" for none.'
            raise ConfigError("augment", f"knows no {name!r}; {known}")
    return names


def diff_augment(images: Tensor, policy: str, parts: Sequence[int] | None = None) -> Tensor:
    """Images (N, C, H, W) in [-1, 1], changed as `policy` names, comma-separated: the same shape,
    perhaps beyond that range. Strengths are the paper's: brightness ±0.5, saturation 0 to 2,
    contrast 0.5 to 1.5, translation up to an eighth of each side (zeros move in), a hole of half of
    each side, drawn for each image. `parts`: as in `parallel`."""
    for name in check_policy(policy):
        images = POLICIES[name](images, parts or (len(images),))
    return images
