"""Inception features from weights that you have: plain FID and KID, which papers report.

Nothing is downloaded: `pip install 'ganlib[inception]'` brings the network, and its weights are the
file `weights-inception-2015-12-05-6726825d.pth` of torch-fidelity. FID depends on the number of
pictures: compare it only with FIDs of as many. KID is unbiased.
"""

import pickle
import tempfile
from pathlib import Path

import torch
from torch import Tensor, nn
from torchmetrics.image.fid import FrechetInceptionDistance

from ganlib.core.errors import GanlibError
from ganlib.data.pixels import to_uint8


class Inception(nn.Module):
    """Pictures (N, 3, S, S) in [-1, 1] → features (N, 2048), with the weights in a file.

    GanlibError if the file is missing, is not a plain state dict (it is never unpickled), does not
    fit, or if torch-fidelity is not installed.
    """

    def __init__(self, path: Path | str) -> None:
        super().__init__()
        weights = _read(Path(path))
        # torch-fidelity unpickles the file that it is given, so it is given one written here.
        with tempfile.TemporaryDirectory() as folder:
            file = str(Path(folder) / "weights.pth")
            torch.save(weights, file)
            try:
                # Without antialiasing: pictures are enlarged as for published FIDs.
                metric = FrechetInceptionDistance(
                    2048, feature_extractor_weights_path=file, antialias=False
                )
            except ModuleNotFoundError as error:
                raise GanlibError(
                    "plain FID needs torch-fidelity; run pip install 'ganlib[inception]', or leave "
                    "--inception out: probe-FID needs nothing."
                ) from error
            except (RuntimeError, KeyError) as error:
                raise GanlibError(
                    f"{path} holds weights of another network; give those of torch-fidelity."
                ) from error
        self.network = metric.inception

    @torch.no_grad()
    def embed(self, images: Tensor, batch: int = 32) -> Tensor:
        """Features (N, 2048) of many pictures, on the CPU; they are rounded to bytes first."""
        levels = to_uint8(images)
        return torch.cat([self.network(part).float().cpu() for part in levels.split(batch)])


def _read(path: Path) -> dict[str, Tensor]:
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
    if not isinstance(weights, dict) or not all(isinstance(w, Tensor) for w in weights.values()):
        raise GanlibError(f"{path} holds no state dict of tensors; give another file.")
    return weights
