"""CycleGAN's terms against their parts, computed by hand; and the pools that its D see."""

import pytest
import torch
from tiny import cycle_objective, images

from ganlib.core.losses import gan_loss
from ganlib.core.penalties import r1
from ganlib.core.reconstruction import l1

CYCLE = {
    "loss": "least_squares",
    "augment": "",
    "adversarial_weight": 0.5,
    "r1_gamma": 0.1,
    "penalty_every": 5,
    "cycle_weight": 7.0,
    "identity_weight": 1.5,
    "pool": 0,
}
LEAST_SQUARES = gan_loss("least_squares")


@pytest.fixture
def batch():
    return {"photo": images(2, 1), "anime": images(2, 2)}


def close(terms, expected):
    assert set(terms) == set(expected)
    for name, value in expected.items():
        torch.testing.assert_close(terms[name], value)


def test_cyclegan(batch):
    o = cycle_objective(**CYCLE)
    fakes = o.generate(batch)
    there, back, photo_d = o.generator, o.inverse, o.photo_discriminator
    anime, photo = there(batch["photo"]), back(batch["anime"])
    cycle = l1(back(anime), batch["photo"]) + l1(there(photo), batch["anime"])
    same = l1(there(batch["anime"]), batch["anime"]) + l1(back(batch["photo"]), batch["photo"])
    expected = {
        "adversarial": 0.5 * LEAST_SQUARES.generator(o.discriminator(anime)),
        "adversarial_back": 0.5 * LEAST_SQUARES.generator(photo_d(photo)),
        "cycle": 7 * cycle,
        "identity": 1.5 * same,
    }
    close(o.generator_loss(batch, fakes), expected)
    real, fake = o.discriminator(batch["anime"]), o.discriminator(anime)
    expected = {
        "adversarial": LEAST_SQUARES.discriminator(real, fake),
        "adversarial_back": LEAST_SQUARES.discriminator(photo_d(batch["photo"]), photo_d(photo)),
    }
    close(o.discriminator_loss(batch, fakes), expected)
    torch.testing.assert_close(o.monitors["real_logit"], real.mean().detach())
    expected = {
        "r1": 0.5 * r1(o.discriminator, batch["anime"]),
        "r1_back": 0.5 * r1(photo_d, batch["photo"]),
    }
    close(o.penalty(batch, fakes), expected)
    assert o.generators == [there, back] and o.discriminators == [o.discriminator, photo_d]


def test_cyclegan_without_a_weight_has_no_such_term(batch):
    o = cycle_objective(**{**CYCLE, "cycle_weight": 0, "identity_weight": 0})
    fakes = o.generate(batch)
    assert not {"photo_again", "anime_again"} & fakes.keys()
    assert set(o.generator_loss(batch, fakes)) == {"adversarial", "adversarial_back"}
    o = cycle_objective(**{**CYCLE, "adversarial_weight": 0})
    fakes = o.generate(batch)
    assert o.discriminator_loss(batch, fakes) == {} and o.penalty_every == 0
    assert set(o.generator_loss(batch, fakes)) == {"cycle", "identity"}


def test_the_discriminators_of_cyclegan_see_past_fakes(batch):
    o = cycle_objective(**{**CYCLE, "pool": 2})
    first = o.generate(batch)
    close(o.discriminator_loss(batch, first), cycle_objective(**CYCLE).discriminator_loss(
        batch, first))  # fmt: skip
    # Both pools are full now, of these fakes: a later batch gets some of them back.
    with torch.no_grad():
        for network in o.generators:
            for weight in network.parameters():
                weight.add_(0.01)
    later = o.generate(batch)
    torch.manual_seed(1)
    shown = {side: o.pools[side](later[side]) for side in ("photo", "anime")}
    assert any(not torch.equal(shown[side], later[side]) for side in shown)
    for side in shown:  # as they were before the exchange
        o.pools[side].images.copy_(first[side])
    torch.manual_seed(1)
    terms = o.discriminator_loss(batch, later)
    for side, d, name in (
        ("photo", o.photo_discriminator, "adversarial_back"),
        ("anime", o.discriminator, "adversarial"),
    ):
        expected = LEAST_SQUARES.discriminator(d(batch[side]), d(shown[side]))
        torch.testing.assert_close(terms[name], expected)
