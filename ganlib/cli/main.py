"""`ganlib COMMAND ...`, or `python -m ganlib COMMAND ...`: it only dispatches.

A command's module is imported only when it is asked for, so that help is quick and `ganlib doctor`
runs where torch does not.
"""

import difflib
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from ganlib import __version__
from ganlib.core.errors import ConfigError, GanlibError

COMMANDS = {
    "stylize": "draw the faces in photographs as anime portraits",
    "draw": "draw faces from noise, as asked for",
    "models": "list the models that ship, with their figures",
    "train": "train a model: from pairs, without pairs, or from noise",
    "evaluate": "measure a model beside baselines and the truth",
    "doctor": "check that everything here works, and say how to mend what does not",
}
"""Command -> what it does. `ganlib.cli.<command>.run(arguments)` does it."""
NO_OPTIONS = ("problem", "objective", "facts")
"""What a run is besides its options: errors name it as it is."""
ON = ("match_tones",)
"""Switches that are on: their options turn them off, as `--no-match-tones`."""


USAGE = """usage: ganlib COMMAND [OPTIONS]

Generative adversarial networks: train them, use them.

{}

ganlib COMMAND --help says more; ganlib --version says which. Example:

  ganlib stylize me.jpg --out drawings --side-by-side"""


def usage() -> str:
    """What `ganlib --help` says."""
    return USAGE.format("\n".join(f"  {name:<10} {text}" for name, text in COMMANDS.items()))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status: 0 done, 1 an error or work left undone, 2 bad usage."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal with a narrow character set prints "?" for "✓" rather than fail.
            stream.reconfigure(errors="replace")
    try:
        try:
            return _dispatch(words)
        finally:  # Now, as an error at the end of the process could not be caught.
            sys.stdout.flush()
    except GanlibError as error:
        print(f"ganlib: error: {in_words(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("ganlib: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:  # whoever read the output has gone, such as `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _dispatch(words: list[str]) -> int:
    if words[:1] in (["-h"], ["--help"]):
        print(usage())
    elif words[:1] == ["--version"]:
        print(f"ganlib {__version__}")
    elif words and words[0] in COMMANDS:
        return import_module(f"ganlib.cli.{words[0]}").run(words[1:])
    else:
        return _unknown(words)
    return 0


def in_words(error: GanlibError) -> str:
    """What an error says on the command line: options in place of a config's fields."""
    if not isinstance(error, ConfigError) or error.field in NO_OPTIONS:
        return str(error)
    option = f"--{'no-' * (error.field in ON)}{error.field.replace('_', '-')}"
    return f"{option} {error.problem}"


def _unknown(words: list[str]) -> int:
    if words:
        near = difflib.get_close_matches(words[0], COMMANDS, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        print(f"ganlib: error: there is no command {words[0]!r}{hint}\n", file=sys.stderr)
    print(usage(), file=sys.stderr)
    return 2
