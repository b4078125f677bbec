"""Points and maps of rendered people lie where the renderer's pixels are."""

import pytest
import torch
from torch.nn.functional import one_hot

from ganlib.twins import People, Person, render_photographs, sample_people
from ganlib.twins.anatomy import beard_outlines, landmarks
from ganlib.twins.head import Head
from ganlib.twins.layers import REGIONS, regions

SIZE = 192
QUIET = {"hair_style": "bald", "blur": 0.3, "noise": 0.0, "jpeg": 0.0, "light_strength": 0.0}
POSES = [
    {},
    {"yaw": 1.0},
    {"yaw": -0.7, "pitch": 0.8},
    {"pitch": -1.0, "roll": -0.3},
    {"roll": 0.3, "zoom": 0.6, "shift_x": 0.1, "shift_y": -0.15},
    {"zoom": 1.2, "yaw": 0.4, "face_width": 1.1, "jaw": 1.0},
]
poses = pytest.mark.parametrize("pose", POSES, ids=lambda pose: ",".join(pose) or "plain")


def some(**fields) -> People:
    return People.of(Person(**(QUIET | fields)))


def points_of(people: People, name: str, size: int = SIZE) -> torch.Tensor:
    return landmarks(people, size)[name][0]


def colours_at(photo: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """(k, 3): the pixels of a photograph (3, h, w) that points (k, 2) lie in."""
    column, row = points.floor().long().T
    return photo[:, row, column].T


def region_at(people: People, points: torch.Tensor) -> list[str]:
    column, row = points.floor().long().T
    return [REGIONS[kind] for kind in regions(people, SIZE)[0, row, column]]


@poses
def test_places_in_the_frame_are_the_inverse_of_those_on_the_head(pose):
    head = Head(some(**pose), 16)
    x, y = head.in_frame(head.u, head.v)
    assert torch.allclose(x, head.x.expand_as(x), atol=1e-5)
    assert torch.allclose(y, head.y.expand_as(y), atol=1e-5)


@poses
@pytest.mark.parametrize("side", ["left", "right"])
def test_irises_are_on_pixels_of_their_colour(side, pose):
    people = some(eye_colour="blue", eye_size=1.2, eye_open=1.1, skin=0.2, **pose)
    photo = render_photographs(people, SIZE)[0]
    centre, *around = points_of(people, f"{side}_iris")
    # Between the pupil and the dark rim, left and right: above is the lamp's reflection.
    for edge in (around[0], around[2]):
        red, _, blue = colours_at(photo, (centre + 0.72 * (edge - centre))[None])[0]
        assert blue - red > 0.1
    # Just beyond it is the white of the eye.
    for edge in (around[0], around[2]):
        red, _, blue = colours_at(photo, (centre + 1.35 * (edge - centre))[None])[0]
        assert abs(blue - red) < 0.3 and red > -0.3
    assert (colours_at(photo, centre[None]) < -0.5).all()  # the pupil


@poses
def test_brows_lips_and_lids_are_darker_than_the_skin_beside_them(pose):
    people = some(mouth_open=0.0, lips=1.0, makeup=0.0, skin=0.2, brow_weight=1.3, **pose)
    photo = render_photographs(people, SIZE)[0]
    known = landmarks(people, SIZE)
    for side in ("left", "right"):
        top, bottom = known[f"{side}_brow_top"][0], known[f"{side}_brow_bottom"][0]
        within, thick = (top + bottom) / 2, bottom - top
        inner = slice(1, 4)
        brow = colours_at(photo, within[inner]).mean()
        for beside in (within - 2.5 * thick, within + 2.5 * thick):
            assert brow < colours_at(photo, beside[inner]).mean() - 0.25
        lashes, above = known[f"{side}_upper_lid"][0, 2:7], thick[2] * 0.9
        dark = colours_at(photo, lashes).mean()
        assert dark < colours_at(photo, lashes - above).mean() - 0.2
    lower = (known["lower_inner_lip"] + known["lower_outer_lip"])[0, 3:8] / 2
    height = (known["lower_outer_lip"] - known["lower_inner_lip"])[0, 5]
    green = colours_at(photo, lower)[:, 1].mean()
    assert green < colours_at(photo, lower + 1.4 * height)[:, 1].mean() - 0.1


def test_an_open_mouth_is_dark_or_toothed_between_the_inner_lips():
    people = some(mouth_open=1.0, smile=0.5, age=0.0)
    photo = render_photographs(people, SIZE)[0]
    known = landmarks(people, SIZE)
    upper, lower = known["upper_inner_lip"][0, 4:7], known["lower_inner_lip"][0, 4:7]
    assert (lower - upper)[:, 1].min() > 0.05 * SIZE
    teeth = colours_at(photo, upper + 0.25 * (lower - upper))
    below = colours_at(photo, upper + 0.7 * (lower - upper))
    assert teeth.min() > 0 and below[:, 1:].max() < -0.3
    shut = landmarks(some(mouth_open=0.0), SIZE)
    assert torch.allclose(shut["upper_inner_lip"], shut["lower_inner_lip"])


def test_lids_close_with_the_eye():
    gaps = []
    for openness in (0.1, 0.6, 1.1):
        known = landmarks(some(eye_open=openness), SIZE)
        gap = known["left_lower_lid"] - known["left_upper_lid"]
        assert gap[..., 0].abs().max() < 1e-3 and gap[..., 1].min() >= 0
        gaps.append(gap[..., 1].max().item())
    assert gaps[0] == 0 and gaps[1] > 1.5 and gaps[2] > 1.3 * gaps[1]


@poses
def test_the_outline_of_the_face_is_the_border_of_its_skin(pose):
    people = some(**pose)
    outline = points_of(people, "outline")
    # Between the lobes of the ears and the neck there is nothing but the border.
    jaw = outline[[11, 12, 24, 25]]
    inwards = outline.mean(0) - jaw
    inwards = inwards / inwards.norm(dim=1, keepdim=True)
    assert region_at(people, jaw + 2 * inwards) == ["skin"] * 4
    assert region_at(people, jaw - 2 * inwards) == ["background"] * 4
    # The chin is the border between the face and the neck: both are skin.
    head = Head(people, SIZE)
    face = head.face(0.0)[0] < 0
    for point, length in ((outline[18], 1.0), (outline[15], 1.0), (outline[21], 1.0)):
        across = (outline.mean(0) - point) / (outline.mean(0) - point).norm() * length
        for place, inside in ((point + 1.5 * across, True), (point - 1.5 * across, False)):
            column, row = place.floor().long().tolist()
            assert row >= SIZE or face[row, column] == inside


@poses
def test_mirrored_people_have_mirrored_points(pose):
    people = some(**pose)
    mirrored = {name: -people.field(name)[:, 0, 0] for name in ("yaw", "roll", "shift_x")}
    known, other = landmarks(people, SIZE), landmarks(people.replace(**mirrored), SIZE)
    sides = {"left": "right", "right": "left"}
    for name, points in known.items():
        side, _, part = name.partition("_")
        partner = other[f"{sides[side]}_{part}" if side in sides else name][0]
        if name.endswith("iris"):
            partner = partner[[0, 3, 2, 1, 4]]
        elif name.endswith("lip"):
            partner = partner.flip(0)
        elif name == "outline":
            partner = partner.roll(-1, 0).flip(0)
        flipped = torch.stack((SIZE - partner[:, 0], partner[:, 1]), 1)
        assert (points[0] - flipped).abs().max() < 0.01, name


def test_points_do_not_depend_on_the_batch_and_grow_with_the_picture():
    people = sample_people(9, seed=4)
    known, large = landmarks(people, 64), landmarks(people, 128)
    alone = landmarks(people[3:4], 64)
    for name, points in known.items():
        assert points.isfinite().all() and points.shape[0] == 9
        assert torch.allclose(alone[name], points[3:4], atol=1e-4)
        assert torch.allclose(large[name], 2 * points, atol=1e-3)


@pytest.mark.parametrize(
    "worn",
    [
        {"hair_style": "long", "fringe": "straight"},
        {"hair_style": "curly", "yaw": 0.8},
        {"hair_style": "braids", "roll": 0.2},
        {"hair_style": "ponytail", "neckline": "v"},
        {"cover": "scarf"},
        {"cover": "turban", "hair_style": "shaved", "yaw": -0.6},
        {"cover": "cap", "hair_style": "bob"},
        {"cover": "beanie", "hair_style": "short", "neckline": "collar"},
    ],
    ids=lambda worn: ",".join(str(value) for value in worn.values()),
)
def test_the_map_of_regions_agrees_with_the_photographs_colours(worn):
    """Cloth is green, hair blue, the covering violet, and what is behind is dark grey."""
    clothes = {"clothes_hue": 0.4, "clothes_saturation": 0.9, "clothes_value": 0.5}
    behind = {"background_value": 0.15, "background_saturation": 0.0}
    quiet = {"hair_colour": "blue", "skin": 0.2, "rim": 0.0, "smile": -0.2}
    people = some(**(quiet | clothes | behind | worn))
    photo = render_photographs(people, SIZE)[0] + 1
    kinds = regions(people, SIZE)[0]
    # Colours without their brightness, and a little of that.
    light = photo.sum(0, keepdim=True)
    colours = torch.cat((photo / light.clamp_min(0.3), 0.15 * light)).flatten(1).T
    shown = [kind for kind in range(len(REGIONS)) if (kinds == kind).sum() > 60]
    assert {"background", "cloth", "skin"} <= {REGIONS[kind] for kind in shown}
    means = torch.stack([colours[kinds.flatten() == kind].median(0).values for kind in shown])
    nearest = torch.tensor(shown)[torch.cdist(colours, means).argmin(1)].reshape(kinds.shape)
    for kind in shown:
        agree = (nearest == kind)[kinds == kind].float().mean()
        assert agree > 0.9, REGIONS[kind]
    assert (nearest == kinds).float().mean() > 0.95


def test_regions_agree_at_all_sizes():
    people = sample_people(6, seed=6)
    large, small = regions(people, 128), regions(people, 64)
    assert large.dtype == torch.uint8 and large.shape == (6, 128, 128)
    shares = one_hot(large.long(), len(REGIONS)).reshape(6, 64, 2, 64, 2, -1).sum((2, 4))
    assert (shares.argmax(-1) == small).float().mean() > 0.97


@pytest.mark.parametrize("kind, outlines", [("full", 1), ("goatee", 2), ("moustache", 1)])
def test_beards_are_dark_within_their_outlines(kind, outlines):
    people = some(beard=kind, skin=0.0, hair_colour="dark brown", yaw=0.4, roll=0.1)
    photo = render_photographs(people, SIZE)[0].mean(0)
    (found,) = beard_outlines(people, SIZE)
    assert len(found) == outlines
    for outline in map(torch.from_numpy, found):
        column, row = outline.floor().long().T
        edge = photo[row, column].mean()
        column, row = ((outline - outline.mean(0)) * 1.3 + outline.mean(0)).floor().long().T
        assert edge < photo[row, column].mean() - 0.1
    if kind != "full":  # whose middle is the mouth
        middle = found[0].mean(0)
        assert photo[int(middle[1]), int(middle[0])] < edge - 0.1


def test_who_has_no_beard_or_stubble_has_no_outlines():
    people = People.of(Person(), Person(beard="stubble"), Person(beard="full"))
    assert [len(outlines) for outlines in beard_outlines(people, 64)] == [0, 0, 1]
