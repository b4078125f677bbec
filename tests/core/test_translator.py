"""Shapes, sizes, and what the architectures promise."""

import pytest
import torch
from tiny import discriminator, images, translator
from torch import nn

from ganlib.core.errors import GanlibError
from ganlib.core.networks.translator import NEAR_ONE, Translator, TranslatorConfig
from ganlib.core.networks.patch_discriminator import PatchDiscriminator, PatchDiscriminatorConfig
from ganlib.lessons.towers import receptive_field
from ganlib.core.penalties import r1


def weights(net):
    return sum(p.numel() for p in net.parameters())


def test_weight_counts_of_the_defaults():
    assert 2.0e6 <= weights(Translator()) <= 2.6e6
    assert 0.8e6 <= weights(PatchDiscriminator()) <= 1.2e6


@pytest.mark.parametrize("patch", [1, 2])
def test_shapes(patch):
    photo = torch.rand(2, 3, 32, 48) * 2 - 1
    drawing = Translator(TranslatorConfig(patch=patch, width=8, blocks=2))(photo)
    assert drawing.shape == photo.shape and drawing.abs().max() <= 1
    judge = PatchDiscriminator(PatchDiscriminatorConfig(patch=patch, width=4))
    assert judge(photo).shape == (2, 1, 32 // (8 * patch), 48 // (8 * patch))


def test_output_is_float32_under_autocast():
    with torch.autocast("cpu", torch.bfloat16):
        drawing = translator()(images(1))
    assert drawing.dtype == torch.float32
    # As many levels as float32 has, not the 200 or so that bfloat16 leaves.
    assert len(torch.unique(translator()(images(4)))) > 1000


@pytest.mark.parametrize("net", [translator(), discriminator()])
def test_rows_of_a_batch_do_not_mix(net):
    net.double()
    batch = images(4).double()
    alone = torch.cat([net(row[None]) for row in batch])
    torch.testing.assert_close(net(batch), alone)


def test_untrained_translator_hands_the_photograph_back():
    torch.manual_seed(0)
    photo = images(2)
    assert (translator()(photo) - NEAR_ONE * photo).abs().mean() < 0.05


def test_centre_sees_the_whole_image():
    net = Translator(TranslatorConfig(width=8, blocks=3)).double()
    photo = torch.rand(1, 3, 128, 128, dtype=torch.float64, requires_grad=True)
    net(photo)[0, :, 64, 64].sum().backward()
    assert (photo.grad.abs().sum(1) > 0).all()


def test_discriminator_sees_56_folded_pixels():
    judge = PatchDiscriminator(PatchDiscriminatorConfig(patch=1, width=4)).double()
    # What the convolutions reach; the norms' means and spreads come from everywhere.
    judge.layers = nn.Sequential(*(x for x in judge.layers if not isinstance(x, nn.GroupNorm)))
    image = torch.rand(1, 3, 128, 128, dtype=torch.float64, requires_grad=True)
    judge(image)[0, 0, 8, 8].backward()
    rows = (image.grad.abs().sum((0, 1, 3)) > 0).nonzero().flatten()
    assert rows.max() - rows.min() + 1 == 56


def test_discriminator_keeps_the_signals_variance():
    torch.manual_seed(0)
    judge = PatchDiscriminator(PatchDiscriminatorConfig(patch=1, width=32))
    signal = torch.randn(4, 3, 64, 64)
    for layer in judge.layers[:-1]:
        if not isinstance(layer, nn.GroupNorm):  # which would hide what the weights do
            signal = layer(signal)
    assert 0.5 < signal.square().mean().sqrt() < 2


@pytest.mark.parametrize(
    "change", [{"size": 130}, {"patch": 3}, {"width": 12}, {"blocks": 0}, {"width": 32.0}]
)
def test_wrong_settings_name_the_field(change):
    (field,) = change
    with pytest.raises(GanlibError, match=f"TranslatorConfig.{field}"):
        TranslatorConfig(**change)


def test_wrong_discriminator_size():
    with pytest.raises(GanlibError, match="PatchDiscriminatorConfig.size"):
        PatchDiscriminatorConfig(size=20, patch=1)
    with pytest.raises(GanlibError, match="PatchDiscriminatorConfig.width"):
        PatchDiscriminatorConfig(width=10)


@pytest.mark.parametrize("shape", [(1, 3, 18, 16), (1, 1, 16, 16), (3, 16, 16)])
def test_wrong_images(shape):
    with pytest.raises(GanlibError, match="multiples of 4"):
        translator()(torch.zeros(shape))


def test_spectral_norm_bounds_every_convolution():
    torch.manual_seed(0)
    settings = PatchDiscriminatorConfig(size=16, patch=1, width=8, spectral_norm=True)
    judge = PatchDiscriminator(settings)
    convolutions = [layer for layer in judge.layers if isinstance(layer, nn.Conv2d)]
    for _ in range(60):  # each pass is one power iteration
        judge(images(1))
    for layer in convolutions:
        largest = torch.linalg.matrix_norm(layer.weight.detach().flatten(1), ord=2)
        assert largest.item() == pytest.approx(1, abs=0.02)
    assert not any(isinstance(layer, nn.GroupNorm) for layer in judge.layers)
    # The penalty goes through it, by value and gradient.
    r1(judge, images(2)).backward()
    assert all(p.grad is not None for p in judge.parameters() if p.ndim == 4)


def by_gradient(judge, size=64):
    """Pixels on each side that the logit in the middle sees."""
    image = torch.rand(1, 3, size, size, dtype=torch.float64, requires_grad=True)
    logits = judge.double()(image)
    logits[0, 0, logits.shape[-2] // 2, logits.shape[-1] // 2].backward()
    return (image.grad.abs().sum((0, 1, 3)) > 0).sum().item()


@pytest.mark.parametrize("levels, patch", [(1, 1), (2, 1), (3, 1), (1, 2), (2, 2)])
def test_a_logit_sees_what_the_formula_says(levels, patch):
    settings = PatchDiscriminatorConfig(64, patch, 4, spectral_norm=True, levels=levels)
    judge = PatchDiscriminator(settings)
    assert judge(torch.zeros(1, 3, 64, 64)).shape[-1] == 64 // settings.cell
    side = patch * receptive_field(*judge.layout())
    assert side == 7 * 2**levels * patch == by_gradient(judge)


def test_an_image_discriminator_gives_one_logit_that_sees_everything():
    settings = PatchDiscriminatorConfig(64, 2, 4, spectral_norm=True, levels=1, whole=True)
    judge = PatchDiscriminator(settings)
    assert judge(torch.zeros(3, 3, 64, 64)).shape == (3, 1, 1, 1)
    assert by_gradient(judge) == 64
    with pytest.raises(GanlibError, match="whole images of 64x64 pixels, not 32x32"):
        judge(torch.zeros(1, 3, 32, 32))


@pytest.mark.parametrize("change", [{"levels": 0}, {"levels": 6}, {"size": 72, "levels": 3}])
def test_wrong_depths_name_the_field(change):
    with pytest.raises(GanlibError, match="PatchDiscriminatorConfig.(levels|size)"):
        PatchDiscriminatorConfig(**{"size": 64, **change})
