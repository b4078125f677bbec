"""An installed ganlib has its models, its results and its lessons, wherever it lies, with no more
packages than the core install brings and no network."""

import json
import os
import subprocess
import sys
import zipfile
from email.parser import Parser
from importlib import metadata
from pathlib import Path

import pytest
from canary.environments import ROOT, build
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from skimage import data

TORCH_TOO = {"torch", "filelock", "typing-extensions", "setuptools", "sympy", "mpmath"}
TORCH_TOO |= {"networkx", "jinja2", "markupsafe", "fsspec"}
"""torch, and what torch itself asks for."""
NO_NETWORK = """
import socket
def refuse(*args, **options):
    raise AssertionError("a socket was opened")
socket.socket.connect = socket.socket.connect_ex = socket.socket.sendto = refuse
socket.getaddrinfo = socket.create_connection = refuse
"""
COMMANDS = """
import contextlib, io, json, sys
from ganlib.cli.main import main
found = []
for words in json.loads(sys.argv[1]):
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            status = main(words)
        except SystemExit as end:
            status = end.code
    found.append([status, said.getvalue()])
print(json.dumps(found))
"""
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


def core_packages(site):
    """The distributions that the wheel in `site` needs without extras, and what those need."""
    (about,) = site.glob("ganlib-*.dist-info/METADATA")
    asked = Parser().parsestr(about.read_text(encoding="utf-8")).get_all("Requires-Dist")
    found, left = {}, list(asked)
    while left:
        wanted = Requirement(left.pop())
        name = canonicalize_name(wanted.name)
        if name not in found and (not wanted.marker or wanted.marker.evaluate({"extra": ""})):
            found[name] = metadata.distribution(name)
            left += found[name].requires or []
    return list(found.values())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The Python of a new environment with the wheel and the core packages, and no others."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    done = subprocess.run([python, "-c", where], capture_output=True, text=True, check=True)
    site = Path(done.stdout.strip())
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    (site / "sitecustomize.py").write_text(NO_NETWORK)
    for package in core_packages(site):
        tops = {
            file.parts[0] for file in package.files if file.parts[0] not in ("..", "__pycache__")
        }
        for name in tops:
            (site / name).symlink_to(package.locate_file(name))
    return python


def run(python, folder, code, *words):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    command = [str(python), "-c", code, *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def say(python, folder, *commands):
    """(status, what was said) of each command."""
    done = run(python, folder, COMMANDS, json.dumps(commands))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_command_works_in_an_empty_folder_without_network(installed, tmp_path):
    from PIL import Image

    Image.fromarray(data.astronaut()).save(tmp_path / "me.jpg")
    found = say(
        installed,
        tmp_path,
        ["stylize", "me.jpg", "--device", "cpu"],
        ["models"],
        ["draw", "--n", "2", "--out", "faces.png"],
        ["lessons", "course"],
        ["doctor"],
        ["train", "--help"],
        ["evaluate", "--help"],
    )
    assert [status for status, _ in found] == [0] * 7, found
    assert len(list(tmp_path.glob("drawings/*.png"))) == 1
    assert Image.open(tmp_path / "faces.png").size[0] > 0
    lessons = sorted(ROOT.glob("notebooks/[0-9]*.ipynb"))
    assert [path.name for path in lessons] == sorted(p.name for p in tmp_path.glob("course/*"))
    assert 'pip install "ganlib[lessons]"' in found[3][1] and "✗" not in found[4][1]


def test_what_the_core_install_lacks_is_said_before_any_work(installed, tmp_path):
    found = say(installed, tmp_path, ["evaluate", "unpaired"], ["train", "faces", "--out", "run"])
    for status, said in found:
        assert status == 1 and said.count("\n") == 1, said
        assert said.startswith("ganlib: error:") and 'pip install "ganlib[measure]"' in said
    assert list(tmp_path.iterdir()) == []


def test_models_and_results_are_inside(installed, tmp_path):
    done = run(installed, tmp_path, ASK)
    assert done.returncode == 0, done.stderr
    where, models, commit, results, weights = done.stdout.splitlines()
    assert Path(where).is_relative_to(installed.parents[1])
    assert {"faces", "paired", "portrait", "unpaired"} <= set(models.split())
    assert commit == "installed"
    assert results == "True" and int(weights) > 1_000_000


def test_lessons_and_types_are_inside_and_benchmarks_and_tests_are_not(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert len(tops) == 2 and "ganlib" in tops and any(t.endswith(".dist-info") for t in tops)
    lessons = sorted(name for name in names if name.startswith("ganlib/notebooks/"))
    assert lessons == [
        f"ganlib/notebooks/{p.name}" for p in sorted(ROOT.glob("notebooks/[0-9]*.ipynb"))
    ]
    assert "ganlib/py.typed" in names


def test_without_lessons_nothing_is_built(tmp_path):
    pytest.importorskip("setuptools", reason="needs setuptools to build with")
    done = run(sys.executable, tmp_path, (ROOT / "setup.py").read_text("utf-8"), "--version")
    assert done.returncode == 1 and "there are no lessons in notebooks/" in done.stderr


@pytest.mark.nightly
def test_a_true_installation(wheel, tmp_path, measured):
    """As somebody installs it; what it adds beside torch, on the way and on the disk."""
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "new")], check=True)
    python = tmp_path / "new" / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip = [str(python), "-m", "pip", "install", "-q", "-c", str(ROOT / "constraints.txt")]
    subprocess.run([*pip, "torch"], check=True)
    listed = [str(python), "-m", "pip", "list", "--format", "json"]

    def packages():
        known = json.loads(subprocess.run(listed, capture_output=True, check=True).stdout)
        return {canonicalize_name(package["name"]) for package in known}

    def size():
        files = (tmp_path / "new").rglob("*")
        return sum(p.stat().st_size for p in files if p.is_file() and p.suffix != ".pyc") / 1e6

    before, already = size(), packages()
    download = [*pip[:3], "download", *pip[4:], "-d", str(tmp_path / "files"), str(wheel)]
    subprocess.run(download, check=True)
    fetched = [
        path.stat().st_size
        for path in (tmp_path / "files").iterdir()
        if canonicalize_name(path.name.split("-")[0]) not in TORCH_TOO
    ]
    subprocess.run([*pip, str(wheel)], check=True)
    added = sorted(packages() - already)
    measured(f"core install: {', '.join(added)}")
    measured(
        f"beside torch: {sum(fetched) / 1e6:.0f} MB to download, {size() - before:.0f} MB more"
    )
    assert not {"jupyterlab", "matplotlib", "torchmetrics", "ipywidgets"} & set(added)
    assert sum(fetched) <= 120 * 2**20
    (tmp_path / "empty").mkdir()
    found = say(python, tmp_path / "empty", ["doctor"], ["models"], ["lessons", "course"])
    assert [status for status, _ in found] == [0] * 3, found
