"""Checks that never raise: "not tried yet", a diagnosis, or a tick.

An answer is judged by what it does, not by how it is written: it is run on seeded random inputs in
float64, and its value and gradient are compared with a reference. The mistakes that people make are
listed beside the reference, each as a wrong answer that works and the sentence that it earns; an
answer that behaves like one of them (in value and gradient) gets that sentence. Any other wrong
answer gets the first difference in words.

A new exercise is one `Function` or one `Value` in the module of its lesson:

    bce = Function(
        lambda real, fake: softplus(-real).mean() + softplus(fake).mean(),
        lambda draw: (draw(7), draw(5)),
        Mistake(lambda real, fake: ..., "the fake term's sign is turned: ..."),
    )

and in the notebook `check.bce(my_bce)`.
"""

import inspect
import warnings
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

ROUNDS = 3
"""Random draws of the inputs on which an answer must agree with the reference."""
RTOL, ATOL = 1e-6, 1e-9
"""How far it may be from it: a constant written in float32 passes."""
MANY = 3
"""Outputs up to which an answer is taken to be so many results, and not a list of numbers."""

Inputs = tuple[Any, ...]
State = Literal["untried", "wrong", "right"]
MARKS: dict[State, str] = {"untried": "○", "wrong": "✗", "right": "✓"}


@dataclass(frozen=True)
class Result:
    """What a check found. It has been printed, so a notebook shows nothing more of it."""

    state: State
    message: str
    """The sentence that was printed, without its mark."""

    def _ipython_display_(self) -> None:
        pass


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that people give, and what to tell them."""

    answer: Any
    """For a `Function` a function, for a `Value` a value."""
    diagnosis: str
    """What the answer does, and where to look."""


class FoundError(Exception):
    """A sentence for the learner, on its way out."""


class UntriedError(Exception):
    """There is nothing to judge yet."""


class Check:
    """An exercise. Calling it with an answer prints one line, and never raises."""

    mistakes: tuple[Mistake, ...]
    praise: str

    def __call__(self, answer: Any) -> Result:
        """Print what there is to say of the answer, and return it."""
        state, message = self._verdict(answer)
        print(f"{MARKS[state]} {message}")
        return Result(state, message)

    def _verdict(self, answer: Any) -> tuple[State, str]:
        try:
            with warnings.catch_warnings(), torch.random.fork_rng(devices=[]), torch.enable_grad():
                warnings.simplefilter("ignore")
                self._judge(answer)
        except (UntriedError, NotImplementedError):
            return "untried", "not tried yet"
        except FoundError as finding:
            return "wrong", str(finding)
        except (Exception, SystemExit) as error:
            text = " ".join(str(error).split())
            return "wrong", f"your code stopped with {type(error).__name__}: {text}"
        return "right", self.praise

    def _judge(self, answer: Any) -> None:
        """Return if the answer is right; raise `UntriedError` or a `FoundError` if it is not."""
        raise NotImplementedError


@dataclass(frozen=True)
class _Outcome:
    """What a function does on one set of inputs."""

    value: Tensor
    """All its outputs, flattened and joined."""
    shapes: tuple[tuple[int, ...], ...]
    slopes: tuple[Tensor | None, ...]
    """By each tensor among the inputs, of a fixed mixture of the outputs; None where no gradient
    arrives."""


def draw(generator: torch.Generator) -> Callable[..., Tensor]:
    """A function shape -> normal numbers in float64; without a shape, one number."""
    return lambda *shape: torch.randn(shape, generator=generator, dtype=torch.float64)


def _is_leaf(value: Any) -> bool:
    return isinstance(value, Tensor) and value.is_floating_point()


def _run(function: Callable[..., Any], inputs: Inputs, differentiable: bool) -> _Outcome:
    # Each run has inputs of its own: an answer that changes them in place harms nobody else.
    given = [i.requires_grad_(differentiable) if _is_leaf(i) else i for i in deepcopy(inputs)]
    torch.manual_seed(0)
    output = function(*given)
    parts = tuple(output) if isinstance(output, tuple | list) else (output,)
    if any(part is None or part is ... for part in parts):
        raise UntriedError
    tensors = [p if isinstance(p, Tensor) else torch.tensor(p, dtype=torch.float64) for p in parts]
    value = torch.cat([tensor.double().flatten() for tensor in tensors])
    leaves = [leaf for leaf in given if _is_leaf(leaf)]
    slopes: tuple[Tensor | None, ...] = (None,) * len(leaves)
    if differentiable and value.requires_grad and leaves:
        # Cosines: no two outputs weigh the same, so none can stand in for another.
        mixture = torch.arange(len(value), dtype=torch.float64).cos() @ value
        slopes = torch.autograd.grad(mixture, leaves, allow_unused=True)
    return _Outcome(value.detach(), tuple(tuple(t.shape) for t in tensors), slopes)


def _try(
    function: Callable[..., Any], inputs: Inputs, differentiable: bool
) -> _Outcome | Exception:
    """As `_run`; an error is an outcome too, and tells one wrong answer from another."""
    try:
        return _run(function, inputs, differentiable)
    except (UntriedError, NotImplementedError):
        raise
    except Exception as error:
        return error


def _close(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and torch.allclose(a, b, RTOL, ATOL, equal_nan=True)


def _equal(a: _Outcome, b: _Outcome, inputs: Inputs) -> bool:
    if a.shapes != b.shapes or not _close(a.value, b.value):
        return False
    for ours, theirs, leaf in zip(a.slopes, b.slopes, filter(_is_leaf, inputs), strict=True):
        # No gradient and a gradient of 0 move a parameter alike.
        none = torch.zeros_like(leaf)
        if not _close(none if ours is None else ours, none if theirs is None else theirs):
            return False
    return True


Outcomes = Sequence[_Outcome | Exception]


def _alike(ours: Outcomes, theirs: Outcomes, rounds: list[Inputs]) -> bool:
    """Whether two functions do the same on all rounds. Those that stop with the same errors do."""
    stopped = [[type(o) for o in each if isinstance(o, Exception)] for each in (ours, theirs)]
    if any(stopped):
        return stopped[0] == stopped[1]
    return all(
        isinstance(a, _Outcome) and isinstance(b, _Outcome) and _equal(a, b, inputs)
        for a, b, inputs in zip(ours, theirs, rounds, strict=True)
    )


class Function(Check):
    """An exercise whose answer is a function.

    Args:
        reference: the right answer; the names of its arguments are used in diagnoses.
        inputs: draw -> the arguments; its tensors in floating point are differentiated by.
            `draw(3, 2)` is a normal (3, 2) tensor in float64.
        mistakes: wrong answers that people give.
        edges: further sets of arguments that must work, such as very large logits.
        differentiable: whether gradients are compared too. Not for an answer that is itself a
            slope or a step: it may be taken by autograd or by hand.
        praise: what to say of a right answer.
    """

    def __init__(
        self,
        reference: Callable[..., Any],
        inputs: Callable[[Callable[..., Tensor]], Inputs],
        *mistakes: Mistake,
        edges: Sequence[Inputs] = (),
        differentiable: bool = True,
        praise: str = "right",
    ) -> None:
        self.reference, self.inputs, self.edges = reference, inputs, edges
        self.differentiable = differentiable
        self.mistakes, self.praise = mistakes, praise

    def rounds(self) -> list[Inputs]:
        """The sets of arguments on which every answer is run, the same each time."""
        numbers = draw(torch.Generator().manual_seed(0))
        return [*(self.inputs(numbers) for _ in range(ROUNDS)), *self.edges]

    def _judge(self, answer: Any) -> None:
        if answer is None or answer is ...:
            raise UntriedError
        if not callable(answer):
            raise FoundError("give the check your function itself, not what it returns")
        rounds = self.rounds()
        right = [_run(self.reference, inputs, self.differentiable) for inputs in rounds]
        given = self._outcomes(answer, rounds)
        if _alike(given, right, rounds):
            return
        for mistake in self.mistakes:
            if _alike(given, self._outcomes(mistake.answer, rounds), rounds):
                raise FoundError(mistake.diagnosis)
        for outcome in given:
            if isinstance(outcome, Exception):
                raise outcome
        done = [outcome for outcome in given if isinstance(outcome, _Outcome)]
        self._find_difference(done, right, rounds)

    def _outcomes(self, answer: Callable[..., Any], rounds: list[Inputs]) -> Outcomes:
        return [_try(answer, inputs, self.differentiable) for inputs in rounds]

    def _find_difference(
        self, given: list[_Outcome], right: list[_Outcome], rounds: list[Inputs]
    ) -> None:
        names = list(inspect.signature(self.reference).parameters)
        leaves = [name for name, i in zip(names, rounds[0], strict=True) if _is_leaf(i)]
        for ours, theirs in zip(given, right, strict=True):
            if ours.shapes != theirs.shapes:
                if len(ours.shapes) > MANY and len(theirs.shapes) == 1:
                    raise FoundError("return one tensor, not a list of numbers")
                raise FoundError(f"its shape is {_shapes(ours)}, and should be {_shapes(theirs)}")
        for ours, theirs, inputs in zip(given, right, rounds, strict=True):
            if _close(ours.value, theirs.value):
                continue
            said = _apart(ours.value, theirs.value)
            at = ", ".join(f"{n} = {_numbers(i)}" for n, i in zip(names, inputs, strict=True))
            raise FoundError(f"{said}, at {at}{_factor(given, right)}")
        for ours, theirs in zip(given, right, strict=True):
            for name, slope, wanted in zip(leaves, ours.slopes, theirs.slopes, strict=True):
                if slope is None and wanted is not None and wanted.any():
                    raise FoundError(
                        f"the value is right, but no gradient reaches {name}: did you detach it, "
                        "or take it out of torch with .item() or float()?"
                    )
                if wanted is None and slope is not None and slope.any():
                    raise FoundError(
                        f"the value is right, but a gradient reaches {name}, where it should stop: "
                        "detach it"
                    )
                if slope is not None and wanted is not None and not _close(slope, wanted):
                    raise FoundError(
                        f"the value is right, but its slope by {name} is {_numbers(slope)}, and "
                        f"should be {_numbers(wanted)}"
                    )


class Value(Check):
    """An exercise whose answer is a number, several numbers, True or False, or a word.

    Args:
        reference: the right answer.
        mistakes: wrong answers that people give.
        tolerance: how far a number may be from it.
        praise: what to say of a right answer.
    """

    def __init__(
        self, reference: Any, *mistakes: Mistake, tolerance: float = 1e-3, praise: str = "right"
    ) -> None:
        self.reference, self.mistakes = reference, mistakes
        self.tolerance, self.praise = tolerance, praise

    def _equal(self, answer: Any, wanted: Any) -> bool:
        if isinstance(wanted, str) or isinstance(answer, str):
            return str(answer).strip().casefold() == str(wanted).strip().casefold()
        a, b = (torch.as_tensor(v).detach().double() for v in (answer, wanted))
        return a.numel() == b.numel() and torch.allclose(
            a.flatten(), b.flatten(), rtol=0, atol=self.tolerance
        )

    def _judge(self, answer: Any) -> None:
        parts = answer if isinstance(answer, tuple | list) else (answer,)
        if any(part is None or part is ... for part in parts):
            raise UntriedError
        if callable(answer):
            raise FoundError("give the check a value, not the function that computes it")
        if self._equal(answer, self.reference):
            return
        for mistake in self.mistakes:
            if self._equal(answer, mistake.answer):
                raise FoundError(mistake.diagnosis)
        raise FoundError(f"{answer if isinstance(answer, str) else _numbers(answer)} is not it")


def _shapes(outcome: _Outcome) -> str:
    return " and ".join("a single number" if s == () else str(s) for s in outcome.shapes)


def _numbers(value: Any, most: int = 3) -> str:
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
    return f"it gives {_numbers(ours[first:])}, and should give {_numbers(theirs[first:])}{place}"


def _factor(given: list[_Outcome], right: list[_Outcome]) -> str:
    """A remark if every value is the same multiple of what it should be."""
    ratios = torch.cat([o.value / r.value for o, r in zip(given, right, strict=True)])
    constant = torch.isfinite(ratios).all() and _close(ratios, ratios[:1].expand_as(ratios))
    return f" (always {ratios[0]:.4g} times what it should be)" if constant else ""
