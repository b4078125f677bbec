"""Conditions: what the networks do with them, and the two losses against their formulas."""

import pytest
import torch
from tiny import assert_same_state, conditional_objective, conditional_sampler, images
from torch import nn
from torch.nn.functional import leaky_relu, softplus
from torch.nn.utils.parametrize import is_parametrized

from ganlib.core.config import NoiseLoss, TrainConfig
from ganlib.core.errors import ConfigError, GanlibError
from ganlib.core.losses import gan_loss
from ganlib.core.networks.conditional import (
    ConditionalGenerator,
    ConditionalGeneratorConfig,
    ConditionalNorm,
    ProjectionDiscriminator,
    ProjectionDiscriminatorConfig,
    projection_logit,
)
from ganlib.core.objectives import ConditionalNoiseToImage
from ganlib.core.penalties import r1
from ganlib.core.trainer import Trainer
from ganlib.data.datasets import ImageDataset
from ganlib.data.samplers import ConditionalSampler
from ganlib.measure.control import draw

CONDITIONS = torch.eye(3)[[0, 1, 2, 1]]


def batch():
    return {"anime": images(4), "condition": CONDITIONS}


def trainer(n=32, out=None, **train):
    config = TrainConfig(n, 4, report_every=8, checkpoint_every=16, precision="fp32", **train)
    return Trainer(conditional_objective(penalty_every=3), conditional_sampler(), config, out)


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


def test_a_discriminator_that_packs_sees_whether_images_are_alike():
    torch.manual_seed(0)
    d = ProjectionDiscriminator(ProjectionDiscriminatorConfig(3, size=16, width=8, pack=2))
    pictures, asked = images(4), CONDITIONS[[0, 0, 1, 1]]
    logits = d(pictures, asked)
    assert logits.shape == (2,)
    torch.testing.assert_close(d(pictures[2:], asked[2:]), logits[1:])
    assert not torch.allclose(d(pictures[[0, 0, 2, 2]], asked), logits)
    assert not torch.allclose(d(pictures, CONDITIONS[[1, 1, 1, 1]])[0], logits[0])


def test_a_packed_discriminator_trains_with_its_penalty():
    problem = conditional_objective(penalty_every=1, augment="")
    shape = {"size": 16, "width": 8, "pack": 2}
    problem.discriminator = ProjectionDiscriminator(ProjectionDiscriminatorConfig(3, **shape))
    given = {"anime": images(4), "condition": CONDITIONS[[0, 0, 1, 1]]}
    fakes = problem.generate(given)
    with torch.no_grad():
        problem.discriminator.real.bias.fill_(0.3)
    terms = problem.discriminator_loss(given, fakes) | problem.penalty(given, fakes)
    d = problem.discriminator
    real, fake = d(given["anime"], given["condition"]), d(fakes["anime"], given["condition"])
    wanted = gan_loss(problem.config.loss).discriminator(real, fake)
    torch.testing.assert_close(terms["adversarial"], wanted)
    torch.testing.assert_close(problem.monitors["fake_logit"], fake.mean().detach())
    assert terms["r1"] > 0


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


def test_the_projection_against_a_loop():
    draw = torch.Generator().manual_seed(0)
    sizes = ((4, 5), (4, 3), (5,), (), (3, 5))
    numbers = [torch.randn(size, generator=draw, dtype=torch.float64) for size in sizes]
    features, condition, weight, bias, match = numbers
    for i, logit in enumerate(projection_logit(*numbers)):
        expected = bias.item() + sum(float(features[i, f] * weight[f]) for f in range(5))
        for c in range(3):
            for f in range(5):
                expected += float(condition[i, c] * match[c, f] * features[i, f])
        assert logit.item() == pytest.approx(expected, rel=1e-12)


def test_spectral_norm_bounds_every_layer_of_d():
    torch.manual_seed(0)
    config = ProjectionDiscriminatorConfig(3, 16, 8, 8, spectral_norm=True)
    d = ProjectionDiscriminator(config)
    layers = [m for m in d.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert len(layers) > 3 and all(is_parametrized(layer, "weight") for layer in layers)
    assert not any(isinstance(m, nn.GroupNorm) for m in d.modules())
    for _ in range(100):  # each pass is one power iteration
        d(images(4), CONDITIONS)
    for layer in layers:
        largest = torch.linalg.matrix_norm(layer.weight.detach().flatten(1), ord=2)
        assert largest.item() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("name", ["nonsaturating", "relativistic"])
def test_terms_are_those_of_the_loss(name):
    problem, given = conditional_objective(augment="", loss=name), batch()
    outputs, loss = problem.generate(given), gan_loss(name)
    real = problem.discriminator(given["anime"], CONDITIONS)
    fake = problem.discriminator(outputs["anime"], CONDITIONS)
    d_terms, g_terms = (
        problem.discriminator_loss(given, outputs),
        problem.generator_loss(given, outputs),
    )
    assert d_terms.keys() == g_terms.keys() == {"adversarial"}
    torch.testing.assert_close(d_terms["adversarial"], loss.discriminator(real, fake))
    logits = (fake, real) if loss.relativistic else (fake,)
    torch.testing.assert_close(g_terms["adversarial"], loss.generator(*logits))


def test_the_penalty_is_by_the_images_with_their_conditions():
    problem, given = conditional_objective(), batch()
    penalty = problem.penalty(given, problem.generate(given))
    weight = problem.config.r1_gamma * problem.config.penalty_every
    wanted = weight * r1(lambda x: problem.discriminator(x, CONDITIONS), given["anime"])
    assert penalty.keys() == {"r1"}
    torch.testing.assert_close(penalty["r1"], wanted)


def test_each_network_moves_its_own_weights():
    problem, given = conditional_objective(), batch()
    g, d = ([*net.parameters()] for net in (problem.generator, problem.discriminator))
    problem.discriminator_loss(given, problem.generate(given))["adversarial"].backward()
    assert all(p.grad is None for p in g)
    assert all(p.grad is not None for p in d)
    problem.generator_loss(given, problem.generate(given))["adversarial"].backward()
    assert all(p.grad is not None for p in g)


def test_a_resumed_run_equals_an_uninterrupted_one(tmp_path):
    whole = trainer(32, tmp_path / "whole", decay=0).run()
    trainer(16, tmp_path / "half", decay=0).run()
    assert_same_state(whole, trainer(32, tmp_path / "half", decay=0).resume().run())


def test_a_small_generator_draws_what_it_is_asked_for():
    """Squares of 8 pixels, bright or dark as asked, in 100 of 100."""
    condition = torch.eye(2)[torch.arange(64) % 2]
    jitter = torch.randn(64, 3, 1, 1, generator=torch.Generator().manual_seed(0))
    tones = (condition @ torch.tensor([0.5, -0.5]))[:, None, None, None] + 0.2 * jitter
    dataset = ImageDataset.from_float(tones.clamp(-1, 1).repeat(1, 1, 8, 8))
    torch.manual_seed(11)
    shape = {"condition": 2, "size": 8, "width": 16}
    objective = ConditionalNoiseToImage(
        ConditionalGenerator(ConditionalGeneratorConfig(**shape, latent=8, embedding=8)),
        ProjectionDiscriminator(ProjectionDiscriminatorConfig(**shape, features=32)),
        NoiseLoss(augment=""),
    )
    config = TrainConfig(960, 16, lr_g=2e-3, lr_d=4e-3, ema_half_life=200, precision="fp32")
    ema = Trainer(objective, ConditionalSampler(dataset, condition), config).run().ema
    means = draw(ema, torch.eye(2).repeat_interleave(50, 0)).mean((1, 2, 3))
    assert bool((means[:50] > 0).all() and (means[50:] < 0).all())


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda o: o.generator(torch.randn(4, 6), CONDITIONS), r"noise must be \(N, 5\) here, not"),
        (
            lambda o: o.generator(torch.randn(4, 5), CONDITIONS[:3]),
            r"conditions must be \(4, 3\) here, not \(3, 3\)",
        ),
        (
            lambda o: o.discriminator(images(4), CONDITIONS[:, :2]),
            r"conditions must be \(4, 3\) here, not \(4, 2\)",
        ),
    ],
)
def test_what_does_not_fit_gets_a_sentence(call, words):
    with pytest.raises(GanlibError, match=words):
        call(conditional_objective())


@pytest.mark.parametrize(
    ("make", "field", "words"),
    [
        (lambda: ConditionalGeneratorConfig(0), "condition", "must be a whole number from 1"),
        (lambda: ConditionalGeneratorConfig(3, latent=0), "latent", "must be a whole number from"),
        (lambda: ConditionalGeneratorConfig(3, embedding=0), "embedding", "must be a whole number"),
        (lambda: ConditionalGeneratorConfig(3, size=48), "size", "must be a power of two"),
        (lambda: ConditionalGeneratorConfig(3, width=12), "width", "must be a multiple of 8"),
        (lambda: ProjectionDiscriminatorConfig(0), "condition", "must be a whole number from 1"),
        (lambda: ProjectionDiscriminatorConfig(3, features=0), "features", "must be a whole"),
        (lambda: ProjectionDiscriminatorConfig(3, size=48), "size", "must be a power of two"),
    ],
)
def test_configs_that_cannot_be_name_the_field(make, field, words):
    with pytest.raises(ConfigError, match=words) as refused:
        make()
    assert refused.value.field == field


def test_d_starts_undecided():
    problem, given = conditional_objective(), batch()
    logits = problem.discriminator(given["anime"], CONDITIONS)
    assert logits.abs().max() < 0.5
    assert abs(softplus(logits).mean() - torch.tensor(2.0).log()) < 0.2
