"""Back-translation: a model's own drawings teach the way back, and that one teaches the model.

After Sennrich et al. (2016), who do it with languages beside real pairs, and Lample et al. (2018),
who have none. Piles have no pairs, but a translator G that is any good makes some: (G(x), x) for
every photograph x. The *drawing* in them is a guess, the photograph is real; F, which learns
drawing -> photograph from them, is held to real photographs. Then (F(y), y) is a pair for every
drawing y, and its drawing is real: what G is held to now has every line of a true drawing, which no
low frequency has. What F cannot read back of G's errors is averaged away; what it can read back,
right or wrong, comes back to G.
"""

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from ganlib import recipes
from ganlib.evaluation import translate
from ganlib.network import Network
from ganlib.objectives import MixedTranslation, ObjectiveSettings, PairedTranslation
from ganlib.recipes import Pair, Recipe
from ganlib.stores import BackFeed, ImageStore, PairedFeed
from ganlib.training import Trainer

TO_PHOTOGRAPHS, TO_DRAWINGS = 50.0, 20.0
"""Usual weights of the paired term, of F and then of G. F's photographs are guesses, and G is to
hear the game beside them."""
JITTER = 0.5
"""Usual strength of `augment.photo_jitter` on F's photographs, which come from no camera."""


def translated(model: nn.Module, store: ImageStore, precision: str = "auto") -> ImageStore:
    """What a translator, on the store's device, makes of every picture, in the store's order."""

    def made(pictures: Tensor) -> Tensor:
        return ImageStore.from_float(translate(model, pictures, precision=precision)).images

    return ImageStore(store.summary(made))


def way_back_feed(model: nn.Module, photo: ImageStore, precision: str = "auto") -> PairedFeed:
    """Pairs for F, named as `PairedTranslation` wants them: "photo", what is given, are the model's
    drawings, and "anime", what is wanted, the photographs that they were made of."""
    return PairedFeed(translated(model, photo, precision), photo, jitter=0)


def problem(
    pair: Pair,
    terms: ObjectiveSettings,
    home: nn.Module,
    photo: ImageStore,
    anime: ImageStore,
    jitter: float,
    relight: float,
    precision: str = "auto",
    twins: tuple[ImageStore, ImageStore] | None = None,
) -> tuple[MixedTranslation, BackFeed]:
    """(objective, feed) of what F = `home`, on the stores' device, teaches the networks `pair`.

    Half of each batch is drawings with their photographs by F, under `terms.paired`; half is
    photographs, which have no drawings, under `terms.low_frequency`. All of it plays the game.
    `twins`, true (photographs, drawings), join the made pairs, and then it is their tones that tell
    how photographs turn to drawings: the two worlds' people are the same.
    """
    objective = MixedTranslation(*pair, terms, recipes.tones(*(twins or (photo, anime)), terms))
    pairs = [translated(home, anime, precision), anime]
    if twins:
        both = zip(pairs, twins, strict=True)
        pairs = [ImageStore(torch.cat([made.images, true.images])) for made, true in both]
    return objective, BackFeed(pairs[0], pairs[1], photo, jitter, relight)


def way_back(
    chosen: Recipe, model: Network, photo: ImageStore, images: int, seed: int = 0, **options: Any
) -> Trainer:
    """A run that teaches F to turn the model's drawings back, ready to start.

    F begins as a copy of the model, plays the recipe's game against photographs, and is held to
    each drawing's own. Of the recipe count the networks, the game and the step sizes. `options` are
    fields of `TrainSettings`.
    """
    pair = recipes.pair_from(chosen, photo.images.shape[-1], seed, start=model)
    told = PairedTranslation(*pair, replace(chosen.terms, paired=TO_PHOTOGRAPHS))
    settings = chosen.training(images, seed, **options)
    feed = way_back_feed(model, photo, settings.precision)
    return Trainer(told.to(photo.images.device), feed, settings)


def again(
    chosen: Recipe,
    model: Network,
    home: Network,
    photo: ImageStore,
    anime: ImageStore,
    images: int,
    seed: int = 0,
    **options: Any,
) -> Trainer:
    """A run that teaches a copy of the model by the photographs that `home`, its way back, makes of
    the drawings, besides the recipe's own terms; ready to start. Arguments as of `way_back`."""
    pair = recipes.pair_from(chosen, photo.images.shape[-1], seed, start=model)
    terms = replace(chosen.terms, paired=TO_DRAWINGS)
    settings = chosen.training(images, seed, **options)
    lights = JITTER, chosen.relight, settings.precision
    objective, feed = problem(pair, terms, home, photo, anime, *lights)
    return Trainer(objective.to(photo.images.device), feed, settings)
