"""Run lessons in place and keep their outputs: python notebooks/refresh.py [LESSON ...]."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent
WIDGET = "application/vnd.jupyter.widget-view+json"


def joined(outputs: Iterable[Any]) -> list[Any]:
    """Outputs with neighbouring pieces of one stream as one: a busy kernel sends a line in two."""
    found: list[Any] = []
    for output in outputs:
        if found and output.get("name") == found[-1].get("name", "") != "":
            found[-1].text += output.text
        else:
            found.append(output)
    return found


def refresh(path: Path) -> None:
    """Execute one notebook from a fresh kernel; the file is the same after every run."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        # A widget is drawn by a kernel; stored, it would be a new random name on every run.
        if cell.cell_type == "code":
            cell.outputs = joined(o for o in cell.outputs if WIDGET not in o.get("data", {}))
    # The version of the interpreter that happened to run the lesson is no part of it.
    notebook.metadata["language_info"] = {"name": "python"}
    nbformat.write(notebook, path)
    print(f"ran {path.name}")


def lessons(name: str) -> list[Path]:
    """The files of a lesson: of its number, its name or its path; SystemExit if there is none."""
    found = sorted(HERE.glob(f"{Path(name).stem}*.ipynb"))
    if not found:
        raise SystemExit(f"refresh.py: there is no lesson {name}; give numbers, such as 00 or 07.")
    return found


if __name__ == "__main__":
    for lesson in [path for name in sys.argv[1:] or ["[0-9]"] for path in lessons(name)]:
        refresh(lesson)
