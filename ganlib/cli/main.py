"""`ganlib COMMAND ...`, or `python -m ganlib COMMAND ...`: it only dispatches.

A command's module is imported only when it is asked for, so that help is quick and `ganlib doctor`
runs where torch does not.
"""

import difflib
import sys
from collections.abc import Sequence
from importlib import import_module

from ganlib import __version__
from ganlib.cli.streams import lasting
from ganlib.core.errors import ConfigError, GanlibError
from ganlib.data.left_out import left_out

COMMANDS = {
    "stylize": "draw the faces in photographs as anime portraits",
    "draw": "draw faces from noise, as asked for",
    "models": "list the models that ship, with their figures",
    "train": "train a model: from pairs, without pairs, or from noise",
    "evaluate": "measure a model beside baselines and the truth",
    "export": "write a model as ONNX, for programs without PyTorch",
    "lessons": "copy the notebooks of the course into a folder of yours",
    "doctor": "check that everything here works, and say how to mend what does not",
}
"""Command -> what it does. `ganlib.cli.<command>.run(arguments)` does it."""
NO_OPTIONS = ("problem", "objective", "facts")
"""What a run is besides its options: errors name it as it is."""
ON = ("match_tones",)
"""Switches that are on: their options turn them off, as `--no-match-tones`."""
LOWER = {
    "stylize": "--size",
    "draw": "--n",
    "train": "--batch or --size",
    "evaluate": "--twins",
    "export": "--size",
}
"""What a command needs less memory with."""
NO_MEMORY = (
    *("memoryerror", "out of memory", "outofmemory", "not enough memory", "allocate memory"),
    *("alloc_failed", "memory object", "failed to map segment", "start new thread", "paging file"),
)
"""What errors say of it: of Python, torch (CPU, CUDA, MPS), oneDNN, and the system."""


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
    left_out.clear()
    with lasting() as output:
        status = _status(words)
        output.flush()
        if output.lost is None:
            return status
        if isinstance(output.lost, BrokenPipeError):  # who read it has gone, such as `head`
            return status or 141
        problem = f"standard output could not be written: {output.lost.strerror}"
        print(f"ganlib: error: {problem}; all else is done.", file=sys.stderr)
        return status or 1


def _status(words: list[str]) -> int:
    """Run one command, and say what ended it; its exit status."""
    try:
        return _dispatch(words) or int(bool(left_out))
    except SystemExit as stopped:  # help, and bad usage
        return stopped.code if isinstance(stopped.code, int) else int(bool(stopped.code))
    except GanlibError as error:
        print(f"ganlib: error: {in_words(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("ganlib: stopped", file=sys.stderr)
        return 130
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        lower = f"give a lower {LOWER[words[0]]}, or " if words[0] in LOWER else ""
        print(f"ganlib: error: out of memory; {lower}close other programs.", file=sys.stderr)
        return 1


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error, of whatever library, says that memory is used up, the GPU's or other."""
    said = f"{type(error).__name__}: {error}".lower()
    return any(words in said for words in NO_MEMORY)


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
