"""`ganlib doctor`: what is missing is named, with how to mend it; other checks still run."""

import json
import sys
from importlib import metadata

import pytest
import torch
from packaging.requirements import Requirement

from ganlib import weights
from ganlib.cli import doctor


@pytest.fixture
def shipped(tmp_path, monkeypatch, model):
    """A checkout whose only shipped model is the small one."""
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "portrait.safetensors").write_bytes(model.read_bytes())
    monkeypatch.setattr(weights, "FOLDER", folder)
    monkeypatch.setattr(doctor.metadata, "requires", lambda name: ["torch>=2.11", "numpy>=2.0"])
    return folder


def test_all_is_well(ganlib, shipped, tmp_path):
    done = ganlib("doctor", "--json", tmp_path / "report.json")
    assert done.status == 0, done.out
    assert "✗" not in done.out
    assert done.out.count("✓") == len(doctor.CHECKS)
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["ok"] is True
    assert {check["name"] for check in report["checks"]} == {row[0] for row in doctor.CHECKS}
    assert report["hardware"]["torch"] == torch.__version__


def test_json_on_standard_output(ganlib, shipped):
    done = ganlib("doctor", "--json", "-")
    assert done.status == 0 and json.loads(done.out)["ok"] is True
    assert done.err.count("✓") == len(doctor.CHECKS)


def test_a_damaged_model(ganlib, shipped):
    (shipped / "portrait.safetensors").write_bytes(b"half")
    done = ganlib("doctor")
    assert done.status == 1
    assert "✗ models" in done.out
    assert "Mend: " in done.out
    (shipped / "portrait.safetensors").unlink()
    assert "there is no model in" in ganlib("doctor").out


def test_missing_and_old_packages(ganlib, shipped, monkeypatch):
    wanted = ["torch>=99", "no-such-package>=1", 'pytest>=999; extra == "dev"']
    monkeypatch.setattr(doctor.metadata, "requires", lambda name: wanted)
    done = ganlib("doctor")
    assert done.status == 1
    assert "does not fit >=99, no-such-package>=1 is not installed. Mend: " in done.out
    assert "pytest" not in done.out


def test_a_broken_torch(ganlib, shipped, monkeypatch, tmp_path):
    """Whatever an import raises, the other lines come, and the report is written."""
    monkeypatch.setitem(sys.modules, "ganlib.core.device", None)
    monkeypatch.delattr("ganlib.core.device")
    monkeypatch.delitem(sys.modules, "ganlib.measure.hardware", raising=False)
    done = ganlib("doctor", "--json", tmp_path / "report.json")
    assert done.status == 1
    assert "✗ device" in done.out
    assert "✓ this folder" in done.out
    assert json.loads((tmp_path / "report.json").read_text())["hardware"] is None


def test_a_report_that_cannot_be_written(ganlib, shipped, tmp_path):
    (tmp_path / "none").write_text("a file where a folder is needed")
    done = ganlib("doctor", "--json", tmp_path / "none" / "report.json")
    assert done.status == 1
    assert "could not write" in done.err


def test_extras_that_are_not_here_are_named_and_nothing_is_wrong(ganlib, shipped, monkeypatch):
    monkeypatch.setattr(doctor, "EXTRAS", {"measure": ("torch",), "lessons": ("numpy",)})
    assert "extras         measure, lessons" in ganlib("doctor").out
    monkeypatch.setitem(doctor.EXTRAS, "lessons", ("no_such_package",))
    done = ganlib("doctor")
    assert done.status == 0 and 'pip install "ganlib[lessons]"' in done.out and "✗" not in done.out


def test_a_mac(ganlib, shipped, monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    done = ganlib("doctor")
    assert "✓ device         mps: Apple GPU, " in done.out
    assert (
        "✓ precision      fp32 (on Apple's GPUs bf16 only if --precision asks for it)" in done.out
    )


def test_the_extras_are_those_that_are_installed_by_their_names():
    asked = [Requirement(text) for text in metadata.requires("ganlib")]
    for extra, modules in doctor.EXTRAS.items():
        brought = {r.name for r in asked if r.marker and r.marker.evaluate({"extra": extra})}
        assert {name.replace("-", "_") for name in brought - {"ganlib"}} <= set(modules)
