"""The log of a run: a CSV file with one row for each report, readable by anything."""

import csv
from pathlib import Path

from ganlib.errors import GanlibError

Report = dict[str, float]


class RunLog:
    """Appends reports to a CSV file; the first report sets the columns.

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
        """Drop the rows after `step`: a run resumed from there will write them again."""
        if not self.path.exists():
            return
        try:
            with self.path.open(newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
            columns = self._columns()
            with self.path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, columns)
                writer.writeheader()
                # A power cut can leave half a row; its step is then beyond the checkpoint's, or "".
                writer.writerows(row for row in rows if int(row["step"] or step + 1) <= step)
        except OSError as error:
            raise self._failure(error) from error

    def _columns(self) -> list[str]:
        if not self.path.exists():
            return []
        with self.path.open(newline="", encoding="utf-8") as file:
            return next(csv.reader(file), [])

    def _failure(self, error: OSError) -> GanlibError:
        return GanlibError(f"could not write {self.path}: {error.strerror or error}.")
