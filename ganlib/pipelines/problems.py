"""The problems that can be trained, each as one frozen config of all that decides its run: of
networks, data, losses and training only what the problem uses. `build.build_run` makes a `Trainer`
of any of them, and the command line is made of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from ganlib.core import config as core
from ganlib.core.errors import ConfigError

Photos = tuple[Path, ...]
TRANSLATION, BACKWARD = "photograph → drawing", "drawing → photograph"
NOISE, FACES = "noise → drawing", "noise → drawing, as asked for"


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
        core.require(self, "size", self.size in (64, 128), "64 or 128")


@dataclass(frozen=True)
class Twins:
    """Rendered people, of whom photograph and drawing are known."""

    twins: int = 6000  # people rendered for training

    def __post_init__(self) -> None:
        core.require(self, "twins", self.twins >= 1, "1 or more")


@dataclass(frozen=True)
class PairedData(Twins):
    """Rendered people, of whom photograph and drawing are known."""

    jitter: float = 0.25  # how much cameras differ, 0 to 2

    def __post_init__(self) -> None:
        super().__post_init__()
        core.require(self, "jitter", 0 <= self.jitter <= 2, "from 0 to 2")


@dataclass(frozen=True)
class OwnPairs(PairedData):
    """Rendered people, of whom photograph and drawing are known; or pairs of your own."""

    photos: Path | None = None  # folder of your photographs, in place of rendered people
    drawings: Path | None = None  # folder of their drawings, under the same names

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.photos is None) != (self.drawings is None):
            raise ConfigError("drawings", "and --photos belong together: give both or neither.")


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
        core.require(self, "drawings", self.drawings >= 0, "0 or more")


@dataclass(frozen=True)
class UnpairedData(CycleData):
    """Photographs, and drawings of other people; how tones go from the ones to the others."""

    relight: float = 0.0  # how much the light that G sees is changed, 0 to 2
    match_tones: bool = True  # whether tones are carried over to those of drawings first
    exposure: float = 0.0  # stops by which exposures differ, to be taken out; often 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        core.require(self, "relight", 0 <= self.relight <= 2, "from 0 to 2")
        core.require(self, "exposure", self.exposure >= 0, "0 or more")
        if self.exposure and not self.match_tones:
            raise ConfigError("exposure", "is taken out of matched tones: without them give 0.")


class Problem:
    """What all configs of runs have in common."""

    use: ClassVar[str] = TRANSLATION  # what a model of it is for
    halved: ClassVar[bool] = False  # whether half of a batch is pairs
    network: Any
    data: Any
    loss: Any
    train: core.TrainConfig
    __dataclass_fields__: ClassVar[dict[str, Any]]

    def __post_init__(self) -> None:
        train, loss = self.train, self.loss
        met = not self.halved or train.batch % 2 == 0
        core.require(train, "batch", met, "even, as half of it is pairs")
        if isinstance(loss, core.UnpairedLoss) and loss.low_frequency_weight:
            size = self.network.size
            core.require(loss, "factor", size % loss.factor == 0, f"a divisor of the size, {size}")


@dataclass(frozen=True)
class NoiseConfig(Problem):
    """A DCGAN draws anime faces from random numbers; no photograph is involved."""

    use = NOISE
    network: NoiseShape = NoiseShape()
    data: Twins = Twins()
    loss: core.NoiseLoss = core.NoiseLoss()
    train: core.TrainConfig = core.TrainConfig()


@dataclass(frozen=True)
class FacesConfig(Problem):
    """A conditional DCGAN draws faces as asked for: style, hair, skin, glasses, beard."""

    use = FACES
    network: FacesShape = FacesShape()
    data: Twins = Twins()
    loss: core.NoiseLoss = core.NoiseLoss()
    train: core.TrainConfig = core.TrainConfig()
    held_out: int = 1000  # held-out people behind each figure of the card

    def __post_init__(self) -> None:
        super().__post_init__()
        core.require(self, "held_out", self.held_out >= 2, "2 or more")


@dataclass(frozen=True)
class PairedConfig(Problem):
    """Photograph to drawing, the true drawing being known."""

    network: TranslatorShape = TranslatorShape()
    data: OwnPairs = OwnPairs()
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
class UnpairedConfig(Problem):
    """Photograph to drawing, without pairs: photographs and drawings of different people."""

    network: TranslatorShape = TranslatorShape()
    data: UnpairedData = UnpairedData()
    loss: core.UnpairedLoss = core.UnpairedLoss()
    train: core.TrainConfig = core.TrainConfig()
    init: str = ""  # start G from this model: a shipped one's name or a .safetensors file


@dataclass(frozen=True)
class CycleGANConfig(Problem):
    """Photograph to drawing, without pairs, as published by Zhu et al. 2017."""

    network: CycleShape = CycleShape()
    data: CycleData = CycleData(jitter=0.0)
    loss: core.CycleLoss = core.CycleLoss()
    train: core.TrainConfig = core.TrainConfig(batch=1, lr_g=2e-4, lr_d=2e-4, betas=(0.5, 0.999))


@dataclass(frozen=True)
class MixedConfig(Problem):
    """Photograph to drawing, with rendered pairs and real photographs in one batch."""

    halved = True
    network: TranslatorShape = TranslatorShape()
    data: MixedData = MixedData()
    loss: core.MixedLoss = core.MixedLoss()
    train: core.TrainConfig = core.TrainConfig()
    init: str = ""  # start G from this model: a shipped one's name or a .safetensors file


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
    data: BackwardData = BackwardData()
    loss: BackwardLoss = BackwardLoss()
    train: core.TrainConfig = core.TrainConfig()
    spectral_norm: bool = False  # of D, in place of its group norms


@dataclass(frozen=True)
class BackTranslationConfig(Problem):
    """Photograph to drawing, without pairs, taught by a backward model's photographs of drawings:
    half of each batch are drawings with those, half photographs (Lample et al. 2018)."""

    halved = True
    backward: str = ""  # a model of `ganlib train backward`
    network: TranslatorShape = TranslatorShape()
    data: UnpairedData = UnpairedData(jitter=0.5)
    loss: core.MixedLoss = core.MixedLoss(paired_weight=20.0)
    train: core.TrainConfig = core.TrainConfig()
    init: str = ""  # start G from this model: a shipped one's name or a .safetensors file


QUICK = UnpairedConfig(  # small networks take more steps a second
    network=TranslatorShape(width=24),
    data=UnpairedData(twins=2000, jitter=0.0, relight=1.5, exposure=0.1),
    loss=core.UnpairedLoss(factor=8),
    train=core.TrainConfig(images=8000, lr_g=6e-4),
)
"""`ganlib train unpaired-quick`: in minutes to 0.4 of the copy's error."""
PROBLEMS: dict[str, Problem] = {
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


def problem_of(config: Problem) -> str:
    """The problem's name, as it stands on a card; of a lesson's own problem, its class's."""
    return next((n for n, c in PROBLEMS.items() if type(c) is type(config)), type(config).__name__)
