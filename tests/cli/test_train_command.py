"""`ganlib train` from end to end, tiny, for each of its problems."""

import json
import shlex
import sys
from dataclasses import asdict, replace

import pytest
import torch
from PIL import Image
from runs import BACKWARD, NOISE, PORTRAIT, SIZE, TRANSLATOR, dataset, write_pairs
from safetensors.torch import load_file

from ganlib.cli import train
from ganlib.core.networks.cyclegan import ResnetTranslator
from ganlib.drawing import STYLES
from ganlib.pipelines.card import provenance
from ganlib.pipelines.problems import PROBLEMS, QUICK
from ganlib.pipelines.results import read_log
from ganlib.weights import load_model

pytestmark = pytest.mark.usefixtures("few_people")
FACES = "--width 8 --twins 12 --images 8 --batch 4 --held-out 12 --precision fp32 --device cpu"
FACES += " --threads 1 --sample-every 4 --checkpoint-every 4"
CYCLE = "--size 32 --width 8 --blocks 1 --twins 4 --images 4".split() + NOISE[10:]
RUNS = {
    "paired": ["paired", *TRANSLATOR],
    "unpaired": ["unpaired", *TRANSLATOR, "--factor", "4"],
    "schedule": ["unpaired", *TRANSLATOR, "--low-frequency-weight", "0:5,8:1", "--exposure", "0.1"],
    "quick": ["unpaired-quick", *TRANSLATOR],
    "cyclegan": ["cyclegan", *CYCLE],
}


def card_of(out):
    return json.loads((out / "model.json").read_text())


@pytest.mark.parametrize("name", RUNS)
def test_a_run_leaves_a_model_with_a_card(name, ganlib, tmp_path):
    out, figures = tmp_path / "run", tmp_path / "f.json"
    words = [*RUNS[name], "--out", str(out), "--json", str(figures)]
    done = ganlib("train", *words)
    assert done.status == 0, done.err
    assert f"saved {out / 'model.safetensors'}; try: ganlib stylize" in done.out
    model, card = load_model(out / "model.safetensors")
    config, _ = train.read(words)
    assert model.config.size == config.network.size
    assert card["images_seen"] == card["images_this_run"] == config.train.images
    assert card["problem"] == words[0].removesuffix("-quick")
    assert card["command"] == "ganlib train " + shlex.join(words)
    assert card["commit"] == provenance()
    assert card["held_out"] == json.loads(figures.read_text())
    assert card["held_out"]["twins"] == 4 and card["processes"] == 1
    # What is on the card is what was asked for, all of it.
    assert card["config"] == json.loads(json.dumps(asdict(config), default=str))
    assert card_of(out).items() >= card.items()
    # The same command again does not overwrite the run: it says what to do instead.
    before = (out / "model.safetensors").read_bytes()
    done = ganlib("train", *words)
    assert done.status == 1 and "already holds a run: go on by --resume" in done.err
    assert (out / "model.safetensors").read_bytes() == before


@pytest.mark.parametrize("name", ["paired", "schedule", "cyclegan"])
def test_what_is_on_the_card_was_really_on(name, ganlib, tmp_path, monkeypatch):
    ran, build_run = [], train.build_run
    monkeypatch.setattr(
        train, "build_run", lambda *a, **k: ran.append(build_run(*a, **k)) or ran[0]
    )
    done = ganlib("train", *RUNS[name], "--seed", "7", "--out", tmp_path)
    assert done.status == 0
    config, (run,) = card_of(tmp_path)["config"], ran
    assert config["loss"] == json.loads(json.dumps(asdict(run.objective.config)))
    assert config["train"] == json.loads(json.dumps(asdict(run.config)))
    assert config["train"]["seed"] == card_of(tmp_path)["seed"] == 7
    shape = asdict(run.ema.config)
    assert shape.pop("styles", 0) == 0  # decided by the problem: no option
    assert config["network"].items() >= shape.items()
    assert config["data"]["jitter"] == run.sampler.jitter
    assert config["data"]["twins"] == len(run.sampler.photo) == card_of(tmp_path)["twins"]


def test_noise_leaves_a_generator_and_samples(ganlib, tmp_path):
    out = tmp_path / "run"
    # `--compile` is for NVIDIA's GPUs: elsewhere it changes nothing.
    words = ["train", "noise", *NOISE, "--compile", "step", "--sample-every", "4"]
    done = ganlib(*words, "--out", out)
    assert done.status == 0 and "samples.png" in done.out
    assert {path.name for path in (out / "samples").iterdir()} == {"000004.png", "000008.png"}
    model, card = load_model(out / "model.safetensors", ["noise generator"])
    assert model.config.size == SIZE and card["images_seen"] == 8 and card["twins"] == 12
    assert card["held_out"]["diversity"] > 0 and card["held_out"]["diversity_true"] > 0
    assert Image.open(out / "samples.png").size == (142, 142)  # 8 of 16 pixels, and gaps of 2
    assert [row["images"] for row in read_log(out / "log.jsonl")] == []  # less than a report


def test_spectral_norm_reaches_the_discriminator(ganlib, tmp_path):
    for extra in ([], ["--spectral-norm"]):
        out = tmp_path / str(len(extra))
        assert ganlib("train", "noise", *NOISE, *extra, "--out", out).status == 0
        tensors = load_file(out / "state.safetensors")
        assert any(name.endswith("_u") for name in tensors) == bool(extra)
        assert card_of(out)["config"]["network"]["spectral_norm"] == bool(extra)


def test_faces_leave_a_generator_samples_and_figures_over_time(ganlib, tmp_path):
    out = tmp_path / "run"
    words = ["train", "faces", *FACES.split(), "--out", out]
    done = ganlib(*words)
    assert done.status == 0 and "samples.png" in done.out
    assert {path.name for path in (out / "samples").iterdir()} == {"000004.png", "000008.png"}
    model, card = load_model(out / "model.safetensors", ["face generator"])
    assert model.config.size == 64 and card["images_seen"] == 8
    assert [row["images"] for row in card["over_time"]] == [4, 8]
    last = card["over_time"][-1]["probe_fid"]
    assert last == pytest.approx(card["held_out"]["probe_fid"], rel=1e-3)
    assert card["held_out"]["true: probe_fid"] < 1e-6 and "style" in card["held_out"]
    assert card["held_out"]["people"] == 12
    assert ganlib(*words, "--images", 12, "--resume").status == 0
    assert [row["images"] for row in card_of(out)["over_time"]] == [4, 8, 12]


def test_options_reach_the_run(ganlib, tmp_path):
    options = "--low-frequency-weight 0:5,8:1 --d-steps 2 --exposure 0.1 --decay 0.25 --factor 4"
    options += " --sample-every 4 --report-every 4 --betas 0.4 0.9 --lr-d 1e-3 --whole --levels 2"
    options += " --augment color,cutout --no-match-tones --exposure 0"
    words = ["train", "unpaired", *TRANSLATOR, *options.split(), "--out", tmp_path]
    assert ganlib(*words).status == 0
    config = card_of(tmp_path)["config"]
    assert config["loss"]["low_frequency_weight"] == {"points": [[0, 5], [8, 1]]}
    assert config["loss"]["augment"] == "color,cutout"
    assert config["data"]["exposure"] == 0 and config["data"]["match_tones"] is False
    training = {"decay": 0.25, "d_steps": 2, "betas": [0.4, 0.9], "lr_d": 1e-3}
    assert training.items() <= config["train"].items()
    assert config["network"]["whole"] is True and config["network"]["levels"] == 2
    assert [row["images"] for row in read_log(tmp_path / "log.jsonl")] == [4, 8]
    sheets = sorted(path.name for path in (tmp_path / "samples").iterdir())
    assert sheets == ["000004.png", "000008.png"]
    with Image.open(tmp_path / "samples" / "000008.png") as sheet:
        assert sheet.size == (8 * 16 + 7 * 2, 3 * 16 + 2 * 2)  # gaps of 2 pixels


def test_a_problem_of_other_numbers_yields_to_options(ganlib, tmp_path):
    """Also where an option is given that equals another problem's default."""
    given = ["--relight", "0", "--width", "32", "--factor", "4"]
    words = ["train", "unpaired-quick", *TRANSLATOR, *given, "--out", tmp_path / "a"]
    assert ganlib(*words).status == 0
    config = card_of(tmp_path / "a")["config"]
    assert config["data"]["relight"] == 0 and config["network"]["width"] == 32
    assert config["train"]["lr_g"] == QUICK.train.lr_g
    words = ["train", "cyclegan", *CYCLE, "--cycle-weight", "7", "--out", tmp_path / "b"]
    assert ganlib(*words).status == 0
    card = card_of(tmp_path / "b")
    loss, training = card["config"]["loss"], card["config"]["train"]
    assert (loss["identity_weight"], loss["cycle_weight"], loss["pool"]) == (5, 7, 50)
    assert (training["batch"], training["betas"]) == (1, [0.5, 0.999])
    model, _ = load_model(tmp_path / "b" / "model.safetensors")
    assert isinstance(model, ResnetTranslator) and model.config.width == 8


def test_wgan_gp_has_what_is_asked_for(ganlib, tmp_path):
    words = "--loss wasserstein --gradient-penalty 10 --penalty-every 1 --r1-gamma 0".split()
    assert ganlib("train", "paired", *TRANSLATOR, *words, "--out", tmp_path).status == 0
    loss = card_of(tmp_path)["config"]["loss"]
    assert (loss["loss"], loss["gradient_penalty"]) == ("wasserstein", 10)
    assert (loss["penalty_every"], loss["r1_gamma"]) == (1, 0)


def test_a_run_starts_from_the_model_it_is_given(ganlib, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    assert ganlib("train", "paired", *TRANSLATOR, "--out", first).status == 0
    given = first / "model.safetensors"
    still = ["--init", given, "--lr-g", "0", "--lr-d", "0"]
    words = ["train", "unpaired", *TRANSLATOR, *still, "--out", second]
    assert ganlib(*words).status == 0
    ours, card = load_model(second / "model.safetensors")
    for a, b in zip(ours.parameters(), load_model(given)[0].parameters(), strict=True):
        torch.testing.assert_close(a, b)
    before = card_of(first)
    known = ("problem", "command", "seed", "commit", "images_seen", "config", "held_out")
    assert card["init"].items() >= {name: before[name] for name in known}.items()
    assert card["config"]["init"] == str(given)
    # The same words again, with --resume: there is nothing left to do, and nothing is refused.
    done = ganlib(*words, "--resume")
    assert done.status == 0, done.err
    assert card_of(second)["init"] == card["init"]
    other = ["--width", "16", "--init", given, "--out", tmp_path / "third"]
    done = ganlib("train", "paired", *TRANSLATOR, *other)
    assert done.status == 1
    assert f"--init {given} is a translator of another shape: give --patch 1 --width 8" in done.err
    # A card has the whole history.
    words = ["train", "paired", *TRANSLATOR, "--init", second / "model.safetensors"]
    assert ganlib(*words, "--out", tmp_path / "fourth").status == 0
    assert card_of(tmp_path / "fourth")["init"]["init"]["problem"] == "paired"


def test_a_model_of_many_styles_learns_one_of_ones_own(ganlib, tmp_path, styled):
    """`--init` alone: shape and size are the model's, which begins with its first style."""
    folders = own_pairs(tmp_path)
    words = ["train", "paired", *BACKWARD, "--init", styled, "--lr-g", "0", "--lr-d", "0"]
    words += ["--photos", folders[0], "--drawings", folders[1], "--out", tmp_path / "run"]
    done = ganlib(*words)
    assert done.status == 0, done.err
    model, card = load_model(tmp_path / "run" / "model.safetensors")
    first = load_model(styled)[0]
    assert model.config == replace(first.config, styles=1)
    assert card["config"]["network"]["redraw"] and card["init"]["problem"] == "portrait"
    photo = dataset(2).first(2)
    with torch.no_grad():
        torch.testing.assert_close(model(photo), first(photo, torch.eye(3)[[0, 0]]))
    assert ganlib(*words, "--resume").status == 0
    drawn = ["stylize", folders[0] / "00.png", "--out", tmp_path / "drawn"]
    assert ganlib(*drawn, "--model", tmp_path / "run" / "model.safetensors").status == 0
    # What is asked for counts.
    for width in ("16", str(PROBLEMS["paired"].network.width)):
        done = ganlib(*words[:-1], tmp_path / width, "--width", width)
        assert done.status == 1 and "another shape: give --patch 2 --width 8" in done.err
    words = ["unpaired", *BACKWARD, "--init", styled, "--drawings", folders[1], "--factor", "4"]
    done = ganlib("train", *words, "--out", tmp_path / "unpaired")
    assert done.status == 0, done.err


def test_an_unusable_folder_is_reported_before_any_work(ganlib, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(train, "build_run", lambda *a, **k: pytest.fail("worked before looking"))
    done = ganlib("train", "paired", *TRANSLATOR, "--out", tmp_path / "file" / "run")
    assert done.status == 1 and "could not write" in done.err


def test_json_on_standard_output_is_alone_there(ganlib, tmp_path, portraits):
    Image.new("RGB", (64, 64), "grey").save(portraits / "wall.png")  # left out, and said so
    words = ["train", "unpaired", *TRANSLATOR, "--photos", portraits, "--out", tmp_path / "run"]
    done = ganlib(*words, "--json", "-")
    assert done.status == 0
    assert json.loads(done.out) == card_of(tmp_path / "run")["held_out"]
    assert "wall.png" in done.err and "ganlib stylize" in done.err


def test_progress_shows_in_terminals_unless_quiet_is_asked_for(ganlib, tmp_path, monkeypatch):
    words = ["train", "noise", *NOISE]
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    assert ganlib(*words, "--out", tmp_path / "a").err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert "img" in ganlib(*words, "--out", tmp_path / "b").err
    assert ganlib(*words, "--quiet", "--out", tmp_path / "c").err == ""


def test_threads_are_those_asked_for(ganlib, tmp_path, monkeypatch):
    used = []
    monkeypatch.setattr(train.torch, "set_num_threads", used.append)
    assert ganlib("train", "noise", *NOISE, "--threads", 3, "--out", tmp_path / "a").status == 0
    assert ganlib("train", "noise", *NOISE, "--threads", 0, "--out", tmp_path / "b").status == 0
    assert used == [3]


def test_a_run_that_diverges_gets_a_sentence(ganlib, tmp_path, monkeypatch):
    from ganlib.core.objectives import NoiseToImage

    loss = NoiseToImage.generator_loss
    monkeypatch.setattr(
        NoiseToImage,
        "generator_loss",
        lambda *a: {name: term * float("nan") for name, term in loss(*a).items()},
    )
    done = ganlib("train", "noise", *NOISE, "--out", tmp_path)
    assert done.status == 1
    assert "training diverged: g_adversarial became nan at step 0" in done.err
    assert not (tmp_path / "model.safetensors").exists()


def test_portraits_leave_a_model_that_draws_in_every_style(ganlib, tmp_path, portraits):
    pairs, out = write_pairs(tmp_path / "pairs"), tmp_path / "run"
    words = ["train", "portrait", *PORTRAIT, "--pairs", pairs, "--out", out, "--sample-every", "6"]
    done = ganlib(*words, "--adversarial-weight", "0:0,12:0.8")
    assert done.status == 0, done.err
    assert f"saved {out / 'model.safetensors'}; try: ganlib stylize" in done.out
    model, card = load_model(out / "model.safetensors", ["illustrator"])
    assert model.config.styles == len(STYLES) and card["styles"] == list(STYLES)
    assert card["pairs"] == {"real": 2, "rendered": 2} and card["config"]["data"]["real"] == 0.6
    assert card["held_out"]["people"] == 1 and card["held_out"]["l1_over_copy"] > 0
    assert {f"{style}: l1" for style in STYLES} <= card["held_out"].keys()
    with Image.open(out / "samples" / "000012.png") as sheet:
        assert sheet.size == (8 * 18 - 2, 2 * 18 - 2)  # 9 of 16 pixels, and gaps of 2
    photo = portraits / "a.jpg"
    words = ["stylize", photo, "--model", out / "model.safetensors", "--out", tmp_path / "drawn"]
    assert ganlib(*words, "--style", "ink").status == 0


def own_pairs(where):
    """Folders of eleven photographs and of their drawings."""
    folders = [where / "photos", where / "drawings"]
    for folder, shade in zip(folders, (60, 190), strict=True):
        folder.mkdir()
        for i in range(11):
            Image.new("RGB", (48, 48), (shade, 10 * i, 90)).save(folder / f"{i:02d}.png")
    return folders


def test_a_translator_learns_from_pairs_of_ones_own(ganlib, tmp_path):
    folders = own_pairs(tmp_path)
    Image.new("RGB", (48, 48)).save(folders[0] / "alone.png")
    words = ["paired", *TRANSLATOR, "--photos", str(folders[0]), "--drawings", str(folders[1])]
    done = ganlib("train", *words, "--out", str(tmp_path / "run"))
    assert done.status == 0, done.err
    assert "left out" in done.err and "alone.png" in done.err
    card = card_of(tmp_path / "run")
    assert card["pairs"] == {"for_training": 10, "held_out": 1}
    assert card["held_out"]["pairs"] == 1 and "twins" not in card["held_out"]
    half = ganlib("train", *words[:-2], "--out", str(tmp_path / "other"))
    assert half.status == 1
    assert "--drawings and --photos belong together" in half.err
