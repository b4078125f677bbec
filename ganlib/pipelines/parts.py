"""What runs are put together from: networks by a config's shape, datasets, models to start from."""

import copy
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from ganlib.core.checkpoint import copy_into
from ganlib.core.config import UnpairedLoss
from ganlib.core.errors import ConfigError
from ganlib.core.networks.base import Network
from ganlib.core.networks.patch_discriminator import PatchDiscriminator, PatchDiscriminatorConfig
from ganlib.core.networks.translator import Translator, TranslatorConfig
from ganlib.core.reconstruction import low_frequencies
from ganlib.data import datasets
from ganlib.data.datasets import ImageDataset
from ganlib.data.images import list_photos
from ganlib.data.pairs import matching, pair_datasets, square_dataset
from ganlib.data.pixels import to_uint8
from ganlib.data.portrait_pairs import PortraitPairs, load_pairs
from ganlib.data.tones import ExposureTransport, ToneTransport
from ganlib.drawing import PARTS, STYLES
from ganlib.drawing.illustrator import Illustrator, IllustratorConfig
from ganlib.measure.probe import load_probe, probe_card
from ganlib.measure.translation import translate
from ganlib.pipelines.options import UnpairedData, as_words
from ganlib.twins import sample_people
from ganlib.weights import TRANSLATORS, is_backward, load_model

HISTORY = (
    *("problem", "command", "stopped", "seed", "commit", "seconds", "images_seen"),
    *("config", "training", "held_out", "init", "back"),
)
"""What a card repeats of the model that a run started from."""


@dataclass(frozen=True)
class Data:
    """Datasets for `build_run`, on one device; what is missing is rendered as the config says.

    `photo` and `anime`: rows are twins for paired problems. `conditions`: (len(anime), C).
    `backward`: a backward model. `portraits`: pairs in several styles.
    """

    photo: ImageDataset | None = None
    anime: ImageDataset | None = None
    conditions: Tensor | None = None
    backward: Network | None = None
    portraits: PortraitPairs | None = None


def start_from(network: Network, name: str, generator: Network | None) -> dict[str, Any]:
    """Copy a model's weights into a fresh network; facts for the card."""
    if generator is not None:
        copy_into(network, generator.state_dict(), "the network to start from")
    elif name:
        model, card = load_model(name, TRANSLATORS)
        if type(model) is not type(network):
            raise ConfigError(
                "init", f"must be of the kind {network.kind}, and {name} is of {model.kind}."
            )
        if network.kind == Illustrator.kind and model.config.styles > network.config.styles == 1:
            model = in_style(model, 0)
        shape, own = shape_of(model), shape_of(network)
        if shape | {"size": 0} != own | {"size": 0}:  # the size may be another
            del shape["size"]
            given = " ".join(as_words(shape))
            raise ConfigError("init", f"{name} is a {model.kind} of another shape: give {given}.")
        copy_into(network, model.state_dict(), name)
        return {"init": history(card)}
    return {}


def shape_of(model: Any) -> dict[str, Any]:
    """The shape of a model by the names of options; of several styles that of one."""
    shape = asdict(model.config)
    styles, _ = shape.pop("styles", 0), shape.pop("parts", 0)
    return shape | ({"redraw": styles > 0} if "patch" in shape else {})


def like_init(config: Any, words: Sequence[str]) -> Any:
    """A config whose network has the shape of the model that it starts from, but for options among
    the `words` of the command line: so `--init` alone is enough."""
    if not getattr(config, "init", ""):
        return config
    asked = {word.split("=")[0].removeprefix("--").removeprefix("no-") for word in words}
    known, own = shape_of(load_model(config.init, TRANSLATORS)[0]), vars(config.network)
    taken = {n: known[n] for n in own.keys() & known.keys() if n.replace("_", "-") not in asked}
    return replace(config, network=replace(config.network, **taken))


def in_style(drawing: Any, style: int) -> Illustrator:
    """An illustrator of one style, that of this number, which it draws as `drawing` does."""
    own: Illustrator = copy.deepcopy(drawing)
    own.config, own.pens = replace(drawing.config, styles=1), own.pens[style : style + 1]
    return own


def history(card: dict[str, Any]) -> dict[str, Any]:
    """A card tells the whole way, so what came before a run belongs to it."""
    return {key: card[key] for key in HISTORY if key in card}


def translators(
    config: Any, generator: Network | None
) -> tuple[Network, nn.Module, dict[str, Any]]:
    """(G, D, facts), fresh by the seed; G from `generator` or `config.init`."""
    shape, size = config.network, config.network.size
    torch.manual_seed(config.train.seed)
    of_g = size, shape.patch, shape.width, shape.blocks
    g: Network = Translator(TranslatorConfig(*of_g))
    if shape.redraw:
        g = Illustrator(IllustratorConfig(*of_g, styles=1, parts=len(PARTS)))
    of_d = size, shape.patch, shape.width, shape.spectral_norm, shape.levels, shape.whole
    d = PatchDiscriminator(PatchDiscriminatorConfig(*of_d))
    return g, d, start_from(g, config.init, generator)


def portrait_networks(
    config: Any, generator: Network | None
) -> tuple[Network, nn.Module, nn.Module, dict[str, Any]]:
    """(G, D, D of half the size, facts) of a `PortraitConfig`: every style is an input of all."""
    shape, styles = config.network, len(STYLES)
    torch.manual_seed(config.train.seed)
    of_g = shape.size, shape.patch, shape.width, shape.blocks, styles, len(PARTS)
    g = Illustrator(IllustratorConfig(*of_g))
    # Folded pixels would hide from D whether a line is clean.
    of_d = PatchDiscriminatorConfig(
        shape.size, 1, shape.d_width, levels=shape.levels, styles=styles
    )
    d, coarse = (PatchDiscriminator(each) for each in (of_d, replace(of_d, size=shape.size // 2)))
    return g, d, coarse, start_from(g, config.init, generator)


def portrait_pairs(
    config: Any, where: torch.device, data: Data
) -> tuple[PortraitPairs, dict[str, Any]]:
    """(pairs to train on, facts) of a `PortraitConfig`."""
    pairs = data.portraits
    if pairs is None:
        if config.data.pairs is None:
            raise ConfigError("pairs", "must name a folder that data/draw_portraits.py made.")
        pairs = load_pairs(config.data.pairs, device=where)
    counts = {"real": len(pairs.rows(True)), "rendered": len(pairs.rows(False))}
    return pairs, {"styles": list(STYLES), "pairs": counts}


def reader(path: str, where: torch.device) -> tuple[Any, dict[str, Any]]:
    """The layers of a copy of the probe at `path`, and facts; ConfigError for the one that
    measures: a model must not learn from what measures it."""
    if not path:
        return None, {}
    training = probe_card(path)["training"]
    if training == probe_card()["training"]:
        raise ConfigError(
            "reader",
            f"{path} is the probe that `ganlib evaluate` measures with: train another, with "
            "ganlib's data/train_probe.py.",
        )
    network = copy.deepcopy(load_probe(path)).to(where)
    return network.eval().requires_grad_(False).levels, {"reader": training}


def pairs(
    config: Any, where: torch.device, data: Data
) -> tuple[ImageDataset, ImageDataset, dict[str, Any]]:
    """(photographs, drawings, facts): the pairs given, the config's own, or rendered ones."""
    size = config.network.size
    if data.photo and data.anime:
        return data.photo, data.anime, {"twins": len(data.photo)}
    if not getattr(config.data, "drawings", None):
        photo, anime = datasets.twin_datasets(config.data.twins, config.train.seed, size, where)
        return photo, anime, {"twins": len(photo)}
    found, single = matching(config.data.photos, config.data.drawings)
    for path in single:
        print(f"ganlib: note: left out: {path} has no counterpart of its name.", file=sys.stderr)
    training, held = datasets.hold_out(found)
    photo, anime = pair_datasets(training, size, where)
    return photo, anime, {"pairs": {"for_training": len(training), "held_out": len(held)}}


def load_drawing(config: Any, model: Network | None) -> tuple[Network, dict[str, Any]]:
    """(the translator of a `BackwardConfig`, facts for the card)."""
    if model is not None:
        return copy.deepcopy(model), {}
    if not config.model:
        raise ConfigError("model", "must name the translator whose drawings are turned back.")
    network, card = load_model(config.model, (Translator.kind, Illustrator.kind))
    if is_backward(card):
        raise ConfigError("model", f"{config.model} is itself a backward model; give what draws.")
    if getattr(network.config, "styles", 0) > 1:
        network = in_style(network, 0)
    return network, {"init": history(card)}


def load_backward(config: Any, model: Network | None) -> tuple[nn.Module, dict[str, Any]]:
    """(the backward model of a `BackTranslationConfig`, facts for the card)."""
    if model is not None:
        return model, {}
    if not config.backward:
        raise ConfigError("backward", "must name a model of `ganlib train backward`.")
    network, card = load_model(config.backward, TRANSLATORS)
    if not is_backward(card):
        raise ConfigError(
            "backward",
            f"wants a model of `ganlib train backward`, but {config.backward} is of "
            f"`train {card.get('problem', 'no known problem')}`.",
        )
    return network, {"back": history(card)}


def photographs(
    config: Any, where: torch.device, given: ImageDataset | None, size: int
) -> tuple[ImageDataset, dict[str, Any]]:
    """The dataset given, the photographs that the config names, or rendered ones; and facts."""
    data, seed = config.data, config.train.seed
    if given:
        return given, {}
    if not data.photos:
        datasets.refuse_held_out(seed)
        people = sample_people(data.twins, seed, datasets.HOUSE_STYLE)
        return datasets.photo_dataset(people, size, where), {"twins": data.twins}
    training, held = datasets.split_photos(list(data.photos))
    framed = datasets.framed_photo_dataset(training, size, seed=seed, device=where)
    about = {"for_training": len(framed) // datasets.FRAMINGS, "held_out": len(held)}
    if left_out := len(training) - about["for_training"]:
        about["left_out"] = left_out
    return framed, {"photographs": about}


def domains(
    config: Any, where: torch.device, data: Data
) -> tuple[ImageDataset, ImageDataset, dict[str, Any]]:
    """(photographs, drawings of other people altogether, facts): nobody's twin is in them."""
    size, seed = config.network.size, config.train.seed + 1
    own = None  # read before anything is rendered
    if config.data.drawings and not data.anime:
        own = square_dataset(list_photos(list(config.data.drawings)), size, where)
    photo, facts = photographs(config, where, data.photo, size)
    if data.anime:
        return photo, data.anime, facts
    if own:
        return photo, own, facts | {"drawings": len(own)}
    datasets.refuse_held_out(seed)
    many = config.data.drawn or config.data.twins
    anime = datasets.drawing_dataset(sample_people(many, seed, datasets.HOUSE_STYLE), size, where)
    return photo, anime, facts | {"people_drawn": many}


def fit_transport(
    photo: ImageDataset, anime: ImageDataset, data: UnpairedData, loss: UnpairedLoss
) -> nn.Module | None:
    """From the tones of all photographs to those of all drawings, with each photograph's exposure
    taken out if the data has a spread for it; None if none is wanted."""
    if not (data.match_tones and loss.low_frequency_weight):
        return None

    def means(images: Tensor) -> Tensor:
        return low_frequencies(images, loss.factor)

    both = photo.map(means), anime.map(means)
    return ExposureTransport(*both, data.exposure) if data.exposure else ToneTransport(*both)


def translate_dataset(model: nn.Module, dataset: ImageDataset, precision: str) -> ImageDataset:
    """What a translator, on the dataset's device, makes of every picture, in the same order."""

    def made(pictures: Tensor) -> Tensor:
        return to_uint8(translate(model, pictures, precision=precision))

    return ImageDataset(dataset.map(made))
