"""The problems that can be trained, each as one frozen config of all that decides its run: of
networks, data, losses and training only what the problem uses. `build.build_run` makes a `Trainer`
of any of them, and the command line is made of them."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from ganlib.core import config as core
from ganlib.core.errors import ConfigError
from ganlib.drawing import STYLES
from ganlib.pipelines import options
from ganlib.pipelines.portrait import PortraitLoss

TRANSLATION, BACKWARD = "photograph → drawing", "drawing → photograph"
PORTRAIT = "photograph → portrait in a style"
NOISE, FACES = "noise → drawing", "noise → drawing, as asked for"


class Problem:
    """What all configs of runs have in common."""

    use: ClassVar[str] = TRANSLATION  # what a model of it is for
    divided: ClassVar[tuple[int, str]] = (1, "")  # what a batch is a multiple of, and why
    network: Any
    data: Any
    loss: Any
    train: core.TrainConfig
    __dataclass_fields__: ClassVar[dict[str, Any]]

    def __post_init__(self) -> None:
        train, loss = self.train, self.loss
        n, why = self.divided
        core.require(train, "batch", train.batch % n == 0, f"a multiple of {n}: {why}")
        if isinstance(loss, core.UnpairedLoss) and loss.low_frequency_weight:
            size = self.network.size
            core.require(loss, "factor", size % loss.factor == 0, f"a divisor of the size, {size}")


@dataclass(frozen=True)
class NoiseConfig(Problem):
    """A DCGAN draws anime faces from random numbers; no photograph is involved."""

    use = NOISE
    network: options.NoiseShape = options.NoiseShape()
    data: options.Twins = options.Twins()
    loss: core.NoiseLoss = core.NoiseLoss()
    train: core.TrainConfig = core.TrainConfig()


@dataclass(frozen=True)
class FacesConfig(Problem):
    """A conditional DCGAN draws faces as asked for: style, hair, skin, glasses, beard."""

    use = FACES
    network: options.FacesShape = options.FacesShape()
    data: options.FacesData = options.FacesData()
    loss: core.NoiseLoss = core.NoiseLoss()
    train: core.TrainConfig = core.TrainConfig()
    held_out: int = 1000  # held-out people behind each figure of the card

    @property
    def divided(self) -> tuple[int, str]:  # type: ignore[override]
        return self.network.pack, "D scores so many together"

    def __post_init__(self) -> None:
        pack = self.network.pack
        core.require(self.network, "pack", 1 <= pack <= 16, "from 1 to 16")
        super().__post_init__()
        core.require(self, "held_out", self.held_out >= 2, "2 or more")
        packed = self.data.alike % pack == 0
        core.require(self.data, "alike", packed, f"a multiple of --pack, {pack}")
        plain = pack == 1 or not self.loss.gradient_penalty
        core.require(self.loss, "gradient_penalty", plain, "0 with --pack, as it mixes images")


@dataclass(frozen=True)
class PairedConfig(Problem):
    """Photograph to drawing, the true drawing being known."""

    network: options.TranslatorShape = options.TranslatorShape()
    data: options.OwnPairs = options.OwnPairs()
    loss: core.PairedLoss = core.PairedLoss()
    train: core.TrainConfig = core.TrainConfig()
    init: str = ""  # start G from this model: a shipped one's name or a .safetensors file
    reader: str = ""  # the probe of the perceptual term: not the one that measures

    def __post_init__(self) -> None:
        super().__post_init__()
        if bool(self.loss.perceptual_weight) != bool(self.reader):
            both = "and --perceptual-weight belong together: give both or neither"
            made = "a reader is made by ganlib's data/train_probe.py"
            raise ConfigError("reader", f"{both}; {made}.")
        if self.reader:
            core.require(self.network, "size", self.network.size >= 64, "64 or more with a reader")


@dataclass(frozen=True)
class PortraitConfig(Problem):
    """Photograph to portrait in one of several styles, from drawn pairs of people."""

    use = PORTRAIT
    divided = len(STYLES), "each photograph is drawn in every style"
    network: options.PortraitShape = options.PortraitShape()
    data: options.PortraitData = options.PortraitData()
    loss: PortraitLoss = PortraitLoss()
    train: core.TrainConfig = core.TrainConfig(
        images=84_000, batch=12, lr_g=2e-3, betas=(0.9, 0.999), decay=1.0, ema_half_life=4_000
    )
    optimizer: Literal["muon", "adam"] = "muon"  # of G; muon learns more from as many images
    init: str = ""  # start G from this model: a shipped one's name or a .safetensors file

    def __post_init__(self) -> None:
        super().__post_init__()
        graph = self.optimizer == "muon" and self.train.compile in ("step", "both")
        core.require(self.train, "compile", not graph, "off or nets with --optimizer muon")


@dataclass(frozen=True)
class UnpairedConfig(Problem):
    """Photograph to drawing, without pairs: photographs and drawings of different people."""

    network: options.TranslatorShape = options.TranslatorShape()
    data: options.UnpairedData = options.UnpairedData()
    loss: core.UnpairedLoss = core.UnpairedLoss()
    train: core.TrainConfig = core.TrainConfig()
    init: str = ""  # start G from this model: a shipped one's name or a .safetensors file


@dataclass(frozen=True)
class CycleGANConfig(Problem):
    """Photograph to drawing, without pairs, as published by Zhu et al. 2017."""

    network: options.CycleShape = options.CycleShape()
    data: options.CycleData = options.CycleData(jitter=0.0)
    loss: core.CycleLoss = core.CycleLoss()
    train: core.TrainConfig = core.TrainConfig(batch=1, lr_g=2e-4, lr_d=2e-4, betas=(0.5, 0.999))


@dataclass(frozen=True)
class BackwardLoss(core.PairedLoss):
    """Pairs whose photograph is wanted. There is no frozen network that could compare them."""

    paired_weight: core.Weight = 50.0  # λ, of the distance to the true photograph
    perceptual_weight: ClassVar[float] = 0.0  # type: ignore[misc] # no field, so no option


@dataclass(frozen=True)
class BackwardConfig(Problem):
    """Drawing to photograph: F learns to turn a model's drawings back (Sennrich et al. 2016)."""

    use = BACKWARD
    model: str = ""  # the translator whose drawings are turned back; F starts as its copy
    data: options.BackwardData = options.BackwardData()
    loss: BackwardLoss = BackwardLoss()
    train: core.TrainConfig = core.TrainConfig()
    spectral_norm: bool = False  # of D, in place of its group norms


@dataclass(frozen=True)
class BackTranslationConfig(Problem):
    """Photograph to drawing, without pairs, taught by a backward model's photographs of drawings:
    half of each batch are drawings with those, half photographs (Lample et al. 2018)."""

    divided = 2, "half of it is pairs"
    backward: str = ""  # a model of `ganlib train backward`
    network: options.TranslatorShape = options.TranslatorShape()
    data: options.UnpairedData = options.UnpairedData(jitter=0.5)
    loss: core.MixedLoss = core.MixedLoss(paired_weight=20.0)
    train: core.TrainConfig = core.TrainConfig()
    init: str = ""  # start G from this model: a shipped one's name or a .safetensors file


QUICK = UnpairedConfig(  # small networks take more steps a second
    network=options.TranslatorShape(width=24),
    data=options.UnpairedData(twins=2000, jitter=0.0, relight=1.5, exposure=0.1),
    loss=core.UnpairedLoss(factor=8),
    train=core.TrainConfig(images=8000, lr_g=6e-4),
)
"""`ganlib train unpaired-quick`: in minutes to 0.4 of the copy's error."""
PROBLEMS: dict[str, Problem] = {
    "noise": NoiseConfig(),
    "faces": FacesConfig(),
    "paired": PairedConfig(),
    "portrait": PortraitConfig(),
    "unpaired": UnpairedConfig(),
    "unpaired-quick": QUICK,
    "cyclegan": CycleGANConfig(),
    "backward": BackwardConfig(),
    "back-translation": BackTranslationConfig(),
}


def problem_of(config: Problem) -> str:
    """The problem's name, as it stands on a card; of a lesson's own problem, its class's."""
    return next((n for n, c in PROBLEMS.items() if type(c) is type(config)), type(config).__name__)
