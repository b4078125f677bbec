"""The card of a run: how it was made, on what, and where ganlib came from."""

import json
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ganlib import __version__
from ganlib.core.trainer import Trainer
from ganlib.measure.hardware import hardware
from ganlib.pipelines.problems import Problem, problem_of

PACKAGE = Path(__file__).resolve().parents[1]


def provenance() -> str:
    """The commit of ganlib's own repository, with "-dirty" if it was edited; "installed" where the
    package does not lie in it, whatever repository surrounds the installation."""

    def git(*words: str) -> str:
        asked = subprocess.run(["git", *words], cwd=PACKAGE, capture_output=True, text=True)
        return asked.stdout.strip() if asked.returncode == 0 else ""

    try:
        tracked = git("ls-files", "--error-unmatch", "__init__.py")
        about = PACKAGE.parent / "pyproject.toml"
        ours = about.exists() and 'name = "ganlib"' in about.read_text(encoding="utf-8")
        own = ours and Path(git("rev-parse", "--show-toplevel") or "/") == PACKAGE.parent
        commit = git("describe", "--always", "--dirty", "--exclude=*") if tracked and own else ""
    except OSError:  # there is no git
        commit = ""
    return commit or "installed"


def make_card(
    config: Problem, command: str, commit: str, trainer: Trainer, before: int, facts: dict[str, Any]
) -> dict[str, Any]:
    """What a model file and the .json beside it say of the run.

    Args:
        config: all that decided it; what is on the card was really on.
        command: that started it.
        commit: `provenance` of the code when it started.
        trainer: after its run.
        before: images seen in earlier parts of it.
        facts: figures, and what else is known.
    """
    return {
        "problem": problem_of(config),
        "command": command,
        "seed": config.train.seed,
        "commit": commit,
        "ganlib": __version__,
        "hardware": hardware(),
        "seconds": round(trainer.seconds, 1),
        "images_seen": trainer.images,
        "images_this_run": trainer.images - before,
        "config": json.loads(json.dumps(asdict(config), default=str)),
        **trainer.about["facts"],  # of datasets, and of models that it began from
        **facts,
    }
