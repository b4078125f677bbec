"""Pairs to learn portraits from: people, real and rendered, beside their drawings in every style.

A folder of pairs, as `data/draw_portraits.py` makes it:

    pairs.json                  name -> circles about eyes and mouth
    photographs/NAME.png        who is drawn, in the frame of the drawings
    STYLE/NAME.png              the drawing in a style
    parts/NAME.png              its map of parts (`drawing.PARTS`)
"""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import avg_pool2d, grid_sample, interpolate, one_hot

from ganlib.core.errors import GanlibError
from ganlib.core.log import progress
from ganlib.data.photometric import photo_jitter
from ganlib.data.pixels import from_uint8
from ganlib.data.portraits import RENDERED, is_held_out
from ganlib.drawing import PARTS, STYLES, Portrait, mesh
from ganlib.drawing.frame import PHOTOGRAPHS, frame

PAIRS_FILE, PHOTOGRAPHS_FOLDER, PARTS_FOLDER = "pairs.json", "photographs", "parts"
EYE, MOUTH = 16.0, 5.0
"""Radius about an eye, and what half the mouth grows by: percent of the width of the face."""
WEIGHTS = (4.0, 4.0, 2.0)
"""What an error in either eye and in the mouth counts beyond the 1 of every other place."""
LEAN, ZOOM, SHIFT = 6.0, (0.9, 1.12), 0.03
"""How far a frame is turned (degrees), enlarged, and moved (share of its side), at most."""
BEND = 0.02
"""How far places move within it at 5 × 5 knots, less between: standard deviation in half sides."""


def circles(portrait: Portrait) -> list[list[float]]:
    """Left eye, right eye and mouth in the frame of a pair: (x, y, radius), shares of its side.

    What matters most for whether a drawing is liked and is like somebody.
    """
    framed = frame(portrait, 96, PHOTOGRAPHS)
    found = [[*framed.at(eye.iris), EYE * framed.unit] for eye in (mesh.LEFT_EYE, mesh.RIGHT_EYE)]
    corners = framed.points[[mesh.UPPER_OUTER[0], mesh.UPPER_OUTER[-1]]]
    half = float(np.hypot(*(corners[1] - corners[0]))) / 2
    found.append([*corners.mean(0), half + MOUTH * framed.unit])
    return [[round(float(value) / framed.size, 4) for value in circle] for circle in found]


@dataclass(frozen=True)
class PortraitPairs:
    """Pairs in memory (uint8, of one side): row i of all is of one person."""

    photo: Tensor
    """(n, 3, S, S)."""
    anime: Tensor
    """(n, styles, 3, S, S): the drawings, in the order of `STYLES`."""
    parts: Tensor
    """(n, S, S): the maps of parts."""
    circles: Tensor
    """(n, 3, 3): as from `circles`."""
    names: list[str]

    def rows(self, real: bool) -> Tensor:
        """Indices of the real, or of the rendered people."""
        kept = [i for i, name in enumerate(self.names) if name.startswith(RENDERED) != real]
        return torch.tensor(kept, dtype=torch.int64, device=self.photo.device)


def load_pairs(
    folder: Path, held_out: bool = False, size: int = 0, device: torch.device | str = "cpu"
) -> PortraitPairs:
    """The pairs of a folder for training, or those held out; `size`: side in pixels, 0: their own.

    GanlibError where the folder holds none.
    """
    about = _read_index(folder)
    names = [name for name in sorted(about) if is_held_out(name) == held_out]
    if not names:
        kind = "held out" if held_out else "to train on"
        raise GanlibError(f"{folder} has no pairs {kind}; data/draw_portraits.py makes them.")

    def read(name: str) -> tuple[Tensor, Tensor]:
        *pictures, parts = paths(folder, name)
        return torch.stack([_picture(path, size) for path in pictures]), _parts(parts, size)

    with ThreadPoolExecutor(4) as pool:
        found = pool.map(read, names)
        read_all = zip(*progress(found, desc="reading pairs", total=len(names)), strict=True)
    pictures, layouts = (torch.stack(each).to(device) for each in read_all)
    where = torch.tensor([about[name] for name in names], device=device)
    return PortraitPairs(pictures[:, 0], pictures[:, 1:], layouts, where, names)


def paths(folder: Path, name: str) -> list[Path]:
    """A person's photograph, the drawing in each style, and the map of parts."""
    return [folder / kind / f"{name}.png" for kind in (PHOTOGRAPHS_FOLDER, *STYLES, PARTS_FOLDER)]


def _read_index(folder: Path) -> dict[str, Any]:
    path = folder / PAIRS_FILE
    if not path.is_file():
        raise GanlibError(f"there is no {path}; data/draw_portraits.py makes such a folder.")
    index: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return index


def _open(path: Path, mode: str, size: int, way: Image.Resampling) -> Tensor:
    if not path.is_file():
        raise GanlibError(f"{path} is missing; draw the pairs again with data/draw_portraits.py.")
    picture = Image.open(path).convert(mode)
    if size and picture.width != size:
        picture = picture.resize((size, size), way)
    return torch.from_numpy(np.array(picture))


def _picture(path: Path, size: int) -> Tensor:
    return _open(path, "RGB", size, Image.Resampling.LANCZOS).permute(2, 0, 1)


def _parts(path: Path, size: int) -> Tensor:
    return _open(path, "L", size, Image.Resampling.NEAREST)


def shares(layouts: Tensor) -> Tensor:
    """Of maps of parts (n, S, S), how much of each square of 2 x 2 pixels is what: (n, parts,
    S / 2, S / 2)."""
    return avg_pool2d(one_hot(layouts.long(), len(PARTS)).permute(0, 3, 1, 2).float(), 2)


class PortraitSampler:
    """{"photo", "anime", "style", "weight", "parts"}: pairs mirrored, turned, enlarged and bent
    together.

    Of n drawings, each photograph has one in every style, one after another: "photo" is (n /
    styles, 3, size, size), "anime" (n, 3, size, size), "style" (n, styles), one-hot, and "weight"
    (n, 1, size, size) is 1, and more about eyes and mouth; "parts" (n / styles, parts, size / 2,
    size / 2) are the true layouts, as from `shares`. Photographs are changed as other
    cameras would (`jitter`). `real` is the share of real people, where there are both kinds.
    """

    capturable = False

    def __init__(self, pairs: PortraitPairs, size: int, real: float, jitter: float) -> None:
        self.pairs, self.size, self.jitter = pairs, size, jitter
        kinds = [(pairs.rows(True), real), (pairs.rows(False), 1 - real)]
        self.kinds = [(rows, share) for rows, share in kinds if len(rows) and share]

    def __call__(self, n: int) -> dict[str, Tensor]:
        pairs, styles = self.pairs, self.pairs.anime.shape[1]
        index, grid = self._draw(n // styles), self._grid(n // styles)
        both = torch.cat((pairs.photo[index], pairs.anime[index].flatten(1, 2)), 1)
        # Bilinear sampling would leave gradients a ninth smaller than drawings have, and so learnt.
        sample = partial(grid_sample, grid=grid, padding_mode="reflection", align_corners=False)
        moved = sample(from_uint8(both), mode="bicubic").clamp(-1, 1)
        photo = photo_jitter(moved[:, :3], self.jitter)
        layouts = sample(pairs.parts[index, None].float(), mode="nearest")
        anime = moved[:, 3:].unflatten(1, (styles, 3)).flatten(0, 1)
        last = {"memory_format": torch.channels_last}
        return {
            "photo": photo.contiguous(**last),
            "anime": anime.contiguous(**last),
            "style": torch.eye(styles, device=photo.device).repeat(len(photo), 1),
            "weight": importance(pairs.circles[index], grid).repeat_interleave(styles, 0),
            "parts": shares(layouts[:, 0]),
        }

    def _draw(self, n: int) -> Tensor:
        where = self.pairs.photo.device
        first, share = self.kinds[0]
        chosen = first[torch.randint(len(first), (n,), device=where)]
        if len(self.kinds) == 1:
            return chosen
        second = self.kinds[1][0]
        other = second[torch.randint(len(second), (n,), device=where)]
        return torch.where(torch.rand(n, device=where) < share, chosen, other)

    def _grid(self, n: int) -> Tensor:
        """Where each pixel comes from: (n, size, size, 2), in [-1, 1] within the pair."""
        where = self.pairs.photo.device
        lean, zoom, right, down, flip = torch.rand(5, n, 1, 1, device=where)
        angle = torch.deg2rad((2 * lean - 1) * LEAN)
        scale = torch.exp((1 - zoom) * np.log(ZOOM[0]) + zoom * np.log(ZOOM[1]))
        steps = (torch.arange(self.size, device=where) + 0.5) * 2 / self.size - 1
        x = steps[None, None, :] * torch.where(flip < 0.5, -1.0, 1.0)
        y = steps[None, :, None]
        cos, sin = torch.cos(angle) / scale, torch.sin(angle) / scale
        shift_x, shift_y = ((2 * s - 1) * 2 * SHIFT for s in (right, down))
        grid = torch.stack((x * cos - y * sin + shift_x, x * sin + y * cos + shift_y), -1)
        # Other faces: places move by a few pixels, neighbours together.
        bend = BEND * torch.randn(n, 2, 5, 5, device=where)
        bend = interpolate(bend, self.size, mode="bicubic", align_corners=True)
        return grid + bend.permute(0, 2, 3, 1)


def importance(places: Tensor, grid: Tensor) -> Tensor:
    """1, and more within the circles (n, 3, 3), at the places of a grid: (n, 1, S, S)."""
    at = (grid + 1) / 2
    centre, radius = places[:, :, None, None, :2], places[:, :, 2, None, None]
    away = (at[:, None] - centre).norm(dim=-1) / radius
    extra = torch.exp(-(away**4)) * torch.tensor(WEIGHTS, device=at.device)[:, None, None]
    return 1 + extra.amax(1, keepdim=True)
