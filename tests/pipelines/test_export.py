"""ONNX files compute what PyTorch does, name what they take, and are never written otherwise."""

import logging

import numpy as np
import pytest
import torch
from runs import SIZE, translator

from ganlib import __version__
from ganlib.core.errors import ConfigError, GanlibError
from ganlib.core.networks.cyclegan import ResnetTranslator, ResnetTranslatorConfig
from ganlib.data import finder
from ganlib.drawing import STYLES
from ganlib.pipelines import export as exports
from ganlib.pipelines.export import TOLERANCE, export
from ganlib.weights import load_model, save_model

onnx = pytest.importorskip("onnx", reason="needs the onnx extra")
onnxruntime = pytest.importorskip("onnxruntime", reason="needs the onnx extra")
pytest.importorskip("onnxscript", reason="needs the onnx extra")


def session(path):
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


@pytest.fixture(scope="module")
def styled(tmp_path_factory):
    """(model, its file, ONNX file, what was said of it) of a translator with all styles."""
    folder = tmp_path_factory.mktemp("styled")
    model = translator(styles=len(STYLES)).eval()
    with torch.no_grad():  # untrained pens draw little but grey
        for pen in model.pens:
            pen.draft[4].weight.mul_(60)
    save_model(folder / "m.safetensors", model, {"problem": "portrait", "styles": list(STYLES)})
    done = export(folder / "m.safetensors", folder / "m.onnx")
    return model, folder / "m.safetensors", folder / "m.onnx", done


def test_any_number_of_photographs_in_any_mixture_of_styles(styled):
    model, _, path, _ = styled
    for n in (1, 2, 5):
        photo, style = torch.rand(n, 3, SIZE, SIZE) * 2 - 1, torch.rand(n, len(STYLES))
        (drawing,) = session(path).run(None, {"photo": photo.numpy(), "style": style.numpy()})
        with torch.inference_mode():
            wanted = model(photo, style).numpy()
        assert drawing.shape == photo.shape and np.abs(drawing - wanted).max() < TOLERANCE
        assert np.abs(drawing - drawing.mean()).max() > 0.01  # it is no flat colour


def test_the_file_says_what_it_takes_and_no_more(styled):
    """Not where it was made: the exporter writes the lines of the source beside each node."""
    _, _, path, done = styled
    proto = onnx.load(path)
    onnx.checker.check_model(proto)
    assert {entry.key: entry.value for entry in proto.metadata_props} == {
        "ganlib": __version__,
        "size": str(SIZE),
        "styles": ",".join(STYLES),
    }
    assert [about.name for about in proto.graph.input] == list(done.inputs) == ["photo", "style"]
    assert [about.name for about in proto.graph.output] == ["drawing"]
    assert b".py" not in path.read_bytes() and b"/" + b"work" not in path.read_bytes()
    assert done.bytes == path.stat().st_size and done.styles == tuple(STYLES)
    assert done.difference < TOLERANCE and min(done.torch_ms, done.onnx_ms) > 0


def test_a_network_of_cyclegan_in_another_size(tmp_path):
    torch.manual_seed(0)
    network = ResnetTranslator(ResnetTranslatorConfig(32, width=4, blocks=1)).eval()
    save_model(tmp_path / "m.safetensors", network, {"problem": "cyclegan"})
    done = export(tmp_path / "m.safetensors", tmp_path / "m.onnx", size=40)
    assert list(done.inputs) == ["photo"] and done.size == 40
    photo = torch.rand(2, 3, 40, 40) * 2 - 1
    (drawing,) = session(tmp_path / "m.onnx").run(None, {"photo": photo.numpy()})
    with torch.inference_mode():
        assert np.abs(drawing - network(photo).numpy()).max() < TOLERANCE


def test_the_finder(tmp_path):
    done = export("finder", tmp_path / "f.onnx")
    assert done.outputs == ("logit", "points") and done.difference < TOLERANCE
    windows = torch.rand(4, 3, finder.SIZE, finder.SIZE) * 2 - 1
    logit, points = session(tmp_path / "f.onnx").run(None, {"photo": windows.numpy()})
    wanted = finder.load_finder()(windows)
    assert np.abs(logit - wanted[0].numpy()).max() < TOLERANCE
    assert np.abs(points - wanted[1].numpy()).max() < TOLERANCE
    with pytest.raises(ConfigError, match="size of the finder is 64, not 128: leave it out"):
        export("finder", tmp_path / "g.onnx", size=128)


def test_what_differs_is_not_written(styled, tmp_path, monkeypatch):
    """The old file stays."""
    _, source, made, _ = styled
    whole = exports._session

    def wrong(*a):
        run = whole(*a)
        return lambda inputs: [output + 2e-3 for output in run(inputs)]

    monkeypatch.setattr(exports, "_as_onnx", lambda *a: made.read_bytes())
    monkeypatch.setattr(exports, "_session", wrong)
    (tmp_path / "m.onnx").write_text("old")
    with pytest.raises(GanlibError, match=r"differs from PyTorch's by 2\.0e-03, more than 1e-03"):
        export(source, tmp_path / "m.onnx")
    assert (tmp_path / "m.onnx").read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_an_output_of_another_shape_differs(tmp_path):
    """Though it can be compared: (1, 3) with (1, 1)."""
    shapes = {"photo": (3, 8, 8)}
    model = torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten())

    def run(inputs):
        return [model(*inputs).mean(1, keepdim=True).numpy()]

    assert exports._compare(model, run, shapes)[0] == np.inf


def test_what_is_logged_afterwards_is_as_before(monkeypatch):
    monkeypatch.setattr(torch.onnx, "export", lambda *_, **__: 1 / 0)
    logging.disable(logging.INFO)
    try:
        with pytest.raises(ZeroDivisionError):
            exports._as_onnx(torch.nn.Identity(), {"photo": (3, 8, 8)}, ("drawing",), {})
        assert logging.root.manager.disable == logging.INFO
    finally:
        logging.disable(logging.NOTSET)


def test_models_that_draw_from_noise_are_refused(tmp_path):
    with pytest.raises(GanlibError, match="holds a face generator, but a translator"):
        export("faces", tmp_path / "f.onnx")


@pytest.mark.nightly
@pytest.mark.parametrize("name", ["paired", "unpaired", "portrait"])
def test_every_translator_that_ships(name, tmp_path):
    done = export(name, tmp_path / "m.onnx")
    assert done.difference < TOLERANCE and done.size == load_model(name)[0].config.size
