"""`ganlib doctor`: is everything here that the library and the lessons need?

Every check imports what it needs itself, so that one missing package spoils one line.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from ganlib.cli.output import write_json
from ganlib.core.errors import GanlibError

MINIMUM_PYTHON = (3, 11)


@dataclass(frozen=True)
class Finding:
    """What one check found. `essential`: without it the exit status is 1."""

    name: str
    ok: bool
    essential: bool
    detail: str

    def __str__(self) -> str:
        return f"{'✓' if self.ok else '✗'} {self.name:<14} {self.detail}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the findings there too")


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each check; 1 if something essential is missing."""
    done = []
    for finding in findings():
        done.append(finding)
        print(finding, flush=True)
    ok = all(finding.ok for finding in done if finding.essential)
    print("All that is needed is here." if ok else "Mend the lines with ✗, then run this again.")
    if arguments.json:
        checks = [asdict(finding) for finding in done]
        write_json(arguments.json, {"ok": ok, "checks": checks, "hardware": _hardware()})
    return 0 if ok else 1


def _hardware() -> dict[str, str | int] | None:
    try:
        from ganlib.core.device import hardware
    except ImportError:
        return None  # Without torch the checks have said so.
    return hardware()


def findings() -> Iterator[Finding]:
    """What each check finds, one after the other."""
    return (_examine(*row) for row in CHECKS)


def _examine(name: str, check: Callable[[], str], essential: bool, mend: str) -> Finding:
    """A check returns what it found, or raises: then how to mend it is said."""
    try:
        return Finding(name, True, essential, check())
    except Exception as error:  # Whatever is broken, the other checks still run.
        return Finding(name, False, essential, f"{str(error).rstrip('.')}. Mend: {mend}")


def _python() -> str:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < MINIMUM_PYTHON:
        raise GanlibError(f"Python {version} is too old")
    return f"{version} ({sys.executable})"


def _packages() -> str:
    """All that pyproject.toml asks for, in versions that it allows."""
    from packaging.requirements import Requirement

    wanted = [Requirement(text) for text in metadata.requires("ganlib") or []]
    found, missing = [], []
    for package in wanted:
        if package.marker and not package.marker.evaluate({"extra": ""}):
            continue
        try:
            version = metadata.version(package.name)
        except metadata.PackageNotFoundError:
            missing.append(f"{package} is not installed")
            continue
        if package.specifier.contains(version, prereleases=True):
            found.append(f"{package.name} {version}")
        else:
            missing.append(f"{package.name} {version} does not fit {package.specifier}")
    if missing:
        raise GanlibError(", ".join(missing))
    return ", ".join(found)


def _device() -> str:
    from ganlib.core import device as runtime

    where, machine = runtime.device("auto"), runtime.hardware()
    name = machine["gpu"] if where.type == "cuda" else machine["cpu"]
    return f"{where.type}: {name}, {machine['cores']} CPU cores"


def _precision() -> str:
    import torch

    from ganlib.core import device as runtime

    if runtime.precision("auto", runtime.device("auto")) == torch.bfloat16:
        return "bf16 (this hardware computes with it directly)"
    return "fp32 (no bf16 in this hardware: training is slower, results are the same)"


def _folder() -> str:
    with tempfile.TemporaryFile(dir=Path.cwd()):
        return f"{Path.cwd()} is writable"


def _models() -> str:
    from ganlib.core import checkpoint as checkpoints
    from ganlib.measure.probe import PATH, load_probe

    files = sorted(checkpoints.SHIPPED.glob("*.safetensors"))
    if not files:
        raise GanlibError(f"there is no model in {checkpoints.SHIPPED}")
    for file in files:
        if file == PATH:
            load_probe()
        else:
            checkpoints.load_any(file)
    return ", ".join(file.stem for file in files)


def _face_detector() -> str:
    from PIL import Image
    from skimage import data

    from ganlib.data.faces import find_face

    if not find_face(Image.fromarray(data.astronaut())).found:
        raise GanlibError("the test photograph's face was not found")
    return "finds the face in a test photograph"


INSTALL = "run `make lab`, or `pip install -e .` in the folder that holds pyproject.toml"

CHECKS: tuple[tuple[str, Callable[[], str], bool, str], ...] = (
    ("Python", _python, True, "install Python 3.11 or newer and make the environment again"),
    ("packages", _packages, True, INSTALL),
    ("device", _device, True, INSTALL),
    ("precision", _precision, True, INSTALL),
    ("models", _models, True, "download the repository again: models are in data/checkpoints"),
    ("face detector", _face_detector, True, INSTALL),
    ("this folder", _folder, False, "go to a folder of your own before you train or stylize"),
)
"""Name, check, whether it is essential, how to mend it."""
