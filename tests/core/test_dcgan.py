"""The DCGAN networks: shapes, what depends on what, spectral norm against the true σ."""

import copy

import pytest
import torch
from torch.nn.functional import conv2d

from ganlib.weights import load_model, save_model
from ganlib.core.networks.dcgan import (
    DCGANDiscriminator,
    DCGANDiscriminatorConfig,
    DCGANGenerator,
    DCGANGeneratorConfig,
    ResizeConv,
)
from ganlib.core.errors import GanlibError
from ganlib.core.networks.spectral import SpectralNorm
from ganlib.lessons.towers import ripple


def generator(**settings):
    torch.manual_seed(0)
    return DCGANGenerator(DCGANGeneratorConfig(**{"size": 16, "width": 8} | settings))


def discriminator(**settings):
    torch.manual_seed(0)
    return DCGANDiscriminator(DCGANDiscriminatorConfig(**{"size": 16, "width": 8} | settings))


@pytest.mark.parametrize("size", [8, 16, 64])
@pytest.mark.parametrize("norm", ["group", "none"])
def test_shapes_and_range(size, norm):
    images = generator(size=size, norm=norm)(torch.randn(3, 100))
    assert images.shape == (3, 3, size, size) and images.abs().max() <= 1
    assert discriminator(size=size, norm=norm)(images).shape == (3,)


def test_a_resize_convolution_is_what_its_name_says():
    layer, maps = ResizeConv(6, 4).double(), torch.randn(2, 6, 5, 7).double()
    torch.nn.init.normal_(layer.weight)
    torch.nn.init.normal_(layer.bias)
    doubled = maps.repeat_interleave(2, 2).repeat_interleave(2, 3)
    kernel = layer.weight.flip(2, 3).transpose(0, 1)
    wanted = conv2d(doubled, kernel, layer.bias, padding=1)
    torch.testing.assert_close(layer(maps), wanted)


def test_doublings_by_resizing_draw_no_grid():
    ripples = []
    for doubling in ("transposed", "resize"):
        torch.manual_seed(0)
        settings = DCGANGeneratorConfig(width=16, doubling=doubling)
        images = DCGANGenerator(settings)(torch.randn(16, 100))
        ripples.append((ripple(images) / images.std()).mean())
    assert ripples[1] < ripples[0] / 10
    with pytest.raises(GanlibError, match="doubling must be transposed, or resize with norms"):
        DCGANGeneratorConfig(doubling="resize", norm="none")


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
    g, d = generator(), discriminator(spectral=True).eval()
    images = g(noise)
    torch.testing.assert_close(g(noise[:1]), images[:1])
    torch.testing.assert_close(d(images[:1]), d(images)[:1])
    assert not list(g.buffers())  # nothing that the average of the weights would have to follow


@pytest.mark.parametrize("norm", ["group", "none"])
def test_signals_keep_their_size_at_the_start(norm):
    torch.manual_seed(0)
    images = DCGANGenerator(DCGANGeneratorConfig(norm=norm))(torch.randn(16, 100))
    assert images.std() > 0.02
    judge = DCGANDiscriminator(DCGANDiscriminatorConfig(norm=norm))
    before_last = judge.layers[:-1](torch.rand(16, 3, 64, 64) * 2 - 1)
    assert 0.3 < before_last.std() < 3


def test_spectral_norm_is_the_largest_singular_value():
    torch.manual_seed(0)
    weight = torch.randn(6, 3, 4, 4)
    norm = SpectralNorm(weight)
    for _ in range(200):
        norm(weight)
    sigma = torch.linalg.matrix_norm(weight.flatten(1), ord=2)
    torch.testing.assert_close(norm(weight), weight / sigma)


def test_spectral_norm_in_d():
    d = discriminator(spectral=True)
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
    d = discriminator(spectral=True)
    images = torch.rand(2, 3, 16, 16)
    first = d(images)
    alone = torch.autograd.grad(first.sum(), list(d.parameters()))
    d = discriminator(spectral=True)
    first = d(images)
    d(images)  # moves u and v
    again = torch.autograd.grad(first.sum(), list(d.parameters()))
    assert all(torch.equal(a, b) for a, b in zip(alone, again, strict=True))
    with torch.autocast("cpu", torch.bfloat16):
        assert d(images).isfinite().all()
    assert all(buffer.dtype == torch.float32 for buffer in d.buffers())
    assert copy.deepcopy(d).state_dict().keys() == d.state_dict().keys()


def test_a_saved_generator_draws_the_same(tmp_path):
    g, noise = generator(latent=7), torch.randn(2, 7)
    path = tmp_path / "g.safetensors"
    save_model(path, g, {"seed": 3})
    loaded, card = load_model(path, "noise generator")
    assert torch.equal(loaded(noise), g(noise)) and card == {"seed": 3}
    with pytest.raises(GanlibError, match="holds a noise generator, but a translator is needed"):
        load_model(path)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"size": 48}, "size must be a power of two"),
        ({"size": 4}, "from 8 to 256"),
        ({"width": 12}, "multiple of 8"),
        ({"norm": "batch"}, "norm must be one of group, none"),
    ],
)
def test_settings_that_cannot_be(settings, named):
    for make in (generator, discriminator):
        with pytest.raises(GanlibError, match=named):
            make(**settings)


def test_wrong_input_gets_a_sentence():
    with pytest.raises(GanlibError, match=r"noise \(N, 100\), not \(2, 99\)"):
        generator()(torch.randn(2, 99))
    with pytest.raises(GanlibError, match=r"images \(N, 3, 16, 16\), not \(2, 3, 32, 32\)"):
        discriminator()(torch.randn(2, 3, 32, 32))
