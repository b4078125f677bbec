"""Draw the README's pictures again: python data/make_figures.py."""

from pathlib import Path

import torch
from matplotlib import cbook
from PIL import Image
from skimage.data import astronaut

from ganlib.data.images import grid, read_photo, save_png, to_tensor
from ganlib.pipelines.stylize import Stylizer
from ganlib.twins import render_twins, sample_people

FIGURES = Path(__file__).parent / "figures"


def main() -> None:
    # Six rows of eight twins, a style in turn for each.
    styles = torch.arange(48) % 4
    people = sample_people(48, seed=2026).replace(style=styles, zoom=1.0, line_weight=1.0)
    twins = torch.stack(render_twins(people, size=96), dim=1)
    save_png(grid(twins.flatten(0, 1), columns=16), FIGURES / "twins.png")
    # Two real portraits: the photograph, what `unpaired` draws, what `portrait` draws.
    hopper = read_photo(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))
    photos = [Image.fromarray(astronaut()), hopper]
    first, second = (Stylizer.load(name).convert_batch(photos) for name in ("unpaired", "portrait"))
    pairs = zip(first, second, strict=True)
    sides = [side for p, q in pairs for side in (p.source, p.anime, q.anime)]
    pictures = to_tensor([side.resize((256, 256)) for side in sides])
    save_png(grid(pictures, columns=6), FIGURES / "portraits.png")


if __name__ == "__main__":
    main()
