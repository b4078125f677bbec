"""Towers by their numbers, against torch's own layers."""

import pytest
import torch
from torch import nn

from ganlib.lessons import towers


@pytest.mark.parametrize("kernel, stride, padding", [(4, 2, 1), (3, 2, 1), (5, 3, 0), (2, 2, 0)])
def test_sides_and_weights_are_those_of_torch(kernel, stride, padding):
    up = nn.ConvTranspose2d(3, 5, kernel, stride, padding)
    down = nn.Conv2d(3, 5, kernel, stride, padding)
    maps = torch.zeros(1, 3, 11, 11)
    assert up(maps).shape[3] == towers.doubled(11, kernel, stride, padding)
    for layer in (up, down):
        assert sum(p.numel() for p in layer.parameters()) == towers.conv_weights(3, 5, kernel)


@pytest.mark.parametrize("kernel", [2, 3, 4, 5, 6, 7])
@pytest.mark.parametrize("stride", [2, 3])
def test_counts_are_even_where_the_stride_divides_the_kernel(kernel, stride):
    inside = towers.overlap(torch.ones(kernel), stride, 20)[2 * kernel : -2 * kernel]
    assert (inside.unique().numel() == 1) == (kernel % stride == 0)


def test_ripple_is_the_grid_alone():
    images = torch.randn(3, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    smooth = torch.linspace(-1, 1, 64).expand(1, 3, 64, 64)
    assert towers.ripple(smooth) < 0.02
    grid = torch.tensor([[1.0, -1.0], [-1.0, 1.0]]).repeat(32, 32)
    assert towers.ripple(grid.expand(1, 1, 64, 64)).item() == pytest.approx(1)
    assert (towers.ripple(images + 0.5 * grid) - 0.5).abs().max() < 0.1


def test_the_signal_after_a_layer_is_as_predicted():
    torch.manual_seed(0)
    inputs = torch.randn(2000, 400).double() * 1.5
    layer = nn.Linear(400, 800, bias=False).double()
    nn.init.normal_(layer.weight, std=0.03)
    measured = layer(inputs).relu().square().mean().item()
    assert measured == pytest.approx(towers.next_signal(2.25, 400, 0.03).item(), rel=0.03)
    assert towers.next_signal(2.25, 400, towers.he_std(400)).item() == pytest.approx(2.25)
