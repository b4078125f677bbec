"""A lesson as a PDF, by LaTeX, holds every figure. Skipped, visibly, without LaTeX and pandoc."""

import re
import shutil
import subprocess
import sys

import lessons
import pytest

TOOLS = ("xelatex", "pandoc", "pdfimages")
MISSING = [tool for tool in TOOLS if shutil.which(tool) is None]
pytestmark = [
    pytest.mark.nightly,
    pytest.mark.skipif(bool(MISSING), reason=f"needs {', '.join(MISSING)}"),
]


@pytest.mark.parametrize("path", lessons.LESSONS, ids=lambda path: path.stem)
def test_a_pdf_holds_every_figure(path, tmp_path):
    command = [sys.executable, "-m", "nbconvert", "--to", "pdf", "--output-dir", str(tmp_path)]
    subprocess.run([*command, str(path)], check=True, capture_output=True, timeout=600)
    listed = subprocess.run(
        ["pdfimages", "-list", str(tmp_path / f"{path.stem}.pdf")],
        check=True,
        capture_output=True,
        text=True,
    )
    figures = sum(
        "image/png" in output.get("data", {})
        for cell in lessons.code_cells(lessons.read(path))
        for output in cell.outputs
    )
    # A transparent picture has a second one, its mask ("smask"), beside it.
    assert len(re.findall(r"^ *\d+ +\d+ image ", listed.stdout, re.M)) == figures
