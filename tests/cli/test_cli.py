"""The command line as a whole: sentences, never tracebacks; a status that a script can trust."""

import errno
import json
import os
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

from ganlib import __version__
from ganlib.cli.main import COMMANDS
from ganlib.cli.output import Output, columns, table
from ganlib.cli.streams import Lasting


def python(*words, **options):
    """What a Python of its own says."""
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, **options)


def test_help_is_quick_and_lists_every_command():
    code = "import sys; from ganlib.cli.main import main; main(['--help'])"
    done = python("-c", code + "; print('torch' in sys.modules)")
    assert done.returncode == 0
    assert done.stdout.endswith("False\n")
    assert all(f"  {name} " in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command, ganlib):
    done = ganlib(command, "--help")
    assert (done.status, done.err) == (0, "")
    assert f"usage: ganlib {command}" in done.out
    assert f" ganlib {command}" in done.out.partition("usage:")[2]


def test_as_a_module():
    done = python("-m", "ganlib", "--version")
    assert (done.returncode, done.stdout) == (0, f"ganlib {__version__}\n")


def test_no_command_and_no_such_command(ganlib):
    done = ganlib()
    assert done.status == 2 and done.out == ""
    assert done.err.startswith("usage: ganlib COMMAND")
    done = ganlib("stylise", "me.jpg")
    assert done.status == 2 and done.out == ""
    assert "there is no command 'stylise'; did you mean stylize?" in done.err
    assert "did you mean" not in ganlib("xyzzy").err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("stylize", "name a photograph, or a folder of them: ganlib stylize"),
        ("stylize --out o", "name a photograph, or a folder of them: ganlib stylize"),
        ("stylize a.jpg --scale 4", "Unrecognized options: --scale"),
        ("stylize a.jpg --out o --size big", "Error parsing --size"),
        ("stylize a.jpg --out o --precision fp8", "'fp8' for argument '--precision'"),
        ("stylize a.jpg --out o --side-by-sid", "Perhaps you meant: --side-by-side"),
        ("draw --style ink", "--out PATH"),
        ("draw --out o --hair-color red", "Perhaps you meant: --hair-colour"),
        ("models --json", "Missing value for argument '--json'"),
        ("evaluate", "a shipped name, or a .safetensors file (required)"),
        ("evaluate unpaired --precisoin fp32", "Perhaps you meant: --precision"),
        ("doctor --what", "doctor has one option, --json FILE; --what is not understood"),
        ("doctor --json", "doctor has one option"),
    ],
)
def test_bad_usage_is_explained_with_status_2(words, says, ganlib, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = ganlib(*words.split())
    assert (done.status, done.out) == (2, "")
    assert says in done.said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("stylize a.jpg --out o --size 4097", "--size must be from 0 to 4096, not 4097."),
        ("stylize a.jpg --out o --size -1", "--size must be from 0 to 4096, not -1."),
        ("stylize a.jpg --whole --side-by-side", "--whole and --side-by-side exclude one another"),
        ("draw --out o --n 0", "--n must be from 1 to 10000, not 0."),
        ("draw --out o --skin 2", "--skin must be at most 1, not 2.0."),
        ("draw --out o --seed -1", "--seed must be 0 or more, not -1."),
        ("draw --out o --device abacus", "no device 'abacus'"),
        ("draw --out o --scale 0", "--scale must be from 1 to 16, not 0."),
        ("evaluate unpaired --twins 1", "--twins must be 2 or more, not 1."),
        ("evaluate unpaired --held-out-photos", "--held-out-photos chooses among --photos"),
        ("evaluate faces --photos x.png", "--photos are of no use: a generator from noise"),
    ],
)
def test_bad_values_name_the_option_with_status_1(words, says, ganlib, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = ganlib(*words.split())
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("ganlib: error: ") and says in done.err
    assert done.err.count("\n") == 1
    assert not re.search(r"Config|Options|[a-z]_[a-z]", done.err)


@pytest.mark.parametrize(
    "words", [["--help"], ["models"], pytest.param(["draw", "--help"], marks=pytest.mark.nightly)]
)
def test_a_reader_that_has_gone_is_no_error(words):
    """As in `ganlib models | head -1`."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as gone:
        done = subprocess.run(
            [sys.executable, "-m", "ganlib", *words], stdout=gone, stderr=subprocess.PIPE, text=True
        )
    assert (done.returncode, done.stderr) == (141, "")


def test_ctrl_c_at_any_time_is_no_error(ganlib, tmp_path, monkeypatch):
    from ganlib.cli import models

    def interrupt(name):
        raise KeyboardInterrupt

    monkeypatch.setattr(models, "describe", interrupt)
    assert ganlib("models") == (130, "", "ganlib: stopped\n")


def test_json_to_standard_output_is_alone_there(capsys):
    output = Output("-")
    output.say("words")
    output.write({"l1": 0.5, "häufig": [1, None]})
    out, err = capsys.readouterr()
    assert json.loads(out) == {"l1": 0.5, "häufig": [1, None]} and out.isascii()
    assert err == "words\n"


def test_a_reader_that_has_gone_is_told_on_windows_too(tmp_path):
    """Its error is EINVAL; and no descriptor stays open in the stream's place."""

    def fail(text):
        raise OSError(errno.EINVAL, "Invalid argument")

    with open(tmp_path / "out", "w") as file:
        free = os.dup(file.fileno())
        os.close(free)
        stream = Lasting(SimpleNamespace(write=fail, fileno=file.fileno))
        assert stream.write("words") == 0 and isinstance(stream.lost, BrokenPipeError)
        again = os.dup(file.fileno())
        os.close(again)
    assert again == free


def test_json_to_a_file_goes_through_a_link(capsys, tmp_path):
    (tmp_path / "inner").mkdir()
    link, target = tmp_path / "link.json", tmp_path / "inner" / "figures.json"
    target.write_text("of yesterday")
    link.symlink_to("inner/figures.json")
    output = Output(str(link))
    output.say("words")
    output.write({"l1": 0.5})
    assert link.is_symlink() and json.loads(target.read_text()) == {"l1": 0.5}
    assert capsys.readouterr() == ("words\n", "")
    Output().write({"l1": 0.5})
    assert capsys.readouterr() == ("", "")


def test_json_that_cannot_be_written_gets_a_sentence(ganlib, tmp_path):
    (tmp_path / "none").write_text("a file where a folder is needed")
    done = ganlib("models", "--json", tmp_path / "none" / "models.json")
    assert done.status == 1 and "could not write" in done.err


def test_figures_are_aligned():
    assert table({"l1": 0.123456, "twins": 4}) == "l1     0.1235\ntwins  4"
    found = {"model": {"l1": 0.5, "l1_interval": [0.4, 0.6]}, "copy": {"l1": 1.0, "kept": 1}}
    lines = columns(found).splitlines()
    assert [line.split() for line in lines] == [
        ["model", "copy"],
        ["l1", "0.5", "1"],
        ["[0.4,", "0.6]", "–"],
        ["kept", "–", "1"],
    ]
    assert len(set(map(len, lines))) == 1
