"""Portraits are scored so that the truth has the best of every figure, and no trick passes."""

import json
import os
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import avg_pool2d, interpolate

from ganlib.cli import evaluate
from ganlib.core.errors import ConfigError
from ganlib.core.networks.translator import Translator, TranslatorConfig
from ganlib.data.images import to_tensor
from ganlib.data.portraits import PortraitFolder
from ganlib.drawing import STYLES, Traits, draw, mesh, photograph
from ganlib.drawing.illustrator import Illustrator, IllustratorConfig
from ganlib.drawing.portrait import SKIN
from ganlib.measure import held_out, labels
from ganlib.measure.baselines import combed, noise_like, posterise, sharpen
from ganlib.measure.labels import Reader, agrees, balanced
from ganlib.measure.portraits import compare, sharpness
from ganlib.weights import save_model

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS / "drawing"))
from faces_to_draw import FOLDER, painted, with_traits  # noqa: E402

PEOPLE = ("female_003", "female_012", "female_025", "male_005", "male_008", "male_037", "male_061")
BEARDED = PEOPLE[3:6]
PASSES = 0.85
"""Sharpness of clean lines; no trick comes near, and the truth moved by a pixel has it still."""


@pytest.fixture(scope="module", autouse=True)
def small():
    """Drawings are made no larger than they are needed: a fifth of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules["ganlib.drawing.draw"], "WORKING_SIZE", 256)
        patch.setattr(held_out, "READER_SIZE", 256)
        yield


@pytest.fixture(scope="module")
def people():
    """Painted people with the labels of real ones."""
    known = PortraitFolder(FOLDER, Path("no-such-folder"))
    found = {name: painted(name, **vars(known.traits(name))) for name in PEOPLE}
    for name in BEARDED:
        found[name] = with_traits(found[name], beard="stubble")
        darken_jaw(found[name])
    return found


def darken_jaw(portrait):
    """Paint stubble on the photograph: what it does not show is not drawn."""
    corners = portrait.points[[mesh.LEFT_SIDE, mesh.NOSE_BASE, mesh.RIGHT_SIDE, mesh.CHIN]]
    (left, _), (_, top), (right, _), (_, bottom) = corners.astype(int)
    jaw = np.zeros(portrait.regions.shape, bool)
    jaw[top:bottom, left:right] = portrait.regions[top:bottom, left:right] == SKIN
    portrait.photo[jaw] = portrait.photo[jaw] * 0.6


@pytest.fixture(scope="module")
def samples(people):
    draw = partial(held_out._samples, folder=people, size=256)
    return [draw(("cel", name, i)) for i, name in enumerate(PEOPLE)]


@pytest.fixture(scope="module")
def held(people, samples):
    reader, names = Reader([sample for two in samples for sample in two]), list(PEOPLE[:2])
    pairs = [held_out._pair(("cel", name), people, 256) for name in names]
    return held_out._held_out("cel", names, [people[n].traits for n in names], pairs, reader)


def halved(images):
    return interpolate(avg_pool2d(images, 2), scale_factor=2, mode="bilinear")


def tricks(photo, truth, output):
    """What must not pass as sharp: {name: pictures}."""
    return {
        "copy": photo,
        "sharpened": sharpen(photo),
        "posterised": posterise(photo),
        "combed": combed(truth),
        "noise": noise_like(output, truth),
        "flat": torch.zeros_like(truth),
        "blurred": halved(truth),
        "aliased": interpolate(truth[..., ::2, ::2], scale_factor=2),
        "sharpened blur": sharpen(halved(truth), 4),
    }


def test_the_truth_is_sharp_and_no_trick_is(held, measured):
    output = 0.15 * held.photo + 0.85 * halved(halved(held.anime))
    for where in (None, held.eyes):
        assert sharpness(held.anime, held.anime, where) == pytest.approx(1)
        scores = {
            name: sharpness(images, held.anime, where)
            for name, images in tricks(held.photo, held.anime, output).items()
        }
        moved = sharpness(held.anime.roll((1, 1), (2, 3)), held.anime, where)
        measured(f"sharpness, {'all' if where is None else 'eyes'}: {scores}, moved: {moved}")
        assert max(scores.values()) < PASSES - 0.04 and scores["flat"] == 0
        assert moved > PASSES > 2 * max(scores[name] for name in ("copy", "sharpened", "noise"))
    assert 0 < held.eyes.float().mean() < 0.2


def test_noise_has_the_l1_of_the_model(held):
    output = (held.anime + 0.1).clamp(-1, 1) * 0.9
    noisy = noise_like(output, held.anime)
    error, noise = (float((each - held.anime).abs().mean()) for each in (output, noisy))
    assert noise == pytest.approx(error, rel=0.3) and noisy.abs().max() <= 1


def test_the_truth_keeps_all_and_a_blank_sheet_does_not(held):
    figures = compare([held], [torch.ones_like(held.anime)])
    truth, model = figures["columns"]["truth"], figures["columns"]["model"]
    kept = [value for name, value in truth.items() if name.startswith("kept")]
    assert len(kept) > 5 and min(kept) == 1 and truth["l1"] == 0 and truth["ssim"] > 0.999
    assert model["kept average"] < 0.7 and model["line_sharpness"] == 0
    assert figures["columns"]["copy"]["l1_over_copy"] == pytest.approx(1)
    assert truth["line_gradient"] == truth["eye_gradient"] == 1 and model["eye_gradient"] == 0
    # Texture has gradients enough, and is not sharp all the same.
    combs = figures["columns"]["combed"]
    assert min(combs["line_gradient"], combs["eye_gradient"]) > 1 > 1.8 * combs["line_sharpness"]
    assert figures["groups"]["everybody"]["people"] == figures["groups"]["women"]["people"] == 2
    assert figures["groups"]["hair covered"]["people"] == 1
    assert set(figures["styles"]) == {"cel"} and max(figures["counted"].values()) <= 2
    json.dumps(figures)


def test_what_people_have_is_read_from_their_drawings(samples, measured):
    reader = Reader([sample for two in samples for sample in two])
    measured(f"labels read from drawings of people left out: {reader.accuracy}")
    for name in ("glasses", "skin", "teeth", "age lines", "beard"):
        assert reader.accuracy[name] >= 0.75, name
    (name, found, said), (_, other, changed) = samples[0]
    assert reader(found)["glasses"] == said["glasses"] != reader(other)["glasses"]
    assert agrees("clothes", found["clothes"], other["clothes"]), name
    assert changed["teeth"] != said["teeth"]


def test_what_cannot_show_has_no_answer():
    bald = labels.answers(Traits(hair_style="bald", age=0.5, glasses="sunglasses"))
    assert not {"hair colour", "age lines", "eye colour"} & bald.keys()
    scarf = labels.answers(Traits(cover="scarf", earrings="hoops"))
    assert scarf["cover"] == "some" and not {"ear-rings", "hair colour"} & scarf.keys()
    for number in range(8):  # Whatever is changed has an answer again.
        assert labels.answers(labels.changed(Traits(), number))["glasses"] == "some"


def test_answers_agree_within_their_tolerance_and_count_alike():
    assert agrees("skin", 0.3, 0.45) and not agrees("skin", 0.3, 0.46)
    assert agrees("clothes", [50, 0, 0], [50, 8, 8]) and not agrees(
        "clothes", [50, 0, 0], [70, 0, 0]
    )
    assert agrees("beard", "some", "some") and not agrees("beard", "some", "none")
    assert balanced([("none", True)] * 9 + [("some", False)]) == 0.5
    assert balanced([(0.1, True), (0.9, False)]) == 0.5


def test_photographs_of_real_people_are_no_drawings(measured):
    photos = os.environ.get("GANLIB_PORTRAITS")
    if not photos:
        pytest.skip("GANLIB_PORTRAITS names no folder of portraits")
    folder = PortraitFolder(FOLDER, Path(photos))
    assert len([name for name in folder.names if folder.held_out(name)]) == 16
    assert not any(folder.held_out(name) for name in held_out.fitted_on(folder))
    people = [folder[name] for name in ("female_020", "male_060")]
    photo = to_tensor([photograph(person, 256) for person in people])
    anime = to_tensor([draw(person, STYLES["cel"], 256) for person in people])
    scores = [sharpness(each, anime) for each in (photo, sharpen(photo), posterise(photo))]
    measured(f"sharpness of a photograph, sharpened, posterised: {scores}")
    assert max(scores) < 0.4


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ((), "photos must be the folder with the portraits"),
        (("--photos", "."), "belongs to the portraits|there is no photograph"),
        (("--photos", ".", "--style", "oil"), "style must be one of shoujo, cel, ink"),
    ],
)
def test_refusals_say_what_to_do(words, problem, tmp_path, monkeypatch):
    path = tmp_path / "m.safetensors"
    save_model(path, Illustrator(IllustratorConfig(64, width=8, blocks=1)), {})
    monkeypatch.chdir(tmp_path)
    if words == ("--photos", "."):
        monkeypatch.setattr(evaluate, "PORTRAITS", tmp_path)
    with pytest.raises(Exception, match=problem):
        evaluate.run([str(path), "--device", "cpu", *words])


def test_a_style_is_chosen_only_where_there_are_several(tmp_path):
    path = tmp_path / "m.safetensors"
    save_model(path, Translator(TranslatorConfig(64, width=8, blocks=1)), {})
    with pytest.raises(ConfigError, match="draws in one style"):
        evaluate.run([str(path), "--device", "cpu", "--style", "cel"])
