"""Lesson 00: the score."""

from bindings import Binding
from ganlib.core import reconstruction
from ganlib.lessons.checks.core import Function


def mean_absolute_difference(output, target):
    pairs = zip(output.flatten(), target.flatten(), strict=True)
    return sum((g - y) * (1.0 if g > y else -1.0) for g, y in pairs) / output.numel()


BINDINGS = {
    "00.1": Binding(
        reconstruction.l1,
        mean_absolute_difference,
        lambda draw: (draw(2, 3, 4, 4), draw(2, 3, 4, 4)),
    )
}

ON_SCREEN = {"l1": Function(reconstruction.l1, lambda draw: (draw(2, 3, 4, 4), draw(2, 3, 4, 4)))}
