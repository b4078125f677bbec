"""Drawings: the same every time, in the person's colours, with what the person has."""

from dataclasses import replace

import numpy as np
import pytest
from faces_to_draw import painted, scene_of, with_traits
from scipy import ndimage

from ganlib.core.errors import GanlibError
from ganlib.drawing import STYLES, Portrait, draw, mesh, photograph
from ganlib.drawing.frame import Warp, frame
from ganlib.drawing.palette import luma, palette
from ganlib.drawing.portrait import BACKGROUND, CLOTH, COVER, HAIR, SKIN
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
    """The photograph moves it by 20 downwards and 4 upwards at most: skin is not lightened."""
    portrait = painted(skin=share)
    expected = np.interp(share, [0, 0.25, 0.5, 0.75, 1], [232, 216, 186, 137, 92])
    skin = palette(frame(portrait, 384, CEL), portrait.traits, CEL).skin
    assert expected - 23 <= luma(skin) <= expected + 7
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


def printed(width: int) -> Portrait:
    """Somebody whose cloth has a print of squares so wide, in pixels of the photograph."""
    portrait = painted("female_024", pattern="flowers")
    rows, columns = np.indices(portrait.regions.shape) // width
    square = (portrait.regions == CLOTH) & ((rows % 2) & (columns % 2) > 0)
    photo = np.where(square[..., None], np.uint8([230, 210, 60]), portrait.photo)
    return replace(portrait, photo=photo)


def test_a_print_is_drawn_where_it_is_large_enough_and_never_invented():
    plain = pixels(painted("female_024", pattern="plain"))
    assert np.array_equal(pixels(painted("female_024", pattern="flowers")), plain)
    fine, large = (pixels(printed(width)) for width in (2, 24))
    yellow = [((p[..., 0] - p[..., 2]) > 60)[200:].mean() for p in (plain, fine, large)]
    assert yellow[1] < yellow[0] + 0.004
    assert yellow[2] > yellow[0] + 0.02


def test_a_shirt_and_a_tie_stand_out_from_a_jacket():
    portrait = painted("male_036", neckline="jacket", sex="male", clothes="#3c5a96")
    chin = portrait.points[mesh.CHIN, 0]
    aside = np.abs(np.arange(portrait.regions.shape[1]) - chin)
    shirt = (portrait.regions == CLOTH) & (aside < 40)
    photo = np.where(shirt[..., None], np.uint8([235, 235, 240]), portrait.photo)
    photo = np.where((shirt & (aside < 8))[..., None], np.uint8([180, 30, 40]), photo)
    scene = scene_of(replace(portrait, photo=photo))
    below = scene.canvas.pixels[-12:-2].mean(0)
    middle, reach = int(scene.at(mesh.CHIN)[0]), int(9 * scene.unit)
    tie = below[middle - reach : middle + reach]
    assert (tie[:, 0] - tie[:, 2]).max() > 80
    assert tie.min(-1).max() > 190


def test_a_shirt_labelled_in_another_colour_than_it_is_photographed_gets_no_tie():
    scene = scene_of(painted("male_036", neckline="collar", sex="male", clothes="#e0e0e0"))
    below = scene.canvas.pixels[-12:-2].mean(0)
    middle, reach = int(scene.at(mesh.CHIN)[0]), int(9 * scene.unit)
    shirt = below[middle - reach : middle + reach]
    assert (shirt[:, 2] - shirt[:, 0]).max() < 30


@pytest.mark.parametrize(("colour", "drawn"), [((100, 33, 39), False), ((60, 90, 190), True)])
def test_on_a_head_covering_another_hue_is_drawn_and_shade_is_not(colour, drawn):
    portrait = painted("female_041", cover="scarf")
    left = np.arange(portrait.regions.shape[1]) < portrait.points[mesh.CHIN, 0] - 30
    part = (portrait.regions == COVER) & left
    photo = np.where(part[..., None], np.uint8(colour), portrait.photo)
    scene = scene_of(replace(portrait, photo=photo))
    # The part's middle, and as much on the other side.
    aside, cover = (scene.canvas.x - scene.middle) / scene.unit, scene.is_(COVER)
    tones = [np.median(scene.canvas.pixels[cover & (side * aside > 30)], 0) for side in (-1, 1)]
    assert (np.abs(tones[0] - tones[1]).max() > 60) == drawn


def test_shoulders_are_drawn_in_one_sweep_however_ragged_the_regions_are():
    lengths = []
    for ragged in (False, True):
        portrait = painted("male_036", sex="male")
        near = ndimage.binary_dilation(portrait.regions == CLOTH, iterations=9)
        teeth = near & (portrait.regions == BACKGROUND)
        teeth &= np.arange(portrait.regions.shape[1]) // 12 % 2 == 0
        regions = np.where(teeth & ragged, np.uint8(CLOTH), portrait.regions)
        scene = Scene(frame(replace(portrait, regions=regions), 384, CEL), portrait.traits, CEL)
        cloth = scene.is_(CLOTH)
        lengths.append(float((cloth ^ ndimage.binary_erosion(cloth)).sum()))
    assert lengths[1] < 1.03 * lengths[0]


def test_the_nose_is_not_hatched():
    scene = scene_of(painted(), "ink")
    x, y = scene.at(mesh.NOSE_BASE).astype(int)
    reach = int(5 * scene.unit)
    assert scene.shaded[y - reach : y + 2, x - reach : x + reach].max() < 0.2


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
