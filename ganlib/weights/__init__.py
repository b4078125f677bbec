"""The models that ship, and model files: a generator with the card that says how it was made."""

import json
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ganlib.core.checkpoint import copy_into, load, save
from ganlib.core.errors import GanlibError
from ganlib.core.files import write_atomic
from ganlib.core.networks.base import Network
from ganlib.core.networks.conditional import ConditionalGenerator
from ganlib.core.networks.cyclegan import ResnetTranslator
from ganlib.core.networks.dcgan import DCGANGenerator
from ganlib.core.networks.translator import Translator
from ganlib.drawing.illustrator import Illustrator

FOLDER = Path(__file__).resolve().parent
"""Where they lie, in a checkout and in an installed package."""
MODELS: dict[str, type[Network]] = {
    network.kind: network
    for network in (
        *(Translator, Illustrator, ResnetTranslator),
        *(DCGANGenerator, ConditionalGenerator),
    )
}
"""What a model file may hold: kind -> class."""
TRANSLATORS = (Translator.kind, Illustrator.kind, ResnetTranslator.kind)
"""The kinds that turn photographs into drawings."""
PROBE = FOLDER / "probe.safetensors"
"""The network that reads portraits (`measure.probe`); it draws nothing."""
FINDER = FOLDER / "finder.safetensors"
"""The network that finds faces (`data.finder`); it draws nothing either."""


def shipped() -> list[str]:
    """The names of the models that ship."""
    return sorted(path.stem for path in FOLDER.glob("*.safetensors") if path not in (PROBE, FINDER))


def card(path: Path) -> dict[str, Any]:
    """The card beside a model, probe or finder file, .safetensors; empty if there is none."""
    path = path.with_suffix(".json")
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def locate(name: Path | str) -> Path:
    """The file of a path, or of a shipped model's name; GanlibError for an unknown name."""
    path = Path(name)
    if path.name != str(name) or path.suffix:
        return path
    if str(name) not in shipped():
        raise GanlibError(
            f"there is no shipped model called {str(name)!r} (there is: "
            f"{', '.join(shipped()) or 'none'}); give one of these or the path of a "
            ".safetensors file."
        )
    return FOLDER / f"{name}.safetensors"


def save_model(path: Path, network: Network, card: dict[str, Any], **header: Any) -> None:
    """Write a network to `path` (.safetensors), and its card beside it, for people, as .json.

    The one file is enough to use the model: `header` goes into it too. GanlibError for another
    suffix, and if it cannot be written.
    """
    path = Path(path)
    if path.suffix != ".safetensors":
        raise GanlibError(f"a model is saved as .safetensors, not as {path.name!r}.")
    settings = asdict(network.config)
    metadata = {"kind": network.kind, "settings": settings, "card": card, **header}
    save(path, network.state_dict(), metadata)
    text = json.dumps({"settings": settings, **card}, indent=2, ensure_ascii=False)
    # A path that is no UTF-8 is written with JSON's own escapes.
    write_atomic(path.with_suffix(".json"), (text + "\n").encode("utf-8", "backslashreplace"))


def load_model(
    name: Path | str, kinds: Collection[str] = tuple(MODELS)
) -> tuple[Any, dict[str, Any]]:
    """(generator in eval mode on the CPU, its card) from a path, or from a shipped model's name.

    GanlibError if the file holds none of the kinds, or is of another version.
    """
    path = locate(name)
    tensors, metadata = load(path)
    if metadata.get("kind") not in kinds:
        kind = metadata.get("kind")
        raise GanlibError(f"{path} holds a {kind}, but a {' or '.join(kinds)} is needed here.")
    network = MODELS[metadata["kind"]]
    try:
        config = network.Config(**metadata["settings"])
    except (KeyError, TypeError) as error:
        raise GanlibError(
            f"{path} was written by another version of ganlib: its config is not understood."
        ) from error
    generator = network(config)
    copy_into(generator, tensors, path)
    return generator.eval(), metadata.get("card", {})


def is_backward(card: dict[str, Any]) -> bool:
    """Whether a model turns drawings back into photographs (`ganlib train backward`)."""
    return card.get("problem") == "backward"
