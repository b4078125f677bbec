"""README and guide: commands exist, links lead somewhere, figures are those of the cards."""

import json
import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest
from torch.distributed.run import get_args_parser

from benchmarks import own_style
from ganlib.cli import train
from ganlib.cli.main import COMMANDS, main
from ganlib.cli.options import parse

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "book").glob("*.md")}
# A line that ends in a backslash goes on in the next.
LINES = "\n".join((README, *GUIDE.values())).replace("\\\n", " ")
FOUND = sorted({line.strip() for line in re.findall(r"^(ganlib [^#\n]+)", LINES, re.MULTILINE)})
TORCHRUN = sorted(set(re.findall(r"^(?:srun )?(torchrun [^#\n]+)", LINES, re.MULTILINE)))
SHELL = {"$SLURM_NNODES": "2", "$SLURM_JOB_ID": "7", "$head": "node1"}
OWN_STYLE = ROOT / "benchmarks" / "results" / "own_style.json"


def test_the_readme_is_what_a_newcomer_needs():
    assert len(README.splitlines()) <= 80


@pytest.mark.parametrize("text", [README, *GUIDE.values()], ids=["README", *GUIDE])
def test_no_number_is_owed(text):
    assert "TODO" not in text


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
    table = GUIDE["train"].split("| some options |")[1].split("\n\n")[0]
    named = set(re.findall(r"(--[a-z][a-z0-9-]+)", table))
    for problem in ("paired", "unpaired"):
        assert main(["train", problem, "--help"]) == 0
    said = capsys.readouterr().out
    assert len(named) >= 8
    assert {name for name in named if name not in said} == set()


def test_python_lines_import():
    block = GUIDE["use"].split("```python")[1].split("```")[0]
    imports = "\n".join(line for line in block.splitlines() if line.startswith("from "))
    exec(imports, {})


def test_architecture_names_every_room_and_fits_on_a_screen():
    section = GUIDE["architecture"]
    assert len(section.splitlines()) <= 45
    block = section.split("```")[1]
    rooms = set(re.findall(r"^(\w+)/", block, re.MULTILINE))
    package = ROOT / "ganlib"
    assert rooms == {path.parent.name for path in package.glob("*/__init__.py")}
    for path in re.findall(r"`((?:core|twins|measure|pipelines|data)/[\w/.]*)`", section):
        assert (package / path).exists(), path


def test_every_make_target_exists():
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"^make (\w+)", LINES, re.MULTILINE)) <= targets


def test_local_links_lead_somewhere():
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        if not link.startswith("http"):
            assert (ROOT / link).exists(), link


@pytest.mark.parametrize("text", [README, GUIDE["models"]], ids=["README", "models"])
@pytest.mark.parametrize("name", ["portrait", "paired", "unpaired"])
def test_ratios_are_the_cards(name, text):
    card = json.loads((ROOT / "ganlib" / "weights" / f"{name}.json").read_text())
    (row,) = re.findall(rf"^\| `{name}` \|.*$", text, re.MULTILINE)
    figures = card["held_out"]
    ratio = figures["ratio"] if "ratio" in figures else figures["l1_over_copy"]
    assert row.rstrip(" |").endswith(f"{ratio:.2f}")


def test_what_a_style_of_ones_own_needs_is_the_measured():
    if not OWN_STYLE.exists():
        pytest.skip("benchmarks/results/own_style.json: `python -m benchmarks own-style` makes it")
    rows = json.loads(OWN_STYLE.read_text())[own_style.NAME]["rows"]
    assert len(rows) >= 4
    for row in rows:
        error, lines, eyes = (f"{figure:.2f}" for figure in row["rendered"].values())
        many, minutes = f"{row['pairs']:,}", f"{row['training_seconds'] / 60:.0f}"
        assert f"| {many} | {error} | {lines} | {eyes} | {minutes} |" in GUIDE["train"]
        if row["pairs"]:
            assert f"| {many} | {error} | {lines}, {eyes} | {minutes} |" in README


def test_the_command_of_ones_own_style_is_the_measured():
    """README and guide say what the benchmark ran."""
    shown = [line for line in FOUND if "--init portrait" in line]
    assert len(shown) == 1
    config, _ = options_of(shlex.split(shown[0])[1:])
    assert config.train == own_style.training(config.train.images)


def test_speeds_are_the_measured_ones():
    speed = GUIDE["models"].split("## Speed")[1]
    (source,) = re.findall(r"all figures: `([^`]+)`", speed)
    record = json.loads((ROOT / source).read_text())
    step, stylize = record["step"], record["stylize"]
    assert f"| ratio | {step['speed_up']['median']:.1f} |" in speed
    for value, unit in (
        (step["ganlib_images_per_second"]["median"], "images/s"),
        (step["plain_images_per_second"]["median"], "images/s"),
        (record["render"]["pairs_per_second"]["median"], "pairs/s"),
    ):
        assert f"| {value:.0f} {unit} |" in speed
    (row,) = re.findall(rf"^.* by `{stylize['model']}`, .*$", speed, re.MULTILINE)
    assert f"| {stylize['seconds_per_face']['median']:.3f} s |" in row
