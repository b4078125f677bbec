"""`ganlib train back` and `--back`, from end to end, tiny."""

import pytest
from tiny import TINY

from ganlib.checkpoints import load_model
from ganlib.cli import main

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
    assert of_back["objective"]["paired"] == 50


def test_bad_ways_back_get_a_sentence(tmp_path, monkeypatch, capsys):
    from ganlib.commands import translation

    def said(*arguments):
        assert main(["train", *arguments, "--out", str(tmp_path / "r")]) == 1
        return capsys.readouterr().err

    back = ["--back", "unpaired"]
    assert "give it with --init" in said("back", *TINY)
    assert "no use for --back" in said("paired", *TINY, *back)
    assert "leave out --back" in said("unpaired", *TINY, *back, "--reconstruction", "cycle")
    assert "made pairs" in said("unpaired", *TINY, *back, "--batch", "3")
    assert "is of `train unpaired`" in said("unpaired", *TINY, *back)
    assert "one by one" in said("unpaired", *TINY, *back, "--game", "relativistic")
    monkeypatch.setattr(translation, "photograph_store", lambda *a: pytest.fail("rendered first"))
    assert "no checkpoint" in said("unpaired", *TINY, "--back", str(tmp_path / "none.safetensors"))
    wrong = ["back", *TINY, "--init", "faces"]
    assert "holds a face generator, but a translator is needed" in said(*wrong)
