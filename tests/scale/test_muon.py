"""Muon: orthogonal steps of kernels, Adam's for the rest, and a run that goes on as it was."""

import pytest
import torch
from tiny import dataset, translator
from torch import nn

from ganlib.core.config import PairedLoss, TrainConfig
from ganlib.core.networks.patch_discriminator import PatchDiscriminator, PatchDiscriminatorConfig
from ganlib.core.objectives import PairedTranslation
from ganlib.core.trainer import Trainer
from ganlib.data.samplers import PairedSampler
from ganlib.scale.muon import RMS, ByMuon, Muon, orthogonal


class MuonTrainer(ByMuon, Trainer):
    pass


@pytest.mark.parametrize("shape", [(8, 72), (72, 8), (16, 16)])
def test_all_directions_become_alike(shape):
    torch.manual_seed(0)
    u, _, v = torch.linalg.svd(torch.randn(shape), full_matrices=False)
    spread = torch.logspace(0, -1.5, len(v))
    near = orthogonal(u * spread @ v)
    assert near.shape == shape
    singular = torch.linalg.svdvals(near)
    assert singular.max() < 1.3 and singular.min() > 0.6
    cosine = (near * (u @ v)).sum() / near.norm() / (u @ v).norm()
    assert cosine > 0.95


def test_kernels_move_by_muon_and_the_rest_by_adam():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(6, 8, 3), nn.GroupNorm(2, 8), nn.Conv2d(8, 3, 3))
    twin = nn.Sequential(nn.Conv2d(6, 8, 3), nn.GroupNorm(2, 8), nn.Conv2d(8, 3, 3))
    twin.load_state_dict(network.state_dict())
    before = network[0].weight.detach().clone()
    muon = Muon(network.parameters(), 1e-2, (0.9, 0.999))
    adam = torch.optim.Adam(twin.parameters(), 1e-2, (0.9, 0.999))
    for optimizer, trained in ((muon, network), (adam, twin)):
        torch.manual_seed(1)
        trained(torch.randn(4, 6, 9, 9)).square().mean().backward()
        optimizer.step()
    assert all(weight.grad is not None for weight in network.parameters())
    for name, weight in network.named_parameters():
        if name == "0.weight":
            moved = (weight.detach() - before).flatten(1)
            assert (moved * weight.grad.flatten(1)).sum() < 0
            singular = torch.linalg.svdvals(moved / (1e-2 * RMS * moved.shape[1] ** 0.5))
            assert 0.6 < singular.min() and singular.max() < 1.3
        else:
            torch.testing.assert_close(weight, twin.get_parameter(name))


def test_the_second_step_has_the_momentum_of_both():
    torch.manual_seed(0)
    weight = nn.Parameter(torch.randn(4, 2, 3, 3))
    muon, momentum = Muon([weight], 1e-2, (0.9, 0.999)), torch.zeros(4, 18)
    for _ in range(2):
        before, gradient = weight.detach().clone(), torch.randn_like(weight)
        weight.grad = gradient
        muon.step()
        flat = gradient.flatten(1)
        momentum = 0.95 * momentum + 0.05 * flat
        ahead = 0.05 * flat + 0.95 * momentum
        step = 1e-2 * 0.2 * 18**0.5 * orthogonal(ahead)
        torch.testing.assert_close(weight.detach(), before - step.view_as(weight))


def trainer(out=None):
    torch.manual_seed(0)
    g = translator()
    d = PatchDiscriminator(PatchDiscriminatorConfig(size=g.config.size, patch=1, width=8))
    config = TrainConfig(24, 4, precision="fp32", checkpoint_every=12, betas=(0.9, 0.999))
    sampler = PairedSampler(dataset(6, 1), dataset(6, 2))
    return MuonTrainer(PairedTranslation(g, d, PairedLoss(augment="")), sampler, config, out)


def test_only_the_generator_is_moved_by_muon():
    run = trainer()
    assert isinstance(run.optimizer_g, Muon) and not isinstance(run.optimizer_d, Muon)


def test_a_resumed_run_equals_an_uninterrupted_one(tmp_path):
    whole = trainer().run()
    first = trainer(tmp_path)
    while first.images < 12:
        first.train_step()
    first.save()
    again = trainer(tmp_path).resume()
    assert again.images == 12
    again.run()
    for name, weight in whole.ema.state_dict().items():
        assert torch.equal(weight, again.ema.state_dict()[name]), name
