"""`ganlib stylize`: photographs in, anime portraits out."""

import sys
from collections.abc import Container
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import tyro
from PIL import Image

from ganlib.cli.options import parse
from ganlib.core.config import require
from ganlib.core.errors import ConfigError, GanlibError
from ganlib.data.images import list_photos, read_photo, save_png
from ganlib.pipelines.stylize import Stylizer


@dataclass(frozen=True, kw_only=True)
class Options:
    """What to draw, and how."""

    photos: Annotated[tuple[Path, ...], tyro.conf.Positional] = field()  # pictures, or folders
    out: Path  # folder to write to
    model: str = "unpaired"  # a shipped model's name, or a .safetensors file
    side_by_side: bool = False  # put the framed photograph left of the drawing
    size: int = 0  # side to draw at, pixels; 0: the model's own
    scale: int = 1  # enlarge what is written so many times, 1 to 16
    device: str = "auto"  # auto, cpu, cuda, mps
    precision: Literal["auto", "fp32", "bf16"] = "auto"  # auto: bf16 where hardware has it
    quiet: bool = False  # name only what went wrong

    def __post_init__(self) -> None:
        require(self, "scale", 1 <= self.scale <= 16, "from 1 to 16")


def run(words: list[str]) -> int:
    """Draw them all; photographs that cannot be read are named at the end, and the status is 1."""
    about = "Draw the faces in photographs as anime portraits."
    example = "ganlib stylize me.jpg --out drawings --side-by-side --scale 4"
    options = parse(Options, words, "ganlib stylize", about, example)
    if not options.photos:
        print(f"ganlib: error: name a photograph, or a folder of them: {example}", file=sys.stderr)
        return 2
    photos = list_photos(options.photos)
    _make_folder(options.out)
    stylizer = Stylizer.load(
        options.model, device=options.device, precision=options.precision, size=options.size or None
    )
    problems: list[GanlibError] = []
    written: set[Path] = set()
    for photo in photos:
        # Only reading may fail and go on: a full disk or a broken model would fail all the rest.
        try:
            image = read_photo(photo)
        except GanlibError as error:
            problems.append(error)
            continue
        converted = stylizer.convert(image)
        if not converted.frame.found:
            print(
                f"ganlib: warning: no face seen in {photo}; drawing its central square. "
                "An upright face from the front, a quarter of the picture's height or more, "
                "works best.",
                file=sys.stderr,
            )
        picture = converted.side_by_side() if options.side_by_side else converted.anime
        target = free_name(options.out, photo.stem, written)
        save_png(_enlarge(picture, options.scale), target)
        written.add(target)
        if not options.quiet:
            print(f"{photo} → {target} ({converted.seconds:.2f} s)", flush=True)
    if problems:
        print(
            f"ganlib: error: {len(problems)} of {len(photos)} photographs could not be used:",
            *(f"  {problem}" for problem in problems),
            sep="\n",
            file=sys.stderr,
        )
    return 1 if problems else 0


def _make_folder(folder: Path) -> None:
    """Now, so that a mistyped folder costs no work."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            "out", f"cannot be {folder} ({error.strerror}); give another folder."
        ) from error


def free_name(folder: Path, stem: str, taken: Container[Path] = ()) -> Path:
    """folder/stem.png, or stem-2.png and so on: no file there is ever overwritten."""
    target, number = folder / f"{stem}.png", 1
    while target in taken or target.exists():
        number += 1
        target = folder / f"{stem}-{number}.png"
    return target


def _enlarge(image: Image.Image, scale: int) -> Image.Image:
    size = (image.width * scale, image.height * scale)
    return image if scale == 1 else image.resize(size, Image.Resampling.BICUBIC)
