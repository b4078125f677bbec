"""data/train_probe.py: its loss by hand, what it varies, and a training from end to end."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ganlib.core.errors import GanlibError
from ganlib.data.datasets import HELD_OUT_SEED
from ganlib.measure.attributes import BY_NAME
from ganlib.measure.probe import COLUMNS, OUTPUTS, Probe, ProbeConfig, load_probe, probe_card
from ganlib.pipelines.card import provenance
from ganlib.twins import render_twins, sample_people

sys.path.insert(0, str(Path(__file__).parents[2] / "data"))
import score_probe  # noqa: E402
import train_probe  # noqa: E402
from train_probe import (  # noqa: E402
    WEIGHTS,
    ProbeTraining,
    gaussian_blur,
    loss,
    render_dataset,
    targets,
    train,
    vary,
)

SMALL = ProbeConfig(width=8, features=16, hidden=32)
TRAINING = "--people 16 --epochs 1 --batch 32 --precision fp32 --threads 1 --held-out 24".split()


@pytest.fixture
def probe():
    torch.manual_seed(0)
    return Probe(SMALL).eval()


def images(n):
    return torch.rand(n, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_the_loss_is_its_definition(probe):
    people, n = sample_people(12, 1), 12
    target, shown = targets(people, images(n), torch.ones(n, dtype=torch.long))
    answers = torch.randn(n, OUTPUTS, generator=torch.Generator().manual_seed(1))
    probe.centre.normal_()
    probe.spread.uniform_(0.5, 2)
    expected = 0.0
    for name, place in COLUMNS.items():
        kind = "choice" if name == "domain" else getattr(BY_NAME.get(name), "kind", "number")
        each = []
        for row in range(n):
            if not shown[row, place.start]:
                continue
            ours, true = answers[row, place].double(), target[row, place].double()
            if kind == "choice":
                each.append([-ours.softmax(0)[true.argmax()].log()])
            elif kind == "binary":
                chance = ours.sigmoid() if true else 1 - ours.sigmoid()
                each.append([-chance.log()])
            else:
                standard = (true - probe.centre[place]) / probe.spread[place]
                each.append((ours - standard) ** 2)
        terms = [float(term) for row in each for term in row]
        if kind in ("number", "colour") and terms:
            # A mean over people; the channels of a colour are added and then shared out again.
            expected += WEIGHTS.get(name, 1) * sum(terms) / len(terms)
        elif terms:
            expected += sum(terms) / len(terms)
    assert loss(probe, answers, target, shown).item() == pytest.approx(expected, rel=1e-5)


def test_what_does_not_show_gives_no_gradient(probe):
    people = sample_people(30, 1)
    target, shown = targets(people, images(30), torch.zeros(30, dtype=torch.long))
    answers = torch.randn(30, OUTPUTS, requires_grad=True)
    loss(probe, answers, target, shown).backward()
    assert not shown.all() and torch.equal(answers.grad != 0, shown)


def test_variation_keeps_the_targets_true():
    dataset = render_dataset(32, 5)
    rows = torch.randperm(64, generator=torch.Generator().manual_seed(0))
    before, target, _, photos = dataset.at(rows)
    torch.manual_seed(3)
    after, moved = vary(before.clone(), target.clone(), photos, jitter=0.5)
    yaw = COLUMNS["yaw"].start
    assert (dataset.images.dtype, after.shape) == (torch.uint8, before.shape)
    clean = slice(16, None)  # an eighth is blurred, an eighth noisy
    untouched = [
        k
        for k in range(16, 64)
        if torch.equal(after[k], before[k]) or torch.equal(after[k], before[k].flip(2))
    ]
    assert {k for k in range(16, 64) if not photos[k]} <= set(untouched)
    for k in untouched:
        sign = 1 if torch.equal(after[k], before[k]) else -1
        assert moved[k, yaw] == sign * target[k, yaw]
    assert 0 < len(untouched) and any(moved[untouched, yaw] != target[untouched, yaw])
    assert (moved[clean, COLUMNS["blur"]] == 0).all() and (moved[:8, COLUMNS["blur"]] > 0).all()
    assert (moved[8:16, COLUMNS["noise"]] > 0).all() and (moved[16:, COLUMNS["noise"]] == 0).all()
    behind = BY_NAME["background"].truth(sample_people(1, 0), after)
    assert torch.allclose(moved[clean, COLUMNS["background"]], behind[clean])


def test_gaussian_blur_has_its_spread():
    dot = torch.zeros(1, 1, 31, 31)
    dot[0, 0, 15, 15] = 1
    soft = gaussian_blur(dot, 1.7)[0, 0]
    place = torch.arange(31.0) - 15
    assert soft.sum() == pytest.approx(1, abs=1e-5)
    assert (soft.sum(0) * place**2).sum().sqrt() == pytest.approx(1.7, rel=0.02)
    assert torch.equal(gaussian_blur(dot, 0), dot)


def test_the_held_out_people_are_refused():
    with pytest.raises(GanlibError, match="held-out"):
        ProbeTraining(seed=HELD_OUT_SEED)


def test_too_few_people_for_one_batch_are_refused():
    with pytest.raises(GanlibError, match="people must be 16 or more, half a batch, not 15"):
        ProbeTraining(people=15)
    assert ProbeTraining(people=16).people == 16


@pytest.mark.slow
def test_a_short_training_learns_what_is_easy(tmp_path):
    config = ProbeTraining(people=192, epochs=24, batch=32, precision="fp32")
    probe, facts = train(config, SMALL)
    people = sample_people(64, 9)
    photo, anime = render_twins(people, 64)
    for pictures, drawn in ((photo, False), (anime, True)):
        found = score_probe.score(probe, people, pictures, drawn)
        assert found["background"]["r2"] > 0.5 and found["zoom"]["r2"] > 0.4
    assert facts["images_seen"] == 24 * 384
    short = replace(config, people=32, epochs=1)
    two = [train(short, SMALL)[0].answers(photo) for _ in range(2)]
    assert torch.equal(*two)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--out x.pt", "out must be a .safetensors file, not PosixPath('x.pt')."),
        ("--out x.safetensors --held-out 1", "held_out must be 2 or more, not 1."),
        ("--out x.safetensors --epochs 0", "epochs must be 1 or more, not 0."),
        ("--out x.safetensors --people 3", "people must be"),
        ("--out file/x.safetensors", "could not write file"),
    ],
)
def test_what_cannot_be_done_is_said_before_any_work(words, says, tmp_path, monkeypatch):
    monkeypatch.setattr(train_probe, "train", lambda *a: pytest.fail("worked before looking"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(GanlibError) as refused:
        train_probe.main(words.split())
    assert str(refused.value).startswith(says)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_training_leaves_a_probe_with_a_card(tmp_path, capsys):
    out, threads = tmp_path / "new" / "probe.safetensors", torch.get_num_threads()
    train_probe.main([*TRAINING, "--out", str(out), "--json", "-"])
    torch.set_num_threads(threads)
    said = capsys.readouterr()
    assert f"saved {out}" in said.err and "below its bar" in said.err
    record, card = json.loads(said.out), probe_card(out)
    assert card["held_out"] == record and card["held_out_people"] == 24
    assert card["command"].startswith("python data/train_probe.py --people 16 --epochs 1")
    assert card["commit"] == provenance() and card["training"]["people"] == 16
    assert card["training"]["precision"] == "fp32" and card["seed"] == card["training"]["seed"]
    again = score_probe.held_out(load_probe(out), 24)
    assert {"photograph", "drawing"} <= again.keys()
    for domain, scores in again.items():
        for name, figures in scores.items():
            known = record[domain][name]
            assert figures["n"] == known["n"] and figures.keys() == known.keys()
            if "r2" in figures:  # a file's weights lie in memory otherwise, and round otherwise
                assert figures["r2"] == pytest.approx(known["r2"], abs=1e-3)
