"""What a run reports: a log that loses no row and repeats none, and bars where a person looks."""

import io
import json
import sys

import pytest

from ganlib.core import log
from ganlib.core.errors import GanlibError
from ganlib.core.log import RunLog, progress
from ganlib.pipelines.results import read_log

ROWS = [{"step": step, "images": 4 * step, "d_adversarial": 1 / step} for step in (1, 2, 3)]


@pytest.fixture
def run_log(tmp_path):
    return RunLog(tmp_path / "run" / "log.jsonl")


def test_each_report_is_one_json_object_a_line(run_log):
    for row in ROWS:
        run_log(row)
    lines = run_log.path.read_text(encoding="utf-8").split("\n")
    assert [json.loads(line) for line in lines[:-1]] == ROWS and lines[-1] == ""
    assert read_log(run_log.path) == ROWS


def test_numbers_come_back_to_the_last_bit(run_log):
    row = {"g_paired": 0.1 + 0.2, "lr": 1.5e-4 / 3, "images": 10**15}
    run_log(row)
    assert read_log(run_log.path) == [row]


def test_rows_may_have_other_names_than_those_before(run_log):
    rows = [{"step": 1, "d_r1": 0.5}, {"step": 2}, {"step": 3, "d_r1": 0.25}]
    for row in rows:
        run_log(row)
    assert read_log(run_log.path) == rows


def test_no_file_is_an_empty_log(run_log):
    assert run_log.size == 0 and read_log(run_log.path) == []
    run_log.truncate(0)
    assert not run_log.path.exists()


def test_size_grows_with_each_row_and_is_that_of_the_file(run_log):
    sizes = [run_log.size]
    for row in ROWS:
        run_log(row)
        sizes.append(run_log.size)
    assert sizes == sorted(set(sizes)) and sizes[-1] == len(run_log.path.read_bytes())


@pytest.mark.parametrize(
    "killed", ["", '{"step": 4, "images": 16}\n', '{"step": 4}\n{"st', "12", "\0\0\0"]
)
def test_what_came_after_the_checkpoint_is_dropped_and_comes_again(run_log, killed):
    run_log(ROWS[0])
    kept = run_log.size
    run_log(ROWS[1])
    with run_log.path.open("a") as file:
        file.write(killed)
    again = RunLog(run_log.path)  # another process resumes
    again.truncate(kept)
    assert again.size == kept and read_log(again.path) == ROWS[:1]
    for row in ROWS[1:]:
        again(row)
    assert read_log(again.path) == ROWS


def test_a_log_is_never_made_longer(run_log):
    run_log(ROWS[0])
    size = run_log.size
    run_log.truncate(size + 1000)
    assert run_log.size == size and read_log(run_log.path) == ROWS[:1]


def test_a_failing_disk_gets_a_sentence(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(GanlibError, match="could not write .*log.jsonl: "):
        RunLog(tmp_path / "file" / "log.jsonl")({"step": 1})


class Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(monkeypatch, stderr, **options):
    """What a bar of three steps writes to that stderr."""
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    assert list(progress(range(3), file=stderr, **options)) == [0, 1, 2]
    return stderr.getvalue()


def test_a_bar_is_shown_in_a_terminal_and_not_in_a_pipe(monkeypatch):
    assert "3/3" in shown(monkeypatch, Terminal())
    assert shown(monkeypatch, io.StringIO()) == ""


def test_a_notebook_has_no_terminal_and_a_bar(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    with progress(total=3, file=sys.stderr) as bar:
        assert not bar.disable


def test_quiet_turns_bars_off_everywhere(monkeypatch):
    monkeypatch.setattr(log, "quiet", True)
    assert shown(monkeypatch, Terminal()) == ""


def test_a_caller_may_insist(monkeypatch):
    assert shown(monkeypatch, Terminal(), disable=True) == ""
    assert "3/3" in shown(monkeypatch, io.StringIO(), disable=False)


def test_a_last_line_that_was_cut_short_does_not_count(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text('{"step": 1}\n{"step": 2}\n{"st')
    assert read_log(path) == [{"step": 1}, {"step": 2}]
