"""Twin Portraits: the same people give the same pixels, each field does what it says."""

import pytest
import torch
from torch.nn.functional import avg_pool2d

from ganlib.core.errors import GanlibError
from ganlib.twins import FIELDS, People, Person, render_twins, sample_people
from ganlib.twins.framing import CHEEK, CHIN, EYE_LINE, PUPIL_OFFSET
from ganlib.twins.head import Head, choose
from ganlib.twins.shapes import box, cover, ellipse

DRAWN = ("style", "line_weight", "screentone")
"""Fields of the drawing alone: the photograph knows nothing of them."""
CAMERA = ("exposure", "contrast", "blur", "noise", "jpeg", "warmth", "tint", "rim")
"""Fields of light and camera that a drawing has no use for."""
SHOWN = {
    "age": dict(makeup=0),
    "background_hue": dict(background_saturation=0.6, background_value=0.6),
    "background_saturation": dict(background_value=0.6),
    "blur": dict(zoom=1.2),
    "clothes_hue": dict(clothes_saturation=0.8, zoom=0.7),
    "clothes_saturation": dict(clothes_value=0.6, zoom=0.7),
    "depth": dict(background="shelves"),
    "fringe": dict(hair_style="long"),
    "hair_colour": dict(hair_style="long"),
    "hair_length": dict(hair_style="long"),
    "hair_tone": dict(hair_style="long", hair_colour="auburn"),
    "hair_volume": dict(hair_style="bob"),
    "light_height": dict(light_strength=1),
    "light_side": dict(light_strength=1),
    "neckline": dict(zoom=0.7),
    "part": dict(hair_style="short", fringe="parted", hair_volume=1),
    "pattern": dict(zoom=0.7, clothes_value=0.5, clothes_saturation=0.6),
    "rim": dict(hair_style="short", hair_colour="black", background_value=0.2),
    "seed": dict(noise=0.02, background="foliage", depth=0.3),
    "shoulders": dict(zoom=0.7),
}
"""What must be the case for a field to show."""


def plain(**fields) -> People:
    """A frontal, evenly lit, bald person before a plain wall and a faultless camera."""
    quiet = {"hair_style": "bald", "blur": 0.0, "noise": 0.0, "jpeg": 0.0, "eye_open": 1.0}
    return People.of(Person(**(quiet | {"smile": 0.0, "pattern": "plain"} | fields)))


def ends(field):
    """Two values of a field that must not look alike."""
    if field.choices:
        return field.choices[0], field.choices[1 if field.name != "fringe" else 2]
    # 0.5 for the hue: both ends of it are one colour.
    return field.low, 0.5 if field.name.endswith("hue") else field.high


def changes(field, style="soft"):
    """Largest change (in the photograph, in the drawing) from one end of a field to the other."""
    base = plain(**({"style": style} | SHOWN.get(field.name, {})))
    first, last = (render_twins(base.replace(**{field.name: end}), 64) for end in ends(field))
    return [(a - b).abs().max().item() for a, b in zip(first, last, strict=True)]


def test_pictures_have_the_promised_shape_and_range():
    photo, anime = render_twins(sample_people(5, seed=1), size=48)
    for images in (photo, anime):
        assert images.shape == (5, 3, 48, 48) and images.dtype == torch.float32
        assert images.min() >= -1 and images.max() <= 1


@pytest.mark.parametrize("how", [{"size": 0}, {"chunk": 0}, {"people": sample_people(1)[:0]}])
def test_nothing_to_render_is_refused(how):
    with pytest.raises(GanlibError, match="at least one person, and a size and a chunk"):
        render_twins(**{"people": sample_people(1)} | how)


@pytest.mark.slow
@pytest.mark.parametrize("count", [1000, pytest.param(10_000, marks=pytest.mark.nightly)])
def test_thousands_of_people_are_drawn_with_no_nan_and_no_blank_picture(count):
    people = sample_people(count, seed=12)
    for start in range(0, count, 1000):
        for images in render_twins(people[start : start + 1000], 32):
            assert images.isfinite().all()
            # Every one has light and dark in it.
            assert (images.amax((1, 2, 3)) - images.amin((1, 2, 3))).min() > 0.3


def test_same_seed_same_pixels_in_any_chunk_and_any_batch():
    people = sample_people(24, seed=3)
    photo, anime = render_twins(people, size=32, chunk=24)
    for chunk in (1, 5):
        again = render_twins(people, size=32, chunk=chunk)
        assert torch.equal(photo, again[0]) and torch.equal(anime, again[1])
    alone = render_twins(people[4:5], size=32)
    assert torch.equal(alone[0], photo[4:5]) and torch.equal(alone[1], anime[4:5])


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_every_field_changes_the_pictures_it_should_and_no_other(field):
    photo, anime = changes(field)
    assert (photo == 0) if field.name in DRAWN else (photo > 0.04), f"photograph: {photo}"
    if field.name in CAMERA:
        assert anime == 0, f"drawing: {anime}"
    elif field.name not in ("seed", "depth", "light_height", "light_strength"):
        # Those four may be left out of a drawing, and are in some styles.
        assert anime > 0.04, f"drawing: {anime}"


@pytest.mark.parametrize("style", FIELDS[[f.name for f in FIELDS].index("style")].choices)
def test_each_style_shows_who_the_person_is(style):
    for field in FIELDS:
        if field.name in ("skin", "hair_colour", "hair_style", "beard", "cover", "glasses", "yaw"):
            assert changes(field, style)[1] > 0.1, field.name


def test_the_seed_does_not_change_the_person():
    """It moves what is behind and on cloth, in photograph and drawing alike."""
    people = plain(hair_style="long", freckles=0.0)
    first, last = (render_twins(people.replace(seed=seed), 64)[1] for seed in (3, 700))
    assert torch.equal(first, last)


def test_all_choices_of_a_field_look_different():
    for field in FIELDS:
        shown = plain(**SHOWN.get(field.name, {}))
        if field.name == "fringe":
            shown = shown.replace(hair_style="long")
        domain = 1 if field.name in DRAWN else 0
        pictures = [
            render_twins(shown.replace(**{field.name: c}), 64)[domain] for c in field.choices
        ]
        for i, one in enumerate(pictures):
            for other in pictures[:i]:
                assert (one - other).abs().max() > 0.04, field.name


def test_fields_do_not_leak_between_people():
    people = sample_people(3, seed=2)
    values = people.values.clone()
    values[1] = sample_people(1, seed=77).values[0]
    before, after = render_twins(people, 32), render_twins(People(values), 32)
    for a, b in zip(before, after, strict=True):
        assert torch.equal(a[[0, 2]], b[[0, 2]]) and not torch.equal(a[1], b[1])


def test_parts_are_chosen_row_by_row():
    head = Head(sample_people(40, seed=1), 8)
    kinds = FIELDS[[f.name for f in FIELDS].index("cover")].choices
    parts = {
        name: (lambda some, k=k: torch.zeros_like(some.u) + k + some.people.field("skin"))
        for k, name in enumerate(kinds)
        if name != "none"
    }
    value, skin = head.people.field("cover"), head.people.field("skin")
    expected = torch.where(value == 0, -1.0, value + skin).expand_as(head.u)
    assert torch.equal(choose(head, "cover", parts, -1.0), expected)
    usual = torch.zeros_like(head.u) - 1
    assert torch.equal(choose(head, "cover", parts, usual), expected)
    assert (usual == -1).all()  # what was given is not written to
    assert (choose(head, "cover", {}, 0.5) == 0.5).all()


def test_framing_is_the_rule_of_face_crops():
    head = Head(plain(), 128)
    unit = CHIN - EYE_LINE
    face = head.face(0.0)[0]
    x, y = head.x.flatten(), head.y.flatten()
    inside = face < 0
    pixel = 2 / 128
    # A lean of zero: columns and rows of the head are those of the picture.
    assert abs(y[inside.any(1)].max() - CHIN) < 2 * pixel
    assert abs(x[inside.any(0)].max() - CHEEK) < 3 * pixel
    right, level = head.eye(1)
    assert abs(right.item() * unit - PUPIL_OFFSET) < pixel and abs(level.item()) * unit < pixel


@pytest.mark.parametrize("style", ["soft", "bold"])
@pytest.mark.parametrize("yaw", [-0.8, 0.0, 0.8])
def test_twins_agree_in_geometry(yaw, style):
    """The irises, found by colour alone in both pictures, are in the same place."""
    people = plain(
        **dict(yaw=yaw, eye_colour="blue", skin=0.0, eye_size=1.2, eye_open=1.1, style=style),
        **dict(background_value=0.2, background_saturation=0.0, light_strength=0.0),
    )
    where = []
    for images in render_twins(people, 128):
        red, _, blue = images[0]
        iris = (blue - red).clamp_min(0) * (blue - red > 0.12)
        iris[:45], iris[70:] = 0, 0  # between the brows and the nose
        columns = torch.arange(128.0)
        where.append(((iris.sum(0) * columns).sum() / iris.sum()).item())
    assert abs(where[0] - where[1]) < 4


def test_shapes_against_their_closed_forms():
    line = torch.linspace(-2, 2, 41)
    u, v = line.reshape(1, 1, -1), line.reshape(1, -1, 1)
    circle = ellipse(u, v, 0.3, -0.2, 0.7, 0.7)
    assert torch.allclose(circle, ((u - 0.3) ** 2 + (v + 0.2) ** 2).sqrt() - 0.7, atol=2e-4)
    square = box(u, v, 0.0, 0.0, 1.0, 0.5, 0.0)
    assert torch.isclose(square[0, 20, 20], torch.tensor(-0.5), atol=1e-6)  # centre
    assert torch.isclose(square[0, 40, 20], torch.tensor(1.5), atol=1e-6)  # straight below
    pixels = (torch.arange(200) + 0.5) / 100 - 1
    u, v = pixels.reshape(1, 1, -1), pixels.reshape(1, -1, 1)
    area = cover(ellipse(u, v, 0.0, 0.0, 0.8, 0.5), torch.tensor(0.01)).sum() * 0.01**2
    assert abs(area.item() - torch.pi * 0.8 * 0.5) < 1e-3  # anti-aliasing keeps the area


@pytest.mark.parametrize("style", ["soft", "bold", "flat"])
def test_resolutions_agree(style):
    """A picture of 128 pixels, averaged down, is nearly the picture of 64: nothing is per pixel.

    Ink is left out: its dots are only drawn where there are pixels for them.
    """
    people = sample_people(12, seed=8, style=style).replace(noise=0, blur=0, jpeg=0)
    for large, small in zip(render_twins(people, 128), render_twins(people, 64), strict=True):
        assert (avg_pool2d(large, 2) - small).abs().mean() < 0.03  # of a range of 2
