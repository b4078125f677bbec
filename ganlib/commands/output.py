"""How commands show figures: a table for people, JSON for programs."""

import json
from pathlib import Path
from typing import Any

from ganlib.files import write_atomic


def table(record: dict[str, Any]) -> str:
    """One aligned line for each figure."""
    width = max(map(len, record))
    shown = {k: f"{v:.4g}" if isinstance(v, float) else str(v) for k, v in record.items()}
    return "\n".join(f"{name:<{width}}  {value}" for name, value in shown.items())


def write_json(path: Path | None, record: dict[str, Any]) -> None:
    """Write the record, if a path was asked for; GanlibError if it cannot be written."""
    if path is not None:
        write_atomic(path, (json.dumps(record, indent=2, ensure_ascii=False) + "\n").encode())
