"""The trainer: alternating updates of both networks, an average of G's weights, exact resume."""

import copy
import json
import math
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ganlib.core import checkpoint, device
from ganlib.core.config import MAY_CHANGE, TrainConfig, values_at
from ganlib.core.errors import GanlibError
from ganlib.core.log import Report, RunLog, progress
from ganlib.core.objectives import Batch, Objective, Terms

STATE_FILE, LOG_FILE, STATE = "state.safetensors", "log.jsonl", "training state"


class Trainer:
    """Trains an objective, which brings networks and losses, on the device of its parameters.
    `sampler(n)` gives a batch on that device. `out` is the folder for checkpoint and log, if any.
    Each of `on_report` is called with every report, a flat dict: step, images, images_per_second,
    lr, and the means since the last one of D's terms ("d_..."), G's terms ("g_...") and monitors. A
    run is resumed only with an equal `about`: what else decides the numbers, such as the data.
    `on_sample(ema, images)` comes every `sample_every` images; `ema` is G with averaged weights."""

    def __init__(
        self,
        objective: Objective,
        sampler: Callable[[int], Batch],
        config: TrainConfig,
        out: Path | str | None = None,
        on_report: Iterable[Callable[[Report], None]] = (),
        about: dict[str, Any] | None = None,
        on_sample: Callable[[nn.Module, int], None] | None = None,
    ) -> None:
        self.device = next(objective.parameters()).device
        # Shapes never change, so a search for the fastest convolutions pays.
        torch.backends.cudnn.benchmark |= self.device.type == "cuda"
        # Channels last is the layout that convolutions compute in, on CPUs and on GPUs.
        self.objective = objective.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.sampler, self.config = sampler, config
        self.out = None if out is None else Path(out)
        self.log = RunLog(self.out / LOG_FILE) if self.out else None
        self.on_report, self.on_sample = list(on_report), on_sample
        self.about = {"objective": type(objective).__name__, **(about or {})}
        self.about |= vars(objective.config)
        self.dtype = device.find_precision(config.precision, self.device)
        self.autocast = partial(device.autocast, self.dtype, self.device)
        self.ema = copy.deepcopy(objective.generator).requires_grad_(False).eval()
        self.ema_share: float | Tensor = 1.0
        self.optimizer_g = self.make_optimizer(objective.generators, config.lr_g)
        self.optimizer_d = self.make_optimizer(objective.discriminators, config.lr_d)
        self.modules = {"objective": self.objective, "ema": self.ema}
        self.optimizers = {"adam_g": self.optimizer_g, "adam_d": self.optimizer_d}
        self.step, self.images, self.seconds, self.interrupted = 0, 0, 0.0, False
        self.records: list[Terms] = []
        self._since, self._saved_step = (0, time.perf_counter()), -1
        self._start = time.perf_counter()

    def train_step(self) -> None:
        """`d_steps` updates of D, one of G, one of the average of G's weights."""
        self.begin_step()
        objective, record, last = self.objective, Terms(), self.config.d_steps - 1
        for i in range(self.config.d_steps):
            batch = self.next_batch()
            with torch.set_grad_enabled(i == last), self.autocast():  # for G's step only
                fakes = objective.generate(batch)

            # D's step. The fakes are detached inside, so no gradient reaches G.
            with self.autocast():
                terms = objective.discriminator_loss(batch, fakes)
            if self.penalty_is_due(i):
                terms |= objective.penalty(batch, fakes)
            self.optimizer_d.zero_grad()
            if terms:
                torch.stack([*terms.values()]).sum().backward()
                self.reduce_gradients(self.optimizer_d)
                self.optimizer_d.step()
            record |= {f"d_{name}": term for name, term in terms.items()}

        # G's step, against the D that has just moved. D is frozen: its gradients would be wasted.
        frozen = nn.ModuleList(objective.discriminators).requires_grad_(False)
        with self.autocast():
            terms = objective.generator_loss(batch, fakes)
        self.optimizer_g.zero_grad()
        torch.stack([*terms.values()]).sum().backward()
        self.reduce_gradients(self.optimizer_g)
        self.optimizer_g.step()
        frozen.requires_grad_(True)
        record |= {f"g_{name}": term for name, term in terms.items()}

        self.update_average()
        self.end_step(record | objective.monitors)

    def begin_step(self) -> None:
        """What the host decides before a step: random numbers, rates, the losses' weights."""
        config = self.config
        device.seed_step(config.seed, self.step)
        # Rounded to float32, as CUDA graphs hold them on the device.
        lr_g, lr_d = (torch.tensor([config.lr_g, config.lr_d]) * config.rate(self.images)).tolist()
        self.set_rates(lr_g, lr_d, config.ema_share(self.images + config.batch))
        self.objective.now = values_at(self.objective.config, self.images)

    def set_rates(self, lr_g: float, lr_d: float, ema_share: float) -> None:
        """The learning rates of the coming step, and what the average takes of the new weights."""
        self.optimizer_g.param_groups[0]["lr"] = lr_g
        self.optimizer_d.param_groups[0]["lr"] = lr_d
        self.ema_share = ema_share

    def next_batch(self) -> Batch:
        """A batch of `config.batch` images."""
        return self.sampler(self.config.batch)

    def penalty_is_due(self, i: int) -> bool:
        """Whether update i of D in this step has the lazy penalty."""
        every = self.objective.penalty_every
        return every > 0 and (self.step * self.config.d_steps + i) % every == 0

    def reduce_gradients(self, optimizer: torch.optim.Adam) -> None:
        """Between backward and the optimiser's step; nothing, with one process."""

    @torch.no_grad()
    def update_average(self) -> None:
        """Move the averaged weights a little towards those of now."""
        average: list[Tensor] = list(self.ema.parameters())
        now: list[Tensor] = list(self.objective.generator.parameters())
        # Not lerp: given its weight as a tensor, as a graph needs it, it runs tensor by tensor.
        change = torch._foreach_sub(now, average)
        torch._foreach_mul_(change, self.ema_share)
        torch._foreach_add_(average, change)

    def end_step(self, record: Terms) -> None:
        """Count the step, and keep its terms, on the device, for the next report."""
        self.step += 1
        self.images += self.config.batch
        self.records.append({name: value.detach() for name, value in record.items()})

    def make_optimizer(self, networks: list[nn.Module], rate: float) -> torch.optim.Adam:
        """Adam over all weights of some networks."""
        own, fused = nn.ModuleList(networks), self.device.type in ("cpu", "cuda")
        return torch.optim.Adam(own.parameters(), rate, self.config.betas, fused=fused)

    def run(self) -> "Trainer":
        """Train until `config.images`; Ctrl-C finishes the step, saves, and returns early.
        GanlibError if a loss is not finite, the disk fails, or `out` holds a run not resumed."""
        if self.step == 0:
            self.on_first(self.begin)
        if self.device.type == "cpu":
            device.keep_memory()
        self._since = (self.images, time.perf_counter())
        self._start, config = time.perf_counter() - self.seconds, self.config
        bar = progress(total=config.images, initial=self.images, unit="img", unit_scale=True)
        with bar, device.catch_interrupt() as interrupt:
            while self.images < config.images and not self.must_stop(interrupt.is_set()):
                self.train_step()
                bar.update(config.batch)
                if self._due(config.report_every):
                    terms = self.report().items()
                    losses = {p: sum(v for n, v in terms if n.startswith(f"{p}_")) for p in "dg"}
                    bar.set_postfix(losses, refresh=False)
                if self._due(config.checkpoint_every):
                    self.save()
                if self._due(config.sample_every) and self.on_sample:
                    self.on_first(partial(self.on_sample, self.ema, self.images))
            self.interrupted = self.must_stop(interrupt.is_set())
            self.save()
        return self

    def _due(self, every: int) -> bool:
        return bool(every) and self.images // every > (self.images - self.config.batch) // every

    def must_stop(self, asked: bool) -> bool:
        """Whether the run ends before its length, as was asked."""
        return asked

    def on_first(self, work: Callable[[], Any]) -> Any:
        """What `work()` gives: one process alone reads, writes and draws for all of a run."""
        return work()

    def begin(self) -> None:
        """An empty log; GanlibError if `out` holds a run that was not resumed."""
        require_free(self.out)
        if self.log:
            self.log.truncate(0)  # of a run that was killed before its first checkpoint

    def read_records(self) -> dict[str, float]:
        """Means of the terms since the last report; GanlibError for one that is not finite."""
        series: dict[str, list[float]] = {}
        values = [value for record in self.records for value in record.values()]
        numbers = iter(self.mean(torch.stack(values)).tolist() if values else ())
        for step, record in enumerate(self.records, self.step - len(self.records)):
            for name in record:
                series.setdefault(name, []).append(number := next(numbers))
                if not math.isfinite(number):
                    where = f"step {step} (image {step * self.config.batch})"
                    raise diverged(f"{name} became {number} at {where}")
        return {name: sum(row) / len(row) for name, row in series.items()}

    def mean(self, values: Tensor) -> Tensor:
        """The mean over all processes."""
        return values

    def report(self) -> Report:
        """Give log and listeners the means since the last report."""
        means, (images, start), now = self.read_records(), self._since, time.perf_counter()
        self.records.clear()
        self._since = (self.images, now)
        report: Report = {"step": self.step, "images": self.images}
        report["images_per_second"] = (self.images - images) / (now - start)
        report |= {"lr": float(self.optimizer_g.param_groups[0]["lr"]), **means}
        if self.log:
            self.log(report)
        for listener in self.on_report:
            listener(report)
        return report

    def save(self) -> None:
        """Write a checkpoint to `out`; GanlibError, and the old one kept, if anything diverged."""
        self.read_records()
        self.seconds = time.perf_counter() - self._start
        if self.out is not None and self.step != self._saved_step:
            self.on_first(partial(self.write_checkpoint, self.out / STATE_FILE))
            self._saved_step = self.step

    def write_checkpoint(self, path: Path) -> None:
        """The whole state as one file; GanlibError if any of it is not finite."""
        tensors, metadata = self.state()
        for name, tensor in tensors.items():
            # A finite loss may have an infinite gradient, which shows in the weights a step sooner.
            if not torch.isfinite(tensor).all():
                raise diverged(f"{name} is not finite after step {self.step - 1}")
        checkpoint.save(path, tensors, metadata)

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """(tensors, metadata): all that `load_state` needs to go on bit for bit."""
        metadata = {"kind": STATE, "step": self.step, "images": self.images}
        metadata |= {"seconds": self.seconds, "log_size": self.log.size if self.log else 0}
        metadata["identity"] = identity(self.about, self.config, self.device)
        return checkpoint.pack(self.modules, self.optimizers), metadata

    def load_state(self, tensors: dict[str, Tensor], metadata: dict[str, Any]) -> None:
        """Take over what `state` gave; GanlibError if it is of another run."""
        source = self.out or "the state"
        now = identity(self.about, self.config, self.device)
        checkpoint.require_same(metadata.get("identity", {}), now, source)
        checkpoint.unpack(tensors, self.modules, self.optimizers, source)
        self.step = self._saved_step = metadata["step"]
        self.images, self.seconds = metadata["images"], metadata["seconds"]
        if self.log:
            self.log.truncate(metadata["log_size"])

    def resume(self) -> "Trainer":
        """Go on from the checkpoint in `out`, if there is one; GanlibError if it is damaged, or of
        another run. It goes on as if uninterrupted, bit for bit on a CPU with as many threads."""
        if self.out is not None:
            path = self.out / STATE_FILE
            stored = self.on_first(lambda: checkpoint.load(path, STATE) if path.exists() else None)
            if stored is not None:
                self.load_state(*stored)
        return self


def identity(about: dict[str, Any], config: TrainConfig, where: torch.device) -> dict[str, Any]:
    """What two parts of one run have in common, flat, as JSON gives it back. The precision is the
    one computed in: "auto" may be another on another machine."""
    now = about | {k: v for k, v in vars(config).items() if k not in MAY_CHANGE}
    half = device.find_precision(config.precision, where) == torch.bfloat16
    return json.loads(json.dumps(now | {"precision": "bf16" if half else "fp32"}, default=str))


def require_free(out: Path | None) -> None:
    """GanlibError if a folder holds a run."""
    if out and (out / STATE_FILE).exists():
        raise GanlibError(f"{out} already holds a run: go on by --resume, or give another folder.")


def diverged(what: str) -> GanlibError:
    """An error that says what is not finite, and how to go on."""
    remedy = "begin again in another folder, with lower learning rates or a stronger R1"
    return GanlibError(f"training diverged: {what}; {remedy}. The last good checkpoint stays.")
