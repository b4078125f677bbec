"""The command line: `ganlib COMMAND ...` or `python -m ganlib COMMAND ...`.

It only parses and dispatches. A command is one row of `COMMANDS`; its module is imported only when
it is asked for, so that help is quick and `ganlib doctor` runs where torch does not.
"""

import argparse
import io
import sys
from collections.abc import Sequence
from importlib import import_module

from ganlib import __version__
from ganlib.core.errors import GanlibError

COMMANDS = {
    "train": "train a translator, or a generator of faces from noise",
    "stylize": "draw the faces in photographs as anime portraits",
    "evaluate": "measure a translator on held-out twins",
    "probe": "teach the network that measures portraits, or score it",
    "bench": "time training, rendering and drawing on this machine",
    "doctor": "check that everything here works, and say how to mend what does not",
}
"""Command -> what it does. `ganlib.cli.<command>` holds its arguments and its work."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status: 0 done, 1 an error or work left undone, 2 bad usage."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal with a narrow character set prints "?" for "✓" rather than fail.
            stream.reconfigure(errors="replace")
    try:
        parsed = _parser(arguments).parse_args(arguments)
        parsed.words = arguments
        return import_module(f"ganlib.cli.{parsed.command}").run(parsed)
    except GanlibError as error:
        print(f"ganlib: error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("ganlib: stopped", file=sys.stderr)
        return 130


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """The parser of all commands, of which only the one that is asked for knows its arguments."""
    parser = argparse.ArgumentParser(
        prog="ganlib", description="Generative adversarial networks: train them, use them."
    )
    parser.add_argument("--version", action="version", version=f"ganlib {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary.capitalize() + ".")
        if name in arguments[:1]:
            import_module(f"ganlib.cli.{name}").add_arguments(command)
    return parser
