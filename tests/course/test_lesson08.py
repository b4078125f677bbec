"""Lesson 08: CycleGAN on screen is the library's; baselines that copy tones are what they are."""

import lessons
import pytest
import torch
from bindings import lesson08 as bound
from tiny import images

from ganlib.core.pool import ImagePool
from ganlib.core.reconstruction import l1
from ganlib.lessons import equal_compute, stored
from ganlib.lessons.checks import lesson08 as check

PATH = next(path for path in lessons.LESSONS if path.name.startswith("08"))


@pytest.fixture(scope="module")
def space():
    return lessons.definitions(lessons.read(PATH))


def test_the_generators_loss_is_the_librarys():
    x, y = images(3).double(), images(3, seed=1).double()
    asked = bound.there, bound.home, bound.of_drawings, bound.of_photographs, x, y
    ours = check.generators.reference(*asked, bound.there(x), bound.home(y))
    torch.testing.assert_close(ours, bound.library(*asked))


def test_a_pool_gives_every_second_fake_for_an_old_one(space):
    """As the library's does, whose random numbers come in another order."""
    torch.manual_seed(0)
    for pool in (space["Pool"](50), ImagePool(50, (1, 1, 1))):
        fakes = torch.arange(2000.0).view(-1, 1, 1, 1)
        shown = torch.cat([pool(fake[None]) for fake in fakes])
        assert torch.equal(shown[:50], fakes[:50])
        later = (shown == fakes)[50:].float().mean()
        assert 0.45 < later < 0.55


def test_what_is_stored_has_its_pictures_and_no_photograph_of_a_real_person():
    record = equal_compute.stored()
    for name in ("tones", *equal_compute.SIDES, "truth"):
        assert equal_compute.pictures(name).shape == (6, 3, record["size"], record["size"])
    assert "less error" in equal_compute.equal_compute_table(record).lower()
    kept = stored.RESULTS / "portraits_unpaired"
    assert {path.stem for path in kept.iterdir()} == {"drawn", "truth"}


def test_tones_by_rank_are_those_of_the_target_in_order():
    source, target = images(40), 0.3 * images(30, seed=1) + 0.5
    found = equal_compute.by_rank(source, source, target)
    assert set(found.unique().tolist()) <= set(target.unique().tolist())
    assert torch.equal(found.flatten(1).argsort(0)[-1], source.flatten(1).argsort(0)[-1])
    assert l1(found.mean(0), target.mean(0)) < 0.05
