"""What answers do: a function is run on inputs, and its value and gradient are compared."""

import math
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

RTOL, ATOL = 1e-6, 1e-9  # of two equal numbers: a constant written in float32 passes
Inputs = tuple[Any, ...]
Shapes = tuple[tuple[int, ...], ...]


class UntriedError(Exception):
    """There is no answer yet."""


@dataclass(frozen=True)
class Outcome:
    """What a function does on one set of inputs."""

    value: Tensor = torch.empty(0)  # all its outputs, flattened and joined
    shapes: tuple[tuple[int, ...], ...] = ()
    gradients: tuple[Tensor, ...] = ()  # of a mixture of the outputs, by each tensor in the inputs
    error: Exception | None = None  # what stopped it

    def parts(self) -> list[Tensor]:
        """The outputs, one by one."""
        sizes = [math.prod(shape) for shape in self.shapes]
        pairs = zip(self.value.split(sizes), self.shapes, strict=True)
        return [part.view(shape) for part, shape in pairs]


def outcomes(
    function: Callable[..., Any], rounds: Sequence[Inputs], differentiable: bool
) -> list[Outcome]:
    """What a function does in each round; an error is an outcome too, by which answers differ."""
    found = []
    for inputs in rounds:
        try:
            found.append(_run(function, inputs, differentiable))
        except (UntriedError, NotImplementedError):
            raise
        except Exception as error:
            found.append(Outcome(error=error))
    return found


def _run(function: Callable[..., Any], inputs: Inputs, differentiable: bool) -> Outcome:
    # Each run has inputs of its own: an answer that changes them in place harms nobody else.
    given = deepcopy(inputs)
    leaves = [i.requires_grad_(differentiable) for i in given if is_leaf(i)]
    torch.manual_seed(0)
    output = function(*given)
    if output is None:
        output = _changed(inputs, given)
    if is_missing(output):
        raise UntriedError
    parts = output if isinstance(output, tuple | list) else (output,)
    tensors = [torch.as_tensor(part, dtype=torch.float64) for part in parts]
    value = torch.cat([tensor.flatten() for tensor in tensors])
    gradients = tuple(torch.zeros_like(leaf) for leaf in leaves)
    if differentiable and value.requires_grad and leaves:
        # Cosines: no two outputs weigh the same, so none can stand in for another.
        mixture = torch.arange(len(value), dtype=torch.float64).cos() @ value
        gradients = torch.autograd.grad(mixture, leaves, materialize_grads=True)
    return Outcome(value.detach(), tuple(tuple(t.shape) for t in tensors), gradients)


def _changed(before: Inputs, after: Inputs) -> list[Tensor] | None:
    """The tensors and weights that a function without a result has changed in place, if any."""
    old, new = (
        [
            list(each.parameters()) if isinstance(each, nn.Module) else [each]
            for each in inputs
            if isinstance(each, nn.Module | Tensor)
        ]
        for inputs in (before, after)
    )
    moved = [now for was, now in zip(old, new, strict=True) if not all(map(torch.equal, was, now))]
    return [tensor for group in moved for tensor in group] or None


def is_missing(value: Any) -> bool:
    """Whether there is no answer yet: None or three dots, also as a part of it."""
    parts = value if isinstance(value, tuple | list) else (value,)
    return any(part is None or part is ... for part in parts)


def is_leaf(value: Any) -> bool:
    return isinstance(value, Tensor) and value.is_floating_point()


def close(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and torch.allclose(a, b, RTOL, ATOL, equal_nan=True)


def _fit(ours: Shapes, theirs: Shapes) -> bool:
    """Whether outputs have the same shapes; several of one shape may come stacked."""
    ours, theirs = (_stacked(each) for each in (ours, theirs))
    return ours == theirs


def _stacked(shapes: Shapes) -> Shapes:
    if len(shapes) > 1 and len(set(shapes)) == 1:
        return ((len(shapes), *shapes[0]),)
    return shapes


def alike(ours: list[Outcome], theirs: list[Outcome]) -> bool:
    """Whether two functions do the same in all rounds. Those that stop with the same errors do."""
    stopped = [[type(o.error) for o in each if o.error] for each in (ours, theirs)]
    if any(stopped):
        return stopped[0] == stopped[1]
    return all(
        _fit(a.shapes, b.shapes)
        and close(a.value, b.value)
        and all(map(close, a.gradients, b.gradients))
        for a, b in zip(ours, theirs, strict=True)
    )


def differences(
    ours: list[Outcome], theirs: list[Outcome], rounds: list[Inputs], names: list[str]
) -> Iterator[str]:
    """How an answer differs from the reference, in words: in shape, in value, by gradient."""
    pairs = list(zip(ours, theirs, strict=True))
    for given, right in pairs:
        if not _fit(given.shapes, right.shapes):
            yield f"its shape is {_shapes(given)}, and should be {_shapes(right)}"
    for (given, right), inputs in zip(pairs, rounds, strict=True):
        if not close(given.value, right.value):
            at = ", ".join(f"{n} = {numbers(i)}" for n, i in zip(names, inputs, strict=False))
            yield f"{_apart(given.value, right.value)}, at {at}{_factor(pairs)}"
    leaves = [name for name, i in zip(names, rounds[0], strict=False) if is_leaf(i)]
    for given, right in pairs:
        for name, found, wanted in zip(leaves, given.gradients, right.gradients, strict=True):
            what = f"its gradient by {name} is {numbers(found)}, and should be {numbers(wanted)}"
            if not found.any():
                lost = "did you detach it, or take it out of torch with .item() or float()?"
                what = f"no gradient reaches {name}: {lost}"
            elif not wanted.any():
                what = f"a gradient reaches {name}, where it should stop: detach it"
            if not close(found, wanted):
                yield f"the value is right, but {what}"


def _shapes(outcome: Outcome) -> str:
    return " and ".join("a single number" if s == () else str(s) for s in outcome.shapes)


def numbers(value: Any, most: int = 3, digits: int = 4) -> str:
    """A few numbers of a tensor, or anything else as it prints."""
    if callable(value):
        return "a function"
    try:
        flat = torch.as_tensor(value).detach().double().flatten().tolist()
    except (TypeError, ValueError, RuntimeError):
        text = " ".join(str(value).split())
        return text if len(text) <= 40 else f"a {type(value).__name__}"
    few = [f"{number:.{digits}g}" for number in flat[:most]]
    return few[0] if len(flat) == 1 else f"[{', '.join(few)}{', …' if len(flat) > most else ''}]"


def _apart(ours: Tensor, theirs: Tensor) -> str:
    """What an answer gives and should give, from the first number on that differs."""
    right = torch.isclose(ours, theirs, RTOL, ATOL, equal_nan=True)
    first = int((~right).nonzero()[0])
    place = f" from number {first} on (the first is number 0)" if first else ""
    for digits in (4, 7, 10, 16):  # as few as show the difference
        given, wanted = (numbers(each[first:], digits=digits) for each in (ours, theirs))
        if given != wanted:
            break
    return f"it gives {given}, and should give {wanted}{place}"


def _factor(pairs: list[tuple[Outcome, Outcome]]) -> str:
    """A remark if every value is the same multiple of what it should be."""
    ratios = torch.cat([given.value / right.value for given, right in pairs])
    constant = torch.isfinite(ratios).all() and close(ratios, ratios[:1].expand_as(ratios))
    return f" (always {ratios[0]:.4g} times what it should be)" if constant else ""
