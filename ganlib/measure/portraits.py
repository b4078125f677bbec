"""How good portraits are: beside baselines and true drawings, in every style, and for whom."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import unfold

from ganlib.data.pixels import from_uint8
from ganlib.data.portrait_pairs import PortraitPairs
from ganlib.drawing import STYLES, Traits
from ganlib.measure.baselines import (
    COMBED,
    NOISE,
    SHARPENED,
    TRUTH,
    baselines,
    combed,
    noise_like,
    sharpen,
)
from ganlib.measure.comparison import MODEL, Column
from ganlib.measure.held_out import HeldOut
from ganlib.measure.labels import balanced
from ganlib.measure.metrics import ssim
from ganlib.measure.probe import load_probe
from ganlib.measure.translation import translate

GROUPS: dict[str, Callable[[Traits], bool]] = {
    "everybody": lambda traits: True,
    "light skin": lambda traits: traits.skin < 1 / 3,
    "medium skin": lambda traits: 1 / 3 <= traits.skin < 2 / 3,
    "dark skin": lambda traits: traits.skin >= 2 / 3,
    "women": lambda traits: not traits.male,
    "men": lambda traits: traits.male,
    "older (age 0.6 or more)": lambda traits: traits.age >= 0.6,
    "hair covered": lambda traits: traits.covered,
    "bearded": lambda traits: traits.beard != "none",
    "coily hair or braids": lambda traits: traits.coily or traits.hair_style == "braids",
}
"""Whom a model may draw worse than others."""
SQUARE = 16
"""Pixels: how wide the squares are in which `sharpness` compares."""


def draw_styles(
    model: nn.Module, photos: Tensor, style: str, chunk: int = 8, precision: str = "fp32"
) -> Tensor:
    """Photographs (N, 3, S, S) in [-1, 1], drawn in one house style; as from `translate`."""
    asked = torch.eye(len(STYLES))[list(STYLES).index(style)]
    return translate(model, photos, chunk, precision, asked)


def portrait_errors(model: nn.Module, pairs: PortraitPairs) -> dict[str, Any]:
    """L1 to the true drawing, and that over the photograph's own, of all styles and of each."""
    figures: dict[str, Any] = {"people": len(pairs.names)}
    photo = from_uint8(pairs.photo).cpu()
    for number, style in enumerate(STYLES):
        anime = from_uint8(pairs.anime[:, number]).cpu()
        error = (draw_styles(model, photo, style) - anime).abs().mean()
        copy = (photo - anime).abs().mean()
        figures |= {f"{style}: l1": float(error), f"{style}: l1_over_copy": float(error / copy)}
    shares = [figures[f"{style}: l1_over_copy"] for style in STYLES]
    return figures | {"l1_over_copy": sum(shares) / len(shares)}


def gradients(images: Tensor) -> Tensor:
    """Differences to the next pixel, to the right and down, of every channel: (N, 6, S−1, S−1)."""
    here = images[..., :-1, :-1]
    return torch.cat((images[..., :-1, 1:] - here, images[..., 1:, :-1] - here), 1)


def sharpness(images: Tensor, truth: Tensor, within: Tensor | None = None) -> float:
    """How alike the gradients of pictures and truth are, square by square: from 0 to 1 for equals.

    In squares of `SQUARE` pixels (of the whole, if it is smaller) that overlap by half, the lengths
    of all gradients are sorted, on both sides. Σ min / Σ max of the sorted lengths falls by blur,
    which has few long ones, and by noise and texture, which have too many. Where in a square a line
    lies, and which side of it is dark, do not count: the error tells of that. `within`: (N, 1, S,
    S); only squares with a pixel that is true count.
    """
    side = min(SQUARE, images.shape[-1] - 1)

    def squares(lengths: Tensor) -> Tensor:
        """(N, side², number of squares), of lengths (N, 1, S - 1, S - 1)."""
        return unfold(lengths, side, stride=max(side // 2, 1))

    ours, true = (
        squares(gradients(each).norm(dim=1, keepdim=True)).sort(1).values
        for each in (images, truth)
    )
    if within is not None:
        inside = squares(within[..., :-1, :-1].float()).amax(1) > 0
        ours, true = (each.transpose(1, 2)[inside] for each in (ours, true))
    both, either = torch.minimum(ours, true).sum(), torch.maximum(ours, true).sum()
    return (both / either.clamp_min(1e-6)).item()


def methods(held: HeldOut, output: Tensor) -> dict[str, Tensor]:
    """{name: pictures}: the model's `output`, `baselines`, and the truth. "sharpened", "combed"
    and "noise" must not pass as sharp."""
    photo, anime = held.photo, held.anime
    found = {MODEL: output, **dict(baselines(photo, anime))}
    found |= {SHARPENED: sharpen(photo), COMBED: combed(anime)}
    return found | {NOISE: noise_like(output, anime), TRUTH: anime}


def of_style(images: Tensor, held: HeldOut) -> Column:
    """Figures of pictures (N, 3, S, S) of held-out people in one style.

    "l1", "ssim" and "probe_distance": to the true drawings; "..._over_copy": over that of the
    photographs. "line_sharpness" and "eye_sharpness": `sharpness` of all, and about the eyes.
    "..._gradient": the mean length of gradients there over the truth's, which texture drives up.
    """
    truth, photo, probe = held.anime, held.photo, load_probe()
    true = probe.embed(truth)
    error, copy = (float((each - truth).abs().mean()) for each in (images, photo))
    ours, theirs = (gradients(each).norm(dim=1) for each in (images, truth))
    eyes = held.eyes[:, 0, :-1, :-1]
    far, copy_far = (
        float((probe.embed(each) - true).norm(dim=1).mean()) for each in (images, photo)
    )
    return {
        "l1": error,
        "l1_over_copy": error / copy,
        "ssim": ssim(images, truth),
        "probe_distance_over_copy": far / copy_far,
        "line_sharpness": sharpness(images, truth),
        "eye_sharpness": sharpness(images, truth, held.eyes),
        "line_gradient": (ours.mean() / theirs.mean()).item(),
        "eye_gradient": (ours[eyes].mean() / theirs[eyes].mean()).item(),
    }


def kept(held: list[HeldOut], alike: list[list[dict[str, bool]]]) -> Column:
    """{"kept NAME": share of the labels that count which are read alike}, of all styles together,
    balanced over the answers; "kept average" is the mean of the rows."""
    rows: dict[str, list[tuple[Any, bool]]] = {}
    for part, found in zip(held, alike, strict=True):
        for said, right in zip(part.said, found, strict=True):
            for name, ok in right.items():
                rows.setdefault(name, []).append((said[name], ok))
    shares = {f"kept {name}": balanced(rows[name]) for name in sorted(rows)}
    return shares | {"kept average": sum(shares.values()) / max(len(shares), 1)}


def compare(held: list[HeldOut], outputs: list[Tensor]) -> dict[str, Any]:
    """Figures of a model's `outputs`, (N, 3, S, S) for each of the styles of `held`.

    "columns": {method: figures, the mean of all styles}; "styles": {style: the model's}; "groups":
    {group: {"people", "l1_over_copy", "kept", the plain share of the labels that count}};
    "counted": {attribute: how many labels count}.
    """
    columns: dict[str, Column] = {}
    drawn = [methods(part, output) for part, output in zip(held, outputs, strict=True)]
    read = {}
    for name in drawn[0]:
        each = [of_style(images[name], part) for images, part in zip(drawn, held, strict=True)]
        mean = {row: sum(column[row] for column in each) / len(each) for row in each[0]}
        read[name] = [part.alike(images[name]) for images, part in zip(drawn, held, strict=True)]
        columns[name] = mean | kept(held, read[name])
        if name == MODEL:
            styles = {
                part.style: column | kept([part], [alike])
                for part, column, alike in zip(held, each, read[name], strict=True)
            }
    counted = Counter(name for part in held for said in part.said for name in said)
    groups = _groups(held, outputs, read[MODEL])
    return {"columns": columns, "styles": styles, "groups": groups, "counted": dict(counted)}


def _groups(
    held: list[HeldOut], outputs: list[Tensor], alike: list[list[dict[str, bool]]]
) -> dict[str, Column]:
    pairs = list(zip(held, outputs, strict=True))
    ours = torch.stack([(out - h.anime).abs().mean((1, 2, 3)) for h, out in pairs]).mean(0)
    copy = torch.stack([(h.photo - h.anime).abs().mean((1, 2, 3)) for h in held]).mean(0)
    found = {}
    for name, belongs in GROUPS.items():
        rows = [i for i, traits in enumerate(held[0].traits) if belongs(traits)]
        if rows:
            right = [ok for part in alike for i in rows for ok in part[i].values()]
            share = float(ours[rows].mean() / copy[rows].mean())
            kept_share = sum(right) / max(len(right), 1)
            found[name] = {"people": len(rows), "l1_over_copy": share, "kept": kept_share}
    return found
