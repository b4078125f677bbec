"""The published CycleGAN: its networks are those of the paper, so that figures compare."""

import pytest
import torch

from ganlib.core.errors import GanlibError
from ganlib.core.networks.cyclegan import (
    PatchGAN,
    PatchGANConfig,
    ResnetTranslator,
    ResnetTranslatorConfig,
)


def test_the_networks_have_the_published_weights():
    """11.4 million weights for nine blocks, 2.8 million for D: the figures that others report."""
    generator = ResnetTranslator(ResnetTranslatorConfig(64, 64, 9))
    discriminator = PatchGAN(PatchGANConfig(64))
    assert sum(p.numel() for p in generator.parameters()) == 11_378_179
    assert sum(p.numel() for p in discriminator.parameters()) == 2_764_737
    assert generator(torch.zeros(1, 3, 64, 64)).shape == (1, 3, 64, 64)
    assert discriminator(torch.zeros(1, 3, 64, 64)).shape == (1, 1, 6, 6)


def test_a_logit_of_the_patch_discriminator_sees_70_pixels():
    layers = [layer for layer in PatchGAN().modules() if isinstance(layer, torch.nn.Conv2d)]
    seen = 1
    for layer in reversed(layers):
        seen = (seen - 1) * layer.stride[0] + layer.kernel_size[0]
    assert seen == 70


def test_an_image_does_not_change_with_its_neighbours():
    torch.manual_seed(0)
    images = torch.rand(3, 3, 32, 32) * 2 - 1
    for network in (
        ResnetTranslator(ResnetTranslatorConfig(32, 8, 1)),
        PatchGAN(PatchGANConfig(8)),
    ):
        torch.testing.assert_close(network(images)[:1], network(images[:1]), rtol=0, atol=1e-5)


def test_sizes_that_do_not_fit_get_a_sentence():
    with pytest.raises(GanlibError, match="multiple of 4"):
        ResnetTranslatorConfig(size=33)
    with pytest.raises(GanlibError, match="from 32 to"):
        ResnetTranslatorConfig(size=16)
    with pytest.raises(GanlibError, match="multiples of 4"):
        ResnetTranslator(ResnetTranslatorConfig(width=4, blocks=1))(torch.zeros(1, 3, 33, 33))
