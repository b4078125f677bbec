"""Portraits: terms by place and by line, and a discriminator that rests at first."""

import pytest
import torch
from tiny import images

from ganlib.core.config import PortraitLoss, values_at
from ganlib.core.losses import gan_loss
from ganlib.core.networks.patch_discriminator import PatchDiscriminator, PatchDiscriminatorConfig
from ganlib.core.networks.translator import Translator, TranslatorConfig
from ganlib.core.objectives import PortraitTranslation
from ganlib.core.penalties import r1
from ganlib.core.reconstruction import edges, l1

LOSS = PortraitLoss(r1_gamma=0.1, penalty_every=5)
RELATIVISTIC = gan_loss("relativistic")


def portrait(seen):
    """The objective after so many images."""
    torch.manual_seed(0)
    g = Translator(TranslatorConfig(16, 1, 8, 1, styles=3))
    d = PatchDiscriminator(PatchDiscriminatorConfig(16, 1, 8, styles=3))
    objective = PortraitTranslation(g, d, LOSS)
    objective.weights = values_at(LOSS, seen)
    return objective


@pytest.fixture
def batch():
    weight = torch.rand(2, 1, 16, 16, generator=torch.Generator().manual_seed(3)) + 0.5
    style = torch.tensor([[1.0, 0, 0], [0, 0.5, 0.5]])
    return {"photo": images(2, 1), "anime": images(2, 2), "weight": weight, "style": style}


def close(terms, expected):
    assert list(terms) == list(expected)
    torch.testing.assert_close(terms, expected)


def reconstruction(fake, batch):
    paired = 10 * l1(fake, batch["anime"], batch["weight"])
    return {"paired": paired, "edges": 10 * edges(fake, batch["anime"])}


def test_d_rests_while_its_scheduled_weight_is_0(batch):
    o = portrait(seen=60_000)
    fakes = o.generate(batch)
    torch.testing.assert_close(fakes["anime"], o.generator(batch["photo"], batch["style"]))
    assert o.discriminator_loss(batch, fakes) == {} == o.penalty(batch, fakes)
    close(o.generator_loss(batch, fakes), reconstruction(fakes["anime"], batch))
    assert o.penalty_every == 5, "its later steps have a penalty"


def windows(objective, *pairs):
    """What D sees at each of several looks from a fixed state of the random numbers."""
    torch.manual_seed(1)
    seen = [objective.seen(*pair) for pair in pairs]
    torch.manual_seed(1)
    return seen


def test_terms_once_d_trains(batch):
    o = portrait(seen=62_000)
    fakes, d, style, real = o.generate(batch), o.discriminator, batch["style"], batch["anime"]
    fake = fakes["anime"]
    ((one, other),) = windows(o, (real, fake))
    expected = RELATIVISTIC.discriminator(d(one, style), d(other, style))
    close(o.discriminator_loss(batch, fakes), {"adversarial": expected})
    windows(o, (real, fake))
    close(o.penalty(batch, fakes), {"r1": 5 * 0.1 * r1(lambda x: d(x, style), one)})
    _, (ours, theirs) = windows(o, (real, fake), (fake, real))
    levels = zip(d.features(ours, style)[:-1], d.features(theirs, style)[:-1], strict=True)
    scores = d(other, style), d(one, style)
    expected = {"adversarial": 0.25 * RELATIVISTIC.generator(*scores)}
    expected |= reconstruction(fake, batch)
    expected["features"] = 2 * sum((a - b).abs().mean() for a, b in levels)
    close(o.generator_loss(batch, fakes), expected)


def test_d_sees_the_same_random_quarter_of_both(batch):
    o = portrait(seen=62_000)
    places = torch.arange(256.0).reshape(1, 1, 16, 16).expand(2, 3, 16, 16)
    seen = [o.seen(places, places + 1000) for _ in range(50)]
    assert all(torch.equal(real + 1000, fake) and real.shape[2:] == (8, 8) for real, fake in seen)
    corners = {int(real[0, 0, 0, 0]) for real, _ in seen}
    assert len(corners) > 20 and {n // 16 for n in corners} >= {0, 8}, "up to every edge"


def test_every_term_reaches_g_and_its_styles(batch):
    o = portrait(seen=20_000)
    g = [*o.generator.parameters()]
    for name, term in o.generator_loss(batch, o.generate(batch)).items():
        gradients = torch.autograd.grad(term, g, retain_graph=True)
        assert all(gradient.any() for gradient in gradients if gradient.ndim > 1), name
