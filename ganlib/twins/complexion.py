"""Colours of skin, hair, lips and irises that a person's photograph and drawing share."""

from torch import Tensor

from ganlib.twins import colours
from ganlib.twins.colours import colour, pick, ramp
from ganlib.twins.head import Head


def skin_colour(head: Head) -> Tensor:
    """(n, 3, 1, 1): the named depth of skin, rosier or more golden by its undertone."""
    f = head.people.field
    base = ramp(colours.SKIN, f("skin"))
    tint = colour((0.02, -0.012, -0.012), base) * -f("undertone").unsqueeze(1)
    return (base + tint * (1.2 - f("skin").unsqueeze(1))).clamp(0, 1)


def hair_colour(head: Head) -> Tensor:
    """(n, 3, 1, 1): the named colour, darker or brighter by its tone."""
    f = head.people.field
    return (pick(colours.HAIR, f("hair_colour")) * f("hair_tone").unsqueeze(1)).clamp(0, 1)


def iris_colour(head: Head) -> Tensor:
    """(n, 3, 1, 1)."""
    return pick(colours.IRIS, head.people.field("eye_colour"))


def lip_colour(head: Head) -> Tensor:
    """(n, 3, 1, 1): the skin, reddened by `lips` and painted by `makeup`."""
    f = head.people.field
    skin = skin_colour(head)
    # Lips take their red from blood, which shows less through darker skin.
    red = colour((0.74, 0.30, 0.31), skin) * (0.3 + 0.7 * skin[:, :1])
    natural = skin * colour((0.88, 0.72, 0.72), skin)
    bare = natural.lerp(red, 0.25 + 0.5 * f("lips").unsqueeze(1))
    stick = colour((0.70, 0.12, 0.18), skin) * (0.45 + 0.55 * skin[:, :1])
    return bare.lerp(stick, 0.65 * f("makeup").unsqueeze(1))


def lid_colour(head: Head) -> Tensor:
    """(n, 3, 1, 1): eye shadow, from brown to violet to blue by the seed."""
    f = head.people.field
    table = ((0.40, 0.22, 0.16), (0.45, 0.22, 0.40), (0.26, 0.28, 0.50))
    return pick(table, (f("seed") % 3).floor())
