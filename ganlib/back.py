"""Back-translation: a model's own drawings teach the way back, and that one teaches the model.

After Sennrich et al. (2016), who do it with languages. Piles have no pairs, but a translator G that
is any good makes some: (G(x), x) for every photograph x. The *drawing* in them is a guess, the
photograph is real; so F, which learns drawing -> photograph from them, is held to real
photographs. Then (F(y), y) is a pair for every drawing y, and its drawing is real: what G is held
to now has every line of a true drawing, which no low frequency has. Where G was wrong at random, F
learnt the middle of many guesses, so G does not get its own errors back.
"""

import torch
from torch import nn

from ganlib.evaluation import translate
from ganlib.stores import BackFeed, ImageStore, PairedFeed

CHUNK = 512
"""Pictures translated at a time."""


def translated(model: nn.Module, store: ImageStore, precision: str = "auto") -> ImageStore:
    """What a translator, on the store's device, makes of every picture, in the store's order."""
    rows = torch.arange(len(store), device=store.images.device).split(CHUNK)
    parts = (translate(model, store.at(some), precision=precision) for some in rows)
    return ImageStore(torch.cat([ImageStore.from_float(part).images for part in parts]))


def way_back_feed(model: nn.Module, photo: ImageStore, precision: str = "auto") -> PairedFeed:
    """Pairs for F, named as `PairedTranslation` wants them: "photo", what is given, are the model's
    drawings, and "anime", what is wanted, the photographs that they were made of."""
    return PairedFeed(translated(model, photo, precision), photo, jitter=0)


def back_feed(
    way_back: nn.Module,
    photo: ImageStore,
    anime: ImageStore,
    jitter: float = 0.5,
    relight: float = 1.5,
    precision: str = "auto",
) -> BackFeed:
    """Batches for G, for `MixedTranslation`: every drawing with its photograph by F = `way_back`,
    and the photographs, which have no drawings."""
    return BackFeed(translated(way_back, anime, precision), anime, photo, jitter, relight)
