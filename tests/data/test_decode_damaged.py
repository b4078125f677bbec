"""Damaged files of all kinds: read, or refused with a sentence; nothing else, and soon."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import damage
import pytest

from ganlib.core.errors import GanlibError
from ganlib.data.decode import read_photo

TESTS = Path(__file__).parents[1]
SECONDS = 10


def results(seed: int, n: int) -> list[list[str]]:
    """(number, kind, seconds, what became of it) of each file, read by a process of its own; one
    that hangs or breaks down has no more than a number and a kind."""
    process = subprocess.Popen(
        [sys.executable, str(TESTS / "damage.py"), str(seed), str(n)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=TESTS.parent,
        env={**os.environ, "PYTHONPATH": str(TESTS.parent)},
    )
    try:
        # A machine may be busy; a file that hangs does so for good.
        out, err = process.communicate(timeout=60 + SECONDS * max(1, n // 50))
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
    assert "Traceback" not in err, err[-2000:]  # libtiff has a word of its own to say
    return [line.split("\t") for line in out.splitlines()]


def check(seed: int, n: int) -> Counter[str]:
    found = results(seed, n)
    assert len(found) == n and len(found[-1]) == 4, f"broke down or hung at {found[-1]}"
    bad = [row for row in found if row[3] not in ("read RGB True", "refused True False")]
    assert bad == []
    slow = [row for row in found if float(row[2]) > SECONDS]
    assert slow == []
    return Counter(row[1] + ": " + row[3].split()[0] for row in found)


def test_whole_files_of_the_kinds_are_read_or_known():
    """Else the tests below would damage what was never read."""
    made = damage.whole_files()
    assert len({kind.split(",")[0] for kind in made}) >= 20
    unread = set()
    for kind, data in made.items():
        try:
            assert read_photo("a", data).mode == "RGB"
        except GanlibError:
            unread.add(kind)
    assert unread == {"EPS", "PDF"}


def test_damage_is_the_same_for_the_same_seed():
    assert list(damage.files(3, 60)) == list(damage.files(3, 60))
    assert list(damage.files(3, 60)) != list(damage.files(4, 60))


def test_a_few_hundred_damaged_files():
    tally = check(seed=0, n=400)
    assert sum(count for what, count in tally.items() if what.endswith("read")) > 40


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(1, 11))
def test_five_thousand_damaged_files(seed, measured):
    tally = check(seed, n=500)
    read = sum(count for what, count in tally.items() if what.endswith("read"))
    measured(f"damaged files, seed {seed}: {read} of 500 read, the others refused")
