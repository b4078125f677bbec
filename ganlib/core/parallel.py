"""Rows of a batch that several processes share: each makes the same seeded draws for the *joined*
batch and takes its own rows of them. `parts` are row counts, such as (reals, fakes), equal on all
processes: in the joined batch all reals come first, then all fakes."""

from collections.abc import Callable, Sequence

import torch
import torch.distributed as dist
from torch import Tensor


def rank() -> int:
    """Which of the processes this is, from 0."""
    return dist.get_rank() if dist.is_available() and dist.is_initialized() else 0


def processes() -> int:
    """How many train together."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def own_rows(rows: Tensor, parts: Sequence[int]) -> Tensor:
    """This process's rows of a joined batch (n, ...), of which it has `parts`."""
    if processes() == 1:
        return rows
    whole = rows.split([part * processes() for part in parts])
    return torch.cat([part.tensor_split(processes())[rank()] for part in whole])


def draw_rows(draw: Callable[[int], Tensor], parts: Sequence[int]) -> Tensor:
    """This process's rows of `draw(n)`, n being the rows of all processes."""
    return own_rows(draw(sum(parts) * processes()), parts)


def all_rows(rows: Tensor, parts: Sequence[int]) -> Tensor:
    """The joined batch, of which this process has `rows`."""
    if processes() == 1:
        return rows
    rows = rows.contiguous()
    pieces = [torch.empty_like(rows) for _ in range(processes())]
    dist.all_gather(pieces, rows)
    kinds = zip(*(piece.split(list(parts)) for piece in pieces), strict=True)
    return torch.cat([piece for kind in kinds for piece in kind])
