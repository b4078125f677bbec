"""What training is claimed to do, on ten seeds: one module a lesson, each with `CLAIMS`."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

SEEDS = range(10)


@dataclass(frozen=True)
class Claim:
    """A sentence of a lesson about a training run."""

    sentence: str
    holds: Callable[[int], bool]
    """seed -> whether it came true."""
    fast: bool = False
    """Whether ten seeds take two seconds or less: then pytest runs them too."""

    def count(self) -> int:
        return sum(bool(self.holds(seed)) for seed in SEEDS)


def collect() -> dict[str, Claim]:
    """{"01 sentence": claim} of all lessons."""
    found = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name != "__main__"):
        for claim in importlib.import_module(f"{__name__}.{module}").CLAIMS:
            name = f"{module.removeprefix('lesson')} {claim.sentence}"
            assert name not in found, name
            found[name] = claim
    return found
