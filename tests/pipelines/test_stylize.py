"""From a photograph to a drawing: the right face, the right size, whatever the batch."""

import numpy as np
import pytest
import torch
from PIL import Image
from runs import SIZE, translator
from skimage import data
from torch import nn

from ganlib.core.errors import GanlibError
from ganlib.data.faces import crop_face, find_face
from ganlib.data.images import to_pil, to_tensor
from ganlib.pipelines.stylize import Stylizer
from ganlib.weights import save_model


class Negative(nn.Module):
    """A translator whose drawings are known: each colour becomes its opposite."""

    config = translator().config

    def forward(self, photo):
        return -photo


@pytest.fixture(scope="module")
def astronaut():
    return Image.fromarray(data.astronaut())


def test_the_face_is_framed_and_goes_through_the_model(astronaut):
    converted = Stylizer(Negative(), precision="fp32").convert(astronaut)
    assert converted.frame == find_face(astronaut)
    assert converted.source.size == converted.anime.size == (SIZE, SIZE)
    assert np.array_equal(converted.source, crop_face(astronaut, converted.frame, SIZE))
    assert np.array_equal(converted.anime, 255 - np.asarray(converted.source))
    assert 0 < converted.seconds < 60
    sheet = np.asarray(converted.side_by_side())
    assert np.array_equal(sheet, np.hstack([converted.source, converted.anime]))


def test_a_batch_is_its_members(astronaut):
    stylizer = Stylizer(translator(), precision="fp32")
    photos = [astronaut, Image.new("RGB", (50, 90), "grey")]
    together = stylizer.convert_batch(photos)
    assert [converted.frame.found for converted in together] == [True, False]
    for photo, converted in zip(photos, together, strict=True):
        alone = stylizer.convert(photo)
        assert np.array_equal(alone.source, converted.source)
        difference = np.asarray(alone.anime, int) - np.asarray(converted.anime, int)
        assert abs(difference).max() <= 1
    assert stylizer.convert_batch([]) == []


def test_translate_gives_what_the_model_gives():
    model = translator()
    photos = torch.rand(3, 3, SIZE, SIZE) * 2 - 1
    drawings = Stylizer(model, precision="fp32").translate(photos)
    with torch.no_grad():
        assert torch.allclose(drawings, model(photos), atol=1e-5)


def test_loaded_from_a_file(tmp_path, astronaut):
    model = translator()
    save_model(tmp_path / "tiny.safetensors", model, {"name": "tiny"})
    stylizer = Stylizer.load(tmp_path / "tiny.safetensors", precision="fp32")
    assert stylizer.card["name"] == "tiny"
    again = Stylizer(model, precision="fp32").convert(astronaut)
    assert np.array_equal(stylizer.convert(astronaut).anime, again.anime)


def test_other_sizes(astronaut):
    assert Stylizer(translator(), size=32).convert(astronaut).anime.size == (32, 32)
    for size in (0, -8, 30):
        with pytest.raises(GanlibError, match=f"4 divides, not {size}"):
            Stylizer(translator(), size=size)


def test_bf16_draws_nearly_the_same(astronaut):
    model = translator()
    exact, short = (Stylizer(model, precision=name).convert(astronaut) for name in ("fp32", "bf16"))
    difference = to_tensor(exact.anime) - to_tensor(short.anime)
    assert difference.abs().mean() < 0.02


def test_pictures_come_back_from_tensors_exactly(astronaut):
    crop = crop_face(astronaut, find_face(astronaut), SIZE)
    assert np.array_equal(to_pil(to_tensor(crop))[0], crop)


def test_models_that_draw_no_photographs_are_refused(tmp_path):
    backward = tmp_path / "backward.safetensors"
    save_model(backward, translator(), {"problem": "backward"})
    with pytest.raises(GanlibError, match="makes photographs of drawings"):
        Stylizer.load(backward)
    with pytest.raises(GanlibError, match="holds a face generator, but a translator"):
        Stylizer.load("faces")


def test_the_shipped_models_load_by_name():
    assert Stylizer.load().card["problem"] == "unpaired"
    assert Stylizer.load("portrait", size=96, precision="fp32").size == 96
