"""Writing files so that nothing is ever half-written."""

import os
import tempfile
import zlib
from contextlib import suppress
from pathlib import Path

from ganlib.core.errors import GanlibError


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file so that at every moment `path` holds the old bytes or the new ones, whole; what
    a killed writer leaves beside it, the next removes. GanlibError if the disk fails."""
    path, temporary = Path(path), ""
    prefix = f".{zlib.crc32(os.fsencode(path.name)):08x}."  # short, however long the name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(".tmp", prefix, path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError as error:
        problem = f"could not write {path}: {error.strerror or error}; what was there is intact"
        busy = isinstance(error, PermissionError) and temporary  # so Windows says of a file in use
        mend = f"{'close the program that has it open' if busy else 'make room'}, or choose"
        raise GanlibError(f"{problem}, so {mend} another folder, and try again.") from error
    finally:
        for orphan in path.parent.glob(f"{prefix}*.tmp"):
            with suppress(OSError):  # of a writer at work, which Windows keeps
                orphan.unlink()
