"""Draws the portraits in every house style, and sheets of all of them.

    python data/draw_portraits.py --photos FOLDER --out FOLDER [--size 256] [--sheets data/figures]

In the folder `out`, STYLE/photographs/NAME.png and STYLE/drawings/NAME.png are in one frame: pairs
to learn from. A sheet has all drawings of one style, and no photograph.
"""

import argparse
from pathlib import Path

from PIL import Image

from ganlib.core.log import progress
from ganlib.data.portraits import PortraitFolder
from ganlib.drawing import STYLES, draw_pair

FOLDER = Path(__file__).parent / "portraits"
COLUMNS, THUMBNAIL = 16, 128


def sheet(pictures: list[Image.Image]) -> Image.Image:
    """All pictures, 16 in a row."""
    rows = -(-len(pictures) // COLUMNS)
    page = Image.new("RGB", (COLUMNS * THUMBNAIL, rows * THUMBNAIL), "white")
    for i, picture in enumerate(pictures):
        small = picture.resize((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
        page.paste(small, (i % COLUMNS * THUMBNAIL, i // COLUMNS * THUMBNAIL))
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--sheets", type=Path)
    options = parser.parse_args()
    portraits = PortraitFolder(FOLDER, options.photos)
    drawn: dict[str, list[Image.Image]] = {style: [] for style in STYLES}
    for name in progress(portraits.names, desc="portraits"):
        portrait = portraits[name]
        for style in STYLES.values():
            photo, drawing = draw_pair(portrait, style, options.size)
            for kind, picture in (("photographs", photo), ("drawings", drawing)):
                folder = options.out / style.name / kind
                folder.mkdir(parents=True, exist_ok=True)
                picture.save(folder / f"{name}.png")
            drawn[style.name].append(drawing)
    if options.sheets:
        for style_name, pictures in drawn.items():
            sheet(pictures).save(options.sheets / f"drawings_{style_name}.webp", quality=82)


if __name__ == "__main__":
    main()
