"""How options are read: dataclasses in, words and help out."""

from dataclasses import dataclass, field

import pytest

from ganlib.cli.options import joined, parse, parse_weight, show_weight, split
from ganlib.core import log
from ganlib.core.config import Schedule, Weight


@dataclass(frozen=True)
class Inner:
    """What is inside."""

    weight: Weight = 0.5  # of the inner term
    whole: bool = True  # keep all of it


@dataclass(frozen=True)
class Outer:
    """All of it."""

    inner: Inner = field(default=Inner(weight=2.0))
    name: str = "a"  # what it is called: anything, even # or "


@dataclass(frozen=True, kw_only=True)
class Folder:
    """Where."""

    out: str  # a folder
    quiet: bool = False  # no bars


@pytest.mark.parametrize("text", ["0", "0.5", "1e-05", "0:1,50000:0.1", "0:60,20000:30,45000:8"])
def test_weights_are_shown_as_they_are_read(text):
    weight = parse_weight(text)
    assert show_weight(weight) == text
    assert isinstance(weight, Schedule if ":" in text else float)


def test_a_schedule_is_read_point_by_point():
    assert parse_weight("0:1,50000:0.1") == Schedule(((0, 1), (50_000, 0.1)))


@pytest.mark.parametrize("text", ["", "much", "0:", "0:1,", "0:1:2", "5:1,0:2", "0:-1", "0:inf"])
def test_what_is_neither_number_nor_schedule_is_refused(text):
    with pytest.raises(ValueError, match="neither a number nor|in rising order"):
        parse_weight(text)


def read(*words, monkeypatch):
    monkeypatch.setattr(log, "quiet", False)
    options = joined("Options", Outer(), common=Folder)
    return parse(options, list(words), "prog", "What it does.", "prog --out x")


def test_a_config_comes_back_with_what_was_given(monkeypatch):
    words = ["--out", "o", "--weight", "0:1,9:0", "--no-whole", "--name", "b"]
    found = read(*words, monkeypatch=monkeypatch)
    assert found.common == Folder(out="o")
    assert split(found, Outer) == Outer(Inner(Schedule(((0, 1), (9, 0))), False), "b")
    assert split(read("--out", "o", monkeypatch=monkeypatch), Outer) == Outer()


def test_a_group_keeps_the_defaults_of_the_config_it_comes_from(monkeypatch):
    assert read("--out", "o", monkeypatch=monkeypatch).inner.weight == 2.0


def test_quiet_turns_progress_bars_off_wherever_it_stands(monkeypatch):
    read("--out", "o", monkeypatch=monkeypatch)
    assert log.quiet is False
    read("--out", "o", "--quiet", monkeypatch=monkeypatch)
    assert log.quiet is True


def test_help_has_groups_comments_defaults_and_the_example(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "100")
    with pytest.raises(SystemExit) as stopped:
        read("--help", monkeypatch=monkeypatch)
    assert stopped.value.code == 0
    out = capsys.readouterr().out
    for part in (
        "usage: prog [-h]",
        "What it does.",
        "Example: prog --out x",
        "common options",
        "inner options",
        "What is inside.",
        "a folder (required)",
        "of the inner term (default: 2)",
        "keep all of it (default: True)",
        'anything, even # or " (default: a)',
    ):
        assert part in out, part
