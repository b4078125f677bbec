"""Checkpoints: safetensors (data, never code) with a JSON header, written all or not at all."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from ganlib.core.errors import GanlibError
from ganlib.core.files import write_atomic

Tensors = dict[str, Tensor]
Adam = torch.optim.Adam


def save(path: Path, tensors: Tensors, metadata: dict[str, Any]) -> None:
    """Write named tensors of any dtype, and JSON-able metadata with a "kind", as one file."""
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    write_atomic(path, safetensors.torch.save(plain, metadata={"ganlib": json.dumps(metadata)}))


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
        metadata = json.loads(header or "null")
    except FileNotFoundError as error:
        raise GanlibError(f"there is no checkpoint at {path}; check the name.") from error
    except safetensors.SafetensorError as error:
        raise GanlibError(
            f"{path} is cut short or is not a safetensors file; copy or download it again."
        ) from error
    except json.JSONDecodeError:
        metadata = None
    except OSError as error:
        raise GanlibError(f"could not read {path}: {error.strerror or error}.") from error
    if not isinstance(metadata, dict):
        raise GanlibError(f"{path} was not written by ganlib: its header does not say what it is.")
    if expect is not None and metadata.get("kind") != expect:
        raise GanlibError(f"{path} holds a {metadata.get('kind')}, but a {expect} is needed here.")
    return tensors, metadata


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
            f"(the first is {min(names)}); build the network with the config it was saved with."
        )
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(tensors[name])


def pack(modules: Mapping[str, nn.Module], optimizers: Mapping[str, Adam]) -> Tensors:
    """ "objective.<weight>", "adam_g.<index>.<moment>" and so on: all that `unpack` needs."""
    tensors = {
        f"{part}.{name}": tensor
        for part, module in modules.items()
        for name, tensor in module.state_dict().items()
    }
    for part, adam in optimizers.items():
        for index, entries in adam.state_dict()["state"].items():
            tensors |= {f"{part}.{index}.{name}": tensor for name, tensor in entries.items()}
    return tensors


def unpack(
    tensors: Tensors,
    modules: Mapping[str, nn.Module],
    optimizers: Mapping[str, Adam],
    source: Path | str,
) -> None:
    """Copy what `pack` gave into modules and optimisers of the same shapes.

    GanlibError, which names `source`, if the tensors are of other networks.
    """
    parts: dict[str, Tensors] = {part: {} for part in (*modules, *optimizers)}
    for name, tensor in tensors.items():
        part, _, rest = name.partition(".")
        parts.setdefault(part, {})[rest] = tensor
    for part, module in modules.items():
        copy_into(module, parts[part], source)
    for part, adam in optimizers.items():
        parameters = [p for group in adam.param_groups for p in group["params"]]
        adam.state.clear()
        for name, tensor in parts[part].items():
            index, _, entry = name.partition(".")
            parameter = parameters[int(index)]
            # Moments lie in memory as their weights do; their one other entry, the step, is scalar.
            like = parameter if tensor.ndim else tensor
            place = torch.zeros_like(like, device=parameter.device)
            adam.state[parameter][entry] = place.copy_(tensor)


def require_same(before: dict[str, Any], now: dict[str, Any], source: Path | str) -> None:
    """GanlibError naming the first entry of `now` that is another in the run of `source`."""
    for name in now:
        if before.get(name) != now[name]:
            raise GanlibError(
                f"the run in {source} has {name} {before.get(name)!r}, not {now[name]!r}; "
                "resume it with what it was started with, or begin another in a new folder."
            )
