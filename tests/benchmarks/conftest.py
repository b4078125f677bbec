"""Benchmarks that play every run in a process of its own, in the process of the tests."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from benchmarks import equal_compute, modes


@pytest.fixture(scope="module", params=["here", pytest.param("apart", marks=pytest.mark.nightly)])
def played(request):
    """Where runs are played: here, one after another, and by night in processes of their own."""
    threads = torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "here":
            for module in (equal_compute, modes):
                patch.setattr(module, "ProcessPoolExecutor", lambda *_: ThreadPoolExecutor(1))
        yield
    torch.set_num_threads(threads)
