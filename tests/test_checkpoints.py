"""Checkpoints: exact resume, whatever kills the run; and every damaged file named."""

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import safetensors.torch
import torch
from tiny import images, mixed_trainer, translator

from ganlib.core import checkpoint as checkpoints
from ganlib.core.errors import GanlibError

HERE = Path(__file__).parent


def assert_same_state(first, second):
    (tensors, metadata), (others, other_metadata) = first.state(), second.state()
    assert metadata["step"] == other_metadata["step"]
    assert tensors.keys() == others.keys()
    for name, tensor in tensors.items():
        assert torch.equal(tensor, others[name]), name


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_resumed_equals_uninterrupted(tmp_path, precision):
    straight = mixed_trainer(precision=precision).run()
    settings = {"precision": precision, "images": 48, "checkpoint_every": 4}
    first = mixed_trainer(tmp_path, **settings)
    for _ in range(6):
        first.train_step()
    first.save()
    second = mixed_trainer(tmp_path, **settings).resume()
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
    path = os.pathsep.join([str(HERE), str(HERE.parent)])
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": str(torch.get_num_threads())},
        stderr=subprocess.DEVNULL,
    )
    state, deadline = tmp_path / checkpoints.STATE_FILE, time.monotonic() + 60
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
    (tmp_path / f".{checkpoints.STATE_FILE}.killed.tmp").write_bytes(b"half")
    resumed.save()
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_full_disk_leaves_the_old_file_and_no_other(tmp_path, monkeypatch, function):
    path = tmp_path / "net.safetensors"
    checkpoints.save(path, {"x": torch.ones(3)}, {"kind": "test"})
    before = path.read_bytes()

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, function, full)
    with pytest.raises(GanlibError, match="No space left"):
        checkpoints.save(path, {"x": torch.zeros(3)}, {"kind": "test"})
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == [path.name]


def test_interrupt_while_writing_leaves_no_other_file(tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        checkpoints.save(tmp_path / "net.safetensors", {"x": torch.ones(3)}, {})
    assert os.listdir(tmp_path) == []


def test_unwritable_place(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(GanlibError, match="could not write"):
        checkpoints.save(tmp_path / "file" / "net.safetensors", {"x": torch.ones(1)}, {})


def test_round_trip_of_tensors_and_metadata(tmp_path):
    tensors = {
        "weights": torch.randn(2, 3, 4, 4).to(memory_format=torch.channels_last),
        "half": torch.randn(5).to(torch.bfloat16),
        "step": torch.tensor(7.0),
        "bytes": torch.arange(9, dtype=torch.uint8),
    }
    metadata = {"kind": "test", "名前": "肖像", "nested": {"betas": [0.5, 0.99]}}
    checkpoints.save(tmp_path / "a.safetensors", tensors, metadata)
    loaded, found = checkpoints.load(tmp_path / "a.safetensors", "test")
    assert found == metadata
    assert loaded.keys() == tensors.keys()
    assert all(torch.equal(loaded[name], tensors[name]) for name in tensors)


def test_damaged_files(tmp_path):
    path = tmp_path / "net.safetensors"
    checkpoints.save(path, {"x": torch.ones(1000)}, {"kind": "test"})
    whole = path.read_bytes()
    for keep in (0, 4, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:keep])
        with pytest.raises(GanlibError, match="cut short"):
            checkpoints.load(path)
    path.write_bytes(b"<html>404 not found</html>" * 100)
    with pytest.raises(GanlibError, match="not a safetensors file"):
        checkpoints.load(path)
    torch.save({"x": torch.ones(3)}, path)
    with pytest.raises(GanlibError, match="not a safetensors file"):
        checkpoints.load(path)


def test_files_that_are_not_what_is_wanted(tmp_path):
    with pytest.raises(GanlibError, match="there is no checkpoint at"):
        checkpoints.load(tmp_path / "missing.safetensors")
    with pytest.raises(GanlibError, match="is a folder"):
        checkpoints.load(tmp_path)
    path = tmp_path / "foreign.safetensors"
    safetensors.torch.save_file({"x": torch.ones(1)}, path)
    with pytest.raises(GanlibError, match="not written by ganlib"):
        checkpoints.load(path)
    safetensors.torch.save_file({"x": torch.ones(1)}, path, {"ganlib": "{half"})
    with pytest.raises(GanlibError, match="not written by ganlib"):
        checkpoints.load(path)
    checkpoints.save(path, {"x": torch.ones(1)}, {"kind": checkpoints.TRAINING})
    with pytest.raises(GanlibError, match="holds a training state, but a translator is needed"):
        checkpoints.load_model(path)


def test_model_round_trip(tmp_path):
    model, card = translator(), {"name": "tiny", "licence": "MIT"}
    path = tmp_path / "tiny.safetensors"
    checkpoints.save_model(path, model, card)
    loaded, found = checkpoints.load_model(path)
    assert found == card and loaded.config == model.config and not loaded.training
    assert torch.equal(loaded(images(2)), model(images(2)))
    assert json.loads(path.with_suffix(".json").read_text())["settings"]["width"] == 8


def test_model_by_its_bare_name(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "SHIPPED", tmp_path)
    with pytest.raises(GanlibError, match=r"no shipped model called 'tiny' \(there is: none\)"):
        checkpoints.load_model("tiny")
    checkpoints.save_model(tmp_path / "tiny.safetensors", translator(), {"name": "tiny"})
    assert checkpoints.load_model("tiny")[1] == {"name": "tiny"}
    with pytest.raises(GanlibError, match="there is: tiny"):
        checkpoints.load_model("tinny")


def test_models_of_other_shapes_or_versions(tmp_path):
    path = tmp_path / "odd.safetensors"
    with pytest.raises(GanlibError, match="saved as .safetensors"):
        checkpoints.save_model(tmp_path / "odd.pt", translator(), {})
    weights = translator().state_dict()
    checkpoints.save(path, weights, {"kind": checkpoints.MODEL, "settings": {"depth": 9}})
    with pytest.raises(GanlibError, match="another version"):
        checkpoints.load_model(path)
    checkpoints.save(path, weights, {"kind": checkpoints.MODEL, "settings": {"width": 16}})
    with pytest.raises(GanlibError, match="another architecture"):
        checkpoints.load_model(path)


def test_training_state_of_another_network(tmp_path):
    mixed_trainer(tmp_path, images=4).run()
    tensors, metadata = checkpoints.load_training(tmp_path)
    tensors.pop("ema.stem.1.weight")
    with pytest.raises(GanlibError, match="another architecture"):
        mixed_trainer().load_state(tensors, metadata)
