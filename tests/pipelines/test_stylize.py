"""From a photograph to a drawing: the right face, the right size, whatever the batch."""

import numpy as np
import pytest
import torch
from PIL import Image
from runs import SIZE, translator
from skimage import data
from torch import nn

from ganlib.core.errors import ConfigError, GanlibError
from ganlib.data.aligned import align
from ganlib.data.faces import crop_face, find_face, find_faces
from ganlib.data.images import to_pil, to_tensor
from ganlib.drawing import STYLES
from ganlib.pipelines.stylize import Stylizer
from ganlib.weights import load_model, save_model


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
        assert apart(alone.anime, converted.anime) <= 1
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
    portrait = Stylizer.load()
    assert portrait.card == load_model("portrait")[1]
    assert portrait.size == portrait.model.config.size
    assert portrait.style == (portrait.styles[0] if portrait.styles else "")
    assert Stylizer.load("unpaired").card["problem"] == "unpaired"
    unit = portrait.model.config.unit
    assert Stylizer.load("portrait", size=3 * unit, precision="fp32").size == 3 * unit


CARD = {"styles": list(STYLES)}


def styled(style=""):
    return Stylizer(translator(styles=len(STYLES)), CARD, precision="fp32", style=style)


@pytest.mark.parametrize("style", ["", *STYLES])
def test_a_style_is_the_models_second_input(style):
    stylizer = styled(style)
    assert stylizer.styles == list(STYLES) and stylizer.style == (style or stylizer.styles[0])
    photos = torch.rand(2, 3, SIZE, SIZE) * 2 - 1
    asked = torch.eye(len(STYLES))[[stylizer.styles.index(stylizer.style)] * 2]
    with torch.no_grad():
        wanted = stylizer.model(photos, asked)
    torch.testing.assert_close(stylizer.translate(photos), wanted, rtol=0, atol=1e-5)


def test_styles_that_a_model_has_not_are_refused():
    with pytest.raises(ConfigError, match="one of shoujo, cel, ink, not 'manga'") as refused:
        styled("manga")
    assert refused.value.field == "style"
    with pytest.raises(ConfigError, match="must be left out: it has one, not 'cel'"):
        Stylizer(translator(), style="cel")


def test_a_portrait_model_sees_the_face_aligned_in_every_style(astronaut):
    (face,) = find_faces(astronaut)
    sources = set()
    for style in STYLES:
        converted = styled(style).convert(astronaut)
        how = align(face, astronaut, SIZE)
        assert converted.frame == face.frame() and converted.alignment.size == SIZE
        assert np.array_equal(converted.source, how.photo(astronaut))
        assert np.array_equal(converted.alignment.photo(astronaut), converted.source)
        sources.add(converted.source.tobytes())
    assert len(sources) == 1
    wall = Image.new("RGB", (50, 90), "grey")
    none = styled().convert(wall)
    assert none.alignment is None and not none.frame.found
    assert none.source.size == none.anime.size == (SIZE, SIZE)
    assert Stylizer(translator()).convert(astronaut).alignment is None


def test_every_face_of_a_photograph_is_drawn_the_largest_first(astronaut):
    head = astronaut.crop((92, 0, 352, 260))
    crowd = Image.new("RGB", (500, 300), "grey")
    crowd.paste(head.resize((200, 200)), (10, 50))
    crowd.paste(head, (230, 20))
    stylizer = styled()
    both = stylizer.convert_all(crowd)
    assert [round(one.frame.cx / 250) for one in both] == [1, 0] and both[0].frame.found
    assert both[0].frame.side > both[1].frame.side
    alone = stylizer.convert(crowd)
    assert alone.frame == both[0].frame and np.array_equal(alone.source, both[0].source)
    assert apart(alone.anime, both[0].anime) <= 1
    rows = stylizer.convert_batch([Image.new("RGB", (40, 40)), crowd])
    assert [row.frame.found for row in rows] == [False, True]
    (none,) = stylizer.convert_all(Image.new("RGB", (40, 40)))
    assert not none.frame.found


def apart(one, other):
    return abs(np.asarray(one, int) - np.asarray(other, int)).max()
