"""Datasets: bytes in, [-1, 1] out; people and photographs that training may see."""

import pytest
import torch
from PIL import Image
from tiny import dataset, images

from ganlib.core.errors import ConfigError, GanlibError
from ganlib.data.datasets import (
    HELD_OUT_SEED,
    ImageDataset,
    drawing_dataset,
    framed_photo_dataset,
    held_out_people,
    photo_dataset,
    split_photos,
    twin_datasets,
)
from ganlib.data.left_out import left_out
from ganlib.data.pixels import from_light, from_uint8, to_light, to_uint8
from ganlib.twins import render_drawings, render_photographs, render_twins, sample_people


def test_bytes_survive_the_way_to_floats_and_back():
    levels = torch.arange(256, dtype=torch.uint8)
    floats = from_uint8(levels)
    assert (floats[0], floats[-1]) == (-1, 1) and torch.equal(to_uint8(floats), levels)
    assert torch.equal(from_light(to_light(torch.tensor([-1.0, 0, 1]))), torch.tensor([-1.0, 0, 1]))
    assert to_uint8(torch.tensor([-3.0, 3.0])).tolist() == [0, 255]


def test_a_dataset_gives_back_what_it_was_given():
    levels = torch.arange(256, dtype=torch.uint8).repeat(3).view(1, 3, 16, 16)
    held = ImageDataset(levels)
    assert torch.equal(ImageDataset.from_float(held.at(torch.tensor([0]))).images, levels)
    drawn = held.sample(5)
    assert drawn.shape == (5, 3, 16, 16) and drawn.min() == -1 and drawn.max() == 1
    assert drawn.is_contiguous(memory_format=torch.channels_last)


def test_first_and_map_keep_the_order():
    held = dataset(7)
    whole = held.at(torch.arange(7))
    assert torch.equal(held.first(3), whole[:3]) and torch.equal(held.first(99), whole)
    assert torch.equal(held.map(lambda x: 2 * x, chunk=3), 2 * whole)


def test_what_is_no_dataset_is_refused():
    with pytest.raises(GanlibError, match="uint8"):
        ImageDataset(images(2))
    with pytest.raises(GanlibError, match="at least one"):
        ImageDataset(torch.zeros(0, 3, 8, 8, dtype=torch.uint8))


def test_training_and_held_out_people_differ():
    with pytest.raises(ConfigError, match="held-out"):
        twin_datasets(2, HELD_OUT_SEED, 16)
    assert torch.equal(held_out_people(3).values, sample_people(3, HELD_OUT_SEED, "soft").values)


def test_one_domain_alone_is_that_of_the_twins():
    people = sample_people(5, 3, "soft")
    photo, anime = render_twins(people, 32)
    assert torch.equal(render_photographs(people, 32), photo)
    assert torch.equal(render_drawings(people, 32), anime)
    for alone, twin in zip(
        (photo_dataset(people, 32), drawing_dataset(people, 32)),
        twin_datasets(5, 3, 32),
        strict=True,
    ):
        assert torch.equal(alone.images, twin.images)


def test_every_tenth_photograph_by_name_is_held_out(tmp_path):
    for i in range(20):
        Image.new("RGB", (8, 8)).save(tmp_path / f"{i:02d}.png")
    (tmp_path / "00.txt").touch()  # no photograph: it changes nothing
    training, held = split_photos([tmp_path])
    assert [path.stem for path in held] == ["09", "19"]
    assert len(training) == 18 and not set(training) & set(held)
    for name in ("03.png", "09.png"):  # cut short, or of a kind that is not installed
        (tmp_path / name).write_bytes(b"no picture")
    fewer, held = split_photos([tmp_path])
    assert [path.stem for path in held] == ["19"] and "03" not in {path.stem for path in fewer}
    assert set(fewer) < set(training) and len(fewer) == 17


def test_faces_are_framed_several_times(portraits):
    training, held = split_photos([portraits])
    assert len(training) == 2 and not held
    framed = framed_photo_dataset(training, size=32, framings=3)
    assert framed.images.shape == (6, 3, 32, 32)
    assert torch.equal(framed.images, framed_photo_dataset(training, size=32, framings=3).images)
    assert not torch.equal(framed.images[0], framed.images[1])


def test_photographs_that_cannot_be_used_are_left_out_by_name(portraits, capsys):
    (portraits / "aa.jpg").write_bytes((portraits / "a.jpg").read_bytes()[:3000])
    Image.new("RGB", (64, 64), "grey").save(portraits / "grey.png")
    left_out.clear()
    framed = framed_photo_dataset(sorted(portraits.iterdir()), size=16, framings=2)
    assert len(framed) == 4
    assert framed.images.untyped_storage().nbytes() == framed.images.numel()
    said = capsys.readouterr().err
    assert f"left out: {portraits / 'aa.jpg'} is damaged" in said
    assert f"left out: no face was found in {portraits / 'grey.png'}" in said
    assert len(left_out) == 1  # what has no face is no mistake of anybody's


def test_photographs_without_a_face_are_refused(tmp_path):
    Image.new("RGB", (64, 64), "grey").save(tmp_path / "grey.png")
    with pytest.raises(GanlibError, match="no face was found"):
        framed_photo_dataset([tmp_path / "grey.png"], size=32)
