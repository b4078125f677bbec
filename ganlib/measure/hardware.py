"""What a number was measured on: a speed without it means nothing."""

import os
import platform
from importlib import metadata

import torch

from ganlib.core.device import cpu_info, find_device, has_native_bf16


def hardware() -> dict[str, str | int]:
    """Processor, cores, GPU, and the versions of Python, torch and ganlib."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    try:
        version = metadata.version("ganlib")
    except metadata.PackageNotFoundError:
        version = "not installed"
    return {
        "cpu": cpu_info().get("model name") or platform.processor() or platform.machine(),
        "cores": os.cpu_count() or 1,
        "threads": torch.get_num_threads(),
        "native_bf16": str(has_native_bf16(find_device("auto"))).lower(),
        "gpu": gpu,
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "ganlib": version,
    }
