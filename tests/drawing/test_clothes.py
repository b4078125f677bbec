"""Clothes: their openings, what is worn beneath, prints and head coverings."""

from dataclasses import replace

import numpy as np
import pytest
from faces_to_draw import painted, scene_of
from scipy import ndimage

from ganlib.drawing import STYLES, Portrait, mesh
from ganlib.drawing.frame import frame
from ganlib.drawing.portrait import BACKGROUND, CLOTH, COVER, HAIR, SKIN
from ganlib.drawing.scene import Scene

CEL = STYLES["cel"]


def scene(portrait: Portrait) -> Scene:
    """A portrait's regions, before anything is painted."""
    return Scene(frame(portrait, 384, CEL), portrait.traits, CEL)


def below_the_chin(portrait: Portrait, half: float) -> np.ndarray:
    """Where the photograph shows what lies below a chin, so far to both sides of it, in pixels."""
    rows, columns = np.indices(portrait.regions.shape)
    x, y = portrait.points[mesh.CHIN]
    return (rows > y + 6) & (np.abs(columns - x) < half)


def test_a_round_neckline_closes_even_where_the_photograph_ends():
    portrait = painted("male_036", sex="male", neckline="round")
    slot = below_the_chin(portrait, 26)
    bare = scene(replace(portrait, regions=np.where(slot, np.uint8(SKIN), portrait.regions)))
    assert bare.opening
    middle = int(bare.at(mesh.CHIN)[0])
    assert bare.regions[-2, middle] == CLOTH
    # One sweep: wide above, narrower and narrower to the foot.
    widths = bare.is_(SKIN)[int(bare.opening.left[1]) :].sum(1)
    assert (np.diff(widths[widths > 0][3:]) <= 2).all()


def test_a_raised_hand_goes_to_cloth_and_hair():
    portrait = painted("female_022", hair_style="long")
    rows, columns = np.indices(portrait.regions.shape)
    x, y = portrait.points[mesh.CHIN]
    regions = portrait.regions.copy()
    aside = columns - x
    regions[(np.abs(aside) < 26) & (rows > y + 20)] = CLOTH
    regions[(aside > 30) & (aside < 110) & (rows > y - 40)] = HAIR
    regions[(aside > 50) & (aside < 80) & (rows > y + 10)] = SKIN
    drawn = scene(replace(portrait, regions=regions))
    aside = (drawn.canvas.x - drawn.at(mesh.CHIN)[0]) / drawn.unit
    assert not (drawn.is_(SKIN) & (aside > 30) & (aside < 80)).any()


def test_thin_straps_are_drawn_whole():
    portrait = painted("female_022", hair_style="up")
    rows, columns = np.indices(portrait.regions.shape)
    x, y = portrait.points[mesh.CHIN]
    regions = portrait.regions.copy()
    regions[regions == HAIR] = BACKGROUND
    regions[(rows > y + 8)] = SKIN
    for side in (-1, 1):
        regions[(rows > y + 8) & (np.abs(columns - x - 70 * side) < 3)] = CLOTH
    drawn = scene(replace(portrait, regions=regions))
    low = drawn.canvas.y > drawn.at(mesh.CHIN)[1] + 20 * drawn.unit
    labels, count = ndimage.label(drawn.is_(CLOTH) & low)
    assert count == 2
    for label in (1, 2):
        thick = (labels == label).sum(1)[low[:, 0]]
        assert (thick[2:-2] >= 3 * drawn.unit).all()


def printed(pattern: str, width: int = 24) -> Portrait:
    """Somebody whose cloth has a print of squares so wide, in pixels of the photograph."""
    portrait = painted("female_024", pattern=pattern)
    rows, columns = np.indices(portrait.regions.shape) // width
    square = (portrait.regions == CLOTH) & ((rows % 2) & (columns % 2) > 0)
    photo = np.where(square[..., None], np.uint8([230, 210, 60]), portrait.photo)
    return replace(portrait, photo=photo)


@pytest.mark.parametrize("pattern", ["plain", "flowers", "stripes", "checks"])
def test_a_print_is_regular_and_in_its_second_colour(pattern):
    drawn = scene_of(printed(pattern))
    pixels = drawn.canvas.pixels
    yellow = (pixels[..., 0] - pixels[..., 2] > 20) & ndimage.binary_erosion(
        drawn.is_(CLOTH), iterations=4
    )
    if pattern == "plain":
        assert yellow.sum() < 30 * drawn.unit**2
        return
    labels, count = ndimage.label(yellow)
    sizes = np.bincount(labels.ravel())[1:]
    assert count >= 4
    if pattern == "flowers":
        # Whole ones are all of a size; fewer are cut by a border.
        whole = sizes[sizes > 0.6 * sizes.max()]
        assert len(whole) > 8
        assert sizes.max() < 60 * drawn.unit**2


@pytest.mark.parametrize(("colour", "drawn"), [((120, 40, 47), False), ((60, 90, 190), True)])
def test_under_a_head_covering_another_cloth_is_drawn_and_shade_is_not(colour, drawn):
    portrait = painted("female_021", cover="scarf")
    low = np.arange(len(portrait.regions))[:, None] > portrait.points[mesh.CHIN, 1]
    part = (portrait.regions == COVER) & low
    photo = np.where(part[..., None], np.uint8(colour), portrait.photo)
    whole = scene_of(replace(portrait, photo=photo))
    cover, chin = whole.is_(COVER), whole.at(mesh.CHIN)[1]
    above = cover & (whole.canvas.y < chin - 20 * whole.unit)
    below = cover & (whole.canvas.y > chin + 16 * whole.unit)
    tones = [np.median(whole.canvas.pixels[where], 0) for where in (above, below)]
    assert (np.abs(tones[0] - tones[1]).max() > 60) == drawn


def test_a_shirt_and_a_tie_stand_out_from_a_jacket():
    portrait = painted("male_036", neckline="jacket", sex="male")
    chin = portrait.points[mesh.CHIN, 0]
    aside = np.abs(np.arange(portrait.regions.shape[1]) - chin)
    shirt = (portrait.regions == CLOTH) & (aside < 40)
    photo = np.where(shirt[..., None], np.uint8([235, 235, 240]), portrait.photo)
    photo = np.where((shirt & (aside < 8))[..., None], np.uint8([180, 30, 40]), photo)
    drawn = scene_of(replace(portrait, photo=photo))
    below = drawn.canvas.pixels[-12:-2].mean(0)
    middle, reach = int(drawn.at(mesh.CHIN)[0]), int(9 * drawn.unit)
    tie = below[middle - reach : middle + reach]
    assert (tie[:, 0] - tie[:, 2]).max() > 80
    assert tie.min(-1).max() > 190


def test_a_collar_without_a_tie_in_the_photograph_gets_none():
    drawn = scene_of(painted("male_036", neckline="collar", sex="male"))
    below = drawn.canvas.pixels[-12:-2].mean(0)
    middle, reach = int(drawn.at(mesh.CHIN)[0]), int(9 * drawn.unit)
    shirt = below[middle - reach : middle + reach]
    assert np.abs(shirt - np.median(shirt, 0)).mean() < 8


def test_shoulders_are_drawn_in_one_sweep_however_ragged_the_regions_are():
    lengths = []
    for ragged in (False, True):
        portrait = painted("male_036", sex="male")
        near = ndimage.binary_dilation(portrait.regions == CLOTH, iterations=9)
        teeth = near & (portrait.regions == BACKGROUND)
        teeth &= np.arange(portrait.regions.shape[1]) // 12 % 2 == 0
        regions = np.where(teeth & ragged, np.uint8(CLOTH), portrait.regions)
        cloth = scene(replace(portrait, regions=regions)).is_(CLOTH)
        lengths.append(float((cloth ^ ndimage.binary_erosion(cloth)).sum()))
    assert lengths[1] < 1.05 * lengths[0]
