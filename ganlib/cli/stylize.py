"""`ganlib stylize`: photographs in, anime portraits out."""

import argparse
import sys
from collections.abc import Container
from pathlib import Path

from PIL import Image

from ganlib.core.errors import GanlibError
from ganlib.data.images import list_photos, read_photo, save_png
from ganlib.pipelines.stylize import Stylizer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photos", nargs="+", metavar="PHOTO", help="a picture, or a folder of them")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder to write to")
    parser.add_argument(
        "--model",
        default="unpaired",
        help="a shipped model's name or the path of a .safetensors file (default: %(default)s)",
    )
    parser.add_argument(
        "--side-by-side", action="store_true", help="put the framed photograph left of the drawing"
    )
    parser.add_argument(
        "--size", type=int, metavar="N", help="side to draw at, in pixels (default: the model's)"
    )
    parser.add_argument(
        "--scale",
        type=int,
        default=1,
        choices=range(1, 17),
        metavar="N",
        help="enlarge what is written N times, 1 to 16 (default: %(default)s)",
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, mps (default: auto)")
    parser.add_argument(
        "--precision", default="auto", help="auto, fp32 or bf16 (default: %(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Draw them all; photographs that cannot be read are named at the end, and the status is 1."""
    photos = list_photos(arguments.photos)
    _make_folder(arguments.out)
    stylizer = Stylizer.load(
        arguments.model,
        device=arguments.device,
        precision=arguments.precision,
        size=arguments.size,
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
        picture = converted.side_by_side() if arguments.side_by_side else converted.anime
        target = _free_name(arguments.out, photo.stem, written)
        save_png(_enlarge(picture, arguments.scale), target)
        written.add(target)
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
        raise GanlibError(
            f"cannot write to the folder {folder} ({error.strerror}); give another with --out."
        ) from error


def _free_name(folder: Path, stem: str, taken: Container[Path]) -> Path:
    """folder/stem.png, or stem-2.png and so on: no file there is ever overwritten."""
    target, number = folder / f"{stem}.png", 1
    while target in taken or target.exists():
        number += 1
        target = folder / f"{stem}-{number}.png"
    return target


def _enlarge(image: Image.Image, scale: int) -> Image.Image:
    size = (image.width * scale, image.height * scale)
    return image if scale == 1 else image.resize(size, Image.Resampling.BICUBIC)
