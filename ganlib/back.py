"""Back-translation: a model's own drawings teach the way back, and that one teaches the model.

After Sennrich et al. (2016), who do it with languages. Piles have no pairs, but a translator G that
is any good makes some: (G(x), x) for every photograph x. The *drawing* in them is a guess, the
photograph is real; so F, which learns drawing -> photograph from them, is held to real
photographs. Then (F(y), y) is a pair for every drawing y, and its drawing is real: what G is held
to now has every line of a true drawing, which no low frequency has. Where G was wrong at random, F
learnt the middle of many guesses, so G does not get its own errors back.
"""

from dataclasses import replace
from typing import Any

import torch
from torch import nn

from ganlib import recipes
from ganlib.evaluation import translate
from ganlib.network import Network
from ganlib.objectives import MixedTranslation
from ganlib.recipes import Recipe
from ganlib.stores import BackFeed, ImageStore, PairedFeed
from ganlib.training import Trainer

TO_PHOTOGRAPHS, TO_DRAWINGS = 50.0, 20.0
"""Usual weights of the paired term, of F and then of G. F's photographs are guesses, and G is to
hear the game beside them."""
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


def way_back(
    chosen: Recipe, model: Network, photo: ImageStore, images: int, seed: int = 0, **options: Any
) -> Trainer:
    """A run that teaches F to turn the model's drawings back, ready to start; F begins as a copy of
    the model, with the networks and step sizes of its recipe. `options` as of `recipes.trainer`."""
    terms = replace(chosen.terms, paired=TO_PHOTOGRAPHS)
    told = replace(chosen, reconstruction="pairs", jitter=0.0, relight=0.0, terms=terms)
    drawn = translated(model, photo)
    return recipes.trainer(told, drawn, photo, images, seed, start=model, **options)


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
    the drawings, besides the recipe's own terms; ready to start."""
    pair = recipes.pair_from(chosen, photo.images.shape[-1], seed, start=model)
    terms = replace(chosen.terms, paired=TO_DRAWINGS)
    problem = MixedTranslation(*pair, terms, recipes.tones(photo, anime, terms))
    feed = back_feed(home, photo, anime, relight=chosen.relight)
    settings = chosen.training(images, seed, **options)
    return Trainer(problem.to(photo.images.device), feed, settings)
