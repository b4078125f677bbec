"""The portrait designer: every parameter of a person under a handle, both twins redrawn live.

It runs on ipywidgets 7.7 (Colab) and 8.
"""

import html
from dataclasses import replace
from pathlib import Path
from typing import Any

import ipywidgets
import torch

from ganlib.core.errors import GanlibError
from ganlib.core.files import write_atomic
from ganlib.data.images import grid, png
from ganlib.lessons.widgets import button, slider
from ganlib.twins import FIELDS, GROUPS, Field, People, Person, render_twins, sample_people


def _handle(about: Field, value: float | str) -> ipywidgets.Widget:
    """A menu for a choice, a slider for a number; what it means stands below it."""
    if about.choices:
        made = ipywidgets.Dropdown(options=about.choices, value=value, description=about.name)
    else:
        made = slider(about.name, float(value), about.low, about.high)
    made.style.description_width = "10em"
    made.layout.width = "28em"
    # ipywidgets 8 has another name for it than 7.
    tip = "tooltip" if made.has_trait("tooltip") else "description_tooltip"
    setattr(made, tip, about.meaning + (f", {about.unit}" if about.unit else ""))
    return made


class Designer:
    """A person, a handle for each field, and the two pictures.

    `view` is the widget to display; `person` what the handles say now. `size` is the pictures'
    side in pixels, `folder` where the buttons save `person.png` and `person.json`.
    """

    def __init__(
        self, person: Person | None = None, size: int = 256, folder: Path | str = "."
    ) -> None:
        self.start = person or Person()
        self.size, self.folder = size, Path(folder)
        self.handles = {a.name: _handle(a, getattr(self.start, a.name)) for a in FIELDS}
        self.picture, self.note = ipywidgets.Image(format="png"), ipywidgets.HTML()
        self._seed, self._quiet = 0, False
        pages = [ipywidgets.VBox([self.handles[a.name] for a in part]) for part in GROUPS.values()]
        tabs = ipywidgets.Tab(pages)
        for i, name in enumerate(GROUPS):
            tabs.set_title(i, name)
        buttons = [
            button("Somebody else", self._another),
            button("Reset", lambda: self.show(self.start)),
            button("Save as PNG", lambda: self._save("person.png", bytes(self.picture.value))),
            button(
                "Save as JSON", lambda: self._save("person.json", self.person.to_json().encode())
            ),
        ]
        self.view = ipywidgets.VBox([self.picture, ipywidgets.HBox(buttons), self.note, tabs])
        for handle in self.handles.values():
            handle.observe(self._redraw, names="value")
        self._redraw()

    @property
    def person(self) -> Person:
        """What the handles say."""
        return replace(self.start, **{name: h.value for name, h in self.handles.items()})

    def show(self, person: Person) -> None:
        """Set every handle, and draw once."""
        self._quiet = True
        for name, handle in self.handles.items():
            handle.value = getattr(person, name)
        self._quiet = False
        self._redraw()

    def _redraw(self, _: Any = None) -> None:
        if not self._quiet:
            pair = torch.cat(render_twins(People.of(self.person), self.size))
            self.picture.value = png(grid(pair, columns=2))

    def _another(self) -> None:
        self._seed += 1
        self.show(sample_people(1, self._seed).person(0))

    def _save(self, name: str, content: bytes) -> None:
        try:
            write_atomic(self.folder / name, content)
            said = f"Saved as {self.folder / name}."
        except GanlibError as error:
            said = str(error)
        self.note.value = html.escape(said)
