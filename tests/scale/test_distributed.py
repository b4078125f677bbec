"""Two processes compute what one computes with the joined batch, and end together."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import ranks
import torch
from runs import TRANSLATOR

from ganlib.core import checkpoint, parallel
from ganlib.core.errors import GanlibError
from ganlib.core.trainer import STATE, STATE_FILE
from ganlib.data.left_out import leave_out, left_out
from ganlib.scale import distributed

TESTS = Path(__file__).parents[1]
WORKER = str(Path(ranks.__file__))
pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or not torch.distributed.is_available(), reason="needs gloo and signals"
)


def environment(**extra):
    path = os.pathsep.join([str(TESTS.parent), str(TESTS)])
    return {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", **extra}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def start(what, folder):
    """Two processes without torchrun, which would end one for the other's sake."""
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": free_port(), "WORLD_SIZE": "2"}
    return [
        subprocess.Popen(
            [sys.executable, WORKER, what, str(folder)],
            env=environment(**address, RANK=str(rank), LOCAL_RANK=str(rank)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]


def wait_for(path, seconds=120):
    end = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < end, f"{path} never came"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """What each of two processes computed."""
    folder = tmp_path_factory.mktemp("equal")
    for process in start("equal", folder):
        _, error = process.communicate(timeout=600)
        assert process.returncode == 0, error
    return [torch.load(folder / f"rank{rank}.pt") for rank in range(2)]


@pytest.mark.slow
@pytest.mark.parametrize("case", ranks.CASES)
def test_two_processes_are_one_with_the_joined_batch(two, case):
    one, reports = ranks.trained(case)
    (first, seen), (second, silent) = two[0][case], two[1][case]
    assert not silent and len(seen) == len(reports) > 1
    for name, tensor in one.items():
        assert torch.equal(first[name], second[name]), name
        torch.testing.assert_close(first[name], tensor, atol=1e-5, rtol=0, msg=name)
    for ours, theirs in zip(seen, reports, strict=True):
        for name in theirs.keys() - {"images_per_second"}:
            assert ours[name] == pytest.approx(theirs[name], rel=1e-3, abs=1e-4), name


@pytest.mark.slow
@pytest.mark.parametrize("victim", [0, pytest.param(1, marks=pytest.mark.nightly)])
def test_a_killed_process_takes_the_other_with_it(tmp_path, victim):
    processes = start("endless", tmp_path)
    try:
        wait_for(tmp_path / "run" / STATE_FILE)
        processes[victim].send_signal(signal.SIGKILL)
        _, error = processes[1 - victim].communicate(timeout=30)
        assert processes[1 - victim].returncode == 1
        assert error.count("ganlib: error: another process of this run has ended") == 1
        assert "Traceback" not in error
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    assert checkpoint.load(tmp_path / "run" / STATE_FILE, STATE)[1]["step"] > 0


@pytest.mark.slow
def test_ctrl_c_of_one_process_ends_both_after_the_same_step(tmp_path):
    processes = start("endless", tmp_path)
    try:
        wait_for(tmp_path / "run" / STATE_FILE)
        processes[1].send_signal(signal.SIGINT)
        for process in processes:
            _, error = process.communicate(timeout=60)
            assert process.returncode == 0, error
    finally:
        for process in processes:
            process.kill()
    assert checkpoint.load(tmp_path / "run" / STATE_FILE, STATE)[1]["step"] > 0


@pytest.mark.slow
def test_under_torchrun_too(tmp_path):
    """Here the second is killed."""
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command = [*torchrun, "--nproc-per-node", "2", WORKER, "endless", str(tmp_path)]
    process = subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE, text=True)
    try:
        wait_for(tmp_path / "run" / STATE_FILE)
        os.kill(int((tmp_path / "pid1").read_text()), signal.SIGKILL)
        _, error = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode != 0
    assert error.count("ganlib: error: ") == 1 and "--resume" in error
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid0").read_text()), 0)


@pytest.mark.slow
def test_a_photograph_that_is_left_out_costs_no_process_its_end(tmp_path, portraits):
    """It is named once, the model is saved, and the first process alone ends with status 1."""
    (portraits / "cut.jpg").write_bytes((portraits / "a.jpg").read_bytes()[:9000])
    out = tmp_path / "run"
    words = ["train", "unpaired", *TRANSLATOR, "--photos", portraits, "--out", out]
    words += ["--json", tmp_path / "figures.json"]
    (tmp_path / "words.json").write_text(json.dumps([str(word) for word in words]))
    said = []
    for process, status in zip(start("command", tmp_path), (1, 0), strict=True):
        said.append(process.communicate(timeout=600)[1])
        assert process.returncode == status, said
    assert [error.count("cut.jpg is damaged") for error in said] == [1, 0]
    assert (out / "model.safetensors").exists() and (tmp_path / "figures.json").exists()


def test_only_the_first_process_names_what_is_left_out(monkeypatch, capsys):
    left_out.clear()
    for rank in (1, 0):
        monkeypatch.setattr(parallel, "rank", lambda rank=rank: rank)
        leave_out("a.jpg is damaged.")
        assert len(left_out) == (rank == 0)
    assert capsys.readouterr().err == "ganlib: left out: a.jpg is damaged.\n"


def test_alone_nothing_happens():
    with distributed.session(on_gpu=False):
        rows = torch.arange(6.0)
        assert (parallel.rank(), parallel.processes()) == (0, 1)
        assert parallel.own_rows(rows, (6,)) is rows and parallel.all_rows(rows, (6,)) is rows
        assert torch.equal(parallel.draw_rows(torch.arange, (2, 4)), torch.arange(6))
        assert distributed.from_first(lambda: 7) == 7
        distributed.check_shares(7)


@pytest.mark.parametrize("rank", [0, 1, 2])
def test_rows_of_a_joined_draw(monkeypatch, rank):
    monkeypatch.setattr(parallel, "processes", lambda: 3)
    monkeypatch.setattr(parallel, "rank", lambda: rank)
    # Of 3 processes with 2 reals and 1 fake each: the joined batch is 6 reals, then 3 fakes.
    expected = [[0, 1, 6], [2, 3, 7], [4, 5, 8]][rank]
    assert parallel.draw_rows(torch.arange, (2, 1)).tolist() == expected


def test_a_batch_that_cannot_be_shared_gets_a_sentence(monkeypatch):
    monkeypatch.setattr(distributed, "processes", lambda: 3)
    with pytest.raises(GanlibError, match="8 images of a kind cannot be shared equally by 3"):
        distributed.check_shares(8)


def test_processes_that_cannot_meet_get_a_sentence(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    for name in ("RANK", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    with (
        pytest.raises(GanlibError, match="could not find each other .* torchrun"),
        distributed.session(on_gpu=False),
    ):
        pass
