"""The file that benches of long runs go on with: a record for each subject, side by side."""

import json
from pathlib import Path
from typing import Any

from ganlib.core.errors import GanlibError
from ganlib.core.files import write_atomic


def stored(path: Path | None) -> dict[str, Any]:
    """{subject: record} of a file that a bench goes on with; empty if there is none yet.

    GanlibError for a file that is something else: it is not to be written over.
    """
    if path is None or not path.exists():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {subject: dict(record.items()) for subject, record in found.items()}
    except (OSError, ValueError, AttributeError) as error:
        raise GanlibError(
            f"{path} holds no figures of `ganlib bench`; move it away, or give another --json."
        ) from error


def keep(path: Path, subject: str, record: dict[str, Any]) -> None:
    """Write a subject's record into a file, beside the records of others that it holds."""
    text = json.dumps(stored(path) | {subject: record}, indent=2, ensure_ascii=False)
    write_atomic(path, (text + "\n").encode())
