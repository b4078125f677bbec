"""`ganlib stylize`: photographs in, anime portraits out."""

import os
import sys
from collections import Counter
from collections.abc import Container
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import tyro
from PIL import Image
from tqdm import tqdm

from ganlib.cli.options import parse
from ganlib.core import log
from ganlib.core.config import require
from ganlib.core.errors import ConfigError, GanlibError
from ganlib.data.decode import check_photo
from ganlib.data.images import SUFFIXES, list_photos, read_photo, save_png
from ganlib.pipelines.stylize import Converted, Stylizer

LONGEST_NAME = 255
"""Bytes of a file's name, on all usual disks."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What to draw, and how."""

    photos: Annotated[tuple[Path, ...], tyro.conf.Positional] = field()  # pictures, or folders
    out: Path = Path("drawings")  # folder to write to
    style: str = ""  # shoujo, cel or ink, or one of another model's; left out: the first
    model: str = "portrait"  # a shipped model's name, or a .safetensors file
    all_faces: bool = False  # draw every face, not the largest alone
    whole: bool = False  # put drawings of a model with styles back into the whole picture
    side_by_side: bool = False  # put the framed photograph left of the drawing
    resume: bool = False  # leave out photographs that have a drawing in --out
    size: int = 0  # side of the drawing, pixels; 0: the model's own
    device: str = "auto"  # auto, cpu, cuda, mps
    precision: Literal["auto", "fp32", "bf16"] = "auto"  # auto: bf16 where hardware has it
    quiet: bool = False  # name only what went wrong

    def __post_init__(self) -> None:
        require(self, "size", 0 <= self.size <= 4096, "from 0 to 4096")
        if self.out.suffix.lower() in SUFFIXES and not self.out.is_dir():
            raise ConfigError("out", f"must be a folder, not a picture, as {self.out} would be.")
        for other in ("side_by_side", "size"):
            if self.whole and getattr(self, other):
                option = other.replace("_", "-")
                raise ConfigError("whole", f"and --{option} exclude one another: give one of them.")


def run(words: list[str]) -> int:
    """Draw them all; photographs that cannot be read are named at the end, and the status is 1."""
    about = "Draw the faces in photographs as anime portraits."
    example = "ganlib stylize me.jpg --side-by-side --size 512"
    options = parse(Options, words, "ganlib stylize", about, example)
    if not options.photos:
        print(f"ganlib: error: name a photograph, or a folder of them: {example}", file=sys.stderr)
        return 2
    photos = list_photos(options.photos, options.out)
    _make_folder(options.out)
    stylizer = Stylizer.load(
        options.model, device=options.device, precision=options.precision, style=options.style
    )
    if options.whole and not stylizer.styles:
        raise ConfigError("whole", f"needs a model with styles, which {options.model} is not.")
    if options.resume:
        seen: Counter[Path] = Counter()
        drawn_before = {p for p in photos if is_drawn(p, options.out, seen)}
        photos = [photo for photo in photos if photo not in drawn_before]
    problems: list[GanlibError] = []
    written: set[Path] = set()
    many = log.progress(photos, desc="drawing", unit="photograph") if len(photos) > 1 else photos
    for photo in many:
        # Only reading may fail and go on: a full disk or a broken model would fail all the rest.
        try:
            image = read_photo(photo)
        except GanlibError as error:
            problems.append(error)
            continue
        drawn = stylizer.convert_all(image) if options.all_faces else [stylizer.convert(image)]
        if not drawn[0].frame.found:
            if options.whole:
                problems.append(GanlibError(f"{photo} has no face to draw; leave out --whole."))
                continue
            _warn(photo)
        elif drawn[0].faces > len(drawn) and not options.quiet:
            said = f"{drawn[0].faces} faces in {photo}: the largest is drawn; --all-faces draws all"
            tqdm.write(f"ganlib: note: {said}.", file=sys.stderr)
        pictures = _pictures(image, drawn, options)
        for picture in pictures:
            target = free_name(options.out, photo.stem, written)
            save_png(picture, target)
            written.add(target)
            if not options.quiet:
                tqdm.write(f"{photo} → {target} ({drawn[0].seconds:.2f} s)")  # above the bar
                sys.stdout.flush()
    if problems:
        said = f"{len(problems)} of {len(photos)} photographs could not be used:"
        print(f"ganlib: error: {said}", *problems, sep="\n  ", file=sys.stderr)
    return 1 if problems else 0


def _pictures(image: Image.Image, drawn: list[Converted], options: Options) -> list[Image.Image]:
    """What is written of one photograph: its portraits, or the whole of it with them in place."""
    if options.whole:
        for portrait in drawn:
            if portrait.alignment:
                image = portrait.alignment.blend(image, portrait.anime)
        return [image]
    sized = [row.resized(options.size) for row in drawn] if options.size else drawn
    return [row.side_by_side() if options.side_by_side else row.anime for row in sized]


def _warn(photo: Path) -> None:
    tqdm.write(
        f"ganlib: warning: no face seen in {photo}; drawing its central square. "
        "An upright face from the front, a quarter of the picture's height or more, works best.",
        file=sys.stderr,
    )


def _make_folder(folder: Path) -> None:
    """Now, so that a mistyped folder costs no work."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = f"cannot be {folder} ({error.strerror}); give another folder."
        raise ConfigError("out", problem) from error


def is_drawn(photo: Path, folder: Path, seen: Counter[Path]) -> bool:
    """Whether a photograph has a drawing in a folder, where it may itself lie; `seen` counts the
    photographs whose drawings have one name and a number."""
    try:
        check_photo(photo)
    except GanlibError:
        return False
    first = drawing_name(folder, photo.stem)
    seen[first] += 1
    target = drawing_name(folder, photo.stem, seen[first])
    if target.exists() and target.samefile(photo):
        target = drawing_name(folder, photo.stem, seen[first] + 1)
    return target.exists()


def free_name(folder: Path, stem: str, taken: Container[Path] = ()) -> Path:
    """folder/stem.png, or stem-2.png and so on: no file there is ever overwritten."""
    target, number = drawing_name(folder, stem), 1
    while target in taken or target.exists():
        number += 1
        target = drawing_name(folder, stem, number)
    return target


def drawing_name(folder: Path, stem: str, number: int = 1) -> Path:
    """folder/stem.png, or stem-2.png and so on; a long stem is cut to what disks take."""
    end = f"-{number}.png" if number > 1 else ".png"
    while len(os.fsencode(stem + end)) > LONGEST_NAME:
        stem = stem[:-1]
    return folder / (stem + end)
