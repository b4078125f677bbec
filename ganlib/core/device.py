"""Devices, precision, seeds and interrupts."""

import ctypes
import platform
import signal
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import torch

from ganlib.core.errors import GanlibError

# Of mallopt(3), by their numbers in glibc's malloc.h: none of its own pages for a large block, one
# arena for all threads, and its end trimmed only if 2 GiB lie free there.
MALLOC_OPTIONS = {-4: 0, -8: 1, -1: 2**31 - 1}
CPU_INFO = Path("/proc/cpuinfo")  # on Linux; has_native_bf16 looks for flags in it


def find_device(name: str = "auto") -> torch.device:
    """The device of that name ("cpu", "cuda", "cuda:1", "mps"); "auto" takes the fastest here."""
    if name == "auto":
        mps = "mps" if torch.backends.mps.is_available() else "cpu"
        return torch.device("cuda" if torch.cuda.is_available() else mps)
    try:
        torch.ones(1, device=name).item()  # which the devices without numbers refuse
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise GanlibError(f'torch finds no device {name!r}; give "auto" or "cpu".') from error
    return torch.device(name)


def seed_step(seed: int, step: int) -> None:
    """Seed torch by a run's seed and step: a resumed run draws what it would have drawn."""
    torch.manual_seed((seed * 0x9E3779B97F4A7C15 + step * 0xBF58476D1CE4E5B9 + 1) % 2**63)


def has_native_bf16(where: torch.device) -> bool:
    """Whether the hardware itself computes in bfloat16; elsewhere it is emulated, and slower."""
    if where.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    flags = CPU_INFO.read_text("utf-8", "replace").split() if CPU_INFO.exists() else []
    return where.type == "cpu" and ("avx512_bf16" in flags or "amx_bf16" in flags)


def find_precision(name: str, where: torch.device) -> torch.dtype:
    """The dtype for "fp32", "bf16" (float32's range: no loss scaling) or "auto", bf16 if native."""
    half = name == "bf16" or (name == "auto" and has_native_bf16(where))
    return torch.bfloat16 if half else torch.float32


def autocast(dtype: torch.dtype, where: torch.device) -> AbstractContextManager[None]:
    """Compute in `dtype` within the context; weights stay in float32."""
    return torch.autocast(where.type, torch.bfloat16, enabled=dtype != torch.float32)


def keep_memory() -> None:
    """Let the C library keep what is freed, for good. glibc hands large blocks back to the system,
    and each step of a training on the CPU then pays for the same pages anew. Others do not."""
    if platform.libc_ver()[0] == "glibc":
        mallopt = ctypes.CDLL(None).mallopt
        for option, value in MALLOC_OPTIONS.items():
            mallopt(option, value)


@contextmanager
def catch_interrupt() -> Iterator[threading.Event]:
    """An event that Ctrl-C (or a notebook's stop button) sets, so that a step can be finished; a
    second one interrupts at once. Outside the main thread it is never set."""
    asked = threading.Event()

    def ask(*_: object) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, ask) if main else None
    try:
        yield asked
    finally:
        if main:
            signal.signal(signal.SIGINT, before)
