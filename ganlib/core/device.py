"""Devices, precision, seeds and interrupts."""

import signal
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import torch

from ganlib.core.errors import GanlibError


def find_device(name: str = "auto") -> torch.device:
    """The device of that name ("cpu", "cuda", "cuda:1", "mps"); "auto" takes the fastest here."""
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        wanted = torch.device(name)
        torch.empty(1, device=wanted)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise GanlibError(
            f'this machine has no device {name!r} that torch can use; give "auto" or "cpu".'
        ) from error
    return wanted


def seed_step(seed: int, step: int) -> None:
    """Seed torch (all devices) with a pure function of a run's seed and its step: a resumed run
    draws what it would have drawn, and a checkpoint holds no state of random numbers."""
    # Two odd 64-bit constants spread neighbouring seeds and steps over distant states.
    torch.manual_seed((seed * 0x9E3779B97F4A7C15 + step * 0xBF58476D1CE4E5B9 + 1) % 2**63)


def cpu_info() -> dict[str, str]:
    """The first processor's entries in /proc/cpuinfo; empty where there is no such file."""
    try:
        text = Path("/proc/cpuinfo").read_text(errors="replace").split("\n\n")[0]
    except OSError:
        return {}
    lines = (line.partition(":") for line in text.splitlines())
    return {key.strip(): value.strip() for key, _, value in lines}


def has_native_bf16(where: torch.device) -> bool:
    """Whether the hardware itself computes in bfloat16; elsewhere it is emulated, and slower."""
    if where.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    flags = cpu_info().get("flags", "").split()
    return where.type == "cpu" and ("avx512_bf16" in flags or "amx_bf16" in flags)


def find_precision(name: str, where: torch.device) -> torch.dtype:
    """The dtype to compute in: "fp32", "bf16", or "auto", which is bf16 where it is native.
    bfloat16 keeps float32's range, so no loss scaling is needed."""
    half = name == "bf16" or (name == "auto" and has_native_bf16(where))
    return torch.bfloat16 if half else torch.float32


def autocast(dtype: torch.dtype, where: torch.device) -> AbstractContextManager[None]:
    """Compute in `dtype` within the context; weights stay in float32."""
    return torch.autocast(where.type, torch.bfloat16, enabled=dtype != torch.float32)


@contextmanager
def catch_interrupt() -> Iterator[threading.Event]:
    """An event that Ctrl-C (or a notebook's stop button) sets, so that a step can be finished. A
    second Ctrl-C interrupts at once. Outside the main thread the event is simply never set."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def ask(*_: object) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)
