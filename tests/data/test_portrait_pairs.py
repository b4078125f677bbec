"""Pairs to learn portraits from: as they lie in a folder, and as they are drawn for a batch."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from runs import PEOPLE, SIZE, dataset, pairs, write_pairs

from ganlib.core.errors import GanlibError
from ganlib.data.drawn import twin_portraits
from ganlib.data.pixels import to_uint8
from ganlib.data.portrait_pairs import (
    BEND,
    PAIRS_FILE,
    WEIGHTS,
    PortraitPairs,
    PortraitSampler,
    circles,
    importance,
    is_held_out,
    load_pairs,
)
from ganlib.drawing import PARTS, STYLES
from ganlib.drawing.frame import PUPILS_AT
from ganlib.twins import People, Person

EYES = [[0.35, 0.44, 0.1], [0.65, 0.44, 0.1]]
MOUTH = [0.5, 0.75, 0.12]


def sampler(pairs, size=SIZE, real=0.5, jitter=0.0):
    return PortraitSampler(pairs, size, real, jitter)


def of_one_kind(picture, names=("female_001",)):
    """Pairs of the same picture (3, S, S) in [-1, 1], as photograph and twice as drawing."""
    images = to_uint8(picture).expand(len(names), 2, -1, -1, -1)
    where = torch.tensor([[*EYES, MOUTH]]).repeat(len(names), 1, 1)
    layouts = (images[:, 0, 0] > 127).byte() * 7
    return PortraitPairs(images[:, 0], images, layouts, where, list(names))


def test_a_folder_comes_back(tmp_path):
    write_pairs(tmp_path)
    found = load_pairs(tmp_path)
    assert found.names == sorted(set(PEOPLE) - {"female_010"})
    index = json.loads((tmp_path / PAIRS_FILE).read_text())
    for row, name in enumerate(found.names):
        pictures = [found.photo[row], *found.anime[row]]
        for folder, picture in zip(("photographs", *STYLES), pictures, strict=True):
            with Image.open(tmp_path / folder / f"{name}.png") as image:
                wanted = torch.from_numpy(np.array(image)).permute(2, 0, 1)
            assert torch.equal(picture, wanted)
        with Image.open(tmp_path / "parts" / f"{name}.png") as image:
            assert torch.equal(found.parts[row], torch.from_numpy(np.array(image)))
        torch.testing.assert_close(found.circles[row], torch.tensor(index[name]))


def test_real_people_whose_number_ends_in_0_are_held_out(tmp_path):
    write_pairs(tmp_path)
    assert load_pairs(tmp_path, held_out=True).names == ["female_010"]
    held = [f"{sex}_{number:03d}" for sex in ("female", "male") for number in range(1, 21)]
    assert [name for name in held if is_held_out(name)] == [
        *("female_010", "female_020", "male_010", "male_020")
    ]
    assert not any(is_held_out(f"twin_{number:05d}") for number in range(21))


def test_pairs_are_read_at_the_size_that_is_asked_for(tmp_path):
    write_pairs(tmp_path, 32)
    assert load_pairs(tmp_path).photo.shape[2:] == (32, 32)
    small = load_pairs(tmp_path, size=8)
    assert small.photo.shape[2:] == small.anime.shape[3:] == small.parts.shape[1:] == (8, 8)
    assert {*small.parts.unique().tolist()} <= {*range(len(PARTS))}  # never a part between two
    assert torch.equal(small.circles, load_pairs(tmp_path).circles)  # shares of the side


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(GanlibError, match="there is no .*pairs.json; data/draw_portraits.py"):
        load_pairs(tmp_path)
    (tmp_path / PAIRS_FILE).write_text("{}")
    with pytest.raises(GanlibError, match="no pairs to train on; data/draw_portraits.py makes"):
        load_pairs(tmp_path)
    with pytest.raises(GanlibError, match="no pairs held out; data/draw_portraits.py makes"):
        load_pairs(tmp_path, held_out=True)
    write_pairs(tmp_path)
    for kind in ("cel", "parts"):
        gone = tmp_path / kind / "male_002.png"
        gone.unlink()
        with pytest.raises(GanlibError, match="is missing; draw the pairs again") as refused:
            load_pairs(tmp_path)
        assert str(gone) in str(refused.value)
        write_pairs(tmp_path)


def test_rows_are_of_real_or_of_rendered_people():
    given = pairs()
    names = {real: {given.names[row] for row in given.rows(real)} for real in (True, False)}
    assert names == {True: {"female_001", "male_002"}, False: {"twin_00000", "twin_00007"}}


def test_lines_are_learnt_as_sharp_as_drawings_are_measured():
    """Sampled bilinearly these have 0.94 of their contrast, drawings 0.89 of their gradients."""
    away = torch.arange(192) % 8 - 4.0
    drawn = (1 - 2 * torch.exp(-((away / 1.7) ** 2)))[None, :, None].expand(3, 192, 192)
    whole = to_uint8(drawn[None])[0].permute(1, 2, 0).numpy()
    small = np.array(Image.fromarray(whole).resize((128, 128), Image.Resampling.LANCZOS))
    torch.manual_seed(0)
    seen = sampler(of_one_kind(drawn), 128)(8)["anime"][..., 16:-16, 16:-16]
    assert 127.5 * seen.std((1, 2, 3)).mean() == pytest.approx(
        small[16:-16, 16:-16].std(), rel=0.03
    )


def test_a_batch_has_what_the_objective_needs():
    torch.manual_seed(0)
    batch = sampler(pairs(24), jitter=1.0)(6)
    assert set(batch) == {"photo", "anime", "style", "weight", "parts"}
    for picture, n in ((batch["photo"], 2), (batch["anime"], 6)):
        assert picture.shape == (n, 3, SIZE, SIZE) and picture.dtype == torch.float32
        assert -1 <= picture.min() and picture.max() <= 1
        assert picture.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(batch["style"], torch.eye(len(STYLES)).repeat(2, 1))
    assert batch["weight"].shape == (6, 1, SIZE, SIZE)
    assert 1 <= batch["weight"].min() and batch["weight"].max() <= 1 + max(WEIGHTS)
    assert batch["parts"].shape == (2, len(PARTS), SIZE // 2, SIZE // 2)
    torch.testing.assert_close(batch["parts"].sum(1), torch.ones(2, SIZE // 2, SIZE // 2))


def test_the_style_is_that_of_the_drawing():
    given = pairs()
    shades = torch.tensor([0, 128, 255], dtype=torch.uint8).view(1, -1, 1, 1, 1)
    flat = shades.expand_as(given.anime)
    batch = sampler(replace(given, anime=flat))(63)
    seen = batch["anime"].mean((1, 2, 3)).round().long() + 1
    assert torch.equal(seen, batch["style"].argmax(1)) and set(seen.tolist()) == {0, 1, 2}


def test_photograph_and_drawing_move_together():
    torch.manual_seed(0)
    picture = torch.nn.functional.interpolate(dataset(1, size=8).first(1), size=64, mode="bicubic")
    batch = sampler(of_one_kind(picture[0].clamp(-1, 1)), 64)(32)
    assert torch.equal(batch["photo"], batch["anime"][::2])
    assert torch.equal(batch["photo"], batch["anime"][1::2])
    assert len({round(float(drawn.sum()), 3) for drawn in batch["photo"]}) == 16  # not all alike
    # The part where the picture is bright moves with it: its border is half a square's, at most.
    bright = (batch["photo"][:, :1] > 0).float()
    share = torch.nn.functional.avg_pool2d(bright, 2)[:, 0]
    assert (batch["parts"][:, 7] - share).abs().mean() < 0.1
    with_light = sampler(of_one_kind(picture[0].clamp(-1, 1)), 64, jitter=1.0)(8)
    assert not torch.equal(with_light["photo"], with_light["anime"][::2])


def test_faces_are_bent_a_little_and_smoothly():
    """What is left of a grid besides turning, enlarging and moving."""
    grid = sampler(pairs(), 32)._grid(64).flatten(1, 2)
    steps = torch.linspace(-1, 1, 32)
    flat = torch.stack([*torch.meshgrid(steps, steps, indexing="xy"), torch.ones(32, 32)], -1)
    flat = flat.flatten(0, 1).expand(64, -1, -1)
    rest = grid - flat @ torch.linalg.lstsq(flat, grid).solution
    assert 0.3 * BEND < rest.std() < BEND
    bent = rest.view(64, 32, 32, 2)
    assert (bent[:, 1:] - bent[:, :-1]).std() < 0.3 * rest.std()


def test_about_half_of_the_pairs_are_mirrored():
    torch.manual_seed(0)
    picture = torch.full((3, 16, 16), -1.0)
    picture[..., 8:] = 1.0
    drawn = sampler(of_one_kind(picture))(800)["photo"]
    right = (drawn[..., 8:].mean((1, 2, 3)) > drawn[..., :8].mean((1, 2, 3))).float().mean()
    assert 0.4 < right < 0.6


def test_the_weight_is_largest_at_the_eyes_and_moves_with_the_picture():
    torch.manual_seed(0)
    side = torch.arange(128).add(0.5) / 128
    places = torch.stack(torch.meshgrid(side, side, indexing="xy"), -1)
    picture = torch.full((3, 128, 128), -1.0)
    for channel, (x, y, radius) in enumerate([*EYES, MOUTH]):  # red, green and blue discs
        picture[channel, (places - torch.tensor([x, y])).norm(dim=-1) < radius / 2] = 1.0
    batch = sampler(of_one_kind(picture), 64)(8)
    weight = batch["weight"][:, 0]
    left, right, mouth = (batch["anime"][:, channel] > 0.9 for channel in range(3))
    dark = (batch["anime"] < -0.9).all(1)
    for disc in (left, right):
        assert disc.any() and weight[disc].min() > 1 + 0.9 * WEIGHTS[0]
    assert mouth.any() and 1 + 0.9 * WEIGHTS[2] < weight[mouth].min()
    assert weight[mouth].max() <= 1 + WEIGHTS[2] and weight[dark].mean() < 1.5
    assert weight[:, 0].max() == pytest.approx(1, abs=1e-3)  # the upper border


def test_importance_is_1_and_more_within_the_circles():
    places = torch.tensor([[*EYES, MOUTH]])
    x = torch.tensor([0.35, 0.45, 0.65, 0.5, 0.5, 0.0])
    y = torch.tensor([0.44, 0.44, 0.44, 0.75, 0.87, 0.0])
    grid = (torch.stack((x, y), -1) * 2 - 1)[None, None]
    e = float(np.exp(-1))
    wanted = [1 + WEIGHTS[0], 1 + WEIGHTS[0] * e, 1 + WEIGHTS[1]]
    wanted += [1 + WEIGHTS[2], 1 + WEIGHTS[2] * e, 1]
    assert importance(places, grid).flatten().tolist() == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize(
    ("real", "names", "share"),
    [
        (0.6, PEOPLE, 0.6),
        (1.0, PEOPLE, 1),
        (0.0, PEOPLE, 0),
        (0.3, PEOPLE[:1], 1),  # there are no rendered people
        (0.3, PEOPLE[-1:], 0),
    ],
)
def test_the_share_of_real_people_is_the_one_asked_for(real, names, share):
    torch.manual_seed(0)
    given = of_one_kind(torch.zeros(3, 4, 4), names)
    is_real = torch.tensor([not name.startswith("twin_") for name in names])
    found = is_real[sampler(given, 4, real=real)._draw(2000)].float().mean()
    assert found == pytest.approx(share, abs=0.04 * (0 < share < 1))


def test_a_seed_decides_a_batch():
    def batch(seed):
        torch.manual_seed(seed)
        return sampler(pairs(), jitter=0.6)(4)

    first, again, other = batch(0), batch(0), batch(1)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not any(torch.equal(first[name], other[name]) for name in ("photo", "anime", "weight"))


def test_circles_lie_about_eyes_and_mouth_of_the_drawings():
    left, right, mouth = circles(twin_portraits(People.of(Person(zoom=0.7)), 96)[0])
    assert left[0] < mouth[0] < right[0] and mouth[1] > max(left[1], right[1]) + 0.1
    assert left[1] == pytest.approx(PUPILS_AT, abs=0.04)
    assert left[2] == right[2] and 0.05 < left[2] < 0.1 and 0.05 < mouth[2] < 0.15
    assert right[0] - left[0] > left[2] + right[2]  # they do not meet
