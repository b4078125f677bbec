"""Model files, by path and by name: what they hold, and what is said of those that do not fit."""

import json

import pytest
import torch
from tiny import conditional_objective, images, noise_objective, translator

from ganlib import weights
from ganlib.core import checkpoint
from ganlib.core.errors import GanlibError
from ganlib.core.networks.cyclegan import ResnetTranslator, ResnetTranslatorConfig
from ganlib.core.trainer import STATE


def test_a_translator_comes_back_with_its_card(tmp_path):
    model, card = translator(), {"name": "tiny", "licence": "MIT"}
    path = tmp_path / "tiny.safetensors"
    weights.save_model(path, model, card)
    loaded, found = weights.load_model(path)
    assert found == card and loaded.config == model.config and not loaded.training
    assert torch.equal(loaded(images(2)), model(images(2)))
    assert json.loads(path.with_suffix(".json").read_text())["settings"]["width"] == 8


def test_a_translator_in_several_styles_comes_back_with_their_names(tmp_path):
    model, card = translator(styles=3), {"styles": ["shoujo", "cel", "ink"]}
    path = tmp_path / "styled.safetensors"
    weights.save_model(path, model, card)
    loaded, found = weights.load_model(path, weights.TRANSLATORS)
    assert found == card and loaded.config == model.config and loaded.config.styles == 3
    given = images(3), torch.eye(3)
    assert torch.equal(loaded(*given), model(*given))


def test_a_generator_of_each_kind_comes_back(tmp_path):
    condition, noise = torch.eye(3)[:2], torch.randn(2, 5)
    cases = {
        "noise generator": (noise_objective().generator, (noise,)),
        "face generator": (conditional_objective().generator, (noise, condition)),
        "resnet translator": (ResnetTranslator(ResnetTranslatorConfig(32, 4, 1)), (images(2),)),
        "translator": (translator(), (images(2),)),
        "illustrator": (translator(styles=3), (images(2), torch.eye(3)[:2])),
    }
    assert cases.keys() == weights.MODELS.keys()
    for kind, (model, given) in cases.items():
        path = tmp_path / f"{kind}.safetensors"
        weights.save_model(path, model, {"seed": 3})
        again, card = weights.load_model(path, (kind,))
        assert type(again) is type(model) and again.config == model.config and card == {"seed": 3}
        assert torch.equal(again(*given), model(*given)), kind


def test_a_model_of_another_kind_is_named(tmp_path):
    path = tmp_path / "noise.safetensors"
    weights.save_model(path, noise_objective().generator, {})
    words = (
        "holds a noise generator, but a translator or illustrator or resnet translator is needed"
    )
    with pytest.raises(GanlibError, match=words):
        weights.load_model(path, weights.TRANSLATORS)
    checkpoint.save(path, {"x": torch.ones(1)}, {"kind": STATE})
    with pytest.raises(GanlibError, match="holds a training state, but a translator or"):
        weights.load_model(path)


def test_a_model_by_its_bare_name(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    monkeypatch.setattr(weights, "PROBE", tmp_path / "probe.safetensors")
    monkeypatch.setattr(weights, "FINDER", tmp_path / "finder.safetensors")
    with pytest.raises(GanlibError, match=r"no shipped model called 'tiny' \(there is: none\)"):
        weights.load_model("tiny")
    weights.save_model(tmp_path / "tiny.safetensors", translator(), {"name": "tiny"})
    for name in ("probe", "finder"):
        (tmp_path / f"{name}.safetensors").write_bytes(b"it draws nothing")
    assert weights.shipped() == ["tiny"]
    assert weights.load_model("tiny")[1] == {"name": "tiny"}
    with pytest.raises(GanlibError, match="there is: tiny"):
        weights.load_model("tinny")


def test_models_of_other_shapes_or_versions(tmp_path):
    path = tmp_path / "odd.safetensors"
    with pytest.raises(GanlibError, match="saved as .safetensors"):
        weights.save_model(tmp_path / "odd.pt", translator(), {})
    state, kind = translator().state_dict(), {"kind": "translator"}
    checkpoint.save(path, state, {**kind, "settings": {"depth": 9}})
    with pytest.raises(GanlibError, match="another version"):
        weights.load_model(path)
    checkpoint.save(path, state, {**kind, "settings": {"width": 16}})
    with pytest.raises(GanlibError, match="another architecture"):
        weights.load_model(path)


@pytest.mark.parametrize("name", weights.shipped())
def test_what_ships_can_be_loaded_and_says_how_it_was_made(name):
    model, card = weights.load_model(name)
    assert not model.training and all(weight.isfinite().all() for weight in model.parameters())
    assert {"seed", "command", "held_out"} <= card.keys() and {"training", "config"} & card.keys()
