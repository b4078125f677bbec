"""What a cycle permits: a picture of one person that carries another where nobody sees it.

Chu et al. 2017 found it in trained CycleGANs. Here it is done on purpose, by a formula that is
exact, and `noise_gain` looks for it in networks. Images are (N, 3, H, W) in [-1, 1], of even sides.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from ganlib.core.errors import GanlibError
from ganlib.core.reconstruction import l1


def checkerboard(height: int, width: int) -> Tensor:
    """(height, width) of +1 and -1: the highest frequency that a picture has. Every average over an
    even square of pixels is 0."""
    return 1.0 - 2.0 * ((torch.arange(height)[:, None] + torch.arange(width)) % 2)


def coarse(images: Tensor, step: float) -> Tensor:
    """Every value moved to the nearest multiple of `step`; no gradient passes."""
    return (images / step).round() * step


def hide(photo: Tensor, drawing: Tensor, amplitude: float = 0.02, step: float = 0.1) -> Tensor:
    """The drawing in coarse tones, and on them the photograph as a faint checkerboard. `amplitude`,
    the largest change of a value, is less than half of `step`; GanlibError otherwise."""
    if not 0 < amplitude < step / 2:
        wanted = f"an amplitude between 0 and half of the step {step:g}"
        raise GanlibError(f"hide needs {wanted}, not {amplitude:g}.")
    return coarse(drawing, step) + amplitude * checkerboard(*photo.shape[-2:]).to(photo) * photo


def seek(picture: Tensor, amplitude: float = 0.02, step: float = 0.1) -> Tensor:
    """The photograph that `hide` put there, whatever the drawing."""
    board = checkerboard(*picture.shape[-2:]).to(picture)
    return board * (picture - coarse(picture, step)) / amplitude


def noise_error(sigma: Tensor | float, amplitude: Tensor | float) -> Tensor:
    """Mean |error| of `seek` if noise of the standard deviation sigma falls on the picture, as long
    as it does not reach the next coarse tone: sigma / amplitude times the mean of |N(0, 1)|."""
    return torch.as_tensor(sigma) / amplitude * math.sqrt(2 / math.pi)


@torch.inference_mode()
def noise_gain(
    there: Callable[[Tensor], Tensor],
    home: Callable[[Tensor], Tensor],
    photo: Tensor,
    sigma: float = 0.02,
) -> float:
    """Mean |change| of what `home` reads off the picture, for each unit of mean |noise| on it:
    about 1 or less for one that reads what there is to see; 1 / amplitude for `seek`."""
    drawn = there(photo)
    noise = torch.randn(drawn.shape, generator=torch.Generator().manual_seed(0)).to(drawn)
    # As far as the networks can be asked: some take no values beyond ±1.
    noisy = (drawn + sigma * noise).clamp(-1, 1)
    return (l1(home(noisy), home(drawn)) / l1(noisy, drawn)).item()
