"""Devices, precision, seeds and interrupts."""

import os
import platform
import signal
import subprocess
import sys
import threading

import pytest
import torch

from ganlib.core import device
from ganlib.core.device import autocast, catch_interrupt, find_device, find_precision, seed_step
from ganlib.core.errors import GanlibError

CPU = torch.device("cpu")


def draw(seed, step):
    seed_step(seed, step)
    return torch.rand(4)


def test_seed_is_a_pure_function_of_seed_and_step():
    assert torch.equal(draw(3, 7), draw(3, 7))
    draws = [tuple(draw(seed, step).tolist()) for seed in range(10) for step in range(10)]
    assert len(set(draws)) == 100


def test_seed_takes_large_numbers():
    assert torch.isfinite(draw(2**62, 10**9)).all()


def test_precision():
    assert find_precision("fp32", CPU) == torch.float32
    assert find_precision("bf16", CPU) == torch.bfloat16
    assert find_precision("auto", CPU) in (torch.float32, torch.bfloat16)


@pytest.mark.parametrize(
    ("flags", "expected"), [("avx2 avx512_bf16", True), ("amx_bf16", True), ("avx2", False)]
)
def test_auto_precision_follows_the_hardware(monkeypatch, tmp_path, flags, expected):
    info = tmp_path / "cpuinfo"
    info.write_text(f"model name\t: a processor\nflags\t\t: fpu {flags} sse\n\n")
    monkeypatch.setattr(device, "CPU_INFO", info)
    assert (find_precision("auto", CPU) == torch.bfloat16) is expected
    assert find_precision("auto", torch.device("mps")) == torch.float32


def test_auto_precision_without_cpuinfo(monkeypatch, tmp_path):
    monkeypatch.setattr(device, "CPU_INFO", tmp_path / "none")
    assert find_precision("auto", CPU) == torch.float32


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_autocast(dtype):
    with autocast(dtype, CPU):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == dtype


def test_device():
    assert find_device("cpu") == CPU
    assert isinstance(find_device(), torch.device)
    for name in ("cuda:99", "abacus"):
        with pytest.raises(GanlibError, match=name):
            find_device(name)


@pytest.mark.parametrize(
    ("cuda", "mps", "wanted"), [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")]
)
def test_auto_takes_the_fastest_device(monkeypatch, cuda, mps, wanted):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert find_device() == torch.device(wanted)


def test_interrupt_waits_and_the_second_does_not():
    before = signal.getsignal(signal.SIGINT)
    with catch_interrupt() as asked:
        os.kill(os.getpid(), signal.SIGINT)
        assert asked.wait(1)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            threading.Event().wait(1)
    assert signal.getsignal(signal.SIGINT) is before


def test_interrupt_in_another_thread_is_harmless():
    seen = []

    def work():
        with catch_interrupt() as asked:
            seen.append(asked.is_set())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [False]


FAULTS = """
import resource, torch
from ganlib.core.device import keep_memory
{call}
def work():
    torch.ones(4_000_000).mul(2).sum()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
*_, before, after = [work() for _ in range(20)]
print(after - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is another one")
def test_what_is_freed_is_kept():
    """Work that is done again needs no new pages, of which each costs a fault."""
    faults = [
        int(subprocess.check_output([sys.executable, "-c", FAULTS.format(call=call)]))
        for call in ("", "keep_memory()")
    ]
    assert faults[1] < 100 < 4_000 < faults[0]
