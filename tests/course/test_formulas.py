"""Every displayed formula of a lesson is a function of the library, by value and by gradient.

A formula carries a tag, lesson and number; `bindings` says which function it is, and what it says
literally, in float64. A formula without a binding fails, and so does a binding without a formula.
"""

import json
import re
from pathlib import Path

import bindings
import pytest
import torch

# Drafts too: their formulas are bound before the lesson is run.
LESSONS = sorted(
    (Path(__file__).parents[2] / "notebooks").rglob("[0-9]*.ipynb"), key=lambda path: path.name
)
BINDINGS = bindings.collect()


def displayed():
    """(lesson, formula) for every displayed formula."""
    for lesson in LESSONS:
        for cell in json.loads(lesson.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                for formula in re.findall(r"\$\$(.+?)\$\$", "".join(cell["source"]), re.DOTALL):
                    yield lesson.name, formula


def tags(formula):
    return re.findall(r"\\tag\{([\d.]+)\}", formula)


def test_every_formula_is_bound_and_every_binding_is_shown():
    shown = [(lesson, tags(formula)) for lesson, formula in displayed()]
    assert all(len(found) == 1 for _, found in shown), "a displayed formula has one tag"
    assert all(tag.split(".")[0] == lesson[:2] for lesson, (tag,) in shown)
    assert sorted(tag for _, (tag,) in shown) == sorted(BINDINGS)


def test_tags_are_numbered_in_order():
    for lesson in LESSONS:
        numbers = [int(tags(f)[0].split(".")[1]) for name, f in displayed() if name == lesson.name]
        assert numbers == list(range(1, len(numbers) + 1)), lesson.name


def mixed(output):
    """One number of all outputs, no two of which weigh the same."""
    flat = torch.as_tensor(output, dtype=torch.float64).flatten()
    return torch.arange(len(flat), dtype=torch.float64).cos() @ flat


def by_autograd(function, inputs):
    leaves = [tensor.clone().requires_grad_() for tensor in inputs]
    output = function(*leaves)
    gradients = torch.autograd.grad(
        mixed(output), leaves, allow_unused=True, materialize_grads=True
    )
    return torch.as_tensor(output).detach(), gradients


def by_differences(function, inputs, step):
    gradients = [torch.zeros_like(tensor) for tensor in inputs]
    for i, tensor in enumerate(inputs):
        for j in range(tensor.numel()):
            ends = []
            for sign in (1, -1):
                moved = [other.clone() for other in inputs]
                moved[i].view(-1)[j] += sign * step
                ends.append(mixed(function(*moved)))
            gradients[i].view(-1)[j] = (ends[0] - ends[1]) / (2 * step)
    return torch.as_tensor(function(*inputs), dtype=torch.float64), gradients


@pytest.mark.parametrize("tag", BINDINGS)
def test_value_and_gradient(tag):
    binding = BINDINGS[tag]
    inputs = binding.arguments()
    if binding.step:
        value, gradients = by_differences(binding.function, inputs, binding.step)
    else:
        value, gradients = by_autograd(binding.function, inputs)
    literal, literal_gradients = by_autograd(binding.literal, inputs)
    assert literal.dtype == torch.float64 and any(gradient.any() for gradient in literal_gradients)
    torch.testing.assert_close(value, literal, rtol=1e-12, atol=1e-14)
    for ours, theirs in zip(gradients, literal_gradients, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=binding.rtol, atol=1e-14)
