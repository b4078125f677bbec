"""Writing files so that nothing is ever half-written."""

import glob
import os
import tempfile
from pathlib import Path

from ganlib.core.errors import GanlibError


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file so that at every moment `path` holds the old bytes or the new ones, whole; what
    a killed writer leaves beside it, the next removes. GanlibError if the disk fails."""
    path, temporary = Path(path), ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(".tmp", f".{path.name}.", path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
        for orphan in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
            orphan.unlink(missing_ok=True)
    except OSError as error:
        problem = f"could not write {path}: {error.strerror or error}; what was there is intact"
        mend = "make room, close the file elsewhere, or choose another folder, and try again"
        raise GanlibError(f"{problem}, so {mend}.") from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
