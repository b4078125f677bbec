"""`ganlib probe`: how well the probe, the measuring instrument of `ganlib evaluate`, reads."""

from dataclasses import dataclass
from pathlib import Path

import torch

from ganlib.cli.options import Common, parse
from ganlib.cli.output import Output
from ganlib.core.config import require
from ganlib.measure.probe import load_probe
from ganlib.measure.probe_scores import Record, failures, held_out
from ganlib.weights import PROBE


@dataclass(frozen=True, kw_only=True)
class Options(Common):
    """What is scored, and on whom."""

    file: Path = PROBE  # the probe to score: one of data/train_probe.py, .safetensors
    held_out: int = 2000  # people it is scored on
    threads: int = 0  # processor threads; 0: torch's choice

    def __post_init__(self) -> None:
        require(self, "held_out", self.held_out >= 2, "2 or more")
        require(self, "threads", self.threads >= 0, "0 or more")


def run(words: list[str]) -> int:
    """Score it on held-out people, and print how well it reads."""
    about = "Score the network that measures portraits."
    options = parse(Options, words, "ganlib probe", about, "ganlib probe --held-out 500")
    if options.threads:
        torch.set_num_threads(options.threads)
    say(Output(options.json), held_out(load_probe(options.file), options.held_out))
    return 0


def say(output: Output, record: dict[str, Record]) -> None:
    """Show and write the scores, and what is below its bar."""
    output.say(scores(record))
    missed = failures(record)
    output.say("\n".join(f"below its bar: {line}" for line in missed) or "every bar is reached")
    output.write(record)


def scores(record: dict[str, Record]) -> str:
    """A line for each attribute, a column for each domain: accuracy or R²."""
    domains = list(record)
    lines = ["".join([f"{'':<13}{'':<10}", *(f"{domain:>12}" for domain in domains)])]
    for name, first in record[domains[0]].items():
        key = "r2" if "r2" in first else "accuracy"
        found = [record[domain].get(name, {}).get(key) for domain in domains]
        shown = "".join(f"{'–':>12}" if value is None else f"{value:12.3f}" for value in found)
        lines.append(f"{name:<13}{'R²' if key == 'r2' else key:<10}{shown}")
    return "\n".join(lines)
