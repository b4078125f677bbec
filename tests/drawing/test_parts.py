"""Maps of parts: what lies where on a drawing, for networks that lay portraits out."""

import numpy as np
import pytest
from faces_to_draw import painted, with_traits

from ganlib.drawing import PARTS, mesh, parts
from ganlib.drawing.frame import PHOTOGRAPHS, frame

NAMES = tuple(PARTS)


def laid_out(portrait, size=384):
    """{name of a part: where it is}."""
    found = np.asarray(parts(portrait, size))
    assert found.shape == (size, size) and found.dtype == np.uint8
    return {name: found == number for number, name in enumerate(NAMES)}


def at(portrait, *points, size=384):
    """The part at the mean of face points."""
    x, y = frame(portrait, size, PHOTOGRAPHS).at(*points).astype(int)
    return NAMES[np.asarray(parts(portrait, size))[y, x]]


def test_parts_lie_where_face_points_say():
    portrait = painted()
    assert at(portrait, mesh.LEFT_CHEEK) == at(portrait, mesh.RIGHT_CHEEK) == "face"
    assert {at(portrait, eye.iris) for eye in mesh.EYES} <= {"iris", "eye lines"}
    assert at(portrait, 0, 17) == "mouth"
    found = laid_out(portrait)
    assert found["background"][0].all() and found["hair"].any() and found["skin"].any()
    x = np.nonzero(found["white of the eye"])[1]
    middle = frame(portrait, 384, PHOTOGRAPHS).at(*(eye.iris for eye in mesh.EYES))[0]
    assert 0.3 < (x < middle).mean() < 0.7, "both eyes"


@pytest.mark.parametrize(
    ("part", "traits"),
    [
        ("worn", {"glasses": "round"}),
        ("worn", {"earrings": "hoops"}),
        ("creases", {"age": 0.9}),
        ("beard", {"beard": "full", "sex": "male"}),
    ],
)
def test_what_a_label_names_is_a_part(part, traits):
    plain = painted()
    if part == "beard":
        jaw = plain.points[[*mesh.JAW[1:-1], *mesh.LOWER_OUTER[::-1]]]
        plain = type(plain)(plain.photo, plain.points, plain.regions, plain.traits, (jaw,))
    with_it, without = laid_out(with_traits(plain, **traits)), laid_out(plain)
    assert with_it[part].sum() > without[part].sum() + 60


def test_the_same_portrait_has_the_same_parts_at_any_size():
    small, large = (np.asarray(parts(painted(), size)) for size in (192, 384))
    assert np.array_equal(small, np.asarray(parts(painted(), 192)))
    assert (small == large[::2, ::2]).mean() > 0.97


def test_small_parts_count_more():
    assert PARTS["iris"] > PARTS["face"] > PARTS["background"] > 0
