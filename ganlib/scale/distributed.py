"""Several processes that train one model: `torchrun --nproc-per-node N -m ganlib train ...`.

N processes with B/N rows each compute what one process computes with all B, up to rounding: every
process makes the same seeded draws for the *joined* batch and takes its own rows of them
(`core.parallel`), and the gradients are averaged before each optimiser step.

The gradients are averaged by a plain all-reduce and not by `DistributedDataParallel`: that one
hooks a module's own forward and expects each weight once per backward, while an objective calls D
twice, freezes it in G's step, sends pictures through both generators of a cycle, and takes R1's
gradient of a gradient. One flat buffer for each network costs one message a step, and nothing is
hooked. Who lives and who has died is torchrun's concern; here a broken connection ends a process
with a sentence.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

from ganlib.core import log
from ganlib.core.errors import GanlibError
from ganlib.core.objectives import Batch
from ganlib.core.parallel import own_rows, processes, rank
from ganlib.core.trainer import Trainer

T = TypeVar("T")
TIMEOUT = timedelta(minutes=30)
"""How long one message may take: rank 0 writes checkpoints, and machines render at any speed."""
ENDED = (
    "another process of this run has ended or cannot be reached; its own message says why. Go on "
    "from the last checkpoint with --resume."
)


class DistributedTrainer(Trainer):
    """A `Trainer` in one of several processes: a batch is that of all together, and only rank 0
    reads, writes, reports and samples."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        check_shares(self.config.batch)
        if rank() != 0:
            self.log, self.on_report = None, []
        with _talking(), torch.no_grad():
            for module in (self.objective, self.ema):
                for tensor in module.state_dict().values():
                    plain = tensor.contiguous()
                    dist.broadcast(plain, 0)
                    tensor.copy_(plain)

    def next_batch(self) -> Batch:
        """This process's rows of the joined batch, which the sampler draws in every process."""
        joined = super().next_batch()
        return {name: own_rows(rows, (_share_of(len(rows)),)) for name, rows in joined.items()}

    def reduce_gradients(self, optimizer: torch.optim.Adam) -> None:
        """Replace every gradient by its mean over the processes, in one message."""
        weights = optimizer.param_groups[0]["params"]
        gradients = [weight.grad for weight in weights if weight.grad is not None]
        flat = self.mean(torch.cat([gradient.reshape(-1) for gradient in gradients]))
        sizes = [gradient.numel() for gradient in gradients]
        for gradient, piece in zip(gradients, flat.split(sizes), strict=True):
            gradient.copy_(piece.view(gradient.shape))

    def mean(self, values: Tensor) -> Tensor:
        """The mean of equally shaped tensors over the processes. It may change its argument."""
        with _talking():
            dist.all_reduce(values)
        return values.div_(processes())

    def must_stop(self, asked: bool) -> bool:
        """Whether any process was asked to: all of them stop after the same step."""
        count = torch.tensor(int(asked))  # on the CPU: a GPU's queue is not waited for
        with _talking():
            dist.all_reduce(count)
        return bool(count)

    def train_step(self) -> None:
        """As of one process; a broken connection gets its sentence."""
        with _talking():
            super().train_step()

    def read_records(self) -> dict[str, float]:
        """As of one process; all meet a number that is not finite, and rank 0 says so."""
        try:
            return super().read_records()
        except GanlibError as error:
            raise said_once(error) from None

    def on_first(self, work: Callable[[], T]) -> T:
        """Rank 0 works for all, so the other machines of a run need not see its folder."""
        return from_first(work)

    def load_state(self, tensors: dict[str, Tensor], metadata: dict[str, Any]) -> None:
        """As of one process; all meet another run's state, and rank 0 says so."""
        try:
            super().load_state(tensors, metadata)
        except GanlibError as error:
            raise said_once(error) from None


def check_shares(batch: int, kinds: int = 1) -> None:
    """GanlibError if the processes cannot share equally a batch with as many of each of `kinds`."""
    if batch % (kinds * processes()):
        raise said_once(
            GanlibError(
                f"a batch with {batch // kinds} images of a kind cannot be shared equally by "
                f"{processes()} processes: choose a --batch that {kinds * processes()} divides."
            )
        )


def _share_of(rows: int) -> int:
    check_shares(rows)
    return rows // processes()


def from_first(work: Callable[[], T]) -> T:
    """What `work()` gives in rank 0, which alone does it. Its GanlibError ends every process."""
    if processes() == 1:
        return work()
    answer: list[Any] = [None, None]
    if rank() == 0:
        try:
            answer[1] = work()
        except GanlibError as error:
            answer[0] = error
    with _talking():
        dist.broadcast_object_list(answer, 0)
    if answer[0] is not None:
        raise said_once(answer[0])
    return answer[1]


def said_once(error: GanlibError) -> BaseException:
    """An error that all processes meet at the same time: each raises it, rank 0 reports it."""
    return error if rank() == 0 else SystemExit(1)


@contextmanager
def session(on_gpu: bool) -> Iterator[None]:
    """Join the other processes that torchrun started; nothing happens without torchrun.

    Within it a process that dies takes all the others with it, each with one sentence and exit
    status 1: its connections break, or torchrun asks the others to end (SIGTERM).
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield
        return
    _join(on_gpu)
    log.quiet |= rank() != 0  # one bar for all
    before = signal.signal(signal.SIGTERM, _end)
    yield
    # Only where all went well: a broken group cannot be taken leave of, the process just ends.
    with _talking():
        dist.barrier()
    dist.destroy_process_group()
    signal.signal(signal.SIGTERM, before)


def _join(on_gpu: bool) -> None:
    local = int(os.environ.get("LOCAL_RANK", "0"))
    if on_gpu:
        if local >= torch.cuda.device_count():
            raise GanlibError(
                f"process {local} of this machine has no GPU of its own (there are "
                f"{torch.cuda.device_count()}); start as many with --nproc-per-node, or give "
                "--device cpu."
            )
        torch.cuda.set_device(local)
    # Gloo beside NCCL: small messages between processors need not wait for the GPUs.
    backend = "cpu:gloo,cuda:nccl" if on_gpu else "gloo"
    try:
        dist.init_process_group(backend, timeout=TIMEOUT)
    except (ValueError, RuntimeError) as error:
        reason = (str(error).strip().splitlines() or [repr(error)])[0].rstrip(".")
        raise GanlibError(
            f"the processes of this run could not find each other ({reason}); start them "
            "with torchrun, which sets MASTER_ADDR, MASTER_PORT, RANK and WORLD_SIZE."
        ) from error


def _end(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise GanlibError(
        "this process was asked to end (SIGTERM), as torchrun does when another process of the "
        "run has died. Go on from the last checkpoint with --resume."
    )


@contextmanager
def _talking() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        if not isinstance(error, dist.DistBackendError) and "gloo" not in str(error):
            raise
        # The sentence is about to be said; torchrun's signal must not cut it short.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise GanlibError(ENDED) from error
