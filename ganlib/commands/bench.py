"""`ganlib bench`: the speeds of training, rendering and drawing on this machine."""

import argparse
from pathlib import Path

from ganlib.bench import bench
from ganlib.commands.output import table, write_json
from ganlib.errors import GanlibError

SUBJECTS = ("step", "render", "stylize")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("subjects", nargs="*", help=f"some of {', '.join(SUBJECTS)}; default all")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")


def run(args: argparse.Namespace) -> int:
    unknown = set(args.subjects) - set(SUBJECTS)
    if unknown:
        raise GanlibError(f"bench knows {', '.join(SUBJECTS)}, not {', '.join(sorted(unknown))}.")
    records = {subject: bench(subject) for subject in args.subjects or SUBJECTS}
    for record in records.values():
        print(table({k: v for k, v in record.items() if k != "hardware"}), end="\n\n")
    write_json(args.json, records)
    return 0
