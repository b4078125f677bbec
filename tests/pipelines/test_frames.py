"""Films: where nothing moves drawings hold still, and where something moves they follow."""

import numpy as np
import pytest
import torch
from PIL import Image
from runs import translator
from skimage import data
from torch.nn.functional import avg_pool2d

from ganlib.core.errors import GanlibError
from ganlib.data.aligned import align
from ganlib.data.faces import find_faces
from ganlib.data.finder import LEFT_IRIS
from ganlib.data.images import to_tensor
from ganlib.pipelines.frames import beside, change, flicker, follow, smoothed, stylize_frames
from ganlib.pipelines.stylize import Stylizer

FRAMES, SIZE = 8, 256
PHOTO = Image.fromarray(data.astronaut())


def winking(photo, share):
    """One eye closed by a share: the skin below comes up over it."""
    pixels = np.asarray(photo).astype(float)
    rows, columns = np.mgrid[: photo.height, : photo.width]
    x, y = find_faces(PHOTO)[0].points[LEFT_IRIS]
    lid = np.clip(1.6 - np.hypot((columns - x) / 11, (rows - y) / 6), 0, 1)[..., None] * share
    pixels += lid * (pixels[round(y) + 14, round(x)] - pixels)
    return Image.fromarray(pixels.round().astype(np.uint8))


def filmed(pictures, seed=0):
    """A hand that shakes, a lamp that flickers, a sensor that is noisy."""
    draws, found = np.random.default_rng(seed), []
    for picture in pictures:
        right, down, lean = draws.normal(0, (3.0, 3.0, 0.006))
        way = (1, lean, right - 256 * lean, -lean, 1, down + 256 * lean)
        moved = picture.transform(picture.size, Image.Transform.AFFINE, way, 3, fillcolor="grey")
        light = np.asarray(moved, float) * draws.normal(1, 0.04) + draws.normal(0, 5, (512, 512, 3))
        found.append(Image.fromarray(light.clip(0, 255).astype(np.uint8)))
    return found


@pytest.fixture(scope="module")
def stylizer():
    return Stylizer.load(style="cel", precision="fp32")


def drawings(converted):
    return to_tensor([each.anime for each in converted])


def at_once(stylizer, pictures):
    """What is drawn of pictures that were not filmed, all aligned by the first."""
    how = align(find_faces(pictures[0])[0], pictures[0], SIZE)
    return stylizer.translate(to_tensor([how.photo(picture) for picture in pictures]))


def test_nothing_moves_and_the_drawings_hold_still(stylizer, measured):
    film = filmed([PHOTO] * FRAMES)
    steady, single = stylize_frames(stylizer, film), stylizer.convert_batch(film)
    seen = to_tensor([steady[0].source] * FRAMES)
    ours, theirs = (flicker(drawings(each), seen) for each in (steady, single))
    measured(f"flicker: {ours:.4f}, of {theirs:.4f} when each frame is drawn by itself")
    assert theirs > 0.01 and ours <= theirs / 2
    assert [each.frame.found for each in steady] == [True] * FRAMES
    whole = steady[-1].alignment.blend(film[-1], steady[-1].anime)
    assert whole.size == film[-1].size


def followed(drawn, wanted):
    """How much of the change that a wink makes in drawings is there in the end: 0 none, 1 all."""
    here = avg_pool2d(torch.cat([drawn[-1:], wanted[:1], wanted[-1:]]), 4)
    all_of_it = here[2] - here[1]
    assert all_of_it.abs().max() > 0.3
    return float(((here[0] - here[1]) * all_of_it).sum() / all_of_it.square().sum())


def test_a_true_motion_is_followed_and_a_frozen_picture_is_not(stylizer, measured):
    shares = np.clip(np.linspace(-0.5, 1.6, FRAMES), 0, 1)
    pictures = [winking(PHOTO, share) for share in shares]
    wanted = at_once(stylizer, pictures)
    film = filmed(pictures)
    found = stylize_frames(stylizer, film)
    steady, single = drawings(found), drawings(stylizer.convert_batch(film))
    frozen = steady[:1].expand_as(steady)
    ours, theirs, none = (followed(each, wanted) for each in (steady, single, frozen))
    measured(f"a wink followed: {ours:.2f}; frame by frame {theirs:.2f}, frozen {none:.2f}")
    assert ours >= 0.75 * theirs > 0.6 and none < 0.25
    seen = to_tensor([each.source for each in found])
    assert flicker(steady, seen) <= flicker(single, seen) / 2


def test_points_are_smoothed_in_shape_and_not_in_place():
    draws = np.random.default_rng(0)
    shape, centre = draws.normal(0, 30, (1, 12, 2)), draws.normal(0, 20, (40, 1, 2))
    noisy = shape + centre + draws.normal(0, 1, (40, 12, 2))
    smooth = smoothed(noisy)
    np.testing.assert_allclose(smooth.mean(1), noisy.mean(1), atol=1e-9)
    apart = [
        points - points.mean(1, keepdims=True) - (shape - shape.mean(1))
        for points in (noisy, smooth)
    ]
    assert apart[1].std() < 0.5 * apart[0].std()


def face(right=0.0, light=1.0, seed=0):
    """Soft forms (64, 64, 3), pushed to the right by pixels, in another light."""
    rows, columns = np.mgrid[:64, :64]
    waves = [np.sin((columns - right) / k + 1) * np.cos(rows / (k + 2) + k) for k in (5, 7, 9)]
    noise = np.random.default_rng(seed).normal(0, 0.02, (64, 64, 3))
    return 0.4 * light * np.stack(waves, -1) + 0.1 * (light - 1) + noise


def test_what_lies_beside_is_found_and_light_is_taken_out():
    kept, picture = face(), face(right=0.8, light=1.3, seed=1)
    shift, lit = beside(picture, kept)
    np.testing.assert_allclose(shift, (0.8, 0.0), atol=0.15)
    assert abs(lit - face(right=0.8)).mean() < 0.03 < abs(picture - face(right=0.8)).mean()


def test_change_is_where_something_is_new():
    kept, picture = face(), face(seed=1)
    assert change(picture, kept).max() == 0
    picture[20:30, 40:50] += 0.5
    new = change(picture, kept)
    assert new.shape == (64, 64, 1) and new[25, 45] == 1 and new[25, 10] == 0
    assert change(kept, kept).max() == 0


def test_flicker_is_what_the_frames_do_not_explain():
    still, moves = torch.zeros(4, 3, 8, 8), torch.zeros(4, 3, 8, 8)
    moves[::2] = 0.5
    assert flicker(moves, still) == pytest.approx(0.5)
    assert flicker(moves, moves) == flicker(still, moves) == 0


def test_a_face_is_followed_where_none_is_seen():
    head = PHOTO.crop((92, 0, 352, 260))
    blank = Image.new("RGB", head.size, "grey")
    faces = follow([blank, head, blank, head])
    assert len(faces) == 4
    for each in faces[1:]:
        np.testing.assert_allclose(each.points, faces[0].points, atol=1e-6)
    with pytest.raises(GanlibError, match="no face is seen in any of 2 frames"):
        follow([blank, blank])


def test_models_without_styles_are_refused():
    with pytest.raises(GanlibError, match="with styles"):
        stylize_frames(Stylizer(translator()), [PHOTO])
