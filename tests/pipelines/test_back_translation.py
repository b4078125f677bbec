"""Back-translation: whose pictures make the pairs, and what of them G is shown."""

import pytest
import torch
from tiny import store
from torch import nn

from ganlib.pipelines import recipes
from ganlib.pipelines.back import again, problem, translated, way_back, way_back_feed
from ganlib.core.errors import GanlibError
from ganlib.measure.translation import draw, evaluate
from ganlib.core.config import ObjectiveConfig
from ganlib.twins import render_drawings, render_photographs, render_twins, sample_people
from ganlib.pipelines.samples import SampleSheet
from ganlib.data.datasets import photo_dataset, twin_datasets


class Darker(nn.Module):
    """x -> slope * x - shift, a translator whose work is known."""

    def __init__(self, slope=0.5, shift=0.25):
        super().__init__()
        self.slope, self.shift = nn.Parameter(torch.tensor(slope)), shift

    def forward(self, pictures):
        return self.slope * pictures - self.shift


def nearest(pictures, among):
    """For each picture the row among others that it or its mirror image is."""
    both = torch.cat([among.images, among.images.flip(3)]).float() / 127.5 - 1
    gaps = (pictures[:, None] - both).abs().flatten(2).amax(2)
    assert (gaps.amin(1) < 1e-6).all()
    return gaps.argmin(1) % len(among)


def feed(photo, anime, **lights):
    pair = recipes.recipe("ganlib", width=8, blocks=1).pair(16)
    terms = ObjectiveConfig(factor=4)
    return problem(pair, terms, Darker(), photo, anime, precision="fp32", **lights)[1]


def a_batch(**lights):
    """(photographs, drawings, a batch of six of each kind made of them)."""
    photo, anime = store(5, 1), store(6, 2)
    batches = feed(photo, anime, **lights)
    torch.manual_seed(0)
    return photo, anime, batches(12)


def apart(pictures, others):
    """The least that any picture differs from its partner, by its most different number."""
    return (pictures - others).abs().amax((1, 2, 3)).min()


def test_every_picture_is_translated_in_its_place():
    pictures = store(40)  # translate takes 32 at a time
    made = translated(Darker(), pictures, "fp32").images
    expected = Darker()(pictures.at(torch.arange(40)))
    assert torch.equal(made, ((expected + 1) * 127.5).round().to(torch.uint8))


def test_the_way_back_learns_real_photographs_from_made_drawings():
    photo = store(8)
    torch.manual_seed(0)
    pairs = way_back_feed(Darker(), photo, "fp32")(16)
    assert (pairs["photo"] - Darker()(pairs["anime"])).abs().max() < 0.004  # half a byte's level
    assert len(nearest(pairs["anime"], photo).unique()) > 2


def test_g_is_held_to_real_drawings_and_sees_made_photographs():
    photo, anime, batch = a_batch(jitter=0, relight=0)
    assert {name: len(pictures) for name, pictures in batch.items()} == dict.fromkeys(
        ("photo", "anime", "wild", "source"), 6
    )
    assert (batch["photo"] - Darker()(batch["anime"])).abs().max() < 0.004
    nearest(batch["anime"], anime)
    nearest(batch["source"], photo)
    assert torch.equal(batch["wild"], batch["source"])


def test_another_light_is_for_what_g_sees_and_not_for_what_it_is_held_to():
    photo, anime, batch = a_batch(jitter=0, relight=1)
    nearest(batch["anime"], anime)
    nearest(batch["source"], photo)
    assert apart(batch["wild"], batch["source"]) > 0.01
    assert apart(batch["photo"], Darker()(batch["anime"])) > 0.01


def test_jitter_is_for_made_photographs_alone():
    photo, anime, batch = a_batch(jitter=1, relight=0)
    nearest(batch["wild"], photo)
    nearest(batch["anime"], anime)
    assert apart(batch["photo"], Darker()(batch["anime"])) > 0.01


def test_half_of_a_batch_is_made():
    with pytest.raises(GanlibError, match="even, not 3"):
        feed(store(4), store(4), jitter=0, relight=0)(3)


def test_the_way_back_is_scored_against_photographs():
    there, back = (draw(Darker(), 64, 3, back=way) for way in (False, True))
    assert torch.equal(there.photo, back.anime) and torch.equal(there.anime, back.photo)
    error = (Darker()(there.anime) - there.photo).abs().mean().item()
    assert evaluate(Darker(), 64, 3, back=True)["l1"] == pytest.approx(error)
    assert evaluate(Darker(), 64, 3)["l1"] != pytest.approx(error)


def test_sheets_of_the_way_back_begin_with_drawings(tmp_path):
    there, back = (SampleSheet(tmp_path, 32, 2, back=way) for way in (False, True))
    assert torch.equal(there.photo, back.anime) and torch.equal(there.anime, back.photo)


def test_one_world_alone_is_that_of_the_twins():
    people = sample_people(5, 3, "soft")
    photo, anime = render_twins(people, 32)
    assert torch.equal(render_photographs(people, 32), photo)
    assert torch.equal(render_drawings(people, 32), anime)
    assert torch.equal(photo_dataset(people, 32).images, twin_datasets(5, 3, 32)[0].images)


def test_both_runs_begin_as_copies_of_the_model():
    recipe = recipes.recipe("ganlib", width=8, blocks=1, batch=4)
    photo, anime = store(6, 1, 32), store(5, 2, 32)
    torch.manual_seed(3)
    model = recipe.pair(32)[0]
    home = way_back(recipe, model, photo, images=8, precision="fp32")
    assert equal(home.objective.generator, model)
    assert home.objective.config.paired == 50
    assert torch.equal(home.feed.anime.images, photo.images)
    assert torch.equal(home.feed.photo.images, translated(model, photo, "fp32").images)
    home.run()
    assert not equal(home.ema, model)
    run = again(recipe, model, home.ema, photo, anime, images=8, precision="fp32")
    assert equal(run.objective.generator, model) and run.objective.config.paired == 20
    assert run.feed.relight == recipe.relight
    made = translated(home.ema, anime, "fp32").images
    assert torch.equal(run.feed.twins.photo.images, made)
    run.run()
    assert not equal(run.ema, model)


def equal(a, b):
    return all(torch.equal(p, q) for p, q in zip(a.parameters(), b.parameters(), strict=True))
