"""The usual mistakes, in answers that no list names; right answers in other forms; `use`."""

import lessons
import pytest
import torch
from torch.nn.functional import softplus

from ganlib.lessons.checks.core import Check, Function, Value

FUNCTIONS = {
    f"{path.name[:2]}-{name}": check
    for path in lessons.LESSONS
    for name, check in lessons.checks(path).items()
    if isinstance(check, Function)
}


@pytest.fixture(scope="module", autouse=True)
def quick(remembering):
    remembering(FUNCTIONS.values())


def loss(real, fake):
    return softplus(-real).mean() + softplus(fake).mean()


LOSS = Function(loss, lambda draw: (draw(7), draw(5)))
STEP = Function(
    lambda weight, gradient, rate: weight - rate * gradient,
    lambda draw: (draw(4), draw(4), 0.1),
    differentiable=False,
)
BOTH = Function(lambda a, b: (a.mean(), b.square().mean()), lambda draw: (draw(6), draw(6)))
SAID = {
    "sign": (LOSS, lambda r, f: -loss(r, f), "the sign is reversed"),
    "twice": (LOSS, lambda r, f: 2 * loss(r, f), "always 2 times"),
    "exchanged": (LOSS, lambda r, f: loss(f, r), "real and fake are exchanged"),
    "a sign inside": (LOSS, lambda r, f: loss(-r, f), "real enters with the wrong sign"),
    "a part's sign": (
        LOSS,
        lambda r, f: softplus(-r).mean() - softplus(f).mean(),
        "the sign is reversed: the part with fake",
    ),
    "a part missing": (LOSS, lambda r, f: softplus(-r).mean() + 0 * f.sum(), "fake has no part"),
    "a sum": (
        LOSS,
        lambda r, f: softplus(-r).sum() + softplus(f).mean(),
        "a sum where the mean belongs: the part with real is 7 times too large",
    ),
    "no mean": (LOSS, lambda r, f: softplus(-r) + softplus(f).mean(), "their mean is missing"),
    "a constant": (LOSS, lambda r, f: loss(r, f) - 1.386, "always off by -1.386"),
    "no logarithm": (LOSS, lambda r, f: loss(r, f).exp(), "a logarithm is missing"),
    "no gradient": (LOSS, lambda r, f: loss(r, f.detach()), "no gradient reaches fake"),
    "uphill": (STEP, lambda w, g, rate: w + rate * g, "gradient enters with the wrong sign"),
    "the step alone": (STEP, lambda w, g, rate: -rate * g, "the step alone: add it to the old we"),
    "too far": (STEP, lambda w, g, rate: w - 3 * rate * g, "3 times as far"),
    "not moved": (STEP, lambda w, g, rate: 1 * w, "weight has not moved"),
    "outputs": (BOTH, lambda a, b: (b.square().mean(), a.mean()), "in the reverse order"),
    "something else": (LOSS, lambda r, f: loss(r, f) * r.mean().cos(), "it gives"),
}


@pytest.mark.parametrize("name", SAID)
def test_a_usual_mistake_is_named(name):
    check, answer, words = SAID[name]
    found = check(answer)
    assert found.state == "wrong" and words in found.message


def outputs(value):
    return value if isinstance(value, tuple | list) else (value,)


def like(value, parts):
    return type(value)(parts) if type(value) in (tuple, list) else parts[0]


def wrong(check, inputs):
    """{kind: wrong answer}, of the kinds that are usual and possible here."""
    reference = check.reference

    def changed(change):
        def answer(*given):
            value = reference(*given)
            return like(value, [change(torch.as_tensor(part)) for part in outputs(value)])

        return answer

    def exchanged(first, second, *others):
        return reference(second, first, *others)

    def in_reverse(*given):
        return tuple(reversed(outputs(reference(*given))))

    found = {
        "sign": changed(lambda part: -part),
        "factor": changed(lambda part: 2 * part),
        "one too many": changed(lambda part: part + 1),
    }
    if check.differentiable:
        found["no gradient"] = changed(lambda part: part.detach())
    if type(check) is not Function:  # these hand on what they make of their inputs
        return found
    value, pair = outputs(reference(*inputs)), inputs[:2]
    if len(value) > 1 and same_shapes(value) and not same(value, value[::-1]):
        found["outputs exchanged"] = in_reverse
    if len(pair) == 2 and all(map(torch.is_tensor, pair)) and same_shapes(pair):
        if not same(value, outputs(exchanged(*inputs))):  # some functions are symmetric
            found["arguments exchanged"] = exchanged
    return found


def same_shapes(parts):
    return len({torch.as_tensor(part).shape for part in parts}) == 1


def same(ours, theirs):
    return all(torch.allclose(*map(torch.as_tensor, pair)) for pair in zip(ours, theirs, strict=1))


def in_other_forms(reference):
    """Right answers in forms that nobody should mind."""

    def as_list(*given):
        return [*outputs(reference(*given))]

    def stacked(*given):
        parts = [torch.as_tensor(part, dtype=torch.float64) for part in outputs(reference(*given))]
        alike = len(parts) > 1 and len({part.shape for part in parts}) == 1
        return torch.stack(parts) if alike else parts if len(parts) > 1 else parts[0]

    return [as_list, stacked]


def inputs_of(check):
    generator = torch.Generator().manual_seed(0)
    return check.inputs(lambda *shape: torch.randn(shape, generator=generator, dtype=torch.float64))


def numbers_in(check):
    """Whether what it gives are plain numbers and tensors, which can be changed."""
    inputs = inputs_of(check)
    given = []

    def noted(*arguments):
        given.append(check.reference(*arguments))
        return given[-1]

    check._outcomes(noted, [inputs])
    value = given[0]
    if value is None or isinstance(value, torch.nn.Module | dict):  # what it changes, a network
        return False
    return all(torch.as_tensor(part).is_floating_point() for part in outputs(value))


def test_mistakes_that_no_list_names_over_all_exercises(measured):
    """None passes, and most get more than the numbers."""
    named, tried = 0, 0
    for name, check in FUNCTIONS.items():
        if numbers_in(check):
            for kind, answer in wrong(check, inputs_of(check)).items():
                found = check(answer)
                assert found.state == "wrong", f"{name}: {kind} passed"
                tried += 1
                named += not found.message.startswith(("it gives", "its gradient"))
    measured(f"{tried} wrong answers over {len(FUNCTIONS)} exercises: {named} have a diagnosis")
    assert tried >= 80 and named >= 0.6 * tried


def test_right_answers_in_other_forms_over_all_exercises(measured):
    tried = 0
    for name, check in filter(lambda row: numbers_in(row[1]), FUNCTIONS.items()):
        for answer in in_other_forms(check.reference):
            assert check(answer).state == "right", name
            tried += 1
    measured(f"{tried} right answers in other forms pass")
    assert tried >= 40


def test_a_step_in_place_needs_no_return():
    def in_place(weight, gradient, rate):
        weight -= rate * gradient

    assert STEP(in_place).state == "right"

    def uphill(weight, gradient, rate):
        weight += rate * gradient

    assert "wrong sign" in STEP(uphill).message


@pytest.mark.parametrize("check", [LOSS, Value(3.0)], ids=["function", "value"])
def test_a_lesson_goes_on_with_the_learners_answer_once_it_is_right(check: Check, capsys):
    assert check.use(...) is check.reference
    assert capsys.readouterr().out.startswith("▸ not solved yet")
    mine = check.reference if isinstance(check, Value) else lambda r, f: loss(r, f) + 0
    assert check.use(mine) is mine
    assert capsys.readouterr().out == "▸ your answer runs below\n"
