"""Each problem's terms against their parts, computed by hand."""

from dataclasses import replace

import pytest
import torch
from tiny import discriminator, images, mixed_objective, translator
from torch.nn.functional import softplus

from ganlib.core.errors import GanlibError
from ganlib.core.losses import game
from ganlib.core.networks.patch_discriminator import PatchDiscriminator, PatchDiscriminatorConfig
from ganlib.core.networks.translator import Translator, TranslatorConfig
from ganlib.core.objectives import MixedTranslation, PairedTranslation, UnpairedTranslation
from ganlib.core.config import ObjectiveConfig
from ganlib.core.penalties import r1, wgan_gp
from ganlib.measure.probe import Probe, ProbeConfig
from ganlib.core.reconstruction import DISTANCES, l1, low_frequencies, low_frequency, total_variation
from ganlib.data.tones import ToneTransport

PLAIN = ObjectiveConfig(
    game="least_squares",
    augment="",
    adversarial=0.5,
    paired=3.0,
    low_frequency=2.0,
    factor=4,
    cycle=7.0,
    identity=1.5,
    r1_gamma=0.1,
    r1_every=5,
)


@pytest.fixture
def batch():
    return {"photo": images(2, 1), "anime": images(2, 2), "wild": images(3, 3)}


def objective(kind, settings=PLAIN, **extra):
    torch.manual_seed(0)
    return kind(translator(), discriminator(), settings, **extra)


def close(terms, expected):
    assert set(terms) == set(expected)
    for name, value in expected.items():
        torch.testing.assert_close(terms[name], value)


def test_paired(batch):
    o = objective(PairedTranslation)
    outputs = o.generate(batch)
    fake, judge, rules = o.generator(batch["photo"]), o.discriminator, game("least_squares")
    torch.testing.assert_close(outputs["anime"], fake)
    close(
        o.discriminator_loss(batch, outputs),
        {"game": rules.discriminator(judge(batch["anime"]), judge(fake))},
    )
    close(
        o.generator_loss(batch, outputs),
        {"game": 0.5 * rules.generator(judge(fake)), "paired": 3 * l1(fake, batch["anime"])},
    )
    close(o.penalty(batch, outputs), {"r1": 0.1 * 5 * r1(judge, batch["anime"])})


def test_perceptual_compares_what_the_reader_sees():
    torch.manual_seed(1)
    reader = Probe(ProbeConfig(8, 16, 32)).eval().requires_grad_(False)
    torch.manual_seed(0)
    shape = TranslatorConfig(size=64, patch=2, width=8, blocks=1)
    judge = PatchDiscriminator(PatchDiscriminatorConfig(size=64, patch=2, width=8))
    chosen = replace(PLAIN, adversarial=0, paired=0.0, perceptual=2.5)
    o = PairedTranslation(Translator(shape), judge, chosen, reader=reader)
    draw = torch.Generator().manual_seed(0)
    photo, anime = torch.rand(2, 2, 3, 64, 64, generator=draw) * 2 - 1
    outputs = o.generate({"photo": photo})
    terms = o.generator_loss({"photo": photo, "anime": anime}, outputs)
    seen = zip(reader.levels(outputs["anime"]), reader.levels(anime), strict=True)
    close(terms, {"perceptual": 2.5 * sum((a - b).abs().mean() for a, b in seen)})
    terms["perceptual"].backward()
    assert all(p.grad is not None and p.grad.any() for p in o.generators() if p.ndim > 1)
    assert all(p.grad is None for p in reader.parameters())
    assert not {id(p) for p in reader.parameters()} & {id(p) for p in o.generators()}


def test_a_perceptual_term_and_a_reader_need_each_other():
    with pytest.raises(GanlibError, match="needs a reader"):
        objective(PairedTranslation, replace(PLAIN, perceptual=1.0))
    with pytest.raises(GanlibError, match="nothing to do"):
        objective(PairedTranslation, reader=Probe(ProbeConfig(8, 16, 32)))


def test_all_penalties_at_once(batch):
    chosen = replace(PLAIN, r2_gamma=0.3, gradient_penalty=2.0)
    o = objective(PairedTranslation, chosen)
    outputs = o.generate(batch)
    fake, judge = outputs["anime"], o.discriminator
    torch.manual_seed(3)
    terms = o.penalty(batch, outputs)
    torch.manual_seed(3)
    mixed = wgan_gp(judge, batch["anime"], fake)
    expected = {
        "r1": 0.5 * r1(judge, batch["anime"]),
        "r2": 1.5 * r1(judge, fake),
        "gp": 10 * mixed,
    }
    close(terms, expected)
    sum(terms.values()).backward()
    assert all(p.grad is None for p in o.generators())


def test_relativistic_pairs_each_fake_with_a_real(batch):
    o = objective(PairedTranslation, replace(PLAIN, game="relativistic"))
    outputs = o.generate(batch)
    gap = o.discriminator(batch["anime"]) - o.discriminator(outputs["anime"])
    assert o.discriminator_loss(batch, outputs)["game"].item() == pytest.approx(
        softplus(-gap).mean().item()
    )
    persuaded = o.generator_loss(batch, outputs)["game"]
    assert persuaded.item() == pytest.approx(0.5 * softplus(gap).mean().item())
    slopes = torch.autograd.grad(persuaded, o.generators(), retain_graph=True, allow_unused=True)
    assert any(slope is not None and slope.any() for slope in slopes)


def test_smoothed_labels_reach_the_discriminator(batch):
    o = objective(PairedTranslation, replace(PLAIN, game="nonsaturating", label_smoothing=0.1))
    outputs = o.generate(batch)
    real, fake = o.discriminator(batch["anime"]), o.discriminator(outputs["anime"])
    expected = game("nonsaturating", 0.1).discriminator(real, fake)
    close(o.discriminator_loss(batch, outputs), {"game": expected})


def test_mixed(batch):
    o = objective(MixedTranslation)
    outputs = o.generate(batch)
    twins, wild = o.generator(batch["photo"]), o.generator(batch["wild"])
    judge, rules = o.discriminator, game("least_squares")
    fake = torch.cat([judge(twins), judge(wild)])
    # Two drawings against five translations: N and M differ.
    close(
        o.discriminator_loss(batch, outputs),
        {"game": rules.discriminator(judge(batch["anime"]), fake)},
    )
    close(
        o.generator_loss(batch, outputs),
        {
            "game": 0.5 * rules.generator(fake),
            "paired": 3 * l1(twins, batch["anime"]),
            "low_frequency": 2 * low_frequency(wild, batch["wild"], 4),
        },
    )


def test_the_wild_are_held_to_their_own_light(batch):
    o = objective(MixedTranslation)
    outputs = o.generate(batch)
    source = images(3, 4)
    terms = o.generator_loss(batch | {"source": source}, outputs)
    kept = low_frequency(outputs["wild"], source, 4)
    torch.testing.assert_close(terms["low_frequency"], 2 * kept)


def test_unpaired_by_low_frequency(batch):
    o = objective(UnpairedTranslation)
    outputs = o.generate(batch)
    fake, judge = o.generator(batch["photo"]), o.discriminator
    close(
        o.generator_loss(batch, outputs),
        {
            "game": 0.5 * game("least_squares").generator(judge(fake)),
            "low_frequency": 2 * low_frequency(fake, batch["photo"], 4),
            "identity": 1.5 * l1(o.generator(batch["anime"]), batch["anime"]),
        },
    )


@pytest.mark.parametrize(
    ("kind", "world", "fake"),
    [(UnpairedTranslation, "photo", "anime"), (MixedTranslation, "wild", "wild")],
)
def test_low_frequencies_are_held_to_carried_over_tones(batch, kind, world, fake):
    tones = ToneTransport(low_frequencies(batch["photo"], 4), low_frequencies(batch["anime"], 4))
    o = objective(kind, tones=tones)
    outputs = o.generate(batch)
    wanted = tones.shift + tones.scale * low_frequencies(batch[world], 4)
    got = o.generator_loss(batch, outputs)["low_frequency"]
    torch.testing.assert_close(got, 2 * l1(low_frequencies(outputs[fake], 4), wanted))


def test_low_frequencies_are_held_to_the_source_and_g_sees_the_photograph(batch):
    batch["source"] = images(2, 9)
    o = objective(UnpairedTranslation)
    outputs = o.generate(batch)
    torch.testing.assert_close(outputs["anime"], o.generator(batch["photo"]))
    got = o.generator_loss(batch, outputs)["low_frequency"]
    torch.testing.assert_close(got, 2 * low_frequency(outputs["anime"], batch["source"], 4))


def test_unpaired_by_cycle(batch):
    back = (translator(), discriminator())
    o = objective(UnpairedTranslation, reconstruction="cycle", back=back)
    outputs = o.generate(batch)
    there, home = o.generator, back[0]
    anime, photo, rules = there(batch["photo"]), home(batch["anime"]), game("least_squares")
    close(
        o.generator_loss(batch, outputs),
        {
            "game": 0.5 * rules.generator(o.discriminator(anime)),
            "game_back": 0.5 * rules.generator(back[1](photo)),
            "cycle": 7 * (l1(home(anime), batch["photo"]) + l1(there(photo), batch["anime"])),
            "identity": 1.5
            * (
                l1(there(batch["anime"]), batch["anime"]) + l1(home(batch["photo"]), batch["photo"])
            ),
        },
    )
    close(
        o.discriminator_loss(batch, outputs),
        {
            "game": rules.discriminator(o.discriminator(batch["anime"]), o.discriminator(anime)),
            "game_back": rules.discriminator(back[1](batch["photo"]), back[1](photo)),
        },
    )
    assert set(o.penalty(batch, outputs)) == {"r1", "r1_back"}
    assert len(o.generators()) == 2 * len(list(there.parameters()))
    assert len(o.discriminators()) == 2 * len(list(back[1].parameters()))


def test_unpaired_never_uses_the_order_of_its_drawings(batch):
    o = objective(UnpairedTranslation)
    shuffled = {**batch, "anime": batch["anime"].flip(0)}
    torch.testing.assert_close(
        o.generator_loss(batch, o.generate(batch)),
        o.generator_loss(shuffled, o.generate(shuffled)),
    )


def test_discriminator_loss_does_not_reach_the_generator(batch):
    o = mixed_objective()
    sum(o.discriminator_loss(batch, o.generate(batch)).values()).backward()
    assert all(p.grad is None for p in o.generators())
    assert all(p.grad is not None for p in o.discriminators())


def test_fakes_graph_serves_the_generator_after_the_discriminator_moved(batch):
    # The gradient through reused fakes equals the one through fakes made anew.
    o = objective(MixedTranslation)
    outputs = o.generate(batch)
    sum(o.discriminator_loss(batch, outputs).values()).backward()
    with torch.no_grad():
        for p in o.discriminators():
            p -= 0.1 * p.grad
    reused = torch.autograd.grad(sum(o.generator_loss(batch, outputs).values()), o.generators())
    anew = sum(o.generator_loss(batch, o.generate(batch)).values())
    torch.testing.assert_close(reused, torch.autograd.grad(anew, o.generators()))


@pytest.mark.parametrize("kind", [PairedTranslation, UnpairedTranslation, MixedTranslation])
def test_a_generator_learns_from_every_term(kind, batch):
    o = objective(kind)
    for name, term in o.generator_loss(batch, o.generate(batch)).items():
        slopes = torch.autograd.grad(term, o.generators(), retain_graph=True, allow_unused=True)
        assert any(slope is not None and slope.any() for slope in slopes), name


def test_weights_of_zero_remove_terms(batch):
    o = objective(MixedTranslation, ObjectiveConfig(adversarial=0, low_frequency=0))
    outputs = o.generate(batch)
    assert o.discriminator_loss(batch, outputs) == {}
    assert set(o.generator_loss(batch, outputs)) == {"paired"}
    assert o.penalty_every == 0


def test_wrong_settings():
    with pytest.raises(GanlibError, match="ObjectiveConfig.paired"):
        ObjectiveConfig(paired=-1)
    with pytest.raises(GanlibError, match="ObjectiveConfig.factor"):
        ObjectiveConfig(factor=0)
    with pytest.raises(GanlibError, match="no game called 'chess'"):
        ObjectiveConfig(game="chess")
    with pytest.raises(GanlibError, match="no augmentation called 'paint'"):
        ObjectiveConfig(augment="paint")


@pytest.mark.parametrize(
    "extra", [{"reconstruction": "cycle"}, {"reconstruction": "pixel"}, {"back": (1, 2)}]
)
def test_wrong_reconstruction(extra):
    with pytest.raises(GanlibError, match="reconstruction"):
        objective(UnpairedTranslation, **extra)


@pytest.mark.parametrize("name", DISTANCES)
def test_the_paired_distance_is_the_one_asked_for(name):
    torch.manual_seed(0)
    settings = ObjectiveConfig(distance=name, paired=2.0, total_variation=0.5)
    objective = PairedTranslation(translator(), discriminator(), settings)
    batch = {"photo": images(4, 1), "anime": images(4, 2)}
    outputs = objective.generate(batch)
    terms = objective.generator_loss(batch, outputs)
    wanted = 2 * DISTANCES[name](outputs["anime"], batch["anime"])
    torch.testing.assert_close(terms["paired"], wanted)
    torch.testing.assert_close(terms["total_variation"], total_variation(outputs["anime"]) / 2)


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"r1_every": 1.5}, "r1_every is whole, not 1.5"),
        ({"augment": 5}, "augment is a name, not 5"),
        ({"distance": "l3"}, "no distance 'l3'; choose from l1, l2"),
    ],
)
def test_settings_of_the_wrong_kind_get_a_sentence(setting, sentence):
    with pytest.raises(GanlibError, match=sentence):
        ObjectiveConfig(**setting)
