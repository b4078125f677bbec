"""Memory is flat in the number of photographs: a thousand take little more than one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from runs import translator

from ganlib.weights import save_model

resource = pytest.importorskip("resource", reason="needs the peak of a process")

MANY = int(os.environ.get("GANLIB_MANY_PHOTOGRAPHS", "1000"))
ALLOWED = 0.3e9
"""Bytes over the peak of one photograph (of two, for `ganlib evaluate`, which compares sets)."""
PEAK = """
import resource, sys
from ganlib.cli.main import main
from ganlib.pipelines import results
{}
status = main(sys.argv[1:])
print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
sys.exit(status)
"""
FEW_PEOPLE = """
from ganlib.cli import evaluate as command
measure = results.evaluate
results.evaluate = lambda *words, **options: measure(*words, n=4, **options)
command.SEEN = 24
"""


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """(a folder of two photographs, one of many), each another crop of one real face."""
    from skimage.data import astronaut

    face = Image.fromarray(astronaut()).crop((64, 0, 384, 320))
    base = tmp_path_factory.mktemp("photographs")
    for name, n in (("few", 2), ("many", MANY)):
        (base / name).mkdir()
        for i in range(n):
            part = face.crop((i % 16, i // 16 % 16, 300 + i % 16, 300 + i // 16 % 16))
            part.save(base / name / f"{i:04}.jpg")
    return base / "few", base / "many"


def peak(words):
    """Bytes of memory that a command took at most."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK.format(FEW_PEOPLE), *map(str, words)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr[-2000:]
    kilobytes = int(done.stdout.split("peak ")[1].split()[0])
    return kilobytes * (1 if sys.platform == "darwin" else 1024)


def check(measured, name, few, many):
    measured(f"ganlib {name}: peak {few / 1e6:.0f} MB, of {MANY} photographs {many / 1e6:.0f} MB")
    assert many - few <= ALLOWED


@pytest.mark.nightly
def test_stylize(folders, tmp_path, measured):
    save_model(tmp_path / "m.safetensors", translator(), {"problem": "unpaired"})
    words = ["--model", tmp_path / "m.safetensors", "--quiet", "--out"]
    few, many = (peak(["stylize", folder, *words, tmp_path / folder.name]) for folder in folders)
    assert len(list((tmp_path / "many").iterdir())) == MANY
    check(measured, "stylize", few, many)


@pytest.mark.nightly
def test_train(folders, tmp_path, measured):
    words = "train unpaired-quick --size 64 --width 8 --blocks 1 --drawn 64 --batch 4 --images 16"
    few, many = (
        peak([*words.split(), "--photos", folder, "--out", tmp_path / folder.name])
        for folder in folders
    )
    check(measured, "train", few, many)


@pytest.mark.nightly
def test_evaluate(folders, tmp_path, measured):
    """The people before them, of whom there are 512 if nothing is said, fill a batch already."""
    save_model(tmp_path / "m.safetensors", translator(64), {"problem": "unpaired"})
    words = ["evaluate", tmp_path / "m.safetensors", "--twins", 256, "--photos"]
    check(measured, "evaluate", *(peak([*words, folder]) for folder in folders))
