"""What all networks have in common."""

from typing import Any

from torch import nn

from ganlib.errors import GanlibError


class Network(nn.Module):
    """A player of a game, which `settings`, a dataclass of its class's own, can rebuild."""

    settings: Any


def check_whole(settings: object, **limits: tuple[int, int]) -> None:
    """Each field named is a whole number from its low to its high limit, both included; or a
    GanlibError that names the field."""
    kind = type(settings).__name__
    for field, (low, high) in limits.items():
        value = getattr(settings, field)
        if not isinstance(value, int) or not low <= value <= high:
            raise GanlibError(
                f"{kind}.{field} must be a whole number from {low} to {high}, not {value!r}."
            )


def check_multiple(kind: str, field: str, value: int, unit: int) -> None:
    """GanlibError, naming the settings' kind and field, if `unit` does not divide the value."""
    if value % unit:
        raise GanlibError(f"{kind}.{field} must be a multiple of {unit}, not {value}.")
