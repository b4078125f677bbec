"""One person as a typed record of named parameters, `FIELDS`, with choices as words."""

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, NamedTuple

from ganlib.core.errors import GanlibError


class Field(NamedTuple):
    """One parameter: `low ≤ value ≤ high`; of one with `choices`, the value is an index."""

    name: str
    low: float
    high: float
    default: float
    unit: str
    """"" for shares and factors without one."""
    meaning: str
    choices: tuple[str, ...] = ()

    @property
    def column(self) -> int:
        """Its place in a vector."""
        return INDEX[self.name]


def _number(default: float, low: float, high: float, meaning: str, unit: str = "") -> Any:
    about = {"low": low, "high": high, "default": default, "unit": unit, "meaning": meaning}
    return field(default=default, metadata=about)


def _choice(meaning: str, *choices: str) -> Any:
    """The first of the choices is the default."""
    about = {"low": 0, "high": len(choices) - 1, "default": 0.0, "unit": "choice"}
    return field(default=choices[0], metadata=about | {"meaning": meaning, "choices": choices})


@dataclass(frozen=True)
class Person:
    """One person in one light before one camera, and how the drawing of them is drawn.

    Every field has a range, a unit and a meaning (`FIELDS`); the defaults are a plain frontal
    portrait. GanlibError, naming the field, for a value out of its range.
    """

    # The pose, and the place in the frame.
    yaw: float = _number(0, -1, 1, "head turned to the picture's left (−) or right (+)", "35°")
    pitch: float = _number(0, -1, 1, "head tilted up (−) or down (+)", "15°")
    roll: float = _number(0, -0.35, 0.35, "head leaning clockwise", "rad")
    shift_x: float = _number(0, -0.15, 0.15, "right of the frame rule's place", "half image sides")
    shift_y: float = _number(0, -0.15, 0.15, "below the frame rule's place", "half image sides")
    zoom: float = _number(1, 0.5, 1.35, "half-length (0.5) to close-up, the frame rule = 1")
    # The face.
    face_width: float = _number(1, 0.88, 1.12, "width of the face, 1 = average")
    jaw: float = _number(0.5, 0, 1, "pointed (0) to square (1)")
    skin: float = _number(0.3, 0, 1, "very light (0) to very dark (1)")
    undertone: float = _number(0, -1, 1, "rosy (−1) to golden (+1)")
    age: float = _number(0.2, 0, 1, "young (0) to old (1): lines and folds")
    freckles: float = _number(0, 0, 1, "none (0) to many (1)")
    makeup: float = _number(0, 0, 1, "eye shadow, lashes and rouge: none (0) to strong (1)")
    eye_colour: str = _choice("iris", "dark brown", "brown", "hazel", "green", "blue", "grey")
    eye_shape: str = _choice("outline of the eyes", "round", "almond", "narrow")
    eye_size: float = _number(1, 0.85, 1.2, "size of the eyes, 1 = average")
    eye_spacing: float = _number(1, 0.92, 1.1, "distance between the pupils, 1 = average")
    eye_open: float = _number(1, 0, 1.1, "closed (below 0.2), narrowed (0.5) to wide (1.1)")
    brow_weight: float = _number(1, 0.5, 1.5, "thickness of the brows, 1 = average")
    brow_tilt: float = _number(0, -1, 1, "worried (−1) to stern (+1)")
    nose_width: float = _number(1, 0.75, 1.35, "1 = average")
    nose_length: float = _number(1, 0.85, 1.15, "1 = average")
    smile: float = _number(0.2, -0.6, 1, "corners of the mouth down (−) or up (+)")
    mouth_open: float = _number(0, 0, 1, "closed (0), teeth seen, to an open laugh (1)")
    mouth_width: float = _number(1, 0.85, 1.2, "1 = average")
    lips: float = _number(0.4, 0, 1, "pale and thin (0) to red and full (1)")
    # Hair, and what is worn.
    hair_colour: str = _choice(
        "hair",
        *("black", "dark brown", "brown", "auburn", "red", "blond", "grey", "white"),
        *("blue", "pink"),
    )
    hair_tone: float = _number(1, 0.8, 1.25, "brightness of the hair against its named colour")
    hair_style: str = _choice(
        "cut",
        *("bald", "shaved", "short", "spiky", "bob", "long", "wavy", "curly"),
        *("ponytail", "bun", "braids", "afro"),
    )
    fringe: str = _choice("forehead", "none", "straight", "swept", "parted")
    hair_volume: float = _number(0.5, 0, 1, "flat (0) to full (1)")
    hair_length: float = _number(0.5, 0, 1, "within its style, short (0) to long (1)")
    part: float = _number(0.3, -1, 1, "side on which the hair parts")
    beard: str = _choice("facial hair", "none", "stubble", "full", "moustache", "goatee")
    cover: str = _choice("head covering", "none", "scarf", "turban", "cap", "beanie")
    glasses: str = _choice("spectacles", "none", "round", "square", "sunglasses")
    earrings: str = _choice("on both ears", "none", "studs", "hoops")
    clothes_hue: float = _number(0.6, 0, 1, "hue of clothes and head covering", "turns")
    clothes_saturation: float = _number(0.4, 0, 0.9, "grey (0) to vivid")
    clothes_value: float = _number(0.5, 0.08, 1, "dark to bright")
    pattern: str = _choice("cloth", "plain", "stripes", "checks", "flowers")
    neckline: str = _choice("clothes", "round", "v", "collar", "jacket")
    shoulders: float = _number(0, -0.12, 0.14, "height of the shoulders, lower = +", "head units")
    # The light, and what is behind.
    light_side: float = _number(-0.5, -1, 1, "main light from the left (−1) to the right (+1)")
    light_height: float = _number(0.5, 0.1, 1, "level (0.1) to steep (1)")
    light_strength: float = _number(0.5, 0, 1, "flat (0) to hard (1)")
    rim: float = _number(0, 0, 1, "light from behind along the edges, none (0) to bright (1)")
    warmth: float = _number(0, -1, 1, "colour of the light: cool (−1) to warm (+1)")
    tint: float = _number(0, -1, 1, "colour of the light: green (−1) to magenta (+1)")
    background: str = _choice(
        "behind", "plain", "gradient", "blobs", "foliage", "sky", "shelves", "window", "street"
    )
    background_hue: float = _number(0.6, 0, 1, "main colour behind", "turns")
    background_saturation: float = _number(0.15, 0, 0.6, "grey (0) to vivid")
    background_value: float = _number(0.7, 0.12, 1, "dark to bright")
    depth: float = _number(0.5, 0, 1, "what is behind: sharp (0) to out of focus (1)")
    # The camera.
    exposure: float = _number(0, -0.3, 0.3, "brighter or darker", "stops")
    contrast: float = _number(1, 0.85, 1.15, "1 = neutral")
    blur: float = _number(0.3, 0, 1, "of the lens: 1 = a binomial 5×5 at 128 px")
    noise: float = _number(0.005, 0, 0.03, "of the sensor: standard deviation", "of [0, 1]")
    jpeg: float = _number(0.1, 0, 1, "loss of compression: none (0) to visible blocks (1)")
    # The drawing.
    style: str = _choice("house style", "soft", "bold", "flat", "ink")
    line_weight: float = _number(1, 0.6, 1.6, "width of the outlines, 1 = the style's own")
    screentone: str = _choice("behind the drawing", "none", "dots", "rays")
    seed: float = _number(0, 0, 997, "patterns and grain: all that is random in one picture")

    def __post_init__(self) -> None:
        for about in FIELDS:
            value = getattr(self, about.name)
            if about.choices and value not in about.choices:
                raise GanlibError(
                    f"Person.{about.name} is {value!r}; it must be one of "
                    f"{', '.join(about.choices)}."
                )
            fits = isinstance(value, int | float) and about.low <= value <= about.high
            if not about.choices and not fits:
                raise GanlibError(
                    f"Person.{about.name} is {value!r}; it must be a number from {about.low:g} to "
                    f"{about.high:g}."
                )

    def vector(self) -> list[float]:
        """Its numbers in the order of `FIELDS`, choices as indices."""
        values = asdict(self)
        return [
            float(about.choices.index(values[about.name]) if about.choices else values[about.name])
            for about in FIELDS
        ]

    def to_json(self) -> str:
        """All fields by name, choices as words."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> "Person":
        """The inverse of `to_json`; fields that are not named get their defaults.

        GanlibError for text that is no JSON object, for unknown fields and values out of range.
        """
        try:
            values = json.loads(text)
        except ValueError as error:
            raise GanlibError(f"this is no JSON: {error}.") from None
        if not isinstance(values, dict):
            raise GanlibError("a person's JSON is an object of field names and values.")
        for name in values:
            find_field(name)
        return cls(**values)


FIELDS = tuple(Field(entry.name, **entry.metadata) for entry in fields(Person))
INDEX = {about.name: i for i, about in enumerate(FIELDS)}
_FIRST = {
    **{"pose": "yaw", "face": "face_width", "eyes": "eye_colour", "nose and mouth": "nose_width"},
    **{"hair": "hair_colour", "worn": "cover", "light": "light_side", "behind": "background"},
    **{"camera": "exposure", "drawing": "style"},
}
_STARTS = [INDEX[name] for name in _FIRST.values()]
GROUPS = {
    group: FIELDS[start:end]
    for group, start, end in zip(_FIRST, _STARTS, [*_STARTS[1:], None], strict=True)
}
"""The fields by what they are about: name -> fields, in their order."""


def find_field(name: str) -> Field:
    """The field of that name; GanlibError if there is none."""
    if name not in INDEX:
        raise GanlibError(f"there is no portrait field {name!r}; see ganlib.twins.FIELDS.")
    return FIELDS[INDEX[name]]
