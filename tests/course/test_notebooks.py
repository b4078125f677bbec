"""Lessons as files: executed, reproducible, short cells, and pictures with words."""

import ast
import re
import statistics

import lessons
import pytest
from lessons import code_cells, printed


@pytest.fixture(params=lessons.LESSONS, ids=lambda path: path.stem)
def notebook(request):
    return lessons.read(request.param)


def test_there_are_lessons():
    assert [path.name for path in lessons.LESSONS][0] == "00_start_here.ipynb"


def test_every_code_cell_was_executed_in_order_without_errors(notebook):
    # nbval compares nothing in a cell that was never run.
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))
    for cell in code_cells(notebook):
        assert not any(output.output_type == "error" for output in cell.outputs)
        assert not any(output.get("name") == "stderr" for output in cell.outputs), cell.source


def test_cells_are_short(notebook):
    lengths = [len(cell.source.splitlines()) for cell in code_cells(notebook)]
    assert statistics.median(lengths) <= 8
    assert max(lengths) <= 30  # a loop or a network that is the subject


REBUILT = [path for path in lessons.LESSONS if path.name < "09"]


@pytest.mark.parametrize("path", REBUILT, ids=lambda path: path.stem)
def test_a_lesson_is_one_sitting(path, measured):
    notebook = lessons.read(path)
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    folded = re.compile(r"<details>.*?</details>", re.DOTALL)
    words = sum(len(folded.sub("", text).split()) for text in texts)
    read = [cell for cell in notebook.cells if cell.id != "install"]  # the same in every lesson
    measured(f"{path.stem}: {len(read)} cells, {words} words")
    assert len(read) <= 60 and words <= 2000
    aims = re.findall(r"^- \*\*.*?(?=^- |^$)", texts[0], re.DOTALL | re.MULTILINE)
    assert len(aims) >= 3 and all("minute" in aim for aim in aims)
    minutes = [int(n) for aim in aims for n in re.findall(r"(\d+) minutes?", aim)]
    assert sum(minutes) == int(re.search(r"\*(\d+) minutes", texts[0])[1]) <= 60


@pytest.mark.parametrize("path", REBUILT, ids=lambda path: path.stem)
def test_training_is_counted_in_steps_and_columns_have_heads(path):
    for cell in code_cells(lessons.read(path)):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                assert "time" not in {alias.name for alias in node.names}
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                keys = {keyword.arg for keyword in node.keywords}
                assert (called != "live" or path.name >= "06") and "seconds" not in keys
                assert called != "plots.show_images" or "heads" in keys, cell.id


def test_most_of_what_is_printed_is_compared(notebook, request, measured):
    printing = [cell for cell in code_cells(notebook) if printed(cell)]
    compared = [c for c in printing if not lessons.IGNORED & set(c.metadata.get("tags", []))]
    share = f"{len(compared)} of {len(printing)} printing cells compared"
    measured(f"{request.node.callspec.id}: {share}")
    assert len(compared) >= 0.8 * len(printing), share


def test_pictures_have_alternatives_and_no_state_is_stored(notebook):
    assert "widgets" not in notebook.metadata
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    for cell in code_cells(notebook):
        assert "execution" not in cell.metadata, "times of execution change on every run"
        for output in cell.outputs:
            data = output.get("data", {})
            tags = re.findall(r"<img [^>]*>", data.get("text/html", ""))
            # With both, a figure has words in JupyterLab, and is there in LaTeX too.
            assert ("image/png" in data) == bool(tags), "use ganlib.lessons.plots.show"
            for tag in tags:
                assert re.search(r'alt="[^"]{15,}"', tag)


def test_a_lesson_ends_with_three_questions(notebook):
    assert notebook.cells[-1].source.count("<details>") == 3
    assert "What you can do now" in notebook.cells[-1].source
    assert "**Next" in notebook.cells[-1].source


def test_the_map_has_every_lesson_with_its_title_and_minutes():
    first = lessons.LESSONS[0]
    (table,) = (cell.source for cell in lessons.read(first).cells if cell.id == "map")
    readme = (lessons.ROOT / "README.md").read_text(encoding="utf-8")
    for path in lessons.LESSONS[1:]:
        words = lessons.read(path).cells[0].source
        title = re.match(r"# (.*)", words)[1].replace(" · ", " ")
        minutes = re.search(r"\*(\d+) minutes", words)[1]
        assert re.search(rf"\[{title}\]\({path.name}\) \|.*\| {minutes} \|", table), title
        assert f"[{title}](notebooks/{path.name})" in readme
