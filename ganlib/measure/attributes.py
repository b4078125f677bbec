"""What can be read off a portrait: attributes, where they are to be seen, and what they are.

An attribute is a question that has one answer in a person's photograph and in their drawing. Truth
comes from the `People` that were rendered, never from a label. What a picture does not show (hair
under a scarf, eyes behind sunglasses) is masked: nobody is asked for it, nobody scored on it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ganlib.core.errors import GanlibError
from ganlib.twins.framing import EYE_LINE
from ganlib.twins import FIELDS, People, colours
from ganlib.twins.head import UNIT

NEAR = 0.9
"""Smallest zoom at which fine attributes must be read: below it a face is under 26 pixels wide."""

Truth = Callable[[People, Tensor], Tensor]
Mask = Callable[[People], Tensor]

CHOICES = {about.name: about.choices for about in FIELDS}


@dataclass(frozen=True)
class Attribute:
    """One question. `truth` answers it for n people and their pictures (n, 3, S, S): a bool (n,)
    for "binary", a float (n,) for "number", RGB (n, 3) in [0, 1] for "colour", an index into
    `choices` (n,) for "choice". `visible`, bool (n,): in whose picture it shows."""

    name: str
    kind: str
    meaning: str
    truth: Truth
    visible: Mask
    choices: tuple[str, ...] = ()
    fine: bool = False
    """Asked only where the face is near enough (`NEAR`)."""
    mirrored: bool = False
    """Changes sign when the picture is mirrored left to right."""
    hue: bool = False
    """A colour of the person: it does not show in a drawing in ink, which has no hue."""

    @property
    def outputs(self) -> int:
        """How many numbers a network gives for it."""
        return {"binary": 1, "number": 1, "colour": 3}.get(self.kind) or len(self.choices)


def _column(people: People, name: str) -> Tensor:
    return people.field(name)[:, 0, 0]


def _is(people: People, name: str, *choices: str) -> Tensor:
    """Bool (n,): whose field is one of the choices."""
    known = torch.zeros(len(CHOICES[name]), dtype=torch.bool)
    known[[CHOICES[name].index(choice) for choice in choices]] = True
    column = _column(people, name).long()
    return known.to(column.device)[column]


def _grouped(name: str, groups: dict[str, tuple[str, ...]]) -> Truth:
    """Truth of a choice: the place of the group that a person's choice is in."""
    table = torch.tensor(
        [[c in group for group in groups.values()].index(True) for c in CHOICES[name]]
    )
    return lambda people, _: table.to(people.values.device)[_column(people, name).long()]


def _everybody(people: People) -> Tensor:
    return torch.ones(len(people), dtype=torch.bool, device=people.values.device)


def _hair_shows(people: People) -> Tensor:
    """Enough hair to tell its colour: not shaved off, not under a scarf, turban, cap or beanie."""
    return ~_is(people, "hair_style", "bald", "shaved") & _is(people, "cover", "none")


def _eyes_show(people: People) -> Tensor:
    return ~_is(people, "glasses", "sunglasses") & (_column(people, "eye_open") >= 0.4)


def _bare_headed(people: People) -> Tensor:
    return _is(people, "cover", "none")


def _clothes_show(people: People) -> Tensor:
    """Cloth of one colour fills the picture's lowest seventh or more, and no scarf hangs there."""
    drop = 1.2 + _column(people, "shoulders")
    top = EYE_LINE + _column(people, "shift_y") + UNIT * _column(people, "zoom") * drop
    one_colour = _is(people, "pattern", "plain")
    return (top < 0.7) & one_colour & ~_is(people, "cover", "scarf")


def _clearly_open_or_shut(people: People) -> Tensor:
    """Lips parted by less than a pixel are neither."""
    gap = _column(people, "mouth_open")
    return (gap <= 0.05) | (gap >= 0.35)


def _lips_apart(people: People) -> Tensor:
    return _column(people, "mouth_open") > 0.2


def _eyes_closed(people: People) -> Tensor:
    return _column(people, "eye_open") < 0.2


def _any(name: str, *choices: str) -> Mask:
    return lambda people: _is(people, name, *choices)


def _not(name: str, *choices: str) -> Mask:
    return lambda people: ~_is(people, name, *choices)


def _value(name: str) -> Truth:
    return lambda people, _: _column(people, name)


def _skin(people: People, _: Tensor) -> Tensor:
    return colours.ramp(colours.SKIN, people.field("skin"))[:, :, 0, 0]


def _hair(people: People, _: Tensor) -> Tensor:
    named = colours.pick(colours.HAIR, people.field("hair_colour"))[:, :, 0, 0]
    return (named * _column(people, "hair_tone")[:, None]).clamp(0, 1)


def _clothes(people: People, _: Tensor) -> Tensor:
    parts = (people.field(f"clothes_{name}") for name in ("hue", "saturation", "value"))
    return colours.hsv(*parts)[:, :, 0, 0]


def _corners(_: People, images: Tensor) -> Tensor:
    """Mean colour of the two upper corners, a sixth of the side each: what is behind the head."""
    side = max(1, images.shape[-1] // 6)
    top = images[:, :, :side]
    edges = torch.cat([top[..., :side], top[..., -side:]], -1)
    return (edges.mean((2, 3)) + 1) / 2


SHADES = {
    "dark": ("black", "dark brown"),
    "medium": ("brown", "auburn", "red"),
    "light": ("blond",),
    "grey or white": ("grey", "white"),
    "dyed": ("blue", "pink"),
}
IRISES: dict[str, tuple[str, ...]] = {
    "dark": ("dark brown", "brown"),
    "hazel or green": ("hazel", "green"),
    "blue or grey": ("blue", "grey"),
}
CUTS = {
    "bald or shaved": ("bald", "shaved"),
    "short": ("short", "spiky"),
    "bob": ("bob",),
    "long": ("long", "wavy", "curly"),
    "tied": ("ponytail", "bun"),
    "braids": ("braids",),
    "afro": ("afro",),
}


def _binary(
    name: str, meaning: str, holds: Mask, visible: Mask = _everybody, fine: bool = True
) -> Attribute:
    return Attribute(name, "binary", meaning, lambda people, _: holds(people), visible, fine=fine)


def _choice(
    name: str,
    meaning: str,
    field: str,
    groups: dict[str, tuple[str, ...]],
    visible: Mask,
    fine: bool = False,
) -> Attribute:
    truth = _grouped(field, groups)
    hue = field.endswith("colour")
    return Attribute(name, "choice", meaning, truth, visible, tuple(groups), fine=fine, hue=hue)


def _number(name: str, meaning: str, fine: bool = False, mirrored: bool = False) -> Attribute:
    return Attribute(
        name, "number", meaning, _value(name), _everybody, fine=fine, mirrored=mirrored
    )


def _colour(
    name: str,
    meaning: str,
    truth: Truth,
    visible: Mask = _everybody,
    fine: bool = False,
    hue: bool = True,
) -> Attribute:
    return Attribute(name, "colour", meaning, truth, visible, fine=fine, hue=hue)


ATTRIBUTES: tuple[Attribute, ...] = (
    _number("yaw", "head turned to the left (−1) or right (+1), times 35°", mirrored=True),
    _number("pitch", "head tilted up (−1) or down (+1), times 15°", fine=True),
    _number("roll", "head leaning clockwise, rad", mirrored=True),
    _number("zoom", "size of the head, 1 = the frame rule's"),
    _colour("skin", "complexion in white light, before undertone, RGB", _skin),
    _colour("hair", "colour of the hair in white light, RGB", _hair, _hair_shows),
    _colour("clothes", "colour of the clothes in white light, RGB", _clothes, _clothes_show),
    _colour("background", "mean of the picture's two upper corners, RGB", _corners, hue=False),
    _choice("hair_shade", "the hair colour's group", "hair_colour", SHADES, _hair_shows),
    _choice("hair_style", "the cut's group", "hair_style", CUTS, _bare_headed),
    _binary("glasses", "glasses of any kind", _not("glasses", "none")),
    _binary("sunglasses", "dark glasses", _any("glasses", "sunglasses")),
    _binary("cover", "any head covering", _not("cover", "none"), fine=False),
    _binary("scarf", "a head scarf", _any("cover", "scarf"), fine=False),
    # Stubble may be too faint to count as either.
    _binary("beard", "beard, goatee or moustache", _not("beard", "none"), _not("beard", "stubble")),
    _binary("mouth_open", "lips apart", _lips_apart, _clearly_open_or_shut),
    _binary("eyes_closed", "both eyes closed", _eyes_closed, _not("glasses", "sunglasses")),
    _number("smile", "corners of the mouth down (−) or up (+)", fine=True),
    _number("age", "young (0) to old (1)", fine=True),
    _choice("eye_colour", "colour of the iris", "eye_colour", IRISES, _eyes_show, fine=True),
)
"""What the probe reads of the person, in both worlds."""

BY_NAME = {attribute.name: attribute for attribute in ATTRIBUTES}

DOMAINS = ("photograph", *CHOICES["style"])
"""What a picture is: a photograph, or a drawing in one of the house styles."""


def truths(people: People, images: Tensor) -> dict[str, Tensor]:
    """{attribute: answers} as `Attribute.truth` gives them, for people and their pictures.

    `images` is (n, 3, S, S) in [-1, 1], row i a picture of person i; GanlibError otherwise.
    """
    if images.ndim != 4 or len(images) != len(people):
        raise GanlibError(
            f"truths wants one picture for each person, (n, 3, S, S); got {len(people)} people "
            f"and pictures {tuple(images.shape)}."
        )
    return {about.name: about.truth(people, images) for about in ATTRIBUTES}


def visible(people: People, drawn: bool) -> dict[str, Tensor]:
    """{attribute: bool (n,)}, in whose picture it can be read: photographs, or drawings if `drawn`.

    Fine ones only where zoom ≥ `NEAR`; colours of the person in no drawing in ink.
    """
    near = _column(people, "zoom") >= NEAR
    coloured = ~_is(people, "style", "ink") if drawn else _everybody(people)
    return {
        about.name: about.visible(people) & (near | (not about.fine)) & (coloured | (not about.hue))
        for about in ATTRIBUTES
    }
