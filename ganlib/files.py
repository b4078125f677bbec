"""Writing files so that nothing is ever half-written."""

import glob
import os
import tempfile
from pathlib import Path

from ganlib.errors import GanlibError


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file so that at every moment `path` holds the old bytes or the new ones, whole.

    The bytes go to a temporary file beside it, are forced to the disk, and then take its name.
    Whatever fails, the temporary file is removed; GanlibError if it was the disk. One writer at a
    time: what a killed one left behind is removed by the next.
    """
    path = Path(path)
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(
            prefix=f".{path.name}.", suffix=".tmp", dir=path.parent
        )
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
        temporary = None
        for orphan in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
            orphan.unlink(missing_ok=True)  # of a process killed while writing
    except OSError as error:
        raise GanlibError(
            f"could not write {path}: {error.strerror or error}; what was there before is intact, "
            "so make room or choose another folder and try again."
        ) from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
