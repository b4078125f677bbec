"""What covers what in a photograph: the layers that it is painted in, and the map of them."""

import torch
from torch import Tensor

from ganlib.twins import wear
from ganlib.twins.hair import hair_back, hair_front
from ganlib.twins.head import Head, shared
from ganlib.twins.people import People
from ganlib.twins.shapes import cover, noise, soft

REGIONS = ("background", "cloth", "skin", "hair", "cover")
"""The values of a map of regions: "skin" is face, ears and neck, with beards and spectacles;
"cover" what is worn on the head."""
_BACKGROUND, _CLOTH, _SKIN, _HAIR, _COVER = range(len(REGIONS))


@torch.no_grad()
def regions(people: People, size: int) -> Tensor:
    """(n, size, size) of uint8 on the people's device: what each pixel of their photographs shows
    most of, values as in `REGIONS`."""
    head = Head(people, size)
    px, kinds = head.px, torch.eye(len(REGIONS), device=people.values.device)[:, :, None, None]

    def over(under: Tensor, kind: Tensor, alpha: Tensor) -> Tensor:
        return torch.lerp(under, kind, alpha.unsqueeze(1))

    before, behind = wear.covering(head)
    shirt = head.is_("neckline", "jacket").unsqueeze(1)
    shown = torch.where(shirt, kinds[_CLOTH], kinds[_SKIN])
    dressed = over(kinds[_CLOTH], shown, cover(head.opening(), px))
    shares = over(kinds[_BACKGROUND], kinds[_HAIR], hair_behind(head))
    for kind, alpha in (
        (kinds[_COVER], cover(behind, px)),
        (kinds[_SKIN], cover(head.neck(), px)),
        (dressed, cover(head.body(), px)),
        (kinds[_SKIN], cover(head.ears(), px)),
        (kinds[_SKIN], cover(head.face(0.0), px)),
        (kinds[_HAIR], hair_before(head)),
        (kinds[_COVER], cover(before, px)),
        (kinds[_COVER], cover(wear.brim(head), px)),
    ):
        shares = over(shares, kind, alpha)
    return shares.argmax(1).to(torch.uint8)


@shared
def strands(head: Head) -> Tensor:
    """Texture of hair (n, h, w), about unit spread: strands along their fall, or curls."""
    f, u, v = head.people.field, head.u, head.v
    curled = head.is_("hair_style", "curly", "afro")
    cropped = head.is_("hair_style", "short", "spiky", "shaved")
    wave = 0.05 * head.is_("hair_style", "wavy", "braids") * torch.sin(v * 8 + 2 * u)
    # Long hair falls from the parting; cropped hair is combed away from it.
    fall = (u - 0.2 * f("part") + wave) / (v + 1.35).clamp_min(0.3)
    combed = u + 0.8 * f("part") * (v + 0.6)
    across = torch.where(curled, u * 4, torch.where(cropped, combed * 4.5, fall * 6.5))
    along = torch.where(curled, v * 4, torch.where(cropped, v * 1.6, v * 0.7))
    return noise(across, along, f("seed") + 5, head.px * 4.6, (0.4, 0.6, 0.65))


def hair_behind(head: Head) -> Tensor:
    """Coverage of the hair behind the face."""
    return soft(hair_back(head) - 0.012 * strands(head), 0.012 + head.px / 2)


def hair_before(head: Head) -> Tensor:
    """Coverage of the hair before the face; skin shows through a shaved head's."""
    dense = torch.where(head.is_("hair_style", "shaved"), 0.72, 1.0)
    return soft(hair_front(head) - 0.013 * strands(head), 0.012 + head.px / 2) * dense
