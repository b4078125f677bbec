"""Virtual environments with chosen versions, and a wheel of this tree to install in them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONSTRAINTS = ROOT / "constraints.txt"


def pins(path):
    """{name: version} of a file of lines NAME==VERSION."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def without_checkout():
    """The environment of this process without what would let another Python see this checkout."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


class Environment:
    """A new virtual environment, made of the Python that runs the tests."""

    def __init__(self, folder):
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        self.python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
        # torch alone is chosen by constraints.txt: of other versions there may be CUDA builds only.
        torch = f"torch=={pins(CONSTRAINTS)['torch']}"
        self.pip("install", torch)

    def run(self, *words, **options):
        """A command of this Python, with what it said; AssertionError if it fails."""
        options = {"env": without_checkout(), **options}
        command = [str(self.python), *words]
        done = subprocess.run(command, capture_output=True, text=True, **options)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    def pip(self, *words):
        return self.run("-m", "pip", "-q", *words)

    def versions(self):
        """{name: version} of all that is installed."""
        listed = json.loads(self.run("-m", "pip", "list", "--format", "json"))
        return {each["name"].lower().replace("_", "-"): each["version"] for each in listed}

    @property
    def site(self):
        where = "import sysconfig; print(sysconfig.get_path('purelib'))"
        return Path(self.run("-c", where).strip())


def build(folder):
    """A wheel of this tree, built by way of its source archive, as a registry's would be."""
    source = folder / "source"  # a copy, so that nothing is built inside the checkout
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, text=True, check=True).stdout  # fmt: skip
    for name in listed.splitlines():
        if name.startswith(("ganlib/", "notebooks/")) or "/" not in name:
            path = ROOT / name
            if path.is_file():
                (source / name).parent.mkdir(parents=True, exist_ok=True)
                (source / name).write_bytes(path.read_bytes())
    make = "import setuptools.build_meta as b, sys; print(getattr(b, sys.argv[1])(sys.argv[2]))"

    def run(what, where):
        command = [sys.executable, "-c", make, what, str(folder)]
        done = subprocess.run(command, cwd=where, capture_output=True, text=True)
        if "No module named 'setuptools" in done.stderr:
            pytest.skip("there is no setuptools here to build with")
        assert done.returncode == 0, done.stderr
        return folder / done.stdout.splitlines()[-1]

    archive = run("build_sdist", source)
    subprocess.run(["tar", "xzf", str(archive), "-C", str(folder)], check=True)
    return run("build_wheel", folder / archive.name.removesuffix(".tar.gz"))
