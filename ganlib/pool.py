"""A history of fakes for D to judge, so that G cannot win by going round in circles."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ganlib import distributed
from ganlib.errors import GanlibError


class ImagePool(nn.Module):
    """Keeps `size` fakes of the past, and hands out old ones for new (Shrivastava et al. 2017, 2.3;
    in the form of Zhu et al. 2017: 50 images, probability ½).

    A pool that is not full keeps a fake and gives it back. A full one gives each fake back as it is
    with probability ½; otherwise the fake takes the place of a kept one, which is given instead.
    The fakes of a batch change places with different kept ones, so that all can at once.

    Buffers, and so part of every checkpoint: `images` (size, *shape), float32, and `held`, how many
    of them are in use. Random numbers are torch's global ones. Several processes keep one and the
    same pool, of all their fakes.
    """

    images: Tensor
    held: Tensor

    def __init__(self, size: int, shape: Sequence[int]) -> None:
        """`size`: images kept, 1 or more; `shape`: of one image, such as (3, 64, 64)."""
        super().__init__()
        if not isinstance(size, int) or size < 1:
            raise GanlibError(f"an ImagePool keeps 1 image or more, not {size!r}.")
        self.register_buffer("images", torch.zeros(size, *shape))
        self.register_buffer("held", torch.zeros((), dtype=torch.int64))
        self._full = False

    @torch.no_grad()
    def forward(self, fakes: Tensor, parts: Sequence[int] | None = None) -> Tensor:
        """(N, *shape) new fakes -> as many new or old ones, without a graph.

        `parts` are the row counts of what the fakes are joined from, if they are.
        """
        if fakes.shape[1:] != self.images.shape[1:]:
            raise GanlibError(
                f"this ImagePool keeps images of the shape {tuple(self.images.shape[1:])}, but was "
                f"given {tuple(fakes.shape[1:])}; make the pool for the size that G draws."
            )
        parts = parts or (len(fakes),)
        joined = distributed.gathered(fakes.detach(), parts)
        chosen = [self._exchange(part) for part in joined.split(len(self.images))]
        return distributed.share(torch.cat(chosen), parts)

    def _exchange(self, fakes: Tensor) -> Tensor:
        fresh = fakes[: self._keep(fakes)]
        fakes = fakes[len(fresh) :]
        place = torch.randperm(len(self.images), device=fakes.device)[: len(fakes)]
        swap = torch.rand((len(fakes), *[1] * (fakes.ndim - 1)), device=fakes.device) < 0.5
        kept = self.images[place]
        self.images[place] = torch.where(swap, fakes.to(kept.dtype), kept)
        return torch.cat([fresh, torch.where(swap, kept.to(fakes.dtype), fakes)])

    def _keep(self, fakes: Tensor) -> int:
        """Fill what room there is with the first fakes; how many there was room for."""
        if self._full:  # known here, so that the device need not be asked each step
            return 0
        held = int(self.held)
        taken = min(len(fakes), len(self.images) - held)
        self.images[held : held + taken] = fakes[:taken]
        self.held += taken
        self._full = held + taken == len(self.images)
        return taken
