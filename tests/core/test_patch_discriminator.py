"""The patch discriminator: shapes, what a logit sees, and what bounds it."""

import pytest
import torch
from tiny import discriminator, images
from torch import nn

from ganlib.core.errors import ConfigError, GanlibError
from ganlib.core.networks.patch_discriminator import PatchDiscriminator, PatchDiscriminatorConfig
from ganlib.core.penalties import r1


def test_weight_count_of_the_defaults():
    assert 0.8e6 <= sum(p.numel() for p in PatchDiscriminator().parameters()) <= 1.2e6


@pytest.mark.parametrize("patch", [1, 2])
def test_shapes(patch):
    d = PatchDiscriminator(PatchDiscriminatorConfig(patch=patch, width=4))
    logits = d(torch.rand(2, 3, 32, 48) * 2 - 1)
    assert logits.shape == (2, 1, 32 // (8 * patch), 48 // (8 * patch))


def test_rows_of_a_batch_do_not_mix():
    net, batch = discriminator().double(), images(4).double()
    alone = torch.cat([net(row[None]) for row in batch])
    torch.testing.assert_close(net(batch), alone)


def test_discriminator_sees_56_folded_pixels():
    d = PatchDiscriminator(PatchDiscriminatorConfig(patch=1, width=4)).double()
    # What the convolutions reach; the norms' means and spreads come from everywhere.
    d.layers = nn.Sequential(*(x for x in d.layers if not isinstance(x, nn.GroupNorm)))
    image = torch.rand(1, 3, 128, 128, dtype=torch.float64, requires_grad=True)
    d(image)[0, 0, 8, 8].backward()
    rows = (image.grad.abs().sum((0, 1, 3)) > 0).nonzero().flatten()
    assert rows.max() - rows.min() + 1 == 56


def test_discriminator_keeps_the_signals_variance():
    torch.manual_seed(0)
    d = PatchDiscriminator(PatchDiscriminatorConfig(patch=1, width=32))
    signal = torch.randn(4, 3, 64, 64)
    for layer in d.layers[:-1]:
        if not isinstance(layer, nn.GroupNorm):  # which would hide what the weights do
            signal = layer(signal)
    assert 0.5 < signal.square().mean().sqrt() < 2


def test_spectral_norm_bounds_every_convolution():
    torch.manual_seed(0)
    config = PatchDiscriminatorConfig(size=16, patch=1, width=8, spectral_norm=True)
    d = PatchDiscriminator(config)
    convolutions = [layer for layer in d.layers if isinstance(layer, nn.Conv2d)]
    for _ in range(60):  # each pass is one power iteration
        d(images(1))
    for layer in convolutions:
        largest = torch.linalg.matrix_norm(layer.weight.detach().flatten(1), ord=2)
        assert largest.item() == pytest.approx(1, abs=0.02)
    assert not any(isinstance(layer, nn.GroupNorm) for layer in d.layers)
    # The penalty goes through it, by value and gradient.
    r1(d, images(2)).backward()
    assert all(p.grad is not None for p in d.parameters() if p.ndim == 4)


def by_gradient(d, size=64):
    """Pixels on each side that the logit in the middle sees."""
    image = torch.rand(1, 3, size, size, dtype=torch.float64, requires_grad=True)
    logits = d.double()(image)
    logits[0, 0, logits.shape[-2] // 2, logits.shape[-1] // 2].backward()
    return (image.grad.abs().sum((0, 1, 3)) > 0).sum().item()


@pytest.mark.parametrize("levels, patch", [(1, 1), (2, 1), (3, 1), (1, 2), (2, 2)])
def test_a_logit_sees_what_the_formula_says(levels, patch):
    config = PatchDiscriminatorConfig(64, patch, 4, spectral_norm=True, levels=levels)
    d = PatchDiscriminator(config)
    assert d(torch.zeros(1, 3, 64, 64)).shape[-1] == 64 // config.cell
    assert by_gradient(d) == 7 * 2**levels * patch


def test_an_image_discriminator_gives_one_logit_that_sees_everything():
    config = PatchDiscriminatorConfig(64, 2, 4, spectral_norm=True, levels=1, whole=True)
    d = PatchDiscriminator(config)
    assert d(torch.zeros(3, 3, 64, 64)).shape == (3, 1, 1, 1)
    assert by_gradient(d) == 64
    with pytest.raises(GanlibError, match=r"must be \(N, 3, 64, 64\) here, not \(1, 3, 32, 32\)"):
        d(torch.zeros(1, 3, 32, 32))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"size": 20, "patch": 1}, "must be a multiple of 8, not 20"),
        ({"size": 72, "levels": 3}, "must be a multiple of 16, not 72"),
        ({"size": 4}, "must be a whole number from 8 to 4096, not 4"),
        ({"width": 10}, "must be a multiple of 4, not 10"),
        ({"patch": 5}, "must be a whole number from 1 to 4, not 5"),
        ({"levels": 0}, "must be a whole number from 1 to 5, not 0"),
        ({"levels": 6}, "must be a whole number from 1 to 5, not 6"),
    ],
)
def test_configs_that_cannot_be_name_the_field(change, words):
    field = next(iter(change))
    with pytest.raises(ConfigError, match=f"{field} {words}") as refused:
        PatchDiscriminatorConfig(**{"size": 64, **change})
    assert refused.value.field == field


def test_features_are_what_each_level_sees_and_the_logits_last():
    d, batch = discriminator(), images(2)
    *seen, logits = d.features(batch)
    assert [tuple(level.shape[1:]) for level in seen] == [
        *((8, 16, 16), (16, 8, 8), (32, 4, 4), (64, 2, 2), (32, 2, 2))
    ]
    assert torch.equal(logits, d(batch)) and torch.equal(logits, d.layers(batch))


def test_a_discriminator_with_styles_asks_for_one():
    torch.manual_seed(0)
    d = PatchDiscriminator(PatchDiscriminatorConfig(16, 1, 8, styles=3))
    batch, styles = images(3), torch.eye(3)
    logits = d(batch, styles)
    assert logits.shape == (3, 1, 2, 2)
    assert torch.equal(d.features(batch, styles)[-1], logits)
    assert not torch.allclose(logits, d(batch, styles.roll(1, 0)))
    plain = discriminator().state_dict().keys()
    assert d.state_dict().keys() - plain == {"shift.weight"}
    for missing in (None, torch.zeros(3, 2)):
        with pytest.raises(GanlibError, match=r"style must be \(3, 3\) here"):
            d(batch, missing)
