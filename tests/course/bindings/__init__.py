"""Formula, code, test: which function of the library each displayed formula is.

One module a lesson, each with `BINDINGS`, tag -> `Binding`.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Binding:
    """A function of the library, and what the formula says literally, of the same arguments."""

    function: Callable
    literal: Callable
    """Written in float64 from the symbols of the formula, without a line of the library."""
    inputs: Callable
    """draw -> the arguments: a tuple of float64 tensors. `draw(3, 2)` is normal, of shape (3, 2);
    `draw()` is one number."""
    step: float = 0.0
    """For a function of plain numbers, which has no autograd: the step of central differences."""
    rtol: float = 1e-12
    """Of the gradient; larger where differences have an error of their own. Values: 1e-12."""

    def arguments(self):
        generator = torch.Generator().manual_seed(0)
        return self.inputs(
            lambda *shape: torch.randn(shape, generator=generator, dtype=torch.float64)
        )


def collect():
    """All bindings of all lessons; a tag that is bound twice is an error."""
    found = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        for tag, binding in importlib.import_module(f"{__name__}.{module}").BINDINGS.items():
            assert tag not in found, f"{tag} is bound twice"
            found[tag] = binding
    return found
