"""The article's losses: by value, by gradient, at extreme logits, and what they amount to. And its
promises and defects: each has a cell of lesson 12, and a function or a line that mends it."""

import ast
import importlib
import re

import lessons
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from ganlib.core.losses import GAN_LOSSES
from ganlib.lessons.article import LOSSES

ARTICLE = LOSSES["article"]
LOGITS = arrays(np.float64, array_shapes(max_dims=4, max_side=3), elements=st.floats(-1e4, 1e4))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(reals=LOGITS, fakes=LOGITS)
def test_values_and_gradients_at_any_shape_and_logit(reals, fakes):
    real, fake = (torch.tensor(x, requires_grad=True) for x in (reals, fakes))
    loss = ARTICLE.discriminator(real, fake)
    assert loss.dtype == torch.float64
    assert loss.item() == pytest.approx(reals.mean() - fakes.mean(), rel=1e-12, abs=1e-12)
    loss.backward()
    np.testing.assert_allclose(real.grad, np.full_like(reals, 1 / reals.size), atol=1e-12)
    np.testing.assert_allclose(fake.grad, np.full_like(fakes, -1 / fakes.size), atol=1e-12)

    fake.grad = None
    loss = ARTICLE.generator(fake)
    assert loss.item() == pytest.approx(fakes.mean(), rel=1e-12, abs=1e-12)
    loss.backward()
    np.testing.assert_allclose(fake.grad, np.full_like(fakes, 1 / fakes.size), atol=1e-12)


def test_they_are_a_critic_with_its_sign_flipped():
    real, fake = torch.randn(5), torch.randn(4)
    critic = GAN_LOSSES["wasserstein"]
    torch.testing.assert_close(
        ARTICLE.discriminator(-real, -fake), critic.discriminator(real, fake)
    )
    torch.testing.assert_close(ARTICLE.generator(-fake), critic.generator(fake))


def test_bfloat16_logits_give_float32_losses():
    logits = torch.randn(1000).to(torch.bfloat16)
    loss = ARTICLE.discriminator(logits, logits + 1)
    assert loss.dtype == torch.float32
    assert torch.equal(loss, ARTICLE.discriminator(logits.float(), (logits + 1).float()))
    assert ARTICLE.generator(logits).dtype == torch.float32


def test_they_stand_beside_the_librarys():
    assert {name: LOSSES[name] for name in LOSSES if name != "article"} == GAN_LOSSES


LESSON = lessons.read(lessons.ROOT / "notebooks" / "12_the_article.ipynb")
PROMISES = {
    **{1: "2.1.1, 3.2.1, 4.2.1", 2: "3.2.2, 4.2.2", 3: "3.2.3", 4: "3.2.4", 5: "3.2.5"},
    **{6: "2.1.3, 4.3.1", 7: "3.3.1", 8: "3.3.2", 9: "5.1", 10: "5.2", 11: "5.4"},
}
"""Where the article promises what."""
DEFECTS = {
    **{1: "noise", 2: "gradient", 3: "+D(G(z))", 4: "without bound", 5: "three losses", 6: "λ"},
    **{7: "alternating", 8: "indistinguishable", 9: "ReLU", 10: "names", 11: "512", 12: "four"},
    **{13: "two sigmoids", 14: "label one", 15: "logit", 16: "one optimiser", 17: "tuples"},
    **{18: "built twice", 19: "test trains", 20: "no photograph", 21: "β₁", 22: "TensorFlow 1"},
    **{23: "words", 24: "mid-sentence"},
}
"""What is wrong with it, in a word of the lesson's list."""


def table(cell):
    """The rows of a Markdown table, without its head."""
    (text,) = (each.source for each in LESSON.cells if each.id == cell)
    rows = [line.strip("| ") for line in text.splitlines() if line.startswith("|")]
    return [[part.strip() for part in row.split(" | ")] for row in rows[2:]]


def cells_about(word):
    """{number: cells whose first line is a comment about it, as "# Defects 3 and 4" is}."""
    found = {}
    for cell in lessons.code_cells(LESSON):
        comment = re.match(rf"#.*?\b{word}s? ?(\d[\d, ]*(?:(?:and|to P?) ?\d+)?)", cell.source)
        for first, last in re.findall(r"(\d+)(?: to P?(\d+))?", comment[1] if comment else ""):
            for number in range(int(first), int(last or first) + 1):
                found.setdefault(number, []).append(cell)
    return found


def test_every_promise_has_a_lesson_a_function_and_a_result():
    rows = {int(row[0].removeprefix("P")): row[1:] for row in table("promises")}
    assert {number: row[0] for number, row in rows.items()} == PROMISES
    printed = "\n".join(lessons.printed(cell) for cell in lessons.code_cells(LESSON))
    for number, (_, promise, lesson, function) in rows.items():
        assert promise
        links = re.findall(r"\((\S+\.ipynb)\)", lesson)
        assert links or number == 11
        assert all((lessons.ROOT / "notebooks" / link).exists() for link in links)
        module, name = function.strip("`").rsplit(".", 1)
        assert hasattr(importlib.import_module(module), name), function
        assert re.search(rf"^P{number} ", printed, re.MULTILINE), f"P{number} has no result"


def test_every_defect_is_shown_by_a_cell_that_ran_and_mended_by_a_line():
    rows = {int(row[0]): row[1:] for row in table("defects")}
    assert list(rows) == list(DEFECTS)
    shown = cells_about("Defect")
    for number, word in DEFECTS.items():
        fault, mended = rows[number]
        assert word in fault, (number, fault)
        assert number in shown, f"no cell begins with # Defect {number}"
        assert any(lessons.printed(cell) for cell in shown[number]), number
        if number < 24:
            assert ast.parse(mended.strip("`")).body, mended
