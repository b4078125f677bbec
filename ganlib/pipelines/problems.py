"""The problems that can be trained, each as one frozen config of all that decides its run.

A config holds networks, data, losses and training, and of each only what the problem uses.
`build.build_run` makes a `Trainer` of any of them, and the command line is made of them.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ganlib.core.config import (
    CycleLoss,
    MixedLoss,
    NoiseLoss,
    PairedLoss,
    TrainConfig,
    UnpairedLoss,
    require,
)
from ganlib.core.errors import ConfigError

Photos = tuple[Path, ...]


@dataclass(frozen=True)
class TranslatorShape:
    """Size and shape of generator and discriminator."""

    size: int = 64  # side of the images, pixels
    patch: Literal[1, 2] = 1  # 2 folds squares of pixels: four times as fast, coarser
    width: int = 32  # channels of G and D at the finest level
    blocks: int = 6  # residual blocks of G
    spectral_norm: bool = False  # of D, in place of its group norms
    levels: int = 3  # halvings of D: how much of the image one of its logits sees
    whole: bool = False  # D gives one logit for the image, in place of many for its patches


@dataclass(frozen=True)
class CycleShape:
    """Size and shape of the ResNet generators and the 70 x 70 patch discriminators."""

    size: int = 64  # side of the images, pixels
    width: int = 32  # channels at the finest level; the paper has 64
    blocks: int = 6  # residual blocks of each generator


@dataclass(frozen=True)
class NoiseShape:
    """Size and shape of the DCGAN pair."""

    size: int = 64  # side of the images, pixels: a power of two
    latent: int = 100  # numbers of noise that an image is made from
    width: int = 32  # channels at half the images' side
    upsampling: Literal["transposed", "resize"] = "transposed"  # resize: no checkerboard
    spectral_norm: bool = False  # of D, in place of its group norms


@dataclass(frozen=True)
class FacesShape:
    """Size and shape of the conditional DCGAN pair."""

    size: int = 64  # side of the images, pixels: 64 or 128
    width: int = 32  # channels at half the images' side
    spectral_norm: bool = False  # of D, in place of its group norms

    def __post_init__(self) -> None:
        require(self, "size", self.size in (64, 128), "64 or 128")


@dataclass(frozen=True)
class Twins:
    """Rendered people, of whom photograph and drawing are known."""

    twins: int = 6000  # people rendered for training

    def __post_init__(self) -> None:
        require(self, "twins", self.twins >= 1, "1 or more")


@dataclass(frozen=True)
class PairedData(Twins):
    """Rendered people, of whom photograph and drawing are known."""

    jitter: float = 0.25  # how much cameras differ, 0 to 2

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "jitter", 0 <= self.jitter <= 2, "from 0 to 2")


@dataclass(frozen=True)
class BackwardData(Twins):
    """Photographs of people, rendered or real."""

    photos: Photos = ()  # files or folders of real portraits, in place of rendered ones

    def __post_init__(self) -> None:
        super().__post_init__()
        for path in self.photos:
            if not path.exists():
                raise ConfigError("photos", f"names {path}, but there is no such file or folder.")


@dataclass(frozen=True)
class MixedData(PairedData, BackwardData):
    """Rendered people, and photographs of real ones."""

    photos: Photos = ()  # files or folders of real portraits


@dataclass(frozen=True)
class CycleData(PairedData, BackwardData):
    """Photographs, and drawings of other people."""

    drawings: int = 0  # people drawn; 0: as many as twins

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "drawings", self.drawings >= 0, "0 or more")


@dataclass(frozen=True)
class UnpairedData(CycleData):
    """Photographs, and drawings of other people; how tones go from the ones to the others."""

    relight: float = 0.0  # how much the light that G sees is changed, 0 to 2
    match_tones: bool = True  # whether tones are carried over to those of drawings first
    exposure: float = 0.0  # stops by which exposures differ, to be taken out; often 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "relight", 0 <= self.relight <= 2, "from 0 to 2")
        require(self, "exposure", self.exposure >= 0, "0 or more")
        if self.exposure and not self.match_tones:
            raise ConfigError("exposure", "is taken out of matched tones: without them give 0.")


@dataclass(frozen=True)
class NoiseConfig:
    """A DCGAN draws anime faces from random numbers; no photograph is involved."""

    network: NoiseShape = NoiseShape()
    data: Twins = Twins()
    loss: NoiseLoss = NoiseLoss()
    train: TrainConfig = TrainConfig()


@dataclass(frozen=True)
class FacesConfig:
    """A conditional DCGAN draws faces as asked for: style, hair, skin, glasses, beard."""

    network: FacesShape = FacesShape()
    data: Twins = Twins()
    loss: NoiseLoss = NoiseLoss()
    train: TrainConfig = TrainConfig()
    held_out: int = 1000  # held-out people behind each figure of the card

    def __post_init__(self) -> None:
        require(self, "held_out", self.held_out >= 2, "2 or more")


@dataclass(frozen=True)
class PairedConfig:
    """Photograph to drawing, the true drawing being known."""

    network: TranslatorShape = TranslatorShape()
    data: PairedData = PairedData()
    loss: PairedLoss = PairedLoss()
    train: TrainConfig = TrainConfig()
    init: str = ""  # start G from this model: a shipped one's name or a .safetensors file
    reader: str = ""  # the probe of the perceptual term: not the one that measures

    def __post_init__(self) -> None:
        if bool(self.loss.perceptual_weight) != bool(self.reader):
            raise ConfigError(
                "reader",
                "and --perceptual-weight belong together: give both or neither. A reader is made "
                "by `ganlib probe --seed 800001 --out FILE`.",
            )
        if self.reader:
            require(self.network, "size", self.network.size >= 64, "64 or more with a reader")


@dataclass(frozen=True)
class UnpairedConfig:
    """Photograph to drawing, without pairs: photographs and drawings of different people."""

    network: TranslatorShape = TranslatorShape()
    data: UnpairedData = UnpairedData()
    loss: UnpairedLoss = UnpairedLoss()
    train: TrainConfig = TrainConfig()
    init: str = ""  # start G from this model: a shipped one's name or a .safetensors file

    def __post_init__(self) -> None:
        _require_factor(self.loss, self.network)


@dataclass(frozen=True)
class CycleGANConfig:
    """Photograph to drawing, without pairs, as published by Zhu et al. 2017."""

    network: CycleShape = CycleShape()
    data: CycleData = CycleData(jitter=0.0)
    loss: CycleLoss = CycleLoss()
    train: TrainConfig = TrainConfig(batch=1, lr_g=2e-4, lr_d=2e-4, betas=(0.5, 0.999))


@dataclass(frozen=True)
class MixedConfig:
    """Photograph to drawing, with rendered pairs and real photographs in one batch."""

    network: TranslatorShape = TranslatorShape()
    data: MixedData = MixedData()
    loss: MixedLoss = MixedLoss()
    train: TrainConfig = TrainConfig()
    init: str = ""  # start G from this model: a shipped one's name or a .safetensors file

    def __post_init__(self) -> None:
        _require_factor(self.loss, self.network)
        _require_even(self.train)


@dataclass(frozen=True)
class BackwardConfig:
    """Drawing to photograph: F learns to turn a model's drawings back (Sennrich et al. 2016)."""

    model: str = ""  # the translator whose drawings are turned back; F starts as its copy
    data: BackwardData = BackwardData()
    loss: PairedLoss = PairedLoss(paired_weight=50.0)
    train: TrainConfig = TrainConfig()
    spectral_norm: bool = False  # of D, in place of its group norms

    def __post_init__(self) -> None:
        if self.loss.perceptual_weight:
            raise ConfigError("perceptual_weight", "must be 0: the backward model has no reader.")


@dataclass(frozen=True)
class BackTranslationConfig:
    """Photograph to drawing, without pairs, taught by a backward model's photographs of drawings:
    half of each batch are drawings with those, half photographs (Lample et al. 2018)."""

    backward: str = ""  # a model of `ganlib train backward`
    network: TranslatorShape = TranslatorShape()
    data: UnpairedData = UnpairedData(jitter=0.5)
    loss: MixedLoss = MixedLoss(paired_weight=20.0)
    train: TrainConfig = TrainConfig()
    init: str = ""  # start G from this model: a shipped one's name or a .safetensors file

    def __post_init__(self) -> None:
        _require_factor(self.loss, self.network)
        _require_even(self.train)


def _require_factor(loss: UnpairedLoss, network: TranslatorShape) -> None:
    met = not loss.low_frequency_weight or network.size % loss.factor == 0
    require(loss, "factor", met, f"a divisor of the size, {network.size}")


def _require_even(train: TrainConfig) -> None:
    require(train, "batch", train.batch % 2 == 0, "even, as half of it is pairs")


Config = (
    NoiseConfig
    | FacesConfig
    | PairedConfig
    | UnpairedConfig
    | CycleGANConfig
    | MixedConfig
    | BackwardConfig
    | BackTranslationConfig
)

QUICK = UnpairedConfig(
    # For short runs. Small batches and networks take more steps in the same seconds; small squares
    # say sooner where things are, before D has learnt to.
    network=TranslatorShape(width=24),
    data=UnpairedData(twins=2000, jitter=0.0, relight=1.5, exposure=0.1),
    loss=UnpairedLoss(factor=8),
    train=TrainConfig(images=8000, lr_g=6e-4),
)
"""`ganlib train unpaired-quick`: in minutes to 0.4 of the copy's error."""
PROBLEMS: dict[str, Config] = {
    "noise": NoiseConfig(),
    "faces": FacesConfig(),
    "paired": PairedConfig(),
    "unpaired": UnpairedConfig(),
    "unpaired-quick": QUICK,
    "cyclegan": CycleGANConfig(),
    "mixed": MixedConfig(),
    "backward": BackwardConfig(),
    "back-translation": BackTranslationConfig(),
}
"""Name on the command line -> the config with its defaults."""


def problem_of(config: Config) -> str:
    """The problem's name, as it stands on a card; of a lesson's own problem, its class's."""
    return next((n for n, c in PROBLEMS.items() if type(c) is type(config)), type(config).__name__)
