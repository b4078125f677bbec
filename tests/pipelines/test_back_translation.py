"""Back-translation: whose pictures make the pairs, and what of them G is shown."""

from dataclasses import replace

import pytest
import torch
from runs import SIZE, dataset, equal, tiny, translator
from torch import nn

from ganlib.core.config import UnpairedLoss
from ganlib.core.errors import ConfigError, GanlibError
from ganlib.core.reconstruction import low_frequencies
from ganlib.data.pixels import to_uint8
from ganlib.data.samplers import BackTranslationSampler
from ganlib.data.tones import ToneTransport
from ganlib.measure.translation import draw, evaluate, translate
from ganlib.pipelines.build import build_run
from ganlib.pipelines.parts import Data, translate_dataset
from ganlib.pipelines.results import Backward, Translation
from ganlib.weights import save_model


class Darker(nn.Module):
    """x -> factor * x - shift, a translator whose work is known."""

    config = translator().config

    def __init__(self, factor=0.5, shift=0.25):
        super().__init__()
        self.factor, self.shift = nn.Parameter(torch.tensor(factor)), shift

    def forward(self, pictures):
        return self.factor * pictures - self.shift


def nearest(pictures, among):
    """For each picture the row among others that it or its mirror image is."""
    every = among.first(len(among))
    both = torch.cat([every, every.flip(3)])
    gaps = (pictures[:, None] - both).abs().flatten(2).amax(2)
    assert (gaps.amin(1) < 1e-6).all()
    return gaps.argmin(1) % len(among)


def a_run(photo, anime, **lights):
    """Of back-translation, whose backward model is `Darker`."""
    config = tiny("back-translation")
    config = replace(config, data=replace(config.data, **lights))
    return build_run(config, device="cpu", data=Data(photo, anime, backward=Darker()))


def a_batch(**lights):
    """(photographs, drawings, a batch of six of each kind made of them)."""
    photo, anime = dataset(5, 1), dataset(6, 2)
    sampler = a_run(photo, anime, **lights).sampler
    torch.manual_seed(0)
    return photo, anime, sampler(12)


def apart(pictures, others):
    """The least that any picture differs from its partner, by its most different number."""
    return (pictures - others).abs().amax((1, 2, 3)).min()


def test_every_picture_is_translated_in_its_place():
    pictures = dataset(40)  # 32 go at a time
    made = translate_dataset(Darker(), pictures, "fp32")
    assert torch.equal(made.images, to_uint8(Darker()(pictures.first(40))))


def test_the_backward_model_learns_photographs_from_the_drawings_of_a_model():
    photo = dataset(8)
    run = build_run(tiny("backward"), device="cpu", data=Data(photo), generator=translator())
    torch.manual_seed(0)
    pairs = run.sampler(16)
    drawn = translator().eval()(pairs["anime"])
    # Mirrored pictures are not drawn as mirrored drawings are, so the others are compared.
    plain = nearest(pairs["anime"], photo)
    as_they_are = (pairs["anime"] - photo.at(plain)).abs().amax((1, 2, 3)) < 1e-6
    assert 4 < as_they_are.sum() < 14 and len(plain.unique()) > 2
    assert (pairs["photo"] - drawn)[as_they_are].abs().max() < 0.004 + 1e-3  # half a byte's level


def test_pairs_are_true_drawings_with_made_photographs():
    photo, anime, batch = a_batch(jitter=0.0, relight=0.0)
    assert {name: len(pictures) for name, pictures in batch.items()} == dict.fromkeys(
        ("photo", "anime", "unpaired", "source"), 6
    )
    assert (batch["photo"] - Darker()(batch["anime"])).abs().max() < 0.004
    nearest(batch["anime"], anime)
    nearest(batch["source"], photo)
    assert torch.equal(batch["unpaired"], batch["source"])


def test_relight_changes_what_g_sees_and_not_what_it_is_compared_with():
    photo, anime, batch = a_batch(jitter=0.0, relight=1.0)
    nearest(batch["anime"], anime)
    nearest(batch["source"], photo)
    assert apart(batch["unpaired"], batch["source"]) > 0.01
    assert apart(batch["photo"], Darker()(batch["anime"])) > 0.01


def test_jitter_is_for_made_photographs_alone():
    photo, anime, batch = a_batch(jitter=1.0, relight=0.0)
    nearest(batch["unpaired"], photo)
    nearest(batch["anime"], anime)
    assert apart(batch["photo"], Darker()(batch["anime"])) > 0.01


def test_half_of_a_batch_is_made():
    sampler = BackTranslationSampler(dataset(4), dataset(4), dataset(3), 0.0, 0.0)
    with pytest.raises(GanlibError, match="even, not 3"):
        sampler(3)


def test_tones_are_those_of_the_real_photographs_and_all_drawings():
    photo, anime = dataset(7, 8), dataset(7, 9)
    config = tiny("back-translation")
    config = replace(config, loss=replace(config.loss, factor=4))
    run = build_run(config, device="cpu", data=Data(photo, anime, backward=Darker()))
    domains = (low_frequencies(images.first(7), 4) for images in (photo, anime))
    assert torch.equal(run.objective.transport.shift, ToneTransport(*domains).shift)
    assert isinstance(config.loss, UnpairedLoss)


def test_the_backward_model_is_scored_against_photographs():
    forward, backward = (draw(Darker(), 64, 3, backward=way) for way in (False, True))
    assert torch.equal(forward.photo, backward.anime) and torch.equal(forward.anime, backward.photo)
    error = (Darker()(forward.anime) - forward.photo).abs().mean().item()
    assert evaluate(Darker(), 64, 3, backward=True)["l1"] == pytest.approx(error)
    assert evaluate(Darker(), 64, 3)["l1"] != pytest.approx(error)


def test_sheets_of_the_backward_model_begin_with_drawings(tmp_path):
    model = translator()
    sheets = [kind(None, tmp_path).sheet(model, 2) for kind in (Translation, Backward)]
    (photo, drawn, anime), (first, made, last) = (sheet.split(2) for sheet in sheets)
    assert torch.equal(photo, last) and torch.equal(anime, first)
    for source, output in ((photo, drawn), (anime, made)):
        assert torch.equal(output, translate(model, source))


def test_both_runs_begin_as_copies_of_the_model():
    photo, anime = dataset(6, 1), dataset(5, 2)
    model = translator(seed=3)
    inverse = build_run(tiny("backward"), device="cpu", data=Data(photo), generator=model)
    assert equal(inverse.objective.generator, model)
    assert inverse.objective.config.paired_weight == 50
    assert torch.equal(inverse.sampler.anime.images, photo.images)
    drawn = translate_dataset(model, photo, "fp32")
    assert torch.equal(inverse.sampler.photo.images, drawn.images)
    inverse.run()
    assert not equal(inverse.ema, model)
    data = Data(photo, anime, backward=inverse.ema)
    run = build_run(tiny("back-translation"), device="cpu", data=data, generator=model)
    assert equal(run.objective.generator, model) and run.objective.config.paired_weight == 20
    made = translate_dataset(inverse.ema, anime, "fp32")
    assert torch.equal(run.sampler.pairs.photo.images, made.images)
    assert torch.equal(run.sampler.pairs.anime.images, anime.images)
    run.run()
    assert not equal(run.ema, model)


def test_of_several_styles_the_first_is_turned_back(tmp_path):
    path = tmp_path / "styled.safetensors"
    save_model(path, translator(styles=3), {"problem": "portrait"})
    run = build_run(replace(tiny("backward"), model=str(path)), device="cpu")
    assert run.run().ema.config.styles == 1


def test_models_of_another_kind_are_refused_by_name(tmp_path):
    forward, backward = tmp_path / "forward.safetensors", tmp_path / "backward.safetensors"
    save_model(forward, translator(), {"problem": "unpaired"})
    save_model(backward, translator(), {"problem": "backward", "init": {"problem": "unpaired"}})
    config = replace(tiny("backward"), model=str(backward))
    with pytest.raises(ConfigError, match="is itself a backward model") as refused:
        build_run(config, device="cpu")
    assert refused.value.field == "model"
    config = replace(tiny("back-translation"), backward=str(forward))
    with pytest.raises(ConfigError, match="is of `train unpaired`") as refused:
        build_run(config, device="cpu")
    assert refused.value.field == "backward"
    save_model(forward, translator(), {})
    with pytest.raises(ConfigError, match="no known problem"):
        build_run(config, device="cpu")
    config = replace(config, backward=str(backward))
    run = build_run(config, device="cpu", data=Data(dataset(), dataset()))
    assert run.about["facts"]["back"] == {"problem": "backward", "init": {"problem": "unpaired"}}


def test_the_backward_model_is_looked_for_before_anything_is_rendered(monkeypatch, tmp_path):
    from ganlib.pipelines import parts

    for render in ("photo_dataset", "drawing_dataset"):
        monkeypatch.setattr(parts.datasets, render, lambda *a, **k: pytest.fail("rendered"))
    for problem, option in (("back-translation", "backward"), ("backward", "model")):
        config = replace(tiny(problem), **{option: str(tmp_path / "none.safetensors")})
        with pytest.raises(GanlibError, match="no checkpoint at"):
            build_run(config, device="cpu")


def test_sizes_are_those_of_the_model():
    photo = dataset(4, size=32)
    run = build_run(tiny("backward"), device="cpu", data=Data(photo), generator=translator(32))
    assert run.objective.generator.config.size == 32 and SIZE != 32
    assert run.sampler(2)["photo"].shape == (2, 3, 32, 32)
