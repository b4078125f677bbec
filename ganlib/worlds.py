"""The worlds that translators are trained on: rendered twins, and photographs of real people."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm.auto import tqdm

from ganlib.errors import GanlibError
from ganlib.faces import crop_face, find_face
from ganlib.images import list_photos, read_photo, to_tensor
from ganlib.portraits import (
    People,
    render_drawings,
    render_photographs,
    render_twins,
    sample_people,
)
from ganlib.stores import ImageStore

HELD_OUT_SEED = 999_983
"""The people that every evaluation uses, and no training may."""
HOUSE_STYLE = "soft"
"""How the drawings are drawn that translators learn and are measured on."""
ALIGNED: dict[str, Any] = {
    "zoom": 1.1,
    "roll": 0,
    "shift_x": 0,
    "shift_y": 0,
    "background": "plain",
}
ALIGNED |= {"pattern": "plain", "screentone": "none", "line_weight": 1}
"""What `face_people` have in common."""
HOLD_OUT_EVERY = 10
"""Each tenth photograph, in order of name, is kept from training."""
FRAMINGS = 12
"""How often each photograph of a real face is framed, each time a little differently."""


def twin_stores(
    n: int,
    seed: int,
    size: int,
    device: torch.device | str = "cpu",
    chunk: int = 64,
    style: str | None = HOUSE_STYLE,
) -> tuple[ImageStore, ImageStore]:
    """Render n people once and keep them as bytes: (photographs, drawings), row i twins.

    Args:
        n: how many people, at least 1.
        seed: of `sample_people`; the held-out seed is refused.
        size: side in pixels.
        device: where to render and keep them.
        chunk: people rendered from one report of progress to the next.
        style: house style of the drawings; None for all of them, mixed.
    """
    refuse_held_out(seed)
    people = sample_people(n, seed, style)
    photo, anime = _stores(people, size, device, render_twins, 2, "rendering twins", chunk)
    return photo, anime


def face_people(n: int, seed: int, style: str | None = None) -> People:
    """People as collections of faces show them: upright, in the middle, at one distance, before a
    plain wall. Arguments as of `sample_people`.

    A small network that makes faces from noise then spends its weights on faces.
    """
    people = sample_people(n, seed, style)
    return people.replace(**ALIGNED)


def drawing_store(people: People, size: int, device: torch.device | str = "cpu") -> ImageStore:
    """Everybody's drawing, without the photograph, as bytes."""
    (store,) = _stores(people, size, device, lambda *a: (render_drawings(*a),), 1, "drawing people")
    return store


def photograph_store(people: People, size: int, device: torch.device | str = "cpu") -> ImageStore:
    """Everybody's photograph, without the drawing, as bytes."""
    (store,) = _stores(
        people, size, device, lambda *a: (render_photographs(*a),), 1, "photographing people"
    )
    return store


def _stores(
    people: People,
    size: int,
    device: torch.device | str,
    render: Callable[..., tuple[Tensor, ...]],
    count: int,
    doing: str,
    chunk: int = 64,
) -> list[ImageStore]:
    """What `render` gives of everybody, `count` worlds, as bytes."""
    n = len(people)
    worlds = torch.empty(count, n, 3, size, size, dtype=torch.uint8, device=device)
    for start in tqdm(range(0, n, chunk), desc=doing, unit_scale=chunk, unit="person"):
        rows = slice(start, start + chunk)
        for world, images in zip(worlds, render(people[rows], size, device), strict=True):
            world[rows] = ((images + 1) * 127.5).round().to(torch.uint8)
    return [ImageStore(world) for world in worlds]


def refuse_held_out(seed: int) -> None:
    """GanlibError for the seed that no training may use."""
    if seed == HELD_OUT_SEED:
        raise GanlibError(f"seed {seed} is that of the held-out twins; train on another one.")


def held_out_people(n: int, style: str | None = HOUSE_STYLE) -> People:
    """The first n of the people that no training may see."""
    return sample_people(n, HELD_OUT_SEED, style)


def split_photos(paths: list[str | Path]) -> tuple[list[Path], list[Path]]:
    """(for training, held out): every tenth photograph by name is held out."""
    photos = list_photos(paths)
    held = photos[HOLD_OUT_EVERY - 1 :: HOLD_OUT_EVERY]
    return [photo for photo in photos if photo not in set(held)], held


def wild_store(
    photos: list[Path],
    size: int,
    framings: int = FRAMINGS,
    seed: int = 0,
    device: torch.device | str = "cpu",
) -> ImageStore:
    """Real faces, each framed `framings` times a little differently, as bytes.

    The frame is the detector's; the jitter (place ±8 %, size −15 % to +18 %, lean ±8°) covers its
    errors, and is about that of the rendered people. Photographs that cannot be read are left out
    by name, those without a found face silently.
    """
    draw = torch.Generator().manual_seed(seed)
    crops = []
    for path in tqdm(photos, desc="framing photographs", unit="photo"):
        try:
            image = read_photo(path)
        except GanlibError as error:
            tqdm.write(f"left out: {error}")
            continue
        frame = find_face(image)
        if not frame.found:
            continue
        for _ in range(framings):
            a, b, c, d = (torch.rand(4, generator=draw) * 2 - 1).tolist()
            moved = frame.moved(0.08 * a, 0.08 * b, 1.18**c, 8.0 * d)
            crops.append(to_tensor(crop_face(image, moved, size)))
    if not crops:
        raise GanlibError(
            "no face was found in any of the photographs for training; give upright portraits in "
            "which the face is at least a quarter of the picture's height."
        )
    store = ImageStore.from_float(torch.stack([crop.reshape(3, size, size) for crop in crops]))
    return ImageStore(store.images.to(device))
