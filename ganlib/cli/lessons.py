"""`ganlib lessons`: the notebooks of the course, copied to where they can be worked on."""

from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import tyro

from ganlib.cli.doctor import EXTRAS
from ganlib.cli.options import parse
from ganlib.core.errors import ConfigError, GanlibError
from ganlib.core.files import write_atomic

PACKAGE = Path(__file__).parents[1]
FOLDERS = PACKAGE / "notebooks", PACKAGE.parent / "notebooks"
"""Where the notebooks lie: in an installed package, in a checkout."""


@dataclass(frozen=True)
class Options:
    """Where they go."""

    folder: Annotated[Path, tyro.conf.Positional] = field()  # is made if it does not exist


def run(words: list[str]) -> int:
    """Copy every lesson, or none: work on a lesson is never overwritten."""
    about = "Copy the lessons, which are notebooks, into a folder of yours."
    folder = parse(Options, words, "ganlib lessons", about, "ganlib lessons course").folder
    if folder.exists() and not folder.is_dir():
        raise ConfigError("folder", f"must be a folder, and {folder} is a file.")
    found = sorted(path for place in FOLDERS for path in place.glob("[0-9]*.ipynb"))
    if not found:
        raise GanlibError("there are no lessons in this package; install ganlib again.")
    lessons = {folder / path.name: path.read_bytes() for path in found}
    changed = [path for path, new in lessons.items() if path.exists() and path.read_bytes() != new]
    if changed:
        names = ", ".join(str(path) for path in changed)
        raise GanlibError(f"{names}: there already, with other contents; give another folder.")
    for path, new in lessons.items():
        write_atomic(path, new)
    print(f"{len(lessons)} lessons are in {folder}. Next:\n")
    if not all(map(find_spec, EXTRAS["lessons"])):
        print('  pip install "ganlib[lessons]"')
    print(f'  jupyter lab "{min(lessons)}"')
    return 0
