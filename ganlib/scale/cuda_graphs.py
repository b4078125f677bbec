"""Faster steps on an NVIDIA GPU: compiled networks, and the whole iteration as a CUDA graph.

At 64 pixels a GPU computes its kernels faster than Python launches them. A CUDA graph holds the
launches of D's step, G's step and the average, and repeats them by one call. What it repeats has
fixed addresses and no synchronisation with the host, hence:

- learning rates and the average's share are numbers on the device, set between the replays;
- the batch is drawn inside the graph, so the sampler must be `capturable` (data/samplers.py);
- the lazy penalty comes in some of D's updates only, so there is a graph for each kind of step:
  two, with it and without, if D moves once a step;
- a step's terms are written to a fixed vector, which is copied out after each replay;
- random numbers need nothing: a replay takes seed and offset from torch's global generator, which
  the trainer seeds for every step. So a graphed run draws what an eager one draws, and may be
  resumed as one or the other.

The first steps are eager, on the stream that the capture will use: libraries, Adam's moments and
the autotuner set themselves up, which a graph must not hold. They are steps of the run.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ganlib.core.config import Schedule
from ganlib.core.errors import ConfigError
from ganlib.core.objectives import Terms
from ganlib.core.trainer import Trainer

Kind = tuple[bool, ...]
"""Which of a step's updates of D have the penalty."""
WARM_UP = 3
"""Eager steps before the first capture; at least one of each kind of step (PyTorch's advice)."""


class CompiledTrainer(Trainer):
    """A `Trainer` whose networks are compiled by `torch.compile`; names of weights stay."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.config.compile in ("nets", "both"):
            for network in (*self.objective.generators, *self.objective.discriminators):
                network.compile(dynamic=False)
            # A second backward through a compiled forward raises (pytorch#91469).
            eager = torch.compiler.set_stance("force_eager")
            self.objective.penalty = eager(self.objective.penalty)


class CUDAGraphs:
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


class GraphTrainer(CompiledTrainer):
    """A `Trainer` that captures its steps and replays them.

    ConfigError for what a graph cannot hold: scheduled weights, a pool of past fakes, a sampler
    that is not `capturable`. `graphs` warms up, captures and replays.
    """

    def __init__(self, *args: Any, graphs: Any = None, **options: Any) -> None:
        super().__init__(*args, **options)
        require_fixed(self.objective.config, self.config.compile)
        if not getattr(self.sampler, "capturable", False):
            raise _unfit(self.config.compile, "a sampler that draws on the host")
        self.graphs = graphs or CUDAGraphs(self.device)
        self.names: dict[Kind, list[str]] = {}
        self.values: dict[Kind, Tensor] = {}
        self.replays: dict[Kind, Callable[[], None]] = {}
        self.capturing = False

    def make_optimizer(self, networks: list[nn.Module], rate: float) -> torch.optim.Adam:
        """Adam that reads its learning rate from the device."""
        weights, lr = nn.ModuleList(networks).parameters(), torch.tensor(rate, device=self.device)
        on_gpu = self.device.type == "cuda"
        betas = self.config.betas
        return torch.optim.Adam(weights, lr, betas, fused=on_gpu, capturable=on_gpu)

    def set_rates(self, lr_g: float, lr_d: float, ema_share: float) -> None:
        """Into numbers on the device, where the graphs look."""
        if not isinstance(self.ema_share, Tensor):
            self.ema_share = torch.zeros((), device=self.device)
        self.optimizer_g.param_groups[0]["lr"].fill_(lr_g)
        self.optimizer_d.param_groups[0]["lr"].fill_(lr_d)
        self.ema_share.fill_(ema_share)

    def train_step(self) -> None:
        """One step of the run: eager while warming up, and from then on a replay."""
        kind = tuple(self.penalty_is_due(i) for i in range(self.config.d_steps))
        if kind not in self.replays:
            if self.step < WARM_UP or kind not in self.names:
                self.graphs.warm_up(super().train_step)
                self.names[kind] = list(self.records[-1])
                return
            self._capture(kind)
        self.begin_step()
        self.replays[kind]()
        # One copy for all: the next replay writes over the vector, and a report reads many steps.
        values = self.values[kind].clone().unbind()
        super().end_step(dict(zip(self.names[kind], values, strict=True)))

    def _capture(self, kind: Kind) -> None:
        self.values[kind] = torch.zeros(len(self.names[kind]), device=self.device)
        self.capturing = True
        try:
            self.replays[kind] = self.graphs.capture(super().train_step)
        finally:
            self.capturing = False

    def begin_step(self) -> None:
        """Not inside a graph: these are the host's decisions."""
        if not self.capturing:
            super().begin_step()

    def end_step(self, record: Terms) -> None:
        """Inside a graph the terms go to the fixed vector."""
        if not self.capturing:
            return super().end_step(record)
        kind = tuple(self.penalty_is_due(i) for i in range(self.config.d_steps))
        values = [record[name].float() for name in self.names[kind]]
        self.values[kind].copy_(torch.stack(values))


def require_fixed(loss: Any, mode: str) -> None:
    """ConfigError if the loss changes from step to step; `mode` is `TrainConfig.compile`."""
    for name, value in vars(loss).items():
        if isinstance(value, Schedule) or (name == "pool" and value):
            raise _unfit(mode, name)


def _unfit(mode: str, what: str) -> ConfigError:
    same = "a captured step repeats one and the same work"
    return ConfigError("compile", f"{mode!r} does not fit; {same}: it cannot hold {what}.")
