"""Inception features: weights of the user's own, and torch-fidelity's network in torchmetrics."""

import pytest
import torch
from torch import nn

from ganlib.core.errors import GanlibError
from ganlib.measure import inception
from ganlib.measure.inception import Inception


def test_weights_must_be_weights(tmp_path, monkeypatch):
    with pytest.raises(GanlibError, match="no Inception weights"):
        Inception(tmp_path / "none.pth")
    torch.save(nn.Linear(2, 2), tmp_path / "code.pth")
    with pytest.raises(GanlibError, match="weights alone"):
        Inception(tmp_path / "code.pth")
    torch.save([1, 2], tmp_path / "list.pth")
    with pytest.raises(GanlibError, match="no state dict"):
        Inception(tmp_path / "list.pth")
    torch.save({"w": torch.zeros(2)}, tmp_path / "other.pth")
    monkeypatch.setattr("torchmetrics.image.fid._TORCH_FIDELITY_AVAILABLE", False)
    with pytest.raises(GanlibError, match="ganlib\\[inception\\]"):
        Inception(tmp_path / "other.pth")


class Extractor(nn.Module):
    """As torchmetrics', of one weight: bytes in, features out."""

    def __init__(self, path):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.load_state_dict(torch.load(path, weights_only=True))

    def forward(self, pixels):
        assert pixels.dtype == torch.uint8
        return pixels.float().mean((2, 3)) * self.weight


class Metric:
    def __init__(self, feature, feature_extractor_weights_path, antialias):
        assert (feature, antialias) == (2048, False)
        self.inception = Extractor(feature_extractor_weights_path)


def test_the_network_gets_bytes_and_the_users_weights(tmp_path, monkeypatch):
    monkeypatch.setattr(inception, "FrechetInceptionDistance", Metric)
    torch.save({"weight": torch.tensor([2.0])}, tmp_path / "w.pth")
    network = Inception(tmp_path / "w.pth")
    white = torch.ones(3, 3, 8, 8)
    assert torch.equal(network.embed(white, batch=2), torch.full((3, 3), 510.0))
    torch.save({"other": torch.zeros(1)}, tmp_path / "o.pth")
    with pytest.raises(GanlibError, match="another network"):
        Inception(tmp_path / "o.pth")
