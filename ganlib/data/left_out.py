"""Inputs that are left out: each is named at once, and the command's exit status tells of them."""

import sys

left_out: list[str] = []
"""What was, since the command began."""


def leave_out(why: object) -> None:
    """Name, on standard error, an input that cannot be used, and go on without it."""
    from tqdm import tqdm  # here: `ganlib doctor` runs without it

    left_out.append(str(why))
    tqdm.write(f"ganlib: left out: {why}", file=sys.stderr)  # above a progress bar
