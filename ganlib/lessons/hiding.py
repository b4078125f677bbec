"""What a cycle permits: a picture of one person that carries another where nobody sees it.

Chu et al. 2017 found it in trained CycleGANs. Here it is done on purpose, exactly, and `noise_gain`
looks for it in networks. Images are (N, 3, H, W) in [-1, 1].
"""

from collections.abc import Callable

import torch
from torch import Tensor

from ganlib.core.reconstruction import l1

AMPLITUDE = 0.003
"""Of what is hidden, less than half of one of 256 grey levels: as a file, nothing of it is left."""


def levels(images: Tensor) -> Tensor:
    """Every value moved to the nearest of 256 grey levels, as a file has it; no gradient passes."""
    return ((images + 1) * 127.5).round() / 127.5 - 1


def hide(picture: Tensor, message: Tensor, amplitude: float = AMPLITUDE) -> Tensor:
    """The picture in whole grey levels, and the message as fractions of one between them."""
    return levels(picture) + amplitude * message


def seek(picture: Tensor, amplitude: float = AMPLITUDE) -> Tensor:
    """The message that `hide` put there, whatever the picture; 0 where there is none."""
    return (picture - levels(picture)) / amplitude


@torch.no_grad()
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
