"""`ganlib probe`: teach the probe, the measuring instrument of `ganlib evaluate`."""

import argparse
import shlex
from pathlib import Path
from typing import Any

import torch

from ganlib import __version__
from ganlib.measure.hardware import hardware
from ganlib.cli.output import source_commit, write_json
from ganlib.core.errors import GanlibError
from ganlib.measure.hand_labels import compare, read_labels
from ganlib.measure.probe import PATH, load_probe, save_probe
from ganlib.measure.probe_scores import Record, failures, held_out, tolerances
from ganlib.measure.probe_training import ProbeTraining, train


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add, usual = parser.add_argument, ProbeTraining()
    add("--out", type=Path, help="the .safetensors file to write; its card goes beside it")
    add("--score", type=Path, nargs="?", const=PATH, help="only score this probe (default: ours)")
    add("--labels", type=Path, help="with --score and --photos: compare it with labels by hand")
    add("--photos", type=Path, help="the folder of the labelled photographs")
    add("--people", type=int, default=usual.people, help="rendered for it (default %(default)s)")
    add("--epochs", type=int, default=usual.epochs, help="(default %(default)s)")
    add("--held-out", type=int, default=2000, help="people it is scored on (default 2000)")
    add("--seed", type=int, default=usual.seed)
    add("--precision", default="auto", choices=runtime.PRECISIONS)
    add("--threads", type=int, help="processor threads (default: torch's choice)")
    add("--json", type=Path, help="write the scores to this file")


def scores(record: dict[str, Record]) -> str:
    """A line for each attribute, a column for each world: accuracy or R²."""
    worlds = list(record)
    lines = ["".join([f"{'':<13}{'':<10}", *(f"{world:>12}" for world in worlds)])]
    for name, first in record[worlds[0]].items():
        key = "r2" if "r2" in first else "accuracy"
        found = [record[world].get(name, {}).get(key) for world in worlds]
        shown = "".join(f"{'–':>12}" if value is None else f"{value:12.3f}" for value in found)
        lines.append(f"{name:<13}{'R²' if key == 'r2' else key:<10}{shown}")
    return "\n".join(lines)


def run(args: argparse.Namespace) -> int:
    if bool(args.out) == bool(args.score):
        raise GanlibError("probe trains one with --out FILE, or scores one with --score [FILE].")
    if args.held_out < 2:
        raise GanlibError(f"--held-out must be 2 or more, not {args.held_out}.")
    if args.threads is not None:
        if args.threads < 1:
            raise GanlibError(f"--threads must be 1 or more, not {args.threads}.")
        torch.set_num_threads(args.threads)
    if args.labels or args.photos:
        return _labels(args)
    if args.score:
        record = held_out(load_probe(args.score), args.held_out)
    else:
        record = _train(args)
    print(scores(record))
    missed = failures(record)
    print("\n".join(f"below its bar: {line}" for line in missed) or "every bar is reached")
    write_json(args.json, record)
    return 0


def _labels(args: argparse.Namespace) -> int:
    """Print how often the probe reads in photographs what people see in them."""
    if not (args.labels and args.photos and args.score):
        raise GanlibError("--labels, --photos and --score go together.")
    record = compare(load_probe(args.score), read_labels(args.labels), args.photos)
    print(f"{record['photographs']} photographs, {record['without_face']} more without a face")
    for name, found in record.items():
        if isinstance(found, dict) and found["n"]:
            print(
                f"{name:<11} agreement {found['agreement']:.3f}, majority {found['majority']:.3f}, "
                f"n {found['n']}: {found['confusion']}"
            )
    write_json(args.json, record)
    return 0


def _train(args: argparse.Namespace) -> dict[str, Record]:
    commit = source_commit()
    if args.out.suffix != ".safetensors":
        raise GanlibError(f"a probe is saved as .safetensors, not as {args.out.name!r}.")
    settings = ProbeTraining(
        people=args.people, epochs=args.epochs, seed=args.seed, precision=args.precision
    )
    probe, facts = train(settings)
    record = held_out(probe, args.held_out)
    card: dict[str, Any] = {
        "command": "ganlib " + shlex.join(args.words),
        "seed": args.seed,
        "commit": commit,
        "ganlib": __version__,
        "hardware": hardware(),
        **facts,
        "held_out_people": args.held_out,
        "held_out": record,
        "tolerance": tolerances(record),
        "below_bar": failures(record),
    }
    save_probe(args.out, probe, card)
    print(f"saved {args.out}")
    return record
