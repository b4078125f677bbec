"""How good a face finder is: faces found, false alarms, and the error of its points."""

from typing import Any

import numpy as np
import torch
from finder_pictures import HELD_OUT, faceless, portrait_points, true_points
from numpy.typing import NDArray
from PIL import Image

from ganlib.core.log import progress
from ganlib.data.datasets import held_out_people
from ganlib.data.faces import Face, find_faces
from ganlib.data.finder import LEFT_IRIS, RIGHT_IRIS, Finder
from ganlib.data.images import to_pil
from ganlib.data.pixels import from_uint8
from ganlib.data.portraits import PortraitFolder
from ganlib.twins import render_photographs

FACELESS, FACELESS_SEED, FACELESS_SIZE = 240, 990_001, 192
RENDERED_SIZE = 128
SKIN = (("light", 0.0, 1 / 3), ("medium", 1 / 3, 2 / 3), ("dark", 2 / 3, 1.01))
AGE = (("younger", 0.0, 1 / 3), ("middle", 1 / 3, 2 / 3), ("older", 2 / 3, 1.01))


def point_error(face: Face, true: NDArray[np.complex128]) -> float:
    """Mean distance of a face's points from the true ones, in percent of the distance of the
    irises."""
    points = face.points[:, 0] + 1j * face.points[:, 1]
    return float(100 * abs(points - true).mean() / abs(true[RIGHT_IRIS] - true[LEFT_IRIS]))


def _right(faces: list[Face], true: NDArray[np.complex128]) -> Face | None:
    """The largest face, if it is the true one: upright, its points nearer than half the distance of
    the irises."""
    right = faces and faces[0].turn == 0 and point_error(faces[0], true) < 50
    return faces[0] if right else None


def _third(value: float, thirds: tuple[tuple[str, float, float], ...]) -> str:
    return next(name for name, low, high in thirds if low <= value < high)


def _mean(values: list[float], digits: int = 2) -> float | None:
    return round(float(np.mean(values)), digits) if values else None


def score_portraits(finder: Finder, folder: PortraitFolder) -> dict[str, Any]:
    """Share of all portraits found, and the points' error on those that are held out, by skin, sex
    and age."""
    found = 0
    errors: list[float] = []
    groups: dict[str, list[float]] = {}
    for name in progress(folder.names, desc="portraits", unit="photo"):
        true = portrait_points(folder, name)
        face = _right(find_faces(Image.fromarray(folder[name].photo), finder), true)
        found += face is not None
        if face is None or not folder.held_out(name):
            continue
        traits = folder.traits(name)
        errors.append(error := point_error(face, true))
        words = (traits.sex, _third(traits.skin, SKIN), _third(traits.age, AGE))
        for word in words:
            groups.setdefault(word, []).append(error)
    return {
        "portraits": len(folder.names),
        "portraits_found": round(found / len(folder.names), 4),
        "portraits_held_out": sum(map(folder.held_out, folder.names)),
        "portraits_point_error": _mean(errors),
        "portraits_point_error_by": {word: _mean(some) for word, some in groups.items()},
    }


def score_rendered(finder: Finder, n: int) -> dict[str, Any]:
    """Share found, and the points' error, of n rendered people by third of skin."""
    people = held_out_people(n, None)
    found: dict[str, list[float]] = {name: [] for name, _, _ in SKIN}
    errors: dict[str, list[float]] = {name: [] for name, _, _ in SKIN}
    for start in progress(range(0, n, 50), desc="rendered people", unit_scale=50, unit="person"):
        some = people[start : start + 50]
        images = to_pil(render_photographs(some, RENDERED_SIZE))
        skins = some.field("skin")[:, 0, 0].tolist()
        for image, true, skin in zip(images, true_points(some, RENDERED_SIZE), skins, strict=True):
            third = _third(skin, SKIN)
            face = _right(find_faces(image, finder), true)
            found[third].append(face is not None)
            if face is not None:
                errors[third].append(point_error(face, true))
    return {
        "rendered": {name: len(some) for name, some in found.items()},
        "rendered_found": {name: _mean(some, 4) for name, some in found.items()},
        "rendered_point_error": {name: _mean(some) for name, some in errors.items()},
    }


def faceless_images(folder: PortraitFolder | None = None) -> list[Image.Image]:
    """The list that false alarms are counted on; nothing of it is seen in training."""
    names = [name for name in folder.names if folder.held_out(name)] if folder else None
    pictures = faceless(FACELESS, FACELESS_SEED, FACELESS_SIZE, HELD_OUT, folder, names)
    return to_pil(from_uint8(pictures))


def score_faceless(finder: Finder, folder: PortraitFolder | None) -> dict[str, Any]:
    """Share of pictures without a face in which one is found."""
    images = faceless_images(folder)
    alarms = [bool(find_faces(image, finder)) for image in progress(images, desc="faceless")]
    return {"faceless": len(images), "false_alarms": round(float(np.mean(alarms)), 4)}


def score(finder: Finder, folder: PortraitFolder, rendered: int) -> dict[str, Any]:
    """All figures of the card; errors of points are in percent of the distance of the irises."""
    with torch.inference_mode():
        return {
            **score_faceless(finder, folder),
            **score_portraits(finder, folder),
            **score_rendered(finder, rendered),
        }
