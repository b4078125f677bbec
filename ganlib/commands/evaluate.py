"""`ganlib evaluate`: a translator's error on held-out twins beside that of copying."""

import argparse
from pathlib import Path

from ganlib import runtime
from ganlib.checkpoints import load_model
from ganlib.commands.output import table, write_json
from ganlib.evaluation import evaluate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("checkpoint", help="a shipped model's name (portrait, unpaired) or a .safetensors file")
    add("--twins", type=int, default=512, help="held-out people (default 512)")
    add("--device", default="auto", help="auto, cpu, cuda, mps")
    add("--precision", default="auto", choices=runtime.PRECISIONS)
    add("--json", type=Path, help="write the figures to this file too")


def run(args: argparse.Namespace) -> int:
    model, _ = load_model(args.checkpoint)
    model = model.to(runtime.device(args.device))
    record = evaluate(model, model.settings.size, args.twins, args.precision)
    print(table(record))
    write_json(args.json, record)
    return 0
