"""Whole recipes for translation without pairs: networks, terms and step sizes that go together.

`ganlib train unpaired --recipe cyclegan` and `ganlib bench recipes` read them here. Every recipe is
a setting of one and the same trainer: two of them differ by what they say, and by nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any

import torch
from torch import Tensor, nn

from ganlib.checkpoints import copy_into
from ganlib.cyclegan import PatchGAN, PatchGANSettings, ResnetTranslator, ResnetTranslatorSettings
from ganlib.errors import GanlibError
from ganlib.exposure import ExposedTones
from ganlib.models import (
    PatchDiscriminator,
    PatchDiscriminatorSettings,
    Translator,
    TranslatorSettings,
)
from ganlib.network import Network
from ganlib.objectives import ObjectiveSettings, PairedTranslation, UnpairedTranslation
from ganlib.reconstruction import Tones, low_frequencies
from ganlib.settings import TrainSettings
from ganlib.stores import Feed, ImageStore, PairedFeed, UnpairedFeed
from ganlib.training import Trainer

RECONSTRUCTIONS = ("low_frequency", "cycle", "pairs")
Pair = tuple[Network, nn.Module]


@dataclass(frozen=True)
class Recipe:
    """What decides a run, but for its data, its length and its seed."""

    terms: ObjectiveSettings
    """The game, and the weights of everything in both losses."""
    reconstruction: str = "low_frequency"
    """What keeps the person: "low_frequency" or "cycle"; or "pairs", which is told the twins."""
    networks: str = "translator"
    """"translator": those of models.py; "resnet": those of cyclegan.py."""
    width: int = 32
    """Channels of both networks at the finest level."""
    patch: int = 2
    """Side of the squares that a "translator" folds into channels, 1 or 2."""
    blocks: int = 6
    """Residual blocks of G."""
    batch: int = 16
    """Images in a step."""
    lr_g: float = 1.5e-4
    """Adam's step size for G."""
    lr_d: float = 6e-4
    """Adam's step size for D."""
    betas: tuple[float, float] = (0.5, 0.99)
    """Adam's memories."""
    jitter: float = 0.25
    """Strength of `augment.photo_jitter` on the photographs."""
    relight: float = 0.0
    """Strength of `augment.relight` on what G sees of them."""
    options: dict[str, Any] = field(default_factory=dict)
    """Anything else of `TrainSettings`."""

    def __post_init__(self) -> None:
        if self.reconstruction not in RECONSTRUCTIONS:
            raise GanlibError(
                f"Recipe.reconstruction must be one of {', '.join(RECONSTRUCTIONS)}, "
                f"not {self.reconstruction!r}."
            )
        if self.relight and self.reconstruction != "low_frequency":
            raise GanlibError(
                "Recipe.relight is for low_frequency: a cycle gives back the light that G saw, and "
                "pairs need none."
            )
        if self.networks not in NETWORKS:
            raise GanlibError(
                f"Recipe.networks must be one of {', '.join(NETWORKS)}, not {self.networks!r}."
            )

    def pair(self, size: int) -> Pair:
        """A fresh generator and discriminator for images of `size` pixels, from torch's global
        random numbers."""
        return NETWORKS[self.networks](self, size)

    def training(self, images: int, seed: int = 0, **options: Any) -> TrainSettings:
        """The settings of a run over so many images; `options` are others of `TrainSettings`."""
        own = {name: getattr(self, name) for name in ("batch", "lr_g", "lr_d", "betas")}
        # The average forgets the start of a run that is short.
        usual = {"ema_half_life": max(1.0, min(10_000, images / 10)), "seed": seed}
        return TrainSettings(images, **(own | usual | self.options | options))


def _translators(recipe: Recipe, size: int) -> Pair:
    shape = size, recipe.patch, recipe.width
    generator = Translator(TranslatorSettings(*shape, recipe.blocks))
    return generator, PatchDiscriminator(PatchDiscriminatorSettings(*shape))


def _resnets(recipe: Recipe, size: int) -> Pair:
    shape = ResnetTranslatorSettings(size, recipe.width, recipe.blocks)
    return ResnetTranslator(shape), PatchGAN(PatchGANSettings(recipe.width))


NETWORKS: dict[str, Callable[[Recipe, int], Pair]] = {
    "translator": _translators,
    "resnet": _resnets,
}
RECIPES = {
    # For short runs. Small batches and networks take more steps in the same seconds; small squares
    # say sooner where things are, before D has learnt to.
    "ganlib": Recipe(
        ObjectiveSettings(paired=0.0, factor=8, exposure=0.1),
        width=24,
        patch=1,
        batch=8,
        lr_g=6e-4,
        jitter=0.0,
        relight=1.5,
    ),
    "cyclegan": Recipe(
        # Zhu et al. 2017, section 4 and 7.1. Their G descends (D - 1)², ours half of it: hence 2.
        ObjectiveSettings(
            game="least_squares",
            adversarial=2.0,
            paired=0.0,
            cycle=10.0,
            identity=5.0,
            pool=50,
            augment="",
            r1_gamma=0.0,
        ),
        reconstruction="cycle",
        networks="resnet",
        batch=1,
        lr_g=2e-4,
        lr_d=2e-4,
        betas=(0.5, 0.999),
        jitter=0.0,
    ),
}
"""Name -> recipe. "cyclegan" is as published but for the width: 32, half of the paper's."""


def recipe(name: str, **changes: Any) -> Recipe:
    """The recipe of that name, with changes; GanlibError if there is none."""
    if name not in RECIPES:
        raise GanlibError(f"there is no recipe {name!r}; choose from {', '.join(RECIPES)}.")
    return replace(RECIPES[name], **changes)


def tones(photo: ImageStore, anime: ImageStore, terms: ObjectiveSettings) -> nn.Module | None:
    """From the tones of all photographs to those of all drawings, with each photograph's exposure
    taken out if the terms have a spread for it; None if they want none."""
    if not (terms.match_tones and terms.low_frequency):
        return None

    def means(images: Tensor) -> Tensor:
        return low_frequencies(images, terms.factor)

    worlds = photo.summary(means), anime.summary(means)
    return ExposedTones(*worlds, terms.exposure) if terms.exposure else Tones(*worlds)


def pair_from(chosen: Recipe, size: int, seed: int, start: Network | None = None) -> Pair:
    """A generator and a discriminator, fresh by the seed; G a copy of `start`, if there is one."""
    torch.manual_seed(seed)
    pair = chosen.pair(size)
    if start is not None:
        copy_into(pair[0], start.state_dict(), "the network to start from")
    return pair


def objective(
    chosen: Recipe,
    photo: ImageStore,
    anime: ImageStore,
    seed: int = 0,
    start: Network | None = None,
) -> PairedTranslation:
    """The networks of `pair_from`, in the problem that the recipe is for."""
    size = photo.images.shape[-1]
    pair, terms = pair_from(chosen, size, seed, start), chosen.terms
    if chosen.reconstruction == "pairs":
        return PairedTranslation(*pair, terms)
    if chosen.reconstruction == "cycle":
        return UnpairedTranslation(*pair, terms, None, "cycle", chosen.pair(size))
    return UnpairedTranslation(*pair, terms, tones(photo, anime, terms))


def trainer(
    chosen: Recipe,
    photo: ImageStore,
    anime: ImageStore,
    images: int,
    seed: int = 0,
    start: Network | None = None,
    **options: Any,
) -> Trainer:
    """A run of the recipe, ready to start, on the device of the stores.

    `photo` and `anime` are two worlds; for "pairs" row i of one is the twin of row i of the other.
    G begins as a copy of `start`, if there is one. `options` are fields of `TrainSettings`.
    """
    problem = objective(chosen, photo, anime, seed, start).to(photo.images.device)
    feed: Feed
    if chosen.reconstruction == "pairs":
        feed = PairedFeed(photo, anime, chosen.jitter)
    else:
        feed = UnpairedFeed(photo, anime, chosen.jitter, chosen.relight)
    return Trainer(problem, feed, chosen.training(images, seed, **options))


def differences(a: Recipe, b: Recipe) -> dict[str, tuple[Any, Any]]:
    """What two recipes differ by: field -> (of a, of b), terms one by one."""
    flat = []
    for each in (a, b):
        row = {f.name: getattr(each, f.name) for f in fields(each) if f.name != "terms"}
        flat.append(row | {f.name: getattr(each.terms, f.name) for f in fields(each.terms)})
    return {
        name: (flat[0][name], flat[1][name]) for name in flat[0] if flat[0][name] != flat[1][name]
    }
