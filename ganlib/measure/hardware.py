"""What is here: the machine, without which a speed means nothing, and what is installed."""

import os
import platform
from importlib.util import find_spec

import torch

from ganlib import __version__
from ganlib.core.device import CPU_INFO, find_device, has_native_bf16
from ganlib.core.errors import GanlibError


def hardware() -> dict[str, str | int]:
    """Processor, cores, GPU, and the versions of Python, torch and ganlib."""
    where = find_device()
    gpu = {"cpu": "none", "mps": "Apple GPU"}.get(where.type) or torch.cuda.get_device_name(where)
    return {
        "cpu": _processor() or platform.processor() or platform.machine(),
        "cores": os.cpu_count() or 1,
        "threads": torch.get_num_threads(),
        "native_bf16": str(has_native_bf16(where)).lower(),
        "gpu": gpu,
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "ganlib": __version__,
    }


def _processor() -> str:
    """The first processor's name, "" where Linux does not tell it."""
    lines = CPU_INFO.read_text("utf-8", "replace").splitlines() if CPU_INFO.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "")


def require_extra(extra: str, *modules: str) -> None:
    """GanlibError unless the modules, which an extra of ganlib installs, are here."""
    if missing := [name for name in modules if find_spec(name) is None]:
        listed = ", ".join(missing[:-1]) + " and " * (len(missing) > 1) + missing[-1]
        problem = f"this needs {listed}, which the core install leaves out"
        raise GanlibError(f'{problem}; install it with: pip install "ganlib[{extra}]".')
