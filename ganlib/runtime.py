"""Hardware, precision, seeds, interrupts: with capture.py, all that knows what it runs on."""

import os
import platform
import signal
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import metadata
from pathlib import Path

import torch

from ganlib.errors import GanlibError

PRECISIONS = ("auto", "fp32", "bf16")


def device(name: str = "auto") -> torch.device:
    """The device of that name ("cpu", "cuda", "cuda:1", "mps"); "auto" takes the fastest here.

    GanlibError if there is no such device, or not on this machine.
    """
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
    """Seed torch (all devices) with a pure function of a run's seed and its step.

    A step that draws from torch's global numbers then draws the same whether the run came here in
    one go or was stopped and resumed, and a checkpoint holds no state of random numbers.
    """
    # Two odd 64-bit constants spread neighbouring seeds and steps over distant states.
    torch.manual_seed((seed * 0x9E3779B97F4A7C15 + step * 0xBF58476D1CE4E5B9 + 1) % 2**63)


def _cpu_info() -> dict[str, str]:
    """The first processor's entries in /proc/cpuinfo; empty where there is no such file."""
    try:
        text = Path("/proc/cpuinfo").read_text(errors="replace").split("\n\n")[0]
    except OSError:
        return {}
    lines = (line.partition(":") for line in text.splitlines())
    return {key.strip(): value.strip() for key, _, value in lines}


def _native_bf16(where: torch.device) -> bool:
    if where.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    flags = _cpu_info().get("flags", "").split()
    return where.type == "cpu" and ("avx512_bf16" in flags or "amx_bf16" in flags)


def precision(name: str, where: torch.device) -> torch.dtype:
    """The dtype to compute in: "fp32", "bf16", or "auto", which is bf16 where it is native.

    bfloat16 keeps float32's range, so no loss scaling is needed. Where it is not native (most
    laptops) it is emulated, several times slower than float32.
    """
    if name not in PRECISIONS:
        raise GanlibError(f"precision must be one of {', '.join(PRECISIONS)}, not {name!r}.")
    half = name == "bf16" or (name == "auto" and _native_bf16(where))
    return torch.bfloat16 if half else torch.float32


def autocast(dtype: torch.dtype, where: torch.device) -> AbstractContextManager[None]:
    """Compute in `dtype` within the context; weights stay in float32."""
    return torch.autocast(where.type, torch.bfloat16, enabled=dtype != torch.float32)


def hardware() -> dict[str, str | int]:
    """What a number was measured on: a speed without it means nothing."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    try:
        version = metadata.version("ganlib")
    except metadata.PackageNotFoundError:
        version = "not installed"
    return {
        "cpu": _cpu_info().get("model name") or platform.processor() or platform.machine(),
        "cores": os.cpu_count() or 1,
        "threads": torch.get_num_threads(),
        "native_bf16": str(_native_bf16(device("auto"))).lower(),
        "gpu": gpu,
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "ganlib": version,
    }


@contextmanager
def threads(n: int) -> Iterator[None]:
    """Within, or in a function so decorated, torch uses n processor threads. 1 is for networks of a
    few units: their products take longer to hand to a second thread than to compute."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def catch_interrupt() -> Iterator[threading.Event]:
    """An event that Ctrl-C (or a notebook's stop button) sets, in place of a KeyboardInterrupt.

    A step can so be finished before the run stops. A second Ctrl-C interrupts at once. Outside the
    main thread, where no interrupt arrives, the event is simply never set.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    before = signal.getsignal(signal.SIGINT)

    def ask(*_: object) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)
