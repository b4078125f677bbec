"""Lesson 05: five failures and their remedies, each on ten seeds at once."""

from functools import cache, partial

from ganlib.lessons.clinic import PATIENTS, REMEDIES, ClinicConfig, train
from seeds import Claim


@cache
def chart(config):
    return train(config)


def covers(config, seed):
    return chart(config).modes()[seed] >= 7


def vanishes(seed):
    ill, healthy = chart(PATIENTS[1]).gradient, chart(REMEDIES[1]).gradient
    return ill[0, seed] < 1e-3 * healthy[0, seed] and chart(PATIENTS[1]).modes()[seed] <= 1


def drift(config):
    """(S,), how far the fakes' centre moves from one drawing to the next, in the later half."""
    centre = chart(config).fakes[:, 8:].mean(2)
    return centre.diff(dim=1).norm(dim=2).mean(1)


def swings(seed):
    return drift(PATIENTS[2])[seed] > 0.3 and drift(REMEDIES[2])[seed] < 0.2


def collapses(seed):
    return chart(PATIENTS[3]).modes()[seed] <= 4


def minimises_both(seed):
    sick = chart(PATIENTS[4])
    return sick.modes()[seed] <= 1 and sick.leak[:, seed].max() > 0


def falls_behind(seed):
    sick = chart(PATIENTS[5])
    return sick.g_loss[-300:, seed].mean() > 5 and sick.gradient[-300:, seed].mean() > 1


CLAIMS = (
    Claim("a plain run covers 7 modes of 8 or more", partial(covers, ClinicConfig())),
    Claim("patient 1: G's gradient is a thousandth of its remedy's or less", vanishes),
    Claim("patient 2 oscillates, and its remedy does not", swings),
    Claim("patient 3 ends on half of the modes or fewer", collapses),
    Claim("patient 4 ends on 1 mode at most, with D's gradient left in G", minimises_both),
    Claim("patient 5 gets a gradient and ends with a loss of G above 5", falls_behind),
    *(
        Claim(f"patient {number}, treated, covers 7 modes of 8 or more", partial(covers, config))
        for number, config in REMEDIES.items()
    ),
)
