"""Numbers that change in the course of a run, such as the weight of a term."""

import itertools
import math
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, TypeVar

from ganlib.errors import GanlibError

if TYPE_CHECKING:  # typeshed's, for what any dataclass is: there is no such module to run
    from _typeshed import DataclassInstance

S = TypeVar("S", bound="DataclassInstance")


@dataclass(frozen=True)
class Schedule:
    """A value by the images seen: straight lines between points, level before and after them.

    `Schedule(((0, 1.0), (50_000, 0.1)))` falls from 1 to 0.1 over 50,000 images and stays there.
    `dataclasses.asdict` makes it JSON, {"points": [[0, 1.0], [50000, 0.1]]}, and `Schedule(**that)`
    makes it a schedule again.
    """

    points: tuple[tuple[float, float], ...]
    """(images, value) pairs, one or more; images 0 or more and rising, values finite, 0 or more."""

    def __post_init__(self) -> None:
        try:
            points = tuple((float(images), float(value)) for images, value in self.points)
        except (TypeError, ValueError) as error:
            raise GanlibError(
                f"Schedule.points must be pairs (images, value), not {self.points!r}."
            ) from error
        numbers = [number for point in points for number in point]
        if not points or not all(math.isfinite(n) and n >= 0 for n in numbers):
            raise GanlibError(
                "Schedule.points must be one pair (images, value) or more, of finite numbers that "
                f"are 0 or more, not {self.points!r}."
            )
        if any(a[0] >= b[0] for a, b in itertools.pairwise(points)):
            raise GanlibError(
                f"Schedule.points must come in rising order of images, not {self.points!r}."
            )
        object.__setattr__(self, "points", points)

    def at(self, images: float) -> float:
        """The value after `images` images."""
        after = next((i for i, (end, _) in enumerate(self.points) if images < end), None)
        if after is None:
            return self.points[-1][1]
        if after == 0:
            return self.points[0][1]
        (x0, y0), (x1, y1) = self.points[after - 1 : after + 1]
        return y0 + (y1 - y0) * (images - x0) / (x1 - x0)


def parse(text: str) -> float | Schedule:
    """A number ("0.5") or a schedule ("0:1,50000:0.1": 1 at image 0, 0.1 from image 50,000 on)."""
    try:
        if ":" not in text:
            return float(text)
        pairs = (pair.split(":") for pair in text.split(","))
        return Schedule(tuple((float(images), float(value)) for images, value in pairs))
    except ValueError as error:
        raise GanlibError(
            f"{text!r} is neither a number nor a schedule; write 0.5, or 0:1,50000:0.1 for a value "
            "that goes from 1 at image 0 to 0.1 at image 50000."
        ) from error


def settled(settings: S, images: float) -> S:
    """A settings dataclass with the value that each of its schedules has after `images` images."""
    now = {
        field.name: value.at(images)
        for field in fields(settings)
        if isinstance(value := getattr(settings, field.name), Schedule)
    }
    return replace(settings, **now) if now else settings
