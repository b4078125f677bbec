"""Standard output and error that do not end the work when nobody takes what is written."""

import contextlib
import errno
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO


class Lasting:
    """A stream in whose place the null device is put once it fails: whoever read it has gone (as
    `head` does), or the disk is full. `lost` is the error, then."""

    lost: OSError | None

    def __init__(self, stream: TextIO) -> None:
        self.stream, self.lost = stream, None
        if isinstance(stream, io.TextIOWrapper):
            # A terminal with a narrow character set prints "?" for "✓" rather than fail.
            stream.reconfigure(errors="replace")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        """As of a text stream."""
        return self._attempt(lambda: self.stream.write(text)) or 0

    def flush(self) -> None:
        """As of a text stream."""
        self._attempt(self.stream.flush)

    def _attempt(self, act: Callable[[], Any]) -> Any:
        try:
            return act()
        except OSError as error:
            gone = error.errno == errno.EINVAL  # so Windows says of it
            self.lost = self.lost or (BrokenPipeError(*error.args) if gone else error)
            with open(os.devnull, "wb") as null:
                os.dup2(null.fileno(), self.stream.fileno())
            return None


@contextmanager
def lasting() -> Iterator[Lasting]:
    """Standard output, and error, as `Lasting`; a closed one (`>&-`) is the null device."""
    # A file that is opened must not get the number of a closed stream: others write to it.
    while (low := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(low)
    with contextlib.ExitStack() as stack:
        out: Any
        err: Any
        out, err = (
            Lasting(stream or stack.enter_context(open(os.devnull, "w", encoding="utf-8")))
            for stream in (sys.stdout, sys.stderr)
        )
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(contextlib.redirect_stderr(err))
        yield out
