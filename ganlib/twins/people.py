"""Many people as one tensor: a row for each, a column for each of `FIELDS`."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ganlib.core.errors import GanlibError
from ganlib.twins.person import FIELDS, INDEX, Person, find_field


@dataclass(frozen=True)
class People:
    """n people as one (n, len(FIELDS)) float32 tensor, columns named by `FIELDS`.

    Choices are indices. GanlibError for another shape, and for values out of their ranges.
    """

    values: Tensor

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.values.shape[1] != len(FIELDS):
            raise GanlibError(
                f"People want a tensor of shape (n, {len(FIELDS)}), one column for each field of "
                f"ganlib.twins.FIELDS; this one has shape {tuple(self.values.shape)}."
            )
        low, high, whole = (column.to(self.values.device) for column in _LIMITS)
        bad = ~((self.values >= low - 1e-5) & (self.values <= high + 1e-5))
        bad |= whole & (self.values != self.values.round())
        if bad.any():
            row, column = (int(place) for place in bad.nonzero()[0])
            about = FIELDS[column]
            raise GanlibError(
                f"Person {row}: {about.name} is {float(self.values[row, column]):g}; it must be "
                + ("one of the whole numbers " if about.choices else "")
                + f"from {about.low:g} to {about.high:g}."
            )

    @classmethod
    def of(cls, *people: Person) -> "People":
        """Many of one: one row for each person."""
        return cls(torch.tensor([person.vector() for person in people], dtype=torch.float32))

    def person(self, row: int) -> Person:
        """One of many, choices as words."""
        values: dict[str, str | float] = {}
        for about, value in zip(FIELDS, self.values[row].tolist(), strict=True):
            if about.choices:
                values[about.name] = about.choices[int(value)]
            else:
                # Seven digits are what float32 holds: 0.3 comes back as 0.3, and within its range.
                values[about.name] = min(max(float(f"{value:.7g}"), about.low), about.high)
        return Person(**values)  # type: ignore[arg-type]

    def __len__(self) -> int:
        return self.values.shape[0]

    def __getitem__(self, rows: slice | list[int] | Tensor) -> "People":
        """Some of the people: a slice, a list of row numbers, or a mask."""
        # Not checked again: the rows were checked when the whole was made.
        return _unchecked(self.values[rows])

    def field(self, name: str) -> Tensor:
        """One field of everybody as an (n, 1, 1) tensor, ready to meet a picture."""
        return self.values[:, INDEX[name], None, None]

    def replace(self, **changes: float | str | Tensor) -> "People":
        """The same people with some fields set: `people.replace(smile=1.0, style="ink")`.

        A value is a number, a choice by its name or number, or a tensor (n,) with one for each;
        GanlibError for a tensor of another shape, and for values out of range.
        """
        values = self.values.clone()
        for name, value in changes.items():
            about = find_field(name)
            if isinstance(value, str):
                if value not in about.choices:
                    wanted = f"one of {', '.join(about.choices)}" if about.choices else "a number"
                    raise GanlibError(f"{name} is {value!r}; it must be {wanted}.")
                value = about.choices.index(value)
            if isinstance(value, Tensor) and value.shape not in ((), (len(self),)):
                raise GanlibError(
                    f"{name} is a tensor of shape {tuple(value.shape)}; it must be one number, or "
                    f"({len(self)},), one for each person."
                )
            values[:, about.column] = value
        return People(values)

    def to(self, device: torch.device | str) -> "People":
        """The same people on another device."""
        return _unchecked(self.values.to(device))


_LIMITS = (
    torch.tensor([about.low for about in FIELDS]),
    torch.tensor([about.high for about in FIELDS]),
    torch.tensor([bool(about.choices) for about in FIELDS]),
)


def _unchecked(values: Tensor) -> People:
    people = object.__new__(People)
    object.__setattr__(people, "values", values)
    return people
