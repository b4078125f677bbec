"""The README's commands exist, its links lead somewhere, and its figures are those of the cards."""

import json
import re
import shlex
from pathlib import Path

import pytest

from ganlib.cli import _parser

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"^(ganlib [^#\n]+)", README, re.MULTILINE)))


def test_commands_are_found():
    assert len(COMMANDS) >= 8


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_parses(command):
    arguments = shlex.split(command)[1:]
    _parser(arguments).parse_args(arguments)


def test_every_make_target_exists():
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"^make (\w+)", README, re.MULTILINE)) <= targets


def test_local_links_lead_somewhere():
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        if not link.startswith("http"):
            assert (ROOT / link).exists(), link


@pytest.mark.parametrize("name", ["portrait", "unpaired"])
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
