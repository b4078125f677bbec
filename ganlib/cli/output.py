"""How commands show figures: a table for people, JSON for programs."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from ganlib.core.errors import ConfigError
from ganlib.core.files import write_atomic

STDOUT = "-"


class Output:
    """Where a command's words and figures go.

    With `--json -` standard output is the JSON alone, and what is said goes to standard error.
    ConfigError, before any work, for a folder; GanlibError if nothing can be written beside the
    file."""

    def __init__(self, json: str = "") -> None:
        self.target = json
        if json and json != STDOUT:
            if Path(json).is_dir():
                raise ConfigError("json", f"names {json}, which is a folder; give a file in it.")
            require_writable(Path(os.path.realpath(json)).parent)

    def say(self, *words: str) -> None:
        """Print a line for people."""
        print(*words, file=sys.stderr if self.target == STDOUT else sys.stdout, flush=True)

    def write(self, record: Any) -> None:
        """Write the figures, if that was asked for; GanlibError if they cannot be written."""
        text = json.dumps(record, indent=2, ensure_ascii=self.target == STDOUT) + "\n"
        if self.target == STDOUT:
            print(text, end="", flush=True)
        elif self.target:
            # Through a link, to the file that it names: the link itself stays.
            data = text.encode("utf-8", "backslashreplace")  # paths may be no UTF-8
            write_atomic(Path(os.path.realpath(self.target)), data)


def require_writable(folder: Path) -> None:
    """GanlibError now, and not after hours, if nothing can be written into a folder; it is made."""
    write_atomic(folder / ".write-test", b"")
    (folder / ".write-test").unlink(missing_ok=True)


def table(record: dict[str, Any]) -> str:
    """One aligned line for each figure."""
    width = max(map(len, record), default=0)
    return "\n".join(f"{name:<{width}}  {_cell(value)}" for name, value in record.items())


def columns(found: dict[str, dict[str, Any]]) -> str:
    """One line for each figure, one column for each method; "–" where a method has none.

    A figure NAME whose method also has NAME_interval is followed by it, in the line below.
    """
    names = list(dict.fromkeys(row for column in found.values() for row in column))
    width = max(map(len, names), default=0)
    lines = ["".join([" " * width, *(f"{method:>18}" for method in found)])]
    for name in names:
        cells = [_cell(column.get(name)) for column in found.values()]
        label = "" if name.endswith("_interval") else name
        lines.append("".join([f"{label:<{width}}", *(f"{cell:>18}" for cell in cells)]))
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, list):
        return "[" + ", ".join(f"{part:.3g}" for part in value) + "]"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
