"""The trainer: alternating updates of both networks, an average of G's weights, exact resume.

It knows no problem by name: an objective brings networks and losses, a sampler brings batches. What
a big machine adds are subclasses, in `scale`. Time is counted in images.
"""

import copy
import json
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import asdict
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
    """Trains an objective, on the device where its parameters are.

    `sampler(n)` gives a batch on that device. `out` is the folder for checkpoint and log; None
    keeps nothing. Each of `on_report` is called with every report, a flat dict: step, images,
    images_per_second, lr, and the means since the last report of D's terms ("d_..."), G's terms
    ("g_...") and the monitors. `about` is whatever else decides the numbers, such as the data: a
    run is resumed only with an equal one. `on_sample(ema, images)` is called every `sample_every`
    images. `ema` is G with averaged weights, the one to use; `seconds` the time trained.
    """

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
        # Channels last is the layout that convolutions compute in, on CPUs and on GPUs.
        self.objective = objective.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.sampler, self.config = sampler, config
        self.out = None if out is None else Path(out)
        self.log = RunLog(self.out / LOG_FILE) if self.out else None
        self.on_report, self.on_sample = list(on_report), on_sample
        self.about = {"objective": type(objective).__name__, "loss": asdict(objective.config)}
        self.about |= about or {}
        self.dtype = device.find_precision(config.precision, self.device)
        self.ema = copy.deepcopy(objective.generator).requires_grad_(False).eval()
        self.optimizer_g = self.make_optimizer(objective.generators(), config.lr_g)
        self.optimizer_d = self.make_optimizer(objective.discriminators(), config.lr_d)
        self.step, self.images, self.seconds, self.interrupted = 0, 0, 0.0, False
        self.ema_share: float | Tensor = 1.0
        self.records: list[Terms] = []
        self._since, self._saved_step = (0, time.perf_counter()), -1
        self._start = time.perf_counter()

    def train_step(self) -> None:
        """`d_steps` updates of D, one of G, one of the average of G's weights."""
        self.begin_step()
        objective, last, record = self.objective, self.config.d_steps - 1, {}
        for i in range(self.config.d_steps):
            batch = self.next_batch()
            with torch.set_grad_enabled(i == last), self.autocast():  # G learns from the last one
                fakes = objective.generate(batch)

            # D's step. The fakes are detached inside, so no gradient reaches G.
            with self.autocast():
                terms = objective.discriminator_loss(batch, fakes)
            if self.penalty_is_due(i):
                terms |= self.penalty(batch, fakes)
            self.optimizer_d.zero_grad()
            if terms:
                sum_of(terms).backward()
                self.reduce_gradients(self.optimizer_d)
                self.optimizer_d.step()
            record |= {f"d_{name}": term for name, term in terms.items()}

        # G's step, against the D that has just moved. D is frozen: its gradients would be wasted.
        freeze(objective.discriminators(), True)
        with self.autocast():
            terms = objective.generator_loss(batch, fakes)
        self.optimizer_g.zero_grad()
        sum_of(terms).backward()
        self.reduce_gradients(self.optimizer_g)
        self.optimizer_g.step()
        freeze(objective.discriminators(), False)
        record |= {f"g_{name}": term for name, term in terms.items()}

        self.update_average()
        self.end_step(record | objective.monitors)

    def begin_step(self) -> None:
        """What the host decides before a step: random numbers, learning rates, weights of now."""
        config = self.config
        device.seed_step(config.seed, self.step)
        # Rounded to float32, as CUDA graphs hold them on the device.
        rates = torch.tensor([config.lr_g, config.lr_d]) * config.rate(self.images)
        self.set_rates(*rates.tolist(), config.ema_share(self.images + config.batch))
        self.objective.weights = values_at(self.objective.config, self.images)

    def set_rates(self, lr_g: float, lr_d: float, ema_share: float) -> None:
        """The learning rates of the coming step, and what the average takes of the new weights."""
        self.optimizer_g.param_groups[0]["lr"] = lr_g
        self.optimizer_d.param_groups[0]["lr"] = lr_d
        self.ema_share = ema_share

    def next_batch(self) -> Batch:
        """A batch of `config.batch` images."""
        return self.sampler(self.config.batch)

    def autocast(self) -> AbstractContextManager[None]:
        """The run's precision."""
        return device.autocast(self.dtype, self.device)

    def penalty_is_due(self, i: int) -> bool:
        """Whether update i of D in this step has the lazy penalty."""
        every = self.objective.penalty_every
        return every > 0 and (self.step * self.config.d_steps + i) % every == 0

    def penalty(self, batch: Batch, fakes: Batch) -> Terms:
        """The objective's penalty, outside autocast."""
        return self.objective.penalty(batch, fakes)

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
        weights = [weight for network in networks for weight in network.parameters()]
        fused = self.device.type in ("cpu", "cuda")
        return torch.optim.Adam(weights, lr=rate, betas=self.config.betas, fused=fused)

    def run(self) -> "Trainer":
        """Train until `config.images`; Ctrl-C finishes the step, saves, and returns early.

        GanlibError if a loss stops being a finite number, if the disk fails, or if `out` holds a
        run that was not resumed. The last good checkpoint stays.
        """
        self.refuse_other_run()
        self._since = (self.images, time.perf_counter())
        self._start, config = time.perf_counter() - self.seconds, self.config
        bar = progress(total=config.images, initial=self.images, unit="img", unit_scale=True)
        with bar, device.catch_interrupt() as interrupt:
            while self.images < config.images and not self.must_stop(interrupt.is_set()):
                self.train_step()
                bar.update(config.batch)
                if self._due(config.report_every):
                    bar.set_postfix_str(summary(self.report()), refresh=False)
                if self._due(config.checkpoint_every):
                    self.save()
                if self._due(config.sample_every):
                    self.sample()
            self.interrupted = self.must_stop(interrupt.is_set())
            self.save()
        return self

    def _due(self, every: int) -> bool:
        return bool(every) and self.images // every > (self.images - self.config.batch) // every

    def must_stop(self, asked: bool) -> bool:
        """Whether the run ends before its length, as was asked."""
        return asked

    def sample(self) -> None:
        """Call `on_sample` with the averaged generator."""
        with torch.no_grad():
            if self.on_sample:
                self.on_sample(self.ema, self.images)

    def read_records(self) -> dict[str, float]:
        """Means of the terms since the last report, in one transfer from the device; GanlibError,
        naming step and term, for the first number that is not finite."""
        series: dict[str, list[float]] = {}
        values = [value for record in self.records for value in record.values()]
        numbers = iter(self.mean(torch.stack(values)).tolist() if values else ())
        for step, record in enumerate(self.records, self.step - len(self.records)):
            for name in record:
                series.setdefault(name, []).append(number := next(numbers))
                if number - number != 0:  # NaN or infinite
                    raise GanlibError(
                        f"training diverged: {name} became {number} at step {step} (image "
                        f"{step * self.config.batch}); lower the learning rates or strengthen R1, "
                        "and resume from the last checkpoint, if there is one: it was saved "
                        "before this."
                    )
        return {name: sum(row) / len(row) for name, row in series.items()}

    def mean(self, values: Tensor) -> Tensor:
        """The mean over all processes."""
        return values

    def report(self) -> Report:
        """Tell log and listeners how the run went since the last report."""
        means, (images, start), now = self.read_records(), self._since, time.perf_counter()
        self.records.clear()
        self._since = (self.images, now)
        report: Report = {"step": self.step, "images": self.images}
        report["images_per_second"] = (self.images - images) / (now - start)
        report |= {"lr": float(self.optimizer_g.param_groups[0]["lr"]), **means}
        for listener in (*((self.log,) if self.log else ()), *self.on_report):
            listener(report)
        return report

    def save(self) -> None:
        """Write a checkpoint to `out`; GanlibError, and the old one kept, if anything diverged."""
        self.read_records()
        self.seconds = time.perf_counter() - self._start
        if self.out is not None and self.step != self._saved_step:
            self.write_checkpoint(self.out / STATE_FILE)
            self._saved_step = self.step

    def write_checkpoint(self, path: Path) -> None:
        """The whole state as one file; GanlibError if any of it is not finite."""
        tensors, metadata = self.state()
        for name, tensor in tensors.items():
            # A finite loss may have an infinite gradient, which shows in the weights a step sooner.
            if not torch.isfinite(tensor).all():
                raise GanlibError(
                    f"training diverged: {name} is not finite after step {self.step - 1}; lower "
                    "the learning rates, and resume from the last checkpoint."
                )
        checkpoint.save(path, tensors, metadata)

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """(tensors, metadata): all that `load_state` needs to go on bit for bit."""
        metadata = {"kind": STATE, "step": self.step, "images": self.images}
        metadata |= {"seconds": self.seconds, "log_size": self.log.size if self.log else 0}
        return checkpoint.pack(*self._parts()), metadata | self._identity()

    def load_state(self, tensors: dict[str, Tensor], metadata: dict[str, Any]) -> None:
        """Take over what `state` gave; GanlibError if it is of another run."""
        source = self.out or "the state"
        for part, now in self._identity().items():
            checkpoint.require_same(metadata[part], now, source)
        checkpoint.unpack(tensors, *self._parts(), source)
        self.step = self._saved_step = metadata["step"]
        self.images, self.seconds = metadata["images"], metadata["seconds"]
        if self.log:
            self.log.truncate(metadata["log_size"])

    def _parts(self) -> tuple[dict[str, nn.Module], dict[str, torch.optim.Adam]]:
        modules = {"objective": self.objective, "ema": self.ema}
        return modules, {"adam_g": self.optimizer_g, "adam_d": self.optimizer_d}

    def _identity(self) -> dict[str, Any]:
        """What two parts of one run have in common, as JSON gives it back."""
        config = {k: v for k, v in asdict(self.config).items() if k not in MAY_CHANGE}
        return json.loads(json.dumps({"config": config, "about": self.about}, default=str))

    def resume(self) -> "Trainer":
        """Go on from the checkpoint in `out`; start afresh if there is none yet.

        With an equal config, the resumed run equals an uninterrupted one bit for bit (on a CPU with
        as many threads). `images` may be raised, to train for longer. GanlibError if the checkpoint
        is damaged, or of another run.
        """
        stored = self.read_checkpoint()
        if stored is not None:
            self.load_state(*stored)
        return self

    def read_checkpoint(self) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
        """What `out` holds of the run."""
        if self.out is None or not (self.out / STATE_FILE).exists():
            return None
        return checkpoint.load(self.out / STATE_FILE, STATE)

    def refuse_other_run(self) -> None:
        """GanlibError if `out` holds a run that was not resumed; else an empty log is begun."""
        if self.step == 0 and self.out and (self.out / STATE_FILE).exists():
            raise GanlibError(
                f"{self.out} already holds a run: go on with it by --resume, or choose another "
                "folder."
            )
        if self.step == 0 and self.log:
            self.log.truncate(0)  # of a run that was killed before its first checkpoint


def sum_of(terms: Terms) -> Tensor:
    """A loss from its terms."""
    first, *others = terms.values()
    return sum(others, start=first)


def freeze(networks: list[nn.Module], frozen: bool) -> None:
    """Whether gradients are left on the weights of some networks."""
    for network in networks:
        network.requires_grad_(not frozen)


def summary(report: Report) -> str:
    """Both losses of a report in a few words."""
    players = {p: [v for n, v in report.items() if n.startswith(f"{p}_")] for p in "dg"}
    return ", ".join(f"{player} {sum(terms):.3f}" for player, terms in players.items())
