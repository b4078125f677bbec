"""Checkpoints: exact resume, whatever kills the run; and every damaged file named."""

import errno
import os
import random
import signal
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest
import safetensors.torch
import torch
from tiny import assert_same_state, mixed_trainer, translator

from ganlib.core import checkpoint
from ganlib.core.errors import GanlibError
from ganlib.core.trainer import STATE, STATE_FILE

TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_resumed_equals_uninterrupted(tmp_path, precision):
    straight = mixed_trainer(precision=precision).run()
    options = {"precision": precision, "images": 48, "checkpoint_every": 4}
    first = mixed_trainer(tmp_path, **options)
    for _ in range(6):
        first.train_step()
    first.save()
    second = mixed_trainer(tmp_path, **options).resume()
    assert second.step == 6
    assert_same_state(second, first)
    second.run()
    assert_same_state(second, straight)


def test_killed_at_a_random_moment_and_resumed(tmp_path):
    # The child saves after every step; SIGKILL leaves it no chance to tidy up.
    code = (
        "import sys; from tiny import mixed_trainer\n"
        "mixed_trainer(sys.argv[1], images=4000, checkpoint_every=4).run()"
    )
    path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": str(torch.get_num_threads())},
        stderr=subprocess.DEVNULL,
    )
    state, deadline = tmp_path / STATE_FILE, time.monotonic() + 60
    while not state.exists() and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(random.uniform(0, 0.3))
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL

    resumed = mixed_trainer(tmp_path, images=4000, checkpoint_every=4).resume()
    assert 0 < resumed.step < 990
    straight = mixed_trainer(images=4000)
    for _ in range(resumed.step):
        straight.train_step()
    assert_same_state(resumed, straight)
    for trainer in (resumed, straight):
        for _ in range(3):
            trainer.train_step()
    assert_same_state(resumed, straight)
    # What the killed one was writing goes with the next checkpoint.
    prefix = f".{zlib.crc32(STATE_FILE.encode()):08x}."
    (tmp_path / f"{prefix}killed.tmp").write_bytes(b"half")
    resumed.save()
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_full_disk_leaves_the_old_file_and_no_other(tmp_path, monkeypatch, function):
    path = tmp_path / "net.safetensors"
    checkpoint.save(path, {"x": torch.ones(3)}, {"kind": "test"})
    before = path.read_bytes()

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, function, full)
    with pytest.raises(GanlibError, match="No space left"):
        checkpoint.save(path, {"x": torch.zeros(3)}, {"kind": "test"})
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == [path.name]


def test_interrupt_while_writing_leaves_no_other_file(tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        checkpoint.save(tmp_path / "net.safetensors", {"x": torch.ones(3)}, {})
    assert os.listdir(tmp_path) == []


def test_unwritable_place(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(GanlibError, match="could not write"):
        checkpoint.save(tmp_path / "file" / "net.safetensors", {"x": torch.ones(1)}, {})


def test_round_trip_of_tensors_and_metadata(tmp_path):
    tensors = {
        "weights": torch.randn(2, 3, 4, 4).to(memory_format=torch.channels_last),
        "half": torch.randn(5).to(torch.bfloat16),
        "step": torch.tensor(7.0),
        "bytes": torch.arange(9, dtype=torch.uint8),
    }
    metadata = {"kind": "test", "名前": "肖像", "nested": {"betas": [0.5, 0.99]}}
    checkpoint.save(tmp_path / "a.safetensors", tensors, metadata)
    loaded, found = checkpoint.load(tmp_path / "a.safetensors", "test")
    assert found == metadata
    assert loaded.keys() == tensors.keys()
    assert all(torch.equal(loaded[name], tensors[name]) for name in tensors)


def test_damaged_files(tmp_path):
    path = tmp_path / "net.safetensors"
    checkpoint.save(path, {"x": torch.ones(1000)}, {"kind": "test"})
    whole = path.read_bytes()
    for keep in (0, 4, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:keep])
        with pytest.raises(GanlibError, match="cut short"):
            checkpoint.load(path)
    path.write_bytes(b"<html>404 not found</html>" * 100)
    with pytest.raises(GanlibError, match="not a safetensors file"):
        checkpoint.load(path)
    torch.save({"x": torch.ones(3)}, path)
    with pytest.raises(GanlibError, match="not a safetensors file"):
        checkpoint.load(path)


def test_files_that_are_not_what_is_wanted(tmp_path):
    with pytest.raises(GanlibError, match="there is no checkpoint at"):
        checkpoint.load(tmp_path / "missing.safetensors")
    with pytest.raises(GanlibError, match="is a folder"):
        checkpoint.load(tmp_path)
    path = tmp_path / "foreign.safetensors"
    safetensors.torch.save_file({"x": torch.ones(1)}, path)
    with pytest.raises(GanlibError, match="not written by ganlib"):
        checkpoint.load(path)
    safetensors.torch.save_file({"x": torch.ones(1)}, path, {"ganlib": "{half"})
    with pytest.raises(GanlibError, match="not written by ganlib"):
        checkpoint.load(path)
    checkpoint.save(path, {"x": torch.ones(1)}, {"kind": STATE})
    with pytest.raises(GanlibError, match="holds a training state, but a translator is needed"):
        checkpoint.load(path, "translator")


def test_weights_are_copied_in_place(tmp_path):
    """Into the same memory, in its own layout: which kernels run depends on it."""
    ours, theirs = translator().to(memory_format=torch.channels_last), translator()
    places = [(weight.data_ptr(), weight.stride()) for weight in ours.parameters()]
    checkpoint.copy_into(ours, theirs.state_dict(), "theirs")
    assert [(weight.data_ptr(), weight.stride()) for weight in ours.parameters()] == places
    for mine, given in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(mine, given)


@pytest.mark.parametrize("change", ["missing", "another", "shape"])
def test_weights_of_another_architecture_name_the_first(change):
    tensors = translator().state_dict()
    if change == "shape":
        tensors["stem.1.weight"] = tensors["stem.1.weight"][:1]
    else:
        moved = tensors.pop("stem.1.weight")
        tensors |= {"stem.1.wait": moved} if change == "another" else {}
    count = 2 if change == "another" else 1
    words = f"file.x holds weights of another architecture: {count} tensors .* is stem.1.w"
    with pytest.raises(GanlibError, match=words):
        checkpoint.copy_into(translator(), tensors, "file.x")


def test_training_state_of_another_network(tmp_path):
    mixed_trainer(tmp_path, images=4).run()
    tensors, metadata = checkpoint.load(tmp_path / STATE_FILE, STATE)
    tensors.pop("ema.stem.1.weight")
    with pytest.raises(GanlibError, match="another architecture"):
        mixed_trainer().load_state(tensors, metadata)


def test_adam_goes_on_with_its_own_moments(tmp_path):
    """All of them, in the layout of their weights: without them a resumed run is another one."""
    first = mixed_trainer(tmp_path, images=8).run()
    second = mixed_trainer(tmp_path, images=8).resume()
    for name in ("optimizer_g", "optimizer_d"):
        ours, theirs = (getattr(trainer, name) for trainer in (second, first))
        assert len(ours.state) == len(theirs.state) > 10
        weights = (adam.param_groups[0]["params"] for adam in (ours, theirs))
        for weight, other in zip(*weights, strict=True):
            mine, given = ours.state[weight], theirs.state[other]
            assert mine.keys() == given.keys() == {"step", "exp_avg", "exp_avg_sq"}
            assert all(torch.equal(mine[entry], given[entry]) for entry in mine)
            assert mine["exp_avg"].stride() == weight.stride()
