"""The log of a run: a CSV file with one row for each report, readable by anything."""

import csv
import io
from pathlib import Path

from ganlib.errors import GanlibError
from ganlib.files import write_atomic

Report = dict[str, float]


class RunLog:
    """Appends reports to a CSV file; the first report sets the columns, "step" being its first.

    It is called with a report, a flat dict of numbers with a "step". GanlibError if the file cannot
    be read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)

    def __call__(self, report: Report) -> None:
        rows = {name: f"{v:.6g}" if isinstance(v, float) else v for name, v in report.items()}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            columns = self._columns()
            with self.path.open("a", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, columns or list(report), extrasaction="ignore")
                if not columns:
                    writer.writeheader()
                writer.writerow(rows)
        except OSError as error:
            raise self._failure(error) from error

    def rewind(self, step: int) -> None:
        """Drop the rows after `step`, and half-written ones: what was not saved comes again."""
        if not self.path.exists():
            return
        try:
            columns = self._columns()
            with self.path.open(newline="", encoding="utf-8", errors="replace") as file:
                # A power cut can end a file in half a row, or in NUL bytes.
                rows = list(csv.reader(line.replace("\0", "") for line in file))[1:]
        except OSError as error:
            raise self._failure(error) from error
        kept = [row for row in rows if len(row) == len(columns) and row[0].isdigit()]
        text = io.StringIO(newline="")
        csv.writer(text).writerows([columns, *(row for row in kept if int(row[0]) <= step)])
        write_atomic(self.path, text.getvalue().encode() if step else b"")

    def _columns(self) -> list[str]:
        if not self.path.exists():
            return []
        with self.path.open(newline="", encoding="utf-8") as file:
            return next(csv.reader(file), [])

    def _failure(self, error: OSError) -> GanlibError:
        return GanlibError(f"could not write {self.path}: {error.strerror or error}.")
