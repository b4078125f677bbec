"""Several processes that train one model: `torchrun --nproc-per-node N -m ganlib train ...`.

N processes with B/N rows each compute what one process computes with all B, up to rounding: every
process makes the same seeded draws for the *joined* batch and takes its own rows of them, and the
slopes are averaged before each step. With a single process every function here does nothing.

The slopes are averaged by a plain all-reduce and not by `DistributedDataParallel`: that one hooks a
module's own forward and expects each weight once per backward, while an objective calls D twice,
freezes it in G's step, sends pictures through both generators of a cycle, and takes R1's slope of a
slope. One flat buffer for each player costs one message a step, and nothing is hooked.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

from ganlib.errors import GanlibError

if TYPE_CHECKING:  # a PyTorch built without these parts still trains in one process
    from torch.distributed.distributed_c10d import Store

T = TypeVar("T")
BEAT = 1.0
"""Seconds from one sign of life to the next."""
SILENCE = 20.0
"""Seconds without one after which a process counts as dead."""
PATIENCE = timedelta(minutes=30)
"""How long one message may take: rank 0 writes checkpoints, and machines render at any speed. The
dead are not waited for: their connection breaks, or their signs of life stop."""
ENDED = (
    "another process of this run has ended or cannot be reached; its own message says why. Go on "
    "from the last checkpoint with --resume."
)


def rank() -> int:
    """Which of the processes this is, from 0."""
    return dist.get_rank() if dist.is_available() and dist.is_initialized() else 0


def world() -> int:
    """How many processes train together; 1 outside a `session`."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def first() -> bool:
    """Whether this process is the one that writes and reports."""
    return rank() == 0


# What every process draws alike, and takes its rows of ---------------------------------------


def joined(draw: Callable[[int], Tensor], parts: Sequence[int]) -> Tensor:
    """This process's rows of `draw(n)`, n being the rows of all processes.

    `parts` are this process's row counts, part after part, such as (reals, fakes): in the joined
    batch all processes' reals come first, then all fakes. Equal on all processes.
    """
    return share(draw(sum(parts) * world()), parts)


def share(rows: Tensor, parts: Sequence[int]) -> Tensor:
    """This process's rows of a joined batch, of which it has `parts`: the inverse of `gathered`."""
    if world() == 1:
        return rows
    whole = rows.split([part * world() for part in parts])
    return torch.cat([mine(part) for part in whole])


def mine(rows: Tensor) -> Tensor:
    """This process's share (n/N, ...) of the joined rows (n, ...); GanlibError if N does not divide
    n."""
    if world() == 1:
        return rows
    check_shares(len(rows))
    size = len(rows) // world()
    return rows[rank() * size : (rank() + 1) * size]


def check_shares(rows: int) -> None:
    """GanlibError if the processes cannot share so many rows of a batch equally."""
    if rows % world():
        raise once(
            GanlibError(
                f"a batch with {rows} images of a kind cannot be shared equally by {world()} "
                f"processes: choose a --batch that {world()} divides (mixed: {2 * world()})."
            )
        )


def gathered(rows: Tensor, parts: Sequence[int]) -> Tensor:
    """The joined batch, of which this process has `rows`: part after part, each by rank."""
    if world() == 1:
        return rows
    pieces = [torch.empty_like(rows, memory_format=torch.contiguous_format) for _ in range(world())]
    with _talking():
        dist.all_gather(pieces, rows.contiguous())
    kinds = zip(*(piece.split(list(parts)) for piece in pieces), strict=True)
    return torch.cat([piece for kind in kinds for piece in kind])


# What they tell each other -------------------------------------------------------------------


def average_slopes(parameters: Iterable[nn.Parameter]) -> None:
    """Replace every gradient by its mean over the processes, in one message."""
    if world() == 1:
        return
    slopes = [p.grad for p in parameters if p.grad is not None]
    flat = mean(torch.cat([slope.reshape(-1) for slope in slopes]))
    for slope, piece in zip(slopes, flat.split([s.numel() for s in slopes]), strict=True):
        slope.copy_(piece.view(slope.shape))


def mean(values: Tensor) -> Tensor:
    """The mean of equally shaped tensors over the processes. It may change its argument."""
    if world() == 1:
        return values
    with _talking():
        dist.all_reduce(values)
    return values.div_(world())


def any_of(flag: bool) -> bool:
    """Whether the flag is set in any process: so that all of them stop after the same step."""
    if world() == 1:
        return flag
    count = torch.tensor(int(flag))  # on the CPU: a GPU's queue is not waited for
    with _talking():
        dist.all_reduce(count)
    return bool(count)


def same_everywhere(module: nn.Module) -> None:
    """Give every process the weights and buffers of rank 0."""
    if world() == 1:
        return
    with _talking(), torch.no_grad():
        for tensor in module.state_dict().values():
            plain = tensor.contiguous()
            dist.broadcast(plain, 0)
            tensor.copy_(plain)


def from_first(work: Callable[[], T]) -> T:
    """What `work()` gives in rank 0, which alone does it. Its GanlibError ends every process."""
    if world() == 1:
        return work()
    answer: list[Any] = [None, None]
    if first():
        try:
            answer[1] = work()
        except GanlibError as error:
            answer[0] = error
    with _talking():
        dist.broadcast_object_list(answer, 0)
    if answer[0] is not None:
        raise once(answer[0])
    return answer[1]


def once(error: GanlibError) -> BaseException:
    """An error that all processes meet at the same time, to be raised by all and said by rank 0."""
    return error if first() else SystemExit(1)


# Beginning and end ---------------------------------------------------------------------------


@contextmanager
def session(on_gpu: bool) -> Iterator[None]:
    """Join the other processes that torchrun started; nothing happens without torchrun.

    Within it a process that dies takes all the others with it, each with one sentence and exit
    status 1: its connections break; torchrun tells the others to end (SIGTERM); and where neither
    gets through, its signs of life stop.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield
        return
    store = _join(on_gpu)
    before = signal.signal(signal.SIGTERM, _told_to_end)
    watch = _Watch(store.clone())  # type: ignore[attr-defined]  # missing in torch's stub
    yield
    # Only where all went well: a broken group cannot be taken leave of, the process just ends.
    with _talking():
        dist.barrier()
    watch.done.set()
    dist.destroy_process_group()
    signal.signal(signal.SIGTERM, before)


def _join(on_gpu: bool) -> "Store":
    from torch.distributed.rendezvous import rendezvous

    local = int(os.environ.get("LOCAL_RANK", "0"))
    if on_gpu:
        if local >= torch.cuda.device_count():
            raise GanlibError(
                f"process {local} of this machine has no GPU of its own (there are "
                f"{torch.cuda.device_count()}); start as many with --nproc-per-node, or give "
                "--device cpu."
            )
        torch.cuda.set_device(local)
    try:
        store, number, size = next(iter(rendezvous("env://", timeout=PATIENCE)))
        # Gloo beside NCCL: small messages between processors need not wait for the GPUs.
        backend = "cpu:gloo,cuda:nccl" if on_gpu else "gloo"
        dist.init_process_group(
            backend, store=store, rank=number, world_size=size, timeout=PATIENCE
        )
    except (ValueError, RuntimeError) as error:
        raise GanlibError(
            f"the processes of this run could not find each other ({_line(error)}); start them "
            "with torchrun, which sets MASTER_ADDR, MASTER_PORT, RANK and WORLD_SIZE."
        ) from error
    return store


def _told_to_end(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise GanlibError(
        "this process was told to end (SIGTERM), which torchrun does when another process of the "
        "run has died. Go on from the last checkpoint with --resume."
    )


@contextmanager
def _talking() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        # The sentence is about to be said; torchrun's signal must not cut it short.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise GanlibError(ENDED) from error


class _Watch:
    """Gives signs of life, and ends this process when another's stop.

    Threads, because the main one may sit in a message between GPUs that never comes to an end; two,
    because the one that asks may get no answer.
    """

    def __init__(self, store: "Store") -> None:
        self.store = store
        self.done = threading.Event()
        self.heard = dict.fromkeys(range(world()), time.monotonic())
        for work in (self._beat, self._listen):
            threading.Thread(target=work, daemon=True).start()

    def _beat(self) -> None:
        own, others, count = rank(), [n for n in self.heard if n != rank()], 0
        beats: dict[int, bytes | None] = {}
        while not self.done.wait(BEAT):
            count += 1
            try:
                self.store.set(f"beat/{own}", str(count))
                for name in others:
                    key = f"beat/{name}"
                    beat = self.store.get(key) if self.store.check([key]) else None
                    if beat != beats.get(name):
                        beats[name], self.heard[name] = beat, time.monotonic()
            except RuntimeError:  # the store is gone: at the end of a run that is no news
                if not self.done.wait(5 * BEAT):
                    _end()
                return
            self.heard[own] = time.monotonic()

    def _listen(self) -> None:
        while not self.done.wait(BEAT):
            if min(self.heard.values()) < time.monotonic() - SILENCE:
                _end()


def _end() -> None:
    print(f"ganlib: error: {ENDED}", file=sys.stderr, flush=True)
    os._exit(1)


def _line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else repr(error)
