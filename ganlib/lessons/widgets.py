"""What notebooks let you move. They run on ipywidgets 7.7 (Colab) and 8."""

import html
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import ipywidgets
from matplotlib.figure import Figure

from ganlib.core.errors import GanlibError
from ganlib.data.images import grid, png, read_photo, to_tensor
from ganlib.lessons.plots import figure_png, image_tag
from ganlib.pipelines.stylize import Stylizer

T = TypeVar("T")


def _uploads(value: Any) -> list[bytes]:
    # ipywidgets 7 gives a dict of dicts, 8 a tuple of dicts.
    entries = value.values() if isinstance(value, dict) else value
    return [bytes(entry["content"]) for entry in entries]


def photo_uploader(*stylizers: Stylizer) -> ipywidgets.VBox:
    """A button to choose a photograph, and where photograph and drawing (of each) appear."""
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
        first, *others = (stylizer.convert(image) for stylizer in stylizers)
        row = to_tensor([first.source, first.anime, *(other.anime for other in others)])
        picture.value = png(grid(row, columns=len(row)))
        picture.layout.visibility = "visible"
        found = "" if first.frame.found else " No face was found: this is the centre square."
        note.value = f"Drawn in {first.seconds:.2f} s.{found}"

    button.observe(convert, names="value")
    return ipywidgets.VBox([button, note, picture])


def stepper(
    start: T,
    moves: Mapping[str, Callable[[T], T]],
    draw: Callable[[T], Figure],
    describe: Callable[[T], str],
) -> ipywidgets.VBox:
    """A picture of a state, a button for each move from one state to the next, and one to reset.
    `describe` says the state in words: below the picture, and for those who do not see it."""
    states = [start]
    picture, words = ipywidgets.HTML(), ipywidgets.HTML()

    def step(move: Callable[[T], T]) -> None:
        states[-1] = move(states[-1])
        _show(picture, words, draw(states[-1]), describe(states[-1]))

    moves = {**moves, "Reset": lambda _: start}
    buttons = [button(label, partial(step, move)) for label, move in moves.items()]
    step(moves["Reset"])
    return ipywidgets.VBox([ipywidgets.HBox(buttons), picture, words])


def sliders(
    draw: Callable[..., Figure], describe: Callable[..., str], **ranges: tuple[float, float, float]
) -> ipywidgets.VBox:
    """A picture of a few numbers, and a slider for each: name = (least, most, start). `draw` and
    `describe` take the numbers by name."""
    picture, words = ipywidgets.HTML(), ipywidgets.HTML()
    handles = {
        name: slider(name, start, least, most) for name, (least, most, start) in ranges.items()
    }

    def redraw(_: Any = None) -> None:
        numbers = {name: handle.value for name, handle in handles.items()}
        _show(picture, words, draw(**numbers), describe(**numbers))

    for handle in handles.values():
        handle.observe(redraw, names="value")
    redraw()
    return ipywidgets.VBox([*handles.values(), picture, words])


def slider(name: str, value: float, low: float, high: float) -> ipywidgets.FloatSlider:
    """A slider of 40 steps, which reports where it is let go."""
    limits = {"min": low, "max": high, "step": (high - low) / 40}
    return ipywidgets.FloatSlider(value, description=name, continuous_update=False, **limits)


def button(label: str, act: Callable[[], None]) -> ipywidgets.Button:
    """A button that acts when it is pressed."""
    made = ipywidgets.Button(description=label)
    made.on_click(lambda _: act())
    return made


def _show(picture: ipywidgets.HTML, words: ipywidgets.HTML, figure: Figure, said: str) -> None:
    picture.value = image_tag(figure_png(figure), said)
    words.value = html.escape(said)
