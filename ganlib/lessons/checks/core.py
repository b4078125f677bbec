"""Checks that never raise: "not tried yet", a diagnosis, or a tick.

An answer is checked by what it does, not by how it is written: it is run on seeded random inputs in
float64, and its value and gradient are compared with a reference. The mistakes that people make are
listed beside the reference, each as a wrong answer that works and its diagnosis; an answer that
behaves like one of them gets that diagnosis. Any other gets the first difference in words.

A new exercise is a `Function` or a `Value` in its lesson's module, and `check.bce` in the notebook:

    bce = Function(
        lambda real, fake: softplus(-real).mean() + softplus(fake).mean(),
        lambda draw: (draw(7), draw(5)),
        lambda real, fake: softplus(-real).mean() + softplus(-fake).mean(),
        "the sign of the fake term is reversed: ...",
    )
"""

import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

RTOL, ATOL = 1e-6, 1e-9  # of two equal numbers: a constant written in float32 passes
ROUNDS = 3  # random draws of the inputs on which an answer must agree with the reference
State = Literal["untried", "wrong", "right"]
MARKS: dict[State, str] = {"untried": "○", "wrong": "✗", "right": "✓"}
Inputs = tuple[Any, ...]


class FoundError(Exception):
    """A sentence for the learner, on its way out."""


class UntriedError(Exception):
    """There is no answer yet."""


@dataclass(frozen=True)
class Result:
    """What a check found. It has been printed, so a notebook shows nothing more of it."""

    state: State
    message: str  # the sentence that was printed, without its mark

    def _ipython_display_(self) -> None:
        pass


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that people give, and what to say of it."""

    answer: Any  # for a `Function` a function, for a `Value` a value
    diagnosis: str  # what the answer does, and where to look


class Check:
    """An exercise. Calling it with an answer prints one line, and never raises."""

    mistakes: tuple[Mistake, ...] = ()
    praise: str

    def __call__(self, answer: Any) -> Result:
        """Print what there is to say of the answer, and return it."""
        state, message = self._examine(answer)
        print(f"{MARKS[state]} {message}")
        return Result(state, message)

    def _examine(self, answer: Any) -> tuple[State, str]:
        try:
            with warnings.catch_warnings(), torch.random.fork_rng(devices=[]), torch.enable_grad():
                warnings.simplefilter("ignore")
                self.compare(answer)
        except (UntriedError, NotImplementedError):
            return "untried", "not tried yet"
        except FoundError as finding:
            return "wrong", str(finding)
        except (Exception, SystemExit) as error:
            text = " ".join(str(error).split())
            return "wrong", f"your code stopped with {type(error).__name__}: {text}"
        return "right", self.praise

    def compare(self, answer: Any) -> None:
        """Return if the answer is right; raise `UntriedError` or a `FoundError` if it is not."""
        raise NotImplementedError


class Value(Check):
    """An exercise whose answer is a number, several numbers, True or False, or a word: the right
    answer, the diagnoses of wrong ones, how far a number may be off, what to say of a right one."""

    def __init__(
        self,
        reference: Any,
        mistakes: Mapping[Any, str] | None = None,
        tolerance: float = 1e-3,
        praise: str = "right",
    ) -> None:
        self.reference, self.tolerance, self.praise = reference, tolerance, praise
        self.mistakes = tuple(Mistake(*row) for row in (mistakes or {}).items())

    def _equal(self, answer: Any, wanted: Any) -> bool:
        if isinstance(wanted, str) or isinstance(answer, str):
            return str(answer).strip().casefold() == str(wanted).strip().casefold()
        a, b = (torch.as_tensor(v).detach().double().flatten() for v in (answer, wanted))
        return len(a) == len(b) and torch.allclose(a, b, rtol=0, atol=self.tolerance)

    def compare(self, answer: Any) -> None:
        if is_missing(answer):
            raise UntriedError
        if callable(answer):
            raise FoundError("give the check a value, not the function that computes it")
        if self._equal(answer, self.reference):
            return
        for mistake in self.mistakes:
            if self._equal(answer, mistake.answer):
                raise FoundError(mistake.diagnosis)
        raise FoundError(f"{answer if isinstance(answer, str) else numbers(answer)} is not it")


@dataclass(frozen=True)
class _Outcome:
    """What a function does on one set of inputs."""

    value: Tensor = torch.empty(0)  # all its outputs, flattened and joined
    shapes: tuple[tuple[int, ...], ...] = ()
    gradients: tuple[Tensor, ...] = ()  # of a mixture of the outputs, by each tensor in the inputs
    error: Exception | None = None  # what stopped it


class Function(Check):
    """An exercise whose answer is a function.

    Args:
        reference: the right answer; the names of its arguments are used in diagnoses.
        inputs: draw -> the arguments; its tensors in floating point are differentiated by.
            `draw(3, 2)` is a normal (3, 2) tensor in float64, `draw()` one number.
        wrong: wrong answers that people give and their diagnoses, in turn.
        edges: further sets of arguments that must work, such as very large logits.
        differentiable: whether gradients are compared too. Not for an answer that is itself a
            gradient or a step: it may be taken by autograd or by hand.
        praise: what to say of a right answer.
    """

    def __init__(
        self,
        reference: Callable[..., Any],
        inputs: Callable[[Callable[..., Tensor]], Inputs],
        *wrong: Any,
        edges: Sequence[Inputs] = (),
        differentiable: bool = True,
        praise: str = "right",
    ) -> None:
        self.reference, self.inputs, self.edges = reference, inputs, edges
        self.differentiable, self.praise = differentiable, praise
        self.mistakes = tuple(map(Mistake, wrong[::2], wrong[1::2]))

    def compare(self, answer: Any) -> None:
        if answer is None or answer is ...:
            raise UntriedError
        if not callable(answer):
            raise FoundError("give the check your function itself, not what it returns")
        generator = torch.Generator().manual_seed(0)

        def draw(*shape: int) -> Tensor:
            return torch.randn(shape, generator=generator, dtype=torch.float64)

        rounds = [*(self.inputs(draw) for _ in range(ROUNDS)), *self.edges]
        given, right = (self._outcomes(f, rounds) for f in (answer, self.reference))
        if _alike(given, right):
            return
        for mistake in self.mistakes:
            if _alike(given, self._outcomes(mistake.answer, rounds)):
                raise FoundError(mistake.diagnosis)
        for outcome in given:
            if outcome.error:
                raise outcome.error
        names = list(inspect.signature(self.reference).parameters)
        raise FoundError(next(_differences(given, right, rounds, names)))

    def _outcomes(self, function: Callable[..., Any], rounds: list[Inputs]) -> list[_Outcome]:
        found = []
        for inputs in rounds:
            try:
                found.append(self._run(function, inputs))
            except (UntriedError, NotImplementedError):
                raise
            except Exception as error:
                # An outcome too, by which wrong answers differ.
                found.append(_Outcome(error=error))
        return found

    def _run(self, function: Callable[..., Any], inputs: Inputs) -> _Outcome:
        # Each run has inputs of its own: an answer that changes them in place harms nobody else.
        given = deepcopy(inputs)
        leaves = [i.requires_grad_(self.differentiable) for i in given if _is_leaf(i)]
        torch.manual_seed(0)
        output = function(*given)
        if is_missing(output):
            raise UntriedError
        parts = output if isinstance(output, tuple | list) else (output,)
        tensors = [torch.as_tensor(part, dtype=torch.float64) for part in parts]
        value = torch.cat([tensor.flatten() for tensor in tensors])
        gradients = tuple(torch.zeros_like(leaf) for leaf in leaves)
        if self.differentiable and value.requires_grad and leaves:
            # Cosines: no two outputs weigh the same, so none can stand in for another.
            mixture = torch.arange(len(value), dtype=torch.float64).cos() @ value
            gradients = torch.autograd.grad(mixture, leaves, materialize_grads=True)
        return _Outcome(value.detach(), tuple(tuple(t.shape) for t in tensors), gradients)


def is_missing(value: Any) -> bool:
    """Whether there is no answer yet: None or three dots, also as a part of it."""
    parts = value if isinstance(value, tuple | list) else (value,)
    return any(part is None or part is ... for part in parts)


def _is_leaf(value: Any) -> bool:
    return isinstance(value, Tensor) and value.is_floating_point()


def _close(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and torch.allclose(a, b, RTOL, ATOL, equal_nan=True)


def _alike(ours: list[_Outcome], theirs: list[_Outcome]) -> bool:
    """Whether two functions do the same in all rounds. Those that stop with the same errors do."""
    stopped = [[type(o.error) for o in each if o.error] for each in (ours, theirs)]
    if any(stopped):
        return stopped[0] == stopped[1]
    return all(
        a.shapes == b.shapes
        and _close(a.value, b.value)
        and all(map(_close, a.gradients, b.gradients))
        for a, b in zip(ours, theirs, strict=True)
    )


def _differences(
    ours: list[_Outcome], theirs: list[_Outcome], rounds: list[Inputs], names: list[str]
) -> Iterator[str]:
    """How an answer differs from the reference, in words: in shape, in value, by gradient."""
    pairs = list(zip(ours, theirs, strict=True))
    for given, right in pairs:
        if given.shapes != right.shapes:
            if len(given.shapes) > 3 and len(right.shapes) == 1:
                yield "return one tensor, not a list of numbers"
            yield f"its shape is {_shapes(given)}, and should be {_shapes(right)}"
    for (given, right), inputs in zip(pairs, rounds, strict=True):
        if not _close(given.value, right.value):
            at = ", ".join(f"{n} = {numbers(i)}" for n, i in zip(names, inputs, strict=False))
            yield f"{_apart(given.value, right.value)}, at {at}{_factor(pairs)}"
    leaves = [name for name, i in zip(names, rounds[0], strict=False) if _is_leaf(i)]
    for given, right in pairs:
        for name, found, wanted in zip(leaves, given.gradients, right.gradients, strict=True):
            what = f"its gradient by {name} is {numbers(found)}, and should be {numbers(wanted)}"
            if not found.any():
                lost = "did you detach it, or take it out of torch with .item() or float()?"
                what = f"no gradient reaches {name}: {lost}"
            elif not wanted.any():
                what = f"a gradient reaches {name}, where it should stop: detach it"
            if not _close(found, wanted):
                yield f"the value is right, but {what}"


def _shapes(outcome: _Outcome) -> str:
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


def _factor(pairs: list[tuple[_Outcome, _Outcome]]) -> str:
    """A remark if every value is the same multiple of what it should be."""
    ratios = torch.cat([given.value / right.value for given, right in pairs])
    constant = torch.isfinite(ratios).all() and _close(ratios, ratios[:1].expand_as(ratios))
    return f" (always {ratios[0]:.4g} times what it should be)" if constant else ""
