"""Functions run on the same inputs, and their outcomes compared: value, shape and gradient."""

import inspect
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

RTOL, ATOL = 1e-6, 1e-9
"""How far two numbers may be apart: a constant written in float32 passes."""
MANY = 3
"""Outputs up to which an answer is taken to be so many results, and not a list of numbers."""

Inputs = tuple[Any, ...]


class FoundError(Exception):
    """A sentence for the learner, on its way out."""


class UntriedError(Exception):
    """There is no answer yet."""


@dataclass(frozen=True)
class Outcome:
    """What a function does on one set of inputs."""

    value: Tensor  # all its outputs, flattened and joined
    shapes: tuple[tuple[int, ...], ...]
    # By each tensor among the inputs, of a fixed mixture of the outputs; None where none arrives.
    gradients: tuple[Tensor | None, ...]


Outcomes = Sequence[Outcome | Exception]


def is_missing(value: Any) -> bool:
    """Whether there is no answer yet: None or three dots, also as a part of it."""
    parts = value if isinstance(value, tuple | list) else (value,)
    return any(part is None or part is ... for part in parts)


def _is_leaf(value: Any) -> bool:
    return isinstance(value, Tensor) and value.is_floating_point()


def _run(function: Callable[..., Any], inputs: Inputs, differentiable: bool) -> Outcome:
    # Each run has inputs of its own: an answer that changes them in place harms nobody else.
    given = [i.requires_grad_(differentiable) if _is_leaf(i) else i for i in deepcopy(inputs)]
    torch.manual_seed(0)
    output = function(*given)
    if is_missing(output):
        raise UntriedError
    parts = output if isinstance(output, tuple | list) else (output,)
    tensors = [p if isinstance(p, Tensor) else torch.tensor(p, dtype=torch.float64) for p in parts]
    value = torch.cat([tensor.double().flatten() for tensor in tensors])
    leaves = [leaf for leaf in given if _is_leaf(leaf)]
    gradients: tuple[Tensor | None, ...] = (None,) * len(leaves)
    if differentiable and value.requires_grad and leaves:
        # Cosines: no two outputs weigh the same, so none can stand in for another.
        mixture = torch.arange(len(value), dtype=torch.float64).cos() @ value
        gradients = torch.autograd.grad(mixture, leaves, allow_unused=True)
    return Outcome(value.detach(), tuple(tuple(t.shape) for t in tensors), gradients)


def of(function: Callable[..., Any], rounds: list[Inputs], differentiable: bool) -> Outcomes:
    """What a function does in each round. An error is an outcome too, by which wrong answers
    differ; UntriedError if there is no answer."""
    found: list[Outcome | Exception] = []
    for inputs in rounds:
        try:
            found.append(_run(function, inputs, differentiable))
        except (UntriedError, NotImplementedError):
            raise
        except Exception as error:
            found.append(error)
    return found


def _close(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and torch.allclose(a, b, RTOL, ATOL, equal_nan=True)


def _equal(a: Outcome, b: Outcome, inputs: Inputs) -> bool:
    if a.shapes != b.shapes or not _close(a.value, b.value):
        return False
    for ours, theirs, leaf in zip(a.gradients, b.gradients, filter(_is_leaf, inputs), strict=True):
        # No gradient and a gradient of 0 move a parameter alike.
        none = torch.zeros_like(leaf)
        if not _close(none if ours is None else ours, none if theirs is None else theirs):
            return False
    return True


def alike(ours: Outcomes, theirs: Outcomes, rounds: list[Inputs]) -> bool:
    """Whether two functions do the same on all rounds. Those that stop with the same errors do."""
    stopped = [[type(o) for o in each if isinstance(o, Exception)] for each in (ours, theirs)]
    if any(stopped):
        return stopped[0] == stopped[1]
    pairs = zip(_done(ours), _done(theirs), rounds, strict=True)
    return all(_equal(a, b, inputs) for a, b, inputs in pairs)


def _done(given: Outcomes) -> list[Outcome]:
    return [outcome for outcome in given if isinstance(outcome, Outcome)]


def find_difference(
    ours: Outcomes, theirs: Outcomes, rounds: list[Inputs], reference: Callable[..., Any]
) -> None:
    """FoundError with the first difference of ours to theirs in words, which is the reference's;
    or the error that stopped ours."""
    for outcome in ours:
        if isinstance(outcome, Exception):
            raise outcome
    pairs = list(zip(_done(ours), _done(theirs), strict=True))
    names = list(inspect.signature(reference).parameters)
    for given, right in pairs:
        if given.shapes != right.shapes:
            if len(given.shapes) > MANY and len(right.shapes) == 1:
                raise FoundError("return one tensor, not a list of numbers")
            raise FoundError(f"its shape is {_shapes(given)}, and should be {_shapes(right)}")
    for (given, right), inputs in zip(pairs, rounds, strict=True):
        if not _close(given.value, right.value):
            said = _apart(given.value, right.value)
            at = ", ".join(f"{n} = {numbers(i)}" for n, i in zip(names, inputs, strict=True))
            raise FoundError(f"{said}, at {at}{_factor(pairs)}")
    leaves = [name for name, i in zip(names, rounds[0], strict=True) if _is_leaf(i)]
    for given, right in pairs:
        for name, found, wanted in zip(leaves, given.gradients, right.gradients, strict=True):
            _compare_gradients(name, found, wanted)


def _compare_gradients(name: str, found: Tensor | None, wanted: Tensor | None) -> None:
    if found is None and wanted is not None and wanted.any():
        raise FoundError(
            f"the value is right, but no gradient reaches {name}: did you detach it, or take it "
            "out of torch with .item() or float()?"
        )
    if wanted is None and found is not None and found.any():
        raise FoundError(
            f"the value is right, but a gradient reaches {name}, where it should stop: detach it"
        )
    if found is not None and wanted is not None and not _close(found, wanted):
        raise FoundError(
            f"the value is right, but its gradient by {name} is {numbers(found)}, and should be "
            f"{numbers(wanted)}"
        )


def _shapes(outcome: Outcome) -> str:
    return " and ".join("a single number" if s == () else str(s) for s in outcome.shapes)


def numbers(value: Any, most: int = 3) -> str:
    """A few numbers of a tensor, or anything else as it prints."""
    try:
        flat = torch.as_tensor(value).detach().double().flatten().tolist()
    except (TypeError, ValueError, RuntimeError):
        text = " ".join(str(value).split())
        return text if len(text) <= 40 else f"a {type(value).__name__}"
    few = [f"{number:.4g}" for number in flat[:most]]
    return few[0] if len(flat) == 1 else f"[{', '.join(few)}{', …' if len(flat) > most else ''}]"


def _apart(ours: Tensor, theirs: Tensor) -> str:
    """What an answer gives and should give, from the first number on that differs."""
    right = torch.isclose(ours, theirs, RTOL, ATOL, equal_nan=True)
    first = int((~right).nonzero()[0])
    place = f" from number {first} on (the first is number 0)" if first else ""
    return f"it gives {numbers(ours[first:])}, and should give {numbers(theirs[first:])}{place}"


def _factor(pairs: list[tuple[Outcome, Outcome]]) -> str:
    """A remark if every value is the same multiple of what it should be."""
    ratios = torch.cat([given.value / right.value for given, right in pairs])
    constant = torch.isfinite(ratios).all() and _close(ratios, ratios[:1].expand_as(ratios))
    return f" (always {ratios[0]:.4g} times what it should be)" if constant else ""
