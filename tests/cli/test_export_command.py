"""`ganlib export`: what it says, and what it refuses before any work."""

import json
import sys

import pytest
from runs import SIZE

from ganlib.drawing import STYLES
from ganlib.pipelines import export as exports


@pytest.fixture
def packages():
    for name in ("onnx", "onnxscript", "onnxruntime"):
        pytest.importorskip(name, reason="needs the onnx extra")


def test_it_says_what_the_file_takes_and_how_it_compares(ganlib, packages, styled, tmp_path):
    out = tmp_path / "new" / "m.onnx"
    done = ganlib("export", styled, "--out", out, "--json", tmp_path / "m.json")
    assert (done.status, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0].startswith(f"{out}: ") and lines[0].endswith("MB, ONNX, float32, N is free")
    assert lines[1] == f"photo (N, 3, {SIZE}, {SIZE}) and style (N, {len(STYLES)}) → drawing"
    assert lines[2] == f"style: a weight for each of {', '.join(STYLES)}, in this order"
    record = json.loads((tmp_path / "m.json").read_text())
    assert lines[3] == (
        f"largest difference from PyTorch: {record['difference']:.1e} (1e-03 allowed)"
    )
    assert lines[4] == (
        f"one picture: PyTorch {record['torch_ms']:.1f} ms, onnxruntime {record['onnx_ms']:.1f} ms"
    )
    assert record["styles"] == list(STYLES) and record["bytes"] == out.stat().st_size


def refused(done, *words):
    assert done.status in (1, 2) and all(word in done.said for word in words), done.said


def test_without_the_extra_it_says_what_to_install(ganlib, styled, tmp_path, monkeypatch):
    for module in ("onnx", "onnxscript", "onnxruntime"):
        monkeypatch.setitem(sys.modules, module, None)
    done = ganlib("export", styled, "--out", tmp_path / "new" / "m.onnx")
    refused(done, "needs onnx, onnxscript and onnxruntime", 'pip install "ganlib[onnx]"')
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("out", ["m.pt", "folder.onnx"])
def test_names_that_are_no_onnx_file(out, ganlib, styled, tmp_path):
    (tmp_path / "folder.onnx").mkdir()
    done = ganlib("export", styled, "--out", tmp_path / out)
    refused(done, "--out must be a file called something.onnx", out)


def test_what_is_refused_costs_no_export(ganlib, packages, model, tmp_path, monkeypatch):
    monkeypatch.setattr(exports, "_as_onnx", None)
    out = tmp_path / "m.onnx"
    refused(ganlib("export", model, "--out", out, "--size", 30), "sizes that 4 divides, not 30")
    refused(ganlib("export", model, "--out", out, "--size", -8), "--size must be from 0 to 4096")
    refused(ganlib("export", "nobody", "--out", out), "no shipped model called 'nobody'")
    refused(ganlib("export", "faces", "--out", out), "face generator, but a translator")
    refused(ganlib("export", "finder", "--out", out, "--size", 128), "--size of the finder is 64")
    refused(ganlib("export", model), "--out")
    (tmp_path / "file").touch()
    refused(ganlib("export", model, "--out", tmp_path / "file" / "m.onnx"), "could not write")
    assert not out.exists()
