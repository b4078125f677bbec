"""Samplers: which rows meet in a batch, and what each of them goes through."""

import pytest
import torch
from tiny import dataset

from ganlib.core.errors import GanlibError
from ganlib.data.datasets import ImageDataset
from ganlib.data.photometric import random_flip
from ganlib.data.samplers import (
    BackTranslationSampler,
    ConditionalSampler,
    ImageSampler,
    PairedSampler,
    UnpairedSampler,
)


def negative(photo):
    """Twins by construction: the drawing is the photograph's negative."""
    return ImageDataset(255 - photo.images)


def rows(images, among):
    """For each image the row of the dataset that it or its mirror image is."""
    whole = among.at(torch.arange(len(among)))
    both = torch.cat([whole, whole.flip(3)])
    gaps = (images[:, None] - both).abs().flatten(2).amax(2)
    assert (gaps.amin(1) < 1e-6).all()
    return gaps.argmin(1) % len(among)


def apart(images, others):
    """The least that any image differs from its partner, by its most different number."""
    return (images - others).abs().amax((1, 2, 3)).min()


def test_one_domain_is_drawn_with_repeats_and_mirrored():
    held = dataset(3)
    batch = ImageSampler(held)(64)["anime"]
    assert set(rows(batch, held).tolist()) == {0, 1, 2}
    assert len(torch.unique(batch, dim=0)) == 6


def test_conditions_stay_with_their_drawings():
    held = dataset(4)
    batch = ConditionalSampler(held, torch.eye(4))(32)
    assert torch.equal(batch["condition"].argmax(1), rows(batch["anime"], held))
    with pytest.raises(GanlibError, match="4 drawings and 3 conditions"):
        ConditionalSampler(held, torch.eye(3))
    pairs = ConditionalSampler(held, torch.eye(2).repeat_interleave(2, 0), pack=2)(32)
    first, second = pairs["condition"].unflatten(0, (16, 2)).unbind(1)
    assert torch.equal(first, second) and len(first.unique(dim=0)) == 2
    with pytest.raises(GanlibError, match="one condition in each 2"):
        ConditionalSampler(held, torch.eye(4), pack=2)


def test_pairs_stay_together():
    photo = dataset(8, 1)
    pair = PairedSampler(photo, negative(photo), jitter=0)(32)
    torch.testing.assert_close(pair["photo"], -pair["anime"])
    with pytest.raises(GanlibError, match="8 photographs and 7 drawings"):
        PairedSampler(dataset(8), dataset(7))


def test_unpaired_domains_are_drawn_independently():
    photo = dataset(8, 1)
    batch = UnpairedSampler(photo, negative(photo), jitter=0)(32)
    assert (batch["photo"] + batch["anime"]).abs().flatten(1).max(1).values.gt(0.1).sum() > 16
    assert "source" not in batch, "no other light was asked for"


def test_the_source_is_the_photograph_before_it_was_relit():
    photo = dataset(8, 1)
    torch.manual_seed(1)
    lit = UnpairedSampler(photo, negative(photo), jitter=0, relight=1.0)(4)
    torch.manual_seed(1)
    (as_taken,) = random_flip(photo.sample(4))
    assert torch.equal(lit["source"], as_taken)
    assert apart(lit["photo"], lit["source"]) > 0.01


def back_translation(jitter, relight):
    made, photo = dataset(6, 1), dataset(5, 2)
    torch.manual_seed(0)
    sampler = BackTranslationSampler(made, negative(made), photo, jitter=jitter, relight=relight)
    return made, photo, sampler(12)


def test_made_photographs_are_paired_with_their_drawings():
    made, photo, batch = back_translation(jitter=0, relight=0)
    assert {k: len(v) for k, v in batch.items()} == dict.fromkeys(
        ("photo", "anime", "unpaired", "source"), 6
    )
    torch.testing.assert_close(batch["photo"], -batch["anime"])
    rows(batch["photo"], made)
    rows(batch["unpaired"], photo)
    assert torch.equal(batch["unpaired"], batch["source"])


def test_inputs_are_relit_and_targets_are_not():
    made, photo, batch = back_translation(jitter=0, relight=1)
    rows(batch["anime"], negative(made))
    rows(batch["source"], photo)
    assert apart(batch["unpaired"], batch["source"]) > 0.01
    assert apart(batch["photo"], -batch["anime"]) > 0.01


def test_jitter_is_for_made_photographs_alone():
    made, photo, batch = back_translation(jitter=1, relight=0)
    rows(batch["unpaired"], photo)
    rows(batch["anime"], negative(made))
    assert apart(batch["photo"], -batch["anime"]) > 0.01


def test_half_of_a_back_translation_batch_is_made():
    made = dataset(4)
    with pytest.raises(GanlibError, match="even, not 3"):
        BackTranslationSampler(made, made, made, jitter=0, relight=0)(3)
