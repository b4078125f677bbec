"""Drawings: the same every time, in the person's colours, with what the person has."""

from dataclasses import replace

import numpy as np
import pytest
from faces_to_draw import painted, scene_of, with_traits
from scipy import ndimage

from ganlib.core.errors import GanlibError
from ganlib.drawing import STYLES, Portrait, draw, mesh, photograph
from ganlib.drawing.eyes import _Opening, _openness
from ganlib.drawing.frame import Warp, frame, strength
from ganlib.drawing.mouth import _mouth
from ganlib.drawing.palette import luma, palette
from ganlib.drawing.portrait import HAIR, SKIN
from ganlib.drawing.scene import EAR, FACE, Scene

CEL = STYLES["cel"]


def pixels(portrait: Portrait, style: str = "cel", size: int = 256) -> np.ndarray:
    return np.asarray(draw(portrait, STYLES[style], size)).astype(float)


@pytest.mark.parametrize("style", STYLES)
def test_the_same_portrait_gives_the_same_picture(style):
    assert np.array_equal(pixels(painted(), style), pixels(painted(), style))


def test_a_picture_of_another_size_shows_the_same():
    large = draw(painted(), CEL, 512).resize((256, 256))
    assert np.abs(np.asarray(large, float) - pixels(painted())).mean() < 4


def test_a_pair_has_one_frame():
    portrait = painted()
    photo, drawing = photograph(portrait, 256), draw(portrait, CEL, 256)
    assert photo.size == drawing.size == (256, 256)
    framed = frame(portrait, 768, CEL)
    x, y = (framed.at(mesh.LEFT_CHEEK) / 3).astype(int)
    # Skin lies on skin: both are nearer to one another than to the hair.
    skin, drawn = np.asarray(photo, float)[y, x], np.asarray(drawing, float)[y, x]
    assert np.abs(skin - drawn).mean() < 60


def test_styles_differ_and_ink_is_without_colour():
    pictures = {style: pixels(painted(hair_colour="black"), style) for style in STYLES}
    assert np.abs(pictures["shoujo"] - pictures["cel"]).mean() > 3
    ink = pictures["ink"]
    assert np.abs(ink - ink.mean(-1, keepdims=True)).max() < 8
    assert (ink > 240).mean() > 0.3
    assert (ink < 60).mean() > 0.05


@pytest.mark.parametrize("share", [0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
def test_skin_keeps_the_depth_that_its_label_names(share):
    """The photograph moves it by 36 downwards and 3 upwards at most: skin is not lightened."""
    portrait = painted(skin=share)
    expected = np.interp(share, [0, 0.25, 0.5, 0.75, 1], [232, 216, 186, 137, 92])
    skin = palette(frame(portrait, 384, CEL), portrait.traits, CEL).skin
    assert expected - 38 <= luma(skin) <= expected + 7
    assert skin[0] > skin[1] > skin[2]


def test_a_darker_photograph_has_darker_skin():
    portrait = painted(skin=0.4)
    dark = replace(portrait, photo=(portrait.photo * 0.82).astype(np.uint8))
    lit, dim = (palette(frame(p, 384, CEL), p.traits, CEL).skin for p in (portrait, dark))
    assert luma(dim) < luma(lit) - 8


def test_the_shadow_of_skin_is_redder_and_darker_never_violet():
    for share in (0.1, 0.5, 0.9):
        portrait = painted(skin=share)
        colours = palette(frame(portrait, 384, CEL), portrait.traits, CEL)
        assert luma(colours.skin_shadow) < 0.9 * luma(colours.skin)
        assert colours.skin_shadow[0] > colours.skin_shadow[1] > colours.skin_shadow[2]


def test_eyes_are_larger_than_photographed_and_lie_where_they_were():
    portrait = painted()
    scene = scene_of(portrait)
    for eye in mesh.EYES:
        x, y = scene.at(eye.iris).astype(int)
        r = int(8 * scene.unit)
        assert scene.features[y - r : y + r, x - r : x + r].mean() > 0.4
    drawn = (scene.features > 0.5).sum()
    for eye in mesh.EYES:
        opening = scene.points((*eye.upper, *eye.lower[::-1]))
        drawn -= 1.5 * scene.canvas.shape(opening).sum()
    assert drawn > 0


def opening_of(scene: Scene, eye: mesh.Eye) -> tuple[float, float]:
    """Width and height of an eye as drawn, in units."""
    opening = _Opening(scene, eye)
    opening.grow(scene, opening.gap / opening.seen)
    return opening.width / scene.unit, opening.height / scene.unit


@pytest.mark.parametrize("eye", mesh.EYES)
def test_eyes_grow_less_on_men_and_older_people(eye):
    def size(**traits: object) -> np.ndarray:
        portrait = painted(**traits)
        return np.array(opening_of(Scene(frame(portrait, 384, CEL), portrait.traits, CEL), eye))

    young = size()
    assert (size(sex="male") < young).all()
    assert (size(age=0.8) < young).all()
    assert size(lid="single")[1] < young[1]
    assert young[1] < 0.7 * young[0]


def test_a_pair_of_eyes_is_alike_and_a_squint_shows_its_iris():
    portrait = painted("male_028", sex="male", age=0.65, eye_shape="narrow")
    scene = Scene(frame(portrait, 384, CEL), portrait.traits, CEL)
    openings = [_Opening(scene, eye) for eye in mesh.EYES]
    shares = _openness(openings)
    assert 0.07 < shares.min()
    assert shares.max() < 1.3 * shares.min()
    for opening, share in zip(openings, shares, strict=True):
        opening.grow(scene, share)
        assert opening.height > 6 * scene.unit


def test_the_lips_of_dark_skinned_men_are_not_painted():
    lips = [scene_of(painted(sex=sex, skin=1.0, lips=0.5)).lips.max() for sex in ("male", "female")]
    assert lips[0] < 0.6 * lips[1]


def test_features_that_fill_a_face_keep_its_jaw():
    points = painted().points
    wide = points.copy()
    wide[list(mesh.MOUTH_CORNERS)] += [[-0.08], [0.08]] * (points[454] - points[234])
    assert strength(CEL, wide, male=False) < strength(CEL, points, male=False)


def test_the_far_eye_of_a_turned_head_is_the_smaller_one():
    portrait = painted("female_066")
    scene = Scene(frame(portrait, 384, CEL), portrait.traits, CEL)
    near, far = (opening_of(scene, eye) for eye in mesh.EYES)
    assert far[0] < 0.8 * near[0]


@pytest.mark.parametrize("name", ["female_022", "male_036", "male_002", "female_039"])
def test_hair_and_face_keep_their_places(name):
    """Drawn regions overlap those of the photograph, warped."""
    portrait = painted(name)
    framed = frame(portrait, 384, CEL)
    scene = Scene(framed, portrait.traits, CEL)
    before = framed.regions == HAIR
    after = scene.regions == HAIR
    if before.sum() > 2000:
        assert (before & after).sum() / (before | after).sum() > 0.8
    assert scene.regions[tuple(scene.at(mesh.NOSE_TIP).astype(int)[::-1])] == FACE


def test_a_bald_head_has_two_ears_and_a_neck_narrower_than_its_jaw():
    portrait = painted("male_053", sex="male", hair_style="bald")
    scene = Scene(frame(portrait, 384, CEL), portrait.traits, CEL)
    ears = np.nonzero((scene.regions == EAR).any(0))[0]
    assert (ears < scene.middle).sum() > 3 * scene.unit
    assert (ears > scene.middle).sum() > 3 * scene.unit
    mouth, neck = (int(scene.at(i)[1]) for i in (13, mesh.CHIN))
    below = scene.regions[neck + int(5 * scene.unit)]
    assert (below == SKIN).sum() < 0.9 * (scene.regions[mouth] == FACE).sum()


CHANGES = {
    "glasses": ({"glasses": "round"}, {}),
    "earrings": ({"earrings": "hoops"}, {}),
    "stubble": ({"beard": "stubble", "sex": "male"}, {"sex": "male"}),
    "age": ({"age": 0.8}, {}),
    "freckles": ({"freckles": 1.0}, {}),
    "lips": ({"lips": 0.9}, {}),
    "lid": ({"lid": "single"}, {}),
    "makeup": ({"makeup": 1.0}, {}),
    "eyes": ({"eye_colour": "blue"}, {}),
    "light": ({"light_side": 0.8}, {}),
    "man": ({"sex": "male"}, {}),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_a_person_has_is_drawn(what):
    changed, other = CHANGES[what]
    base = painted("female_005")
    with_it, without = (pixels(with_traits(base, **traits)) for traits in (changed, other))
    assert np.abs(with_it - without).max(-1).mean() > 0.05
    assert (np.abs(with_it - without).max(-1) > 24).sum() >= 20


def test_an_open_smile_has_one_undivided_row_of_teeth():
    portrait = painted("female_045", teeth=True)
    scene = scene_of(portrait)
    box = [scene.points((61, 291, 0, 17)).min(0), scene.points((61, 291, 0, 17)).max(0)]
    (left, top), (right, bottom) = np.round(box).astype(int)
    white = scene.canvas.pixels[top:bottom, left:right].min(-1) > 225
    labels, _ = ndimage.label(white)
    sizes = np.bincount(labels.ravel())[1:]
    assert sizes.max() > 0.9 * sizes.sum()
    assert np.ptp(np.nonzero(white)[1]) > 0.6 * (right - left)
    shut = scene_of(painted("male_009", teeth=False))
    x, y = shut.at(13, 14).astype(int)
    assert shut.canvas.pixels[y - 6 : y + 6, x - 20 : x + 20].min(-1).max() < 225


def test_a_beard_is_drawn_where_it_is_outlined_and_only_where_labelled():
    base = painted("male_002", sex="male")
    jaw = base.points[[172, 136, 150, 152, 379, 365, 397, 287, 164, 57]]
    outlined = replace(base, beard=(jaw,))
    assert np.array_equal(pixels(base), pixels(outlined))
    bearded = with_traits(outlined, beard="full")
    changed = np.abs(pixels(bearded) - pixels(base)).max(-1) > 24
    assert 0.01 < changed.mean() < 0.2


@pytest.mark.parametrize(
    "style", ["bald", "shaved", "short", "spiky", "bob", "wavy", "curly", "bun", "braids", "afro"]
)
def test_every_kind_of_hair_can_be_drawn(style):
    picture = pixels(painted("female_010", hair_style=style, skin=0.8))
    assert picture.std() > 20


def test_the_warp_can_be_undone():
    portrait = painted()
    warp = Warp(portrait.points, 0.8, 0.92)
    moved = warp.inverse(portrait.points)
    x, y = warp.source(moved[:, 0], moved[:, 1])
    assert np.abs(np.stack([x, y], 1) - portrait.points).max() < 0.05
    assert moved[mesh.CHIN, 1] < portrait.points[mesh.CHIN, 1]


def test_a_portrait_whose_parts_do_not_fit_is_refused():
    good = painted()
    with pytest.raises(GanlibError, match="face points are"):
        replace(good, points=good.points[:68])
    with pytest.raises(GanlibError, match="must be of one size"):
        replace(good, regions=good.regions[:100])
    with pytest.raises(GanlibError, match="uint8"):
        replace(good, photo=good.photo / 255)
    with pytest.raises(GanlibError, match="values from 0 to 4"):
        replace(good, regions=good.regions + 3)


def test_dark_skin_is_shaded_in_flat_tones_of_ink():
    scene = scene_of(painted("male_002", sex="male", skin=0.95), "ink")
    skin = scene.is_(FACE) & (scene.features < 0.1)
    grey = scene.canvas.pixels[skin].mean(-1).round()
    tones, counts = np.unique(grey, return_counts=True)
    flat = tones[counts > 0.02 * len(grey)]
    assert 2 <= len(flat) <= 4 and flat.max() - flat.min() > 30


def test_stubble_is_one_soft_tone_and_a_shaven_chin_has_none():
    person = painted("male_002", sex="male", beard="stubble")
    assert scene_of(person).beard.max() == 0
    jaw = np.arange(len(person.photo))[:, None] > person.points[mesh.NOSE_BASE, 1]
    jaw = (jaw & (person.regions == SKIN))[..., None]
    shade = np.where(jaw, person.photo * 0.7, person.photo).astype(np.uint8)
    scene = scene_of(replace(person, photo=shade))
    assert 0.05 < scene.beard.max() <= 0.2
    down, right = np.gradient(scene.beard)
    # But for lips and jaw, which cut it.
    inner = ndimage.binary_erosion(scene.is_(FACE), iterations=int(3 * scene.unit))
    inner &= scene.blur(scene.lips > 0, 2) < 0.01
    assert np.hypot(down, right)[inner].max() < 0.03


@pytest.mark.parametrize("sex", ["female", "male"])
def test_a_mouth_at_rest_is_level_however_lopsided_it_is(sex):
    portrait = painted("female_022", sex=sex)
    points = portrait.points.copy()
    points[[61, 78]] += [0, 4]
    for person in (portrait, replace(portrait, points=points)):
        drawn = _mouth(Scene(frame(person, 384, CEL), person.traits, CEL))
        assert drawn.smile >= -0.2
        assert abs(np.subtract(*drawn.top[[0, -1], 1])) < 1.5 * 384 / 256


def test_a_forehead_is_drawn_lower_and_what_lies_below_the_brows_is_not():
    points = painted().points
    moved = Warp(points, 0.8, 0.92).inverse(points)
    assert moved[10, 1] > points[10, 1] + 0.02 * np.ptp(points[:, 0])
    assert np.allclose(moved[mesh.LEFT_EYE.upper[4]], points[mesh.LEFT_EYE.upper[4]], atol=1.5)
