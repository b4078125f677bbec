"""Checks that never raise: "not tried yet", a diagnosis, or a tick.

An answer is checked by what it does, not by how it is written: it is run on seeded random inputs in
float64, and its value and gradient are compared with a reference. The mistakes that people make are
listed beside the reference, each as a wrong answer that works and its diagnosis; an answer that
behaves like one of them gets that diagnosis. Any other is held against the usual kinds of mistake
(`usual`): a sign, a factor, exchanged arguments. What is left gets the first difference in words.

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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from ganlib.lessons.checks.outcomes import (
    Inputs,
    Outcome,
    UntriedError,
    alike,
    differences,
    is_missing,
    numbers,
    outcomes,
)
from ganlib.lessons.checks.usual import usual_mistake

ROUNDS = 3  # random draws of the inputs on which an answer must agree with the reference
State = Literal["untried", "wrong", "right"]
MARKS: dict[State, str] = {"untried": "○", "wrong": "✗", "right": "✓"}


class FoundError(Exception):
    """A sentence for the learner, on its way out."""


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

    reference: Any  # the right answer
    mistakes: tuple[Mistake, ...] = ()
    praise: str

    def __call__(self, answer: Any) -> Result:
        """Print what there is to say of the answer, and return it."""
        state, message = self._examine(answer)
        print(f"{MARKS[state]} {message}")
        return Result(state, message)

    def use(self, answer: Any) -> Any:
        """The answer where it is right, else the reference: what a lesson's next cells run."""
        mine = self._examine(answer)[0] == "right"
        print("▸ your answer runs below" if mine else "▸ not solved yet: the solution runs below")
        return answer if mine else self.reference

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
        if alike(given, right):
            return
        for mistake in self.mistakes:
            if alike(given, self._outcomes(mistake.answer, rounds)):
                raise FoundError(mistake.diagnosis)
        for outcome in given:
            if outcome.error:
                raise outcome.error
        names = list(inspect.signature(self.reference).parameters)
        usual = usual_mistake(answer, self.reference, self._outcomes, rounds[:ROUNDS], names)
        raise FoundError(usual or next(differences(given, right, rounds, names)))

    def _outcomes(self, function: Callable[..., Any], rounds: Sequence[Inputs]) -> list[Outcome]:
        return outcomes(function, rounds, self.differentiable)
