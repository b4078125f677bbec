"""Lesson 05: five illnesses and their remedies, each on ten seeds at once."""

from functools import cache, partial

from ganlib.lessons.clinic import PATIENTS, REMEDIES, Recipe, play
from seeds import Claim


@cache
def chart(recipe):
    return play(recipe)


def covers(recipe, seed):
    return chart(recipe).modes()[seed] >= 7


def vanishes(seed):
    slopes, healthy = chart(PATIENTS[1]).slope, chart(REMEDIES[1]).slope
    return slopes[0, seed] < 1e-3 * healthy[0, seed] and chart(PATIENTS[1]).modes()[seed] <= 1


def swings(seed):
    return chart(PATIENTS[2]).unrest()[seed] > 0.3 and chart(REMEDIES[2]).unrest()[seed] < 0.2


def collapses(seed):
    return chart(PATIENTS[3]).modes()[seed] <= 4


def pays_for_both(seed):
    sick = chart(PATIENTS[4])
    return sick.modes()[seed] <= 1 and sick.leak[:, seed].max() > 0


def falls_behind(seed):
    sick = chart(PATIENTS[5])
    return sick.g_loss[-300:, seed].mean() > 5 and sick.slope[-300:, seed].mean() > 1


CLAIMS = (
    Claim("a plain run covers 7 modes of 8 or more", partial(covers, Recipe())),
    Claim("patient 1 is told a thousandth of its remedy's slope, and stays away", vanishes),
    Claim("patient 2 swings, and its remedy rests", swings),
    Claim("patient 3 ends on half of the modes or fewer", collapses),
    Claim("patient 4 ends on 1 mode at most, with D's slope left in G", pays_for_both),
    Claim("patient 5 is told a slope and ends with a loss of G above 5", falls_behind),
    *(
        Claim(f"patient {number}, treated, covers 7 modes of 8 or more", partial(covers, recipe))
        for number, recipe in REMEDIES.items()
    ),
)
