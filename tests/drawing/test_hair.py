"""Hair: locks where the photograph has them, smooth borders, fades, the same at every size."""

from dataclasses import replace

import numpy as np
import pytest
from faces_to_draw import painted, scene_of
from scipy import ndimage

from ganlib.drawing import STYLES, Portrait
from ganlib.drawing.palette import luma
from ganlib.drawing.portrait import HAIR, SKIN
from ganlib.drawing.scene import Scene


def with_hair(portrait: Portrait, colours: np.ndarray) -> Portrait:
    """The hair of the photograph in the given colours (h, w, 3)."""
    hair = (portrait.regions == HAIR)[..., None]
    return replace(portrait, photo=np.where(hair, colours, portrait.photo).astype(np.uint8))


def inner_hair(scene: Scene) -> np.ndarray:
    """Hair away from its outline."""
    return ndimage.binary_erosion(scene.is_(HAIR), iterations=int(4 * scene.unit))


@pytest.mark.parametrize("style", STYLES)
def test_locks_lie_where_the_photograph_has_them(style):
    portrait = painted(hair_style="long", hair_colour="brown")
    columns = np.arange(portrait.photo.shape[1])
    waves = 90 + 45 * np.sin(columns / 7)[None, :, None] * np.ones(portrait.photo.shape)
    scene = scene_of(with_hair(portrait, waves), style)
    # Beside the face strands fall straight down, as the stripes do.
    part = inner_hair(scene) & (scene.canvas.y > scene.eye_level)
    photo, drawn = (picture.mean(-1)[part] for picture in (scene.framed.photo, scene.canvas.pixels))
    assert np.corrcoef(photo, drawn)[0, 1] > 0.4


def test_a_fair_streak_in_brown_hair_is_drawn_fair_and_on_black_hair_only_shines():
    for colour, shown in (("brown", True), ("black", False)):
        portrait = painted(hair_style="long", hair_colour=colour)
        right = np.arange(portrait.photo.shape[1])[None, :, None] > portrait.points[454, 0]
        scene = scene_of(with_hair(portrait, np.where(right, [220, 180, 120], [70, 48, 40])))
        streak = inner_hair(scene) & (scene.framed.photo.mean(-1) > 150)
        rest = inner_hair(scene) & (scene.framed.photo.mean(-1) < 60)
        lighter = luma(np.median(scene.canvas.pixels[streak], 0))
        lighter -= luma(np.median(scene.canvas.pixels[rest], 0))
        assert (lighter > 50) == shown


def test_sides_clipped_to_the_skin_are_paler_than_the_top():
    portrait = painted("male_002", sex="male", hair_style="short", hair_colour="dark brown")
    rows = np.arange(len(portrait.photo))[:, None, None]
    brows = portrait.points[105, 1]
    clipped = with_hair(portrait, np.where(rows > brows - 25, [170, 130, 108], [60, 42, 36]))
    tones = []
    for person in (portrait, clipped):
        scene = scene_of(person)
        side = scene.is_(HAIR) & (scene.canvas.y > scene.brow_level)
        tones.append(luma(np.median(scene.canvas.pixels[side], 0)))
    assert tones[1] > tones[0] + 15


def test_the_crown_of_long_hair_is_smooth_and_its_ends_are_pointed():
    scene = scene_of(painted("female_022", hair_style="long"))
    hair = scene.is_(HAIR)
    above = hair & (scene.canvas.y < scene.brow_level)
    rounded = scene.blur(above, 4) > 0.5
    face = scene.canvas.y < scene.brow_level - 4 * scene.unit
    assert (above ^ rounded)[face].sum() < 0.06 * above.sum()


def test_skin_that_is_labelled_as_hair_is_drawn_as_forehead():
    portrait = painted("female_022", hair_style="long")
    mistaken = portrait.regions.copy()
    rows = np.arange(len(mistaken))[:, None]
    low = rows > portrait.points[10, 1] + 0.1 * (portrait.points[9, 1] - portrait.points[10, 1])
    forehead = (mistaken == SKIN) & (rows < portrait.points[9, 1] - 20) & ~low
    mistaken[forehead] = HAIR
    scenes = [scene_of(person) for person in (portrait, replace(portrait, regions=mistaken))]
    first, second = (scene.is_(HAIR) for scene in scenes)
    assert (first ^ second).sum() < 0.1 * first.sum()


@pytest.mark.parametrize(("colour", "low", "high"), [("black", 0, 70), ("blond", 150, 255)])
def test_hair_keeps_its_darkness_in_ink(colour, low, high):
    fair = {"black": [30, 28, 30], "blond": [215, 180, 120]}[colour]
    person = painted(hair_style="long", hair_colour=colour)
    scene = scene_of(with_hair(person, np.array(fair)), "ink")
    assert low <= np.median(scene.canvas.pixels[inner_hair(scene)]) <= high
