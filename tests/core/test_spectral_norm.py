"""Spectral normalisation against the true σ, and what half precision may not do to it."""

import copy

import pytest
import torch
from torch import nn

from ganlib.core.networks.base import normalise_spectrum

NO_GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")
DEVICES = ["cpu", pytest.param("cuda", marks=[pytest.mark.gpu, NO_GPU])]


def normalised(kind):
    """(a layer that was normalised, the weight it had before)."""
    torch.manual_seed(0)
    layer = {"conv": nn.Conv2d(3, 6, 4), "linear": nn.Linear(20, 12)}[kind]
    weight = layer.weight.detach().clone()
    normalise_spectrum(layer)
    return layer, weight


def inputs(kind, n=8):
    return torch.randn(n, 3, 4, 4) if kind == "conv" else torch.randn(n, 20)


def largest(weight):
    return torch.linalg.matrix_norm(weight.detach().flatten(1), ord=2)


@pytest.mark.parametrize("kind", ["conv", "linear"])
def test_it_divides_by_the_largest_singular_value(kind):
    layer, weight = normalised(kind)
    for _ in range(200):  # each pass is one power iteration
        layer(inputs(kind))
    torch.testing.assert_close(layer.weight, weight / largest(weight))
    torch.testing.assert_close(largest(layer.weight), torch.ones(()))


@pytest.mark.parametrize("kind", ["conv", "linear"])
def test_in_eval_mode_nothing_moves(kind):
    layer, _ = normalised(kind)
    layer.eval()
    state = {name: tensor.clone() for name, tensor in layer.state_dict().items()}
    first = layer.weight.clone()
    layer(inputs(kind))
    assert torch.equal(layer.weight, first)
    assert all(torch.equal(tensor, state[name]) for name, tensor in layer.state_dict().items())


@pytest.mark.parametrize("where", DEVICES)
@pytest.mark.parametrize("kind", ["conv", "linear"])
def test_autocast_changes_neither_the_weight_nor_the_iteration(kind, where):
    plain, cast = (normalised(kind)[0].to(where) for _ in range(2))
    images = inputs(kind).to(where)
    for _ in range(20):
        plain(images)
        with torch.autocast(where, torch.bfloat16):
            assert cast(images).dtype == torch.bfloat16
    with torch.autocast(where, torch.bfloat16):
        assert torch.equal(cast.eval().weight, plain.eval().weight)
    for name, tensor in cast.state_dict().items():
        assert tensor.dtype == torch.float32 and torch.equal(tensor, plain.state_dict()[name]), name


def test_autocast_is_off_in_the_iteration():
    """The operations that autocast changes differ by device, so the CPU alone proves little."""

    class Probe(nn.Module):
        def forward(self, weight):
            seen.append((torch.is_autocast_enabled("cpu"), weight.dtype))
            return weight

    (layer, _), seen = normalised("conv"), []
    layer.parametrizations.weight[0].inner = Probe()
    with torch.autocast("cpu", torch.bfloat16):
        layer(inputs("conv"))
        assert torch.is_autocast_enabled("cpu")
    assert seen == [(False, torch.float32)]


@pytest.mark.parametrize("where", DEVICES)
def test_training_under_autocast_keeps_it(where):
    layer = normalised("conv")[0].to(where)
    before = layer.parametrizations.weight.original.detach().clone()
    adam = torch.optim.Adam(layer.parameters(), 1e-3)
    for _ in range(100):
        with torch.autocast(where, torch.bfloat16):
            loss = layer(inputs("conv").to(where)).float().square().mean()
        adam.zero_grad()
        loss.backward()
        assert all(p.grad.dtype == torch.float32 and p.grad.any() for p in layer.parameters())
        adam.step()
    assert not torch.allclose(layer.parametrizations.weight.original, before, atol=0.02)
    layer.eval()
    assert largest(layer.weight).item() == pytest.approx(1, abs=2e-3)


def test_a_second_pass_does_not_spoil_the_first():
    """Power iteration moves u and v in place; the graph of an earlier pass must not notice."""
    gradients = []
    for passes in (1, 2):
        layer, _ = normalised("conv")
        torch.manual_seed(1)
        outputs = [layer(inputs("conv")) for _ in range(passes)]
        gradients.append(torch.autograd.grad(outputs[0].sum(), list(layer.parameters())))
    assert all(torch.equal(a, b) for a, b in zip(*gradients, strict=True))


def test_copies_have_the_same_names_and_weights():
    layer, _ = normalised("linear")
    layer(inputs("linear"))
    twin = copy.deepcopy(layer)
    assert twin.state_dict().keys() == layer.state_dict().keys()
    twin.eval()
    layer.eval()
    assert torch.equal(twin.weight, layer.weight)
    assert len(list(layer.parameters())) == 2
