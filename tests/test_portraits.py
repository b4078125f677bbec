"""Twin Portraits: the same people give the same pixels, each field does what it says."""

import pytest
import torch

from ganlib.errors import GanlibError
from ganlib.framing import CHEEK, CHIN, EYE_LINE, PUPIL_OFFSET
from ganlib.portraits import FIELDS, People, render_twins, sample_people
from ganlib.portraits.head import Head
from ganlib.portraits.people import INDEX
from ganlib.portraits.shapes import box, cover, ellipse

# A bare, frontal, evenly lit person without hair, beard, scarf or camera faults.
PLAIN = dict(
    yaw=0, pitch=0, roll=0, shift_x=0, shift_y=0, zoom=1, face_width=1, eye_spacing=1, eye_open=1,
    hair_style=0, beard=0, cover=0, glasses=0, noise=0, blur=0, age=0, warmth=0, exposure=0,
    light_side=0.5, background=0, mouth_open=0, skin=0.3, fringe=0, neckline=0,
)  # fmt: skip


def plain(**fields) -> People:
    return sample_people(1, seed=4).replace(**(PLAIN | fields))


def test_pictures_have_the_promised_shape_and_range():
    photo, anime = render_twins(sample_people(5, seed=1), size=48)
    for images in (photo, anime):
        assert images.shape == (5, 3, 48, 48) and images.dtype == torch.float32
        assert images.min() >= -1 and images.max() <= 1 and not images.isnan().any()
        # No blank picture: every one has light and dark in it.
        assert (images.amax((1, 2, 3)) - images.amin((1, 2, 3))).min() > 0.5


def test_same_seed_same_pixels_in_any_chunk_and_any_batch():
    people = sample_people(7, seed=3)
    photo, anime = render_twins(people, size=32, chunk=7)
    for chunk in (1, 3):
        again = render_twins(people, size=32, chunk=chunk)
        assert torch.equal(photo, again[0]) and torch.equal(anime, again[1])
    alone = render_twins(people[4:5], size=32)
    assert torch.equal(alone[0], photo[4:5]) and torch.equal(alone[1], anime[4:5])


def test_the_first_people_do_not_depend_on_how_many_are_drawn():
    assert torch.equal(sample_people(3, seed=9).values, sample_people(50, seed=9).values[:3])
    assert not torch.equal(sample_people(3, seed=9).values, sample_people(3, seed=10).values)


def test_two_thousand_people_are_within_range_and_every_choice_occurs():
    values = sample_people(2000, seed=0).values  # People() itself checks every range
    for i, field in enumerate(FIELDS):
        if field.choices:
            assert set(values[:, i].tolist()) == set(range(len(field.choices))), field.name


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_every_field_changes_the_photograph_or_the_drawing(field):
    shown = {
        "beard": dict(), "part": dict(hair_style=2, fringe=3, hair_volume=1, part=-1),
        "fringe": dict(hair_style=2), "hair_volume": dict(hair_style=3),
        "hair_length": dict(hair_style=3), "hair_colour": dict(hair_style=3),
        "hair_tone": dict(hair_style=3, hair_colour=3), "clothes_hue": dict(clothes_saturation=0.8),
        "background_hue": dict(background_saturation=0.6, background_value=0.6),
        "background_saturation": dict(background_value=0.6),
        "clothes_saturation": dict(clothes_value=0.6), "seed": dict(noise=0.02),
    }  # fmt: skip
    base = plain(**shown.get(field.name, {}))
    # 0.5 for the hue: both ends of it are one colour.
    ends = (field.low, 0.5 if field.name.endswith("hue") else field.high)
    low, high = (render_twins(base.replace(**{field.name: end}), 64) for end in ends)
    changed = max((a - b).abs().max().item() for a, b in zip(low, high, strict=True))
    assert changed > 0.04, f"{field.name} changed no pixel by more than {changed}"


def test_fields_do_not_leak_between_people():
    people = sample_people(3, seed=2)
    values = people.values.clone()
    values[1] = sample_people(1, seed=77).values[0]
    before, after = render_twins(people, 32), render_twins(People(values), 32)
    for a, b in zip(before, after, strict=True):
        assert torch.equal(a[[0, 2]], b[[0, 2]]) and not torch.equal(a[1], b[1])


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


@pytest.mark.parametrize("yaw", [-0.8, 0.0, 0.8])
def test_twins_agree_in_geometry(yaw):
    """The irises, found by colour alone in both pictures, are in the same place."""
    people = plain(
        yaw=yaw, eye_colour=4, skin=0.0, eye_size=1.2, eye_open=1.1, background_value=0.2
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


def test_resolutions_agree():
    """A picture of 128 pixels, averaged down, is nearly the picture of 64: nothing is per pixel."""
    people = sample_people(6, seed=8).replace(noise=0, blur=0)
    for large, small in zip(render_twins(people, 128), render_twins(people, 64), strict=True):
        down = torch.nn.functional.avg_pool2d(large, 2)
        assert (down - small).abs().mean() < 0.02


def test_bad_parameters_are_refused_by_name():
    with pytest.raises(GanlibError, match=r"Person 0: smile is 3; it must be from -0.6 to 1"):
        sample_people(1).replace(smile=3)
    with pytest.raises(GanlibError, match="one of the whole numbers from 0 to 2"):
        sample_people(1).replace(glasses=0.5)
    with pytest.raises(GanlibError, match="no portrait field 'smille'"):
        sample_people(1).replace(smille=0)
    with pytest.raises(GanlibError, match="skin is nan"):
        sample_people(1).replace(skin=float("nan"))
    with pytest.raises(GanlibError, match="shape"):
        People(torch.zeros(2, 3))
    with pytest.raises(GanlibError, match="n ≥ 1"):
        sample_people(0)


def test_fields_are_documented():
    assert len(INDEX) == len(FIELDS)
    for field in FIELDS:
        assert field.low < field.high and field.meaning
        assert not field.choices or len(field.choices) == field.high + 1


def test_mouth_hair_and_eyes_are_independent_of_one_another():
    people = sample_people(20_000, seed=3)
    skin, mouth, hair, eyes = (
        people.field(name).flatten() for name in ("skin", "mouth_open", "hair_colour", "eye_colour")
    )
    dark = skin > 0.55
    for feature in (hair, eyes):
        shares = [(mouth[dark & (feature == k)] > 0).float().mean().item() for k in (0, 1)]
        assert abs(shares[0] - 0.45) < 0.05 and abs(shares[1] - 0.45) < 0.05
    brown_eyes = [(eyes[dark & (hair == k)] == 1).float().mean().item() for k in (0, 1)]
    assert abs(brown_eyes[0] - brown_eyes[1]) < 0.06
