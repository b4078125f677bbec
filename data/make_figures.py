"""Draw the README's pictures again: python data/make_figures.py."""

from pathlib import Path

import torch
from matplotlib import cbook
from PIL import Image
from skimage.data import astronaut

from ganlib.data.images import read_photo, save_png, to_tensor
from ganlib.lessons.plots import grid
from ganlib.twins import render_twins, sample_people
from ganlib.pipelines.stylize import Stylizer

FIGURES = Path(__file__).parent / "figures"


def main() -> None:
    # Six rows of eight twins, a style in turn for each.
    styles = torch.arange(48) % 4
    people = sample_people(48, seed=2026).replace(style=styles, zoom=1.0, line_weight=1.0)
    pairs = torch.stack(render_twins(people, size=96), dim=1)
    save_png(grid(pairs.flatten(0, 1), columns=16), FIGURES / "twins.png")
    hopper = read_photo(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))
    people = [Image.fromarray(astronaut()), hopper]
    first, second = (Stylizer.load(name).convert_batch(people) for name in ("unpaired", "portrait"))
    sides = [
        side for p, q in zip(first, second, strict=True) for side in (p.source, p.anime, q.anime)
    ]
    pictures = to_tensor([side.resize((256, 256)) for side in sides])
    save_png(grid(pictures, columns=6), FIGURES / "portraits.png")


if __name__ == "__main__":
    main()
