"""The card of a run: what is on it was really so."""

import json
import re
import shutil
import subprocess
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from runs import dataset, tiny, translator

import ganlib
from ganlib.core.config import Schedule, UnpairedLoss
from ganlib.pipelines import card
from ganlib.pipelines.build import build_run
from ganlib.pipelines.card import make_card, provenance
from ganlib.pipelines.parts import Data
from ganlib.pipelines.problems import PROBLEMS

PROJECT = '[project]\nname = "ganlib"\n'


def of(name, config, start=None, data=None, before=0):
    """The card of a finished run, as a file gives it back, and the run."""
    data = data or Data(dataset(6, 1), dataset(6, 2), backward=translator(seed=4))
    run = build_run(config, device="cpu", data=data, generator=start).run()
    made = make_card(
        config, f"ganlib train {name}", "abc1234", run, before, {"held_out": {"l1": 1}}
    )
    return json.loads(json.dumps(made)), run


@pytest.mark.parametrize("name", ["noise", "paired", "unpaired-quick", "back-translation"])
def test_the_config_on_the_card_is_the_one_that_ran(name):
    config = tiny(name, seed=3, d_steps=2)
    made, run = of(name, config)
    as_json = json.loads(json.dumps(asdict(config), default=str))
    assert made["config"] == as_json
    assert made["config"]["loss"] == json.loads(json.dumps(asdict(run.objective.config)))
    assert made["config"]["train"] == json.loads(json.dumps(asdict(run.config)))
    assert made["problem"] == ("unpaired" if name == "unpaired-quick" else name)
    assert (made["seed"], made["images_seen"], made["images_this_run"]) == (3, 8, 8)
    assert made["command"] == f"ganlib train {name}" and made["commit"] == "abc1234"
    assert made["ganlib"] == ganlib.__version__
    assert made["held_out"] == {"l1": 1} and made["seconds"] >= 0
    assert made["hardware"]["torch"] == torch.__version__


def test_schedules_and_photographs_are_written_so_that_json_can_hold_them(portraits):
    loss = UnpairedLoss(low_frequency_weight=Schedule(((0, 5.0), (8, 1.0))), factor=4)
    config = replace(tiny("unpaired"), loss=loss)
    config = replace(config, data=replace(config.data, photos=(portraits,)))
    made, _ = of("unpaired", config, data=Data(anime=dataset()))
    assert made["config"]["loss"]["low_frequency_weight"] == {"points": [[0, 5], [8, 1]]}
    assert made["config"]["data"]["photos"] == [str(portraits)]
    assert made["photographs"] == {"for_training": 2, "held_out": 0}
    assert "twins" not in made  # nobody was rendered


def test_people_who_were_rendered_are_counted():
    made, _ = of("unpaired", tiny("unpaired"), data=Data(photo=None, anime=None, backward=None))
    assert made["twins"] == 12 and made["people_drawn"] == 12


def test_a_part_of_a_run_says_how_much_of_it_was_new():
    made, _ = of("noise", tiny("noise"), data=Data(anime=dataset()), before=4)
    assert (made["images_seen"], made["images_this_run"]) == (8, 4)


def test_every_problem_has_a_name_for_its_card():
    assert {card.problem_of(config) for config in PROBLEMS.values()} == set(PROBLEMS) - {
        "unpaired-quick"
    }


def git(folder, *words):
    known = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *known, *words], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A function that puts a copy of the package's own files into a folder, and asks there."""
    if not shutil.which("git"):
        pytest.skip("git is not installed")

    def put(folder: Path) -> Path:
        copy = folder / "ganlib"
        pattern = shutil.ignore_patterns("weights", "__pycache__", "results")
        shutil.copytree(Path(ganlib.__file__).parent, copy, ignore=pattern)
        monkeypatch.setattr(card, "PACKAGE", copy)
        return copy

    return put


def committed(folder: Path) -> str:
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "all")
    return git(folder, "rev-parse", "--short", "HEAD")


def test_a_checkout_has_its_commit(package, tmp_path):
    copy = package(tmp_path)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    commit = committed(tmp_path)
    assert provenance() == commit and re.fullmatch("[0-9a-f]{7,}", commit)
    git(tmp_path, "tag", "v1")
    assert provenance() == commit
    (copy / "__init__.py").write_text("edited")
    assert provenance() == commit + "-dirty"


def test_a_copy_in_another_repository_is_installed(package, tmp_path):
    """As in an environment within somebody's project, tracked there or not."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "portraits"\n')
    package(tmp_path / ".venv" / "lib" / "site-packages")
    (tmp_path / ".gitignore").write_text(".venv\n")
    committed(tmp_path)
    assert provenance() == "installed"
    (tmp_path / ".gitignore").unlink()
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "the environment too")
    assert provenance() == "installed"


def test_a_copy_beside_the_code_of_another_project_is_installed(package, tmp_path):
    package(tmp_path)
    committed(tmp_path)
    assert provenance() == "installed"
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "portraits"\n')
    assert provenance() == "installed"


def test_a_copy_that_is_in_no_repository_is_installed(package, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    package(tmp_path)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    assert provenance() == "installed"


def test_without_git_the_commit_is_unknown(package, tmp_path, monkeypatch):
    package(tmp_path)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    committed(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert provenance() == "installed"


def test_this_very_library_says_where_it_is_from():
    assert re.fullmatch("installed|[0-9a-f]{7,}(-dirty)?", provenance())
