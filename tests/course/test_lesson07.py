"""Lesson 07: its round is the library's, and nothing but true drawings passes its measures."""

import copy

import lessons
import pytest
import torch
from torch.nn.functional import avg_pool2d

from ganlib.core.config import PairedLoss, TrainConfig
from ganlib.core.networks.translator import Translator, TranslatorConfig
from ganlib.core.objectives import Comparison, PairedTranslation
from ganlib.core.trainer import Trainer
from ganlib.data.datasets import held_out_people
from ganlib.data.tones import ToneTransport
from ganlib.lessons.checks import lesson07 as check
from ganlib.measure.baselines import noise_like, posterise, sharpen
from ganlib.measure.translation import translate
from ganlib.twins import render_twins
from ganlib.weights import load_model

NOTEBOOK = lessons.read(lessons.ROOT / "notebooks" / "07_reconstruction_term.ipynb")
SCREEN = lessons.definitions(NOTEBOOK)
SCREEN |= {name: getattr(check, name).reference for name in ("generator_loss", "sliced")}
PEOPLE = 96


class Conditional(PairedTranslation):
    """pix2pix: D sees photograph and drawing."""

    def comparisons(self, batch, fakes):
        def score(images):
            photos = batch["photo"].repeat(len(images) // len(batch["photo"]), 1, 1, 1)
            return self.discriminator(photos, images)

        return {"": Comparison(score, batch["anime"], [fakes["anime"]])}


def solution():
    """The round as its exercise is solved on the page."""
    (exercise,) = (e for e in lessons.exercises(NOTEBOOK) if e.name == "paired_round")
    space = dict(SCREEN)
    exec(exercise.solution_code, space)
    return space["my_round"]


@pytest.mark.parametrize("one_round", [solution(), check.paired_round.reference])
def test_the_round_and_the_trainer_give_equal_weights(one_round):
    torch.manual_seed(0)
    ours = Translator(TranslatorConfig(32, 4, 8, 1)), SCREEN["PatchD"](width=8)
    theirs, start = copy.deepcopy(ours), copy.deepcopy(ours)
    pairs = 2 * torch.rand(3, 2, 4, 3, 32, 32) - 1
    rate = 2.0**-10
    opt_g, opt_d = (torch.optim.Adam(n.parameters(), rate, (0.5, 0.99), fused=True) for n in ours)
    for photo, true in pairs:
        one_round(*ours, opt_g, opt_d, photo, true, 30.0)

    batches = iter({"photo": photo, "anime": true} for photo, true in pairs)
    problem = Conditional(*theirs, PairedLoss(paired_weight=30.0, augment="", r1_gamma=0.0))
    config = TrainConfig(12, 4, rate, rate, (0.5, 0.99), decay=0, precision="fp32")
    trainer = Trainer(problem, lambda n: next(batches), config)
    for _ in pairs:
        trainer.train_step()
    for network, other, old in zip(ours, theirs, start, strict=True):
        rows = zip(network.parameters(), other.parameters(), old.parameters(), strict=True)
        for weight, same, before in rows:
            # D scores true and drawn in one pass there, which rounds otherwise.
            torch.testing.assert_close(weight, same, rtol=0, atol=2e-4)
            assert not torch.equal(weight, before)


def test_a_discriminator_without_the_photograph_cannot_tell_whose_drawing_it_is():
    torch.manual_seed(0)
    photo, true = 2 * torch.rand(2, 6, 3, 32, 32) - 1
    for conditional in (True, False):
        d = SCREEN["PatchD"](conditional, width=8)
        with torch.no_grad():
            own, other = (d(x, true) for x in (photo, photo.roll(1, 0)))
        assert torch.equal(own, other) != conditional


def test_without_skips_the_encoders_maps_do_not_reach_the_decoder():
    photo = 2 * torch.rand(2, 3, 32, 32) - 1
    for skips in (True, False):
        torch.manual_seed(0)
        unet = SCREEN["UNet"](8, 4, 1, skips)
        unet.down2.weight.data.zero_()  # nothing passes through the middle any more
        changes = torch.atanh(unet(photo)) - torch.atanh(0.97 * photo)
        assert torch.allclose(changes[0], changes[1], atol=1e-4) != skips


@pytest.fixture(scope="module")
def pictures():
    """(people, photographs, their drawings, strangers' drawings), of 64 pixels."""
    people = held_out_people(2 * PEOPLE)
    parts = [render_twins(people[i : i + 64], 64) for i in range(0, 2 * PEOPLE, 64)]
    photo, anime = (torch.cat(domain) for domain in zip(*parts, strict=True))
    return people[:PEOPLE], photo[:PEOPLE], anime[:PEOPLE], anime[PEOPLE:]


def styles(images, others, pictures):
    """Seen whole and seen close, in multiples of what true drawings have."""
    _, _, true, strangers = pictures
    distances = SCREEN["whole"], SCREEN["close"]
    return [d(images, others) / d(true, strangers) for d in distances]


def passes(found):
    return found[0] < 1.25 and found[1] < 2


def test_what_cannot_draw_has_no_style(pictures, measured):
    """Nor do true drawings that are spoilt, by what a generator may well do to them."""
    people, photo, true, strangers = pictures
    green = render_twins(people.replace(eye_colour="green"), 64)[1]
    tones = ToneTransport(photo, true)(photo).clamp(-1, 1)
    blurred = avg_pool2d(true, 3, 1, 1, count_include_pad=False)
    fakes = {"photographs": photo, "sharpened": sharpen(photo), "filter": posterise(photo)}
    fakes |= {"tones": tones, "sharpened tones": sharpen(tones), "blurred": blurred}
    fakes |= {"mesh": SCREEN["mesh"](true), "green eyes": green}
    fakes |= {"noise": noise_like(blurred, true), "one drawing": true[:1].expand_as(true)}
    for name, images in fakes.items():
        found = styles(images, strangers, pictures)
        measured(f"{name}: whole {found[0]:.2f}, close {found[1]:.2f}")
        assert not passes(found), name
    assert passes(styles(true, strangers, pictures))


@pytest.mark.parametrize("seed", range(5))
def test_true_drawings_dealt_anew_have_style(seed, pictures):
    both = torch.cat(pictures[2:])
    order = torch.randperm(2 * PEOPLE, generator=torch.Generator().manual_seed(seed))
    assert passes(styles(*both[order].split(PEOPLE), pictures))


def test_a_model_that_draws_is_nearer_than_what_does_not(pictures):
    """The shipped one, in each of the measures."""
    _, photo, true, strangers = pictures
    drawn = translate(load_model("paired")[0], photo)
    ours, copy_, filtered = (
        SCREEN["measure"](images, photo, true, strangers)
        for images in (drawn, photo, posterise(photo))
    )
    for name in ("ratio", "content", "whole"):
        assert ours[name] < 0.5 * min(copy_[name], filtered[name]), name
