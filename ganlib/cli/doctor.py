"""`ganlib doctor`: is everything here that the library and the lessons need?

Every check imports what it needs itself, so that one missing package spoils one line.
"""

import shlex
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from ganlib.core.errors import GanlibError

MINIMUM_PYTHON = (3, 11)
EXTRAS = {
    "measure": ("torchmetrics",),
    "lessons": ("jupyterlab", "ipywidgets", "matplotlib", "torchmetrics"),
    "heic": ("pillow_heif",),
    "onnx": ("onnx", "onnxscript", "onnxruntime"),
}
"""Extras that users may want, and the modules that each brings."""


@dataclass(frozen=True)
class Finding:
    """What one check found. `essential`: without it the exit status is 1."""

    name: str
    ok: bool
    essential: bool
    detail: str

    def __str__(self) -> str:
        return f"{'✓' if self.ok else '✗'} {self.name:<14} {self.detail}"


def run(words: list[str]) -> int:
    """Print a line for each check; 1 if something essential is missing."""
    target = _json_target(words)
    # With `--json -` standard output is the JSON alone.
    said = sys.stderr if target == "-" else sys.stdout
    done = []
    for finding in findings():
        done.append(finding)
        print(finding, flush=True, file=said)
    ok = all(finding.ok for finding in done if finding.essential)
    last = "All that is needed is here." if ok else "Mend the lines with ✗, then run this again."
    print(last, file=said)
    if target:
        # Imported late, as everything here: the package that reads options may be what is missing.
        from ganlib.cli.output import Output

        checks = [asdict(finding) for finding in done]
        Output(target).write({"ok": ok, "checks": checks, "hardware": _hardware()})
    return 0 if ok else 1


def _json_target(words: list[str]) -> str:
    """The value of --json, the only option; anything else ends the process."""
    if words in (["-h"], ["--help"]):
        print("usage: ganlib doctor [--json FILE]\n\nCheck that everything here works, and say how")
        print("to mend what does not. --json writes the findings to a file; - is standard output.")
        raise SystemExit(0)
    words = [word for word in words if word != "--quiet"]
    if words and (words[0] != "--json" or len(words) != 2):
        said = f"doctor has one option, --json FILE; {shlex.join(words)} is not understood"
        print(f"ganlib: error: {said}.", file=sys.stderr)
        raise SystemExit(2)
    return words[1] if words else ""


def _hardware() -> dict[str, str | int] | None:
    try:
        from ganlib.measure.hardware import hardware
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


def _extras() -> str:
    """What was installed besides the core, and how to get the rest."""
    missing = [extra for extra, names in EXTRAS.items() if not all(map(find_spec, names))]
    if not missing:
        return ", ".join(EXTRAS)
    return f'not installed, and not always needed: pip install "ganlib[{",".join(missing)}]"'


def _device() -> str:
    from ganlib.core.device import find_device
    from ganlib.measure.hardware import hardware

    where, machine = find_device("auto"), hardware()
    name = machine["cpu"] if where.type == "cpu" else machine["gpu"]
    return f"{where.type}: {name}, {machine['cores']} CPU cores"


def _precision() -> str:
    from ganlib.core.device import find_device, has_native_bf16

    where = find_device("auto")
    if where.type == "mps":
        return "fp32 (on Apple's GPUs bf16 only if --precision asks for it)"
    if has_native_bf16(where):
        return "bf16 (this hardware computes with it directly)"
    return "fp32 (no bf16 in this hardware: training is slower, results are the same)"


def _folder() -> str:
    with tempfile.TemporaryFile(dir=Path.cwd()):
        return f"{Path.cwd()} is writable"


def _models() -> str:
    from ganlib.measure.probe import load_probe
    from ganlib.weights import load_model, shipped

    if not shipped():
        raise GanlibError("there is no model in the package")
    load_probe()
    for name in shipped():
        load_model(name)
    return ", ".join([*shipped(), "probe"])


def _face_detector() -> str:
    from PIL import Image
    from skimage import data

    from ganlib.data.faces import find_face

    if not find_face(Image.fromarray(data.astronaut())).found:
        raise GanlibError("the test photograph's face was not found")
    return "finds the face in a test photograph"


INSTALL = "run `pip install --upgrade ganlib`; in a checkout, `make lab`"

CHECKS: tuple[tuple[str, Callable[[], str], bool, str], ...] = (
    ("Python", _python, True, "install Python 3.11 or newer and make the environment again"),
    ("packages", _packages, True, INSTALL),
    ("extras", _extras, False, INSTALL),
    ("device", _device, True, INSTALL),
    ("precision", _precision, True, INSTALL),
    ("models", _models, True, "install or download ganlib again: models are in ganlib/weights"),
    ("face detector", _face_detector, True, INSTALL),
    ("this folder", _folder, False, "go to a folder of your own before you train or stylize"),
)
"""Name, check, whether it is essential, how to mend it."""
