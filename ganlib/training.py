"""The trainer: alternating updates, averaged weights, reports, checkpoints and exact resume.

It knows no problem by name: an objective (objectives.py) brings networks and losses, a feed
(stores.py) brings batches. Time is counted in images, so that it means the same at any batch size.
"""

import copy
import json
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from ganlib import capture, checkpoints, runtime
from ganlib.errors import GanlibError
from ganlib.runlog import Report, RunLog

LOG_FILE = "log.csv"
MAY_CHANGE = ("images", "report_every", "checkpoint_every", "compile")
"""Settings that a resumed run may change; all others decide its numbers (beyond rounding)."""


@dataclass(frozen=True)
class TrainSettings:
    """How long, how fast, how often."""

    images: int
    """Length of the run, images: each step takes `batch` of them."""
    batch: int = 8
    """Images in a step. Larger is steadier, smaller gives more steps in the same time."""
    lr_g: float = 1.5e-4
    """Adam's step size for G, 0 to 0.1."""
    lr_d: float = 6e-4
    """Adam's step size for D, 0 to 0.1. Larger than G's lets D lead (Heusel et al. 2017); with
    equal ones G escapes a D that has not yet seen what a drawing is."""
    betas: tuple[float, float] = (0.5, 0.99)
    """Adam's memories, each in [0, 1): the opponent moves, so old slopes mislead; hence 0.5."""
    decay_fraction: float = 0.5
    """Share of the run, at its end, over which both step sizes fall linearly to 0; 0 to 1."""
    ema_half_life: float = 10_000
    """Images after which a weight counts half in G's running average, the network that serves; at
    the start a tenth of the images seen, if that is less, so that it forgets the random start."""
    seed: int = 0
    """Decides every random number of the run, 0 or more."""
    precision: str = "auto"
    """"fp32", "bf16", or "auto": bf16 where the hardware computes in it."""
    compile: str = "off"
    """A mode of capture.py: "off", "nets", "step" or "both"; without an NVIDIA GPU, all are "off".
    "step" repeats the whole iteration as one CUDA graph, which small images gain most from."""
    report_every: int = 1_000
    """Images from one report to the next. A report reads the device: not every step."""
    checkpoint_every: int = 20_000
    """Images from one checkpoint to the next: what a power cut may cost."""

    def __post_init__(self) -> None:
        least = {"images": 1, "batch": 1, "seed": 0, "report_every": 1, "checkpoint_every": 1}
        for name, low in least.items():
            value = getattr(self, name)
            self._require(name, isinstance(value, int) and value >= low, f"whole, at least {low}")
        self._require("seed", self.seed < 2**63, "less than 2**63")
        for name in ("lr_g", "lr_d"):
            self._require(name, 0 <= getattr(self, name) <= 0.1, "from 0 to 0.1")
        betas = isinstance(self.betas, tuple | list) and len(self.betas) == 2
        self._require("betas", betas and all(0 <= b < 1 for b in self.betas), "two, in [0, 1)")
        self._require("decay_fraction", 0 <= self.decay_fraction <= 1, "from 0 to 1")
        self._require("ema_half_life", self.ema_half_life > 0, "more than 0")
        known = ", ".join(runtime.PRECISIONS)
        self._require("precision", self.precision in runtime.PRECISIONS, f"one of {known}")
        modes = ", ".join(capture.MODES)
        self._require("compile", self.compile in capture.MODES, f"one of {modes}")

    def _require(self, name: str, met: bool, wanted: str) -> None:
        if not met:
            raise GanlibError(
                f"TrainSettings.{name} must be {wanted}, not {getattr(self, name)!r}."
            )


class Trainer:
    """Trains an objective, on the device where its parameters are.

    `feed(n)` gives a batch on that device. `out` is the folder for `state.safetensors` and
    `log.csv`; None keeps nothing. Each of `on_report` is called with every report, a flat dict:
    step, images, images_per_second, lr, and the means since the last report of D's terms ("d_..."),
    G's terms ("g_...") and the monitors. `about` names whatever else decides the numbers, such as
    the data: a run is resumed only with an equal one. `ema` is G with averaged weights, the one to
    use; `seconds` is the time trained, over all parts of a run.
    """

    def __init__(
        self,
        objective: nn.Module,
        feed: Callable[[int], dict[str, Tensor]],
        settings: TrainSettings,
        out: Path | str | None = None,
        on_report: Iterable[Callable[[Report], None]] = (),
        about: dict | None = None,
    ) -> None:
        self.device = next(objective.parameters()).device
        # Channels last is the layout that convolutions compute in, on CPUs and on GPUs.
        self.objective = objective.to(memory_format=torch.channels_last)
        self.feed = feed
        self.settings = settings
        self.out = None if out is None else Path(out)
        self.log = None if out is None else RunLog(self.out / LOG_FILE)
        self.on_report = [*([self.log] if self.log else []), *on_report]
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
        self._records: list[dict[str, Tensor]] = []
        self._since = (0, time.perf_counter())
        self._saved_step = -1
        self._clock = time.perf_counter()

    def _adam(self, parameters: list[nn.Parameter], rate: float) -> torch.optim.Adam:
        fused = self.device.type in ("cpu", "cuda")
        return torch.optim.Adam(parameters, lr=rate, betas=tuple(self.settings.betas), fused=fused)

    def run(self) -> "Trainer":
        """Train until `settings.images`; Ctrl-C finishes the step, saves, and returns early.

        GanlibError if a loss stops being a finite number, if the disk fails, or if `out` holds a
        run that was not resumed. The last good checkpoint stays.
        """
        self._guard_other_runs()
        if self.log and self.step == 0:
            self.log.rewind(0)  # rows of a run that was killed before its first checkpoint
        self._since = (self.images, time.perf_counter())
        self._clock = time.perf_counter() - self.seconds
        bar = tqdm(total=self.settings.images, initial=self.images, unit="img", unit_scale=True)
        advance = capture.stepper(self)
        with bar, runtime.catch_interrupt() as interrupt:
            while self.images < self.settings.images and not interrupt.is_set():
                advance()
                bar.update(self.settings.batch)
                if self._due(self.settings.report_every):
                    bar.set_postfix_str(self._summary(self._report()), refresh=False)
                if self._due(self.settings.checkpoint_every):
                    self.save()
            self.interrupted = interrupt.is_set()
            self.save()
        return self

    def train_step(self) -> None:
        """One update of D, one of G, one of the average."""
        self.prepare()
        self.settle(self.play(self.penalised(), self.share(self.images + self.settings.batch)))

    def prepare(self) -> None:
        """What the host decides before a step: its random numbers and its rates."""
        runtime.seed_step(self.settings.seed, self.step)
        self._set_rates()

    def penalised(self) -> bool:
        """Whether the lazy penalty is due in the coming step."""
        every = self.objective.penalty_every
        return every > 0 and self.step % every == 0

    def play(self, penalised: bool, share: float | Tensor) -> dict[str, Tensor]:
        """What the device does in a step; its record. It reads nothing back and counts nothing, so
        capture.py can keep it as a graph. `share` is what the average takes of the new weights."""
        objective = self.objective
        batch = self.feed(self.settings.batch)

        with runtime.autocast(self.dtype, self.device):
            outputs = objective.generate(batch)
            d_terms = objective.discriminator_loss(batch, outputs)
        if penalised:
            d_terms |= objective.penalty(batch, outputs)
        self._descend(self.adam_d, d_terms)

        # D is scenery in G's step: frozen, its weights get no gradients, which saves their cost.
        self._freeze(self.d_parameters, True)
        with runtime.autocast(self.dtype, self.device):
            g_terms = objective.generator_loss(batch, outputs)
        self._descend(self.adam_g, g_terms)
        self._freeze(self.d_parameters, False)

        self._average(share)
        record = {f"d_{name}": term for name, term in d_terms.items()}
        record |= {f"g_{name}": term for name, term in g_terms.items()} | objective.monitors
        return {name: value.detach() for name, value in record.items()}

    def settle(self, record: dict[str, Tensor]) -> None:
        """Count a step that was played, and keep its record for the next report."""
        self.step += 1
        self.images += self.settings.batch
        self._records.append(record)

    @staticmethod
    def _descend(adam: torch.optim.Adam, terms: dict[str, Tensor]) -> None:
        if terms:
            sum(terms.values()).backward()
            adam.step()
            adam.zero_grad(set_to_none=True)

    @staticmethod
    def _freeze(parameters: list[nn.Parameter], frozen: bool) -> None:
        for parameter in parameters:
            parameter.requires_grad_(not frozen)

    def rate(self) -> float:
        """The factor on both step sizes now: 1, then falling linearly to 0 at the end."""
        left = 1 - self.images / self.settings.images
        decay = self.settings.decay_fraction
        return 1.0 if left >= decay else left / decay

    def _set_rates(self) -> None:
        # Rounded to float32, as graphs hold them on the device: both ways of stepping are equal.
        rates = torch.tensor([self.settings.lr_g, self.settings.lr_d]) * self.rate()
        for adam, rate in zip((self.adam_g, self.adam_d), rates.tolist(), strict=True):
            adam.param_groups[0]["lr"] = rate

    def share(self, images: int) -> float:
        """What the average takes of the new weights after that many images, 0 to 1."""
        half_life = min(self.settings.ema_half_life, images / 10)
        return 1 - 0.5 ** (self.settings.batch / half_life)

    @torch.no_grad()
    def _average(self, share: float | Tensor) -> None:
        average = list(self.ema.parameters())
        # Not lerp: given its weight as a tensor, as a graph needs it, it runs tensor by tensor.
        change = torch._foreach_sub(list(self.objective.generator.parameters()), average)
        torch._foreach_mul_(change, share)
        torch._foreach_add_(average, change)

    def _due(self, every: int) -> bool:
        return self.images // every > (self.images - self.settings.batch) // every

    def _read(self) -> dict[str, float]:
        """Means of the records since the last report, in one transfer from the device."""
        values = [value for record in self._records for value in record.values()]
        numbers = iter(torch.stack(values).tolist() if values else ())
        series: dict[str, list[float]] = {}
        first = self.step - len(self._records)
        for step, record in enumerate(self._records, first):
            for name in record:
                number = next(numbers)
                if not math.isfinite(number):
                    raise GanlibError(
                        f"training diverged: {name} became {number} at step {step} (image "
                        f"{step * self.settings.batch}); lower the learning rates or strengthen "
                        "R1, and resume from the last checkpoint, which was saved before this."
                    )
                series.setdefault(name, []).append(number)
        return {name: sum(numbers) / len(numbers) for name, numbers in series.items()}

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
        for listener in self.on_report:
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
        tensors, metadata = self.state()
        for name, tensor in tensors.items():
            # A finite loss may have an infinite slope, which shows in the weights a step sooner.
            if not torch.isfinite(tensor).all():
                raise GanlibError(
                    f"training diverged: {name} is not finite after step {self.step - 1}; lower "
                    "the learning rates, and resume from the last checkpoint."
                )
        checkpoints.save_training(self.out, tensors, metadata)
        self._saved_step = self.step

    def state(self) -> tuple[dict[str, Tensor], dict]:
        """(tensors, metadata): all that `load_state` needs to go on bit for bit."""
        tensors = {f"objective.{n}": t for n, t in self.objective.state_dict().items()}
        tensors |= {f"ema.{name}": t for name, t in self.ema.state_dict().items()}
        for player, adam in (("g", self.adam_g), ("d", self.adam_d)):
            for i, entry in adam.state_dict()["state"].items():
                tensors |= {f"adam_{player}.{i}.{name}": t for name, t in entry.items()}
        metadata = {"step": self.step, "images": self.images, "seconds": self.seconds}
        return tensors, metadata | self._identity()

    def _identity(self) -> dict:
        """What two parts of one run have in common, as JSON gives it back."""
        settings = {k: v for k, v in asdict(self.settings).items() if k not in MAY_CHANGE}
        return json.loads(json.dumps({"settings": settings, "about": self.about}))

    def resume(self) -> "Trainer":
        """Go on from the checkpoint in `out`; start afresh if there is none yet.

        With equal settings, the resumed run equals an uninterrupted one bit for bit (on a CPU with
        as many threads). `images` may be raised, to train for longer. GanlibError if the checkpoint
        is damaged, or of other networks, settings, objective or `about`.
        """
        if self._has_checkpoint():
            tensors, metadata = checkpoints.load_training(self.out)
            self.load_state(tensors, metadata)
            self.log.rewind(self.step)
        return self

    def load_state(self, tensors: dict[str, Tensor], metadata: dict) -> None:
        """Take over what `state` gave; GanlibError if it is of other networks or settings."""
        parts: dict[str, dict[str, Tensor]] = {"objective": {}, "ema": {}}
        for name, tensor in tensors.items():
            part, _, rest = name.partition(".")
            parts.setdefault(part, {})[rest] = tensor
        source = self.out or "the state"
        for part, now in self._identity().items():
            checkpoints.require_same(metadata[part], now, source)
        checkpoints.copy_into(self.objective, parts["objective"], source)
        checkpoints.copy_into(self.ema, parts["ema"], source)
        self._load_adam(self.adam_g, self.g_parameters, parts.get("adam_g", {}))
        self._load_adam(self.adam_d, self.d_parameters, parts.get("adam_d", {}))
        self.step = self._saved_step = metadata["step"]
        self.images = metadata["images"]
        self.seconds = metadata["seconds"]

    @staticmethod
    def _load_adam(
        adam: torch.optim.Adam, parameters: list[nn.Parameter], tensors: dict[str, Tensor]
    ) -> None:
        adam.state.clear()
        for name, tensor in tensors.items():
            index, _, entry = name.partition(".")
            parameter = parameters[int(index)]
            # Moments lie in memory as their weights do; their one other entry, the step, is scalar.
            like = parameter if tensor.ndim else tensor
            place = torch.zeros_like(like, device=parameter.device)
            adam.state[parameter][entry] = place.copy_(tensor)

    def _has_checkpoint(self) -> bool:
        return self.out is not None and (self.out / checkpoints.STATE_FILE).exists()

    def _guard_other_runs(self) -> None:
        if self.step == 0 and self._has_checkpoint():
            raise GanlibError(
                f"{self.out} already holds a run; call resume() before run() to go on with it, or "
                "choose another folder."
            )
