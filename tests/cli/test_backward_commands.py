"""`ganlib train back` and `--back`, from end to end, tiny."""

import pytest
import torch
from tiny import TINY, store

from ganlib.pipelines import back, recipes
from ganlib.weights import load_model
from ganlib.cli.main import main
from ganlib.core.config import ObjectiveConfig
from ganlib.data.tones import ToneTransport
from ganlib.core.reconstruction import low_frequencies

pytestmark = pytest.mark.usefixtures("few_held_out_twins")


def test_the_way_back_and_what_it_teaches(tmp_path, capsys):
    first, back, again = (tmp_path / name for name in ("first", "back", "again"))
    assert main(["train", "unpaired", *TINY, "--out", str(first)]) == 0
    start = ["--init", str(first / "model.safetensors")]
    assert main(["train", "back", *TINY, *start, "--sample-every", "4", "--out", str(back)]) == 0
    assert "next: ganlib train unpaired --init" in capsys.readouterr().out
    assert (back / "samples" / "000004.png").exists()
    other = ["--back", str(back / "model.safetensors"), "--relight", "1", "--drawings", "6"]
    assert main(["train", "unpaired", *TINY, *start, *other, "--out", str(again)]) == 0
    _, card = load_model(again / "model.safetensors")
    assert card["objective"]["paired"] == 20 and card["drawings"] == 6
    assert card["init"]["problem"] == "unpaired"
    # F's card tells the whole way too: whose drawings it learnt to turn back.
    assert card["back"]["problem"] == "back"
    assert card["back"]["init"] == card["init"]
    way_back = str(back / "model.safetensors")
    assert main(["evaluate", way_back, "--twins", "4"]) == 0
    assert "a way back" in capsys.readouterr().out
    assert main(["stylize", "no.jpg", "--out", str(tmp_path / "o"), "--model", way_back]) == 1
    assert "photographs of drawings" in capsys.readouterr().err
    _, of_back = load_model(way_back)
    # The same words again, with --resume: there is nothing left to do, and nothing refused.
    assert main(["train", "back", *TINY, *start, "--resume", "--out", str(back)]) == 0
    # Its networks look like the model's, whatever the options' defaults are.
    plain = ["--twins", "12", "--images", "4", "--batch", "4", *start]
    assert main(["train", "back", *plain, "--out", str(tmp_path / "plain")]) == 0
    assert "--size 16 --patch 1 --width 8 --blocks 1" in capsys.readouterr().out
    assert main(["train", "back", *TINY, "--init", way_back, "--out", str(tmp_path / "p")]) == 1
    assert "a way back itself" in capsys.readouterr().err
    assert of_back["objective"]["paired"] == 50


def test_photographs_of_real_people_serve_as_well(tmp_path, portraits):
    photos = ["--photos", str(portraits)]
    runs = {name: tmp_path / name for name in ("first", "back", "again", "mixed")}
    model = {name: str(run / "model.safetensors") for name, run in runs.items()}
    start = ["--init", model["first"], *photos]
    taught = [*start, "--back", model["back"], "--relight", "1", "--drawings", "6"]
    for name, command in {
        "first": ["unpaired", *TINY, *photos],
        "back": ["back", *TINY, *start],
        "again": ["unpaired", *TINY, *taught],
        "mixed": ["mixed", *TINY, *taught],
    }.items():
        assert main(["train", *command, "--out", str(runs[name])]) == 0
        _, card = load_model(model[name])
        assert card["photographs"] == {"for_training": 2, "held_out": 0}, name
    assert card["back"]["problem"] == "back" and card["objective"]["paired"] == 20


def test_true_twins_join_the_made_pairs():
    pair = recipes.recipe("ganlib", width=8, blocks=1).pair(16)
    twins = store(7, 8), store(7, 9)
    taught, feed = back.problem(
        pair, ObjectiveConfig(factor=4), pair[0], store(5, 1), store(6, 2), 0.0, 0.0, twins=twins
    )
    assert torch.equal(feed.twins.photo.images[6:], twins[0].images)
    assert torch.equal(feed.twins.anime.images[6:], twins[1].images)
    worlds = (low_frequencies(world.at(torch.arange(7)), 4) for world in twins)
    assert torch.equal(taught.tones.shift, ToneTransport(*worlds).shift)


def test_bad_ways_back_get_a_sentence(tmp_path, monkeypatch, capsys):
    from ganlib.cli import translation

    def said(*arguments):
        assert main(["train", *arguments, "--out", str(tmp_path / "r")]) == 1
        return capsys.readouterr().err

    back = ["--back", "unpaired"]
    assert "give it with --init" in said("back", *TINY)
    assert "no use for --back" in said("paired", *TINY, *back)
    assert "no file or folder" in said("unpaired", *TINY, "--photos", str(tmp_path / "none"))
    assert "photographs have none" in said("paired", *TINY, "--photos", str(tmp_path))
    assert "leave out --back" in said("unpaired", *TINY, *back, "--reconstruction", "cycle")
    assert "made pairs" in said("unpaired", *TINY, *back, "--batch", "3")
    assert "is of `train unpaired`" in said("unpaired", *TINY, *back)
    assert "one by one" in said("unpaired", *TINY, *back, "--game", "relativistic")
    monkeypatch.setattr(translation, "photo_dataset", lambda *a: pytest.fail("rendered first"))
    assert "no checkpoint" in said("unpaired", *TINY, "--back", str(tmp_path / "none.safetensors"))
    wrong = ["back", *TINY, "--init", "faces"]
    assert "holds a face generator, but a translator is needed" in said(*wrong)
