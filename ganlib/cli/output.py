"""How commands show figures: a table for people, JSON for programs; and what a card repeats."""

import json
import subprocess
from pathlib import Path
from typing import Any

from ganlib.core.files import write_atomic


def table(record: dict[str, Any]) -> str:
    """One aligned line for each figure."""
    width = max(map(len, record))
    shown = {k: f"{v:.4g}" if isinstance(v, float) else str(v) for k, v in record.items()}
    return "\n".join(f"{name:<{width}}  {value}" for name, value in shown.items())


def write_json(path: Path | None, record: dict[str, Any]) -> None:
    """Write the record, if a path was asked for; GanlibError if it cannot be written."""
    if path is not None:
        write_atomic(path, (json.dumps(record, indent=2, ensure_ascii=False) + "\n").encode())


def columns(found: dict[str, dict[str, Any]]) -> str:
    """One line for each figure, one column for each method; "–" where a method has none.

    A figure NAME whose method also has NAME_interval is followed by it, in the line below.
    """
    names = list(dict.fromkeys(row for column in found.values() for row in column))
    width = max(map(len, names))
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


def source_commit() -> str:
    """The commit of the source tree, with "-dirty" if it was edited; "unknown" outside one."""
    ask = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    try:
        answer = subprocess.run(ask, cwd=Path(__file__).parent, capture_output=True, text=True)
    except OSError:
        return "unknown"
    return answer.stdout.strip() or "unknown"
