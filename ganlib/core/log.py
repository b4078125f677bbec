"""What a run reports: a log file, and progress bars where a person looks."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

from ganlib.core.errors import GanlibError

Report = dict[str, float]
quiet = False  # whether progress bars are off everywhere (`ganlib --quiet`)


def progress(*args: Any, **options: Any) -> Any:
    """A tqdm bar on stderr, in terminals and notebooks only: in a pipe it would be noise."""
    seen = sys.stderr.isatty() or "ipykernel" in sys.modules
    return tqdm(*args, **({"disable": quiet or not seen} | options))


class RunLog:
    """Appends reports, flat dicts of numbers, to a file: one JSON object a line. A checkpoint keeps
    `size`, and `truncate` drops what was reported after it: it comes again."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)

    def __call__(self, report: Report) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(report) + "\n")
        except OSError as error:
            raise GanlibError(f"could not write {self.path}: {error.strerror}.") from error

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self.path.stat().st_size if self.path.exists() else 0

    def truncate(self, size: int) -> None:
        """Cut the file to that size, if it is longer."""
        if self.size > size:
            os.truncate(self.path, size)
