"""`ganlib train backward` and `ganlib train back-translation`, from end to end, tiny."""

import json

import pytest
from runs import BACKWARD, SIZE, TRANSLATOR

from ganlib.weights import load_model

pytestmark = pytest.mark.usefixtures("few_people")


def card_of(out):
    return json.loads((out / "model.json").read_text())


def test_a_backward_model_and_the_run_that_uses_it(ganlib, tmp_path):
    first, back, again = (tmp_path / name for name in ("first", "back", "again"))
    assert ganlib("train", "unpaired", *TRANSLATOR, "--out", first).status == 0
    model, backward = first / "model.safetensors", back / "model.safetensors"
    words = ["train", "backward", *BACKWARD, "--model", model, "--out", back]
    done = ganlib(*words, "--sample-every", "4")
    assert done.status == 0, done.err
    following = f"ganlib train back-translation --init {model} --backward {backward}"
    assert f"next: {following} --out DIR" in done.out
    assert (back / "samples" / "000004.png").exists()
    # Its networks look like the model's.
    assert load_model(backward)[0].config == load_model(model)[0].config
    card = card_of(back)
    assert card["problem"] == "backward" and card["init"]["problem"] == "unpaired"
    assert card["config"]["model"] == str(model) and card["config"]["loss"]["paired_weight"] == 50
    # The same words again, with --resume: there is nothing left to do, and nothing is refused.
    assert ganlib(*words, "--sample-every", "4", "--resume").status == 0
    assert card_of(back)["init"] == card["init"]

    start = ["--init", model, "--backward", backward, "--relight", "1", "--drawn", "6"]
    words = ["train", "back-translation", *BACKWARD, *start, "--factor", "4", "--out", again]
    done = ganlib(*words)
    assert done.status == 0, done.err
    assert load_model(again / "model.safetensors")[0].config == load_model(model)[0].config
    card = card_of(again)
    assert card["config"]["loss"]["paired_weight"] == 20
    assert card["config"]["data"]["drawn"] == card["people_drawn"] == 6
    assert card["config"]["data"]["relight"] == 1 and card["config"]["data"]["jitter"] == 0.5
    assert card["init"]["problem"] == "unpaired"
    # F's card has its history too: whose drawings it learnt to turn back.
    assert card["back"]["problem"] == "backward"
    assert card["back"]["init"] == card["init"]
    assert ganlib(*words, "--resume").status == 0
    assert card_of(again)["back"] == card["back"]


def test_a_backward_model_is_measured_but_draws_nothing(ganlib, tmp_path):
    first, back = tmp_path / "first", tmp_path / "back"
    assert ganlib("train", "paired", *TRANSLATOR, "--out", first).status == 0
    words = ["train", "backward", *BACKWARD, "--model", first / "model.safetensors", "--out", back]
    done = ganlib(*words, "--json", "-")
    assert done.status == 0
    figures = json.loads(done.out)
    assert "photographs of drawings" in done.err and figures["size"] == SIZE
    backward = back / "model.safetensors"
    done = ganlib("evaluate", backward, "--twins", "4", "--json", "-", "--precision", "fp32")
    assert done.status == 0 and "A backward model" in done.err
    assert json.loads(done.out)["l1"] == pytest.approx(figures["l1"])
    done = ganlib("evaluate", backward, "--twins", "4", "--photos", tmp_path)
    assert done.status == 1 and "a backward model turns drawings" in done.err
    done = ganlib("stylize", "no.jpg", "--out", tmp_path / "o", "--model", backward)
    assert done.status == 1 and "photographs of drawings" in done.err
    words = ["train", "backward", *BACKWARD, "--model", backward, "--out", tmp_path / "p"]
    done = ganlib(*words)
    assert done.status == 1 and "--model" in done.err and "itself a backward model" in done.err


def test_photographs_of_real_people_serve_as_well(ganlib, tmp_path, portraits):
    photos = ["--photos", portraits]
    runs = {name: tmp_path / name for name in ("first", "back", "again")}
    model = {name: run / "model.safetensors" for name, run in runs.items()}
    start = ["--init", model["first"], "--backward", model["back"], "--relight", "1"]
    for name, words in {
        "first": ["unpaired", *TRANSLATOR, *photos],
        "back": ["backward", *BACKWARD, "--model", model["first"], *photos],
        "again": ["back-translation", *TRANSLATOR, *start, *photos, "--drawn", "6"],
    }.items():
        done = ganlib("train", *words, "--out", runs[name])
        assert done.status == 0, done.err
        card = card_of(runs[name])
        assert card["photographs"] == {"for_training": 2, "held_out": 0}, name
        assert card["config"]["data"]["photos"] == [str(portraits)]
        assert "twins" not in card
    assert card["back"]["problem"] == "backward"
    assert card["config"]["loss"]["paired_weight"] == 20


def test_another_models_drawings_are_another_run(ganlib, tmp_path):
    for name, seed in (("a", "0"), ("b", "1")):
        words = ["train", "paired", *TRANSLATOR, "--seed", seed, "--out", tmp_path / name]
        assert ganlib(*words).status == 0
    models = [tmp_path / name / "model.safetensors" for name in "ab"]
    words = ["train", "backward", *BACKWARD, "--out", tmp_path / "back"]
    assert ganlib(*words, "--model", models[0]).status == 0
    done = ganlib(*words, "--model", models[1], "--resume")
    said = f"--model is not that of the run in {tmp_path / 'back'}: there model is '{models[0]}'"
    assert done.status == 1 and said in done.err
    # A file that was replaced in the meantime shows by its history.
    models[0].write_bytes(models[1].read_bytes())
    done = ganlib(*words, "--model", models[0], "--resume")
    assert done.status == 1 and "facts is not that of the run" in done.err
    told = done.err.split("there ")[1]  # what differs, and not all that is known of both
    assert told.startswith("facts.") and "--seed 0" in told and len(told) < 700
