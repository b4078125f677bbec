"""What tests measured is printed at the end of a run, whether they passed or not."""

import pytest

_MEASURED = []


@pytest.fixture
def measured():
    """Call it with a line for the end of the report."""
    return _MEASURED.append


def pytest_terminal_summary(terminalreporter):
    if _MEASURED:
        terminalreporter.section("measured")
        for line in _MEASURED:
            terminalreporter.write_line(line)


@pytest.fixture
def portraits(tmp_path):
    """A folder with the two real portraits that come with this project's dependencies."""
    from matplotlib import cbook
    from PIL import Image
    from skimage.data import astronaut

    folder = tmp_path / "photos"
    folder.mkdir()
    Image.fromarray(astronaut()).save(folder / "a.jpg")
    Image.open(cbook.get_sample_data("grace_hopper.jpg")).save(folder / "b.jpg")
    return folder
