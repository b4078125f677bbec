"""`ganlib bench`: the speeds of training, rendering and drawing on this machine, how many modes a
GAN on points finds, and what the weight of the reconstruction term does."""

import argparse
from pathlib import Path
from typing import Any

from ganlib.bench import bench
from ganlib.bench_core import bench_core
from ganlib.bench_lambda import SUBJECT as LAMBDA
from ganlib.bench_lambda import Scale, bench_lambda, lambda_table
from ganlib.bench_modes import bench_modes, mode_table
from ganlib.commands.output import table, write_json
from ganlib.errors import GanlibError

SUBJECTS = ("step", "render", "stylize")
CORE = "core"
MODES = "modes"
"""Asked for by name only, as are `CORE` and `LAMBDA`: they take minutes, and are about the library
rather than the machine."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "subjects",
        nargs="*",
        help=f"some of {', '.join(SUBJECTS)} (default: all), {CORE}, {MODES}, {LAMBDA}",
    )
    add("--json", type=Path, help="write the figures to this file too")
    core = parser.add_argument_group("core", "ganlib's loop against the tutorials', on a DCGAN")
    core.add_argument("--size", type=int, default=64, help="side of the images, pixels")
    core.add_argument("--batch", type=int, default=32, help="images in a step (default 32)")
    core.add_argument("--width", type=int, default=64, help="channels at the finest level")
    core.add_argument("--windows", type=int, default=5, help="timed windows a side (default 5)")
    core.add_argument("--seconds", type=float, default=2.0, help="length of a window (default 2)")
    core.add_argument("--pictures", type=int, default=2048, help="drawings (default 2048)")
    core.add_argument("--device", default="auto", help="auto, cpu, cuda")
    modes = parser.add_argument_group(
        "modes", "the PacGAN protocol: 8 and 25 Gaussians, on the CPU"
    )
    modes.add_argument("--seeds", type=int, default=10, help="runs of each setting (default 10)")
    modes.add_argument("--steps", type=int, help="steps of every run (default: each toy's own)")
    usual = Scale()
    sweep = parser.add_argument_group(
        LAMBDA, "twins at many weights of the reconstruction; goes on with what --json holds"
    )
    for name in ("images", "runs", "twins"):
        value = getattr(usual, name)
        sweep.add_argument(f"--{name}", type=int, default=value, help="(default %(default)s)")
    sweep.add_argument("--init", default="", help="start every G from this model (default: none)")


def _core(args: argparse.Namespace) -> dict[str, Any]:
    for name, least in (("batch", 1), ("windows", 1), ("pictures", 1), ("seconds", 0)):
        if getattr(args, name) < least:
            raise GanlibError(f"--{name} must be {least} or more, not {getattr(args, name)}.")
    names = ("size", "batch", "width", "windows", "seconds", "pictures", "device")
    return {"what": CORE} | bench_core(**{name: getattr(args, name) for name in names})


def run(args: argparse.Namespace) -> int:
    known = (*SUBJECTS, CORE, MODES, LAMBDA)
    unknown = set(args.subjects) - set(known)
    if unknown:
        raise GanlibError(f"bench knows {', '.join(known)}, not {', '.join(sorted(unknown))}.")
    records = {}
    for subject in args.subjects or SUBJECTS:
        if subject == MODES:
            records[subject] = record = bench_modes(args.seeds, args.steps)
            print(mode_table(record), end="\n\n")
            continue
        if subject == LAMBDA:
            scale = Scale(args.images, args.runs, args.twins, args.size, init=args.init)
            records[subject] = record = bench_lambda(scale, args.json)
            print(lambda_table(record), end="\n\n")
            continue
        records[subject] = record = _core(args) if subject == CORE else bench(subject)
        print(table({k: v for k, v in record.items() if k != "hardware"}), end="\n\n")
    write_json(args.json, records)
    return 0
