"""Running commands within the process of the tests."""

from typing import NamedTuple

import pytest
import torch
from PIL import Image
from runs import translator
from skimage import data

from ganlib.cli.main import main
from ganlib.core import log
from ganlib.drawing import STYLES
from ganlib.pipelines import results
from ganlib.weights import save_model


class Done(NamedTuple):
    """A command that has ended."""

    status: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Standard error as one line, without the frames around it."""
        return " ".join(self.err.translate(dict.fromkeys(map(ord, "│─╭╮╰╯"), " ")).split())


@pytest.fixture
def ganlib(capsys, monkeypatch):
    """Run a command: its status and what it said. What it sets in the process is taken back."""
    threads = torch.get_num_threads()
    monkeypatch.setattr(log, "quiet", False)
    monkeypatch.setenv("COLUMNS", "100")

    def run(*words):
        capsys.readouterr()
        try:
            status = main([str(word) for word in words])
        except SystemExit as stopped:
            status = stopped.code
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Done(status, out, err)

    yield run
    torch.set_num_threads(threads)


@pytest.fixture
def few_people(monkeypatch):
    """`ganlib train` measures translators on four held-out people."""
    measure = results.evaluate
    monkeypatch.setattr(results, "evaluate", lambda *a, **options: measure(*a, n=4, **options))


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    """The file of a small translator with random weights."""
    path = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    save_model(path, translator(), {"name": "tiny", "problem": "unpaired"})
    return path


@pytest.fixture(scope="session")
def styled(tmp_path_factory):
    """The same of one that draws in every style."""
    path = tmp_path_factory.mktemp("styled") / "styled.safetensors"
    card = {"name": "styled", "problem": "portrait", "styles": list(STYLES)}
    save_model(path, translator(styles=len(STYLES)), card)
    return path


@pytest.fixture
def photos(tmp_path):
    """A folder of one photograph with a face, one without, and one file that is no picture."""
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.fromarray(data.astronaut()).save(folder / "astronaut.png")
    Image.new("RGB", (64, 48), "grey").save(folder / "wall.png")
    (folder / "broken.jpg").write_text("no picture")
    return folder
