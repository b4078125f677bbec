"""Inputs that are left out: each is named at once, and the command's exit status tells of them."""

import sys

left_out: list[str] = []
"""What was, since the command began."""


def leave_out(why: object, note: bool = False) -> None:
    """Name, on standard error, an input that cannot be used, and go on without it; as a `note`, it
    changes no exit status. Of several processes that train together, the first does so for all."""
    from tqdm import tqdm  # here: `ganlib doctor` runs without it, and without torch

    from ganlib.core.parallel import rank

    if rank() == 0:
        left_out.extend([] if note else [str(why)])
        said = "ganlib: note: left out" if note else "ganlib: left out"
        tqdm.write(f"{said}: {why}", file=sys.stderr)  # above a progress bar
