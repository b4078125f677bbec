"""Sampling people: balanced on purpose, copying no population (data/README.md)."""

from numbers import Integral

import numpy as np
import torch

from ganlib.core.errors import GanlibError
from ganlib.twins.people import People
from ganlib.twins.person import FIELDS, INDEX, find_field


def _bell(u: np.ndarray, low: float, high: float, spread: float) -> np.ndarray:
    """Uniform numbers → a bump around the middle; spread 1 gives the uniform back."""
    t = 2 * u - 1
    return (low + high) / 2 + (high - low) / 2 * np.sign(t) * np.abs(t) ** (1 / spread)


def _pick(u: np.ndarray, *weights: float) -> np.ndarray:
    edges = np.cumsum(weights) / np.sum(weights)
    return np.searchsorted(edges, u, side="right").clip(0, len(weights) - 1)


# How often each choice is drawn.
WEIGHTS: dict[str, tuple[float, ...]] = {
    "eye_colour": (5, 4, 2, 2, 3, 2),
    "eye_shape": (3, 3, 2),
    "hair_colour": (7, 5, 4, 2, 1.5, 3.5, 3, 2, 0.6, 0.6),
    "hair_style": (1.6, 2.4, 3.2, 1.8, 2.2, 3, 2.2, 1.8, 1.5, 1.5, 1.5, 1.6),
    "fringe": (4, 2, 3, 3),
    "beard": (9, 3, 3, 1.6, 1.6),
    "cover": (14, 1.6, 1.1, 0.9, 0.9),
    "glasses": (8, 1.3, 1.5, 0.8),
    "earrings": (7, 1.2, 1.5),
    "pattern": (6, 1.2, 1.2, 1.2),
    "neckline": (3, 2, 2, 1.5),
    "background": (2.5, 1.6, 1.2, 1.6, 1.2, 1, 1, 1),
    "style": (1, 1, 1, 1),
    "screentone": (8, 1, 1),
}
_BELLS = {
    **dict.fromkeys(("roll", "shift_x", "shift_y"), 0.45),
    **dict.fromkeys(("yaw", "pitch", "face_width", "exposure", "contrast"), 0.6),
    **dict.fromkeys(("tint", "line_weight", "brow_tilt"), 0.5),
    "undertone": 0.8,
}
# Fields drawn towards their low end: most walls, shirts and sensors are quiet.
_QUIET = {
    **dict.fromkeys(("clothes_saturation", "noise", "age"), 1.7),
    "background_saturation": 2.1,
    "blur": 1.7,
    "jpeg": 2.5,
}
# Fields that most people do not have: the share that has them, each in its full range.
_RARE = {"freckles": 0.2, "makeup": 0.35, "rim": 0.3, "mouth_open": 0.45}
_CLOSED = 0.06
"""Share of people with closed eyes."""


def sample_people(n: int, seed: int = 0, style: str | None = None) -> People:
    """Draw n people. The first k of n are the same for every n ≥ k, on every machine.

    Args:
        n: how many, at least 1.
        seed: any whole number ≥ 0; different seeds are different, independent people.
        style: one house style for all drawings, in its own line weight and without screentone: a
            drawing is then decided by its photograph. None draws style, weight and tone for each.
    """
    whole = isinstance(n, Integral) and isinstance(seed, Integral)
    if not whole or n < 1 or seed < 0:
        raise GanlibError(
            f"sample_people wants whole numbers n ≥ 1 and seed ≥ 0; got n={n}, seed={seed}."
        )
    # One generator a purpose: numbers shared between fields would tie them to one another.
    uniform, rare, together = (
        np.random.default_rng((seed, k)).random((n, len(FIELDS))) for k in range(3)
    )
    values = np.empty((n, len(FIELDS)))
    for i, about in enumerate(FIELDS):
        u = uniform[:, i]
        if about.choices:
            values[:, i] = _pick(u, *WEIGHTS[about.name])
            continue
        u = u ** _QUIET.get(about.name, 1)
        values[:, i] = _bell(u, about.low, about.high, _BELLS.get(about.name, 1.0))
        if about.name in _RARE:
            values[rare[:, i] > _RARE[about.name], i] = about.default
    column = {name: values[:, i] for name, i in INDEX.items()}
    # Sizes are ratios: as many faces twice as small as twice as large, most near the frame rule.
    t = 2 * uniform[:, INDEX["zoom"]] - 1
    column["zoom"][:] = np.where(t < 0, 0.5 ** np.abs(t) ** 2.6, 1.35 ** np.abs(t) ** 1.8)
    shut = rare[:, INDEX["eye_open"]] < _CLOSED
    column["eye_open"][:] = np.where(shut, 0.1, 1.1 - 0.5 * uniform[:, INDEX["eye_open"]] ** 1.5)
    _tie(column, together)
    column["seed"][:] = np.floor(column["seed"])
    people = People(torch.tensor(values, dtype=torch.float32))
    return people if style is None else people.replace(style=style, line_weight=1, screentone=0)


def _tie(column: dict[str, np.ndarray], draw: np.ndarray) -> None:
    """A few things go together in people: grey hair with age, beards with short hair, …"""

    def index(name: str, choice: str) -> int:
        return find_field(name).choices.index(choice)

    grey = (column["age"] > 0.6) & (draw[:, 0] < 0.6)
    column["hair_colour"][grey] = np.where(
        draw[grey, 1] < 0.5, index("hair_colour", "grey"), index("hair_colour", "white")
    )
    dark = (column["skin"] > 0.55) & (draw[:, 2] < 0.75)
    column["hair_colour"][dark & ~grey] = draw[dark & ~grey, 3] < 0.3
    column["eye_colour"][dark] = draw[dark, 4] < 0.4
    scarf = column["cover"] == index("cover", "scarf")
    column["beard"][(column["hair_style"] > index("hair_style", "spiky")) | scarf] = 0
    column["makeup"][column["beard"] > 0] = 0
    # Under a scarf no hair shows; under a turban only what is short.
    column["hair_style"][scarf] = index("hair_style", "bald")
    turban = column["cover"] == index("cover", "turban")
    column["hair_style"][turban] = index("hair_style", "shaved")
    # Hats sit on hair that fits below them.
    hats = column["cover"] > index("cover", "turban")
    tall = np.isin(
        column["hair_style"], [index("hair_style", s) for s in ("spiky", "bun", "afro", "ponytail")]
    )
    column["hair_style"][hats & tall] = index("hair_style", "short")
    column["fringe"][hats] = index("fringe", "none")
