"""A history of fakes for D to see, so that G cannot win by going round in circles."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ganlib.core.parallel import all_rows, own_rows


class ImagePool(nn.Module):
    """Keeps `size` fakes of a `shape`, and hands out old ones for new (Shrivastava et al. 2017,
    section 2.3; in the form of Zhu et al. 2017). A pool that is not full keeps a fake and gives it
    back; a full one does so with probability ½, or gives a kept one whose place the fake takes."""

    images: Tensor
    held: Tensor

    def __init__(self, size: int, shape: Sequence[int]) -> None:
        super().__init__()
        self.register_buffer("images", torch.zeros(size, *shape))
        self.register_buffer("held", torch.zeros((), dtype=torch.int64))
        self._full = False  # known here, so that the device need not be asked each step

    @torch.no_grad()
    def forward(self, fakes: Tensor, parts: Sequence[int] | None = None) -> Tensor:
        """(N, *shape) new fakes -> as many new or old ones; `parts` as in `parallel`."""
        parts = parts or (len(fakes),)
        joined = all_rows(fakes.detach(), parts)
        chosen = [self._exchange(part) for part in joined.split(len(self.images))]
        return own_rows(torch.cat(chosen), parts)

    def _exchange(self, fakes: Tensor) -> Tensor:
        held = len(self.images) if self._full else int(self.held)
        fresh, fakes = fakes.tensor_split([len(self.images) - held])
        self.images[held : held + len(fresh)] = fresh
        self.held += len(fresh)
        self._full = held + len(fresh) == len(self.images)
        place = torch.randperm(len(self.images), device=fakes.device)[: len(fakes)]
        swap = torch.rand((len(fakes), *[1] * (fakes.ndim - 1)), device=fakes.device) < 0.5
        kept = self.images[place]
        self.images[place] = torch.where(swap, fakes.to(kept.dtype), kept)
        return torch.cat([fresh, torch.where(swap, kept.to(fakes.dtype), fakes)])
