"""Each lesson alone, in an empty folder, where there is what Colab has and no ganlib.

The first cell installs a wheel of this tree: in the copies, its file stands in the address's place.
"""

import json
import shutil

import nbformat
import pytest
from canary.environments import ROOT, Environment, build, pins
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

from notebooks.first_cell import ARCHIVE, CELL

pytestmark = pytest.mark.nightly
LESSONS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
COLAB = pins(ROOT / "tests" / "canary" / "colab.txt")
KERNEL = {
    "display_name": "Python 3",
    "language": "python",
    "env": {
        "GANLIB_QUICK": "1",
        "COLAB_RELEASE_TAG": "canary",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONPATH": "",
    },
}


@pytest.fixture(scope="module")
def colab(tmp_path_factory):
    environment = Environment(tmp_path_factory.mktemp("colab"))
    environment.pip("install", *(f"{n}=={v}" for n, v in COLAB.items() if n != "torch"))
    stub = environment.site / "google" / "colab"
    stub.mkdir(parents=True, exist_ok=True)
    (stub / "__init__.py").write_text('"""Is here, as in Colab; no lesson may need it."""\n')
    return environment


@pytest.fixture(scope="module")
def kernels(colab, tmp_path_factory):
    folder = tmp_path_factory.mktemp("kernels")
    (folder / "colab").mkdir()
    argv = [str(colab.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (folder / "colab" / "kernel.json").write_text(json.dumps(KERNEL | {"argv": argv}))
    return KernelSpecManager(kernel_dirs=[str(folder)], ensure_native_kernel=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build(tmp_path_factory.mktemp("wheel"))


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_alone_in_colab(path, colab, kernels, wheel, tmp_path, measured):
    before = colab.versions()
    assert {name: before[name] for name in COLAB if name != "torch"} == {
        name: version for name, version in COLAB.items() if name != "torch"
    }
    assert not {"ganlib", "jupyterlab"} & before.keys()
    copy = tmp_path / "empty" / path.name
    copy.parent.mkdir()
    shutil.copy(path, copy)
    notebook = nbformat.read(copy, as_version=4)
    assert notebook.cells[1].source == CELL
    notebook.cells[1].source = CELL.replace(ARCHIVE, wheel.as_uri())
    client = NotebookClient(
        notebook,
        km=AsyncKernelManager(kernel_name="colab", kernel_spec_manager=kernels),
        timeout=900,
        resources={"metadata": {"path": str(copy.parent)}},
    )
    try:
        client.execute()  # raises at the first cell that fails
    finally:
        after = colab.versions()
        colab.pip("uninstall", "-y", "ganlib", *(after.keys() - before.keys()))
    touched = {name for name, version in before.items() if after.get(name) != version}
    measured(f"{path.stem} in Colab: {len(notebook.cells)} cells; installed {added(before, after)}")
    assert touched == set(), "what Colab has stays as it is"


def added(before, after):
    return ", ".join(sorted(after.keys() - before.keys())) or "nothing"
