"""What a lesson spends: by the machine, and seconds when it is tested."""

import pytest

from ganlib.core.errors import GanlibError
from ganlib.lessons import budget
from ganlib.lessons.budget import live


@pytest.mark.parametrize("gpu, expected", [(False, "cpu"), (True, "gpu")])
@pytest.mark.parametrize("value", ["", "0", None])
def test_the_machine_decides(monkeypatch, gpu, expected, value):
    monkeypatch.setattr(budget.torch.cuda, "is_available", lambda: gpu)
    monkeypatch.delenv(budget.VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(budget.VARIABLE, value)
    assert live(cpu="cpu", gpu="gpu", quick="quick") == expected


def test_a_gpu_of_apple_is_a_gpu(monkeypatch):
    monkeypatch.setattr(budget.torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setenv(budget.VARIABLE, "0")
    assert live(cpu="cpu", gpu="gpu", quick="quick") == "gpu"


@pytest.mark.parametrize("gpu", [False, True])
def test_a_hurried_run_is_short_on_any_machine(monkeypatch, gpu):
    monkeypatch.setattr(budget.torch.cuda, "is_available", lambda: gpu)
    monkeypatch.setenv(budget.VARIABLE, "1")
    assert live(cpu=12_000, gpu=200_000, quick=200) == 200


def test_a_typing_error_is_no_long_run(monkeypatch):
    monkeypatch.setenv(budget.VARIABLE, "yes")
    with pytest.raises(GanlibError, match="GANLIB_QUICK must be 1"):
        live(cpu=1, gpu=2, quick=0)


def test_tests_are_hurried():
    # Lessons run in kernels, which inherit the environment of the test run.
    assert budget.hurried()
