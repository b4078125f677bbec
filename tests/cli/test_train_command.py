"""`ganlib train` from end to end, tiny, for each of its problems."""

import json
import shlex
import sys
import types

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from tiny import NOISE, TINY

from ganlib.pipelines.boards import TensorBoard
from ganlib.weights import load_model
from ganlib.cli.main import main
from ganlib.core.errors import GanlibError
from ganlib.measure.probe import PATH
from ganlib.core.trainer import Trainer
from ganlib.data.datasets import HELD_OUT_SEED, split_photos, twin_datasets, framed_photo_dataset

pytestmark = pytest.mark.usefixtures("few_held_out_twins")


def test_noise_leaves_a_generator_and_samples(tmp_path, capsys):
    out = tmp_path / "run"
    command = ["train", "noise", *NOISE, "--compile", "step", "--sample-every", "4"]
    assert main([*command, "--out", str(out)]) == 0
    assert {path.name for path in (out / "samples").iterdir()} == {"000004.png", "000008.png"}
    model, card = load_model(out / "model.safetensors", "noise generator")
    assert model.config.size == 16 and card["images_seen"] == 8
    assert card["held_out"]["diversity"] > 0 and card["held_out"]["diversity_true"] > 0
    assert Image.open(out / "samples.png").size == (142, 142)  # 8 of 16 pixels, and gaps of 2
    assert "samples.png" in capsys.readouterr().out
    other = ["train", "noise", *NOISE, "--out", str(tmp_path / "b")]
    assert main([*other, "--paired-weight", "1"]) == 1
    assert "NoiseConfig.paired must be 0" in capsys.readouterr().err
    assert main([*other, "--jitter", "1"]) == 1
    assert "no use for --jitter" in capsys.readouterr().err
    assert main([*other, "--spectral-norm"]) == 0
    tensors = load_file(tmp_path / "b" / "state.safetensors")
    assert any(name.endswith("weight.0.u") for name in tensors)


@pytest.fixture
def a_probe(monkeypatch):
    """The command's figures need one; a fresh one reads nothing, as fast as any."""
    from ganlib.measure import control
    from ganlib.measure.attributes import ATTRIBUTES
    from ganlib.cli import faces
    from ganlib.measure.probe import Probe, ProbeConfig

    torch.manual_seed(0)
    probe = Probe(ProbeConfig(width=8)).eval()
    for module in (control, faces):
        monkeypatch.setattr(module, "load_probe", lambda: probe)
    card = {"tolerance": {about.name: 0.1 for about in ATTRIBUTES}}
    monkeypatch.setattr(control, "probe_card", lambda: card)


FACES = ["train", "faces", "--width", "8", "--twins", "12", "--batch", "4", "--judged", "66"]
FACES += ["--precision", "fp32", "--sample-every", "4", "--checkpoint-every", "4"]


def test_faces_leave_a_generator_samples_and_figures_over_time(tmp_path, capsys, a_probe):
    out = tmp_path / "run"
    assert main([*FACES, "--images", "8", "--out", str(out)]) == 0
    assert {path.name for path in (out / "samples").iterdir()} == {"000004.png", "000008.png"}
    model, card = load_model(out / "model.safetensors", "face generator")
    assert model.config.size == 64 and card["images_seen"] == 8
    assert [row["images"] for row in card["over_time"]] == [4, 8]
    assert card["over_time"][-1]["probe_fid"] == pytest.approx(
        card["held_out"]["probe_fid"], rel=1e-3
    )
    assert card["held_out"]["true: probe_fid"] < 1e-6 and "style" in card["held_out"]
    assert "samples.png" in capsys.readouterr().out
    assert main([*FACES, "--images", "12", "--out", str(out), "--resume"]) == 0
    card = load_model(out / "model.safetensors", "face generator")[1]
    assert [row["images"] for row in card["over_time"]] == [4, 8, 12]


@pytest.mark.parametrize(
    "extra, words",
    [
        (["--jitter", "1"], "faces training has no use for --jitter"),
        (["--size", "32"], "--size must be 64"),
        (["--seed", str(HELD_OUT_SEED)], "held-out twins"),
        (["--pool", "4"], "without their conditions"),
        (["--init", "portrait"], "leave out --init"),
    ],
)
def test_faces_refuse_in_a_sentence(tmp_path, capsys, a_probe, extra, words):
    assert main([*FACES, "--out", str(tmp_path / "run"), *extra]) == 1
    assert words in capsys.readouterr().err


def test_wgan_gp_is_as_published_unless_asked_otherwise(tmp_path, capsys):
    for extra, every, gamma in (([], 1, 0), (["--r1-every", "4", "--r1-gamma", "0.1"], 4, 0.1)):
        out = tmp_path / f"{every}"
        game = ["--game", "wasserstein", "--gradient-penalty", "10", *extra]
        assert main(["train", "paired", *TINY, *game, "--out", str(out)]) == 0
        objective = json.loads((out / "model.json").read_text())["objective"]
        assert (objective["r1_every"], objective["r1_gamma"]) == (every, gamma)
    for option in (["--gradient-penalty", "10"], ["--game", "relativistic"]):
        mixed = ["train", "mixed", "--photos", str(tmp_path), *TINY, *option]
        assert main([*mixed, "--out", str(tmp_path / "m")]) == 1
        assert "compare them one by one" in capsys.readouterr().err


@pytest.mark.parametrize(
    "extra",
    [
        ["paired"],
        ["unpaired", "--factor", "4"],
        ["unpaired", "--reconstruction", "cycle", "--identity-weight", "5"],
        ["mixed", "--factor", "4", "--photos"],
    ],
    ids=["paired", "unpaired", "cycle", "mixed"],
)
def test_a_run_leaves_a_model_with_a_card(extra, tmp_path, portraits, capsys):
    out = tmp_path / "run"
    extra = extra + [str(portraits)] * (extra[-1] == "--photos")
    command = ["train", *extra, *TINY, "--out", str(out)]
    assert main([*command, "--json", str(tmp_path / "f.json")]) == 0
    model, card = load_model(out / "model.safetensors")
    assert model.config.size == 16
    assert card["images_seen"] == 8 and card["problem"] == extra[0]
    assert card["command"] == "ganlib " + shlex.join([*command, "--json", str(tmp_path / "f.json")])
    assert card["held_out"]["l1"] == json.loads((tmp_path / "f.json").read_text())["l1"]
    assert "ganlib stylize" in capsys.readouterr().out
    # The same command again does not overwrite the run: it says what to do instead.
    assert main(command) == 1
    assert "already holds a run" in capsys.readouterr().err


def test_a_longer_run_in_two_parts_is_the_run_in_one(tmp_path, monkeypatch, capsys):
    longer = [*TINY, "--images", "16", "--factor", "4", "--checkpoint-every", "4"]
    assert main(["train", "unpaired", *longer, "--out", str(tmp_path / "one")]) == 0
    save = Trainer.save

    def save_and_die(trainer):
        save(trainer)
        if trainer.images == 8:
            raise GanlibError("the power failed")

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "save", save_and_die)
        assert main(["train", "unpaired", *longer, "--out", str(tmp_path / "two")]) == 1
    assert "the power failed" in capsys.readouterr().err
    assert main(["train", "unpaired", *longer, "--out", str(tmp_path / "two"), "--resume"]) == 0
    one, _ = load_model(tmp_path / "one" / "model.safetensors")
    two, card = load_model(tmp_path / "two" / "model.safetensors")
    assert card["images_seen"] == 16 and card["images_this_run"] == 8
    for a, b in zip(one.parameters(), two.parameters(), strict=True):
        assert torch.equal(a, b)


def test_a_run_starts_from_the_model_it_is_given(tmp_path, capsys):
    first, second = tmp_path / "first", tmp_path / "second"
    assert main(["train", "paired", *TINY, "--out", str(first)]) == 0
    given = first / "model.safetensors"
    still = ["--init", str(given), "--lr-g", "0", "--lr-d", "0"]
    assert main(["train", "paired", *TINY, *still, "--out", str(second)]) == 0
    ours, card = load_model(second / "model.safetensors")
    for a, b in zip(ours.parameters(), load_model(given)[0].parameters(), strict=True):
        torch.testing.assert_close(a, b)
    assert card["init"]["problem"] == "paired" and card["init"]["images_seen"] == 8
    capsys.readouterr()
    other = ["--width", "16", "--init", str(given), "--out", str(tmp_path / "third")]
    assert main(["train", "paired", *TINY, *other]) == 1
    assert "do not fit" in capsys.readouterr().err


def test_options_reach_the_run(tmp_path):
    out = tmp_path / "r"
    options = ["--low-frequency-weight", "0:5,8:1", "--pool", "4", "--d-steps", "2"]
    options += ["--exposure", "0.1", "--decay", "0.25"]
    options += ["--clip", "1", "--warmup", "4", "--sample-every", "4", "--factor", "4"]
    assert main(["train", "unpaired", *TINY, *options, "--out", str(out)]) == 0
    _, card = load_model(out / "model.safetensors")
    assert card["objective"]["low_frequency"] == {"points": [[0, 5], [8, 1]]}
    assert card["objective"]["pool"] == 4 and card["processes"] == 1
    assert card["objective"]["exposure"] == 0.1
    training = {
        "decay_fraction": 0.25,
        "d_steps": 2,
        "clip": 1,
        "warmup": 4,
        "update": "alternating",
    }
    assert training.items() <= card["training"].items()
    sheets = sorted(path.name for path in (out / "samples").iterdir())
    assert sheets == ["000004.png", "000008.png"]
    with Image.open(out / "samples" / "000008.png") as sheet:
        assert sheet.size == (8 * 16 + 7 * 2, 3 * 16 + 2 * 2)  # gaps of 2 pixels


def test_a_missing_tensorboard_gets_a_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    assert main(["train", "paired", *TINY, "--tensorboard", "--out", str(tmp_path / "r")]) == 1
    assert "pip install 'ganlib[tensorboard]'" in capsys.readouterr().err


def test_tensorboard_is_given_every_number(tmp_path, monkeypatch):
    seen = []

    class Writer:
        def __init__(self, folder, purge_step):
            seen.append(purge_step)

        def add_scalar(self, tag, value, images):
            seen.append((tag, value, images))

        def flush(self):
            pass

    module = types.ModuleType("torch.utils.tensorboard")
    module.SummaryWriter = Writer
    monkeypatch.setitem(sys.modules, module.__name__, module)
    board = TensorBoard(tmp_path)
    board({"step": 2, "images": 8, "d_game": 0.5, "real_logit": 1})
    expected = [("run/step", 2, 8), ("run/images", 8, 8), ("d/game", 0.5, 8)]
    assert seen == [8, *expected, ("run/real_logit", 1, 8)]


def test_bad_arguments_get_a_sentence(tmp_path, capsys):
    def said(*arguments):
        assert main(["train", *arguments, "--out", str(tmp_path / "r")]) == 1
        error = capsys.readouterr().err
        assert error.startswith("ganlib: error: ") and "Traceback" not in error
        return error

    assert "--photos" in said("mixed", *TINY)
    assert "no game" in said("paired", *TINY, "--game", "chess")
    assert "multiple of 4, not 18" in said("paired", *TINY, "--size", "18")
    assert "seed" in said("paired", *TINY, "--seed", str(HELD_OUT_SEED))
    assert "seed must be less than" in said("paired", *TINY, "--seed", "9" * 20)
    assert "--threads" in said("paired", *TINY, "--threads", "-1")
    assert "--factor 16" in said("unpaired", *TINY, "--size", "24")
    assert "--jitter" in said("paired", *TINY, "--jitter", "nan")
    assert "from 0 to 2, not 3" in said("unpaired", *TINY, "--relight", "3")
    assert "no use for --relight" in said("paired", *TINY, "--relight", "1")
    assert "1 or more, not -4" in said("unpaired", *TINY, "--drawings", "-4")
    cycle = ["--reconstruction", "cycle", "--relight", "1"]
    assert "leave out --relight" in said("unpaired", *TINY, *cycle)
    for command in (["paired"], ["unpaired", *cycle[:2]]):
        assert "--exposure is for" in said(*command, *TINY, "--exposure", "0.1")
    bare = ["--no-match-tones", "--exposure", "0.1"]
    assert "matched tones" in said("unpaired", *TINY, *bare)
    taught = ["--perceptual-weight", "1", "--reader", str(PATH)]
    assert "give both or neither" in said("paired", *TINY, *taught[:2])
    assert "no use for --reader" in said("unpaired", *TINY, *taught)
    assert "wants --size 64 pixels or more, not 16" in said("paired", *TINY, *taught)
    assert "measures with" in said("paired", *TINY, *taught, "--size", "64")
    assert "neither a number nor" in said("paired", *TINY, "--paired-weight", "0:much")
    assert "rising order" in said("paired", *TINY, "--paired-weight", "5:1,0:2")
    assert "clip must be" in said("paired", *TINY, "--clip", "-1")
    assert "even" in said("mixed", *TINY, "--photos", str(tmp_path), "--batch", "3")


def test_an_unusable_folder_is_reported_before_any_work(tmp_path, monkeypatch, capsys):
    from ganlib.cli import train

    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(train, "build", lambda *a: pytest.fail("worked before looking"))
    assert main(["train", "paired", *TINY, "--out", str(tmp_path / "file" / "run")]) == 1
    assert "could not write" in capsys.readouterr().err


def test_another_problem_does_not_go_on_with_a_run(tmp_path, capsys):
    out = ["--out", str(tmp_path / "r")]
    assert main(["train", "paired", *TINY, *out]) == 0
    card = (tmp_path / "r" / "model.json").read_text()
    assert main(["train", "unpaired", *TINY, *out, "--resume"]) == 1
    assert "has problem 'paired', not 'unpaired'" in capsys.readouterr().err
    assert main(["train", "paired", *TINY, "--game", "hinge", *out, "--resume"]) == 1
    assert "has game 'nonsaturating', not 'hinge'" in capsys.readouterr().err
    assert (tmp_path / "r" / "model.json").read_text() == card


def test_training_and_held_out_people_differ():
    with pytest.raises(GanlibError, match="held-out"):
        twin_datasets(2, HELD_OUT_SEED, 16)


def test_wild_faces_are_framed_several_times(portraits):
    training, held = split_photos([portraits])
    assert len(training) == 2 and not held
    store = framed_photo_dataset(training, size=32, framings=3)
    assert store.images.shape == (6, 3, 32, 32)
    assert torch.equal(store.images, framed_photo_dataset(training, size=32, framings=3).images)
    assert not torch.equal(store.images[0], store.images[1])


def test_photographs_without_a_face_are_refused(tmp_path):
    Image.new("RGB", (64, 64), "grey").save(tmp_path / "grey.png")
    with pytest.raises(GanlibError, match="no face was found"):
        framed_photo_dataset([tmp_path / "grey.png"], size=32)
