"""Images held as bytes on the device, and the feeds that draw batches from them.

A feed is a callable `n -> batch`, a dict of float (N, 3, S, S) tensors in [-1, 1]. It draws from
torch's global random numbers only, so a seed decides every batch.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from ganlib.augment import photo_jitter, random_flip, relight
from ganlib.errors import GanlibError

Batch = dict[str, Tensor]
Feed = Callable[[int], Batch]


class ImageStore:
    """All images of one world in memory, a byte for each value: 10,000 of 128 pixels take 0.5 GB.

    `images` is uint8 (N, 3, H, W); its device is the store's.
    """

    def __init__(self, images: Tensor) -> None:
        if images.dtype != torch.uint8 or images.ndim != 4 or images.shape[1] != 3:
            raise GanlibError(
                "an ImageStore holds uint8 images (N, 3, H, W), not "
                f"{images.dtype} {tuple(images.shape)}; ImageStore.from_float takes [-1, 1]."
            )
        if not len(images):
            raise GanlibError("an ImageStore needs at least one image, and was given none.")
        self.images = images

    @classmethod
    def from_float(cls, images: Tensor) -> "ImageStore":
        """A store of float images (N, 3, H, W) in [-1, 1], rounded to the 256 levels of a byte."""
        return cls(((images + 1) * 127.5).round().clamp(0, 255).to(torch.uint8))

    def __len__(self) -> int:
        return len(self.images)

    def draw(self, n: int) -> Tensor:
        """n random indices, with repeats."""
        return torch.randint(len(self), (n,), device=self.images.device)

    def at(self, index: Tensor) -> Tensor:
        """The images of an index (n,), float (n, 3, H, W) in [-1, 1], channels last in memory."""
        chosen = self.images[index].to(torch.float32, memory_format=torch.channels_last)
        return chosen / 127.5 - 1

    def summary(self, of: Callable[[Tensor], Tensor], chunk: int = 512) -> Tensor:
        """`of` every image, `chunk` at a time: for statistics small enough to keep."""
        rows = torch.arange(len(self), device=self.images.device)
        return torch.cat([of(self.at(index)) for index in rows.split(chunk)])

    def sample(self, n: int) -> Tensor:
        """n random images, as `at` gives them."""
        return self.at(self.draw(n))


class ImageFeed:
    """{world: images}: one world alone, mirrored at random; "anime" unless told otherwise.

    `capturable`, as every draw is made on the store's device: a CUDA graph may hold it
    (capture.py). A feed without that mark is asked between the replays.
    """

    capturable = True

    def __init__(self, store: ImageStore, world: str = "anime") -> None:
        self.store, self.world = store, world

    def __call__(self, n: int) -> Batch:
        (images,) = random_flip(self.store.sample(n))
        return {self.world: images}


class ConditionedFeed(ImageFeed):
    """{"anime", "condition"}: drawings mirrored at random, and what is known of each.

    `conditions` is (len(store), C), on the store's device; none of it may tell left from right.
    """

    def __init__(self, store: ImageStore, conditions: Tensor) -> None:
        if len(store) != len(conditions):
            raise GanlibError(
                f"each drawing has its own condition, but there are {len(store)} drawings and "
                f"{len(conditions)} conditions; give as many, in one order."
            )
        super().__init__(store)
        self.conditions = conditions

    def __call__(self, n: int) -> Batch:
        index = self.store.draw(n)
        (images,) = random_flip(self.store.at(index))
        return {self.world: images, "condition": self.conditions[index]}


class PairedFeed:
    """{"photo", "anime"}: row i of one is the twin of row i of the other, mirrored together.

    `jitter` is the strength of `photo_jitter` on the photographs, 0 for none.
    """

    capturable = True

    def __init__(self, photo: ImageStore, anime: ImageStore, jitter: float = 0.25) -> None:
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


class UnpairedFeed:
    """{"photo", "anime"}: independent draws from two worlds of any two sizes.

    With `relight`, the strength of `augment.relight`, also "source": "photo" is that in another
    light, and what keeps the person is measured on the photograph as it was taken.
    """

    capturable = True

    def __init__(
        self, photo: ImageStore, anime: ImageStore, jitter: float = 0.25, relight: float = 0.0
    ) -> None:
        self.photo, self.anime, self.jitter, self.relight = photo, anime, jitter, relight

    def __call__(self, n: int) -> Batch:
        (photo,) = random_flip(self.photo.sample(n))
        (anime,) = random_flip(self.anime.sample(n))
        source = photo_jitter(photo, self.jitter)
        if not self.relight:
            return {"photo": source, "anime": anime}
        return {"photo": relight(source, self.relight), "anime": anime, "source": source}


class MixedFeed:
    """{"photo", "anime", "wild"}: of n, which is even, n/2 are twins and n/2 wild photographs.

    So n counts the photographs that the generator translates. `jitter` is for the wild ones alone:
    rendered photographs come from a camera that varies already.
    """

    capturable = True

    def __init__(
        self, photo: ImageStore, anime: ImageStore, wild: ImageStore, jitter: float = 0.25
    ) -> None:
        self.twins = PairedFeed(photo, anime, jitter=0)
        self.wild, self.jitter = wild, jitter

    def __call__(self, n: int) -> Batch:
        _check_half(n)
        (wild,) = random_flip(self.wild.sample(n // 2))
        return {**self.twins(n // 2), "wild": photo_jitter(wild, self.jitter)}


class BackFeed:
    """{"photo", "anime", "wild", "source"}: of n, which is even, n/2 are drawings with what the way
    back made of them, their twins for the time being, and n/2 photographs.

    All that G sees is in another light, of strength `relight` (`augment.relight`); "source" are the
    photographs as they were taken. `jitter`, the strength of `augment.photo_jitter`, is for what
    the way back made, which has no camera of its own.
    """

    capturable = True

    def __init__(
        self,
        made: ImageStore,
        anime: ImageStore,
        photo: ImageStore,
        jitter: float,
        relight: float,
    ) -> None:
        """`made` and `anime` in one order, row i of one made of row i of the other."""
        self.twins = PairedFeed(made, anime, jitter)
        self.photo, self.relight = photo, relight

    def __call__(self, n: int) -> Batch:
        _check_half(n)
        twins = self.twins(n // 2)
        (source,) = random_flip(self.photo.sample(n // 2))
        seen = relight(torch.cat([twins["photo"], source]), self.relight)
        made, wild = seen.split(n // 2)
        return {"photo": made, "anime": twins["anime"], "wild": wild, "source": source}


def _check_half(n: int) -> None:
    if n % 2:
        raise GanlibError(f"half of this batch is pairs, so its size is even, not {n}.")
