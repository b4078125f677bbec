"""The translator: shapes, sizes, and what its architecture promises."""

import pytest
import torch
from tiny import images, translator

from ganlib.core.errors import ConfigError, GanlibError
from ganlib.core.networks.translator import NEAR_ONE, Translator, TranslatorConfig


def test_weight_count_of_the_defaults():
    assert 2.0e6 <= sum(p.numel() for p in Translator().parameters()) <= 2.6e6


@pytest.mark.parametrize("patch", [1, 2])
def test_shapes(patch):
    photo = torch.rand(2, 3, 32, 48) * 2 - 1
    drawing = Translator(TranslatorConfig(patch=patch, width=8, blocks=2))(photo)
    assert drawing.shape == photo.shape and drawing.abs().max() <= 1


def test_output_is_float32_under_autocast():
    with torch.autocast("cpu", torch.bfloat16):
        drawing = translator()(images(4))
    assert drawing.dtype == torch.float32
    # As many levels as float32 has, not the 200 or so that bfloat16 leaves.
    assert len(torch.unique(drawing)) > 1000


def test_rows_of_a_batch_do_not_mix():
    net, batch = translator().double(), images(4).double()
    alone = torch.cat([net(row[None]) for row in batch])
    torch.testing.assert_close(net(batch), alone)


def test_untrained_translator_hands_the_photograph_back():
    torch.manual_seed(0)
    photo = images(2)
    assert (translator()(photo) - NEAR_ONE * photo).abs().mean() < 0.005


def test_centre_sees_the_whole_image():
    net = Translator(TranslatorConfig(width=8, blocks=3)).double()
    photo = torch.rand(1, 3, 128, 128, dtype=torch.float64, requires_grad=True)
    net(photo)[0, :, 64, 64].sum().backward()
    assert (photo.grad.abs().sum(1) > 0).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"size": 130}, "must be a multiple of 8, not 130"),
        ({"size": 4}, "must be a whole number from 8 to 4096, not 4"),
        ({"patch": 5}, "must be a whole number from 1 to 4, not 5"),
        ({"width": 12}, "must be a multiple of 8, not 12"),
        ({"width": 32.0}, "must be a whole number from 8 to 512, not 32.0"),
        ({"blocks": 0}, "must be a whole number from 1 to 32, not 0"),
    ],
)
def test_configs_that_cannot_be_name_the_field(change, words):
    (field,) = change
    with pytest.raises(ConfigError, match=f"{field} {words}") as refused:
        TranslatorConfig(**change)
    assert refused.value.field == field


@pytest.mark.parametrize("shape", [(1, 3, 18, 16), (1, 1, 16, 16), (3, 16, 16)])
def test_wrong_images(shape):
    with pytest.raises(GanlibError, match="multiples of 4"):
        translator()(torch.zeros(shape))
