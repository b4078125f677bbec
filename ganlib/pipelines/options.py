"""Groups of options that problems are made of: sizes of networks, and datasets."""

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ganlib.core import config as core
from ganlib.core.errors import ConfigError
from ganlib.data.images import expand

Photos = tuple[Path, ...]


def require_there(option: str, paths: Photos) -> None:
    """ConfigError unless all that an option names is there."""
    for path in expand(paths):
        if not os.path.exists(path):
            raise ConfigError(option, f"names {path}, but there is no such file or folder.")


def quoted(word: object) -> str:
    """A word as sh and cmd.exe take it: in double quotes if it needs any, and they are enough."""
    said = shlex.quote(str(word))
    return said if set("\"'$`!") & set(str(word)) else said.replace("'", '"')


def as_words(shape: dict[str, Any]) -> list[str]:
    """The shape of a network as words of `ganlib train`."""
    flags = [f"--{name}" for name, value in shape.items() if value is True]
    values = [(f"--{name}", str(v)) for name, v in shape.items() if not isinstance(v, bool)]
    return [word for pair in values for word in pair] + flags


@dataclass(frozen=True)
class TranslatorShape:
    """Size and shape of generator and discriminator."""

    size: int = 64  # side of the images, pixels
    patch: Literal[1, 2, 4] = 1  # 2 folds squares of pixels: four times as fast, coarser; 4 more
    width: int = 32  # channels of G and D at the finest level
    blocks: int = 6  # residual blocks of G
    redraw: bool = False  # G draws from nothing, and not by changing the photograph; patch 2 or 4
    spectral_norm: bool = False  # of D, in place of its group norms
    levels: int = 3  # halvings of D: how much of the image one of its logits sees
    whole: bool = False  # D gives one logit for the image, in place of many for its patches

    def __post_init__(self) -> None:
        core.require(self, "patch", self.patch > 1 or not self.redraw, "2 or 4 with --redraw")


@dataclass(frozen=True)
class PortraitShape:
    """Size and shape of generator and discriminator."""

    size: int = 256  # side of the images, pixels
    patch: Literal[2, 4] = 4  # side of the squares of pixels that G folds first
    width: int = 48  # channels of G at the finest level
    blocks: int = 4  # residual blocks of G
    d_width: int = 16  # channels of D at the finest level
    levels: int = 2  # halvings of D: how much of the image one of its logits sees


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
    pack: int = 2  # drawings of one condition that D scores together: 1, or 2 against collapse

    def __post_init__(self) -> None:
        core.require(self, "size", self.size in (64, 128), "64 or 128")


@dataclass(frozen=True)
class Twins:
    """Rendered people, of whom photograph and drawing are known."""

    twins: int = 6000  # people rendered for training

    def __post_init__(self) -> None:
        core.require(self, "twins", self.twins >= 1, "1 or more")


@dataclass(frozen=True)
class FacesData(Twins):
    """Rendered people, so many of whom are alike in all that is asked for."""

    alike: int = 4  # people of one condition, who differ in what it leaves open

    def __post_init__(self) -> None:
        super().__post_init__()
        core.require(self, "alike", self.alike >= 1, "1 or more")
        many = self.twins % self.alike == 0
        core.require(self, "twins", many, f"a multiple of --alike, {self.alike}")


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
        require_there("photos", self.photos)


@dataclass(frozen=True)
class CycleData(PairedData, BackwardData):
    """Photographs, and drawings of other people."""

    drawings: Photos = ()  # files or folders of any drawings, in place of rendered ones
    drawn: int = 0  # people drawn, of the rendered ones; 0: as many as twins

    def __post_init__(self) -> None:
        super().__post_init__()
        core.require(self, "drawn", self.drawn >= 0, "0 or more")
        require_there("drawings", self.drawings)


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


@dataclass(frozen=True)
class PortraitData:
    """Pairs of photographs and drawings in several styles (data/draw_portraits.py)."""

    pairs: Path | None = None  # folder of the pairs
    real: float = 0.6  # share of real people in a batch; the others are rendered
    jitter: float = 0.25  # how much cameras differ, 0 to 2; much of it hides whose skin is how dark

    def __post_init__(self) -> None:
        for name, most in {"real": 1, "jitter": 2}.items():
            core.require(self, name, 0 <= getattr(self, name) <= most, f"from 0 to {most}")
