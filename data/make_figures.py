"""Draw the README's pictures again.

    python data/make_figures.py [--photos FOLDER] [--model portrait]

--photos is the folder of photographs that data/README.md names: with it, the sheet of people whom
no training saw is drawn too. It holds drawings alone, and lies where lesson 00 finds it.
"""

import argparse
import io
from collections.abc import Sequence
from pathlib import Path

import torch
from matplotlib import cbook
from PIL import Image
from skimage.data import astronaut

from ganlib.core.files import write_atomic
from ganlib.data.images import grid, read_photo, save_png, to_tensor
from ganlib.data.portraits import PortraitFolder
from ganlib.pipelines.stylize import Converted, Stylizer
from ganlib.twins import render_twins, sample_people

ROOT = Path(__file__).resolve().parents[1]
FIGURES = ROOT / "data" / "figures"
UNSEEN = ROOT / "ganlib" / "lessons" / "results" / "unseen.webp"
COLUMNS = 6
SIDE = 256


def save(pictures: Sequence[Image.Image], columns: int, path: Path) -> None:
    """Pictures in rows, as WebP: a seventh of a PNG's size."""
    sheet = grid(to_tensor([picture.resize((SIDE, SIDE)) for picture in pictures]), columns)
    buffer = io.BytesIO()
    sheet.save(buffer, "webp", quality=92, method=6)
    write_atomic(path, buffer.getvalue())


def in_styles(model: str, photos: list[Image.Image]) -> list[tuple[Converted, ...]]:
    """Of each photograph, its portraits in all styles of the model, as from `ganlib stylize`."""
    first = Stylizer.load(model)
    each = [Stylizer(first.model, first.card, style=style) for style in first.styles]
    return list(zip(*(stylizer.convert_batch(photos) for stylizer in each), strict=True))


def twins() -> None:
    """Six rows of eight twins, a style in turn for each."""
    styles = torch.arange(48) % 4
    people = sample_people(48, seed=2026).replace(style=styles, zoom=1.0, line_weight=1.0)
    pairs = torch.stack(render_twins(people, size=96), dim=1)
    save_png(grid(pairs.flatten(0, 1), columns=16), FIGURES / "twins.png")


def portraits(model: str) -> None:
    """Two real people: the photograph, and its drawing in every style."""
    hopper = read_photo(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))
    drawn = in_styles(model, [Image.fromarray(astronaut()), hopper])
    pictures = [side for row in drawn for side in (row[0].source, *(part.anime for part in row))]
    save(pictures, len(drawn[0]) + 1, FIGURES / "portraits.webp")


def unseen(model: str, photos: Path) -> None:
    """Every second of the people who are held out, in every style, two in a row."""
    folder = PortraitFolder(ROOT / "data" / "portraits", photos)
    names = [name for name in folder.names if folder.held_out(name)][::2]
    drawn = in_styles(model, [read_photo(folder.photo(name)) for name in names])
    save([part.anime for row in drawn for part in row], COLUMNS, UNSEEN)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--model", default="portrait", help="a shipped model's name, or its file")
    options = parser.parse_args()
    twins()
    portraits(options.model)
    if options.photos:
        unseen(options.model, options.photos)


if __name__ == "__main__":
    main()
