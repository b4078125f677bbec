"""What notebooks show: figures with a text alternative, and grids of pictures at integer zoom."""

import base64
import html
import io

import matplotlib.pyplot as plt
import torch
from IPython.display import HTML, display
from matplotlib.figure import Figure
from PIL import Image
from torch import Tensor

REAL, FAKE, CRITIC = "#2878b5", "#e8863a", "#7d7299"
"""The course's palette: real = blue, fake = orange, discriminator = grey-violet."""


def _display_png(png: bytes, alt: str, width: int | None = None) -> None:
    # matplotlib's own output has no text alternative; an <img alt> is honoured by JupyterLab and
    # nbconvert alike.
    size = f' width="{width}"' if width else ""
    data = base64.b64encode(png).decode()
    tag = f'<img src="data:image/png;base64,{data}" alt="{html.escape(alt, quote=True)}"{size}>'
    display(HTML(tag))


def show(figure: Figure, alt: str) -> None:
    """Display a figure with a text alternative, for readers who do not see it, and close it."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, bbox_inches="tight", metadata={"Software": None})
    plt.close(figure)
    _display_png(buffer.getvalue(), alt)


def grid(images: Tensor, columns: int, zoom: int = 1, gap: int = 2) -> Image.Image:
    """Lay images (n, 3, h, w) in [-1, 1] out in rows, each pixel shown as zoom × zoom pixels.

    Rows are filled from the left; gaps are white.
    """
    n, _, height, width = images.shape
    rows = -(-n // columns)
    step_y, step_x = height * zoom + gap, width * zoom + gap
    sheet = torch.full((3, rows * step_y - gap, columns * step_x - gap), 255, dtype=torch.uint8)
    pixels = ((images.detach().cpu() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    pixels = pixels.repeat_interleave(zoom, 2).repeat_interleave(zoom, 3)
    for i, picture in enumerate(pixels):
        y, x = i // columns * step_y, i % columns * step_x
        sheet[:, y : y + height * zoom, x : x + width * zoom] = picture
    return Image.fromarray(sheet.permute(1, 2, 0).numpy())


def show_images(images: Tensor, columns: int, alt: str, zoom: int = 1) -> None:
    """Display a `grid` of images with a text alternative."""
    buffer = io.BytesIO()
    sheet = grid(images, columns, zoom)
    sheet.save(buffer, format="PNG")
    _display_png(buffer.getvalue(), alt, sheet.width)
