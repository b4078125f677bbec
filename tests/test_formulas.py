"""Formula, code, test: every displayed formula of a lesson is a function of the library.

A formula carries a tag, lesson and number; `BINDINGS` says which function it is, and what it says
literally, in float64. Value and gradient must agree. A formula without a binding fails.
"""

import json
import re
from pathlib import Path

import pytest
import torch

from ganlib import reconstruction

LESSONS = sorted((Path(__file__).parent.parent / "notebooks").glob("[0-9]*.ipynb"))


def mean_absolute_difference(output, target):
    pairs = zip(output.flatten(), target.flatten(), strict=True)
    return sum((g - y) * (1.0 if g > y else -1.0) for g, y in pairs) / output.numel()


BINDINGS = {"00.1": (reconstruction.l1, mean_absolute_difference)}
"""Tag -> (function of the library, the formula written out), both of (output, target)."""


def displayed():
    for lesson in LESSONS:
        for cell in json.loads(lesson.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                yield from re.findall(r"\$\$(.+?)\$\$", "".join(cell["source"]), re.DOTALL)


def test_every_formula_is_bound_and_every_binding_is_shown():
    tags = [re.findall(r"\\tag\{([\d.]+)\}", formula) for formula in displayed()]
    assert all(len(found) == 1 for found in tags), "a displayed formula has one tag"
    assert sorted(tag for (tag,) in tags) == sorted(BINDINGS)


@pytest.mark.parametrize("tag", BINDINGS)
def test_value_and_gradient(tag):
    function, literal = BINDINGS[tag]
    generator = torch.Generator().manual_seed(0)
    draws = (torch.rand(2, 3, 4, 4, generator=generator, dtype=torch.float64) for _ in "ab")
    output, target = (draw * 2 - 1 for draw in draws)
    results = []
    for form in (function, literal):
        leaf = output.clone().requires_grad_()
        value = form(leaf, target)
        results.append((value.detach(), *torch.autograd.grad(value, leaf)))
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=0)
