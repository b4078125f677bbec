"""What the checks say: one line, whatever the answer is and does."""

import pytest
import torch
from torch.nn.functional import softplus

from ganlib.lessons.checks.core import Function, Mistake, Value

REVERSED = Mistake(
    lambda real, fake: softplus(-real).mean() + softplus(-fake).mean(), "the sign is reversed"
)
PAIRED = Mistake(
    lambda real, fake: softplus(fake - real).mean(), "it pairs batches that differ in size"
)
HUGE = torch.tensor([800.0, -800.0], dtype=torch.float64)


def loss(real, fake):
    return softplus(-real).mean() + softplus(fake).mean()


CHECK = Function(
    loss,
    lambda draw: (draw(7), draw(5)),
    *(REVERSED.answer, REVERSED.diagnosis),
    *(PAIRED.answer, PAIRED.diagnosis),
    edges=[(HUGE, HUGE)],
    praise="yes",
)


def stops(real, fake):
    raise SystemExit("left early")


ANSWERS = {
    "right": (loss, "right", "yes"),
    "in another form": (
        lambda real, fake: (
            torch.logaddexp(0 * fake, fake).mean() - real.sigmoid().log().mean()
            if real.abs().max() < 50
            else loss(real, fake)
        ),
        "right",
        "yes",
    ),
    "ellipsis": (..., "untried", "not tried yet"),
    "nothing": (lambda real, fake: None, "untried", "not tried yet"),
    "a known mistake": (lambda r, f: loss(r, -f), "wrong", REVERSED.diagnosis),
    "a known mistake that raises": (
        lambda r, f: (f.exp() + r.exp()).log().mean(),
        "wrong",
        PAIRED.diagnosis,
    ),
    "an error": (lambda r, f: r.no_such_thing, "wrong", "AttributeError"),
    "leaving": (stops, "wrong", "SystemExit: left early"),
    "no function": (3.0, "wrong", "the check your function itself"),
    "a shape": (lambda r, f: softplus(-r) + softplus(f).mean(), "wrong", "their mean is missing"),
    "a factor": (lambda r, f: -2 * loss(r, f), "wrong", "always -2 times"),
    "cut off": (lambda r, f: loss(r.detach(), f), "wrong", "no gradient reaches real"),
    "a plain number": (lambda r, f: loss(r, f).item(), "wrong", "no gradient reaches real"),
    "overflow": (
        lambda r, f: (1 + (-r).exp()).log().mean() + softplus(f).mean(),
        "wrong",
        "gives inf",
    ),
    "gradient only": (
        lambda r, f: loss(r, f) + f.mean() - f.mean().detach(),
        "wrong",
        "its gradient by fake is",
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_gets_one_line(name, capsys):
    answer, state, words = ANSWERS[name]
    result = CHECK(answer)
    assert result.state == state and words in result.message
    printed = capsys.readouterr()
    assert printed.out.endswith(f" {result.message}\n") and printed.out.count("\n") == 1
    assert printed.err == ""


def endless(*inputs):
    return endless(*inputs)


class Awkward:
    """Nothing that is asked of it works."""

    def __getattr__(self, name):
        raise RuntimeError("no")

    def __bool__(self):
        raise RuntimeError("no")

    def __repr__(self):
        raise RuntimeError("no")


JUNK = [
    object(),
    Awkward(),
    lambda *_: Awkward(),
    "text",
    lambda *_: "text",
    float("nan"),
    lambda *_: float("nan"),
    lambda: 3,
    endless,
    torch.nn.Linear(2, 2),
    Function,
    lambda *_: [[1, 2], [3]],
    lambda *_: torch.tensor([]),
    lambda r, f: torch.tensor([True, False]),
    lambda r, f: r.to_sparse(),
    [..., 3],
    {},
    1j,
]


@pytest.mark.parametrize("answer", JUNK, ids=range(len(JUNK)))
def test_nothing_makes_a_check_raise(answer, capsys):
    for check in (CHECK, Value(0.5, {0.25: "squared"}), Value("ratio")):
        assert check(answer).state in ("wrong", "untried")
        assert capsys.readouterr().out.count("\n") == 1


def test_a_gradient_that_should_stop():
    check = Function(lambda a, b: (a * b.detach()).sum(), lambda draw: (draw(3), draw(3)))
    assert "reaches b, where it should stop" in check(lambda a, b: (a * b).sum()).message


def test_several_outputs_are_all_compared():
    check = Function(lambda a, b: (a + b, a - b), lambda draw: (draw(), draw()))
    assert check(lambda a, b: [a + b, a - b]).state == "right"
    assert "should be a single number and a single number" in check(lambda a, b: a + b).message
    assert check(lambda a, b: (a + b, b - a)).state == "wrong"
    assert check(lambda a, b: (a + b, ...)).state == "untried"


def test_an_answer_changes_neither_the_inputs_nor_the_random_numbers():
    def in_place(a):
        with torch.no_grad():
            a += 1
        torch.manual_seed(7)
        return a

    check = Function(lambda a: a + 1, lambda draw: (draw(3),))
    before = torch.random.get_rng_state()
    assert check(in_place).state == check(in_place).state == "right"
    assert torch.equal(before, torch.random.get_rng_state())


def test_values():
    check = Value(0.693147, {1.386294: "that is D's"}, tolerance=1e-3, praise="ln 2")
    assert check(0.693).message == "ln 2" and check(torch.tensor(0.6931)).state == "right"
    assert check([0.6931]).state == "right" and check([0.6931, 0.6931]).state == "wrong"
    assert check(1.3863).message == "that is D's"
    assert check(2).message == "2 is not it" and check("two").message == "two is not it"
    assert check(...).state == check(None).state == "untried"
    assert "not the function" in check(lambda: 0.693).message
    assert (
        Value((1.0, 2.0))((1, 2)).state == "right"
        and Value((1.0, 2.0))((1, ...)).state == "untried"
    )
    assert Value("ratio")(" Ratio ").state == "right" and Value(True)(False).state == "wrong"


def test_a_list_of_numbers_is_a_tensor_in_another_form():
    check = Function(lambda a: a + 1, lambda draw: (draw(9),))
    assert check(lambda a: [x + 1 for x in a]).state == "right"
    assert "its shape is" in check(lambda a: [a, a]).message


def test_what_is_shown_begins_with_what_differs():
    check = Function(lambda a: a * 0 + 1, lambda draw: (draw(9),))
    late = check(lambda a: torch.cat([a[:5] * 0 + 1, a[5:] * 0 + 2])).message
    assert "gives [2, 2, 2, …], and should give [1, 1, 1, …] from number 5 on" in late
    assert "number 0" not in check(lambda a: a * 0 + 2).message


def test_a_result_shows_nothing_of_its_own():
    from IPython.core.formatters import DisplayFormatter

    assert DisplayFormatter().format(CHECK(...)) == ({}, {})
