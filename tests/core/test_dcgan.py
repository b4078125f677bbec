"""The DCGAN networks: shapes, what depends on what, spectral norm against the true σ."""

import copy

import pytest
import torch
from torch.nn.functional import conv2d

from ganlib.core.errors import ConfigError, GanlibError
from ganlib.core.networks.dcgan import (
    DCGANDiscriminator,
    DCGANDiscriminatorConfig,
    DCGANGenerator,
    DCGANGeneratorConfig,
    ResizeConv,
)
from ganlib.lessons.towers import ripple


def generator(**config):
    torch.manual_seed(0)
    return DCGANGenerator(DCGANGeneratorConfig(**{"size": 16, "width": 8} | config))


def discriminator(**config):
    torch.manual_seed(0)
    return DCGANDiscriminator(DCGANDiscriminatorConfig(**{"size": 16, "width": 8} | config))


@pytest.mark.parametrize("size", [8, 16, 64])
@pytest.mark.parametrize("upsampling", ["transposed", "resize"])
def test_shapes_and_range(size, upsampling):
    images = generator(size=size, upsampling=upsampling)(torch.randn(3, 100))
    assert images.shape == (3, 3, size, size) and images.abs().max() <= 1
    assert discriminator(size=size)(images).shape == (3,)
    assert discriminator(size=size, spectral_norm=True, outputs=5)(images).shape == (3, 5)


def test_images_are_float32_under_autocast():
    with torch.autocast("cpu", torch.bfloat16):
        images = generator()(torch.randn(4, 100))
    assert images.dtype == torch.float32
    # As many levels as tanh has in float32 of what bfloat16 gave, not those of bfloat16 alone.
    assert not torch.equal(images, images.to(torch.bfloat16).float())


def test_a_resize_convolution_is_what_its_name_says():
    layer, maps = ResizeConv(6, 4).double(), torch.randn(2, 6, 5, 7).double()
    torch.nn.init.normal_(layer.weight)
    torch.nn.init.normal_(layer.bias)
    doubled = maps.repeat_interleave(2, 2).repeat_interleave(2, 3)
    kernel = layer.weight.flip(2, 3).transpose(0, 1)
    wanted = conv2d(doubled, kernel, layer.bias, padding=1)
    torch.testing.assert_close(layer(maps), wanted)


def test_upsampling_by_resizing_draws_no_grid():
    ripples = []
    for upsampling in ("transposed", "resize"):
        torch.manual_seed(0)
        config = DCGANGeneratorConfig(width=16, upsampling=upsampling)
        images = DCGANGenerator(config)(torch.randn(16, 100))
        ripples.append((ripple(images) / images.std()).mean())
    assert ripples[1] < ripples[0] / 10


def test_the_size_of_the_paper():
    # 4 x 4 x 512, then 256, 128, 64, 3 channels: the counts follow from the layers' shapes.
    maps = [512, 256, 128, 64]
    taps = 16 * (3 * 64 + sum(a * b for a, b in zip(maps, maps[1:], strict=False)))
    norms = 2 * sum(maps)
    g = taps + (100 + 1) * 512 * 16 + sum(maps[1:]) + 3 + norms
    d = taps + 512 * 16 + 1 + sum(maps) + norms - 2 * 64  # no norm after the first layer
    assert sum(p.numel() for p in DCGANGenerator().parameters()) == g
    assert sum(p.numel() for p in DCGANDiscriminator().parameters()) == d


def test_no_image_depends_on_its_neighbours():
    noise = torch.randn(4, 100)
    g, d = generator(), discriminator(spectral_norm=True).eval()
    images = g(noise)
    torch.testing.assert_close(g(noise[:1]), images[:1])
    torch.testing.assert_close(d(images[:1]), d(images)[:1])
    assert not list(g.buffers())  # nothing that the average of the weights would have to follow


@pytest.mark.parametrize("normalised", [True, False])
def test_signals_keep_their_size_at_the_start(normalised):
    torch.manual_seed(0)
    images = DCGANGenerator()(torch.randn(16, 100))
    assert images.std() > 0.02
    signal = torch.rand(16, 3, 64, 64) * 2 - 1
    for layer in DCGANDiscriminator().layers[:-1]:
        # Without its norms, which would hide what the weights do.
        if normalised or not isinstance(layer, torch.nn.GroupNorm):
            signal = layer(signal)
    assert 0.3 < signal.std() < 3


def test_spectral_norm_in_d():
    d = discriminator(spectral_norm=True)
    images = torch.rand(2, 3, 16, 16)
    for _ in range(100):
        d(images)
    d.eval()
    for layer in (layer for layer in d.layers if isinstance(layer, torch.nn.Conv2d)):
        sigma = torch.linalg.matrix_norm(layer.weight.flatten(1), ord=2)
        torch.testing.assert_close(sigma, torch.ones(()), atol=1e-3, rtol=0)
    assert not any(isinstance(layer, torch.nn.GroupNorm) for layer in d.layers)
    before = [b.clone() for b in d.buffers()]
    d(images)
    assert all(torch.equal(a, b) for a, b in zip(before, d.buffers(), strict=True))


def test_spectral_norm_outlives_a_second_pass_and_autocast():
    d = discriminator(spectral_norm=True)
    images = torch.rand(2, 3, 16, 16)
    first = d(images)
    alone = torch.autograd.grad(first.sum(), list(d.parameters()))
    d = discriminator(spectral_norm=True)
    first = d(images)
    d(images)  # moves u and v
    again = torch.autograd.grad(first.sum(), list(d.parameters()))
    assert all(torch.equal(a, b) for a, b in zip(alone, again, strict=True))
    with torch.autocast("cpu", torch.bfloat16):
        assert d(images).isfinite().all()
    assert all(buffer.dtype == torch.float32 for buffer in d.buffers())
    assert copy.deepcopy(d).state_dict().keys() == d.state_dict().keys()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"size": 48}, "must be a power of two, not 48"),
        ({"size": 4}, "must be a whole number from 8 to 256, not 4"),
        ({"size": 512}, "must be a whole number from 8 to 256, not 512"),
        ({"width": 12}, "must be a multiple of 8, not 12"),
        ({"width": 0}, "must be a whole number from 8 to 512, not 0"),
    ],
)
def test_configs_that_cannot_be(change, words):
    (field,) = change
    for make in (generator, discriminator):
        with pytest.raises(ConfigError, match=f"{field} {words}") as refused:
            make(**change)
        assert refused.value.field == field


def test_numbers_of_noise_and_of_outputs_are_1_or_more():
    with pytest.raises(ConfigError, match="latent must be a whole number from 1 to 4096, not 0"):
        generator(latent=0)
    with pytest.raises(ConfigError, match="outputs must be a whole number from 1 to 4096, not 0"):
        discriminator(outputs=0)


def test_wrong_input_gets_a_sentence():
    with pytest.raises(GanlibError, match=r"noise must be \(N, 100\) here, not \(2, 99\)"):
        generator()(torch.randn(2, 99))
    with pytest.raises(
        GanlibError, match=r"images must be \(N, 3, 16, 16\) here, not \(2, 3, 32, 32\)"
    ):
        discriminator()(torch.randn(2, 3, 32, 32))
