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
FIRST = "00_start_here.ipynb"


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
    place = next((each for each in FOLDERS if (each / FIRST).is_file()), None)
    if place is None:
        raise GanlibError("there are no lessons in this package; install ganlib again.")
    try:
        found = {folder / p.name: p.read_bytes() for p in sorted(place.glob("[0-9]*.ipynb"))}
        old = {path: path.read_bytes() for path in found if path.exists()}
    except OSError as error:
        raise GanlibError(f"cannot read {error.filename}: {error.strerror}.") from error
    if changed := [str(path) for path in old if old[path] != found[path]]:
        names = ", ".join(changed)
        raise GanlibError(f"{names}: there already, with other contents; give another folder.")
    written: list[Path] = []
    try:
        for path in found.keys() - old:
            write_atomic(path, found[path])
            written.append(path)
    except GanlibError:
        for path in written:
            path.unlink(missing_ok=True)
        raise
    print(f"{len(found)} lessons are in {folder}. Next:\n")
    if not all(map(find_spec, EXTRAS["lessons"])):
        print('  pip install "ganlib[lessons]"')
    print(f'  jupyter lab "{folder / FIRST}"')
    return 0
