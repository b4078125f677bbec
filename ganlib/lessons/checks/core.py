"""Checks that never raise: "not tried yet", a diagnosis, or a tick.

An answer is checked by what it does, not by how it is written: it is run on seeded random inputs in
float64, and its value and gradient are compared with a reference. The mistakes that people make are
listed beside the reference, each as a wrong answer that works and its diagnosis; an answer that
behaves like one of them (in value and gradient) gets that diagnosis. Any other wrong answer gets
the first difference in words.

A new exercise is one `Function` or one `Value` in the module of its lesson:

    bce = Function(
        lambda real, fake: softplus(-real).mean() + softplus(fake).mean(),
        lambda draw: (draw(7), draw(5)),
        Mistake(lambda real, fake: ..., "the sign of the fake term is reversed: ..."),
    )

and in the notebook `check.bce(my_bce)`.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from ganlib.lessons.checks import outcomes
from ganlib.lessons.checks.outcomes import FoundError, Inputs, UntriedError, is_missing, numbers

ROUNDS = 3
"""Random draws of the inputs on which an answer must agree with the reference."""

State = Literal["untried", "wrong", "right"]
MARKS: dict[State, str] = {"untried": "○", "wrong": "✗", "right": "✓"}


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


def mistakes(*rows: Any) -> tuple[Mistake, ...]:
    """From wrong answers and their diagnoses in turn: answer, diagnosis, answer, diagnosis, …"""
    return tuple(map(Mistake, rows[::2], rows[1::2]))


class Check:
    """An exercise. Calling it with an answer prints one line, and never raises."""

    mistakes: tuple[Mistake, ...]
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


class Function(Check):
    """An exercise whose answer is a function.

    Args:
        reference: the right answer; the names of its arguments are used in diagnoses.
        inputs: draw -> the arguments; its tensors in floating point are differentiated by.
            `draw(3, 2)` is a normal (3, 2) tensor in float64, `draw()` one number.
        mistakes: wrong answers that people give.
        edges: further sets of arguments that must work, such as very large logits.
        differentiable: whether gradients are compared too. Not for an answer that is itself a
            gradient or a step: it may be taken by autograd or by hand.
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
        generator = torch.Generator().manual_seed(0)

        def draw(*shape: int) -> Tensor:
            return torch.randn(shape, generator=generator, dtype=torch.float64)

        return [*(self.inputs(draw) for _ in range(ROUNDS)), *self.edges]

    def compare(self, answer: Any) -> None:
        if answer is None or answer is ...:
            raise UntriedError
        if not callable(answer):
            raise FoundError("give the check your function itself, not what it returns")
        rounds = self.rounds()
        right = outcomes.of(self.reference, rounds, self.differentiable)
        given = outcomes.of(answer, rounds, self.differentiable)
        if outcomes.alike(given, right, rounds):
            return
        for mistake in self.mistakes:
            wrong = outcomes.of(mistake.answer, rounds, self.differentiable)
            if outcomes.alike(given, wrong, rounds):
                raise FoundError(mistake.diagnosis)
        outcomes.find_difference(given, right, rounds, self.reference)


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
