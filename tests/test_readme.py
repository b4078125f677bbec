"""The README's commands exist, its links lead somewhere, and its figures are those of the cards."""

import json
import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest
from torch.distributed.run import get_args_parser

from ganlib.cli import train
from ganlib.cli.main import COMMANDS, main
from ganlib.cli.options import parse

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
# A line that ends in a backslash goes on in the next.
LINES = README.replace("\\\n", " ")
FOUND = sorted(set(re.findall(r"^(ganlib [^#\n]+)", LINES, re.MULTILINE)))
TORCHRUN = sorted(set(re.findall(r"^(?:srun )?(torchrun [^#\n]+)", LINES, re.MULTILINE)))
SHELL = {"$SLURM_NNODES": "2", "$SLURM_JOB_ID": "7", "$head": "node1"}


def options_of(words):
    """What the command line makes of words; SystemExit or GanlibError if it refuses them."""
    command, rest = words[0], words[1:]
    assert command in COMMANDS
    if command == "train":
        # The folders of pictures need not be there.
        folders = ("--photos", "PHOTOS", "--drawings", "DRAWINGS")
        return train.read([word for word in rest if word not in folders])
    if command == "doctor":
        return None
    module = import_module(f"ganlib.cli.{command}")
    return parse(module.Options, rest, f"ganlib {command}", "", "")


def test_commands_are_found():
    assert len(FOUND) >= 15
    assert len(TORCHRUN) == LINES.count("-m ganlib") >= 4
    assert {line.split()[1] for line in FOUND} == set(COMMANDS)


@pytest.mark.parametrize("command", FOUND)
def test_every_command_parses(command):
    found = options_of(shlex.split(command)[1:])
    assert not isinstance(found, int)  # train.read gives a status where it refuses


@pytest.mark.parametrize("command", TORCHRUN)
def test_every_torchrun_command_parses(command):
    for name, value in SHELL.items():
        command = command.replace(name, value)
    assert "$" not in command
    launcher = get_args_parser().parse_args(shlex.split(command)[1:])
    assert launcher.module and launcher.training_script == "ganlib"
    config, _ = options_of(launcher.training_script_args)
    # Every process has an equal share of the batch.
    nodes, processes = int(launcher.nnodes.split(":")[-1]), int(launcher.nproc_per_node)
    assert config.train.batch % (nodes * processes) == 0


def test_options_in_the_table_exist(capsys):
    table = README.split("| some options |")[1].split("\n\n")[0]
    named = set(re.findall(r"(--[a-z][a-z0-9-]+)", table))
    for problem in ("paired", "unpaired"):
        assert main(["train", problem, "--help"]) == 0
    said = capsys.readouterr().out
    assert len(named) >= 8
    assert {name for name in named if name not in said} == set()


def test_python_lines_import():
    block = README.split("```python")[1].split("```")[0]
    imports = "\n".join(line for line in block.splitlines() if line.startswith("from "))
    exec(imports, {})


def test_architecture_names_every_room_and_fits_on_a_screen():
    section = README.split("## Architecture")[1].split("\n## ")[0]
    assert len(section.splitlines()) <= 45
    block = section.split("```")[1]
    rooms = set(re.findall(r"^(\w+)/", block, re.MULTILINE))
    package = ROOT / "ganlib"
    assert rooms == {path.parent.name for path in package.glob("*/__init__.py")}
    for path in re.findall(r"`((?:core|twins|measure|pipelines|data)/[\w/.]*)`", section):
        assert (package / path).exists(), path


def test_every_make_target_exists():
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"^make (\w+)", README, re.MULTILINE)) <= targets


def test_local_links_lead_somewhere():
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        if not link.startswith("http"):
            assert (ROOT / link).exists(), link


@pytest.mark.parametrize("name", ["portrait", "paired", "unpaired"])
def test_ratios_are_the_cards(name):
    card = json.loads((ROOT / "ganlib" / "weights" / f"{name}.json").read_text())
    (row,) = re.findall(rf"^\| `{name}` \|.*$", README, re.MULTILINE)
    figures = card["held_out"]
    ratio = figures["ratio"] if "ratio" in figures else figures["l1_over_copy"]
    assert row.rstrip(" |").endswith(f"{ratio:.2f}")


def test_speeds_are_the_measured_ones():
    speed = README.split("## Speed")[1].split("## ")[0]
    (source,) = re.findall(r"\[all figures\]\(([^)]+)\)", speed)
    record = json.loads((ROOT / source).read_text())
    step = record["step"]
    assert f"| ratio | {step['speed_up']['median']:.1f} |" in speed
    for value, unit in (
        (step["ganlib_images_per_second"]["median"], "images/s"),
        (step["plain_images_per_second"]["median"], "images/s"),
        (record["render"]["pairs_per_second"]["median"], "pairs/s"),
    ):
        assert f"| {value:.0f} {unit} |" in speed
    assert f"| {record['stylize']['seconds_per_face']['median']:.3f} s |" in speed
