"""`ganlib train PROBLEM`: a config in; a resumable run and a model with its card out."""

import difflib
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ganlib.cli.options import Common, joined, parse, split
from ganlib.cli.output import Output, require_writable, table
from ganlib.core.config import require
from ganlib.core.errors import GanlibError
from ganlib.core.parallel import processes, rank
from ganlib.core.trainer import STATE_FILE, require_free
from ganlib.pipelines.build import build_run
from ganlib.pipelines.card import make_card, provenance
from ganlib.pipelines.parts import like_init
from ganlib.pipelines.problems import PROBLEMS, Problem
from ganlib.pipelines.results import RESULTS
from ganlib.scale import distributed
from ganlib.weights import save_model

EXAMPLES = {
    "noise": "--width 64 --batch 32 --out runs/noise",
    "faces": "--batch 32 --r1-gamma 0.5 --penalty-every 4 --out runs/faces",
    "portrait": "--pairs PAIRS --out runs/portrait",
    "unpaired-quick": "--out runs/quick",
    "backward": "--model runs/unpaired/model.safetensors --images 14000 --out runs/backward",
    "back-translation": "--init runs/unpaired/model.safetensors --backward "
    "runs/backward/model.safetensors --images 24000 --out runs/again",
}
"""Options of an example; those of other problems are `--out runs/PROBLEM`."""


@dataclass(frozen=True, kw_only=True)
class Run(Common):
    """Where the run lives, and what it runs on."""

    out: Path  # folder of the run
    resume: bool = False  # go on with the run in --out
    device: str = "auto"  # auto, cpu, cuda, mps
    threads: int = 0  # processor threads; 0: torch's choice

    def __post_init__(self) -> None:
        require(self, "threads", self.threads >= 0, "0 or more")


USAGE = """usage: ganlib train PROBLEM [OPTIONS]

{}

ganlib train PROBLEM --help shows a problem's own options. Example:

  ganlib train unpaired --out runs/unpaired"""


def usage() -> str:
    """What `ganlib train --help` says."""
    about = {name: " ".join(str(type(config).__doc__).split()) for name, config in PROBLEMS.items()}
    about["unpaired-quick"] = "as unpaired, for runs of minutes."
    return USAGE.format("\n".join(f"  {name:<17} {text}" for name, text in about.items()))


def read(words: list[str]) -> tuple[Problem, Run] | int:
    """(config, run) of words of the command line; an exit status if there is nothing to run."""
    if words[:1] in (["-h"], ["--help"]):
        print(usage())
        return 0
    if not words or words[0] not in PROBLEMS:
        near = difflib.get_close_matches(words[0], PROBLEMS, n=1) if words else []
        problem = f"there is no problem {words[0]!r}" if words else "which problem?"
        hint = f"; did you mean {near[0]}?" if near else ""
        print(f"ganlib: error: {problem}{hint}\n\n{usage()}", file=sys.stderr)
        return 2
    name, default = words[0], PROBLEMS[words[0]]
    options = joined("Options", default, common=Run)
    example = EXAMPLES.get(name, f"--out runs/{name}")
    about = " ".join(str(type(default).__doc__).split())
    prog = f"ganlib train {name}"
    found: Any = parse(options, words[1:], prog, about, f"{prog} {example}")
    return split(found, type(default)), found.common


def run(words: list[str]) -> int:
    """Train, measure, save; 130 after Ctrl-C."""
    asked = read(words)
    if isinstance(asked, int):
        return asked
    config, options = like_init(asked[0], words), asked[1]
    if options.threads:
        torch.set_num_threads(options.threads)
    command, commit = "ganlib train " + shlex.join(words), provenance()
    results = RESULTS[config.use](config, options.out)
    on_gpu = options.device != "cpu" and torch.cuda.is_available()
    with distributed.session(on_gpu):
        distributed.from_first(lambda: _prepare(options))
        trainer = build_run(config, options.out, options.device, on_sample=results)
        if options.resume:
            trainer.resume()
        before = trainer.images
        trainer.run()
        first, many = rank() == 0, processes()
    if first:  # The other processes have ended: what is left is for one.
        output, model = Output(options.json), options.out / "model.safetensors"
        figures, more = results.figures(trainer)
        facts = {"processes": many, **more, "held_out": figures}
        save_model(model, trainer.ema, make_card(config, command, commit, trainer, before, facts))
        output.say(table(figures))
        output.say(results.end(trainer.ema, model))
        output.write(figures)
    return 130 if first and trainer.interrupted else 0


def _prepare(options: Run) -> None:
    """Make the run's folder now; GanlibError if it cannot be used, holds a run already, or none to
    go on with, or if the figures could not be written."""
    Output(options.json)
    if options.resume and not (options.out / STATE_FILE).exists():
        problem = f"{options.out} holds no run that could go on"
        raise GanlibError(f"{problem}; check the name, or leave out --resume to begin one.")
    require_writable(options.out)
    if not options.resume:
        require_free(options.out)
