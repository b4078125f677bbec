"""People in other clothes before other backgrounds: what changes, and what must not."""

from dataclasses import replace

import numpy as np
import pytest

from ganlib.core.errors import GanlibError
from ganlib.data.drawn import twin_portraits
from ganlib.data.varied import varied
from ganlib.drawing import STYLES, draw
from ganlib.drawing.portrait import BACKGROUND, CLOTH, SKIN
from ganlib.twins import People, Person

PEOPLE = People.of(
    Person(clothes_hue=0.1, clothes_saturation=0.8, clothes_value=0.6, background="plain"),
    Person(background_hue=0.3, background="plain"),
)


def inside(regions, region, width=4):
    """Where a region is, without its border."""
    mask = regions == region
    for axis in (0, 1):
        for step in (-width, width):
            mask = mask & (np.roll(regions, step, axis) == region)
    return mask


def mean_change(one, other, mask):
    return np.abs(one.photo[mask].astype(float) - other.photo[mask]).mean()


def test_clothes_and_background_change_and_the_person_does_not():
    person, other = twin_portraits(PEOPLE, 192)
    changed = varied(person, other, seed=1)
    assert mean_change(changed, person, inside(person.regions, SKIN)) < 1
    assert mean_change(changed, person, inside(person.regions, CLOTH)) > 10
    assert mean_change(changed, person, inside(person.regions, BACKGROUND)) > 5
    assert changed.points is person.points and changed.regions is person.regions
    assert np.array_equal(varied(person, other, 1).photo, changed.photo)
    assert mean_change(varied(person, other, 2), changed, person.regions == CLOTH) > 5


@pytest.mark.parametrize("value", [0.08, 1.0])
def test_black_and_white_clothes_are_dyed_too(value):
    person, other = twin_portraits(
        People.of(Person(clothes_saturation=0.0, clothes_value=value), Person()), 192
    )
    spread = []
    for seed in range(4):
        shirt = varied(person, other, seed).photo[inside(person.regions, CLOTH)].astype(float)
        spread.append(np.ptp(shirt.mean(0)))
    assert max(spread) > 25  # of 255, between the channels


def test_what_cannot_be_a_background_gets_a_sentence():
    person, other = twin_portraits(PEOPLE, 96)
    with pytest.raises(GanlibError, match="does not fit"):
        varied(person, twin_portraits(PEOPLE, 64)[0], 0)
    with pytest.raises(GanlibError, match="shows no background"):
        varied(person, replace(other, regions=np.full_like(other.regions, SKIN)), 0)


def test_the_new_background_is_the_others_without_its_person():
    person, other = twin_portraits(PEOPLE, 192)
    behind = other.photo[other.regions == BACKGROUND].reshape(-1, 3)
    seen = varied(person, other, 1).photo[inside(person.regions, BACKGROUND)]
    low, high = behind.min(0), behind.max(0)
    assert ((seen >= low - 2) & (seen <= high + 2)).all()


def test_the_drawing_has_the_new_colours():
    person, other = twin_portraits(PEOPLE, 192)
    changed = varied(person, other, seed=1)
    before, after = (np.asarray(draw(each, STYLES["cel"], 192)) for each in (person, changed))
    cloth = inside(person.regions, CLOTH, 8)
    assert np.abs(before[cloth].astype(float) - after[cloth]).mean() > 10
