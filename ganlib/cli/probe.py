"""`ganlib probe`: train the probe, the measuring instrument of `ganlib evaluate`, or score one."""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ganlib import __version__
from ganlib.cli.options import Common, parse
from ganlib.cli.output import Output, require_writable
from ganlib.core.config import require
from ganlib.core.errors import GanlibError
from ganlib.measure.hardware import hardware
from ganlib.measure.probe import load_probe, save_probe
from ganlib.measure.probe_scores import Record, failures, held_out, tolerances
from ganlib.measure.probe_training import ProbeTraining, train
from ganlib.pipelines.card import provenance
from ganlib.weights import PROBE


@dataclass(frozen=True, kw_only=True)
class Options(Common):
    """Train with --out, or score with --score or --file."""

    out: str = ""  # the .safetensors file to write; its card goes beside it
    score: bool = False  # only score a probe: that of --file
    file: Path = PROBE  # the probe to score
    held_out: int = 2000  # people it is scored on
    threads: int = 0  # processor threads; 0: torch's choice
    training: ProbeTraining = ProbeTraining()

    def __post_init__(self) -> None:
        require(self, "held_out", self.held_out >= 2, "2 or more")
        require(self, "threads", self.threads >= 0, "0 or more")


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


def run(words: list[str]) -> int:
    """Train or score, and print how well it reads."""
    about = "Train the network that measures portraits, or score it."
    options = parse(Options, words, "ganlib probe", about, "ganlib probe --score")
    if bool(options.out) == options.score:
        raise GanlibError("probe trains one with --out FILE, or scores one with --score.")
    if options.threads:
        torch.set_num_threads(options.threads)
    output = Output(options.json)
    if options.score:
        record = held_out(load_probe(options.file), options.held_out)
    else:
        record = _train(options, words, output)
    output.say(scores(record))
    missed = failures(record)
    output.say("\n".join(f"below its bar: {line}" for line in missed) or "every bar is reached")
    output.write(record)
    return 0


def _train(options: Options, words: list[str], output: Output) -> dict[str, Record]:
    out, commit = Path(options.out), provenance()
    if out.suffix != ".safetensors":
        raise GanlibError(f"a probe is saved as .safetensors, not as {out.name!r}.")
    require_writable(out.parent)
    probe, facts = train(options.training)
    record = held_out(probe, options.held_out)
    card: dict[str, Any] = {
        "command": "ganlib probe " + shlex.join(words),
        "seed": options.training.seed,
        "commit": commit,
        "ganlib": __version__,
        "hardware": hardware(),
        **facts,
        "held_out_people": options.held_out,
        "held_out": record,
        "tolerance": tolerances(record),
        "below_bar": failures(record),
    }
    save_probe(out, probe, card)
    output.say(f"saved {out}")
    return record
