"""How long a lesson trains: as long as the machine allows, or just enough to see that it runs.

The tests run every lesson several times, so they set GANLIB_QUICK; a reader sets nothing.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch

from ganlib.core.device import find_device
from ganlib.core.errors import GanlibError

VARIABLE = "GANLIB_QUICK"  # "1" for the shortest runs; "0", empty or absent for the real ones
Budget = TypeVar("Budget")


def hurried() -> bool:
    """Whether this process was asked for short runs; GanlibError if that is neither 0 nor 1."""
    value = os.environ.get(VARIABLE, "")
    if value not in ("", "0", "1"):
        raise GanlibError(f"{VARIABLE} must be 1 (short runs) or 0 (real ones), not {value!r}.")
    return value == "1"


def live(cpu: Budget, gpu: Budget, quick: Budget) -> Budget:
    """What a lesson may spend (images, steps, a size) on two CPU cores, with a GPU of NVIDIA's or
    Apple's, and in tests: `images = live(cpu=12_000, gpu=200_000, quick=200)`."""
    if hurried():
        return quick
    return cpu if find_device().type == "cpu" else gpu


@contextmanager
def threads(n: int) -> Iterator[None]:
    """Within, or in a function so decorated, torch uses n processor threads. 1 is for networks of a
    few units: their products take longer to hand to a second thread than to compute."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)
