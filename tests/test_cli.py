"""The command line: sentences, never tracebacks; a status that a script can trust."""

import json
import subprocess
import sys

import pytest
import torch
from PIL import Image
from skimage import data
from tiny import SIZE, translator

from ganlib import __version__
from ganlib.core import checkpoint as checkpoints
from ganlib.cli.main import COMMANDS, main
from ganlib.cli import doctor


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    """The path of a small random model."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    checkpoints.save_model(path, translator(), {"name": "tiny"})
    return path


@pytest.fixture
def photos(tmp_path):
    """A folder of one photograph with a face, one without, and one file that is no picture."""
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.fromarray(data.astronaut()).save(folder / "astronaut.png")
    Image.new("RGB", (64, 48), "grey").save(folder / "wall.png")
    (folder / "broken.jpg").write_text("no picture")
    return folder


@pytest.fixture
def ganlib(capsys):
    """Run a command: (status, stdout, stderr)."""

    def run(*arguments):
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return status, captured.out, captured.err

    return run


def test_help_is_quick_and_lists_every_command():
    code = "import sys; from ganlib.cli.main import main\ntry: main(['--help'])\nfinally: "
    code += "print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stdout.endswith("False\n")
    assert all(f"  {name} " in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    assert stopped.value.code == 0
    assert f"usage: ganlib {command}" in capsys.readouterr().out


def test_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "ganlib", "--version"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, f"ganlib {__version__}\n")


@pytest.mark.parametrize("arguments", [[], ["draw"], ["stylize"], ["stylize", "a.jpg"]])
def test_bad_usage(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert capsys.readouterr().err.startswith("usage: ganlib")


def test_stylize_one_photograph(ganlib, photos, model, tmp_path):
    out = tmp_path / "new" / "anime"
    photo = photos / "astronaut.png"
    status, stdout, stderr = ganlib("stylize", photo, "--out", out, "--model", model)
    assert (status, stderr) == (0, "")
    assert stdout.startswith(f"{photo} → {out / 'astronaut.png'} (")
    assert stdout.endswith(" s)\n")
    with Image.open(out / "astronaut.png") as image:
        assert image.size == (SIZE, SIZE)


def test_stylize_goes_on_over_broken_photographs(ganlib, photos, model, tmp_path):
    missing = tmp_path / "missing.jpg"
    status, stdout, stderr = ganlib("stylize", missing, photos, "--out", tmp_path, "--model", model)
    assert status == 1
    assert stdout.count("→") == 2
    assert f"warning: no face seen in {photos / 'wall.png'}" in stderr
    assert "2 of 4 photographs could not be used" in stderr
    assert f"there is no file {missing}" in stderr
    assert f"{photos / 'broken.jpg'} is not a picture" in stderr
    assert sorted(p.name for p in tmp_path.glob("*.png")) == ["astronaut.png", "wall.png"]


def test_stylize_shapes(ganlib, photos, model, tmp_path):
    wall = photos / "wall.png"
    for i, (options, size) in enumerate(
        [
            (["--side-by-side"], (2 * SIZE, SIZE)),
            (["--scale", 3], (3 * SIZE, 3 * SIZE)),
            (["--size", 40, "--scale", 2, "--side-by-side"], (160, 80)),
        ]
    ):
        out = tmp_path / str(i)
        status, *_ = ganlib("stylize", wall, "--out", out, "--model", model, *options)
        assert status == 0
        with Image.open(out / "wall.png") as image:
            assert image.size == size


def test_stylize_overwrites_nothing(ganlib, photos, model):
    """Not the photographs, not earlier drawings, not a drawing of the same name."""
    wall = photos / "wall.png"
    before = wall.read_bytes()
    (photos / "inner").mkdir()
    (photos / "inner" / "wall.png").write_bytes(before)
    pair = (wall, photos / "inner" / "wall.png")
    assert ganlib("stylize", *pair, "--out", photos, "--model", model)[0] == 0
    assert wall.read_bytes() == before
    assert {p.name for p in photos.glob("wall*")} == {"wall.png", "wall-2.png", "wall-3.png"}


def test_stylize_into_a_file(ganlib, photos, model, tmp_path):
    (tmp_path / "file").touch()
    for out in (tmp_path / "file", tmp_path / "file" / "inner"):
        status, stdout, stderr = ganlib(
            "stylize", photos / "wall.png", "--out", out, "--model", model
        )
        assert (status, stdout) == (1, "")
        assert stderr.startswith(f"ganlib: error: cannot write to the folder {out} (")


def test_stylize_into_a_folder_that_may_not_be_written(ganlib, photos, model, tmp_path):
    out = tmp_path / "locked"
    out.mkdir(mode=0o500)
    try:
        (out / "probe").touch()
    except PermissionError:
        pass
    else:
        pytest.skip("this user may write everywhere")
    status, _, stderr = ganlib("stylize", photos / "wall.png", "--out", out, "--model", model)
    assert status == 1
    assert f"could not write {out / 'wall.png'}" in stderr


def test_stylize_an_empty_folder(ganlib, model, tmp_path):
    status, _, stderr = ganlib("stylize", tmp_path, "--out", tmp_path / "out", "--model", model)
    assert status == 1
    assert f"the folder {tmp_path} holds no picture" in stderr
    assert not (tmp_path / "out").exists()


def test_stylize_with_a_bad_model(ganlib, photos, model, tmp_path):
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(model.read_bytes()[: model.stat().st_size // 2])
    other = tmp_path / "other.safetensors"
    checkpoints.save(other, {"x": torch.zeros(2)}, {"kind": checkpoints.TRAINING})
    text = tmp_path / "text.safetensors"
    text.write_text("no weights")
    for path, says in (
        (cut, "cut short"),
        (other, f"holds a {checkpoints.TRAINING}"),
        (text, "not a safetensors file"),
        (tmp_path / "none.safetensors", "no checkpoint at"),
        ("nosuchmodel", "no shipped model called 'nosuchmodel'"),
    ):
        status, stdout, stderr = ganlib(
            "stylize", photos / "wall.png", "--out", tmp_path / "out", "--model", path
        )
        assert (status, stdout) == (1, ""), path
        assert stderr.startswith("ganlib: error: ")
        assert says in stderr
        assert stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--device", "abacus"], "no device 'abacus'"),
        (["--precision", "fp8"], "precision must be one of"),
        (["--size", 30], "4 divides, not 30"),
    ],
)
def test_stylize_with_a_bad_option(ganlib, photos, model, tmp_path, options, says):
    wall = photos / "wall.png"
    status, _, stderr = ganlib("stylize", wall, "--out", tmp_path, "--model", model, *options)
    assert status == 1
    assert stderr.startswith("ganlib: error: ")
    assert says in stderr


@pytest.fixture
def shipped(tmp_path, monkeypatch, model):
    """A checkout whose only shipped model is the small one."""
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    (folder / "portrait.safetensors").write_bytes(model.read_bytes())
    monkeypatch.setattr(checkpoints, "SHIPPED", folder)
    monkeypatch.setattr(doctor.metadata, "requires", lambda name: ["torch>=2.11", "numpy>=2.0"])
    return folder


def test_doctor_when_all_is_well(ganlib, shipped, tmp_path):
    status, stdout, _ = ganlib("doctor", "--json", tmp_path / "report.json")
    assert status == 0, stdout
    assert "✗" not in stdout
    assert stdout.count("✓") == len(doctor.CHECKS)
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["ok"] is True
    assert {check["name"] for check in report["checks"]} == {row[0] for row in doctor.CHECKS}
    assert report["hardware"]["torch"] == torch.__version__


def test_doctor_finds_a_damaged_model(ganlib, shipped):
    (shipped / "portrait.safetensors").write_bytes(b"half")
    status, stdout, _ = ganlib("doctor")
    assert status == 1
    assert "✗ models" in stdout
    assert "Mend: " in stdout
    (shipped / "portrait.safetensors").unlink()
    assert "there is no model in" in ganlib("doctor")[1]


def test_doctor_finds_missing_and_old_packages(ganlib, shipped, monkeypatch):
    wanted = ["torch>=99", "no-such-package>=1", 'pytest>=999; extra == "dev"']
    monkeypatch.setattr(doctor.metadata, "requires", lambda name: wanted)
    status, stdout, _ = ganlib("doctor")
    assert status == 1
    assert "does not fit >=99, no-such-package>=1 is not installed. Mend: " in stdout
    assert "pytest" not in stdout


def test_doctor_survives_a_broken_torch(ganlib, shipped, monkeypatch, tmp_path):
    """Whatever an import raises, the other lines come, and the report is written."""
    monkeypatch.setitem(sys.modules, "ganlib.core.device", None)
    monkeypatch.delattr("ganlib.core.device")
    status, stdout, _ = ganlib("doctor", "--json", tmp_path / "report.json")
    assert status == 1
    assert "✗ device" in stdout
    assert "✓ this folder" in stdout
    assert json.loads((tmp_path / "report.json").read_text())["hardware"] is None


def test_doctor_cannot_write_its_report(ganlib, shipped, tmp_path):
    (tmp_path / "none").write_text("a file where a folder is needed")
    status, _, stderr = ganlib("doctor", "--json", tmp_path / "none" / "report.json")
    assert status == 1
    assert "could not write" in stderr
