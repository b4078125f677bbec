"""Lessons as files: executed, reproducible, short cells, and pictures with words."""

import json
import re
import statistics
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("[0-9]*.ipynb"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return json.loads(request.param.read_text(encoding="utf-8"))


def code_cells(notebook):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def source(cell):
    return "".join(cell["source"])


def texts(cell):
    """What a code cell says in words (strict nbval compares it)."""
    return [o for o in cell["outputs"] if o["output_type"] == "stream" and o["name"] == "stdout"]


def test_there_are_lessons():
    assert [path.name for path in NOTEBOOKS][0] == "00_start_here.ipynb"


def test_every_code_cell_was_executed_in_order_without_errors(notebook):
    # nbval compares nothing in a cell that was never run.
    counts = [cell["execution_count"] for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))
    for cell in code_cells(notebook):
        assert not any(output["output_type"] == "error" for output in cell["outputs"])
        assert not any(output.get("name") == "stderr" for output in cell["outputs"]), source(cell)


def test_cells_are_short(notebook):
    lengths = [len(source(cell).splitlines()) for cell in code_cells(notebook)]
    assert statistics.median(lengths) <= 8 and max(lengths) <= 25


def test_most_of_what_is_printed_is_compared(notebook):
    printing = [cell for cell in code_cells(notebook) if texts(cell)]
    ignored = {"nbval-ignore-output", "nbval-skip"}
    compared = [c for c in printing if not ignored & set(c["metadata"].get("tags", []))]
    assert len(compared) >= 0.8 * len(printing), f"{len(compared)} of {len(printing)}"


def test_pictures_have_alternatives_and_no_state_is_stored(notebook):
    assert "widgets" not in notebook["metadata"]
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
    for cell in code_cells(notebook):
        assert "execution" not in cell["metadata"], "times of execution change on every run"
        for output in cell["outputs"]:
            assert "image/png" not in output.get("data", {}), "use ganlib.plots.show"
            for tag in re.findall(
                r"<img [^>]*>", "".join(output.get("data", {}).get("text/html", ""))
            ):
                assert re.search(r'alt="[^"]{15,}"', tag)
