"""Each problem's terms against their parts, computed by hand."""

from dataclasses import replace

import pytest
import torch
from tiny import cycle_objective, discriminator, images, mixed_objective, translator
from torch import nn
from torch.nn.functional import softplus

from ganlib.core.config import MixedLoss, PairedLoss, UnpairedLoss
from ganlib.core.losses import gan_loss
from ganlib.core.objectives import MixedTranslation, PairedTranslation, UnpairedTranslation
from ganlib.core.penalties import r1, wgan_gp
from ganlib.core.reconstruction import DISTANCES, l1, low_frequencies, low_frequency

SHARED = {
    "loss": "least_squares",
    "augment": "",
    "adversarial_weight": 0.5,
    "r1_gamma": 0.1,
    "penalty_every": 5,
}
PAIRED = PairedLoss(**SHARED, paired_weight=3.0)
UNPAIRED = UnpairedLoss(**SHARED, low_frequency_weight=2.0, factor=4)
MIXED = MixedLoss(**SHARED, paired_weight=3.0, low_frequency_weight=2.0, factor=4)
LEAST_SQUARES = gan_loss("least_squares")


@pytest.fixture
def batch():
    return {"photo": images(2, 1), "anime": images(2, 2), "unpaired": images(3, 3)}


def objective(kind, config, **extra):
    torch.manual_seed(0)
    return kind(translator(), discriminator(), config, **extra)


def paired(**change):
    return objective(PairedTranslation, replace(PAIRED, **change))


def close(terms, expected):
    assert set(terms) == set(expected)
    for name, value in expected.items():
        torch.testing.assert_close(terms[name], value)


def weights(networks):
    return [weight for network in networks for weight in network.parameters()]


def test_paired(batch):
    o = paired()
    fakes = o.generate(batch)
    fake, d = o.generator(batch["photo"]), o.discriminator
    torch.testing.assert_close(fakes["anime"], fake)
    expected = {"adversarial": LEAST_SQUARES.discriminator(d(batch["anime"]), d(fake))}
    close(o.discriminator_loss(batch, fakes), expected)
    expected = {
        "adversarial": 0.5 * LEAST_SQUARES.generator(d(fake)),
        "paired": 3 * l1(fake, batch["anime"]),
    }
    close(o.generator_loss(batch, fakes), expected)
    close(o.penalty(batch, fakes), {"r1": 0.1 * 5 * r1(d, batch["anime"])})
    assert o.penalty_every == 5


class Reader(nn.Module):
    """Features of two depths, as the probe gives them."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 5, 3, stride=2)

    def forward(self, pictures):
        first = torch.tanh(self.first(pictures))
        return [first, torch.tanh(self.second(first))]


def test_perceptual_compares_what_the_network_sees(batch):
    torch.manual_seed(1)
    reader = Reader().requires_grad_(False)
    config = replace(PAIRED, adversarial_weight=0, paired_weight=0.0, perceptual_weight=2.5)
    o = objective(PairedTranslation, config, features=reader)
    fakes = o.generate(batch)
    terms = o.generator_loss(batch, fakes)
    seen = zip(reader(fakes["anime"]), reader(batch["anime"]), strict=True)
    close(terms, {"perceptual": 2.5 * sum((a - b).abs().mean() for a, b in seen)})
    terms["perceptual"].backward()
    assert all(p.grad is not None and p.grad.any() for p in weights(o.generators) if p.ndim > 1)
    moved = {id(p) for p in weights([*o.generators, *o.discriminators])}
    assert all(p.grad is None and id(p) not in moved for p in reader.parameters())


def test_all_penalties_at_once(batch):
    o = paired(r2_gamma=0.3, gradient_penalty=2.0)
    fakes = o.generate(batch)
    fake, d = fakes["anime"], o.discriminator
    torch.manual_seed(3)
    terms = o.penalty(batch, fakes)
    torch.manual_seed(3)
    mixed = wgan_gp(d, batch["anime"], fake)
    expected = {"r1": 0.5 * r1(d, batch["anime"]), "r2": 1.5 * r1(d, fake), "gp": 10 * mixed}
    close(terms, expected)
    sum(terms.values()).backward()
    assert all(p.grad is None for p in weights(o.generators))


def test_relativistic_pairs_each_fake_with_a_real(batch):
    o = paired(loss="relativistic")
    fakes = o.generate(batch)
    gap = o.discriminator(batch["anime"]) - o.discriminator(fakes["anime"])
    d_loss = o.discriminator_loss(batch, fakes)["adversarial"]
    assert d_loss.item() == pytest.approx(softplus(-gap).mean().item())
    g_loss = o.generator_loss(batch, fakes)["adversarial"]
    assert g_loss.item() == pytest.approx(0.5 * softplus(gap).mean().item())
    g_loss.backward()
    assert any(p.grad is not None and p.grad.any() for p in weights(o.generators))


def test_mixed(batch):
    o = objective(MixedTranslation, MIXED)
    fakes = o.generate(batch)
    twins, unpaired = o.generator(batch["photo"]), o.generator(batch["unpaired"])
    d = o.discriminator
    fake = torch.cat([d(twins), d(unpaired)])
    # Two drawings against five translations: the batches differ in size.
    expected = {"adversarial": LEAST_SQUARES.discriminator(d(batch["anime"]), fake)}
    close(o.discriminator_loss(batch, fakes), expected)
    expected = {
        "adversarial": 0.5 * LEAST_SQUARES.generator(fake),
        "paired": 3 * l1(twins, batch["anime"]),
        "low_frequency": 2 * low_frequency(unpaired, batch["unpaired"], 4),
    }
    close(o.generator_loss(batch, fakes), expected)
    assert o.monitors["fake_logit"].item() == pytest.approx(fake.mean().item(), rel=1e-4)


def test_unpaired_photographs_are_held_to_their_own_light(batch):
    o = objective(MixedTranslation, MIXED)
    fakes = o.generate(batch)
    source = images(3, 4)
    terms = o.generator_loss(batch | {"source": source}, fakes)
    kept = low_frequency(fakes["unpaired"], source, 4)
    torch.testing.assert_close(terms["low_frequency"], 2 * kept)


def test_unpaired(batch):
    o = objective(UnpairedTranslation, UNPAIRED)
    fakes = o.generate(batch)
    fake, d = o.generator(batch["photo"]), o.discriminator
    expected = {
        "adversarial": 0.5 * LEAST_SQUARES.generator(d(fake)),
        "low_frequency": 2 * low_frequency(fake, batch["photo"], 4),
    }
    close(o.generator_loss(batch, fakes), expected)


@pytest.mark.parametrize(
    ("kind", "config", "domain", "fake"),
    [
        (UnpairedTranslation, UNPAIRED, "photo", "anime"),
        (MixedTranslation, MIXED, "unpaired", "unpaired"),
    ],
)
def test_low_frequencies_are_held_to_transported_tones(batch, kind, config, domain, fake):
    def transport(tones):
        return 0.3 + 0.5 * tones

    o = objective(kind, config, transport=transport)
    fakes = o.generate(batch)
    wanted = transport(low_frequencies(batch[domain], 4))
    found = o.generator_loss(batch, fakes)["low_frequency"]
    torch.testing.assert_close(found, 2 * l1(low_frequencies(fakes[fake], 4), wanted))


def test_low_frequencies_are_held_to_the_source_and_g_sees_the_photograph(batch):
    batch["source"] = images(2, 9)
    o = objective(UnpairedTranslation, UNPAIRED)
    fakes = o.generate(batch)
    torch.testing.assert_close(fakes["anime"], o.generator(batch["photo"]))
    found = o.generator_loss(batch, fakes)["low_frequency"]
    torch.testing.assert_close(found, 2 * low_frequency(fakes["anime"], batch["source"], 4))


def test_unpaired_never_uses_the_order_of_its_drawings(batch):
    o = objective(UnpairedTranslation, UNPAIRED)
    shuffled = {**batch, "anime": batch["anime"].flip(0)}
    torch.testing.assert_close(
        o.generator_loss(batch, o.generate(batch)), o.generator_loss(shuffled, o.generate(shuffled))
    )


@pytest.mark.parametrize("make", [mixed_objective, cycle_objective])
def test_discriminator_loss_does_not_reach_the_generator(batch, make):
    o = make()
    sum(o.discriminator_loss(batch, o.generate(batch)).values()).backward()
    assert all(p.grad is None for p in weights(o.generators))
    assert all(p.grad is not None for p in weights(o.discriminators))


def test_fakes_graph_serves_the_generator_after_the_discriminator_moved(batch):
    # The gradient through reused fakes equals the one through fakes made anew.
    o = objective(MixedTranslation, MIXED)
    g, fakes = weights(o.generators), o.generate(batch)
    sum(o.discriminator_loss(batch, fakes).values()).backward()
    with torch.no_grad():
        for p in weights(o.discriminators):
            p -= 0.1 * p.grad
    reused = torch.autograd.grad(sum(o.generator_loss(batch, fakes).values()), g)
    anew = sum(o.generator_loss(batch, o.generate(batch)).values())
    torch.testing.assert_close(reused, torch.autograd.grad(anew, g))


@pytest.mark.parametrize(
    "make",
    [
        paired,
        lambda: objective(UnpairedTranslation, UNPAIRED),
        lambda: objective(MixedTranslation, MIXED),
        cycle_objective,
    ],
    ids=["paired", "unpaired", "mixed", "cycle"],
)
def test_a_generator_learns_from_every_term(make, batch):
    o = make()
    g = weights(o.generators)
    for name, term in o.generator_loss(batch, o.generate(batch)).items():
        gradients = torch.autograd.grad(term, g, retain_graph=True, allow_unused=True)
        assert any(gradient is not None and gradient.any() for gradient in gradients), name


def test_weights_of_zero_remove_terms(batch):
    config = replace(MIXED, adversarial_weight=0, low_frequency_weight=0)
    o = objective(MixedTranslation, config)
    fakes = o.generate(batch)
    assert o.discriminator_loss(batch, fakes) == {}
    assert set(o.generator_loss(batch, fakes)) == {"paired"}
    assert o.penalty_every == 0
    assert paired(r1_gamma=0).penalty_every == 0


def test_what_d_sees_is_augmented_alike_and_anew_in_each_step(batch):
    o = paired(augment="translation")
    fakes = o.generate(batch)
    seen, d = [], o.discriminator
    o.discriminator = nn.Module()
    o.discriminator.forward = lambda x: seen.append(x) or d(x)
    o.discriminator_loss(batch, fakes)
    o.generator_loss(batch, fakes)
    assert [len(x) for x in seen] == [4, 2]
    plain = torch.cat([batch["anime"], fakes["anime"]])
    assert not torch.equal(seen[0], plain) and not torch.equal(seen[1], fakes["anime"])
    assert not torch.equal(seen[1], seen[0][2:])


@pytest.mark.parametrize("name", DISTANCES)
def test_the_paired_distance_is_the_one_asked_for(name, batch):
    o = paired(distance=name, paired_weight=2.0)
    fakes = o.generate(batch)
    wanted = 2 * DISTANCES[name](fakes["anime"], batch["anime"])
    torch.testing.assert_close(o.generator_loss(batch, fakes)["paired"], wanted)
