"""The usual kinds of mistake, tried against an answer without anybody having listed them.

Each kind makes wrong answers of the right one, and says what it did. A kind is named only if the
answer gives exactly that number, in every round and, where it has one, with that gradient.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import Any

import torch
from torch import Tensor

from ganlib.lessons.checks.outcomes import Inputs, Outcome, alike, close, is_leaf

Run = Callable[[Callable[..., Any], Sequence[Inputs]], list[Outcome]]
SHAPES = {
    "1 minus what it should be": lambda value: 1 - value,
    "the reciprocal of what it should be: turn the fraction round": torch.reciprocal,
    "the square of what it should be: a root is missing": torch.square,
    "the root of what it should be: a square is missing": torch.sqrt,
    "the exponential of what it should be: a logarithm is missing": torch.exp,
    "the logarithm of what it should be: an exponential is missing": torch.log,
    "the sigmoid of what it should be: a probability where the logit belongs": torch.sigmoid,
    "the logit of what it should be: a sigmoid is missing": torch.logit,
}


def usual_mistake(
    answer: Callable[..., Any],
    reference: Callable[..., Any],
    run: Run,
    rounds: Sequence[Inputs],
    names: Sequence[str],
) -> str | None:
    """What an answer does in place of what the reference does, if that is one of the usual kinds.

    `run(function, rounds)` gives the outcomes; `names` are those of the arguments.
    """
    given, right = run(answer, rounds), run(reference, rounds)
    if any(outcome.error for outcome in (*given, *right)):
        return None
    for said, other in _rearranged(reference, rounds, names):
        found = run(other, rounds)
        if alike(given, found) and not alike(right, found):
            return said
    same = [a.value.shape == b.value.shape for a, b in zip(given, right, strict=True)]
    if not all(same):
        return _reduction(given, right)
    pairs = [(a.value, b.value) for a, b in zip(given, right, strict=True)]
    if all(close(a, b) for a, b in pairs):
        return None  # only its gradient is another
    factor = _ratio(pairs)
    if factor is not None:
        return _scaled("it", factor, _counts(rounds[0], names))
    for said, change in SHAPES.items():
        if all(close(a, change(b)) for a, b in pairs):
            return f"it gives {said}"
    return _step(given, right, rounds, names) or _parts(answer, reference, run, rounds, names)


def _rearranged(
    reference: Callable[..., Any], rounds: Sequence[Inputs], names: Sequence[str]
) -> Iterator[tuple[str, Callable[..., Any]]]:
    """(what is said, wrong answer): arguments or outputs exchanged, an argument's sign turned."""
    inputs = rounds[0]
    for i, j in combinations(range(min(len(inputs), len(names))), 2):
        if type(inputs[i]) is type(inputs[j]):

            def exchanged(*given: Any, i: int = i, j: int = j) -> Any:
                order = [*given]
                order[i], order[j] = order[j], order[i]
                return reference(*order)

            yield f"{names[i]} and {names[j]} are exchanged", exchanged
    for i, name in enumerate(names[: len(inputs)]):
        if is_leaf(inputs[i]) or isinstance(inputs[i], float):

            def turned(*given: Any, i: int = i) -> Any:
                return reference(*given[:i], -given[i], *given[i + 1 :])

            yield f"{name} enters with the wrong sign", turned

    def reversed_outputs(*given: Any) -> Any:
        output = reference(*given)
        return output[::-1] if isinstance(output, tuple | list) else output

    yield "the outputs are right, but in the reverse order", reversed_outputs


def _reduction(given: list[Outcome], right: list[Outcome]) -> str | None:
    """Of an answer with more numbers than there should be: whether a mean or a sum is missing."""
    if not all(len(b.value) == 1 < len(a.value) for a, b in zip(given, right, strict=True)):
        return None
    for name, reduce in (("mean", torch.mean), ("sum", torch.sum)):
        pairs = zip(given, right, strict=True)
        if all(close(reduce(a.value).view(1), b.value) for a, b in pairs):
            return f"it gives {len(given[0].value)} numbers: their {name} is missing"
    return None


def _ratio(pairs: Sequence[tuple[Tensor, Tensor]]) -> float | None:
    """k if each first is k times its second, else None."""
    ours, theirs = (torch.cat([pair[i].flatten() for pair in pairs]) for i in (0, 1))
    size = theirs.square().sum()
    factor = float((ours * theirs).sum() / size) if size > 0 else 1.0
    return factor if close(ours, factor * theirs) else None


def _counts(inputs: Inputs, names: Sequence[str]) -> dict[int, str]:
    """How many numbers each tensor among the arguments has along its first axis."""
    sized = zip(names, inputs, strict=False)
    return {len(i): name for name, i in sized if is_leaf(i) and i.ndim and len(i) > 1}


def _scaled(what: str, factor: float, counts: dict[int, str]) -> str:
    """What a factor says: a sign, a sum for a mean, or how much too large."""
    if abs(factor) < 1e-9:
        return f"{what} is 0 whatever the arguments are"
    if abs(factor + 1) < 1e-6:
        return f"the sign is reversed: {what} is minus what it should be"
    for count, name in counts.items():
        if abs(abs(factor) - count) < 1e-6 * count:
            return f"a sum where the mean belongs: {what} is {count} times too large"
        if abs(abs(factor) * count - 1) < 1e-6:
            return (
                f"one division too much: {what} is divided by {count}, the number of {name}, again"
            )
    return f"{what} is always {factor:.4g} times what it should be"


def _step(
    given: list[Outcome], right: list[Outcome], rounds: Sequence[Inputs], names: Sequence[str]
) -> str | None:
    """Of a function that moves its arguments: whether the move has the wrong sign or length."""
    outputs = len(right[0].shapes)
    places = [
        [j for j, old in enumerate(rounds[0]) if is_leaf(old) and old.shape == shape]
        for shape in right[0].shapes
    ]
    if outputs > len(rounds[0]) or any(not place for place in places):
        return None
    for i in range(outputs):
        for j in places[i]:
            moves = [
                (a.parts()[i] - inputs[j], b.parts()[i] - inputs[j])
                for a, b, inputs in zip(given, right, rounds, strict=True)
            ]
            if all(close(ours, theirs) for ours, theirs in moves):
                break
            old = [(a.parts()[i], b) for a, (_, b) in zip(given, moves, strict=True)]
            if all(close(ours, theirs) for ours, theirs in old):
                return f"this is the step alone: add it to the old {names[j]}"
            factor = _ratio(moves)
            if factor is None:
                continue
            if abs(factor) < 1e-9:
                return f"{names[j]} has not moved"
            if abs(factor + 1) < 1e-6:
                return f"{names[j]} moves by the right length in the wrong direction"
            return (
                f"{names[j]} moves in the right direction, {factor:.4g} times as far as it should"
            )
    return None


def _parts(
    answer: Callable[..., Any],
    reference: Callable[..., Any],
    run: Run,
    rounds: Sequence[Inputs],
    names: Sequence[str],
) -> str | None:
    """Of a sum with a part for each argument: which part has the wrong sign or size, or is missing.

    With one argument exchanged for that of another round only its part changes.
    """
    first, other, third = rounds
    factors: dict[str, float] = {}
    for i, name in enumerate(names[: len(first)]):
        if not is_leaf(first[i]):
            continue
        moved = [(*first[:i], inputs[i], *first[i + 1 :]) for inputs in (other, third)]
        elsewhere = (*other[:i], first[i], *other[i + 1 :])
        tried = (first, *moved, elsewhere, other)
        ours, theirs = (run(f, tried) for f in (answer, reference))
        if any(outcome.error for outcome in (*ours, *theirs)):
            return None
        changes = [
            [now.value - found[0].value for now in found[1:3]] + [found[4].value - found[3].value]
            for found in (ours, theirs)
        ]
        if not changes[1][0].any() or not close(changes[1][0], changes[1][2]):
            return None  # no part of its own: it is no sum
        factor = _ratio([*zip(*changes, strict=True)])
        if factor is None:
            return None  # another part altogether
        factors[name] = factor
    for name, factor in factors.items():
        if abs(factor) < 1e-9:
            return f"{name} has no part in it"
        if abs(factor - 1) > 1e-6:
            counts = _counts(rounds[0], names)
            return _scaled(f"the part with {name}", factor, counts)
    pairs = zip(run(answer, rounds), run(reference, rounds), strict=True)
    apart = torch.cat([ours.value - theirs.value for ours, theirs in pairs])
    if close(apart, apart[:1].expand_as(apart)):
        return f"it is always off by {apart[0]:.4g}"
    return None
