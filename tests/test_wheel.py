"""An installed ganlib has its models and its stored results, wherever it lies."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ASK = """
from ganlib.lessons import equal_compute, lambda_sweep, modes
from ganlib.pipelines.card import provenance
from ganlib.weights import load_model, shipped
import ganlib
print(ganlib.__file__)
print(*shipped())
print(provenance())
print(all(len(module.stored()) > 0 for module in (modes, lambda_sweep, equal_compute)))
print(sum(p.numel() for p in load_model("unpaired")[0].parameters()))
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """The files of a wheel built from this tree, in a folder of their own."""
    folder = tmp_path_factory.mktemp("wheel")
    # A copy, so that nothing is built inside the checkout.
    source = folder / "source"
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, text=True, check=True).stdout  # fmt: skip
    for name in listed.splitlines():
        if name.startswith("ganlib/") or "/" not in name:
            path = ROOT / name
            if path.is_file():
                (source / name).parent.mkdir(parents=True, exist_ok=True)
                (source / name).write_bytes(path.read_bytes())
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    done = subprocess.run([*build, "-w", str(folder), str(source)], capture_output=True, text=True)
    if "setuptools" in done.stderr and "No module" in done.stderr:
        pytest.skip("there is no setuptools here to build with")
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_it_works_from_an_empty_folder(unpacked, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    where, models, commit, results, weights = done.stdout.splitlines()
    assert Path(where).is_relative_to(unpacked)
    assert {"faces", "paired", "portrait", "unpaired"} <= set(models.split())
    assert commit == "installed"
    assert results == "True" and int(weights) > 1_000_000


def test_benchmarks_and_tests_stay_outside(unpacked):
    assert {path.name for path in unpacked.iterdir() if path.is_dir()} == {
        "ganlib",
        next(unpacked.glob("*.dist-info")).name,
    }
