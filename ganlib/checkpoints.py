"""Checkpoints: safetensors (data, never code) with a JSON header, written all or not at all."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from ganlib.conditional import ConditionalGenerator, ConditionalGeneratorSettings
from ganlib.cyclegan import ResnetTranslator, ResnetTranslatorSettings
from ganlib.dcgan import DCGANGenerator, DCGANGeneratorSettings
from ganlib.errors import GanlibError
from ganlib.files import write_atomic
from ganlib.models import Translator, TranslatorSettings
from ganlib.network import Network

SHIPPED = Path(__file__).resolve().parent.parent / "data" / "checkpoints"
TRAINING = "training state"
MODEL = "translator"
GENERATORS: dict[str, tuple[type[Any], type[Any]]] = {
    MODEL: (Translator, TranslatorSettings),
    "resnet translator": (ResnetTranslator, ResnetTranslatorSettings),
    "noise generator": (DCGANGenerator, DCGANGeneratorSettings),
    "face generator": (ConditionalGenerator, ConditionalGeneratorSettings),
}
"""Kind of model -> what is built from the settings in its file."""
TRANSLATORS = (MODEL, "resnet translator")
"""The kinds that serve where a translator is asked for."""
STATE_FILE = "state.safetensors"

Tensors = dict[str, Tensor]


def save(path: Path, tensors: Tensors, metadata: dict[str, Any]) -> None:
    """Write named tensors of any dtype, and JSON-able metadata with a "kind", as one file."""
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    header = {"ganlib": json.dumps(metadata)}
    write_atomic(path, safetensors.torch.save(plain, metadata=header))


def load(path: Path, expect: str | None = None) -> tuple[Tensors, dict[str, Any]]:
    """(tensors on the CPU, metadata) of a file that `save` wrote.

    GanlibError if it is missing, cut short, of another format, or not of the kind `expect`.
    """
    path = Path(path)
    if path.is_dir():
        raise GanlibError(f"{path} is a folder; give the .safetensors file in it.")
    try:
        with safetensors.safe_open(path, "pt") as file:
            header = (file.metadata() or {}).get("ganlib")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError as error:
        raise GanlibError(f"there is no checkpoint at {path}; check the name.") from error
    except safetensors.SafetensorError as error:
        raise GanlibError(
            f"{path} is cut short or is not a safetensors file; copy or download it again."
        ) from error
    except OSError as error:
        raise GanlibError(f"could not read {path}: {error.strerror or error}.") from error
    try:
        metadata = json.loads(header or "null")
    except json.JSONDecodeError:
        metadata = None
    if not isinstance(metadata, dict):
        raise GanlibError(f"{path} was not written by ganlib: its header does not say what it is.")
    kind = metadata.get("kind")
    if expect is not None and kind != expect:
        raise GanlibError(f"{path} holds a {kind}, but a {expect} is needed here.")
    return tensors, metadata


def save_training(folder: Path, tensors: Tensors, metadata: dict[str, Any]) -> None:
    """Write a run's whole state (`Trainer.state`) to folder/state.safetensors."""
    save(Path(folder) / STATE_FILE, tensors, {"kind": TRAINING, **metadata})


def load_training(folder: Path) -> tuple[Tensors, dict[str, Any]]:
    """What `save_training` wrote."""
    return load(Path(folder) / STATE_FILE, TRAINING)


def copy_into(module: nn.Module, tensors: Tensors, source: Path | str) -> None:
    """Copy weights into a module in place; GanlibError if names or shapes are not its own.

    In place, because the memory layout decides which kernels run, and with them the last bits.
    """
    own = module.state_dict()
    names = own.keys() ^ tensors.keys()
    names |= {n for n in own.keys() & tensors.keys() if own[n].shape != tensors[n].shape}
    if names:
        raise GanlibError(
            f"{source} holds weights of another architecture: {len(names)} tensors do not fit "
            f"(the first is {min(names)}); build the network with the settings it was saved with."
        )
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(tensors[name])


def save_model(path: Path, generator: Network, card: dict[str, Any]) -> None:
    """Write a generator, of a class in `GENERATORS`, to `path` (.safetensors), and its card beside
    it, for people, as .json.

    The header holds settings and card too, so the one file is enough to use the model.
    """
    path = Path(path)
    if path.suffix != ".safetensors":
        raise GanlibError(f"a model is saved as .safetensors, not as {path.name!r}.")
    (kind,) = (kind for kind, (network, _) in GENERATORS.items() if type(generator) is network)
    metadata = {"kind": kind, "settings": asdict(generator.settings), "card": card}
    save(path, generator.state_dict(), metadata)
    text = json.dumps({"settings": metadata["settings"], **card}, indent=2, ensure_ascii=False)
    write_atomic(path.with_suffix(".json"), (text + "\n").encode())


def _located(name: Path | str) -> Path:
    """The file of a path, or of a shipped model's name; GanlibError for an unknown name."""
    path = Path(name)
    if path.name != str(name) or path.suffix:
        return path
    path = SHIPPED / f"{name}.safetensors"
    if not path.exists():
        models = (p.stem for p in SHIPPED.glob("*.safetensors") if p.stem != "probe")
        raise GanlibError(
            f"there is no shipped model called {str(name)!r} (there is: "
            f"{', '.join(sorted(models)) or 'none'}); "
            "give one of these or the path of a .safetensors file."
        )
    return path


def load_model(name: Path | str, kind: str = MODEL) -> tuple[Any, dict[str, Any]]:
    """(generator in eval mode on the CPU, its card) from a path, or from a shipped model's name.

    A bare name such as "portrait" means data/checkpoints/portrait.safetensors. `kind` is a key of
    `GENERATORS`; GanlibError if the file holds another.
    """
    path = _located(name)
    tensors, metadata = load(path)
    found = metadata.get("kind")
    if found not in (TRANSLATORS if kind == MODEL else (kind,)):
        raise GanlibError(f"{path} holds a {found}, but a {kind} is needed here.")
    return _built(path, tensors, metadata)


def load_any(name: Path | str) -> tuple[Any, str, dict[str, Any]]:
    """(generator, its kind, its card), as `load_model`, of whatever kind the file holds."""
    path = _located(name)
    tensors, metadata = load(path)
    kind = metadata.get("kind")
    if kind not in GENERATORS:
        raise GanlibError(
            f"{path} holds a {kind}, but a model is needed here: {' or '.join(GENERATORS)}."
        )
    generator, card = _built(path, tensors, metadata)
    return generator, kind, card


def _built(path: Path, tensors: Tensors, metadata: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    network, shape = GENERATORS[metadata["kind"]]
    try:
        settings = shape(**metadata["settings"])
    except (KeyError, TypeError) as error:
        raise GanlibError(
            f"{path} was written by another version of ganlib: its settings are not understood."
        ) from error
    generator = network(settings)
    copy_into(generator, tensors, path)
    return generator.eval(), metadata.get("card", {})


def require_same(before: dict[str, Any], now: dict[str, Any], source: Path | str) -> None:
    """GanlibError naming the first entry of `now` that is another in the run of `source`."""
    for name in now:
        if before.get(name) != now[name]:
            raise GanlibError(
                f"the run in {source} has {name} {before.get(name)!r}, not {now[name]!r}; "
                "resume it with what it was started with, or begin another in a new folder."
            )
