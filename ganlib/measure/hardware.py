"""What a number was measured on: a speed without it means nothing."""

import os
import platform

import torch

from ganlib import __version__
from ganlib.core.device import CPU_INFO, find_device, has_native_bf16


def hardware() -> dict[str, str | int]:
    """Processor, cores, GPU, and the versions of Python, torch and ganlib."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    return {
        "cpu": _processor() or platform.processor() or platform.machine(),
        "cores": os.cpu_count() or 1,
        "threads": torch.get_num_threads(),
        "native_bf16": str(has_native_bf16(find_device("auto"))).lower(),
        "gpu": gpu,
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "ganlib": __version__,
    }


def _processor() -> str:
    """The first processor's name, "" where Linux does not tell it."""
    lines = CPU_INFO.read_text(errors="replace").splitlines() if CPU_INFO.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "")
