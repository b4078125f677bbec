"""Inception features from weights that you have: plain KID and FID.

FID grows as sets shrink, so ours, of some hundreds of pictures, compare with no paper's of 50,000:
only with FIDs of the same number of pictures. KID does not lean either way.

Nothing is downloaded. The network is torch-fidelity's port of the TensorFlow one that papers use
(`pip install 'ganlib[inception]'`); its weights are the file
`pt_inception-2015-12-05-6726825d.pth` of that project.
"""

import pickle
import tempfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ganlib.core.errors import GanlibError

FEATURES = 2048


def _network(weights: dict[str, Tensor]) -> Any:
    try:
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
    except ImportError as error:
        raise GanlibError(
            "plain FID needs the network of torch-fidelity; run pip install 'ganlib[inception]', "
            "or leave --inception out: probe-FID needs nothing."
        ) from error
    # It unpickles whatever file it is given, so it is given one that was written here.
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "weights.pth"
        torch.save(weights, file)
        return FeatureExtractorInceptionV3("inception-v3-compat", [str(FEATURES)], str(file))


class Inception(nn.Module):
    """Pictures (N, 3, S, S) in [-1, 1] → features (N, 2048), with the weights in a file.

    GanlibError if the file is missing, is not a plain state dict (nothing is ever unpickled that
    could run code), does not fit, or if torch-fidelity is not installed.
    """

    num_features = FEATURES

    def __init__(self, path: Path | str) -> None:
        super().__init__()
        path = Path(path)
        if not path.is_file():
            raise GanlibError(
                f"there are no Inception weights at {path}; give the .pth file of torch-fidelity, "
                "or leave --inception out."
            )
        try:
            weights = torch.load(path, map_location="cpu", weights_only=True)
        except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, OSError) as error:
            raise GanlibError(
                f"{path} is not a file of weights alone, so it was not opened; give the .pth file "
                "of torch-fidelity."
            ) from error
        if not isinstance(weights, dict) or not all(
            isinstance(w, Tensor) for w in weights.values()
        ):
            raise GanlibError(f"{path} holds no state dict of tensors; give another file.")
        try:
            self.network = _network(weights).eval().requires_grad_(False)
        except (RuntimeError, KeyError) as error:
            raise GanlibError(f"{path} holds weights of another network; give another.") from error

    @torch.no_grad()
    def embed(self, images: Tensor, batch: int = 32) -> Tensor:
        """Features (N, 2048) of many pictures, on the CPU; they are rounded to bytes first."""
        levels = ((images + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
        return torch.cat([self.network(part)[0].float().cpu() for part in levels.split(batch)])
