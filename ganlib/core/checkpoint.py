"""Checkpoints: safetensors (data, never code) with a JSON header, written all or not at all."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from ganlib.core.errors import ConfigError, GanlibError
from ganlib.core.files import write_atomic

Tensors = dict[str, Tensor]
Modules = Mapping[str, nn.Module]
Optimizers = Mapping[str, torch.optim.Adam]


def save(path: Path, tensors: Tensors, metadata: dict[str, Any]) -> None:
    """Write named tensors of any dtype, and JSON-able metadata with a "kind", as one file."""
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    write_atomic(path, safetensors.torch.save(plain, metadata={"ganlib": json.dumps(metadata)}))


def load(path: Path, expect: str | None = None) -> tuple[Tensors, dict[str, Any]]:
    """(tensors on the CPU, metadata) of a file that `save` wrote; GanlibError if it is missing, cut
    short, of another format, or not of the kind `expect`."""
    if Path(path).is_dir():
        raise GanlibError(f"{path} is a folder; give the .safetensors file in it.")
    try:
        with safetensors.safe_open(path, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            metadata = json.loads((file.metadata() or {}).get("ganlib", "null"))
    except FileNotFoundError as error:
        raise GanlibError(f"there is no checkpoint at {path}; check the name.") from error
    except safetensors.SafetensorError as error:
        problem = f"{path} is cut short or is not a safetensors file"
        raise GanlibError(f"{problem}; copy or download it again.") from error
    except json.JSONDecodeError:
        metadata = None
    except OSError as error:
        raise GanlibError(f"could not read {path}: {error.strerror or error}.") from error
    if not isinstance(metadata, dict):
        raise GanlibError(f"{path} was not written by ganlib: its header does not say what it is.")
    if expect not in (None, metadata.get("kind")):
        raise GanlibError(f"{path} holds a {metadata.get('kind')}, but a {expect} is needed here.")
    return tensors, metadata


def copy_into(module: nn.Module, tensors: Tensors, source: Path | str) -> None:
    """Copy weights into a module in place; GanlibError if names or shapes are not its own."""
    own = module.state_dict()
    shapes, given = ({n: t.shape for n, t in named.items()} for named in (own, tensors))
    if different := {name for name, _ in shapes.items() ^ given.items()}:
        misfits = f"{len(different)} tensors do not fit (the first is {min(different)})"
        problem = f"{source} holds weights of another architecture: {misfits}"
        raise GanlibError(f"{problem}; it has another config, or an earlier ganlib wrote it.")
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(tensors[name])


def pack(modules: Modules, optimizers: Optimizers) -> Tensors:
    """ "objective.<weight>", "adam_g.<index>.<moment>" and so on: all that `unpack` needs."""
    named = {part: module.state_dict() for part, module in modules.items()}
    for part, adam in optimizers.items():
        for index, entries in adam.state_dict()["state"].items():
            named[f"{part}.{index}"] = entries
    return {f"{part}.{name}": t for part, tensors in named.items() for name, t in tensors.items()}


def unpack(tensors: Tensors, modules: Modules, optimizers: Optimizers, source: Path | str) -> None:
    """Copy what `pack` gave into modules and optimisers; GanlibError if other networks gave it."""
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
            place = torch.zeros_like(parameter if tensor.ndim else tensor, device=parameter.device)
            adam.state[parameter][entry] = place.copy_(tensor)


def require_same(before: dict[str, Any], now: dict[str, Any], source: Path | str) -> None:
    """ConfigError for the first entry of `now` that is another in the run of `source`."""
    mend = "go on with the former, or begin another in a new folder."
    if not before:
        raise GanlibError(f"the run in {source} is of another version of ganlib; {mend}")
    for name, value in now.items():
        if (then := before.get(name)) != value:
            what = name  # of what was measured, and of models to begin from, the entry that differs
            while isinstance(then, dict) and isinstance(value, dict):
                key = next(k for k in {**then, **value} if then.get(k) != value.get(k))
                what, then, value = f"{what}.{key}", then.get(key), value.get(key)
            both = f"there {what} is {then!r}, here {value!r}"
            raise ConfigError(name, f"is not that of the run in {source}: {both}; {mend}")
