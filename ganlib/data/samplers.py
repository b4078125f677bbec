"""Samplers draw batches from datasets.

A sampler is a callable `n -> batch`, a dict of float (N, 3, S, S) tensors in [-1, 1]. It uses only
torch's global random numbers on the dataset's device, so that a seed decides every batch, and a
CUDA graph may capture it (`capturable`).
"""

from collections.abc import Callable

import torch
from torch import Tensor

from ganlib.core.errors import GanlibError
from ganlib.data.datasets import ImageDataset
from ganlib.data.photometric import photo_jitter, random_flip, relight

Batch = dict[str, Tensor]
Sampler = Callable[[int], Batch]


class ImageSampler:
    """{"anime"}: one domain alone, mirrored at random."""

    capturable = True

    def __init__(self, anime: ImageDataset) -> None:
        self.anime = anime

    def __call__(self, n: int) -> Batch:
        (images,) = random_flip(self.anime.sample(n))
        return {"anime": images}


class ConditionalSampler(ImageSampler):
    """{"anime", "condition"}: drawings mirrored at random, and what is known of each.

    `conditions` is (len(anime), C), on the dataset's device. As drawings are mirrored, no condition
    may depend on left and right. With `pack`, every so many neighbours of the dataset, which have
    one condition, come together.
    """

    def __init__(self, anime: ImageDataset, conditions: Tensor, pack: int = 1) -> None:
        if len(anime) != len(conditions):
            raise GanlibError(
                f"each drawing has its own condition, but there are {len(anime)} drawings and "
                f"{len(conditions)} conditions; give as many, in one order."
            )
        super().__init__(anime)
        if len(anime) % pack or not torch.equal(
            conditions, conditions[::pack].repeat_interleave(pack, 0)
        ):
            raise GanlibError(
                f"drawings to be seen {pack} at a time need one condition in each {pack}."
            )
        self.conditions, self.pack = conditions, pack

    def __call__(self, n: int) -> Batch:
        first = self.anime.draw(n // self.pack) // self.pack * self.pack
        index = (first[:, None] + torch.arange(self.pack, device=first.device)).flatten()
        (images,) = random_flip(self.anime.at(index))
        return {"anime": images, "condition": self.conditions[index]}


class PairedSampler:
    """{"photo", "anime"}: row i of one is the twin of row i of the other, mirrored together.

    `jitter` is the strength of `photo_jitter` on the photographs, 0 for none.
    """

    capturable = True

    def __init__(self, photo: ImageDataset, anime: ImageDataset, jitter: float = 0.25) -> None:
        if len(photo) != len(anime):
            raise GanlibError(
                f"twins come in pairs, but there are {len(photo)} photographs and {len(anime)} "
                "drawings; give as many of one as of the other, in one order."
            )
        self.photo, self.anime, self.jitter = photo, anime, jitter

    def __call__(self, n: int) -> Batch:
        index = self.photo.draw(n)
        photo, anime = random_flip(self.photo.at(index), self.anime.at(index))
        return {"photo": photo_jitter(photo, self.jitter), "anime": anime}


class UnpairedSampler:
    """{"photo", "anime"}: independent draws from two domains of any two sizes.

    With `relight`, the strength of `photometric.relight`, there is "source" too: the photographs
    before they were relit, for losses that compare with the original.
    """

    capturable = True

    def __init__(
        self, photo: ImageDataset, anime: ImageDataset, jitter: float = 0.25, relight: float = 0.0
    ) -> None:
        self.photo, self.anime, self.jitter, self.relight = photo, anime, jitter, relight

    def __call__(self, n: int) -> Batch:
        (photo,) = random_flip(self.photo.sample(n))
        (anime,) = random_flip(self.anime.sample(n))
        source = photo_jitter(photo, self.jitter)
        if not self.relight:
            return {"photo": source, "anime": anime}
        return {"photo": relight(source, self.relight), "anime": anime, "source": source}


class BackTranslationSampler:
    """{"photo", "anime", "unpaired", "source"}: n/2 pairs of a drawing with the photograph that the
    backward model made of it, and n/2 real photographs.

    n is even. All inputs of G ("photo" and "unpaired") are relit, with strength `relight`; "source"
    are the real photographs before that. The made photographs, which no camera took, are also
    jittered, with strength `jitter`.
    """

    capturable = True

    def __init__(
        self,
        made: ImageDataset,
        anime: ImageDataset,
        photo: ImageDataset,
        jitter: float,
        relight: float,
    ) -> None:
        """`made` and `anime` in one order, row i of one made of row i of the other."""
        self.pairs = PairedSampler(made, anime, jitter)
        self.photo, self.relight = photo, relight

    def __call__(self, n: int) -> Batch:
        if n % 2:
            raise GanlibError(f"half of this batch is pairs, so its size must be even, not {n}.")
        pairs = self.pairs(n // 2)
        (source,) = random_flip(self.photo.sample(n // 2))
        seen = relight(torch.cat([pairs["photo"], source]), self.relight)
        made, unpaired = seen.split(n // 2)
        return {"photo": made, "anime": pairs["anime"], "unpaired": unpaired, "source": source}
