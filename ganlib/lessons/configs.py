"""Configs as lessons handle them: some fields changed, and what two of them differ by."""

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from ganlib.core.errors import GanlibError

C = TypeVar("C")


def changed(config: C, **values: Any) -> C:
    """A copy of a problem's config with other values, each put into the part that has its name:
    `changed(QUICK, width=32, lr_g=3e-4)` changes `network.width` and `train.lr_g`. GanlibError for
    a name that no part has."""
    parts: dict[str, Any] = {}
    for name, part in vars(config).items():
        if is_dataclass(part):
            own = {f.name: values.pop(f.name) for f in fields(part) if f.name in values}
            parts[name] = replace(part, **own)  # type: ignore[type-var]
        elif name in values:
            parts[name] = values.pop(name)
    if values:
        raise GanlibError(f"{type(config).__name__} has no {', '.join(values)}.")
    return replace(config, **parts)  # type: ignore[type-var]


def flat(config: Any) -> dict[str, Any]:
    """Every field of a problem's config, those of its parts by their own names: name -> value."""
    found: dict[str, Any] = {}
    for name, value in vars(config).items():
        found |= vars(value) if is_dataclass(value) else {name: value}
    return found


def differences(a: Any, b: Any) -> dict[str, tuple[Any, Any]]:
    """What two configs differ by: field -> (of a, of b), "–" where one has no such field."""
    ours, theirs = flat(a), flat(b)
    both = {name: (ours.get(name, "–"), theirs.get(name, "–")) for name in ours | theirs}
    return {name: pair for name, pair in both.items() if pair[0] != pair[1]}
