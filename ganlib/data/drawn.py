"""Rendered people as portraits that `ganlib.drawing` draws: exact points and regions."""

import json
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator

from ganlib.data.pixels import to_uint8
from ganlib.drawing import Portrait, Traits, mesh
from ganlib.twins import People, Person, render_photographs
from ganlib.twins.anatomy import beard_outlines, landmarks
from ganlib.twins.layers import regions

_CHUNK = 8
"""People at a time: what a map of regions needs grows with it."""
# Rendered skin of middling darkness is lit brighter than photographs of people that bear the same
# label are (median luma of cheeks and forehead, 256 renders and 160 photographs): the label that
# fits what is seen, so that one tone of skin on a photograph is drawn as one.
_RENDERED_SKIN = (0.0, 0.3, 0.5, 0.65, 0.8, 1.0)
_SEEN_SKIN = (0.0, 0.15, 0.3, 0.5, 0.8, 1.0)


def twin_portraits(people: People, size: int = 256) -> list[Portrait]:
    """One portrait for each of the people: the photograph that `render_photographs` makes, size ×
    size, with the points, regions and outlines that the renderer drew it from.

    Points are exact where the renderer draws something (`anatomy.landmarks`); the others of the
    face mesh lie between them as on a mean face. A drawing shows as much as a photograph of zoom
    0.7 without shifts does: what is closer, or at the border, it has to continue. GanlibError as
    from `render_photographs`.
    """
    portraits: list[Portrait] = []
    for start in range(0, max(len(people), 1), _CHUNK):
        some = people[start : start + _CHUNK].to("cpu")
        photos = to_uint8(render_photographs(some, size)).permute(0, 2, 3, 1).numpy()
        maps, points = regions(some, size).numpy(), _points(some, size)
        beards = beard_outlines(some, size)
        for row in range(len(some)):
            traits = _traits(some.person(row))
            photo = np.ascontiguousarray(photos[row])
            portraits.append(Portrait(photo, points[row], maps[row], traits, beards[row]))
    return portraits


def _traits(person: Person) -> Traits:
    """What shows on the photograph, in the same words."""
    same = (
        *("age", "hair_colour", "hair_style", "hair_volume"),
        *("fringe", "part", "beard", "cover", "glasses", "earrings", "eye_colour", "eye_shape"),
        *("brow_weight", "makeup", "freckles", "lips", "pattern", "neckline", "light_side"),
    )
    return Traits(
        **{name: getattr(person, name) for name in same},
        skin=float(np.interp(person.skin, _RENDERED_SKIN, _SEEN_SKIN)),
        sex="male" if _is_male(person) else "female",
        teeth=person.mouth_open > 0.05,
    )


def _is_male(person: Person) -> bool:
    """How a drawing presents the person; the renderer knows no sex, and nothing but this does."""
    cropped = person.hair_style in ("bald", "shaved", "short", "spiky") and person.cover != "scarf"
    adorned = person.makeup > 0 or person.earrings == "hoops"
    return person.beard != "none" or (cropped and not adorned)


def _points(people: People, size: int) -> NDArray[np.float64]:
    """The face mesh (n, 478, 2) of n people, in pixels."""
    known = landmarks(people, size)
    indices, weights = _mesh_weights()
    places = {name: known[name].double().numpy() for name in indices}
    for side in ("left", "right"):
        # The mesh has brows of one thickness; a drawing multiplies it by the brow's weight.
        top, bottom = places[f"{side}_brow_top"], places[f"{side}_brow_bottom"]
        weight = people.field("brow_weight").double().numpy()
        thick = (bottom - top) / 2 * (1 / weight - 1)
        places[f"{side}_brow_top"], places[f"{side}_brow_bottom"] = top - thick, bottom + thick
    exact = np.concatenate([places[name] for name in indices], 1)
    meshes: NDArray[np.float64] = weights @ exact
    return meshes


@cache
def _mesh_weights() -> tuple[dict[str, tuple[int, ...]], NDArray[np.float64]]:
    """Which points of the mesh each name of `landmarks` is, and the matrix (478, k) that moves a
    mean face with them: a thin-plate spline through all of them is linear in where they go."""
    text = files("ganlib.data").joinpath("mean_face.json").read_text(encoding="utf-8")
    mean = np.array(json.loads(text))
    indices: dict[str, tuple[int, ...]] = {
        **{"outline": mesh.OVAL, "nose": (168, 6, 197, 195, 5, 4, mesh.NOSE_TIP, mesh.NOSE_BASE)},
        **{"upper_outer_lip": mesh.UPPER_OUTER, "upper_inner_lip": mesh.UPPER_INNER},
        **{"lower_inner_lip": mesh.LOWER_INNER, "lower_outer_lip": mesh.LOWER_OUTER},
        **{"chin": (18, 200, 199, 175)},
        **{"left_cheek": (205,), "left_nostril": (129, mesh.LEFT_NOSTRIL)},
        **{"right_cheek": (425,), "right_nostril": (358, mesh.RIGHT_NOSTRIL)},
    }
    for side, eye in zip(("left", "right"), mesh.EYES, strict=True):
        indices |= {f"{side}_upper_lid": eye.upper, f"{side}_lower_lid": eye.lower}
        indices |= {f"{side}_brow_top": eye.brow_top, f"{side}_brow_bottom": eye.brow_bottom}
        indices[f"{side}_iris"] = tuple(range(eye.iris, eye.iris + 5))
    names = [index for group in indices.values() for index in group]
    # The corners of eyes and mouth are each in two groups: the first counts.
    first = np.unique(names, return_index=True)[1]
    given = np.zeros((len(first), len(names)))
    given[np.arange(len(first)), first] = 1
    spline = RBFInterpolator(mean[np.array(names)[first]], given, kernel="thin_plate_spline")
    return indices, spline(mean)
