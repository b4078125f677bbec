"""Attributes of a portrait, which a person's photograph and drawing share: truth and visibility.

The truth comes from the `People` that were rendered, never from a label. What a picture does not
show (hair under a scarf, eyes behind sunglasses) is masked, in training and in scores.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ganlib.core.errors import GanlibError
from ganlib.data.pixels import to_light
from ganlib.twins import FIELDS, People, colours
from ganlib.twins.framing import EYE_LINE
from ganlib.twins.head import UNIT

NEAR = 0.9
"""Smallest zoom at which fine attributes are read: below it a face is under 26 pixels wide."""

Truth = Callable[[People, Tensor], Tensor]
Mask = Callable[[People], Tensor]
Groups = dict[str, tuple[str, ...]]

CHOICES = {about.name: about.choices for about in FIELDS}


@dataclass(frozen=True)
class Attribute:
    """One attribute. Its `truth` for n people and their pictures (n, 3, S, S) is, by `kind`: a bool
    (n,) for "binary", a float (n,) for "number", RGB (n, 3) in [0, 1] for "colour", an index (n,)
    into `choices` for "choice". `visible`, bool (n,): in whose picture it shows."""

    name: str
    kind: str
    meaning: str
    truth: Truth
    visible: Mask
    choices: tuple[str, ...] = ()
    fine: bool = False
    """Visible only where the face is near enough (`NEAR`)."""
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


def _one_of(name: str, *choices: str) -> Mask:
    """Whose field is one of the choices."""
    known = torch.tensor([choice in choices for choice in CHOICES[name]])
    return lambda people: known.to(people.values.device)[_column(people, name).long()]


def _not(mask: Mask) -> Mask:
    return lambda people: ~mask(people)


def _grouped(name: str, groups: Groups) -> Truth:
    """Truth of a choice: the index of the group that a person's choice is in."""
    group = {choice: i for i, choices in enumerate(groups.values()) for choice in choices}
    table = torch.tensor([group[choice] for choice in CHOICES[name]])
    return lambda people, _: table.to(people.values.device)[_column(people, name).long()]


def _everybody(people: People) -> Tensor:
    return torch.ones(len(people), dtype=torch.bool, device=people.values.device)


_bare_headed = _one_of("cover", "none")
_scarf = _one_of("cover", "scarf")
_shaved = _one_of("hair_style", "bald", "shaved")
_sunglasses = _one_of("glasses", "sunglasses")
_stubble = _one_of("beard", "stubble")
_plain = _one_of("pattern", "plain")
_ink = _one_of("style", "ink")
_eyes_bare = _not(_sunglasses)


def _hair_shows(people: People) -> Tensor:
    """Enough hair to see its colour: not shaved off, not under a scarf, turban, cap or beanie."""
    return ~_shaved(people) & _bare_headed(people)


def _eyes_show(people: People) -> Tensor:
    return _eyes_bare(people) & (_column(people, "eye_open") >= 0.4)


def _clothes_show(people: People) -> Tensor:
    """Cloth of one colour fills the picture's lowest seventh or more, and no scarf hangs there."""
    drop = 1.2 + _column(people, "shoulders")
    top = EYE_LINE + _column(people, "shift_y") + UNIT * _column(people, "zoom") * drop
    return (top < 0.7) & _plain(people) & ~_scarf(people)


def _clearly_parted(people: People) -> Tensor:
    """Lips parted clearly or not at all: less than a pixel is neither."""
    gap = _column(people, "mouth_open")
    return (gap <= 0.05) | (gap >= 0.35)


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
    return to_light(edges.mean((2, 3)))


SHADES = {
    "dark": ("black", "dark brown"),
    "medium": ("brown", "auburn", "red"),
    "light": ("blond",),
    "grey or white": ("grey", "white"),
    "dyed": ("blue", "pink"),
}
IRISES: Groups = {
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
    name: str, meaning: str, field: str, groups: Groups, visible: Mask, fine: bool = False
) -> Attribute:
    truth = _grouped(field, groups)
    hue = field.endswith("colour")
    return Attribute(name, "choice", meaning, truth, visible, tuple(groups), fine=fine, hue=hue)


def _number(name: str, meaning: str, fine: bool = False, mirrored: bool = False) -> Attribute:
    def truth(people: People, _: Tensor) -> Tensor:
        return _column(people, name)

    return Attribute(name, "number", meaning, truth, _everybody, fine=fine, mirrored=mirrored)


def _colour(
    name: str, meaning: str, truth: Truth, visible: Mask = _everybody, hue: bool = True
) -> Attribute:
    return Attribute(name, "colour", meaning, truth, visible, hue=hue)


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
    _binary("glasses", "glasses of any kind", _not(_one_of("glasses", "none"))),
    _binary("sunglasses", "dark glasses", _sunglasses),
    _binary("cover", "any head covering", _not(_bare_headed), fine=False),
    _binary("scarf", "a head scarf", _scarf, fine=False),
    # Stubble may be too faint to count as either.
    _binary("beard", "beard, goatee or moustache", _not(_one_of("beard", "none")), _not(_stubble)),
    _binary("mouth_open", "lips apart", lambda p: _column(p, "mouth_open") > 0.2, _clearly_parted),
    _binary("eyes_closed", "both eyes shut", lambda p: _column(p, "eye_open") < 0.2, _eyes_bare),
    _number("smile", "corners of the mouth down (−) or up (+)", fine=True),
    _number("age", "young (0) to old (1)", fine=True),
    _choice("eye_colour", "colour of the iris", "eye_colour", IRISES, _eyes_show, fine=True),
)
"""What the probe reads of the person, in photographs and in drawings."""

BY_NAME = {attribute.name: attribute for attribute in ATTRIBUTES}

DOMAINS = ("photograph", *CHOICES["style"])
"""Of a picture: a photograph, or a drawing in one of the house styles."""


def truths(people: People, images: Tensor) -> dict[str, Tensor]:
    """{attribute: answers} as `Attribute.truth` gives them, for people and their pictures.

    `images` is (n, 3, S, S) in [-1, 1], row i a picture of person i; GanlibError otherwise.
    """
    if images.ndim != 4 or len(images) != len(people):
        raise GanlibError(
            f"truths needs one picture for each person, (n, 3, S, S); got {len(people)} people "
            f"and pictures {tuple(images.shape)}."
        )
    return {about.name: about.truth(people, images) for about in ATTRIBUTES}


def visible(people: People, drawn: bool) -> dict[str, Tensor]:
    """{attribute: bool (n,)}, in whose picture it can be read: photographs, or drawings if `drawn`.

    Fine ones only where zoom ≥ `NEAR`; colours of the person in no drawing in ink.
    """
    near = _column(people, "zoom") >= NEAR
    coloured = ~_ink(people) if drawn else _everybody(people)
    return {
        about.name: about.visible(people) & (near | (not about.fine)) & (coloured | (not about.hue))
        for about in ATTRIBUTES
    }
