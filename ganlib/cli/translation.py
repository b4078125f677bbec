"""What `ganlib train` does for translations: networks, worlds and terms, by the arguments."""

import argparse
import copy
from dataclasses import asdict, replace
from typing import Any

import torch

from ganlib.pipelines import back, recipes
from ganlib.pipelines.back import TO_DRAWINGS, TO_PHOTOGRAPHS
from ganlib.core.checkpoint import copy_into
from ganlib.weights import load_model
from ganlib.core.errors import GanlibError
from ganlib.core.networks.patch_discriminator import PatchDiscriminator, PatchDiscriminatorConfig
from ganlib.core.networks.translator import Translator, TranslatorConfig
from ganlib.core.networks.base import Network
from ganlib.core.objectives import MixedTranslation, Objective, PairedTranslation, UnpairedTranslation
from ganlib.core.config import ObjectiveConfig
from ganlib.twins import sample_people
from ganlib.measure.probe import SIZE, Probe, load_probe, probe_card
from ganlib.pipelines.recipes import Pair
from ganlib.data.samplers import Feed, MixedSampler, PairedSampler, UnpairedSampler
from ganlib.data.datasets import ImageDataset
from ganlib.data.datasets import (
    FRAMINGS,
    HOUSE_STYLE,
    drawing_dataset,
    photo_dataset,
    refuse_held_out,
    split_photos,
    twin_datasets,
    framed_photo_dataset,
)

Problem = tuple[Objective, Feed, dict[str, Any]]
PAIRED = {"paired": 30.0, "unpaired": 0.0, "back": TO_PHOTOGRAPHS, "mixed": 5.0}
PAIRED |= {"noise": 0.0, "faces": 0.0}
"""Weight of the paired term for each problem, unless another is asked for; with --back it is
`TO_DRAWINGS`. In mixed training 30 drowns the game: twins get better, and real people get the
twins' faces."""
USUAL = {name: PAIRED[name] for name in ("paired", "mixed", "back")} | {"--back": TO_DRAWINGS}
"""The same, for people."""
SHAPE = ("size", "patch", "width", "blocks")
"""The options that say what a translator looks like."""
HISTORY = (
    *("problem", "command", "stopped", "seed", "commit", "seconds", "images_seen"),
    *("training", "held_out", "init", "back"),
)
"""What a card repeats of the model that a run started from."""


def networks(args: argparse.Namespace) -> Pair:
    """A fresh generator and discriminator of the shape that the arguments ask for."""
    if args.recipe:
        shape = {name: getattr(args, name) for name in ("width", "patch", "blocks")}
        return recipes.recipe(args.recipe, **shape).pair(args.size)
    shape = {"size": args.size, "patch": args.patch, "width": args.width}
    generator = Translator(TranslatorConfig(**shape, blocks=args.blocks))
    judge = PatchDiscriminatorConfig(**shape, spectral_norm=args.spectral_norm)
    return generator, PatchDiscriminator(judge)


def _check_data(args: argparse.Namespace, settings: ObjectiveConfig) -> None:
    """GanlibError for what would otherwise fail after minutes of rendering."""
    mixed = args.problem == "mixed"
    if args.back and args.reconstruction == "cycle":
        raise GanlibError("a cycle trains its own way back: leave out --back, or the cycle.")
    for path in args.photos:
        if not path.exists():
            raise GanlibError(f"there is no file or folder {path}; check --photos.")
    if mixed and not args.photos:
        raise GanlibError("mixed training needs photographs: give files or folders with --photos.")
    if mixed or args.back:
        MixedTranslation.check(settings)
    if (mixed or args.back) and args.batch % 2:
        half = "half a mixed batch is twins" if mixed else "with --back half a batch is made pairs"
        raise GanlibError(f"{half}: --batch must be even, not {args.batch}.")
    if not 0 <= args.jitter <= 2:
        raise GanlibError(f"--jitter must be from 0 to 2, not {args.jitter:g}.")
    if not 0 <= args.relight <= 2:
        raise GanlibError(f"--relight must be from 0 to 2, not {args.relight:g}.")
    for name in ("relight", "drawings", "back"):
        if not (args.problem == "unpaired" or mixed and args.back) and getattr(args, name):
            raise GanlibError(f"{args.problem} training has no use for --{name}.")
    if args.problem == "paired" and args.photos:
        raise GanlibError("paired training wants twins, and photographs have none: no --photos.")
    if args.problem == "back" and not args.init:
        raise GanlibError("back learns the way back of a translator: give it with --init.")
    if args.relight and args.reconstruction == "cycle":
        raise GanlibError(
            "a cycle gives back the light that G saw: leave out --relight, or give 0 if a recipe "
            "brings it."
        )
    pooled = mixed or (args.problem == "unpaired" and args.reconstruction == "low_frequency")
    if settings.exposure and not pooled:
        raise GanlibError(
            "--exposure is for what is held to low frequencies: leave it out here, or give 0 if a "
            "recipe brings it."
        )
    if bool(settings.perceptual) != bool(args.reader):
        raise GanlibError(
            "--perceptual-weight and --reader belong together: give both or neither. A reader is "
            "made by `ganlib probe --seed 800001 --out FILE`."
        )
    if args.reader and args.problem != "paired":
        raise GanlibError(f"{args.problem} training has no use for --reader.")
    if args.reader and args.size < SIZE:
        raise GanlibError(f"a reader wants --size {SIZE} pixels or more, not {args.size}.")
    if args.drawings is not None and args.drawings < 1:
        raise GanlibError(f"--drawings must be 1 or more, not {args.drawings}.")
    if pooled and settings.low_frequency and args.size % settings.factor:
        raise GanlibError(
            f"--factor {settings.factor} does not divide --size {args.size}; choose one that does."
        )


def _reader(path: str | None) -> tuple[Probe | None, dict[str, Any]]:
    """A copy of the probe at `path`, and facts for the card; GanlibError for the one that measures:
    who is taught by the judge is judged by the teacher."""
    if path is None:
        return None, {}
    training = probe_card(path)["training"]
    if training == probe_card()["training"]:
        raise GanlibError(
            f"{path} is the probe that `ganlib evaluate` measures with: train another as reader, "
            "with `ganlib probe --seed 800001 --out FILE`."
        )
    return copy.deepcopy(load_probe(path)), {"reader": training}


def build(args: argparse.Namespace, device: torch.device) -> Problem:
    """(objective, feed, facts for the card) of a training that translates."""
    chosen = {
        name: getattr(args, name)
        for name in asdict(ObjectiveConfig())
        if getattr(args, name, None) is not None
    }
    usual = TO_DRAWINGS if args.back else PAIRED[args.problem]
    settings = replace(ObjectiveConfig(paired=usual), **chosen)
    _check_data(args, settings)
    facts: dict[str, Any] = {
        "objective": asdict(settings),
        "twins": args.twins,
        "jitter": args.jitter,
    }
    reader, about = _reader(args.reader)
    facts |= about
    first, card = load_model(args.init) if args.init else (None, {})
    if args.problem == "back":
        _take_shape(args, first, card)
    torch.manual_seed(args.seed)
    pair = networks(args)
    if first is not None:
        copy_into(pair[0], first.state_dict(), args.init)
        facts["init"] = _history(card)
    if args.problem == "unpaired":
        objective, feed, about = _unpaired(args, pair, settings, device)
        return objective, feed, facts | about
    if args.problem == "back":
        photo, about = _photographs(args, device)
        pairs = back.way_back_feed(pair[0].to(device), photo, args.precision)
        return PairedTranslation(*pair, settings), pairs, facts | about
    if args.problem == "mixed":
        objective, feed, about = _mixed(args, pair, settings, device)
        return objective, feed, facts | about
    told = PairedTranslation(*pair, settings, reader=reader)
    twins = twin_datasets(args.twins, args.seed, args.size, device)
    return told, PairedSampler(*twins, args.jitter), facts


def _take_shape(args: argparse.Namespace, first: Network | None, card: dict[str, Any]) -> None:
    """Let the model that is turned back say what F looks like: F begins as its copy."""
    if card.get("problem") == "back":
        raise GanlibError(f"{args.init} is a way back itself; --init wants what makes drawings.")
    if not isinstance(first, Translator):
        raise GanlibError("back is for translators of this library's own kind.")
    for name in SHAPE:
        setattr(args, name, getattr(first.config, name))


def _mixed(
    args: argparse.Namespace, pair: Pair, settings: ObjectiveConfig, device: torch.device
) -> Problem:
    """Twins, and real photographs; with a way back, also drawings with photographs by it."""
    way_back, facts = _way_back(args.back)
    photo, anime = twin_datasets(args.twins, args.seed, args.size, device)
    wild, about = _photographs(args, device)
    facts |= about
    if way_back is None:
        # The twins' tones serve the wild too: how photographs turn to drawings is known from them,
        # while the two worlds' people differ.
        mixed = MixedTranslation(*pair, settings, recipes.tones(photo, anime, settings))
        return mixed, MixedSampler(photo, anime, wild, args.jitter), facts
    others, drawn = _drawings(args, device)
    lights = args.jitter, args.relight, args.precision
    taught = back.problem(
        pair, settings, way_back.to(device), wild, others, *lights, twins=(photo, anime)
    )
    return *taught, facts | drawn


def _history(card: dict[str, Any]) -> dict[str, Any]:
    """A card tells the whole way, so what came before a run belongs to it."""
    return {key: card[key] for key in HISTORY if key in card}


def _way_back(path: str | None) -> tuple[Network | None, dict[str, Any]]:
    """(F, facts for the card), or (None, {}); GanlibError for a model that makes drawings."""
    if path is None:
        return None, {}
    network, card = load_model(path)
    if card.get("problem") != "back":
        raise GanlibError(
            f"--back wants a model of `ganlib train back`, but {path} is of "
            f"`train {card.get('problem', 'no known problem')}`."
        )
    return network, {"back": _history(card)}


def _photographs(
    args: argparse.Namespace, device: torch.device
) -> tuple[ImageDataset, dict[str, Any]]:
    """The photographs given, or rendered ones, and facts for the card."""
    if not args.photos:
        refuse_held_out(args.seed)
        people = sample_people(args.twins, args.seed, HOUSE_STYLE)
        return photo_dataset(people, args.size, device), {}
    training, held = split_photos(args.photos)
    wild = framed_photo_dataset(training, args.size, seed=args.seed, device=device)
    about = {"for_training": len(wild) // FRAMINGS, "held_out": len(held)}
    return wild, {"photographs": about}


def _drawings(args: argparse.Namespace, device: torch.device) -> tuple[ImageDataset, dict[str, Any]]:
    """Drawings of people who are in no photograph, and facts for the card."""
    refuse_held_out(args.seed + 1)
    many = args.drawings or args.twins
    others = sample_people(many, args.seed + 1, HOUSE_STYLE)
    anime = drawing_dataset(others, args.size, device)
    return anime, {"drawings": many, "relight": args.relight}


def _unpaired(
    args: argparse.Namespace, pair: Pair, settings: ObjectiveConfig, device: torch.device
) -> Problem:
    """Photographs, and drawings of other people altogether: nobody's twin is in the data."""
    way_back, facts = _way_back(args.back)
    photo, about = _photographs(args, device)
    anime, drawn = _drawings(args, device)
    facts |= about | drawn | {"reconstruction": args.reconstruction}
    if way_back is not None:
        lights = args.jitter, args.relight, args.precision
        taught = back.problem(pair, settings, way_back.to(device), photo, anime, *lights)
        return *taught, facts
    feed = UnpairedSampler(photo, anime, args.jitter, args.relight)
    if args.reconstruction == "cycle":
        second = networks(args)
        return UnpairedTranslation(*pair, settings, None, "cycle", second), feed, facts
    tones = recipes.tones(photo, anime, settings)
    return UnpairedTranslation(*pair, settings, tones), feed, facts
