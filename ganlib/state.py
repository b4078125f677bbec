"""The state of a run as named tensors: networks, averages, and both players' Adam."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from ganlib import checkpoints
from ganlib.checkpoints import Tensors
from ganlib.errors import GanlibError

Adam = torch.optim.Adam


def pack(modules: Mapping[str, nn.Module], adams: Mapping[str, Adam]) -> Tensors:
    """ "objective.<weight>", "adam_g.<index>.<moment>" and so on: all that `unpack` needs."""
    tensors = {
        f"{part}.{name}": tensor
        for part, module in modules.items()
        for name, tensor in module.state_dict().items()
    }
    for part, adam in adams.items():
        for index, entries in adam.state_dict()["state"].items():
            tensors |= {f"{part}.{index}.{name}": tensor for name, tensor in entries.items()}
    return tensors


def unpack(
    tensors: Tensors,
    modules: Mapping[str, nn.Module],
    adams: Mapping[str, Adam],
    source: Path | str,
) -> None:
    """Copy what `pack` gave into modules and optimisers of the same shapes.

    GanlibError, which names `source`, if the tensors are of other networks.
    """
    parts: dict[str, Tensors] = {part: {} for part in (*modules, *adams)}
    for name, tensor in tensors.items():
        part, _, rest = name.partition(".")
        parts.setdefault(part, {})[rest] = tensor
    for part, module in modules.items():
        checkpoints.copy_into(module, parts[part], source)
    for part, adam in adams.items():
        _load_adam(adam, parts[part])


def _load_adam(adam: Adam, tensors: Tensors) -> None:
    parameters = [p for group in adam.param_groups for p in group["params"]]
    adam.state.clear()
    for name, tensor in tensors.items():
        index, _, entry = name.partition(".")
        parameter = parameters[int(index)]
        # Moments lie in memory as their weights do; their one other entry, the step, is scalar.
        like = parameter if tensor.ndim else tensor
        place = torch.zeros_like(like, device=parameter.device)
        adam.state[parameter][entry] = place.copy_(tensor)


def require_finite(tensors: Tensors, step: int) -> None:
    """GanlibError if a tensor is not finite after `step`.

    A finite loss may have an infinite slope, which shows in the weights a step sooner.
    """
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise GanlibError(
                f"training diverged: {name} is not finite after step {step}; lower the learning "
                "rates, and resume from the last checkpoint."
            )


def means(
    records: list[dict[str, Tensor]], numbers: Tensor, first: int, batch: int
) -> dict[str, float]:
    """The mean of each name over step records, whose values `numbers` lists in one row.

    `first` is the step of the first record, `batch` the images of a step. GanlibError, naming step
    and term, for the first number that is not finite.
    """
    series: dict[str, list[float]] = {}
    values = iter(numbers.tolist())
    for step, record in enumerate(records, first):
        for name in record:
            number = next(values)
            if number - number != 0:  # NaN or infinite
                raise GanlibError(
                    f"training diverged: {name} became {number} at step {step} (image "
                    f"{step * batch}); lower the learning rates or strengthen R1, and resume from "
                    "the last checkpoint, if there is one: it was saved before this."
                )
            series.setdefault(name, []).append(number)
    return {name: sum(row) / len(row) for name, row in series.items()}
