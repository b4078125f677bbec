"""Results of long runs, which lessons read: each with the command that made them."""

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def record(name: str, subject: str = "") -> Any:
    """The record of a benchmark, `subject` (by default the file's name), in a file that ships."""
    text = (RESULTS / f"{name}.json").read_text(encoding="utf-8")
    return json.loads(text)[subject or name]
