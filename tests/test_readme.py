"""The README's commands exist, its links lead somewhere, and its figures are those of the cards."""

import json
import re
import shlex
from pathlib import Path

import pytest
from torch.distributed.run import get_args_parser

from ganlib.cli.main import _parser

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
# A line that ends in a backslash goes on in the next.
LINES = README.replace("\\\n", " ")
COMMANDS = sorted(set(re.findall(r"^(ganlib [^#\n]+)", LINES, re.MULTILINE)))
TORCHRUN = sorted(set(re.findall(r"^(?:srun )?(torchrun [^#\n]+)", LINES, re.MULTILINE)))
SHELL = {"$SLURM_NNODES": "2", "$SLURM_JOB_ID": "7", "$head": "node1"}


def test_commands_are_found():
    assert len(COMMANDS) >= 8
    assert len(TORCHRUN) == LINES.count("-m ganlib") >= 4


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_parses(command):
    arguments = shlex.split(command)[1:]
    _parser(arguments).parse_args(arguments)


@pytest.mark.parametrize("command", TORCHRUN)
def test_every_torchrun_command_parses(command):
    for name, value in SHELL.items():
        command = command.replace(name, value)
    assert "$" not in command
    launcher = get_args_parser().parse_args(shlex.split(command)[1:])
    assert launcher.module and launcher.training_script == "ganlib"
    arguments = _parser(launcher.training_script_args).parse_args(launcher.training_script_args)
    # Every process has an equal share of the batch.
    nodes, processes = int(launcher.nnodes.split(":")[-1]), int(launcher.nproc_per_node)
    assert arguments.batch % (nodes * processes) == 0


def test_every_module_is_in_the_architecture():
    block = README.split("## Architecture")[1].split("```")[1]
    named = set()
    for line in block.splitlines():
        # Names stand on the left, two spaces or more before what they are.
        named.update(re.split(r"\s{2,}", line)[0].split())
    named = {name.removesuffix("/") for name in named}
    package = ROOT / "ganlib"
    modules = {path.stem for path in package.glob("[!_]*.py")}
    folders = {path.parent.name for path in package.glob("*/__init__.py")}
    assert named == modules | folders


def test_every_make_target_exists():
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"^make (\w+)", README, re.MULTILINE)) <= targets


def test_local_links_lead_somewhere():
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        if not link.startswith("http"):
            assert (ROOT / link).exists(), link


@pytest.mark.parametrize("name", ["portrait", "paired", "unpaired"])
def test_ratios_are_the_cards(name):
    card = json.loads((ROOT / "data" / "checkpoints" / f"{name}.json").read_text())
    (row,) = re.findall(rf"^\| `{name}` \|.*$", README, re.MULTILINE)
    assert row.rstrip(" |").endswith(f"{card['held_out']['ratio']:.2f}")


def test_speeds_are_the_measured_ones():
    record = json.loads((ROOT / "data" / "bench.json").read_text())
    step, speed = record["step"], README.split("## Speed")[1].split("## ")[0]
    assert f"| ratio | {step['speed_up']['median']:.1f} |" in speed
    for value, unit in (
        (step["ganlib_images_per_second"]["median"], "images/s"),
        (step["plain_images_per_second"]["median"], "images/s"),
        (record["render"]["pairs_per_second"]["median"], "pairs/s"),
    ):
        assert f"| {value:.0f} {unit} |" in speed
    assert f"| {record['stylize']['seconds_per_face']['median']:.3f} s |" in speed
