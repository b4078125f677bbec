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
