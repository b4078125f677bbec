"""What notebooks show: figures with a text alternative, and grids of pictures at integer zoom."""

import base64
import html
import io
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from ganlib.data.images import grid, png

REAL, FAKE, CRITIC = "#2878b5", "#e8863a", "#7d7299"  # blue, orange, grey-violet everywhere
HEAD = 24  # height of the heads of columns, pixels
PAPER, INK = "#fdfdfb", "#2b2b2b"  # opaque, so that a figure reads alike on a dark page


class Panels(NamedTuple):
    """A figure and its axes, in reading order."""

    figure: Figure
    axes: list[Axes]


def image_tag(picture: bytes, alt: str, kind: str = "png", width: int = 0) -> str:
    """A picture as HTML, with a text alternative; `width` in pixels, 0: its own."""
    data, size = base64.b64encode(picture).decode(), f' width="{width}"' if width else ""
    return f'<img src="data:image/{kind};base64,{data}" alt="{html.escape(alt)}"{size}>'


def _display(picture: bytes, alt: str, tag: str) -> None:
    # An <img alt> is read aloud in JupyterLab, Colab and exported HTML; LaTeX takes the PNG.
    data = base64.b64encode(picture).decode()
    display({"text/plain": alt, "text/html": tag, "image/png": data}, raw=True)


def figure_png(figure: Figure) -> bytes:
    """The figure as a PNG; the figure is closed."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, bbox_inches="tight", metadata={"Software": None})
    plt.close(figure)
    return buffer.getvalue()


def show(figure: Figure, alt: str) -> None:
    """Display a figure with a text alternative, for readers who do not see it, and close it."""
    picture = figure_png(figure)
    _display(picture, alt, image_tag(picture, alt))


def show_images(
    images: Tensor, columns: int, alt: str, zoom: int = 1, heads: Sequence[str] = ()
) -> None:
    """Display a `grid` of images with a text alternative, and what each column shows above it."""
    sheet = _headed(grid(images, columns, zoom), heads)
    small = io.BytesIO()  # pages get a picture of a sixth of the size: notebooks hold both
    sheet.save(small, "webp", quality=90, method=6)
    tag = image_tag(small.getvalue(), alt, "webp", sheet.width)
    _display(png(sheet), alt, tag)


def _headed(sheet: Image.Image, heads: Sequence[str]) -> Image.Image:
    if not heads:
        return sheet
    page = Image.new("RGB", (sheet.width, sheet.height + HEAD), PAPER)
    page.paste(sheet, (0, HEAD))
    pen, width = ImageDraw.Draw(page), sheet.width / len(heads)
    for i, head in enumerate(heads):
        place = ((i + 0.5) * width, HEAD / 2)
        pen.text(place, head, INK, ImageFont.load_default(14), "mm")
    return page


def panels(*titles: str, columns: int = 0, size: tuple[float, float] = (4.4, 2.9)) -> Panels:
    """A figure with one set of axes for each title, which says what to see, in rows of `columns`
    (0: all in one row); `size` is that of one panel, in inches."""
    columns = min(columns or len(titles), len(titles))
    rows = -(-len(titles) // columns)
    shape = (size[0] * columns, size[1] * rows)
    figure = plt.figure(figsize=shape, facecolor=PAPER, layout="constrained")
    every = [figure.add_subplot(rows, columns, i + 1) for i in range(len(titles))]
    for axes, title in zip(every, titles, strict=True):
        axes.set_facecolor(PAPER)
        axes.set_title(title, loc="left", fontsize=10, color=INK)
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=9)
        axes.grid(alpha=0.25, linewidth=0.6)
    return Panels(figure, every)


def densities(axes: Axes, x: Tensor, real: Tensor, fake: Tensor) -> None:
    """Draw two densities over the points x, all (n,). What D says of x is no density: it gets axes
    of its own."""
    for density, colour, label in ((real, REAL, "real p"), (fake, FAKE, "fake q")):
        axes.plot(x, density, color=colour, label=label)
        axes.fill_between(x, density, color=colour, alpha=0.15, linewidth=0)
    axes.set(xlabel="x", ylabel="density")
    axes.legend(fontsize=8, frameon=False)


def bars(titles: Sequence[str], rows: Mapping[str, Sequence[float]], truth: str) -> Figure:
    """A panel of bars for each title, its number of each of the rows; blue is the row `truth`."""
    figure, every = panels(*titles, size=(3.6, 0.6 + 0.3 * len(rows)))
    for i, axes in enumerate(every):
        colours = [REAL if name == truth else FAKE for name in rows]
        drawn = axes.barh([*rows], [row[i] for row in rows.values()], color=colours)
        axes.bar_label(drawn, fmt=" %.1f ", fontsize=8)
        axes.margins(x=0.15)
        axes.invert_yaxis()
        axes.tick_params(labelleft=i == 0, left=i == 0)
    return figure
