"""Faster steps on an NVIDIA GPU: compiled networks, and the whole iteration as a CUDA graph.

At 64 pixels a GPU computes its kernels faster than Python launches them. A CUDA graph holds the
launches of D's step, G's step and the average, and repeats them by one call. What it repeats has
fixed addresses and no questions to the host, hence:

- step sizes and the average's share are numbers on the device, set between the replays;
- the batch is drawn inside the graph, if the feed says that it is `capturable`, and else copied
  into buffers before each replay;
- the lazy penalty comes in some of D's updates only, so there is a graph for each kind of step:
  two, with it and without, if D moves once a step;
- a step's record is written to a fixed vector, which is copied out after each replay;
- random numbers need nothing: a replay takes seed and offset from torch's global generator, which
  the trainer seeds for every step. So a graphed run draws what an eager one draws, may be resumed
  as one or the other, and a checkpoint holds no state of random numbers.

The first steps are played eagerly, on the stream that the capture will use: libraries, Adam's
moments and the autotuner set themselves up, which a graph must not hold. They are steps of the run.
What a graph cannot hold is refused: scheduled weights, a pool of past fakes, several processes.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from ganlib import distributed
from ganlib.errors import GanlibError
from ganlib.objectives import Images, Objective, Terms
from ganlib.schedules import Schedule

MODES = {
    "off": (False, False),
    "nets": (True, False),
    "step": (False, True),
    "both": (True, True),
}
"""Name -> (networks compiled by `torch.compile`, whole iteration in CUDA graphs)."""
Kind = tuple[bool, ...]
"""Which of a step's updates of D have the penalty (`Trainer.penalised`)."""
WARM_UP = 3
"""Eager steps before the first capture; at least one of each kind of step (PyTorch's advice)."""


class Steps(Protocol):
    """What a `Trainer` shows of itself to those who play its steps."""

    device: torch.device
    objective: Objective
    feed: Callable[[int], Images]
    adam_g: torch.optim.Adam
    adam_d: torch.optim.Adam
    images: int
    settings: Any
    """`TrainSettings`: not named here, as it imports this file."""
    _records: list[Terms]

    def train_step(self) -> None: ...

    def prepare(self) -> None: ...

    def penalised(self) -> Kind: ...

    def play(self, penalised: Kind, share: float | Tensor) -> Terms: ...

    def settle(self, record: Terms) -> None: ...


class Graphs(Protocol):
    """What `GraphedStep` needs of a device: see `CudaGraphs`."""

    def warm_up(self, work: Callable[[], None]) -> None: ...

    def capture(self, work: Callable[[], None]) -> Callable[[], None]: ...


def stepper(trainer: Steps) -> Callable[[], None]:
    """What `Trainer.run` calls for each step, after `trainer.settings.compile`.

    Without CUDA that is `trainer.train_step` whatever was asked for, with a notice: the results are
    the same, and compiling for a CPU gains nothing (measured: within 10 %).
    """
    mode = trainer.settings.compile
    nets, whole = MODES[mode]
    # Shapes never change, so a search for the fastest convolutions pays within a few steps.
    torch.backends.cudnn.benchmark |= trainer.device.type == "cuda"
    if mode == "off":
        return trainer.train_step
    if trainer.device.type != "cuda":
        tqdm.write(
            f'ganlib: compile="{mode}" is for NVIDIA GPUs; on {trainer.device.type} this run steps '
            "eagerly, with the same results."
        )
        return trainer.train_step
    if nets:
        compile_networks(trainer.objective)
    return GraphedStep(trainer, CudaGraphs(trainer.device)) if whole else trainer.train_step


def compile_networks(objective: Objective) -> None:
    """Compile every network of an objective in place; names of weights stay.

    Penalties differentiate D's slope, and a second backward through a compiled forward raises
    (pytorch#91469), so they run what was compiled eagerly.
    """
    if "penalty" in vars(objective):  # done before
        return
    for network in objective.children():
        for part in network if isinstance(network, nn.ModuleList) else (network,):
            if any(True for _ in part.parameters()):
                part.compile(dynamic=False)
    penalty = objective.penalty

    @wraps(penalty)
    def eager(batch: Images, outputs: Images) -> Terms:
        with torch.compiler.set_stance("force_eager"):
            return penalty(batch, outputs)

    vars(objective)["penalty"] = eager  # before the class's own


class CudaGraphs:
    """CUDA graphs on one side stream, with one memory pool: they never run at the same time."""

    def __init__(self, device: torch.device) -> None:
        self.stream = torch.cuda.Stream(device)
        self.pool = torch.cuda.graph_pool_handle()

    def warm_up(self, work: Callable[[], None]) -> None:
        """Do the work on the side stream, in order with what comes before and after."""
        self.stream.wait_stream(torch.cuda.current_stream(self.stream.device))
        with torch.cuda.stream(self.stream):
            work()
        torch.cuda.current_stream(self.stream.device).wait_stream(self.stream)

    def capture(self, work: Callable[[], None]) -> Callable[[], None]:
        """Record the work, without doing it; what is returned does it."""
        graph = torch.cuda.CUDAGraph()
        # Other threads may go on using the GPU while this one records.
        mode = "thread_local"
        with torch.cuda.graph(graph, self.pool, self.stream, capture_error_mode=mode):
            work()
        return graph.replay


class StaticFeed:
    """A feed for a graph: it hands out fixed buffers, which `refill` fills from the true feed."""

    def __init__(self, feed: Callable[[int], Images]) -> None:
        self.feed = feed
        self.buffers: Images = {}

    def __call__(self, n: int) -> Images:
        if not self.buffers:
            self.buffers = {name: rows.clone() for name, rows in self.feed(n).items()}
        return self.buffers

    def refill(self, n: int) -> None:
        """A new batch of n into the buffers."""
        for name, rows in self.feed(n).items():
            self.buffers[name].copy_(rows)


def _require_fixed(objective: Objective) -> None:
    """GanlibError if a step is not always the same work, on numbers that lie on the device."""
    moving = {name for name, v in vars(objective.settings).items() if isinstance(v, Schedule)}
    if getattr(objective.settings, "pool", 0):
        moving.add("pool")
    if moving:
        raise GanlibError(
            f"a captured step cannot hold {', '.join(sorted(moving))}: a graph repeats one and the "
            'same step; give fixed weights and no pool, or compile="off" or "nets".'
        )
    if distributed.world() > 1:
        raise GanlibError(
            'several processes cannot capture their steps; give compile="off" or "nets".'
        )


class GraphedStep:
    """`trainer.train_step`, from graphs: call it once for each step.

    It needs of the trainer `prepare`, `penalised`, `play` and `settle`, its feed, settings and
    two Adams. `graphs` warms up, captures and replays (`CudaGraphs`).
    """

    def __init__(self, trainer: Steps, graphs: Graphs) -> None:
        _require_fixed(trainer.objective)
        self.trainer, self.graphs = trainer, graphs
        self.adams = (trainer.adam_d, trainer.adam_g)
        # Step sizes of D and G, and the average's share; float32 is what the kernels compute in.
        self.rates = [torch.zeros((), device=trainer.device) for _ in range(3)]
        self.played: Counter[Kind] = Counter()
        self.names: dict[Kind, list[str]] = {}
        self.records: dict[Kind, Tensor] = {}
        self.replays: dict[Kind, Callable[[], None]] = {}
        self.feed = None if getattr(trainer.feed, "capturable", False) else StaticFeed(trainer.feed)
        if self.feed and trainer.settings.d_steps > 1:
            raise GanlibError(
                "with several updates of D a step draws several batches, which only a feed marked "
                '`capturable` draws in an eager step\'s order; give compile="off" or "nets".'
            )

    def __call__(self) -> None:
        """One step of the run: eager while warming up, and from then on a replay."""
        trainer = self.trainer
        kind = trainer.penalised()
        if kind not in self.replays:
            if self.played.total() < WARM_UP or not self.played[kind]:
                self.graphs.warm_up(trainer.train_step)
                self.names[kind] = list(trainer._records[-1])
                self.played[kind] += 1
                return
            self._capture(kind)
        trainer.prepare()
        self._set_rates()
        if self.feed:
            self.feed.refill(trainer.settings.batch)
        self.replays[kind]()
        # One copy for all: the next replay writes over the vector, and a report reads many steps.
        values = self.records[kind].clone().unbind()
        trainer.settle(dict(zip(self.names[kind], values, strict=True)))

    def _capture(self, kind: Kind) -> None:
        trainer, names = self.trainer, self.names[kind]
        record = self.records[kind] = torch.zeros(len(names), device=trainer.device)
        if self.feed and not self.feed.buffers:
            # Not inside the capture, which would keep the buffers in its pool.
            self.feed(trainer.settings.batch)

        def work() -> None:
            with self._on_device():
                played = trainer.play(kind, self.rates[2])
            record.copy_(torch.stack([played[name].float() for name in names]))

        self.replays[kind] = self.graphs.capture(work)

    @contextmanager
    def _on_device(self) -> Iterator[None]:
        """Within, Adam reads its step size from the device, and the feed gives the buffers. The
        trainer's own numbers return at once, for its reports to read."""
        groups = [group for adam in self.adams for group in adam.param_groups]
        before = [(group["lr"], group["capturable"]) for group in groups]
        feed = self.trainer.feed
        for group, rate in zip(groups, self.rates, strict=False):
            group["lr"], group["capturable"] = rate, True
        if self.feed:
            self.trainer.feed = self.feed
        try:
            yield
        finally:
            self.trainer.feed = feed
            for group, (rate, capturable) in zip(groups, before, strict=True):
                group["lr"], group["capturable"] = rate, capturable

    def _set_rates(self) -> None:
        trainer = self.trainer
        wanted = [adam.param_groups[0]["lr"] for adam in self.adams]
        wanted.append(trainer.settings.share(trainer.images + trainer.settings.batch))
        for rate, value in zip(self.rates, wanted, strict=True):
            rate.fill_(value)
