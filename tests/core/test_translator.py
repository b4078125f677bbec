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
        ({"styles": -1}, "must be a whole number from 0 to 64, not -1"),
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


def styled(styles=3):
    torch.manual_seed(0)
    return Translator(TranslatorConfig(size=16, patch=1, width=8, blocks=1, styles=styles))


def test_what_is_drawn_from_nothing_is_bounded_but_not_while_it_learns():
    """Paper is exactly white: there, tanh would have no derivative in float32."""
    net, photo = styled(1), images(2)
    with torch.no_grad():
        net.pens[0].refine[5].bias.fill_(5.0)
    assert net(photo).amax() > 1
    assert net.eval()(photo).amax() == 1


def test_the_scale_of_a_drawing_from_nothing_does_not_grow_with_its_weights():
    net, photo = styled(1), images(2)
    before = net(photo)
    with torch.no_grad():
        for conv in (
            net.stem[1][0],
            net.down1[0][0],
            net.down2[0],
            net.up2.conv[0],
            net.up1.conv[0],
        ):
            conv.weight.mul_(100)
            conv.bias.mul_(100)
    torch.testing.assert_close(net(photo), before, rtol=0, atol=2e-3)


@pytest.mark.parametrize("style", [None, torch.zeros(2, 2), torch.zeros(1, 3), torch.zeros(3, 3)])
def test_a_styled_translator_needs_a_style_for_each_photograph(style):
    with pytest.raises(GanlibError, match=r"style must be \(2, 3\) here"):
        styled()(images(2), style)


def test_one_style_need_not_be_asked_for():
    net, photo = styled(1), images(2)
    assert torch.equal(net(photo), net(photo, torch.ones(2, 1)))


def test_several_drawings_of_a_photograph_are_those_of_its_styles_one_by_one():
    net, photo = styled().eval(), images(2)
    asked = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [0.2, 0.3, 0.5]]).repeat(2, 1)
    together = net(photo, asked)
    alone = [net(photo[row // 4][None], asked[row][None])[0] for row in range(8)]
    torch.testing.assert_close(together, torch.stack(alone), rtol=0, atol=1e-6)
    assert (together[0] - together[1]).abs().max() > 1e-3


def test_a_mixture_of_styles_is_that_of_their_drawings():
    net, photo = styled(), images(2)
    drawn = net(photo, torch.eye(3).repeat(2, 1)).unflatten(0, (2, 3))
    mixed = net(photo, torch.tensor([[0.2, 0.3, 0.5]]).repeat(2, 1))
    wanted = (drawn * torch.tensor([0.2, 0.3, 0.5]).view(3, 1, 1, 1)).sum(1)
    torch.testing.assert_close(mixed, wanted)


def test_styles_have_pens_in_place_of_the_head():
    plain, own = translator().state_dict(), styled().state_dict()
    assert {name.split(".")[0] for name in plain.keys() - own.keys()} >= {"head"}
    assert {name.split(".")[1] for name in own if name.startswith("pens")} == {"0", "1", "2"}
