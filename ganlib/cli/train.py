"""`ganlib train PROBLEM`: a config in; a resumable run and a model with its card out."""

import difflib
import json
import shlex
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ganlib.cli.options import Common, joined, parse, show_weight, split
from ganlib.cli.output import Output, require_writable, table
from ganlib.core.checkpoint import load
from ganlib.core.config import MAY_CHANGE, Schedule
from ganlib.core.errors import ConfigError, GanlibError
from ganlib.core.parallel import processes, rank
from ganlib.core.trainer import STATE, STATE_FILE, Trainer
from ganlib.measure.control import FaceEvaluator
from ganlib.pipelines.build import build_run, identity
from ganlib.pipelines.card import make_card, provenance
from ganlib.pipelines.figures import held_out_figures
from ganlib.pipelines.problems import PROBLEMS, BackwardConfig, Config, FacesConfig, NoiseConfig
from ganlib.pipelines.samples import (
    SCORES,
    FaceSheet,
    NoiseSheet,
    TranslationSheet,
    face_samples,
    noise_samples,
    write_sheet,
)
from ganlib.scale import distributed
from ganlib.weights import load_model, save_model

EXAMPLES = {
    "noise": "--width 64 --batch 32 --out runs/noise",
    "faces": "--batch 32 --r1-gamma 0.5 --penalty-every 4 --out runs/faces",
    "mixed": "--photos PHOTOS --out runs/mixed",
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
        if self.threads < 0:
            raise ConfigError("threads", f"must be 0 or more, not {self.threads}.")


def usage() -> str:
    """What `ganlib train --help` says."""
    lines = []
    for name, config in PROBLEMS.items():
        about = " ".join(str(type(config).__doc__).split())
        about = "as unpaired, for runs of minutes." if name == "unpaired-quick" else about
        lines.append(f"  {name:<17} {about}")
    return "\n".join(
        [
            "usage: ganlib train PROBLEM [OPTIONS]",
            "",
            *lines,
            "",
            "ganlib train PROBLEM --help shows a problem's own options. Example:",
            "",
            "  ganlib train unpaired --out runs/unpaired",
        ]
    )


def read(words: list[str]) -> tuple[Config, Run] | int:
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
    config, options = asked
    if options.threads:
        torch.set_num_threads(options.threads)
    on_gpu = options.device != "cpu" and torch.cuda.is_available()
    with distributed.session(on_gpu):
        commit = provenance()
        distributed.from_first(lambda: _prepare(options, config))
        trainer = build_run(
            config, options.out, options.device, on_sample=_sheet(config, options.out)
        )
        if options.resume:
            trainer.resume()
        before = trainer.images
        trainer.run()
        first, many = rank() == 0, processes()
    # The other processes have ended: what is left is for one.
    return _finish(config, options, trainer, words, commit, (before, many)) if first else 0


def _prepare(options: Run, config: Config) -> None:
    """Make the run's folder now; GanlibError if it cannot be used, or holds another run."""
    folder, state = options.out, options.out / STATE_FILE
    require_writable(folder)
    if not state.exists():
        return
    if not options.resume:
        raise GanlibError(
            f"{folder} already holds a run: go on with it by --resume, or give another --out."
        )
    # The trainer asks for the same, but only after all the rendering.
    metadata = load(state, STATE)[1]
    if "config" not in metadata:
        raise GanlibError(
            f"the run in {folder} is of another version of ganlib: go on with it there, or begin "
            "another in a new folder."
        )
    stored = metadata["about"] | metadata["config"]
    train = {k: v for k, v in asdict(config.train).items() if k not in MAY_CHANGE}
    now = json.loads(json.dumps(identity(config) | train, default=str))
    mend = "resume it with what it was started with, or begin another in a new folder."
    if stored["problem"] != now["problem"]:
        raise GanlibError(
            f"the run in {folder} is one of `ganlib train {stored['problem']}`, not of "
            f"`ganlib train {now['problem']}`; {mend}"
        )
    for name in now:
        if name in stored and stored[name] != now[name]:
            before, after = (_shown(record[name]) for record in (stored, now))
            raise ConfigError(name, f"of the run in {folder} is {before}, not {after}; {mend}")


def _shown(value: Any) -> str:
    """A value out of JSON; schedules as the command line has them."""
    return show_weight(Schedule(value["points"])) if isinstance(value, dict) else repr(value)


def _sheet(config: Config, out: Path) -> Callable[[nn.Module, int], None] | None:
    """What is called with (G, images) every `sample_every` images."""
    if not config.train.sample_every:
        return None
    folder = out / "samples"
    if isinstance(config, NoiseConfig):
        return NoiseSheet(folder)
    if isinstance(config, FacesConfig):
        evaluator = FaceEvaluator(config.held_out, config.network.size)
        return FaceSheet(folder, out / SCORES, evaluator)
    if isinstance(config, BackwardConfig):
        size = load_model(config.model)[0].config.size if config.model else 64
        return TranslationSheet(folder, size, backward=True)
    return TranslationSheet(folder, config.network.size)


def _finish(
    config: Config,
    options: Run,
    trainer: Trainer,
    words: list[str],
    commit: str,
    past: tuple[int, int],
) -> int:
    """Measure the model, save it with its card, and say so."""
    output = Output(options.json)
    figures, more = held_out_figures(config, trainer, options.out)
    before, many = past
    facts = {"processes": many, **more, "held_out": figures}
    command = "ganlib train " + shlex.join(words)
    card = make_card(config, command, commit, trainer, before, facts)
    model = options.out / "model.safetensors"
    save_model(model, trainer.ema, card)
    output.say(table(figures))
    if isinstance(config, NoiseConfig | FacesConfig):
        draw = noise_samples if isinstance(config, NoiseConfig) else face_samples
        write_sheet(options.out / "samples.png", draw(trainer.ema), 8)
        output.say(f"saved {model}, and samples.png beside it")
    elif isinstance(config, BackwardConfig):
        output.say("(of its photographs of drawings, against the true ones)")
        shape = asdict(trainer.ema.config)
        output.say(f"saved {model}; next: {_next(config, model, shape)}")
    else:
        output.say(f"saved {model}; try: ganlib stylize PHOTO --out DIR --model {model}")
    output.write(figures)
    return 130 if trainer.interrupted else 0


def _next(config: BackwardConfig, model: Path, shape: dict[str, int]) -> str:
    """The command that learns from the backward model, with its model's shape."""
    words = ["ganlib", "train", "back-translation", "--init", config.model]
    for name, value in shape.items():
        words += [f"--{name}", str(value)]
    return shlex.join([*words, "--backward", str(model), "--out", "DIR"])
