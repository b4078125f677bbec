"""Conditions: what the networks do with them, and the two losses against their formulas."""

import pytest
import torch
from tape import TapeGraphs
from tiny import conditional_objective, conditioned_feed, images, store
from torch.nn.functional import leaky_relu, softplus

from ganlib.scale import cuda_graphs as capture
from ganlib.weights import load_model, save_model
from ganlib.core.networks.conditional import (
    ConditionalGenerator,
    ConditionalGeneratorConfig,
    ConditionalNorm,
    ProjectionDiscriminator,
    ProjectionDiscriminatorConfig,
    draw,
)
from ganlib.core.errors import GanlibError
from ganlib.core.losses import game
from ganlib.core.penalties import r1
from ganlib.core.networks.spectral import SpectralNorm
from ganlib.data.samplers import ConditionedSampler
from ganlib.core.trainer import Trainer
from ganlib.core.config import TrainConfig

CONDITIONS = torch.eye(3)[[0, 1, 2, 1]]


def batch():
    return {"anime": images(4), "condition": CONDITIONS}


def trainer(n=32, out=None, **settings):
    run = TrainConfig(n, 4, report_every=8, checkpoint_every=16, precision="fp32", **settings)
    return Trainer(conditional_objective(r1_every=3), conditioned_feed(), run, out)


@pytest.mark.parametrize("size", [8, 16, 64])
def test_shapes_and_range(size):
    g = ConditionalGenerator(ConditionalGeneratorConfig(3, size=size, latent=5, width=8))
    d = ProjectionDiscriminator(ProjectionDiscriminatorConfig(3, size=size, width=8))
    drawn = g(torch.randn(4, 5), CONDITIONS)
    assert drawn.shape == (4, 3, size, size) and drawn.abs().max() <= 1
    assert d(drawn, CONDITIONS).shape == (4,)


def test_no_image_depends_on_its_neighbours():
    problem, noise = conditional_objective(), torch.randn(4, 5)
    drawn = problem.generator(noise, CONDITIONS)
    torch.testing.assert_close(problem.generator(noise[:1], CONDITIONS[:1]), drawn[:1])
    logits = problem.discriminator(drawn, CONDITIONS)
    torch.testing.assert_close(problem.discriminator(drawn[2:3], CONDITIONS[2:3]), logits[2:3])
    assert not list(problem.generator.buffers())


def test_a_conditional_norm_starts_as_a_plain_one():
    norm, maps = ConditionalNorm(16, 4), torch.randn(2, 16, 5, 5)
    plain = torch.nn.functional.group_norm(maps, 8)
    torch.testing.assert_close(norm(maps, torch.randn(2, 4)), plain)
    torch.nn.init.normal_(norm.affine.weight)
    code = torch.randn(2, 4)
    scale, shift = (code @ norm.affine.weight.T).split(16, 1)
    wanted = plain * (1 + scale)[:, :, None, None] + shift[:, :, None, None]
    torch.testing.assert_close(norm(maps, code), wanted)


def test_the_logit_is_the_projection():
    d, x = conditional_objective().discriminator, images(4)
    features = leaky_relu(d.tower(x), 0.2)
    matched = (CONDITIONS @ d.match.weight * features).sum(1)
    torch.testing.assert_close(d(x, CONDITIONS), d.real(features)[:, 0] + matched)


def test_spectral_norm_bounds_every_layer_of_d():
    d = ProjectionDiscriminator(ProjectionDiscriminatorConfig(3, 16, 8, 8, spectral=True))
    bounded = [m for m in d.modules() if isinstance(m, SpectralNorm)]
    layers = [m for m in d.modules() if isinstance(m, torch.nn.Conv2d | torch.nn.Linear)]
    assert len(bounded) == len(layers) > 3


@pytest.mark.parametrize("name", ["nonsaturating", "relativistic"])
def test_losses_are_those_of_the_game(name):
    problem, given = conditional_objective(augment="", game=name), batch()
    outputs, rules = problem.generate(given), game(name)
    real = problem.discriminator(given["anime"], CONDITIONS)
    fake = problem.discriminator(outputs["anime"], CONDITIONS)
    d_terms, g_terms = (
        problem.discriminator_loss(given, outputs),
        problem.generator_loss(given, outputs),
    )
    assert d_terms.keys() == g_terms.keys() == {"game"}
    torch.testing.assert_close(d_terms["game"], rules.discriminator(real, fake))
    logits = (fake, real) if rules.paired else (fake,)
    torch.testing.assert_close(g_terms["game"], rules.generator(*logits))


def test_the_penalty_is_by_the_images_with_their_conditions():
    problem, given = conditional_objective(), batch()
    penalty = problem.penalty(given, problem.generate(given))
    weight = problem.config.r1_gamma * problem.config.r1_every
    wanted = weight * r1(lambda x: problem.discriminator(x, CONDITIONS), given["anime"])
    assert penalty.keys() == {"r1"}
    torch.testing.assert_close(penalty["r1"], wanted)


def test_each_player_moves_its_own_weights():
    problem, given = conditional_objective(), batch()
    problem.discriminator_loss(given, problem.generate(given))["game"].backward()
    assert all(p.grad is None for p in problem.generators())
    assert all(p.grad is not None for p in problem.discriminators())
    problem.generator_loss(given, problem.generate(given))["game"].backward()
    assert all(p.grad is not None for p in problem.generators())


def test_samples_have_a_wish_in_each_row_and_a_noise_in_each_column():
    problem = conditional_objective()
    torch.nn.init.normal_(problem.generator.norms[0].affine.weight)
    state = torch.get_rng_state()
    rows = problem.samples().unflatten(0, (8, 8))
    assert torch.equal(torch.get_rng_state(), state)
    torch.testing.assert_close(rows[0], rows[3])  # the same wish
    assert not torch.allclose(rows[0], rows[1])
    wanted = problem.generator(problem.fixed[2:3], problem.wishes[1:2])[0]
    torch.testing.assert_close(rows[1, 2], wanted)
    assert not {"fixed", "wishes"} & problem.state_dict().keys()


def test_a_pool_is_refused():
    with pytest.raises(GanlibError, match="without their conditions"):
        conditional_objective(pool=8)


def test_a_resumed_run_equals_an_uninterrupted_one(tmp_path):
    whole = trainer(32, tmp_path / "whole", decay_fraction=0).run()
    trainer(16, tmp_path / "half", decay_fraction=0).run()
    resumed = trainer(32, tmp_path / "half", decay_fraction=0).resume().run()
    for name, tensor in whole.state()[0].items():
        assert torch.equal(tensor, resumed.state()[0][name]), name


def test_captured_steps_equal_eager_ones_bit_for_bit():
    eager, graphed = trainer(64), trainer(64)
    for _ in range(12):
        eager.train_step()
    tape = TapeGraphs(graphed)
    advance = capture.GraphedStep(graphed, tape)
    for _ in range(12):
        advance()
    for name, tensor in eager.state()[0].items():
        assert torch.equal(tensor, graphed.state()[0][name]), name
    assert tape.operations and not tape.questions


def test_a_small_generator_does_what_it_is_asked():
    import seeds.lesson06

    assert seeds.lesson06.obeys(11)


def test_drawings_are_decided_by_their_seed_whatever_the_batch():
    g, wishes = conditional_objective().generator, CONDITIONS.repeat(3, 1)
    torch.testing.assert_close(draw(g, wishes, 4), draw(g, wishes, 4, batch=5))
    assert not torch.allclose(draw(g, wishes, 4), draw(g, wishes, 5))


def test_a_model_and_its_card_come_back(tmp_path):
    g = conditional_objective().generator
    save_model(tmp_path / "faces.safetensors", g, {"seed": 3})
    again, card = load_model(tmp_path / "faces.safetensors", "face generator")
    assert again.config == g.config and card == {"seed": 3}
    assert torch.equal(draw(again, CONDITIONS), draw(g, CONDITIONS))


def test_the_feed_keeps_drawings_and_conditions_together():
    pictures, conditions = store(5), torch.arange(5.0)[:, None]
    feed = ConditionedSampler(pictures, conditions)
    torch.manual_seed(0)
    given = feed(40)
    assert len(given["condition"].unique()) == 5
    for picture, condition in zip(given["anime"], given["condition"], strict=True):
        own = pictures.at(condition.long())[0]
        assert torch.equal(picture, own) or torch.equal(picture, own.flip(2))
    with pytest.raises(GanlibError, match="5 drawings and 4 conditions"):
        ConditionedSampler(pictures, conditions[:4])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda o: o.generator(torch.randn(4, 6), CONDITIONS), r"noise \(N, 5\)"),
        (lambda o: o.generator(torch.randn(4, 5), CONDITIONS[:3]), r"not \(4, 5\) and \(3, 3\)"),
        (lambda o: o.discriminator(images(4), CONDITIONS[:, :2]), "4 conditions of 3 numbers"),
        (lambda o: ConditionalGeneratorConfig(0), "condition must be a whole number from 1"),
        (lambda o: ConditionalGeneratorConfig(3, size=48), "power of two"),
        (lambda o: ProjectionDiscriminatorConfig(3, features=0), "features must be a whole"),
    ],
)
def test_what_does_not_fit_gets_a_sentence(call, words):
    with pytest.raises(GanlibError, match=words):
        call(conditional_objective())


def test_d_of_undecided_logits_starts_near_balance():
    problem, given = conditional_objective(), batch()
    logits = problem.discriminator(given["anime"], CONDITIONS)
    assert logits.abs().max() < 0.5
    assert abs(softplus(logits).mean() - torch.tensor(2.0).log()) < 0.2
