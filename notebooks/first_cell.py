"""Write the first cell and the badge of every lesson anew: python notebooks/first_cell.py.

Both name the repository, whose address and revision stand in pyproject.toml alone.
"""

import re
import tomllib
from pathlib import Path

import nbformat

HERE = Path(__file__).parent
PROJECT = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))
REPOSITORY = PROJECT["project"]["urls"]["Repository"]
REVISION = PROJECT["tool"]["ganlib"]["revision"]
ARCHIVE = f"{REPOSITORY}/archive/{REVISION}.zip"
COLAB = "https://colab.research.google.com"
# In quotes, as zsh takes brackets for a pattern. Of two copies of a package, the first is the one
# that is imported.
CELL = f"""\
from importlib import metadata, util

if util.find_spec("ganlib") is None:  # as in Colab; torch, numpy and IPython stay as they are
    source = '"ganlib[measure]@{ARCHIVE}"'
    kept = {{"torch", "numpy", "ipython"}}
    pins = {{d.name: metadata.version(d.name) for d in metadata.distributions() if d.name in kept}}
    wanted = " ".join([source, "matplotlib", "ipywidgets", *map("==".join, pins.items())])
    get_ipython().run_line_magic("pip", f"install -q {{wanted}}")"""
ID = "install"


def badge(path: Path) -> str:
    """A link that opens the lesson in Colab. As HTML, which a PDF leaves out: it has no network."""
    repository = REPOSITORY.removeprefix("https://github.com")
    address = f"{COLAB}/github{repository}/blob/{REVISION}/notebooks/{path.name}"
    picture = f'<img src="{COLAB}/assets/colab-badge.svg" alt="Open this lesson in Colab">'
    return f'<a href="{address}">{picture}</a>'


def renew(path: Path) -> None:
    """Give a lesson the present cell and badge; all else stays, but the counts of later cells."""
    notebook = nbformat.read(path, as_version=4)
    title, rest = notebook.cells[0].source.split("\n", 1)
    rest = re.sub(rf'\n<a href="{COLAB}/.*</a>\n', "", rest)
    notebook.cells[0].source = f"{title}\n\n{badge(path)}\n{rest}"
    if notebook.cells[1].id != ID:
        for cell in notebook.cells:
            for counted in [cell, *cell.get("outputs", [])]:
                if counted.get("execution_count"):
                    counted.execution_count += 1
        first = nbformat.v4.new_code_cell(
            id=ID, execution_count=1, metadata={"tags": ["hide-cell"]}
        )
        notebook.cells.insert(1, first)
    notebook.cells[1].source = CELL
    nbformat.write(notebook, path)


if __name__ == "__main__":
    for lesson in sorted(HERE.glob("[0-9]*.ipynb")):
        renew(lesson)
