"""How a run goes: its length, its step sizes, who moves when, and how often it is looked at."""

from dataclasses import dataclass

from ganlib import capture, runtime
from ganlib.errors import GanlibError

UPDATES = ("alternating", "simultaneous")
MAY_CHANGE = ("images", "report_every", "checkpoint_every", "sample_every", "compile")
"""Settings that a resumed run may change. `images` does decide when the step sizes fall: a run that
is made longer goes on with those of the longer run."""


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
    d_steps: int = 1
    """Steps of D for each of G, 1 or more; every further one has a batch of its own, which does not
    count as images seen. Arjovsky et al. 2017 give a critic 5."""
    update: str = "alternating"
    """"alternating": G answers the D that has just moved. "simultaneous": both slopes are taken at
    one point, as theory often does, and the same game may then go round in growing circles."""
    clip: float = 0.0
    """Longest gradient of a player, all its weights as one vector; longer ones are shortened to it.
    0 for any length."""
    warmup: int = 0
    """Images over which both step sizes rise linearly from nothing; 0 for none."""
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
    sample_every: int = 0
    """Images from one sheet of samples to the next; 0 for none."""

    def __post_init__(self) -> None:
        least = {"images": 1, "batch": 1, "seed": 0, "d_steps": 1, "warmup": 0}
        least |= {"report_every": 1, "checkpoint_every": 1, "sample_every": 0}
        for name, low in least.items():
            value = getattr(self, name)
            self._require(name, isinstance(value, int) and value >= low, f"whole, at least {low}")
        self._require("seed", self.seed < 2**63, "less than 2**63")
        for name in ("lr_g", "lr_d"):
            self._require(name, 0 <= getattr(self, name) <= 0.1, "from 0 to 0.1")
        betas = isinstance(self.betas, tuple | list) and len(self.betas) == 2
        self._require("betas", betas and all(0 <= b < 1 for b in self.betas), "two, in [0, 1)")
        self._require("update", self.update in UPDATES, f"one of {', '.join(UPDATES)}")
        both = self.update == "simultaneous" and self.d_steps > 1
        self._require("d_steps", not both, 'at most 1 with the update "simultaneous"')
        self._require("clip", 0 <= self.clip < float("inf"), "0 or more, and finite")
        self._require("decay_fraction", 0 <= self.decay_fraction <= 1, "from 0 to 1")
        self._require("ema_half_life", self.ema_half_life > 0, "more than 0")
        known = ", ".join(runtime.PRECISIONS)
        self._require("precision", self.precision in runtime.PRECISIONS, f"one of {known}")
        modes = ", ".join(capture.MODES)
        self._require("compile", self.compile in capture.MODES, f"one of {modes}")

    def rate(self, images: int) -> float:
        """The factor on both step sizes of the step after `images` images: rising in the warm-up,
        1, falling to 0 at the end."""
        left = 1 - images / self.images
        factor = 1.0 if left >= self.decay_fraction else left / self.decay_fraction
        # The step's own images count, so that the first one is not made in vain.
        return factor * min(1.0, (images + self.batch) / self.warmup) if self.warmup else factor

    def share(self, images: int) -> float:
        """What the average takes of the new weights after that many images, 0 to 1."""
        half_life = min(self.ema_half_life, images / 10)
        return 1 - 0.5 ** (self.batch / half_life)

    def _require(self, name: str, met: bool, wanted: str) -> None:
        if not met:
            raise GanlibError(
                f"TrainSettings.{name} must be {wanted}, not {getattr(self, name)!r}."
            )
