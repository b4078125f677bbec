"""Portraits: terms by place and by line, and a discriminator that rests at first."""

import pytest
import torch
from tiny import images
from torch.nn.functional import avg_pool2d

from ganlib.core.config import values_at
from ganlib.core.losses import gan_loss
from ganlib.core.networks.patch_discriminator import PatchDiscriminator, PatchDiscriminatorConfig
from ganlib.core.penalties import r1
from ganlib.core.reconstruction import edges, l1
from ganlib.drawing.illustrator import Illustrator, IllustratorConfig
from ganlib.pipelines import portrait as problem
from ganlib.pipelines.portrait import PortraitLoss, PortraitTranslation, cross_entropy

LOSS = PortraitLoss(r1_gamma=0.1, penalty_every=5)
COUNTS = torch.tensor([0.5, 1.0, 2.0, 4.0])
RELATIVISTIC = gan_loss("relativistic")


def portrait(seen):
    """The objective after so many images."""
    torch.manual_seed(0)
    g = Illustrator(IllustratorConfig(16, 2, 8, 1, styles=3, parts=4))
    d, coarse = (PatchDiscriminator(PatchDiscriminatorConfig(n, 1, 8, styles=3)) for n in (16, 8))
    objective = PortraitTranslation(g, d, coarse, LOSS, COUNTS)
    objective.now = values_at(LOSS, seen)
    return objective


@pytest.fixture
def batch():
    weight = torch.rand(2, 1, 16, 16, generator=torch.Generator().manual_seed(3)) + 0.5
    style = torch.tensor([[1.0, 0, 0], [0, 0.5, 0.5]])
    parts = torch.rand(2, 4, 8, 8, generator=torch.Generator().manual_seed(4))
    batch = {"photo": images(2, 1), "anime": images(2, 2), "weight": weight, "style": style}
    return batch | {"parts": parts / parts.sum(1, keepdim=True)}


def close(terms, expected):
    assert list(terms) == list(expected)
    torch.testing.assert_close(terms, expected)


def reconstruction(fakes, batch):
    fake, true = fakes["anime"], batch["anime"]
    terms = {"paired": 10 * l1(fake, true, batch["weight"]), "edges": 10 * edges(fake, true)}
    return terms | {"parts": cross_entropy(fakes["parts"], batch["parts"], COUNTS)}


def test_d_rests_while_its_scheduled_weight_is_0(batch):
    o = portrait(seen=60_000)
    fakes = o.generate(batch)
    assert o.discriminator_loss(batch, fakes) == {} == o.penalty(batch, fakes)
    close(o.generator_loss(batch, fakes), reconstruction(fakes, batch))
    assert o.penalty_every == 5, "its later steps have a penalty"


def looks(objective, batch, fakes, n):
    """What D and its coarse companion compare, n times from a fixed state of the random numbers."""
    torch.manual_seed(1)
    seen = [objective.comparisons(batch, fakes) for _ in range(n)]
    torch.manual_seed(1)
    return [[(it.real, it.fakes[0]) for it in each.values()] for each in seen]


def test_terms_once_both_discriminators_train(batch):
    o = portrait(seen=62_000)
    fakes, d, coarse, real = o.generate(batch), o.discriminator, o.coarse, batch["anime"]
    fake, style = fakes["anime"], batch["style"]
    assert o.discriminators == [d, coarse]
    ((one, small), (other, _)) = looks(o, batch, fakes, 2)
    torch.testing.assert_close(small, (avg_pool2d(real, 2), avg_pool2d(fake, 2)))
    scores, halved = [[net(x, style) for x in two] for net, two in ((d, one), (coarse, small))]
    expected = {"adversarial_coarse": RELATIVISTIC.discriminator(*halved)}
    expected["adversarial"] = RELATIVISTIC.discriminator(*scores)
    close(o.discriminator_loss(batch, fakes), expected)
    looks(o, batch, fakes, 1)
    penalties = {"r1_coarse": 5 * 0.1 * r1(lambda x: coarse(x, style), small[0])}
    penalties["r1"] = 5 * 0.1 * r1(lambda x: d(x, style), one[0])
    close(o.penalty(batch, fakes), penalties)
    looks(o, batch, fakes, 1)
    expected = {"adversarial": 0.25 * RELATIVISTIC.generator(*scores[::-1])}
    expected["adversarial_coarse"] = 0.25 * RELATIVISTIC.generator(*halved[::-1])
    expected |= reconstruction(fakes, batch)
    apart = [
        (a - b).abs().mean()
        for net, pair in ((d, other), (coarse, small))
        for a, b in zip(*(net.features(images, style)[:-1] for images in pair), strict=True)
    ]
    expected["features"] = 2 * sum(apart)
    close(o.generator_loss(batch, fakes), expected)


def test_d_sees_the_same_random_quarter_of_both(batch):
    o = portrait(seen=62_000)
    places = torch.arange(256.0).reshape(1, 1, 16, 16).expand(2, 3, 16, 16)
    at = batch | {"anime": places}
    seen = [look[0] for look in looks(o, at, {"anime": places + 1000}, 50)]
    assert all(torch.equal(real + 1000, fake) and real.shape[2:] == (8, 8) for real, fake in seen)
    corners = {int(real[0, 0, 0, 0]) for real, _ in seen}
    assert len(corners) > 20 and {n // 16 for n in corners} >= {0, 8}, "up to every edge"


def test_every_term_reaches_g_and_its_styles(batch):
    o = portrait(seen=20_000)
    names, g = zip(*((n, w) for n, w in o.generator.named_parameters() if w.ndim > 1), strict=True)
    for name, term in o.generator_loss(batch, o.generate(batch)).items():
        gradients = torch.autograd.grad(term, g, retain_graph=True, allow_unused=True)
        reached = {n for n, it in zip(names, gradients, strict=True) if it is not None and it.any()}
        drawing = name != "parts"  # what is decided is learnt from true layouts alone
        assert {n for n in names if n.startswith("pens")} <= reached or not drawing, name
        assert any(n.startswith("layout") for n in reached) != drawing, name
        assert {"stem.1.0.weight", "down2.0.weight", "up1.conv.0.weight"} <= reached, name


def test_in_training_some_photographs_are_drawn_by_their_own_layout(batch, monkeypatch):
    o, drawn = portrait(seen=0), {}
    for share in (0.0, 1.1, 0.2):
        monkeypatch.setattr(problem, "OWN", share)
        drawn[share] = [o.generate(batch)["anime"][0].detach() for _ in range(100)]
    own = [torch.equal(each, drawn[1.1][0]) for each in drawn[0.2]]
    true = [torch.equal(each, drawn[0.0][0]) for each in drawn[0.2]]
    assert 5 < sum(own) < 40 and sum(own) + sum(true) == 100


def test_what_counts_much_is_said_in_doubt():
    shares, counts = torch.tensor([0.75, 0.25]).view(1, 2, 1, 1), torch.tensor([1.0, 4.0])
    logits = torch.tensor([0.75, 1.0]).log().view(1, 2, 1, 1).requires_grad_()
    error = cross_entropy(logits, shares, counts)
    error.backward()
    torch.testing.assert_close(logits.grad, torch.zeros_like(logits), rtol=0, atol=1e-6)
    p = torch.tensor([3 / 7, 4 / 7])
    torch.testing.assert_close(error.detach(), -(torch.tensor([0.75, 1.0]) * p.log()).sum())
