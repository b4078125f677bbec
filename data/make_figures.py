"""Draw the README's pictures again: python data/make_figures.py --photos FOLDER.

FOLDER has the photographs of data/portraits/; of them only drawings are shown.
"""

import argparse
from pathlib import Path

import torch
from matplotlib import cbook
from PIL import Image
from skimage.data import astronaut

from ganlib.data.images import grid, read_photo, save_png, to_tensor
from ganlib.data.portrait_pairs import is_held_out
from ganlib.data.portraits import PortraitFolder
from ganlib.drawing import STYLES
from ganlib.pipelines.stylize import Stylizer
from ganlib.twins import render_twins, sample_people

FIGURES = Path(__file__).parent / "figures"
FOLDER = Path(__file__).parent / "portraits"
SHOWN = slice(0, None, 2)
"""Every second of the people held out."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, required=True)
    photos = parser.parse_args().photos
    # Six rows of eight twins, a style in turn for each.
    styles = torch.arange(48) % 4
    people = sample_people(48, seed=2026).replace(style=styles, zoom=1.0, line_weight=1.0)
    twins = torch.stack(render_twins(people, size=96), dim=1)
    save_png(grid(twins.flatten(0, 1), columns=16), FIGURES / "twins.png")

    stylizers = [Stylizer.load("portrait", style=style) for style in STYLES]
    # Two real portraits: the photograph, and the drawing in each style.
    hopper = read_photo(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))
    rows = []
    for photo in (Image.fromarray(astronaut()), hopper):
        drawn = [stylizer.convert(photo) for stylizer in stylizers]
        rows += [drawn[0].source, *(portrait.anime for portrait in drawn)]
    save_png(grid(to_tensor(rows), columns=4), FIGURES / "portraits.png")
    # People whom no training saw, each in every style.
    folder = PortraitFolder(FOLDER, photos)
    unseen = [name for name in folder.names if is_held_out(name)][SHOWN]
    pictures = [read_photo(folder.photo(name)) for name in unseen]
    sheet = [stylizer.convert(picture).anime for picture in pictures for stylizer in stylizers]
    page = grid(to_tensor(sheet), columns=6)
    save_png(page, FIGURES / "unseen.png")


if __name__ == "__main__":
    main()
