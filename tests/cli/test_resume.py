"""Runs that are interrupted and go on: nothing is lost, and no other run goes on with them."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
import torch
from runs import NOISE, TRANSLATOR, equal

from ganlib.cli import train
from ganlib.core.checkpoint import load, save
from ganlib.pipelines import build
from ganlib.pipelines.results import read_log
from ganlib.weights import load_model

pytestmark = pytest.mark.usefixtures("few_people")


@pytest.fixture
def run(ganlib, tmp_path):
    """(words of a run that has ended, its folder)."""
    words = ["unpaired", *TRANSLATOR, "--low-frequency-weight", "0:5,8:1"]
    assert ganlib("train", *words, "--out", tmp_path / "r").status == 0
    return words, tmp_path / "r"


def test_a_folder_with_a_run_is_refused_unless_it_is_to_go_on(run, ganlib, monkeypatch):
    words, out = run
    monkeypatch.setattr(train, "build_run", lambda *a, **k: pytest.fail("worked before looking"))
    before = (out / "state.safetensors").read_bytes()
    done = ganlib("train", *words, "--out", out)
    assert done.status == 1
    said = "already holds a run: go on by --resume, or give another folder."
    assert done.err == f"ganlib: error: {out} {said}\n"
    assert (out / "state.safetensors").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "option", "then", "now"),
    [
        ("--lr-g 0.1", "lr-g", "0.00015", "0.1"),
        ("--seed 1", "seed", "0", "1"),
        ("--batch 2", "batch", "4", "2"),
        ("--twins 13", "twins", "12", "13"),
        ("--loss hinge", "loss", "'nonsaturating'", "'hinge'"),
        ("--width 16", "width", "8", "16"),
        ("--relight 1", "relight", "0.0", "1.0"),
        ("--no-match-tones", "no-match-tones", "True", "False"),
        ("--betas 0.5 0.9", "betas", "[0.5, 0.99]", "[0.5, 0.9]"),
        ("--precision bf16", "precision", "'fp32'", "'bf16'"),
        ("--init unpaired", "init", "''", "'unpaired'"),
        ("--low-frequency-weight 2", "low-frequency-weight", "'0:5,8:1'", "2.0"),
        ("--low-frequency-weight 0:5,8:2", "low-frequency-weight", "'0:5,8:1'", "'0:5,8:2'"),
    ],
)
def test_other_options_are_refused_before_anything_is_rendered(
    words, option, then, now, run, ganlib, monkeypatch
):
    before, out = run
    monkeypatch.setattr(build, "BUILDERS", None)
    done = ganlib("train", *before, *words.split(), "--out", out, "--resume")
    assert done.status == 1 and done.out == ""
    field = option.removeprefix("no-").replace("-", "_")
    said = f"--{option} is not that of the run in {out}: there {field} is {then}, here {now}; "
    mend = "go on with the former, or begin another in a new folder."
    assert done.err == f"ganlib: error: {said}{mend}\n"


def test_another_problem_does_not_go_on_with_a_run(run, ganlib, monkeypatch):
    _, out = run
    monkeypatch.setattr(build, "BUILDERS", None)
    card = (out / "model.json").read_text()
    done = ganlib("train", "paired", *TRANSLATOR, "--out", out, "--resume")
    said = f"problem is not that of the run in {out}: there problem is 'unpaired', here 'paired';"
    assert done.status == 1 and said in done.err
    assert (out / "model.json").read_text() == card


def test_what_decides_no_numbers_may_change_and_images_may_grow(run, ganlib):
    words, out = run
    more = "--images 16 --report-every 4 --checkpoint-every 4 --sample-every 8 --threads 1"
    done = ganlib("train", *words, *more.split(), "--quiet", "--out", out, "--resume")
    assert done.status == 0, done.err
    card = json.loads((out / "model.json").read_text())
    assert (card["images_seen"], card["images_this_run"]) == (16, 8)
    assert card["config"]["train"]["images"] == 16
    assert (out / "samples" / "000016.png").exists()


def test_resume_without_a_run_is_refused_before_anything_is_made(ganlib, tmp_path):
    """Its folder is mistyped: a run that began anew would be noticed hours later."""
    done = ganlib("train", "noise", *NOISE, "--out", tmp_path / "new", "--resume")
    said = f"{tmp_path / 'new'} holds no run that could go on; check the name, or leave out"
    assert done.status == 1 and said in done.err
    assert not (tmp_path / "new").exists()


def test_a_damaged_checkpoint_gets_a_sentence(run, ganlib):
    words, out = run
    state = out / "state.safetensors"
    state.write_bytes(state.read_bytes()[:1000])
    done = ganlib("train", *words, "--out", out, "--resume")
    assert done.status == 1 and "cut short" in done.err


KILLED = """
import os, signal, sys
from ganlib.cli.main import main
from ganlib.core.trainer import Trainer

save = Trainer.save

def save_and_die(trainer):
    save(trainer)
    if trainer.images == 8:
        os.kill(os.getpid(), signal.SIGKILL)

Trainer.save = save_and_die
main(sys.argv[1:])
"""


def test_a_run_that_was_killed_and_resumed_equals_an_uninterrupted_one(ganlib, tmp_path):
    """Bit for bit: the model, the state, and the log but for its times."""
    words = "train noise --images 20 --checkpoint-every 4 --report-every 4".split()
    words = words[:2] + NOISE + words[2:]
    one, two = tmp_path / "one", tmp_path / "two"
    assert ganlib(*words, "--out", one).status == 0
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, *words, "--out", two], capture_output=True, text=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not (two / "model.safetensors").exists()
    assert ganlib(*words, "--out", two, "--resume").status == 0
    models = [load_model(out / "model.safetensors") for out in (one, two)]
    assert equal(models[0][0], models[1][0])
    assert models[1][1]["images_seen"] == 20 and models[1][1]["images_this_run"] == 12
    assert models[0][1]["held_out"] == models[1][1]["held_out"]
    states = [load(out / "state.safetensors")[0] for out in (one, two)]
    assert states[0].keys() == states[1].keys()
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    logs = [read_log(out / "log.jsonl") for out in (one, two)]
    for row in (*logs[0], *logs[1]):
        del row["images_per_second"]
    assert logs[0] == logs[1] and [row["images"] for row in logs[0]] == [4, 8, 12, 16, 20]


def test_ctrl_c_saves_and_ends_with_130(ganlib, tmp_path):
    """In a pipe, with figures on standard output: no bar, no traceback, JSON alone."""
    out = tmp_path / "r"
    words = ["noise", *NOISE, "--images", "1000000", "--report-every", "40", "--out", str(out)]
    command = [sys.executable, "-m", "ganlib", "train", *words, "--json", "-"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 120
        while not read_log(out / "log.jsonl"):
            assert process.poll() is None and time.monotonic() < deadline, process.communicate()
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGINT)
        figures, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    card = json.loads((out / "model.json").read_text())
    assert json.loads(figures) == card["held_out"]
    assert 40 <= card["images_seen"] < 1_000_000 and card["images_seen"] % 4 == 0
    assert f"saved {out / 'model.safetensors'}" in said
    assert "\r" not in said and "it/s" not in said and "img" not in said
    assert "Traceback" not in said
    # What was saved goes on: here it is at its end already, as fewer images are asked for.
    done = ganlib("train", *words, "--images", "8", "--resume")
    assert done.status == 0, done.err
    again = json.loads((out / "model.json").read_text())
    assert (again["images_seen"], again["images_this_run"]) == (card["images_seen"], 0)


def test_a_run_of_another_version_gets_a_sentence(run, ganlib):
    words, out = run
    tensors, metadata = load(out / "state.safetensors")
    del metadata["identity"]
    save(out / "state.safetensors", tensors, metadata)
    done = ganlib("train", *words, "--out", out, "--resume")
    assert done.status == 1 and "is of another version of ganlib" in done.err
