"""The trainer: updates of both players, averaged weights, reports, checkpoints and exact resume.

It knows no problem by name: an objective (objectives/) brings networks and losses, a feed
(stores.py) brings batches. Time is counted in images, so that it means the same at any batch size.
"""

import copy
import json
import operator
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from functools import reduce
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from ganlib import capture, checkpoints, distributed, runtime, state
from ganlib.errors import GanlibError
from ganlib.network import Network
from ganlib.objectives import Objective, Terms
from ganlib.runlog import Report, RunLog
from ganlib.schedules import settled
from ganlib.settings import MAY_CHANGE, TrainSettings

LOG_FILE = "log.csv"


class Trainer:
    """Trains an objective, on the device where its parameters are.

    `feed(n)` gives a batch on that device. `out` is the folder for `state.safetensors` and
    `log.csv`; None keeps nothing. Each of `on_report` is called with every report, a flat dict:
    step, images, images_per_second, lr, and the means since the last report of D's terms ("d_..."),
    G's terms ("g_...") and the monitors. `about` names whatever else decides the numbers, such as
    the data: a run is resumed only with an equal one. `on_sample(ema, images)` is called every
    `sample_every` images. `ema` is G with averaged weights, the one to use; `seconds` is the time
    trained, over all parts of a run.

    In a `distributed.session` a batch is that of all processes together, and only rank 0 writes,
    reports and samples.
    """

    def __init__(
        self,
        objective: Objective,
        feed: Callable[[int], dict[str, Tensor]],
        settings: TrainSettings,
        out: Path | str | None = None,
        on_report: Iterable[Callable[[Report], None]] = (),
        about: dict[str, Any] | None = None,
        on_sample: Callable[[Network, int], None] | None = None,
    ) -> None:
        self.device = next(objective.parameters()).device
        # Channels last is the layout that convolutions compute in, on CPUs and on GPUs.
        self.objective = objective.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        distributed.same_everywhere(self.objective)
        self.feed = feed
        self.settings = settings
        self.out = None if out is None else Path(out)
        self.log = RunLog(self.out / LOG_FILE) if self.out and distributed.first() else None
        self.on_report: list[Callable[[Report], None]] = [*on_report]
        if self.log:
            self.on_report.insert(0, self.log)
        self.on_sample = on_sample
        self.dtype = runtime.precision(settings.precision, self.device)
        self.ema = copy.deepcopy(objective.generator).requires_grad_(False).eval()
        self.g_parameters = list(objective.generators())
        self.d_parameters = list(objective.discriminators())
        self.adam_g = self._adam(self.g_parameters, settings.lr_g)
        self.adam_d = self._adam(self.d_parameters, settings.lr_d)
        self.step = 0
        self.images = 0
        self.seconds = 0.0
        self.interrupted = False
        self.about = {"objective": type(objective).__name__}
        self.about |= asdict(objective.settings) | (about or {})
        self._records: list[Terms] = []
        self._since = (0, time.perf_counter())
        self._saved_step = -1
        self._clock = time.perf_counter()

    def _adam(self, parameters: list[nn.Parameter], rate: float) -> torch.optim.Adam:
        fused = self.device.type in ("cpu", "cuda")
        first, second = self.settings.betas
        return torch.optim.Adam(parameters, lr=rate, betas=(first, second), fused=fused)

    def run(self) -> "Trainer":
        """Train until `settings.images`; Ctrl-C finishes the step, saves, and returns early.

        GanlibError if a loss stops being a finite number, if the disk fails, or if `out` holds a
        run that was not resumed. The last good checkpoint stays.
        """
        distributed.from_first(self._guard_other_runs)
        if self.log and self.step == 0:
            self.log.rewind(0)  # rows of a run that was killed before its first checkpoint
        self._since = (self.images, time.perf_counter())
        self._clock = time.perf_counter() - self.seconds
        bar = tqdm(
            total=self.settings.images,
            initial=self.images,
            unit="img",
            unit_scale=True,
            disable=not distributed.first(),
        )
        advance = capture.stepper(self)
        with bar, runtime.catch_interrupt() as interrupt:
            while self.images < self.settings.images:
                # Asked for every step: all processes must stop after the same one.
                if distributed.any_of(interrupt.is_set()):
                    break
                advance()
                bar.update(self.settings.batch)
                if self._due(self.settings.report_every):
                    bar.set_postfix_str(self._summary(self._report()), refresh=False)
                if self._due(self.settings.checkpoint_every):
                    self.save()
                if self._due(self.settings.sample_every):
                    distributed.from_first(self._sample)
            self.interrupted = distributed.any_of(interrupt.is_set())
            self.save()
        return self

    def train_step(self) -> None:
        """`d_steps` updates of D, one of G, one of the average."""
        self.prepare()
        share = self.settings.share(self.images + self.settings.batch)
        self.settle(self.play(self.penalised(), share))

    def prepare(self) -> None:
        """What the host decides before a step: random numbers, step sizes, scheduled weights."""
        runtime.seed_step(self.settings.seed, self.step)
        self._set_rates()
        self.objective.weights = settled(self.objective.settings, self.images)

    def penalised(self) -> tuple[bool, ...]:
        """Which of the coming step's updates of D have the lazy penalty."""
        every, many = self.objective.penalty_every, self.settings.d_steps
        return tuple(every > 0 and (self.step * many + i) % every == 0 for i in range(many))

    def play(self, penalised: tuple[bool, ...], share: float | Tensor) -> Terms:
        """What the device does in a step; its record. It reads nothing back and counts nothing, so
        that capture.py can keep it as a graph. `share`: what the average takes of new weights."""
        objective = self.objective
        record: Terms = {}
        for penalise in penalised[:-1]:
            batch = self._batch()
            with torch.no_grad(), runtime.autocast(self.dtype, self.device):
                outputs = objective.generate(batch)  # G does not learn from these: no graph
            record |= self._judge(batch, outputs, penalise)
            self._move(self.adam_d)

        batch = self._batch()
        with runtime.autocast(self.dtype, self.device):
            outputs = objective.generate(batch)
        record |= self._judge(batch, outputs, penalised[-1])
        alternating = self.settings.update == "alternating"
        if alternating:
            self._move(self.adam_d)
        # D is scenery in G's step: frozen, its weights get no gradients, which saves their cost.
        self._freeze(self.d_parameters, True)
        with runtime.autocast(self.dtype, self.device):
            g_terms = objective.generator_loss(batch, outputs)
        self._slope(self.g_parameters, g_terms)
        if not alternating:  # G's slope was taken at the D that D's own was taken at
            self._move(self.adam_d)
        self._move(self.adam_g)
        self._freeze(self.d_parameters, False)

        self._average(share)
        record |= {f"g_{name}": term for name, term in g_terms.items()} | objective.monitors
        return {name: value.detach() for name, value in record.items()}

    def settle(self, record: Terms) -> None:
        """Count a step that was played, and keep its record for the next report."""
        self.step += 1
        self.images += self.settings.batch
        self._records.append(record)

    def _batch(self) -> dict[str, Tensor]:
        joined = self.feed(self.settings.batch)
        return {name: distributed.mine(rows) for name, rows in joined.items()}

    def _judge(self, batch: dict[str, Tensor], outputs: dict[str, Tensor], penalise: bool) -> Terms:
        """D's terms, named for the report; their gradients are left on D's weights."""
        with runtime.autocast(self.dtype, self.device):
            terms = self.objective.discriminator_loss(batch, outputs)
        if penalise:
            terms |= self.objective.penalty(batch, outputs)
        self._slope(self.d_parameters, terms)
        return {f"d_{name}": term for name, term in terms.items()}

    def _slope(self, parameters: list[nn.Parameter], terms: Terms) -> None:
        """Leave the gradients of the terms' sum on a player's weights, shortened to `clip`."""
        if not terms:
            return
        reduce(operator.add, terms.values()).backward()
        distributed.average_slopes(parameters)
        if self.settings.clip:
            nn.utils.clip_grad_norm_(parameters, self.settings.clip)

    @staticmethod
    def _move(adam: torch.optim.Adam) -> None:
        # Without gradients (D, where there is no game) this moves nothing.
        adam.step()
        adam.zero_grad(set_to_none=True)

    @staticmethod
    def _freeze(parameters: list[nn.Parameter], frozen: bool) -> None:
        for parameter in parameters:
            parameter.requires_grad_(not frozen)

    def _set_rates(self) -> None:
        # Rounded to float32, as graphs hold them on the device: both ways of stepping are equal.
        settings = self.settings
        rates = torch.tensor([settings.lr_g, settings.lr_d]) * settings.rate(self.images)
        for adam, rate in zip((self.adam_g, self.adam_d), rates.tolist(), strict=True):
            adam.param_groups[0]["lr"] = rate

    @torch.no_grad()
    def _average(self, share: float | Tensor) -> None:
        average: list[Tensor] = list(self.ema.parameters())
        now: list[Tensor] = list(self.objective.generator.parameters())
        # Not lerp: given its weight as a tensor, as a graph needs it, it runs tensor by tensor.
        change = torch._foreach_sub(now, average)
        torch._foreach_mul_(change, share)
        torch._foreach_add_(average, change)

    def _due(self, every: int) -> bool:
        return bool(every) and self.images // every > (self.images - self.settings.batch) // every

    def _sample(self) -> None:
        if self.on_sample:
            with torch.no_grad():
                self.on_sample(self.ema, self.images)

    def _read(self) -> dict[str, float]:
        """Means of the records since the last report, in one transfer from the device."""
        values = [value for record in self._records for value in record.values()]
        if not values:
            return {}
        numbers = distributed.mean(torch.stack(values))
        first = self.step - len(self._records)
        try:
            return state.means(self._records, numbers, first, self.settings.batch)
        except GanlibError as error:
            raise distributed.once(error) from None

    def _report(self) -> Report:
        means = self._read()
        self._records.clear()
        images, start = self._since
        now = time.perf_counter()
        self._since = (self.images, now)
        report = {
            "step": self.step,
            "images": self.images,
            "images_per_second": (self.images - images) / (now - start),
            "lr": self.adam_g.param_groups[0]["lr"],
            **means,
        }
        for listener in self.on_report if distributed.first() else ():
            listener(report)
        return report

    @staticmethod
    def _summary(report: Report) -> str:
        players = {p: [v for n, v in report.items() if n.startswith(f"{p}_")] for p in "dg"}
        return ", ".join(f"{player} {sum(terms):.3f}" for player, terms in players.items())

    def save(self) -> None:
        """Write a checkpoint to `out`; GanlibError, and the old one kept, if anything diverged."""
        self._read()
        self.seconds = time.perf_counter() - self._clock
        if self.out is None or self.step == self._saved_step:
            return
        out = self.out
        distributed.from_first(lambda: self._write(out))
        self._saved_step = self.step

    def _write(self, out: Path) -> None:
        tensors, metadata = self.state()
        state.require_finite(tensors, self.step - 1)
        checkpoints.save_training(out, tensors, metadata)

    def _parts(self) -> tuple[dict[str, nn.Module], dict[str, torch.optim.Adam]]:
        modules = {"objective": self.objective, "ema": self.ema}
        return modules, {"adam_g": self.adam_g, "adam_d": self.adam_d}

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """(tensors, metadata): all that `load_state` needs to go on bit for bit."""
        metadata = {"step": self.step, "images": self.images, "seconds": self.seconds}
        return state.pack(*self._parts()), metadata | self._identity()

    def _identity(self) -> dict[str, Any]:
        """What two parts of one run have in common, as JSON gives it back."""
        settings = {k: v for k, v in asdict(self.settings).items() if k not in MAY_CHANGE}
        return json.loads(json.dumps({"settings": settings, "about": self.about}))

    def resume(self) -> "Trainer":
        """Go on from the checkpoint in `out`; start afresh if there is none yet.

        With equal settings, the resumed run equals an uninterrupted one bit for bit (on a CPU with
        as many threads). `images` may be raised, to train for longer. GanlibError if the checkpoint
        is damaged, or of other networks, settings, objective or `about`.
        """
        # Rank 0 reads for all, so the other machines of a run need not see its folder.
        stored = distributed.from_first(self._stored)
        if stored is not None:
            self.load_state(*stored)
            if self.log:
                self.log.rewind(self.step)
        return self

    def load_state(self, tensors: dict[str, Tensor], metadata: dict[str, Any]) -> None:
        """Take over what `state` gave; GanlibError if it is of other networks or settings."""
        source = self.out or "the state"
        try:
            for part, now in self._identity().items():
                checkpoints.require_same(metadata[part], now, source)
            state.unpack(tensors, *self._parts(), source)
        except GanlibError as error:
            raise distributed.once(error) from None
        self.step = self._saved_step = metadata["step"]
        self.images = metadata["images"]
        self.seconds = metadata["seconds"]

    def _stored(self) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
        if self.out is None or not (self.out / checkpoints.STATE_FILE).exists():
            return None
        return checkpoints.load_training(self.out)

    def _guard_other_runs(self) -> None:
        if self.step == 0 and self.out and (self.out / checkpoints.STATE_FILE).exists():
            raise GanlibError(
                f"{self.out} already holds a run; call resume() before run() to go on with it, or "
                "choose another folder."
            )
