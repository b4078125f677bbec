"""`ganlib draw`: faces from noise, as asked for."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from ganlib.cli.options import parse
from ganlib.core.config import require
from ganlib.core.device import find_device
from ganlib.core.errors import ConfigError
from ganlib.core.files import write_atomic
from ganlib.core.networks.conditional import ConditionalGenerator
from ganlib.core.networks.dcgan import DCGANGenerator
from ganlib.data.conditions import CONDITIONED, encode
from ganlib.data.datasets import face_people
from ganlib.data.images import SUFFIXES, grid, png, to_pil
from ganlib.measure.attributes import CHOICES
from ganlib.measure.control import draw
from ganlib.pipelines.results import noise_samples
from ganlib.twins import People
from ganlib.weights import load_model

COLUMNS = 8
"""Faces in a row of a sheet."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """Who is drawn; what is not asked for differs from face to face."""

    out: Path  # a .png for one sheet, or a folder for a file a face
    n: int = 8  # faces
    seed: int = 0  # of the noise, and of all that is not asked for
    style: str = ""  # soft, bold, flat or ink
    hair_colour: str = ""  # such as black, brown, blond, red, grey, pink
    hair_style: str = ""  # such as short, bob, long, afro, ponytail, bald
    skin: float = -1.0  # 0 (light) to 1 (dark); less than 0: not asked for
    glasses: str = ""  # none, round, square, ... or sunglasses
    cover: str = ""  # of the head: none, scarf, turban, ...
    beard: str = ""  # none, stubble, full, ...
    model: str = "faces"  # a shipped model's name, or a .safetensors file
    scale: int = 1  # enlarge each pixel so many times, 1 to 16
    device: str = "auto"  # auto, cpu, cuda, mps

    def __post_init__(self) -> None:
        if self.out.suffix.lower() in set(SUFFIXES) - {".png"}:
            raise ConfigError("out", f"must be a .png file or a folder, not {self.out}.")
        require(self, "n", 1 <= self.n <= 10_000, "from 1 to 10000")
        require(self, "scale", 1 <= self.scale <= 16, "from 1 to 16")
        require(self, "seed", 0 <= self.seed < 2**63, "0 or more")
        require(self, "skin", self.skin <= 1, "at most 1")
        for name in CONDITIONED:
            value = getattr(self, name)
            if isinstance(value, str) and value and value not in CHOICES[name]:
                known = ", ".join(CHOICES[name])
                raise ConfigError(name, f"must be one of {known}, not {value!r}.")

    def asked(self) -> dict[str, Any]:
        """{field of a person: what was asked for}."""
        given = {name: getattr(self, name) for name in CONDITIONED}
        return {k: v for k, v in given.items() if (v >= 0 if k == "skin" else v)}


def run(words: list[str]) -> int:
    """Draw and write."""
    about = "Draw faces from noise, as asked for: nobody who exists."
    example = "ganlib draw --style ink --hair-colour red --glasses round --n 16 --out faces.png"
    options = parse(Options, words, "ganlib draw", about, example)
    images = make(options)
    drew = f"drew {options.n} face{'s' * (options.n > 1)}"
    if options.out.suffix.lower() == ".png":
        sheet = grid(images, min(COLUMNS, options.n), options.scale)
        write_atomic(options.out, png(sheet, optimize=True))
        print(f"{drew} in {options.out}")
        return 0
    for i, picture in enumerate(to_pil(images)):
        side = picture.width * options.scale
        large = picture.resize((side, side), 0)  # nearest: pixels stay pixels
        write_atomic(options.out / f"face-{i:04d}.png", png(large, optimize=True))
    print(f"{drew} in {options.out}/")
    return 0


def make(options: Options) -> Tensor:
    """(n, 3, S, S) in [-1, 1]; GanlibError for a model that draws no faces from noise."""
    kinds = ConditionalGenerator.kind, DCGANGenerator.kind
    model = load_model(options.model, kinds)[0].to(find_device(options.device))
    if isinstance(model, ConditionalGenerator):
        people: People = face_people(options.n, options.seed).replace(**options.asked())
        return draw(model, encode(people), options.seed)
    if options.asked():
        name = next(iter(options.asked()))
        raise ConfigError(name, f"cannot be asked of {options.model}: it draws whatever it draws.")
    return noise_samples(model, options.n, options.seed)
