"""What notebooks let you move. They run on ipywidgets 7.7 (Colab) and 8."""

import html
import io
from typing import Any

import ipywidgets
import torch
from IPython.display import display

from ganlib.errors import GanlibError
from ganlib.images import read_photo, to_tensor
from ganlib.plots import grid
from ganlib.stylize import Stylizer


def _uploads(value: Any) -> list[bytes]:
    """The files' contents: ipywidgets 7 gives a dict of dicts, 8 a tuple of dicts."""
    entries = value.values() if isinstance(value, dict) else value
    return [bytes(entry["content"]) for entry in entries]


def photo_uploader(stylizer: Stylizer) -> ipywidgets.VBox:
    """A button to choose a photograph, and the place where photograph and drawing appear."""
    button = ipywidgets.FileUpload(accept="image/*", multiple=False, description="Your photo")
    note = ipywidgets.HTML("Choose a portrait; it stays on the computer that runs this notebook.")
    picture = ipywidgets.Image(format="png", layout={"visibility": "hidden"})

    def convert(change: dict[str, Any]) -> None:
        files = _uploads(change["new"])
        if not files:
            return
        try:
            image = read_photo("your file", files[-1])
        except GanlibError as error:
            note.value = html.escape(str(error))
            return
        converted = stylizer.convert(image)
        pair = torch.cat([to_tensor(converted.source), to_tensor(converted.anime)])
        buffer = io.BytesIO()
        grid(pair, columns=2, zoom=2).save(buffer, format="PNG")
        picture.value = buffer.getvalue()
        picture.layout.visibility = "visible"
        found = "" if converted.frame.found else " No face was found: this is the centre square."
        note.value = f"Drawn in {converted.seconds:.2f} s.{found}"

    button.observe(convert, names="value")
    return ipywidgets.VBox([button, note, picture])


def show_uploader(stylizer: Stylizer) -> None:
    """Display a `photo_uploader`."""
    display(photo_uploader(stylizer))
