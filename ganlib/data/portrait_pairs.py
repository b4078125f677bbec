"""Pairs to learn portraits from: people, real and rendered, beside their drawings in every style.

A folder of pairs, as `data/draw_portraits.py` makes it:

    pairs.json                       style -> name -> circles about eyes and mouth
    STYLE/photographs/NAME.png       what is drawn, in the frame of its drawing
    STYLE/drawings/NAME.png          its drawing
"""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import grid_sample

from ganlib.core.errors import GanlibError
from ganlib.core.log import progress
from ganlib.data.datasets import ImageDataset
from ganlib.data.photometric import photo_jitter, relight
from ganlib.data.pixels import from_uint8
from ganlib.data.portraits import RENDERED, is_held_out
from ganlib.drawing import STYLES, Portrait, mesh
from ganlib.drawing.frame import frame
from ganlib.drawing.styles import Style

PAIRS_FILE = "pairs.json"
EYE, MOUTH = 16.0, 5.0
"""Radius about an eye, and what half the mouth grows by: percent of the width of the face."""
WEIGHTS = (4.0, 4.0, 2.0)
"""What an error in either eye and in the mouth counts beyond the 1 of every other place."""
LEAN, ZOOM, SHIFT = 8.0, (0.88, 1.18), 0.04
"""How far a frame is turned (degrees), enlarged, and moved (share of its side), at most."""


def circles(portrait: Portrait, style: Style) -> list[list[float]]:
    """Left eye, right eye and mouth in the frame of a drawing: (x, y, radius), shares of its side.

    What matters most for whether a drawing is liked and is like somebody.
    """
    framed = frame(portrait, 96, style)
    found = [[*framed.at(eye.iris), EYE * framed.unit] for eye in (mesh.LEFT_EYE, mesh.RIGHT_EYE)]
    corners = framed.points[[mesh.UPPER_OUTER[0], mesh.UPPER_OUTER[-1]]]
    half = float(np.hypot(*(corners[1] - corners[0]))) / 2
    found.append([*corners.mean(0), half + MOUTH * framed.unit])
    return [[round(float(value) / framed.size, 4) for value in circle] for circle in found]


@dataclass(frozen=True)
class PortraitPairs:
    """Pairs in memory: photographs and drawings (uint8, of one side), row i of all one pair."""

    photo: ImageDataset
    anime: ImageDataset
    style: Tensor
    """(n,) int64, of the order of `STYLES`."""
    circles: Tensor
    """(n, 3, 3): as from `circles`."""
    names: list[str]

    def rows(self, real: bool) -> Tensor:
        """Indices of the real, or of the rendered people."""
        kept = [i for i, name in enumerate(self.names) if name.startswith(RENDERED) != real]
        return torch.tensor(kept, dtype=torch.int64, device=self.style.device)


def load_pairs(
    folder: Path, held_out: bool = False, size: int = 0, device: torch.device | str = "cpu"
) -> PortraitPairs:
    """The pairs of a folder for training, or those held out; `size`: side in pixels, 0: their own.

    GanlibError where the folder holds none.
    """
    about = _read_index(folder)
    rows = [
        (style, name)
        for style in STYLES
        for name in sorted(about.get(style, {}))
        if is_held_out(name) == held_out
    ]
    if not rows:
        kind = "held out" if held_out else "to train on"
        raise GanlibError(f"{folder} has no pairs {kind}; data/draw_portraits.py makes them.")

    def read(row: tuple[str, str]) -> Tensor:
        both = [_picture(folder / row[0] / kind / f"{row[1]}.png", size) for kind in KINDS]
        return torch.stack(both)

    with ThreadPoolExecutor(4) as pool:
        both = torch.stack([*progress(pool.map(read, rows), desc="reading pairs", total=len(rows))])
    order = list(STYLES)
    return PortraitPairs(
        ImageDataset(both[:, 0].contiguous().to(device)),
        ImageDataset(both[:, 1].contiguous().to(device)),
        torch.tensor([order.index(style) for style, _ in rows], device=device),
        torch.tensor([about[style][name] for style, name in rows], device=device),
        [name for _, name in rows],
    )


KINDS = ("photographs", "drawings")


def _read_index(folder: Path) -> dict[str, Any]:
    path = folder / PAIRS_FILE
    if not path.is_file():
        raise GanlibError(f"there is no {path}; data/draw_portraits.py makes such a folder.")
    index: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return index


def _picture(path: Path, size: int) -> Tensor:
    if not path.is_file():
        raise GanlibError(f"{path} is missing; draw the pairs again with data/draw_portraits.py.")
    picture = Image.open(path).convert("RGB")
    if size and picture.width != size:
        picture = picture.resize((size, size), Image.Resampling.LANCZOS)
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)


class PortraitSampler:
    """{"photo", "anime", "style", "weight"}: pairs mirrored, turned, enlarged and moved together.

    Photographs are then changed as other cameras (`jitter`) and lights (`relight`) would. "style"
    (n, styles) is one-hot; "weight" (n, 1, size, size) is 1, and more about eyes and mouth.
    `real` is the share of real people, where there are both kinds.
    """

    capturable = False

    def __init__(
        self, pairs: PortraitPairs, size: int, real: float, jitter: float, relight: float
    ) -> None:
        self.pairs, self.size = pairs, size
        self.jitter, self.relight = jitter, relight
        kinds = [(pairs.rows(True), real), (pairs.rows(False), 1 - real)]
        self.kinds = [(rows, share) for rows, share in kinds if len(rows) and share]

    def __call__(self, n: int) -> dict[str, Tensor]:
        index = self._draw(n)
        pairs, grid = self.pairs, self._grid(n)
        both = torch.cat((pairs.photo.images[index], pairs.anime.images[index]), 1)
        moved = grid_sample(
            from_uint8(both), grid, padding_mode="reflection", align_corners=False
        ).clamp(-1, 1)
        photo, anime = moved.split(3, 1)
        photo = relight(photo_jitter(photo, self.jitter), self.relight)
        style = torch.nn.functional.one_hot(pairs.style[index], len(STYLES)).float()
        last = {"memory_format": torch.channels_last}
        return {
            "photo": photo.contiguous(**last),
            "anime": anime.contiguous(**last),
            "style": style,
            "weight": importance(pairs.circles[index], grid),
        }

    def _draw(self, n: int) -> Tensor:
        where = self.pairs.style.device
        first, share = self.kinds[0]
        chosen = first[torch.randint(len(first), (n,), device=where)]
        if len(self.kinds) == 1:
            return chosen
        second = self.kinds[1][0]
        other = second[torch.randint(len(second), (n,), device=where)]
        return torch.where(torch.rand(n, device=where) < share, chosen, other)

    def _grid(self, n: int) -> Tensor:
        """Where each pixel comes from: (n, size, size, 2), in [-1, 1] within the pair."""
        where = self.pairs.style.device
        lean, zoom, right, down, flip = torch.rand(5, n, 1, 1, device=where)
        angle = torch.deg2rad((2 * lean - 1) * LEAN)
        scale = torch.exp((1 - zoom) * np.log(ZOOM[0]) + zoom * np.log(ZOOM[1]))
        steps = (torch.arange(self.size, device=where) + 0.5) * 2 / self.size - 1
        x = steps[None, None, :] * torch.where(flip < 0.5, -1.0, 1.0)
        y = steps[None, :, None]
        cos, sin = torch.cos(angle) / scale, torch.sin(angle) / scale
        shift_x, shift_y = ((2 * s - 1) * 2 * SHIFT for s in (right, down))
        return torch.stack((x * cos - y * sin + shift_x, x * sin + y * cos + shift_y), -1)


def importance(places: Tensor, grid: Tensor) -> Tensor:
    """1, and more within the circles (n, 3, 3), at the places of a grid: (n, 1, S, S)."""
    at = (grid + 1) / 2
    centre, radius = places[:, :, None, None, :2], places[:, :, 2, None, None]
    away = (at[:, None] - centre).norm(dim=-1) / radius
    extra = torch.exp(-(away**4)) * torch.tensor(WEIGHTS, device=at.device)[:, None, None]
    return 1 + extra.amax(1, keepdim=True)
