"""Settings of Sphinx for the book. `make book` builds it: see build.py."""

import inspect
import re
import sys
import tomllib
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import ganlib  # noqa: E402 # the tree that this book lies in, installed or not

project, author = "ganlib", "the ganlib authors"
copyright = "the ganlib authors; code: MIT, text of the lessons: CC BY 4.0"
release = version = ganlib.__version__

extensions = [
    "myst_nb",  # the lessons
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",  # "Args:" in docstrings
    "sphinx.ext.viewcode",
    "sphinx.ext.mathjax",
]
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # stored outputs; the tests compare them with fresh ones
nb_ipywidgets_js: dict[str, Any] = {}  # a widget without its kernel is dead: figures stand instead
nb_code_prompt_show = "Show the cell that installs ganlib where it is missing"  # all that is folded
nb_code_prompt_hide = "Hide the cell that installs ganlib where it is missing"
suppress_warnings = [
    "myst.header"  # an exercise is a level deeper than the section it stands in, by choice
]


autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_preserve_defaults = True
smartquotes = False  # docstrings quote code
add_module_names = False  # a page says which module it shows
nitpick_ignore_regex = [("py:.*", r"(?!ganlib\b).*")]  # what other packages have is not in here

html_theme = "furo"
html_title = "ganlib"
html_static_path = [str(HERE / "_static")]
html_css_files = ["book.css"]
html_js_files = ["book.js"]
_project = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
html_theme_options = {
    "footer_icons": [
        {
            "name": "Repository",
            "url": _project["urls"]["Repository"],
            "html": "Repository",
            "class": "",
        }
    ]
}
html_copy_source = False
html_show_sourcelink = False
# The only file of MathJax that a page loads: build.py lays it there, nothing comes from elsewhere.
mathjax_path = "mathjax/tex-svg-full.js"
# Its menu would make each formula a stop of the keyboard.
mathjax3_config = {"options": {"enableMenu": False}}


def field_comments(cls: type) -> dict[str, str]:
    """What a dataclass says of its own fields, in the comments that the command line shows."""
    pattern = r"^    (\w+): [^#\n]*# (?:type: \S+ # )?(.*)$"
    return dict(re.findall(pattern, inspect.getsource(cls), re.MULTILINE))


def as_restructured(text: str) -> str:
    """A plain docstring for Sphinx: `names` as code, no other sign with a meaning of its own."""
    parts = text.split("`")
    parts[::2] = [re.sub(r"([|*\\]|_(?!\w))", r"\\\1", part) for part in parts[::2]]
    parts[1::2] = [f"``{' '.join(part.split())}``\\ " for part in parts[1::2]]
    return "".join(parts)


def process(_: Any, what: str, __: str, thing: Any, ___: Any, lines: list[str]) -> None:
    """Docstrings as they are meant; the options of a dataclass as a list."""
    if lines[:1] == ["Define the computation performed at every call."]:
        lines.clear()  # torch's words on `forward`, inherited, say nothing of ours
    lines[:] = as_restructured("\n".join(lines)).split("\n")
    if what == "class" and (is_dataclass(thing) or hasattr(thing, "_fields")):
        comments = field_comments(thing)
        lines += ["", *(f"* ``{name}``: {as_restructured(c)}" for name, c in comments.items()), ""]


def skip(_: Any, __: str, ___: str, thing: Any, skipped: bool, ____: Any) -> bool | None:
    """Fields of a named tuple are in that list, too; of themselves they say their number."""
    return True if str(thing.__doc__).startswith("Alias for field number") else None


ACCESSIBLE = {
    'role="heading">': 'role="heading" aria-level="2">',
    ' aria-label="Toggle hidden content"': "",
}
"""What Sphinx and MyST-NB write -> what a screen reader can use."""


def mend(_: Any, __: str, ___: str, context: dict[str, Any], ____: Any) -> None:
    for part in {"body", "furo_navigation_tree"} & context.keys():
        for before, after in ACCESSIBLE.items():
            context[part] = context[part].replace(before, after)


def setup(app: Any) -> None:
    app.connect("html-page-context", mend, priority=900)  # after the theme
    app.connect("autodoc-skip-member", skip)
    app.connect("autodoc-process-docstring", process, priority=400)  # before napoleon's Args
