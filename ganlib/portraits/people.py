"""Who is drawn: one vector of named parameters for each person."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ganlib.errors import GanlibError


class Field(NamedTuple):
    """One parameter: `low ≤ value ≤ high`; a field with `choices` holds an index into them."""

    name: str
    low: float
    high: float
    meaning: str
    choices: tuple[str, ...] = ()


def _choice(name: str, meaning: str, *choices: str) -> Field:
    return Field(name, 0, len(choices) - 1, meaning, choices)


FIELDS: tuple[Field, ...] = (
    Field("yaw", -1, 1, "head turned to the picture's left (−1, about 35°) or right (+1)"),
    Field("pitch", -1, 1, "head tilted up (−1) or down (+1), about 15°"),
    Field("roll", -0.35, 0.35, "head leaning, radians, clockwise"),
    Field("shift_x", -0.15, 0.15, "head's place against the frame rule, half image sides"),
    Field("shift_y", -0.15, 0.15, "likewise, downwards"),
    Field("zoom", 0.8, 1.25, "head's size against the frame rule"),
    Field("face_width", 0.88, 1.12, "width of the face, 1 = average"),
    Field("jaw", 0, 1, "pointed (0) to square (1)"),
    Field("skin", 0, 1, "very light (0) to very dark (1)"),
    Field("undertone", -1, 1, "rosy (−1) to golden (+1)"),
    Field("age", 0, 1, "young (0) to old (1): lines and folds in the photograph"),
    _choice("eye_colour", "iris", "dark brown", "brown", "hazel", "green", "blue", "grey"),
    Field("eye_size", 0.85, 1.2, "size of the eyes, 1 = average"),
    Field("eye_spacing", 0.92, 1.1, "distance between the pupils, 1 = average"),
    Field("eye_open", 0.55, 1.1, "narrowed (0.55) to wide (1.1)"),
    Field("brow_weight", 0.5, 1.5, "thickness of the brows, 1 = average"),
    Field("brow_tilt", -1, 1, "worried (−1) to stern (+1)"),
    Field("nose_width", 0.75, 1.35, "1 = average"),
    Field("nose_length", 0.85, 1.15, "1 = average"),
    Field("smile", -0.6, 1, "corners of the mouth down (−) or up (+)"),
    Field("mouth_open", 0, 1, "closed (0) to an open laugh (1)"),
    Field("mouth_width", 0.85, 1.2, "1 = average"),
    Field("lips", 0, 1, "pale and thin (0) to red and full (1)"),
    _choice(
        "hair_colour",
        "hair",
        *("black", "dark brown", "brown", "auburn", "red", "blond", "grey", "white"),
        *("blue", "pink"),
    ),
    Field("hair_tone", 0.8, 1.25, "brightness of the hair against its named colour"),
    _choice(
        "hair_style",
        "cut",
        *("bald", "cropped", "short", "bob", "long", "wavy", "tied", "afro"),
    ),
    _choice("fringe", "forehead", "none", "straight", "swept", "parted"),
    Field("hair_volume", 0, 1, "flat (0) to full (1)"),
    Field("hair_length", 0, 1, "within its style, short (0) to long (1)"),
    Field("part", -1, 1, "side on which the hair parts"),
    _choice("beard", "facial hair", "none", "stubble", "full", "moustache", "goatee"),
    _choice("cover", "head covering", "none", "scarf", "turban"),
    _choice("glasses", "spectacles", "none", "round", "square"),
    Field("clothes_hue", 0, 1, "hue of clothes and head covering, turns"),
    Field("clothes_saturation", 0, 0.9, "grey (0) to vivid"),
    Field("clothes_value", 0.08, 1, "dark to bright"),
    _choice("neckline", "clothes", "round", "v", "collar", "jacket"),
    Field("shoulders", -0.12, 0.14, "height of the shoulders, lower = positive"),
    Field("light_side", -1, 1, "main light from the left (−1) to the right (+1)"),
    Field("light_height", 0.1, 1, "level (0.1) to steep (1)"),
    Field("light_strength", 0.25, 1, "soft (0.25) to hard (1)"),
    Field("warmth", -1, 1, "colour of the light: cool (−1) to warm (+1)"),
    _choice("background", "behind", "plain", "gradient", "blobs", "horizon", "panels"),
    Field("background_hue", 0, 1, "turns"),
    Field("background_saturation", 0, 0.6, "grey (0) to vivid"),
    Field("background_value", 0.12, 1, "dark to bright"),
    Field("exposure", -0.15, 0.15, "camera's stops"),
    Field("contrast", 0.9, 1.12, "camera's contrast, 1 = neutral"),
    Field("blur", 0, 1, "camera's blur, 1 = a binomial 5×5 at 128 px"),
    Field("noise", 0, 0.03, "sensor noise, standard deviation over the range [0, 1]"),
    Field("seed", 0, 997, "patterns and grain: everything random in one person's picture"),
)
INDEX = {field.name: i for i, field in enumerate(FIELDS)}


@dataclass(frozen=True)
class People:
    """n people as one (n, len(FIELDS)) float32 tensor, columns named by `FIELDS`."""

    values: Tensor

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.values.shape[1] != len(FIELDS):
            raise GanlibError(
                f"People want a tensor of shape (n, {len(FIELDS)}), one column for each field of "
                f"ganlib.portraits.FIELDS; this one has shape {tuple(self.values.shape)}."
            )
        for i, field in enumerate(FIELDS):
            column = self.values[:, i]
            bad = ~((column >= field.low - 1e-5) & (column <= field.high + 1e-5))
            if field.choices:
                bad |= column != column.round()
            if bad.any():
                row = int(bad.nonzero()[0])
                raise GanlibError(
                    f"Person {row}: {field.name} is {float(column[row]):g}; it must be "
                    + ("one of the whole numbers " if field.choices else "")
                    + f"from {field.low:g} to {field.high:g}."
                )

    def __len__(self) -> int:
        return self.values.shape[0]

    def __getitem__(self, rows: slice | list[int] | Tensor) -> "People":
        """Some of the people: a slice or a list of row numbers."""
        return People(self.values[rows])

    def field(self, name: str) -> Tensor:
        """One field of everybody as an (n, 1, 1) tensor, ready to meet a picture."""
        return self.values[:, INDEX[name], None, None]

    def replace(self, **fields: float) -> "People":
        """The same people with some fields set to a value, e.g. `people.replace(smile=1.0)`."""
        values = self.values.clone()
        for name, value in fields.items():
            if name not in INDEX:
                raise GanlibError(
                    f"There is no portrait field {name!r}; see ganlib.portraits.FIELDS."
                )
            values[:, INDEX[name]] = value
        return People(values)

    def to(self, device: torch.device | str) -> "People":
        return People(self.values.to(device))


def _bell(u: np.ndarray, low: float, high: float, spread: float) -> np.ndarray:
    """Uniform numbers → a bump around the middle; spread 1 gives the uniform back."""
    t = 2 * u - 1
    return (low + high) / 2 + (high - low) / 2 * np.sign(t) * np.abs(t) ** (1 / spread)


def _pick(u: np.ndarray, *weights: float) -> np.ndarray:
    edges = np.cumsum(weights) / np.sum(weights)
    return np.searchsorted(edges, u, side="right").clip(0, len(weights) - 1)


# How often each choice is drawn. Chosen for balance, not to copy any population.
_WEIGHTS = {
    "eye_colour": (5, 4, 2, 2, 3, 2),
    "hair_colour": (7, 5, 4, 2, 1.5, 3.5, 3, 2, 0.6, 0.6),
    "hair_style": (1.6, 4, 4, 2.2, 3, 2.4, 2, 1.8),
    "fringe": (4, 2, 3, 3),
    "beard": (10, 3, 2.5, 0.8, 1.2),
    "cover": (14, 1.3, 1),
    "glasses": (7.5, 1, 1.2),
    "neckline": (3, 2, 2, 1.5),
    "background": (2, 2, 4, 2.5, 2),
}
_BELLS = {
    **dict.fromkeys(("roll", "shift_x", "shift_y", "zoom"), 0.45),
    **dict.fromkeys(("yaw", "pitch", "face_width", "exposure", "contrast"), 0.6),
    "undertone": 0.8,
}
# Fields drawn towards their low end: most walls, shirts and sensors are quiet.
_QUIET = ("background_saturation", "clothes_saturation", "noise", "age")


def sample_people(n: int, seed: int = 0) -> People:
    """Draw n people. The first k of n are the same for every n ≥ k, on every machine.

    Args:
        n: how many, at least 1.
        seed: any whole number ≥ 0; different seeds are different, independent people.
    """
    if n < 1 or seed < 0:
        raise GanlibError(f"sample_people wants n ≥ 1 and seed ≥ 0; got n={n}, seed={seed}.")
    uniform = np.random.default_rng(seed).random((n, len(FIELDS) + 4))
    values = np.empty((n, len(FIELDS)))
    for i, field in enumerate(FIELDS):
        u = uniform[:, i]
        if field.choices:
            values[:, i] = _pick(u, *_WEIGHTS[field.name])
        else:
            if field.name in _QUIET:
                u = u**1.7
            values[:, i] = _bell(u, field.low, field.high, _BELLS.get(field.name, 1.0))
    column = {name: values[:, i] for name, i in INDEX.items()}
    extra = uniform[:, len(FIELDS) :]
    # A few things go together in people: grey hair with age, full beards with short hair.
    grey = (column["age"] > 0.6) & (extra[:, 0] < 0.6)
    column["hair_colour"][grey] = 6 + (extra[grey, 1] < 0.5)
    column["beard"][column["hair_style"] >= 3] = 0
    column["beard"][column["cover"] == 1] = 0
    column["mouth_open"][extra[:, 2] < 0.55] = 0
    dark = extra[:, 3] < 0.75 * (column["skin"] > 0.55)
    # Numbers of their own: shared ones would tie hair, eyes and mouth to one another.
    shade = np.random.default_rng((seed, 1)).random((n, 2))
    column["hair_colour"][dark & ~grey] = shade[dark & ~grey, 0] < 0.3
    column["eye_colour"][dark] = shade[dark, 1] < 0.4
    # Under a scarf no hair shows; under a turban only what is short.
    column["hair_style"][column["cover"] == 1] = 0
    column["hair_style"][column["cover"] == 2] = 1
    column["seed"][:] = np.floor(column["seed"])
    return People(torch.tensor(values, dtype=torch.float32))
