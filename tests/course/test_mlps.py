"""A stack of networks is those networks."""

import pytest
import torch
from torch import nn

from ganlib.core.errors import GanlibError
from ganlib.lessons.mlp import MLP, MLPConfig

SHAPE = MLPConfig(inputs=3, outputs=2, width=8, depth=2)


def plain(stack, s):
    """Network s of a stack, built of torch's own layers."""
    layers = []
    for weight, bias in zip(stack.weights, stack.biases, strict=True):
        linear = nn.Linear(*weight.shape[1:])
        with torch.no_grad():
            linear.weight.copy_(weight[s].T)
            linear.bias.copy_(bias[s, 0])
        layers += [linear, nn.LeakyReLU(stack.config.negative_slope)]
    return nn.Sequential(*layers[:-1])


def test_each_network_computes_what_torch_computes():
    stack, points = MLP(SHAPE, (5, 6, 7)), torch.randn(3, 11, 3)
    for s in range(3):
        torch.testing.assert_close(stack(points)[s], plain(stack, s)(points[s]))


def test_a_network_starts_the_same_in_whatever_company():
    stack, alone = MLP(SHAPE, (5, 6, 7)), MLP(SHAPE, (6,))
    for ours, single in zip(stack.parameters(), alone.parameters(), strict=True):
        assert torch.equal(ours[1:2], single)
    assert not torch.equal(stack.weights[0][0], stack.weights[0][1])


def test_a_stack_of_one_takes_plain_points():
    stack, points = MLP(SHAPE), torch.randn(11, 3)
    assert stack(points).shape == (11, 2)
    assert torch.equal(stack(points), stack(points[None])[0])


def test_depth_0_is_affine():
    stack, (x, y) = MLP(MLPConfig(3, 1, depth=0)), torch.randn(2, 4, 3)
    torch.testing.assert_close(stack((x + y) / 2), (stack(x) + stack(y)) / 2)


def test_signals_keep_their_size():
    # He's weights: the mean square of a unit before its ReLU is about that of the inputs.
    deep = MLP(MLPConfig(inputs=64, outputs=64, width=64, depth=8), range(20))
    out = deep(torch.randn(20, 500, 64))
    assert 0.5 < out.square().mean().item() < 3


@pytest.mark.parametrize("shape", [(3, 11, 2), (2, 11, 3), (11, 3)])
def test_points_of_another_shape_are_refused(shape):
    with pytest.raises(GanlibError, match=r"takes points of shape \(3, N, 3\)"):
        MLP(SHAPE, (1, 2, 3))(torch.zeros(shape))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"inputs": 0}, "inputs must be a whole number from 1"),
        ({"depth": -1}, "depth must be a whole number from 0"),
        ({"width": 2.5}, "width must be a whole number"),
        ({"negative_slope": 1.0}, r"negative_slope must be in \[0, 1\)"),
    ],
)
def test_bad_options_get_a_sentence(options, words):
    with pytest.raises(GanlibError, match=words):
        MLPConfig(**options)


def test_a_stack_of_none_is_refused():
    with pytest.raises(GanlibError, match="one seed or more"):
        MLP(SHAPE, ())
