"""`ganlib bench`: the speeds of training, rendering and drawing on this machine, how many modes a
GAN on points finds, what the weight of the reconstruction term does, and how well two recipes draw
at equal compute."""

import argparse
from pathlib import Path
from typing import Any

from ganlib.bench import bench
from ganlib.bench.core_loop import bench_core
from ganlib.bench.lambda_sweep import SUBJECT as LAMBDA
from ganlib.bench.lambda_sweep import Scale, bench_lambda, lambda_table
from ganlib.bench.modes import bench_modes, mode_table
from ganlib.bench.recipes import bench_recipes, recipe_table
from ganlib.bench.records import stored
from ganlib.cli.output import table, write_json
from ganlib.core.errors import GanlibError

SUBJECTS = ("step", "render", "stylize")
CORE = "core"
MODES = "modes"
RECIPES = "recipes"
BY_NAME = (CORE, MODES, LAMBDA, RECIPES)
"""Asked for by name only: they take minutes, and are about the library rather than the machine."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "subjects",
        nargs="*",
        help=f"some of {', '.join(SUBJECTS)} (default: all), {', '.join(BY_NAME)}",
    )
    add("--json", type=Path, help="write the figures to this file too")
    core = parser.add_argument_group("core", "ganlib's loop against the tutorials', on a DCGAN")
    core.add_argument("--size", type=int, default=64, help="side of the images, pixels")
    core.add_argument("--batch", type=int, default=32, help="images in a step (default 32)")
    core.add_argument("--width", type=int, default=64, help="channels at the finest level")
    core.add_argument("--windows", type=int, default=5, help="timed windows a side (default 5)")
    core.add_argument(
        "--seconds", type=float, help="length of a window (default 2); recipes: of a run (480)"
    )
    core.add_argument("--pictures", type=int, default=2048, help="drawings (default 2048)")
    core.add_argument("--device", default="auto", help="auto, cpu, cuda")
    modes = parser.add_argument_group(
        "modes", "the PacGAN protocol: 8 and 25 Gaussians, on the CPU"
    )
    modes.add_argument("--seeds", type=int, default=10, help="runs of each setting (default 10)")
    modes.add_argument("--steps", type=int, help="steps of every run (default: each toy's own)")
    usual = Scale()
    runs = parser.add_argument_group(
        f"{LAMBDA} and {RECIPES}",
        f"twins at many weights of the reconstruction ({LAMBDA}); ganlib's recipe and CycleGAN's "
        f"at equal processor seconds ({RECIPES}). Both go on with what --json holds",
    )
    runs.add_argument("--runs", type=int, default=3, help="seeds of each setting (default 3)")
    runs.add_argument(
        "--twins",
        type=int,
        help=f"photographs, and drawings (default {usual.twins} for {LAMBDA}, 2000 for {RECIPES})",
    )
    runs.add_argument("--held-out", type=int, default=512, help=f"{RECIPES}: twins to measure by")
    runs.add_argument("--images", type=int, default=usual.images, help=f"{LAMBDA}: of each run")
    runs.add_argument("--init", default="", help=f"{LAMBDA}: start every G from this model")


def _core(args: argparse.Namespace) -> dict[str, Any]:
    args.seconds = 2.0 if args.seconds is None else args.seconds
    for name, least in (("batch", 1), ("windows", 1), ("pictures", 1), ("seconds", 0)):
        if getattr(args, name) < least:
            raise GanlibError(f"--{name} must be {least} or more, not {getattr(args, name)}.")
    names = ("size", "batch", "width", "windows", "seconds", "pictures", "device")
    return {"what": CORE} | bench_core(**{name: getattr(args, name) for name in names})


def _recipes(args: argparse.Namespace) -> dict[str, Any]:
    seconds = 480.0 if args.seconds is None else args.seconds
    return bench_recipes(
        seconds, args.runs, args.size, args.twins or 2000, args.held_out, args.json
    )


def run(args: argparse.Namespace) -> int:
    known = (*SUBJECTS, *BY_NAME)
    unknown = set(args.subjects) - set(known)
    if unknown:
        raise GanlibError(f"bench knows {', '.join(known)}, not {', '.join(sorted(unknown))}.")
    records = {}
    for subject in args.subjects or SUBJECTS:
        if subject == MODES:
            records[subject] = record = bench_modes(args.seeds, args.steps)
            print(mode_table(record), end="\n\n")
            continue
        if subject == RECIPES:
            records[subject] = record = _recipes(args)
            print(recipe_table(record), end="\n\n")
            continue
        if subject == LAMBDA:
            twins = args.twins or Scale().twins
            scale = Scale(args.images, args.runs, twins, args.size, init=args.init)
            records[subject] = record = bench_lambda(scale, args.json)
            print(lambda_table(record), end="\n\n")
            continue
        records[subject] = record = _core(args) if subject == CORE else bench(subject)
        print(table({k: v for k, v in record.items() if k != "hardware"}), end="\n\n")
    # A file that a bench goes on with may hold the record of another one: it stays.
    goes_on = args.json and {LAMBDA, RECIPES} & set(args.subjects)
    write_json(args.json, (stored(args.json) if goes_on else {}) | records)
    return 0
